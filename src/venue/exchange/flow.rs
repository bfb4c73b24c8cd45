//! Applies market events of the world to the exchange.

use super::matching::{TakerOrder, TradeIds, fill_resting, match_order, new_trade_ids, publish};
use super::resting::OrderPlace;
use super::state::ExchangeState;
use crate::market::{Address, Level, Trade};
use crate::num::{Px, Qty, Side};
use crate::venue::config::FillModel;
use crate::venue::index::MarketIx;
use crate::venue::market_event::{MarketEvent, MarketEventKind};
use crate::venue::output::{FillCause, VenueTrade};

/// Applies one market event; an event for an unknown market is ignored.
pub(super) fn on_market_event(state: &mut ExchangeState, flow: MarketEvent) {
    let Some(ix) = state.market_ix_of(flow.asset) else { return };
    match flow.what {
        MarketEventKind::Quotes { bids, asks } => quote(state, ix, [bids, asks]),
        MarketEventKind::Taker { side, limit, qty } => match state.markets[ix].fill_model {
            FillModel::Synthetic => {
                match_order(state, ix, TakerOrder { side, limit, remaining: qty, order: None });
            }
            FillModel::Recorded => replay_print(state, ix, side, limit, qty),
        },
        MarketEventKind::Marks { mark, oracle } => {
            state.markets[ix].set_marks(mark, oracle);
            state.risky = true;
        }
    }
}

/// Other makers' book is this from here on.
fn quote(state: &mut ExchangeState, ix: MarketIx, levels: [Vec<Level>; 2]) {
    let market = &mut state.markets[ix];
    for (side, levels) in Side::BOTH.into_iter().zip(levels) {
        market.side_mut(side).replace(levels);
    }
    match market.fill_model {
        FillModel::Synthetic => {
            for side in Side::BOTH {
                let wall = market.side(side.other()).best_order();
                market.side_mut(side).clip(wall);
            }
        }
        FillModel::Recorded => Side::BOTH.into_iter().for_each(|side| cross(state, ix, side)),
    }
}

/// Fills orders that the recorded book of the other side has reached.
fn cross(state: &mut ExchangeState, ix: MarketIx, side: Side) {
    loop {
        let market = &state.markets[ix];
        let theirs = market.side(side.other()).best_background();
        let (Some(first), Some(theirs)) = (market.side(side).orders().first(), theirs) else {
            return;
        };
        if theirs.beats(first.order.px(), side) {
            return;
        }
        let (most, ids) = (first.order.qty, new_trade_ids(state));
        fill_resting(state, OrderPlace { ix, side, at: 0 }, most, ids, FillCause::BookCrossed);
    }
}

/// A recorded print: orders at better prices than it are filled, those at its price as far as
/// it reached them. The recorded market does not know of them, so it loses nothing to them.
fn replay_print(state: &mut ExchangeState, ix: MarketIx, taker: Side, px: Px, qty: Qty) {
    let (ids, side) = (new_trade_ids(state), taker.other());
    while let Some(first) = state.markets[ix].side(side).orders().first() {
        if !first.order.px().beats(px, side) {
            break;
        }
        let most = first.order.qty;
        fill_resting(state, OrderPlace { ix, side, at: 0 }, most, ids, FillCause::TradedThrough);
    }
    reach(state, ix, side, px, qty, ids);
    state.markets[ix].side_mut(side).consume_at(px, qty);
    let TradeIds { tid, hash } = ids;
    let trade = Trade { venue: state.now, tid, taker_buys: taker == Side::Bid, px, qty };
    publish(state, ix, vec![VenueTrade { trade, users: [Address::default(); 2], hash }]);
}

/// Fills orders at `px`, the first of the line, with what `qty` leaves after the size in front.
fn reach(state: &mut ExchangeState, ix: MarketIx, side: Side, px: Px, qty: Qty, ids: TradeIds) {
    let (mut at, mut filled) = (0, Qty::ZERO);
    while let Some(slot) = state.markets[ix].side(side).orders().get(at) {
        if slot.order.px() != px {
            return;
        }
        let most = qty.saturating_sub(slot.queue.ahead).saturating_sub(filled);
        if most == Qty::ZERO {
            return;
        }
        let whole = slot.order.qty <= most;
        let place = OrderPlace { ix, side, at };
        filled += fill_resting(state, place, most, ids, FillCause::QueueReached);
        // A filled or cancelled order is gone from the line; one filled in part is its end.
        if !whole {
            at += 1;
        }
    }
}
