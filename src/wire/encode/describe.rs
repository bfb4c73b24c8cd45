//! What each action looks like (PROTOCOL 4.3): names and their order, written once.
//!
//! Cancels by our own names ask for priority (`f`): the venue advises it for every order that is not
//! a trigger (PROTOCOL 12.7), and we place no triggers. Cancels by the venue's names do not ask,
//! because they may name an order somebody else placed on the account, and a trigger cannot be
//! cancelled so. Replacements never carry `a`, which would place the new order though the old one
//! was already filled. Nothing here can withdraw, transfer or approve.

use super::writer::{Writer, key};
use crate::market::action::ITEMS_MAX;
use crate::market::{Action, AssetId, Cloid, Oid, Place, Replace, Request, Spec, Tif};
use crate::num::{Px, Qty, Side, WallMs, text};

/// Writes the action of `request`.
pub(super) fn action<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    request: &Request,
    specs: &[Spec],
) {
    let asset = request.asset;
    let spec = specs.iter().find(|spec| spec.asset == asset);
    match &request.action {
        Action::Order(places) => orders(w, asset, places, spec),
        Action::CancelByCloid(cloids) => cancels_by_cloid(w, asset, cloids),
        Action::CancelByOid(oids) => cancels_by_oid(w, asset, oids),
        Action::Modify(replace) => modify(w, asset, replace, spec),
        Action::BatchModify(replaces) => batch_modify(w, asset, replaces, spec),
        Action::ScheduleCancel(at) => schedule_cancel(w, *at),
        Action::UpdateLeverage { cross, leverage } => update_leverage(w, asset, *cross, *leverage),
        Action::UpdateIsolatedMargin { micro_usd } => isolated_margin(w, asset, *micro_usd),
        Action::Noop => {
            w.map(1);
            kind(w, b"noop");
            w.end_map();
        }
    }
}

/// Places orders.
fn orders<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    places: &[Place],
    spec: Option<&Spec>,
) {
    w.map(3);
    kind(w, b"order");
    key!(w, "orders");
    w.list(places.len());
    for place in places {
        assert_same_class(places[0].tif, place.tif);
        order(w, asset, place, spec);
    }
    w.end_list();
    key!(w, "grouping");
    w.text(b"na");
    w.end_map();
}

/// Cancels by our names, with priority.
fn cancels_by_cloid<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    cloids: &[Cloid],
) {
    w.map(3);
    kind(w, b"cancelByCloid");
    key!(w, "cancels");
    w.list(cloids.len());
    for &cloid in cloids {
        w.map(2);
        key!(w, "asset");
        w.uint(u64::from(asset.0));
        key!(w, "cloid");
        w.cloid(cloid);
        w.end_map();
    }
    w.end_list();
    key!(w, "f");
    w.flag(true);
    w.end_map();
}

/// Cancels by the venue's names.
fn cancels_by_oid<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    oids: &[Oid],
) {
    w.map(2);
    kind(w, b"cancel");
    key!(w, "cancels");
    w.list(oids.len());
    for oid in oids {
        w.map(2);
        key!(w, "a");
        w.uint(u64::from(asset.0));
        key!(w, "o");
        w.uint(oid.0);
        w.end_map();
    }
    w.end_list();
    w.end_map();
}

/// Replaces one order.
fn modify<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    replace: &Replace,
    spec: Option<&Spec>,
) {
    w.map(3);
    kind(w, b"modify");
    replacement(w, asset, replace, spec);
    w.end_map();
}

/// Replaces orders.
fn batch_modify<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    replaces: &[Replace],
    spec: Option<&Spec>,
) {
    assert!(replaces.len() <= ITEMS_MAX, "more replacements than a ladder has");
    w.map(2);
    kind(w, b"batchModify");
    key!(w, "modifies");
    w.list(replaces.len());
    for replace in replaces {
        assert_same_class(replaces[0].new.tif, replace.new.tif);
        w.map(2);
        replacement(w, asset, replace, spec);
        w.end_map();
    }
    w.end_list();
    w.end_map();
}

/// The two entries of a replacement: which order, and what instead.
fn replacement<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    replace: &Replace,
    spec: Option<&Spec>,
) {
    key!(w, "oid");
    w.cloid(replace.old);
    key!(w, "order");
    order(w, asset, &replace.new, spec);
}

/// One order.
fn order<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    place: &Place,
    spec: Option<&Spec>,
) {
    assert!(Qty::ZERO < place.qty, "empty order at the wire: {place:?}");
    assert!(Px::ZERO < place.px, "order without a price at the wire: {place:?}");
    if let Some(spec) = spec {
        assert!(spec.on_grid(place.px), "off-grid price at the wire: {place:?}");
        assert!(spec.whole_lots(place.qty), "broken lot at the wire: {place:?}");
    }
    w.map(7);
    key!(w, "a");
    w.uint(u64::from(asset.0));
    key!(w, "b");
    w.flag(place.side == Side::Bid);
    key!(w, "p");
    w.text(&text::canonical(place.px.e8()));
    key!(w, "s");
    w.text(&text::canonical(place.qty.e8()));
    key!(w, "r");
    w.flag(place.reduce_only);
    key!(w, "t");
    w.map(1);
    key!(w, "limit");
    w.map(1);
    key!(w, "tif");
    w.text(tif(place.tif));
    w.end_map();
    w.end_map();
    key!(w, "c");
    w.cloid(place.cloid);
    w.end_map();
}

/// Has everything cancelled at a time, or calls that off.
fn schedule_cancel<const P: usize, const F: usize>(w: &mut Writer<'_, P, F>, at: Option<WallMs>) {
    w.map(if at.is_some() { 2 } else { 1 });
    kind(w, b"scheduleCancel");
    if let Some(at) = at {
        key!(w, "time");
        w.uint(at.ms());
    }
    w.end_map();
}

/// Sets leverage and margin mode.
fn update_leverage<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    cross: bool,
    leverage: u32,
) {
    assert!(0 < leverage, "a leverage of nothing at the wire");
    w.map(4);
    kind(w, b"updateLeverage");
    key!(w, "asset");
    w.uint(u64::from(asset.0));
    key!(w, "isCross");
    w.flag(cross);
    key!(w, "leverage");
    w.uint(u64::from(leverage));
    w.end_map();
}

/// Moves margin into or out of an isolated position. `isBuy` has no meaning to the venue; every
/// known client sends true.
fn isolated_margin<const P: usize, const F: usize>(
    w: &mut Writer<'_, P, F>,
    asset: AssetId,
    micro_usd: i64,
) {
    w.map(4);
    kind(w, b"updateIsolatedMargin");
    key!(w, "asset");
    w.uint(u64::from(asset.0));
    key!(w, "isBuy");
    w.flag(true);
    key!(w, "ntli");
    w.int(micro_usd);
    w.end_map();
}

/// The entry that names an action.
fn kind<const P: usize, const F: usize>(w: &mut Writer<'_, P, F>, name: &'static [u8]) {
    key!(w, "type");
    w.text(name);
}

/// The venue's word for how long an order lives.
fn tif(tif: Tif) -> &'static [u8] {
    match tif {
        Tif::Alo => b"Alo",
        Tif::Ioc => b"Ioc",
        Tif::Gtc => b"Gtc",
    }
}

/// One order that is not post-only costs a whole action its place in the block (PROTOCOL 12.7).
fn assert_same_class(first: Tif, other: Tif) {
    assert!(
        (first == Tif::Alo) == (other == Tif::Alo),
        "post-only orders beside others in one request at the wire"
    );
}
