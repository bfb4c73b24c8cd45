//! Encodes each action (PROTOCOL 4.3): keys and their signing order, written once.
//!
//! Cancels by our own names ask for priority (`f`): the venue advises it for every order that is not
//! a trigger (PROTOCOL 12.7), and we place no triggers. Cancels by the venue's names do not ask,
//! because they may name an order somebody else placed on the account, and a trigger cannot be
//! cancelled so. Replacements never carry `a`, which would place the new order though the old one
//! was already filled. Nothing here can withdraw, transfer or approve.

use super::fragment::StaticFragment;
use super::writer::{ActionWriter, fragment};
use crate::market::{Action, Allowance, AssetId, Cloid, Oid, Place, Replace, Request, Spec, Tif};
use crate::num::{Px, Qty, Side, WallMs};

/// One instrument, its rules, if they are known, and what risk allows of it.
#[derive(Clone, Copy)]
struct AssetRules<'a> {
    asset: AssetId,
    spec: Option<&'a Spec>,
    allows: &'a Allowance,
}

/// Writes the action of `request`.
pub(super) fn encode_action(w: &mut ActionWriter<'_>, request: &Request, specs: &[Spec]) {
    let asset = request.asset;
    let spec = specs.iter().find(|spec| spec.asset == asset);
    let market = AssetRules { asset, spec, allows: &request.allows };
    match &request.action {
        Action::Order(places) => orders(w, market, places),
        Action::CancelByCloid(cloids) => cancels_by_cloid(w, asset, cloids),
        Action::CancelByOid(oids) => cancels_by_oid(w, asset, oids),
        Action::Modify(replace) => modify(w, market, replace),
        Action::BatchModify(replaces) => batch_modify(w, market, replaces),
        Action::ScheduleCancel(at) => schedule_cancel(w, *at),
        Action::UpdateLeverage { cross, leverage } => update_leverage(w, asset, *cross, *leverage),
        Action::UpdateIsolatedMargin { micro_usd } => isolated_margin(w, asset, *micro_usd),
        Action::Noop => w.fragment(fragment!(map(1).key("type").text("noop").end_map())),
    }
}

fn orders(w: &mut ActionWriter<'_>, market: AssetRules<'_>, places: &[Place]) {
    w.fragment(fragment!(map(3).key("type").text("order").key("orders")));
    w.list(places, |w, place| {
        assert_same_class(places[0].tif, place.tif);
        order(w, market, place);
    });
    w.fragment(fragment!(key("grouping").text("na").end_map()));
}

/// Cancels by our names, with priority.
fn cancels_by_cloid(w: &mut ActionWriter<'_>, asset: AssetId, cloids: &[Cloid]) {
    w.fragment(fragment!(map(3).key("type").text("cancelByCloid").key("cancels")));
    w.list(cloids, |w, &cloid| {
        w.fragment(fragment!(map(2).key("asset")));
        w.uint(u64::from(asset.0));
        w.fragment(fragment!(key("cloid")));
        w.cloid(cloid);
        w.fragment(fragment!(end_map()));
    });
    w.fragment(fragment!(key("f").yes().end_map()));
}

/// Cancels by the venue's names.
fn cancels_by_oid(w: &mut ActionWriter<'_>, asset: AssetId, oids: &[Oid]) {
    w.fragment(fragment!(map(2).key("type").text("cancel").key("cancels")));
    w.list(oids, |w, oid| {
        w.fragment(fragment!(map(2).key("a")));
        w.uint(u64::from(asset.0));
        w.fragment(fragment!(key("o")));
        w.uint(oid.0);
        w.fragment(fragment!(end_map()));
    });
    w.fragment(fragment!(end_map()));
}

fn modify(w: &mut ActionWriter<'_>, market: AssetRules<'_>, replace: &Replace) {
    w.fragment(fragment!(map(3).key("type").text("modify").key("oid")));
    w.cloid(replace.old);
    w.fragment(fragment!(key("order")));
    order(w, market, &replace.new);
    w.fragment(fragment!(end_map()));
}

fn batch_modify(w: &mut ActionWriter<'_>, market: AssetRules<'_>, replaces: &[Replace]) {
    w.fragment(fragment!(map(2).key("type").text("batchModify").key("modifies")));
    w.list(replaces, |w, replace| {
        assert_same_class(replaces[0].new.tif, replace.new.tif);
        w.fragment(fragment!(map(2).key("oid")));
        w.cloid(replace.old);
        w.fragment(fragment!(key("order")));
        order(w, market, &replace.new);
        w.fragment(fragment!(end_map()));
    });
    w.fragment(fragment!(end_map()));
}

fn order(w: &mut ActionWriter<'_>, market: AssetRules<'_>, place: &Place) {
    assert!(Qty::ZERO < place.qty, "empty order at the wire: {place:?}");
    assert!(Px::ZERO < place.px, "order without a price at the wire: {place:?}");
    if let Some(spec) = market.spec {
        assert!(spec.on_grid(place.px), "off-grid price at the wire: {place:?}");
        assert!(spec.whole_lots(place.qty), "broken lot at the wire: {place:?}");
    }
    assert_allowed(place, market.allows);
    w.fragment(fragment!(map(7).key("a")));
    w.uint(u64::from(market.asset.0));
    w.fragment(fragment!(key("b")));
    w.flag(place.side == Side::Bid);
    w.fragment(fragment!(key("p")));
    w.number(place.px.e8());
    w.fragment(fragment!(key("s")));
    w.number(place.qty.e8());
    w.fragment(fragment!(key("r")));
    w.flag(place.reduce_only);
    match place.tif {
        Tif::Alo => w.fragment(const { &tif_fragment("Alo") }),
        Tif::Ioc => w.fragment(const { &tif_fragment("Ioc") }),
        Tif::Gtc => w.fragment(const { &tif_fragment("Gtc") }),
    }
    w.cloid(place.cloid);
    w.fragment(fragment!(end_map()));
}

/// What risk promised of sizes and sides.
fn assert_allowed(place: &Place, allows: &Allowance) {
    let side = place.side.index();
    let (cap, may_add) = (allows.qty_max[side], !allows.reduce_only[side]);
    assert!(Qty::ZERO < cap, "order of a closed side at the wire: {place:?}, {allows:?}");
    assert!(place.qty <= cap, "order above the size cap at the wire: {place:?}, {allows:?}");
    assert!(may_add || place.reduce_only, "order that may add at the wire: {place:?}, {allows:?}");
}

/// How long an order lives, and the key of the name after it.
const fn tif_fragment(tif: &str) -> StaticFragment {
    let kind = StaticFragment::new().key("t").map(1).key("limit").map(1).key("tif").text(tif);
    kind.end_map().end_map().key("c")
}

/// Has everything cancelled at a time, or calls that off.
fn schedule_cancel(w: &mut ActionWriter<'_>, at: Option<WallMs>) {
    match at {
        Some(at) => {
            w.fragment(fragment!(map(2).key("type").text("scheduleCancel").key("time")));
            w.uint(at.ms());
        }
        None => w.fragment(fragment!(map(1).key("type").text("scheduleCancel"))),
    }
    w.fragment(fragment!(end_map()));
}

/// Sets leverage and margin mode.
fn update_leverage(w: &mut ActionWriter<'_>, asset: AssetId, cross: bool, leverage: u32) {
    assert!(0 < leverage, "a leverage of nothing at the wire");
    w.fragment(fragment!(map(4).key("type").text("updateLeverage").key("asset")));
    w.uint(u64::from(asset.0));
    w.fragment(fragment!(key("isCross")));
    w.flag(cross);
    w.fragment(fragment!(key("leverage")));
    w.uint(u64::from(leverage));
    w.fragment(fragment!(end_map()));
}

/// Moves margin into or out of an isolated position. `isBuy` has no meaning to the venue; every
/// known client sends true.
fn isolated_margin(w: &mut ActionWriter<'_>, asset: AssetId, micro_usd: i64) {
    w.fragment(fragment!(map(4).key("type").text("updateIsolatedMargin").key("asset")));
    w.uint(u64::from(asset.0));
    w.fragment(fragment!(key("isBuy").yes().key("ntli")));
    w.int(micro_usd);
    w.fragment(fragment!(end_map()));
}

/// One order that is not post-only costs a whole action its place in the block (PROTOCOL 12.7).
fn assert_same_class(first: Tif, other: Tif) {
    assert!(
        (first == Tif::Alo) == (other == Tif::Alo),
        "post-only orders beside others in one request at the wire"
    );
}
