use super::*;
use crate::market::action::{LEVELS_MAX, ORDERS_MAX};
use crate::market::{Action, Allowance, AssetId, Cloid, Oid, Place, Replace, RequestId, Tif};
use crate::num::{Bps, Px, Qty, Side};
use crate::wire::Source;
use crate::wire::nonce::Unprepared;

/// Bytes that one permutation of the hash absorbs.
const BLOCK: usize = 136;
/// The order of the format's worked example.
const PLACE: Place = Place {
    cloid: Cloid(0xabc),
    side: Side::Bid,
    px: Px::from_e8(3_812_300_000),
    qty: Qty::from_e8(150_000_000),
    tif: Tif::Alo,
    reduce_only: false,
};

fn request(action: Action) -> Request {
    Request {
        id: RequestId(7),
        asset: AssetId(140_004),
        expires: None,
        allows: Allowance::ANY,
        action,
    }
}

fn orders(places: &[Place]) -> Action {
    Action::Order(places.iter().copied().collect())
}

fn signer() -> Signer {
    let mut secret = [0; 32];
    secret[31] = 1;
    Signer::new(&secret, Source::Testnet).expect("a key")
}

/// The action of a request in JSON.
fn json(action: Action) -> String {
    let mut encoder = Encoder::new(None);
    let signed = encoder.build(&request(action), 9).sign(&mut signer(), &mut Unprepared);
    let text = std::str::from_utf8(signed.envelope()).expect("JSON is text");
    let action = text.strip_prefix(r#"{"action":"#).expect("it comes first");
    action.split_once(r#","nonce":9,"#).expect("it comes next").0.to_owned()
}

#[test]
fn every_action_as_the_venue_spells_it() {
    let order = r#"{"a":140004,"b":true,"p":"38.123","s":"1.5","r":false,"t":{"limit":{"tif":"Alo"}},"c":"0x00000000000000000000000000000abc"}"#;
    let replace = Replace { old: Cloid(1), new: PLACE };
    let old = r#""oid":"0x00000000000000000000000000000001""#;
    let cancels = [Cloid(1)].into_iter().collect();
    let rows = [
        (
            orders(&[PLACE]),
            format!(r#"{{"type":"order","orders":[{order}],"grouping":"na"}}"#),
        ),
        (
            Action::CancelByCloid(cancels),
            r#"{"type":"cancelByCloid","cancels":[{"asset":140004,"cloid":"0x00000000000000000000000000000001"}],"f":true}"#.to_owned(),
        ),
        (
            Action::CancelByOid([Oid(1), Oid(9_007_199_254_740_991)].into_iter().collect()),
            r#"{"type":"cancel","cancels":[{"a":140004,"o":1},{"a":140004,"o":9007199254740991}]}"#.to_owned(),
        ),
        (
            Action::Modify(replace),
            format!(r#"{{"type":"modify",{old},"order":{order}}}"#),
        ),
        (
            Action::BatchModify([replace].into_iter().collect()),
            format!(r#"{{"type":"batchModify","modifies":[{{{old},"order":{order}}}]}}"#),
        ),
        (
            Action::ScheduleCancel(Some(WallMs::from_ms(1_758_000_060_000))),
            r#"{"type":"scheduleCancel","time":1758000060000}"#.to_owned(),
        ),
        (Action::ScheduleCancel(None), r#"{"type":"scheduleCancel"}"#.to_owned()),
        (
            Action::UpdateLeverage { cross: false, leverage: 5 },
            r#"{"type":"updateLeverage","asset":140004,"isCross":false,"leverage":5}"#.to_owned(),
        ),
        (
            Action::UpdateIsolatedMargin { micro_usd: -1_000_500_000 },
            r#"{"type":"updateIsolatedMargin","asset":140004,"isBuy":true,"ntli":-1000500000}"#.to_owned(),
        ),
        (Action::Noop, r#"{"type":"noop"}"#.to_owned()),
    ];
    for (action, want) in rows {
        assert_eq!(json(action), want);
    }
}

#[test]
fn the_frame_around_an_action() {
    let vault = Address::read(b"0x1719884eb866cb12b2287399b15f7db5e7d775ea").expect("an address");
    let expires = Some(WallMs::from_ms(1_758_000_010_000));
    let rows = [
        (None, None, r#""vaultAddress":null,"expiresAfter":null}"#),
        (
            Some(vault),
            expires,
            r#""vaultAddress":"0x1719884eb866cb12b2287399b15f7db5e7d775ea","expiresAfter":1758000010000}"#,
        ),
    ];
    for (vault, expires, end) in rows {
        let mut encoder = Encoder::new(vault);
        let unsigned = encoder.build(&Request { expires, ..request(Action::Noop) }, 5);
        assert_eq!(unsigned.action(), b"\x81\xa4type\xa4noop");
        assert_eq!((unsigned.nonce(), unsigned.expires()), (5, expires));
        let hash = hash::action_hash(b"\x81\xa4type\xa4noop", 5, vault, expires);
        assert_eq!(unsigned.hash(), hash);
        let signed = unsigned.sign(&mut signer(), &mut Unprepared);
        assert_eq!(*signed.digest(), hash::agent_digest(Source::Testnet, &hash));
        let hex = |word: &Hash| word.map(|byte| format!("{byte:02x}")).concat();
        let Signature { r, s, v } = signed.signature();
        let envelope = format!(
            r#"{{"action":{{"type":"noop"}},"nonce":5,"signature":{{"r":"0x{}","s":"0x{}","v":{v}}},{end}"#,
            hex(r),
            hex(s),
        );
        let frame = format!(
            r#"{{"method":"post","id":7,"request":{{"type":"action","payload":{envelope}}}}}"#
        );
        assert_eq!(std::str::from_utf8(signed.envelope()), Ok(envelope.as_str()));
        assert_eq!(std::str::from_utf8(signed.frame()), Ok(frame.as_str()));
    }
}

#[test]
fn the_largest_requests_fit() {
    let longest = Place {
        cloid: Cloid(u128::MAX),
        side: Side::Ask,
        px: Px::from_e8(i64::MAX),
        qty: Qty::from_e8(i64::MAX),
        tif: Tif::Gtc,
        reduce_only: false,
    };
    let replace = Replace { old: Cloid(u128::MAX), new: longest };
    let rows = [
        ("every level", Action::Order([longest; 2 * LEVELS_MAX].into())),
        ("every level replaced", Action::BatchModify([replace; 2 * LEVELS_MAX].into())),
        ("everything cancelled", Action::CancelByCloid([Cloid(u128::MAX); ORDERS_MAX].into())),
        ("everything cancelled by oid", Action::CancelByOid([Oid(u64::MAX); ORDERS_MAX].into())),
    ];
    let mut encoder = Encoder::new(Some(Address([0xff; 20])));
    for ((what, action), nonce) in rows.into_iter().zip(u64::MAX - 4..) {
        let request = Request {
            id: RequestId(u64::MAX),
            asset: AssetId(u32::MAX),
            expires: Some(WallMs::from_ms(u64::MAX)),
            allows: Allowance::ANY,
            action,
        };
        let unsigned = encoder.build(&request, nonce);
        assert!(unsigned.action().len() <= ACTION_MAX, "{what}");
        let signed = unsigned.sign(&mut signer(), &mut Unprepared);
        assert!(signed.frame().len() <= FRAME_MAX, "{what}: {}", signed.frame().len());
    }
}

#[test]
fn permutations_of_the_hash() {
    let rows = [
        // what, action, permutations
        ("one order", orders(&[PLACE]), 1),
        ("two orders", orders(&[PLACE; 2]), 2),
        ("one cancel", Action::CancelByCloid([Cloid(1)].into_iter().collect()), 1),
        ("two cancels", Action::CancelByCloid([Cloid(1), Cloid(2)].into_iter().collect()), 2),
        ("one replacement", Action::Modify(Replace { old: Cloid(1), new: PLACE }), 2),
        ("two orders by oid", Action::CancelByOid([Oid(1 << 40), Oid(2)].into_iter().collect()), 1),
    ];
    for (what, action, want) in rows {
        let mut encoder = Encoder::new(None);
        let _ = encoder.build(&request(action), 1_758_000_000_123);
        // The padding takes at least one byte.
        assert_eq!(encoder.preimage.len() / BLOCK + 1, want, "{what}");
    }
}

/// Whether building this request stops the process, as a promise broken elsewhere must.
fn is_refused(action: Action, allows: Allowance) -> bool {
    let mut encoder = Encoder::new(None);
    encoder.check_against(Spec {
        asset: AssetId(140_004),
        sz_decimals: 2,
        leverage_max: 10,
        fee_maker: Bps::ZERO,
        fee_taker: Bps::ZERO,
    });
    let request = Request { allows, ..request(action) };
    std::panic::catch_unwind(move || {
        let _ = encoder.build(&request, 1);
    })
    .is_err()
}

#[test]
fn broken_promises_stop_at_the_wire() {
    let px = |e8| Place { px: Px::from_e8(e8), ..PLACE };
    let qty = |e8| Place { qty: Qty::from_e8(e8), ..PLACE };
    let gtc = Place { tif: Tif::Gtc, ..PLACE };
    let ioc = Place { tif: Tif::Ioc, ..PLACE };
    let batch = |new: [Place; 2]| {
        Action::BatchModify(new.map(|new| Replace { old: Cloid(1), new }).into_iter().collect())
    };
    let rows = [
        ("as promised", orders(&[PLACE; 10]), false),
        ("takers together", orders(&[gtc, ioc]), false),
        ("no size", orders(&[qty(0)]), true),
        ("half a lot", orders(&[qty(150_500_000)]), true),
        ("no price", orders(&[px(0)]), true),
        ("below zero", orders(&[px(-3_812_300_000)]), true),
        ("too many figures", orders(&[px(3_812_340_000)]), true),
        ("too many decimals", orders(&[px(12_345)]), true),
        ("post-only beside a taker", orders(&[PLACE, ioc]), true),
        ("a taker beside post-only", orders(&[gtc, PLACE]), true),
        ("replaced by both kinds", batch([PLACE, gtc]), true),
        ("a bad order in a replacement", batch([PLACE, qty(0)]), true),
        ("no orders", orders(&[]), true),
        ("no cancels", Action::CancelByCloid([].into_iter().collect()), true),
        ("no cancels by oid", Action::CancelByOid([].into_iter().collect()), true),
        ("no replacements", Action::BatchModify([].into_iter().collect()), true),
        ("no leverage", Action::UpdateLeverage { cross: true, leverage: 0 }, true),
    ];
    for (what, action, want) in rows {
        assert_eq!(is_refused(action, Allowance::ANY), want, "{what}");
    }
}

#[test]
fn what_risk_allows_is_asserted_at_the_wire() {
    let qty_max = [PLACE.qty, Qty::ZERO];
    let both = Allowance { qty_max: [PLACE.qty; 2], reduce_only: [false; 2] };
    let bids = Allowance { qty_max, reduce_only: [false; 2] };
    let closing = Allowance { qty_max, reduce_only: [true; 2] };
    let ask = Place { side: Side::Ask, ..PLACE };
    let reducing = Place { reduce_only: true, ..PLACE };
    let more = Place { qty: Qty::from_e8(151_000_000), ..PLACE };
    let moved = |new| Action::BatchModify([Replace { old: Cloid(1), new }].into_iter().collect());
    let rows = [
        ("up to the cap, both sides", orders(&[PLACE, ask]), both, false),
        ("a lot above the cap", orders(&[PLACE, more]), both, true),
        ("the open side", orders(&[PLACE]), bids, false),
        ("the closed side", orders(&[PLACE, ask]), bids, true),
        ("moved up to the cap", moved(PLACE), bids, false),
        ("moved above the cap", moved(more), bids, true),
        ("moved on the closed side", moved(ask), bids, true),
        ("only reducing", orders(&[reducing]), closing, false),
        ("one that may add", orders(&[PLACE]), closing, true),
        ("nothing at all", Action::Noop, Allowance::NONE, false),
        ("an order where nothing may be placed", orders(&[reducing]), Allowance::NONE, true),
        (
            "replaced alone, above the cap",
            Action::Modify(Replace { old: Cloid(1), new: more }),
            both,
            true,
        ),
    ];
    for (what, action, allows, want) in rows {
        assert_eq!(is_refused(action, allows), want, "{what}");
    }
}

#[test]
#[should_panic(expected = "nonces rise at the wire")]
fn no_nonce_is_used_twice() {
    let mut encoder = Encoder::new(None);
    for _ in 0..2 {
        let _ = encoder.build(&request(Action::Noop), 5);
    }
}

#[test]
fn nothing_that_moves_money_can_be_said() {
    let sources = [
        include_str!("action_encoding.rs"),
        include_str!("writer.rs"),
        include_str!("../encode.rs"),
        include_str!("../../market/action.rs"),
    ];
    let names = [
        "withdraw3",
        "usdSend",
        "spotSend",
        "sendAsset",
        "usdClassTransfer",
        "vaultTransfer",
        "subAccountTransfer",
        "approveAgent",
        "approveBuilderFee",
        "cDeposit",
        "cWithdraw",
        "tokenDelegate",
        "convertToMultiSigUser",
    ];
    for name in names {
        assert!(sources.iter().all(|source| !source.contains(name)), "{name} is spoken of");
    }
}
