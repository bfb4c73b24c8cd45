//! Signed actions: bytes, hashes, digests, signatures and signers.

use super::miss::{Miss, holds, same};
use crate::market::{
    self, Address, Allowance, AssetId, Cloid, Oid, Place, Replace, Request, RequestId,
};
use crate::num::{Px, Qty, Side, WallMs};
use crate::ops::selftest::vector::{Misfit, Vector};
use crate::venue::action::{
    self, ActionWire, CancelByCloid, CancelByOid, Grouping, GroupingWord, OrderKey, OrderTypeWire,
    OrderWire,
};
use crate::venue::api::verify;
use crate::wire::nonce::{Prepared, Unprepared};
use crate::wire::sign::{hash, recover};
use crate::wire::{Encoder, Hash, NonceSource, Signature, Signer, Source};
use serde_json::{Value, json};

/// One nonce prepared for one key, to see that such signatures verify as well.
struct OneNonce(Option<Prepared>);

impl NonceSource for OneNonce {
    fn take(&mut self) -> Option<Prepared> {
        self.0.take()
    }
}

/// One signed action, through every path that knows its kind.
pub(super) fn l1(vector: Vector<'_>) -> Result<bool, Miss> {
    let action: ActionWire = vector.get("action").map_err(|misfit| foreign(vector, &misfit))?;
    served(vector, &action)?;
    encoded(vector, &action)
}

/// One user-signed action: digest, signature, signer.
pub(super) fn user(vector: Vector<'_>) -> Result<bool, Miss> {
    let field = |key| vector.inner(key).0;
    let body = json!({
        "action": field("action"), "nonce": field("nonce"),
        "signature": {"r": field("r"), "s": field("s"), "v": field("v")},
    });
    let opened = verify::open(body.to_string().as_bytes());
    let opened = opened.map_err(|refusal| foreign(vector, &refusal))?;
    let source = source(vector)?;
    let digest = opened.digest(source);
    holds(vector, "eip712_digest", prefixed(&digest))?;
    holds(vector, "signer", text(opened.signer(source)))?;
    signed(vector, ["r", "s"], &signer(vector)?.sign(&digest, &mut Unprepared))?;
    Ok(false)
}

/// One body that a client sent: it must come from the signer of its vector.
pub(super) fn http(file: Vector<'_>, vector: Vector<'_>) -> Result<bool, Miss> {
    let id = vector.get::<u64>("vector_id")?;
    let mut twins = file.list("l1")?.filter(|l1| l1.get("id").ok() == Some(id));
    let twin = twins.next().ok_or_else(|| Miss::refused("no vector of that number"))?;
    let opened = verify::open(vector.get::<&str>("body")?.as_bytes()).map_err(Miss::refused)?;
    holds(twin, "signer", text(opened.signer(source(twin)?)))?;
    Ok(false)
}

/// What an error says of a vector's action: that nobody here knows its type, or that it is not read.
fn foreign(vector: Vector<'_>, error: &impl std::error::Error) -> Miss {
    let kind = vector.inner("action").get::<&str>("type").unwrap_or_default();
    match error.to_string() {
        why if why.contains("unknown variant") => Miss::Foreign(kind.to_owned()),
        why => Miss::Refused(format!("{kind}: not understood: {why}")),
    }
}

/// Encoding, hash, digest and signature of the serving path, and who it says signed.
fn served(vector: Vector<'_>, action: &ActionWire) -> Result<(), Miss> {
    let source = source(vector)?;
    let (vault, expires) = trailer(vector)?;
    let packed = action.msgpack();
    holds(vector, "msgpack_hex", hex(&packed))?;
    let hash = hash::action_hash(&packed, vector.get("nonce")?, vault, expires);
    holds(vector, "action_hash", prefixed(&hash))?;
    let digest = hash::agent_digest(source, &hash);
    holds(vector, "eip712_digest", prefixed(&digest))?;
    let mut signer = signer(vector)?;
    holds(vector, "signer", signer.address().to_string())?;
    signed(vector, ["r_padded", "s_padded"], &signer.sign(&digest, &mut Unprepared))?;
    let mut once = OneNonce(signer.preparer().prepare(&hash));
    let prepared = signer.sign(&digest, &mut once);
    holds(vector, "signer", text(recover(&digest, &prepared)))?;
    for spelling in [["r", "s"], ["r_padded", "s_padded"]] {
        let opened = verify::open(envelope(vector, spelling).to_string().as_bytes());
        holds(vector, "signer", text(opened.map_err(Miss::refused)?.signer(source)))?;
    }
    Ok(())
}

/// The trading path, where it can express the action: true when it did.
fn encoded(vector: Vector<'_>, action: &ActionWire) -> Result<bool, Miss> {
    let (vault, expires) = trailer(vector)?;
    let Some(request) = request(action, expires) else { return Ok(false) };
    let mut encoder = Encoder::new(vault);
    let unsigned = encoder.build(&request, vector.get("nonce")?);
    holds(vector, "msgpack_hex", hex(unsigned.action()))?;
    holds(vector, "action_hash", prefixed(&unsigned.hash()))?;
    let sent = unsigned.sign(&mut signer(vector)?, &mut Unprepared);
    holds(vector, "eip712_digest", prefixed(sent.digest()))?;
    signed(vector, ["r_padded", "s_padded"], sent.signature())?;
    let body = serde_json::from_slice::<Value>(sent.envelope()).map_err(Miss::refused)?;
    let want = envelope(vector, ["r_padded", "s_padded"]);
    // As text: the order of keys is part of it.
    same("the encoder's envelope", body.to_string(), want.to_string())?;
    Ok(true)
}

/// The request of the trading path that would be this action, if there is one.
fn request(action: &ActionWire, expires: Option<WallMs>) -> Option<Request> {
    let of = |asset: u32, action| {
        Some(Request {
            id: RequestId(1),
            asset: AssetId(asset),
            expires,
            allows: Allowance::ANY,
            action,
        })
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
        ActionWire::Cancel(_)
        | ActionWire::CancelByCloid(_)
        | ActionWire::Modify(_)
        | ActionWire::BatchModify(_)
        | ActionWire::UpdateIsolatedMargin(_)
        | ActionWire::SetReferrer { .. }
        | ActionWire::ApproveAgent(_)
        | ActionWire::ApproveBuilderFee(_)
        | ActionWire::TopUpIsolatedOnlyMargin { .. }
        | ActionWire::ReserveRequestWeight { .. }
        | ActionWire::TwapOrder { .. }
        | ActionWire::TwapCancel { .. }
        | ActionWire::AgentSetAbstraction { .. }
        | ActionWire::GossipPriorityBid { .. }
        | ActionWire::CreateSubAccount { .. } => None,
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
fn envelope(vector: Vector<'_>, [r, s]: [&str; 2]) -> Value {
    let field = |key| vector.inner(key).0;
    json!({
        "action": field("action"),
        "nonce": field("nonce"),
        "signature": {"r": field(r), "s": field(s), "v": field("v")},
        "vaultAddress": field("vault_address"),
        "expiresAfter": field("expires_after"),
    })
}

/// Vault and expiry of a vector.
fn trailer(vector: Vector<'_>) -> Result<(Option<Address>, Option<WallMs>), Misfit> {
    let read = |text: &str| {
        let vault = Address::read(text.as_bytes());
        vault.ok_or_else(|| Misfit::new("vault_address", "not an address"))
    };
    let vault = vector.get::<Option<&str>>("vault_address")?.map(read).transpose()?;
    Ok((vault, vector.get::<Option<u64>>("expires_after")?.map(WallMs::from_ms)))
}

/// The signer of a vector, for the vector's network.
fn signer(vector: Vector<'_>) -> Result<Signer, Miss> {
    let key: &str = vector.get("private_key")?;
    let digits = format!("{:0>64}", key.trim_start_matches("0x"));
    let mut secret: Hash = [0; 32];
    for (byte, at) in secret.iter_mut().zip((0..).step_by(2)) {
        let pair = digits.get(at..at + 2).unwrap_or_default();
        *byte = u8::from_str_radix(pair, 16).map_err(|_| Misfit::new("private_key", "not hex"))?;
    }
    Signer::new(&secret, source(vector)?).map_err(Miss::refused)
}

/// The network of a vector.
fn source(vector: Vector<'_>) -> Result<Source, Misfit> {
    Ok(if vector.get("is_mainnet")? { Source::Mainnet } else { Source::Testnet })
}

/// Whether a signature is the one wanted, whose spelling may lack leading zeros.
fn signed(vector: Vector<'_>, [r, s]: [&'static str; 2], got: &Signature) -> Result<(), Miss> {
    for (key, half) in [(r, &got.r), (s, &got.s)] {
        let digits = vector.get::<&str>(key)?.trim_start_matches("0x");
        same(key, prefixed(half), format!("0x{digits:0>64}"))?;
    }
    holds(vector, "v", got.v)
}

/// An address, or that there is none.
fn text(address: Option<Address>) -> String {
    address.map_or("nobody".to_owned(), |address| address.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", hex(bytes))
}
