//! Matching: a taker order against the queue of each price, and what a fill does to an account.

use super::resting::{OrderPlace, tell, tidy_reduce_only, withdraw};
use super::state::ExchangeState;
use crate::market::{Address, Cloid, CoinIx, Fill, Oid, Tid, Trade};
use crate::num::fix::div_round;
use crate::num::{Bps, Px, Qty, Side, Usd};
use crate::venue::account::FILLS_KEPT;
use crate::venue::account::balance::Traded;
use crate::venue::account::margin::affords;
use crate::venue::action::order::NewOrder;
use crate::venue::book::book_side::TopOfSide;
use crate::venue::index::{AccountIx, MarketIx};
use crate::venue::output::{FillCause, Output, VenueFill, VenueOrder, VenueTrade};
use crate::venue::recent::keep;

/// Micro basis points in the whole, times the hundred steps of 1e-8 in the sixth decimal that fees
/// are cut to (PROTOCOL 12.2).
const FEE_DIVISOR: i128 = 10_000_000_000 * FEE_STEP;
/// Steps of 1e-8 in a millionth.
const FEE_STEP: i128 = 100;

/// An incoming order that takes: side, limit and what is left of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakerOrder {
    pub(super) side: Side,
    /// The worst price it pays.
    pub(super) limit: Px,
    pub(super) remaining: Qty,
    /// The account; none for the world.
    pub(super) order: Option<OrderRef>,
}

/// The order of an account that trades.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderRef {
    pub(super) owner: AccountIx,
    pub(super) oid: Oid,
    pub(super) cloid: Option<Cloid>,
    /// The mark at which the account is being liquidated.
    pub(super) liquidation: Option<Px>,
}

/// What a taker got.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MatchResult {
    pub(super) qty: Qty,
    /// Price times size, in steps of 1e-16.
    worth_e16: i128,
}

/// Names of a trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct TradeIds {
    pub(super) tid: Tid,
    pub(super) hash: u64,
}

/// A fill of an account's order, before its consequences.
#[derive(Clone, Copy, Debug)]
struct Execution {
    order: OrderRef,
    side: Side,
    px: Px,
    qty: Qty,
    crossed: bool,
    ids: TradeIds,
    cause: FillCause,
}

impl MatchResult {
    /// The average price, rounded half away in the last of 8 decimals.
    pub(super) fn average(&self) -> Px {
        let px = div_round(self.worth_e16, i128::from(self.qty.e8()).max(1));
        Px::from_e8(i64::try_from(px).expect("an average of prices is a price"))
    }

    fn add(&mut self, px: Px, qty: Qty) {
        self.qty += qty;
        self.worth_e16 += i128::from(px.e8()) * i128::from(qty.e8());
    }
}

/// Takes all within the limit in the order of price and time. One hash for all its trades.
pub(super) fn match_order(
    state: &mut ExchangeState,
    ix: MarketIx,
    mut taker: TakerOrder,
) -> MatchResult {
    let (hash, making) = (state.ids.hash(), taker.side.other());
    let (mut taken, mut trades) = (MatchResult::default(), Vec::new());
    while taker.remaining != Qty::ZERO {
        let Some(front) = state.markets[ix].side(making).front() else { break };
        let (px, most) = match front {
            TopOfSide::Background { px, qty } => (px, qty.min(taker.remaining)),
            TopOfSide::Order(px) => (px, taker.remaining),
        };
        if px.beats(taker.limit, making.other()) {
            break;
        }
        let ids = TradeIds { tid: state.ids.tid(), hash };
        let (maker, qty) = match front {
            TopOfSide::Background { .. } => {
                state.markets[ix].side_mut(making).consume_background(most);
                (Address::default(), most)
            }
            TopOfSide::Order(_) => match_front(state, ix, most, &taker, ids),
        };
        if qty == Qty::ZERO {
            continue; // The order that stood there was cancelled instead.
        }
        assert!(qty <= taker.remaining, "{qty:?} filled of {taker:?}");
        taker.remaining = taker.remaining.saturating_sub(qty);
        taken.add(px, qty);
        trades.push(public_trade(state, (px, qty), &taker, maker, ids));
        if let Some(order) = taker.order {
            let (side, cause) = (taker.side, FillCause::Matched);
            apply_execution(
                state,
                ix,
                Execution { order, side, px, qty, crossed: true, ids, cause },
            );
        }
    }
    publish(state, ix, trades);
    taken
}

/// Matches the taker with the first order of the queue. Gives its owner and the size traded.
fn match_front(
    state: &mut ExchangeState,
    ix: MarketIx,
    most: Qty,
    taker: &TakerOrder,
    ids: TradeIds,
) -> (Address, Qty) {
    let place = OrderPlace { ix, side: taker.side.other(), at: 0 };
    let owner = place.order(state).owner;
    let address = state.accounts[owner].address;
    if taker.order.is_some_and(|by| by.owner == owner) {
        withdraw(state, place, "selfTradeCanceled");
        return (address, Qty::ZERO);
    }
    (address, fill_resting(state, place, most, ids, FillCause::Matched))
}

/// Fills up to `most` of a resting order. Gives how much: nothing when its account could not
/// pay, and the order was cancelled.
pub(super) fn fill_resting(
    state: &mut ExchangeState,
    place: OrderPlace,
    most: Qty,
    ids: TradeIds,
    cause: FillCause,
) -> Qty {
    let OrderPlace { ix, side, .. } = place;
    let VenueOrder { asked: NewOrder { px, cloid, .. }, owner, oid, qty, .. } = place.order(state);
    let qty = qty.min(most);
    assert!(Qty::ZERO < qty, "an order at {place:?} would be filled with nothing");
    let balance = &state.accounts[owner].balances[state.markets[ix].dex];
    if !affords(balance, owner, &state.markets, ix, (side, qty)) {
        withdraw(state, place, "marginCanceled");
        return Qty::ZERO;
    }
    shorten(state, place, qty);
    let order = OrderRef { owner, oid, cloid, liquidation: None };
    apply_execution(state, ix, Execution { order, side, px, qty, crossed: false, ids, cause });
    qty
}

/// Takes `qty` off a resting order that was filled.
fn shorten(state: &mut ExchangeState, place: OrderPlace, qty: Qty) {
    let OrderPlace { ix, side, at } = place;
    let book_side = state.markets[ix].side_mut(side);
    let order = book_side.order_mut(at);
    order.qty = order.qty.saturating_sub(qty);
    let order = *order;
    if order.qty == Qty::ZERO {
        book_side.remove(at);
        state.accounts[order.owner].open -= 1;
        tell(state, order, "filled");
    } else {
        state.accounts[order.owner].history.shorten(order.oid, order.qty);
    }
}

/// Moves money and position of an account for a fill, and tells it.
fn apply_execution(state: &mut ExchangeState, ix: MarketIx, execution: Execution) {
    let Execution { order, side, px, qty, crossed, ids, cause } = execution;
    let OrderRef { owner, oid, cloid, liquidation } = order;
    let (spec, dex) = (state.markets[ix].spec, state.markets[ix].dex);
    let (coin, venue, tid) = (CoinIx::FOREIGN, state.now, ids.tid);
    let worth = px.notional(qty);
    let fee = fee_of(worth, if crossed { spec.fee_taker } else { spec.fee_maker });
    let account = &mut state.accounts[owner];
    let balance = &mut account.balances[dex];
    let Traded { start, closed } = balance.trade((ix, spec.leverage_max), side, px, qty, fee);
    account.budget.earn(state.now, worth);
    let fill = Fill { coin, venue, tid, oid, cloid, side, px, qty, fee, closed, start, crossed };
    let fill = VenueFill { fill, asset: spec.asset, hash: ids.hash, cause, liquidation };
    keep(&mut account.fills, fill, FILLS_KEPT);
    state.news.fills.push(Output::Fill(account.address, fill));
    state.risky = true;
    tidy_reduce_only(state, owner, ix);
}

/// A trade as everyone sees it.
fn public_trade(
    state: &ExchangeState,
    (px, qty): (Px, Qty),
    taker: &TakerOrder,
    maker: Address,
    TradeIds { tid, hash }: TradeIds,
) -> VenueTrade {
    let taking = taker.order.map(|by| state.accounts[by.owner].address).unwrap_or_default();
    let taker_buys = taker.side == Side::Bid;
    let users = if taker_buys { [taking, maker] } else { [maker, taking] };
    VenueTrade { trade: Trade { venue: state.now, tid, taker_buys, px, qty }, users, hash }
}

/// Shows the trades of one taker.
pub(super) fn publish(state: &mut ExchangeState, ix: MarketIx, trades: Vec<VenueTrade>) {
    if trades.is_empty() {
        return;
    }
    let market = &mut state.markets[ix];
    trades.iter().for_each(|trade| market.tape.on_trade(*trade));
    state.news.public.push(Output::Trades(market.spec.asset, trades));
}

/// Names for a trade of its own.
pub(super) fn new_trade_ids(state: &mut ExchangeState) -> TradeIds {
    TradeIds { tid: state.ids.tid(), hash: state.ids.hash() }
}

/// The fee on `worth`, cut toward zero at 6 decimals (PROTOCOL 12.2).
fn fee_of(worth: Usd, rate: Bps) -> Usd {
    let micros = i128::from(worth.e8()) * i128::from(rate.ubps()) / FEE_DIVISOR;
    Usd::from_e8(i64::try_from(micros * FEE_STEP).expect("a fee is a part of what is traded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fills PROTOCOL 12.2 cites.
    #[test]
    fn fees_are_cut_at_six_decimals() {
        // worth, rate in ubps, fee, in steps of 1e-8
        let rows = [
            (7_914_600_000, 1_500_000, 1_187_100),
            (6_665_300_000, 1_500_000, 999_700),
            (89_563_160_000, 300_000, 2_686_800),
            (5_718_450_000, 3_000_000, 1_715_500),
            (5_718_450_000, -100_000, -57_100),
        ];
        for (worth, rate, fee) in rows {
            let got = fee_of(Usd::from_e8(worth), Bps::from_ubps(rate));
            assert_eq!(got.e8(), fee, "{worth} at {rate}");
        }
    }
}
