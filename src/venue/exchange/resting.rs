//! Orders in the books: finding them, taking them out, and telling their accounts.

use super::state::ExchangeState;
use crate::market::AssetId;
use crate::num::{Qty, Side};
use crate::venue::action::OrderKey;
use crate::venue::index::{AccountIx, MarketIx};
use crate::venue::output::{OrderNews, Output, VenueOrder};

/// Where an order rests.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderPlace {
    pub(super) ix: MarketIx,
    pub(super) side: Side,
    /// Its place among the accounts' orders of the side.
    pub(super) at: usize,
}

impl OrderPlace {
    pub(super) fn order(self, state: &ExchangeState) -> VenueOrder {
        state.markets[self.ix].side(self.side).orders()[self.at].order
    }
}

/// Tells of an order that was not there before.
pub(super) fn tell_first(state: &mut ExchangeState, order: VenueOrder, status: &'static str) {
    note(state, order, status);
    tell(state, order, status);
}

/// Keeps an order in the history of its account that was not there before.
pub(super) fn note(state: &mut ExchangeState, order: VenueOrder, status: &'static str) {
    let news = OrderNews { order, status, since: state.now };
    state.accounts[order.owner].history.open(news);
}

/// Tells of an order that its account's history has.
pub(super) fn tell(state: &mut ExchangeState, order: VenueOrder, status: &'static str) {
    let news = OrderNews { order, status, since: state.now };
    let account = &mut state.accounts[order.owner];
    account.history.change(news);
    state.news.orders.push(Output::Order(account.address, news));
}

/// Takes an order out of the book and tells its account why.
pub(super) fn withdraw(state: &mut ExchangeState, place: OrderPlace, why: &'static str) {
    let order = state.markets[place.ix].side_mut(place.side).remove(place.at);
    state.accounts[order.owner].open -= 1;
    tell(state, order, why);
}

/// Takes all orders of an account out of the books, of one dex or of all.
pub(super) fn withdraw_all(
    state: &mut ExchangeState,
    owner: AccountIx,
    dex: Option<usize>,
    why: &'static str,
) {
    for ix in (0..state.markets.len()).map(MarketIx) {
        let is_elsewhere = dex.is_some_and(|dex| state.markets[ix].dex != dex);
        if state.accounts[owner].open == 0 || is_elsewhere {
            continue;
        }
        for side in Side::BOTH {
            while let Some(at) = state.markets[ix].side(side).first_place(owner) {
                withdraw(state, OrderPlace { ix, side, at }, why);
            }
        }
    }
}

/// Where an order of an account rests; the newest one of a name.
pub(super) fn locate(
    state: &ExchangeState,
    owner: AccountIx,
    asset: AssetId,
    key: OrderKey,
) -> Option<OrderPlace> {
    let ix = state.market_ix_of(asset)?;
    let at =
        |side| Some(OrderPlace { ix, side, at: state.markets[ix].side(side).find(owner, key)? });
    Side::BOTH.into_iter().filter_map(at).max_by_key(|place| place.order(state).oid)
}

/// Shrinks and cancels reduce-only orders that exceed the position (PROTOCOL 12.9): the newest
/// may have all of it, older ones what is left, whole or not at all.
pub(super) fn tidy_reduce_only(state: &mut ExchangeState, owner: AccountIx, ix: MarketIx) {
    let pos = state.accounts[owner].balances[state.markets[ix].dex].pos(ix);
    for side in Side::BOTH {
        let mut room = if pos.reducing() == Some(side) { pos.size() } else { Qty::ZERO };
        let mut newer = None;
        while let Some((at, oid)) = state.markets[ix].side(side).reduce_only(owner, newer) {
            let place = OrderPlace { ix, side, at };
            let qty = place.order(state).qty;
            let first = newer.replace(oid).is_none();
            if qty <= room {
                room = room.saturating_sub(qty);
            } else if first && Qty::ZERO < room {
                state.markets[ix].side_mut(side).order_mut(at).qty = room;
                state.accounts[owner].history.shorten(oid, room);
                room = Qty::ZERO;
            } else {
                withdraw(state, place, "reduceOnlyCanceled");
            }
        }
    }
}
