//! The path that sends and the path that serves, against each other: two encoders that share no
//! code must agree on every byte, and nothing but what was signed may pass.

use evenkeel::market::action::{CANCELS_MAX, ITEMS_MAX};
use evenkeel::market::{
    Action, Address, Allowance, AssetId, Cloid, Oid, Place, Replace, Request, RequestId, Tif,
};
use evenkeel::num::{Px, Qty, Side, WallMs};
use evenkeel::venue::ActionWire as Served;
use evenkeel::venue::api::verify::{self, Verified};
use evenkeel::wire::nonce::Unprepared;
use evenkeel::wire::{Encoder, Signer, Source};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// Signed actions whose bits are flipped.
const FLIPPED: usize = 200;

fn signer() -> Signer {
    Signer::new(&[0x77; 32], Source::Testnet).expect("a key")
}

/// Any order, of the class asked for.
fn place(post_only: bool) -> impl Strategy<Value = Place> {
    let tif = if post_only { vec![Tif::Alo] } else { vec![Tif::Ioc, Tif::Gtc] };
    let side = prop_oneof![Just(Side::Bid), Just(Side::Ask)];
    let number = prop_oneof![1..1_000_000i64, 1..i64::MAX];
    (any::<u128>(), side, number.clone(), number, prop::sample::select(tif), any::<bool>())
        .prop_map(|(cloid, side, px, qty, tif, reduce_only)| {
            let (cloid, px, qty) = (Cloid(cloid), Px::from_e8(px), Qty::from_e8(qty));
            Place { cloid, side, px, qty, tif, reduce_only }
        })
}

/// Any replacement, of the class asked for.
fn replace(post_only: bool) -> impl Strategy<Value = Replace> {
    (any::<u128>(), place(post_only)).prop_map(|(old, new)| Replace { old: Cloid(old), new })
}

/// Any action.
fn action() -> impl Strategy<Value = Action> {
    let several = 1..=ITEMS_MAX;
    let orders = any::<bool>()
        .prop_flat_map({
            let several = several.clone();
            move |post| prop::collection::vec(place(post), several.clone())
        })
        .prop_map(|list| Action::Order(list.into_iter().collect()));
    let replaces = any::<bool>()
        .prop_flat_map(move |post| prop::collection::vec(replace(post), several.clone()))
        .prop_map(|list| Action::BatchModify(list.into_iter().collect()));
    let number = prop_oneof![0..300u64, 0..100_000u64, any::<u64>()];
    prop_oneof![
        orders,
        replaces,
        replace(true).prop_map(Action::Modify),
        prop::collection::vec(any::<u128>(), 1..=CANCELS_MAX)
            .prop_map(|list| Action::CancelByCloid(list.into_iter().map(Cloid).collect())),
        prop::collection::vec(number.clone(), 1..=CANCELS_MAX)
            .prop_map(|list| Action::CancelByOid(list.into_iter().map(Oid).collect())),
        prop::option::of(number).prop_map(|at| Action::ScheduleCancel(at.map(WallMs::from_ms))),
        (any::<bool>(), 1..200u32)
            .prop_map(|(cross, leverage)| Action::UpdateLeverage { cross, leverage }),
        prop_oneof![-300..300i64, -100_000..100_000i64, any::<i64>()]
            .prop_map(|micro_usd| Action::UpdateIsolatedMargin { micro_usd }),
        Just(Action::Noop),
    ]
}

/// Any request, with the vault it is for.
fn request() -> impl Strategy<Value = (Request, Option<Address>)> {
    let asset = prop_oneof![0..300u32, 100_000..200_000u32, any::<u32>()];
    (
        any::<u64>(),
        asset,
        prop::option::of(any::<u64>()),
        action(),
        prop::option::of(any::<[u8; 20]>()),
    )
        .prop_map(|(id, asset, expires, action, vault)| {
            let (id, asset) = (RequestId(id), AssetId(asset));
            let expires = expires.map(WallMs::from_ms);
            (Request { id, asset, expires, allows: Allowance::ANY, action }, vault.map(Address))
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn both_encoders_agree_and_the_signer_is_found(
        (request, vault) in request(),
        nonce: u64,
    ) {
        let mut encoder = Encoder::new(vault);
        let unsigned = encoder.build(&request, nonce);
        let packed = unsigned.action().to_vec();
        let mut signer = signer();
        let signed = unsigned.sign(&mut signer, &mut Unprepared);

        // The frame is JSON, and says what the request says around its action.
        let frame: Value = serde_json::from_slice(signed.frame()).expect("a frame is JSON");
        prop_assert_eq!(&frame["method"], "post");
        prop_assert_eq!(&frame["id"], request.id.0);
        prop_assert_eq!(&frame["request"]["type"], "action");
        let envelope: Value = serde_json::from_slice(signed.envelope()).expect("an envelope too");
        prop_assert_eq!(&frame["request"]["payload"], &envelope);

        // The slow twins: rmp-serde and serde_json over the served types.
        let served: Served = serde_json::from_value(envelope["action"].clone()).expect("known");
        prop_assert_eq!(served.msgpack(), packed);
        let head = format!("{{\"action\":{},\"nonce\":{nonce},", serde_json::to_string(&served).expect("JSON"));
        prop_assert!(signed.envelope().starts_with(head.as_bytes()), "{}", head);

        // The exchange finds who signed, and for whom and until when.
        let opened = verify::open(signed.envelope()).expect("well-formed");
        prop_assert_eq!(opened.signer(Source::Testnet), Some(signer.address()));
        prop_assert!(opened.action().terms().is_ok(), "the exchange has it all");
        let task = opened.envelope(1, signer.address());
        prop_assert_eq!((task.nonce, task.expires, task.vault), (nonce, request.expires, vault));
    }
}

/// Whether a change of a signed envelope goes unnoticed although its meaning changed.
fn slips_through(bytes: &[u8], honest: &Verified, signer: Address) -> bool {
    match verify::open(bytes) {
        // Capital letters in a name or address mean the same, as do other words for "no vault".
        Ok(opened) => opened != *honest && opened.signer(Source::Testnet) == Some(signer),
        Err(_) => false,
    }
}

#[test]
fn no_flipped_bit_passes() {
    let mut runner = TestRunner::deterministic();
    let strategy = short_request();
    let requests: Vec<_> = (0..FLIPPED)
        .map(|_| strategy.new_tree(&mut runner).expect("a request").current())
        .collect();
    let flips: usize = std::thread::scope(|scope| {
        let halves = requests.chunks(FLIPPED.div_ceil(2));
        let threads: Vec<_> = halves
            .map(|half| scope.spawn(move || half.iter().map(flip_every_bit).sum::<usize>()))
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no bit passed")).sum()
    });
    assert!(500_000 < flips, "only {flips} bits were flipped");
}

/// Signs a request, and sees that no flipped bit of its envelope passes. Says how many there are.
fn flip_every_bit((request, vault): &(Request, Option<Address>)) -> usize {
    let (mut encoder, mut signer) = (Encoder::new(*vault), signer());
    let address = signer.address();
    let signed = encoder.build(request, 1_758_000_000_123).sign(&mut signer, &mut Unprepared);
    let honest = verify::open(signed.envelope()).expect("well-formed");
    assert_eq!(honest.signer(Source::Testnet), Some(address));
    let mut bytes = signed.envelope().to_vec();
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let text = String::from_utf8_lossy(&bytes);
        assert!(!slips_through(&bytes, &honest, address), "bit {bit} of {request:?}: {text}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    8 * bytes.len()
}

/// Any request of few items: every bit of it will be flipped.
fn short_request() -> impl Strategy<Value = (Request, Option<Address>)> {
    request().prop_map(|(mut request, vault)| {
        match &mut request.action {
            Action::Order(list) => list.truncate(1),
            Action::BatchModify(list) => list.truncate(1),
            Action::CancelByCloid(list) => list.truncate(1),
            Action::CancelByOid(list) => list.truncate(1),
            Action::Modify(_)
            | Action::ScheduleCancel(_)
            | Action::UpdateLeverage { .. }
            | Action::UpdateIsolatedMargin { .. }
            | Action::Noop => {}
        }
        (request, vault)
    })
}
