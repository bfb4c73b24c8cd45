//! Placing, cancelling and replacing orders: what is checked, in which order, and where it ends (PROTOCOL 3, 7.2, 12.9).

use super::matching::{MatchResult, OrderRef, TakerOrder, match_order};
use super::resting::{locate, note, tell_first, tidy_reduce_only, withdraw};
use super::state::ExchangeState;
use crate::market::spec::{NOTIONAL_MIN, OffGrid};
use crate::market::{AssetId, Spec, Tif};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side, Usd};
use crate::venue::account::margin::{need, standing};
use crate::venue::action::OrderKey;
use crate::venue::action::order::NewOrder;
use crate::venue::book::Market;
use crate::venue::index::{AccountIx, MarketIx};
use crate::venue::output::{Status, VenueOrder};
use crate::venue::reject::Reject;

/// A limit may lie this many tenths of the mark away from it (PROTOCOL 3.5).
const BAND_TENTHS: i64 = 8;
/// No account could pay for an order above this, and no sum overflows below it.
const NOTIONAL_MAX: Usd = Usd::from_e8(1_000_000_000 * E8);

/// Places an order. `post_only` refuses what would take, whatever the order says.
pub(super) fn place(
    state: &mut ExchangeState,
    owner: AccountIx,
    asked: &NewOrder,
    post_only: bool,
) -> Result<Status, Reject> {
    let ix = state.market_ix_of(asked.asset).ok_or(Reject::UnknownAsset(asked.asset))?;
    let (oid, placed) = (state.ids.oid(), state.now);
    let order = VenueOrder { asked: *asked, oid, owner, qty: asked.qty, placed };
    let allowed = check(state, owner, ix, asked, post_only);
    let result = allowed.and_then(|qty| enter(state, ix, VenueOrder { qty, ..order }));
    if let Some(status) = result.as_ref().err().and_then(Reject::history_word) {
        note(state, order, status);
    }
    result
}

/// Cancels a resting order by either name.
pub(super) fn cancel(
    state: &mut ExchangeState,
    owner: AccountIx,
    asset: AssetId,
    key: OrderKey,
) -> Result<Status, Reject> {
    let place = locate(state, owner, asset, key).ok_or(Reject::Gone(asset))?;
    withdraw(state, place, "canceled");
    Ok(Status::Success)
}

/// Puts an order in another's place (PROTOCOL 7.5). A GTC order that would take is refused like
/// a post-only one, and IOC orders have no place here, unless `always` is set: then it is placed
/// even when the one of before was gone.
pub(super) fn replace(
    state: &mut ExchangeState,
    owner: AccountIx,
    key: OrderKey,
    asked: &NewOrder,
    always: bool,
) -> Result<Status, Reject> {
    match locate(state, owner, asked.asset, key) {
        Some(place) => withdraw(state, place, "canceled"),
        None if always => {}
        None => return Err(Reject::ModifyGone),
    }
    let placed = match asked.tif {
        Tif::Ioc if !always => Err(Reject::NothingToMatch(asked.asset)),
        Tif::Alo | Tif::Ioc | Tif::Gtc => place(state, owner, asked, !always),
    };
    placed.map_err(|inner| Reject::ModifyFailed(Box::new(inner)))
}

/// Gives the size that may go into the book.
fn check(
    state: &ExchangeState,
    owner: AccountIx,
    ix: MarketIx,
    order: &NewOrder,
    post_only: bool,
) -> Result<Qty, Reject> {
    let (market, account) = (&state.markets[ix], &state.accounts[owner]);
    let pos = account.balances[market.dex].pos(ix);
    check_form(&market.spec, order)?;
    check_reach(market, order)?;
    let reduces = pos.reducing() == Some(order.side);
    if order.reduce_only && !reduces {
        return Err(Reject::ReduceOnly(order.asset));
    }
    let closes =
        reduces && (pos.size() == order.qty || (order.reduce_only && pos.size() < order.qty));
    if !closes && order.px.notional(order.qty) < NOTIONAL_MIN {
        return Err(Reject::MinimumValue(order.asset));
    }
    if order.tif != Tif::Ioc && !account.may_open(order.reduce_only) {
        return Err(Reject::TooManyOpenOrders(order.asset));
    }
    if (order.tif == Tif::Alo || post_only) && crosses(market, order.side, order.px) {
        let (bid, ask) = (market.best(Side::Bid), market.best(Side::Ask));
        return Err(Reject::WouldCross { asset: order.asset, bid, ask });
    }
    if order.reduce_only {
        return Ok(order.qty.min(pos.size()));
    }
    check_margin(state, owner, ix, order)?;
    Ok(order.qty)
}

/// Whether the margin covers what the order could add to what rests.
fn check_margin(
    state: &ExchangeState,
    owner: AccountIx,
    ix: MarketIx,
    order: &NewOrder,
) -> Result<(), Reject> {
    let market = &state.markets[ix];
    let balance = &state.accounts[owner].balances[market.dex];
    let mut resting = market.resting(owner);
    let before = need(balance, ix, market, resting);
    resting[order.side.index()] += order.qty;
    let after = need(balance, ix, market, resting);
    if after <= before {
        return Ok(());
    }
    let standing = standing(balance, owner, &state.markets, market.dex);
    if standing.equity < standing.reserved - before + after {
        return Err(Reject::Margin(order.asset));
    }
    Ok(())
}

/// Lets an order take what it may and rest if it may. Its size is what may go into the book.
fn enter(state: &mut ExchangeState, ix: MarketIx, mut order: VenueOrder) -> Result<Status, Reject> {
    let VenueOrder { asked, oid, owner, qty, .. } = order;
    let NewOrder { side, cloid, tif, .. } = asked;
    let taken = if tif == Tif::Alo {
        MatchResult::default()
    } else {
        let by = Some(OrderRef { owner, oid, cloid, liquidation: None });
        match_order(state, ix, TakerOrder { side, limit: asked.px, remaining: qty, order: by })
    };
    if tif == Tif::Ioc && taken.qty == Qty::ZERO {
        return Err(Reject::NothingToMatch(asked.asset));
    }
    order.qty = qty.saturating_sub(taken.qty);
    if order.qty == Qty::ZERO || tif == Tif::Ioc {
        tell_first(state, order, if order.qty == Qty::ZERO { "filled" } else { "canceled" });
        return Ok(Status::Filled { oid, cloid, qty: taken.qty, px: taken.average() });
    }
    state.markets[ix].side_mut(side).rest(order);
    state.accounts[owner].open += 1;
    tell_first(state, order, "open");
    if asked.reduce_only {
        tidy_reduce_only(state, owner, ix);
    }
    Ok(Status::Resting(oid, cloid))
}

/// Price and size on their grids.
fn check_form(spec: &Spec, order: &NewOrder) -> Result<(), Reject> {
    match spec.check_px(order.px) {
        Err(OffGrid::NotPositive | OffGrid::Decimals) => {
            return Err(Reject::InvalidPrice(order.asset));
        }
        Err(OffGrid::Figures) => return Err(Reject::TickSize(order.asset)),
        Ok(()) => {}
    }
    if order.qty == Qty::ZERO {
        return Err(Reject::ZeroSize(order.asset));
    }
    if !spec.whole_lots(order.qty) {
        return Err(Reject::InvalidSize(order.asset));
    }
    Ok(())
}

/// Price near the mark, and a size that can be reckoned with.
fn check_reach(market: &Market, order: &NewOrder) -> Result<(), Reject> {
    let (px, mark) = (i128::from(order.px.e8()), i128::from(market.mark.e8()));
    if i128::from(BAND_TENTHS) * mark < 10 * (px - mark).abs() {
        return Err(Reject::FarFromReference(order.asset));
    }
    if i128::from(NOTIONAL_MAX.e8()) < px.max(mark) * i128::from(order.qty.e8()) / i128::from(E8) {
        return Err(Reject::Margin(order.asset));
    }
    Ok(())
}

/// Whether an order at `px` would meet the other side.
fn crosses(market: &Market, side: Side, px: Px) -> bool {
    market.best(side.other()).is_some_and(|best| !best.beats(px, side))
}
