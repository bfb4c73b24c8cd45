//! Signed actions: bytes, hashes, digests, signatures and signers.

use super::VectorOutcome;
use super::vectors::{HttpVector, L1, User};
use crate::market::{self, Address, AssetId, Cloid, Oid, Place, Replace, Request, RequestId};
use crate::num::{Px, Qty, Side, WallMs};
use crate::venue::action::{
    self, ActionWire, CancelByCloid, CancelByOid, Grouping, GroupingWord, OrderKey, OrderTypeWire,
    OrderWire,
};
use crate::venue::api::verify;
use crate::wire::nonce::Unprepared;
use crate::wire::sign::hash;
use crate::wire::{Encoder, Hash, NonceSource, Signature, Signer, Source, nonce::Prepared};
use serde_json::{Value, json};

/// Two nonces prepared for one key, to see that such signatures verify as well.
struct OneNonce(Option<Prepared>);

impl NonceSource for OneNonce {
    fn take(&mut self) -> Option<Prepared> {
        self.0.take()
    }
}

/// One signed action, through every path that knows its kind.
pub(super) fn l1(vector: &L1) -> VectorOutcome {
    let kind = vector.action["type"].as_str().unwrap_or_default();
    let action = match serde_json::from_value::<ActionWire>(vector.action.clone()) {
        Ok(action) => action,
        Err(error) if error.to_string().starts_with("unknown variant") => {
            return VectorOutcome::Skip(kind.to_owned());
        }
        Err(error) => return VectorOutcome::Fail(format!("{kind}: not understood: {error}")),
    };
    match check_l1(vector, &action).and_then(|()| encoded(vector, &action)) {
        Ok(encoded) => VectorOutcome::Pass { encoded },
        Err(why) => VectorOutcome::Fail(format!("{kind}: {why}")),
    }
}

/// One user-signed action.
pub(super) fn user(vector: &User) -> VectorOutcome {
    let kind = vector.action["type"].as_str().unwrap_or_default();
    match check_user(vector) {
        Ok(()) => VectorOutcome::Pass { encoded: false },
        Err(why) if why.contains("unknown variant") => VectorOutcome::Skip(kind.to_owned()),
        Err(why) => VectorOutcome::Fail(format!("{kind}: {why}")),
    }
}

/// One body that a client sent: it must come from the signer of its vector.
pub(super) fn http(vector: &HttpVector, l1: &[L1]) -> Result<(), String> {
    let twin = l1.iter().find(|l1| l1.id == vector.vector_id).ok_or("no vector of that number")?;
    let opened = verify::open(vector.body.as_bytes()).map_err(|error| error.to_string())?;
    same("signer", &text(opened.signer(source(twin.is_mainnet))), &twin.signer)
}

/// Encoding, hash, digest and signature of the serving path, and who it says signed.
fn check_l1(vector: &L1, action: &ActionWire) -> Result<(), String> {
    let source = source(vector.is_mainnet);
    let (vault, expires) = trailer(vector)?;
    let packed = action.msgpack();
    same("msgpack", &hex(&packed), &vector.msgpack_hex)?;
    let hash = hash::action_hash(&packed, vector.nonce, vault, expires);
    same("action hash", &prefixed(&hash), &vector.action_hash)?;
    let digest = hash::agent_digest(source, &hash);
    same("digest", &prefixed(&digest), &vector.eip712_digest)?;
    let mut signer = signer(&vector.private_key, source)?;
    same("address", &signer.address().to_string(), &vector.signer)?;
    let signature = signer.sign(&digest, &mut Unprepared);
    same_signature(&signature, [&vector.r_padded, &vector.s_padded], vector.v)?;
    let mut once = OneNonce(signer.preparer().prepare(&hash));
    let prepared = signer.sign(&digest, &mut once);
    let by = crate::wire::sign::recover(&digest, &prepared);
    same("signer with a prepared nonce", &text(by), &vector.signer)?;
    for spelling in [[&vector.r, &vector.s], [&vector.r_padded, &vector.s_padded]] {
        let opened = verify::open(envelope(vector, spelling).to_string().as_bytes());
        let opened = opened.map_err(|error| error.to_string())?;
        same("signer of the envelope", &text(opened.signer(source)), &vector.signer)?;
    }
    Ok(())
}

/// The trading path, where it can express the action: true when it did.
fn encoded(vector: &L1, action: &ActionWire) -> Result<bool, String> {
    let (vault, expires) = trailer(vector)?;
    let Some(request) = request(action, expires) else { return Ok(false) };
    let source = source(vector.is_mainnet);
    let mut signer = signer(&vector.private_key, source)?;
    let mut encoder = Encoder::new(vault);
    let unsigned = encoder.build(&request, vector.nonce);
    same("encoder: msgpack", &hex(unsigned.action()), &vector.msgpack_hex)?;
    same("encoder: action hash", &prefixed(&unsigned.hash()), &vector.action_hash)?;
    let signed = unsigned.sign(&mut signer, &mut Unprepared);
    same("encoder: digest", &prefixed(signed.digest()), &vector.eip712_digest)?;
    same_signature(signed.signature(), [&vector.r_padded, &vector.s_padded], vector.v)?;
    let sent = serde_json::from_slice::<Value>(signed.envelope());
    let sent = sent.map_err(|error| format!("encoder: no JSON: {error}"))?;
    let want = envelope(vector, [&vector.r_padded, &vector.s_padded]);
    same("encoder: envelope", &sent.to_string(), &want.to_string())?;
    Ok(true)
}

/// Digest, signature and signer of a user-signed action.
fn check_user(vector: &User) -> Result<(), String> {
    let User { action, nonce, r, s, v, .. } = vector;
    let body = json!({"action": action, "nonce": nonce, "signature": {"r": r, "s": s, "v": v}});
    let opened = verify::open(body.to_string().as_bytes()).map_err(|error| error.to_string())?;
    let source = source(vector.is_mainnet);
    let digest = opened.digest(source);
    same("digest", &prefixed(&digest), &vector.eip712_digest)?;
    same("signer", &text(opened.signer(source)), &vector.signer)?;
    let signature = signer(&vector.private_key, source)?.sign(&digest, &mut Unprepared);
    same_signature(&signature, [r, s], *v)
}

/// The request of the trading path that would be this action, if there is one.
fn request(action: &ActionWire, expires: Option<WallMs>) -> Option<Request> {
    let of = |asset: u32, action| {
        Some(Request { id: RequestId(1), asset: AssetId(asset), expires, action })
    };
    match action {
        ActionWire::Order(orders) => {
            let plain = orders.grouping == Grouping::Word(GroupingWord::Na);
            let alone = orders.builder.is_none();
            let places = orders.orders.iter().map(place).collect::<Option<Vec<_>>>()?;
            let asset = one_market(orders.orders.iter().map(|order| order.asset))?;
            let list = list(places.into_iter().filter(|_| plain && alone), orders.orders.len())?;
            one_class(&list).then_some(())?;
            of(asset, market::Action::Order(list))
        }
        ActionWire::Cancel(action::Cancels { cancels, fast: false }) => {
            let asset = one_market(cancels.iter().map(|CancelByOid { asset, .. }| *asset))?;
            let oids = list(cancels.iter().map(|item| Oid(item.oid)), cancels.len())?;
            of(asset, market::Action::CancelByOid(oids))
        }
        ActionWire::CancelByCloid(action::Cancels { cancels, fast: true }) => {
            let asset = one_market(cancels.iter().map(|CancelByCloid { asset, .. }| *asset))?;
            let cloids = list(cancels.iter().map(|item| item.cloid.0), cancels.len())?;
            of(asset, market::Action::CancelByCloid(cloids))
        }
        ActionWire::Modify(action::Modify { oid, order, always: false }) => {
            of(order.asset, market::Action::Modify(replace(*oid, order)?))
        }
        ActionWire::BatchModify(action::BatchModify { modifies, always: false }) => {
            let changes = modifies.iter().map(|change| replace(change.oid, &change.order));
            let changes = changes.collect::<Option<Vec<_>>>()?;
            let asset = one_market(modifies.iter().map(|change| change.order.asset))?;
            of(asset, market::Action::BatchModify(list(changes.into_iter(), modifies.len())?))
        }
        ActionWire::ScheduleCancel(at) => {
            of(0, market::Action::ScheduleCancel(at.time_ms.map(WallMs::from_ms)))
        }
        ActionWire::UpdateLeverage(to) => {
            let (cross, leverage) = (to.is_cross, to.leverage);
            of(to.asset, market::Action::UpdateLeverage { cross, leverage })
        }
        ActionWire::UpdateIsolatedMargin(by) if by.is_buy => {
            of(by.asset, market::Action::UpdateIsolatedMargin { micro_usd: by.micro_usd })
        }
        ActionWire::Noop => of(0, market::Action::Noop),
        _ => None,
    }
}

/// Everything in a bounded list, if it fits and nothing was left out.
fn list<T, const N: usize>(
    items: impl Iterator<Item = T>,
    want: usize,
) -> Option<arrayvec::ArrayVec<T, N>> {
    let mut list = arrayvec::ArrayVec::new();
    for item in items {
        list.try_push(item).ok()?;
    }
    (list.len() == want).then_some(list)
}

/// The market, if all are the same.
fn one_market(mut assets: impl Iterator<Item = u32>) -> Option<u32> {
    let first = assets.next()?;
    assets.all(|asset| asset == first).then_some(first)
}

/// Whether post-only orders are among themselves.
fn one_class(places: &[Place]) -> bool {
    let alo = places.iter().filter(|place| place.tif == market::Tif::Alo).count();
    alo == 0 || alo == places.len()
}

/// An order as the trading path names it, if it can.
fn place(order: &OrderWire) -> Option<Place> {
    let OrderTypeWire::Limit { tif } = order.kind else { return None };
    Some(Place {
        cloid: order.cloid?.0,
        side: if order.is_buy { Side::Bid } else { Side::Ask },
        px: Px::from_e8(order.px.e8().ok()?),
        qty: Qty::from_e8(order.qty.e8().ok()?),
        tif: match tif {
            action::TifWire::Alo => market::Tif::Alo,
            action::TifWire::Ioc => market::Tif::Ioc,
            action::TifWire::Gtc => market::Tif::Gtc,
            action::TifWire::FrontendMarket => return None,
        },
        reduce_only: order.reduce_only,
    })
}

/// A replacement as the trading path names it, if it can.
fn replace(oid: OrderKey, order: &OrderWire) -> Option<Replace> {
    let OrderKey::Cloid(old) = oid else { return None };
    Some(Replace { old: Cloid(old.0.0), new: place(order)? })
}

/// The envelope of a vector with one spelling of its signature.
fn envelope(vector: &L1, [r, s]: [&String; 2]) -> Value {
    json!({
        "action": vector.action,
        "nonce": vector.nonce,
        "signature": {"r": r, "s": s, "v": vector.v},
        "vaultAddress": vector.vault_address,
        "expiresAfter": vector.expires_after,
    })
}

/// Vault and expiry of a vector.
fn trailer(vector: &L1) -> Result<(Option<Address>, Option<WallMs>), String> {
    let read = |text: &String| Address::read(text.as_bytes()).ok_or("the vault is no address");
    let vault = vector.vault_address.as_ref().map(read).transpose()?;
    Ok((vault, vector.expires_after.map(WallMs::from_ms)))
}

/// The signer of a vector.
fn signer(key: &str, source: Source) -> Result<Signer, String> {
    let digits = format!("{:0>64}", key.trim_start_matches("0x"));
    let mut secret: Hash = [0; 32];
    for (byte, at) in secret.iter_mut().zip((0..).step_by(2)) {
        let pair = digits.get(at..at + 2).ok_or("the key is too short")?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| "the key is not hex")?;
    }
    Signer::new(&secret, source).map_err(|error| error.to_string())
}

/// The network of a vector.
fn source(is_mainnet: bool) -> Source {
    if is_mainnet { Source::Mainnet } else { Source::Testnet }
}

/// Whether a signature is the one wanted, whose spelling may lack leading zeros.
fn same_signature(got: &Signature, [r, s]: [&String; 2], v: u8) -> Result<(), String> {
    let padded = |word: &str| format!("0x{:0>64}", word.trim_start_matches("0x"));
    same("r", &prefixed(&got.r), &padded(r))?;
    same("s", &prefixed(&got.s), &padded(s))?;
    same("v", &got.v.to_string(), &v.to_string())
}

/// Whether two texts are the same, and if not, which are not.
fn same(what: &str, got: &str, want: &str) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what} is {got}, not {want}")) }
}

/// An address, or that there is none.
fn text(address: Option<Address>) -> String {
    address.map_or("nobody".to_owned(), |address| address.to_string())
}

/// Lower-case hex.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower-case hex after `0x`.
fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex(bytes))
}
