//! Our orders that are not proven gone, and what updates, fills and replies say of them.

pub mod account;
pub mod order;
pub mod reconcile;
pub mod requests;

pub use order::{FillMatch, OrderState, PendingAction, ReplyOutcome, WorkingOrder};

use crate::market::action::{CANCELS_MAX, ORDERS_MAX};
use crate::market::{Cloid, Fill, Oid, OpenOrder, OrderUpdate, Place, Reply, RequestId};
use crate::num::{Mono, Nanos, Px, Qty, Side};
use crate::risk::Exposure;
use arrayvec::ArrayVec;

/// An order untouched for this long was in the venue's lists, if it rests.
const LONG: Nanos = Nanos::from_secs(5);

// One request can cancel all there are.
const _: () = assert!(ORDERS_MAX <= CANCELS_MAX);

/// All of our orders that are not proven gone.
///
/// Invariant: no two have the same name, because names rise.
#[derive(Clone, Debug, Default)]
pub struct WorkingOrders {
    list: ArrayVec<WorkingOrder, ORDERS_MAX>,
    /// The name that was given last.
    named: Option<Cloid>,
    /// When the venue's list last came.
    listed: Option<Mono>,
}

impl WorkingOrders {
    /// Every order not proven gone, in the order of sending.
    #[must_use]
    pub fn list(&self) -> &[WorkingOrder] {
        &self.list
    }

    /// How many more can be tracked.
    #[must_use]
    pub fn room(&self) -> usize {
        self.list.remaining_capacity()
    }

    /// Notes an order that is being sent.
    pub fn on_sent(&mut self, place: Place, by: (RequestId, u8), at: Mono) {
        let before = self.named.replace(place.cloid);
        assert!(before < Some(place.cloid), "two orders of one name: {place:?}, {before:?}");
        assert!(0 < self.room(), "the caller asked `room` before it made {place:?}");
        let order = WorkingOrder::new(place, by, at);
        self.list.push(order);
    }

    /// Notes what is being asked about an order.
    pub fn on_pending(&mut self, cloid: Cloid, ask: PendingAction, at: Mono) {
        let order = self.find(cloid).expect("only orders of the list are cancelled or replaced");
        (order.pending, order.touched) = (ask, at);
    }

    /// What we hold in orders, on top of a position's exposure.
    pub fn count_into(&self, exposure: &mut Exposure) {
        for order in &self.list {
            exposure.add(order.place.side, order.open_qty());
        }
    }

    /// Applies an order update; false when the order is not tracked.
    pub fn on_update(&mut self, update: &OrderUpdate, at: Mono) -> bool {
        let Some(order) = self.find_updated(update.cloid, update.oid) else { return false };
        order.on_update(update, at);
        self.forget_gone();
        true
    }

    /// Applies a fill that was news to the position.
    pub fn on_fill(&mut self, fill: &Fill) -> FillMatch {
        let Some(order) = self.find_updated(fill.cloid, fill.oid) else {
            return FillMatch::Untracked;
        };
        let found = order.on_fill(fill);
        self.forget_gone();
        found
    }

    /// Applies the answer to a request.
    pub fn on_reply(&mut self, reply: &Reply<'_>, at: Mono) -> ReplyOutcome {
        let mut outcome = ReplyOutcome::default();
        self.list.iter_mut().for_each(|order| order.on_reply(reply, at, &mut outcome));
        self.forget_gone();
        outcome
    }

    /// Whether a request was to cancel orders.
    #[must_use]
    pub fn is_cancel(&self, id: RequestId) -> bool {
        let asks = |order: &WorkingOrder| matches!(order.pending, PendingAction::Cancel(by, _) if by == id);
        self.list.iter().any(asks)
    }

    /// Reconciles with the venue's list of open orders, asked for when nothing was pending. An
    /// unknown order that two lists in a row lack is closed; an open order long untouched that the
    /// list lacks becomes unknown. The first list after an order became unknown may have been read
    /// before it. Returns how many unknown outcomes it resolved.
    pub fn reconcile_with_venue(&mut self, open: &[OpenOrder], at: Mono) -> u32 {
        let mut settled = 0;
        let before = self.listed.replace(at);
        for order in &mut self.list {
            let (cloid, oid) = (Some(order.place.cloid), order.oid);
            let found = open.iter().find(|row| row.cloid == cloid || Some(row.oid) == oid);
            let Some(since) = order.unknown_since() else {
                let old = LONG <= at.since(order.touched);
                if order.is_amendable() && old && found.is_none() {
                    order.on_unknown(at); // The update of its end was lost.
                }
                continue;
            };
            match found {
                Some(row) => {
                    order.oid = Some(row.oid);
                    order.state = OrderState::Open;
                    order.pending = PendingAction::None;
                }
                None if before.is_none_or(|listed| listed < since) => continue,
                None => order.on_closed(order.filled),
            }
            settled += 1;
        }
        self.forget_gone();
        settled
    }

    /// The orders connection went down: every order becomes unknown.
    pub fn mark_all_unknown(&mut self, at: Mono) {
        self.list.iter_mut().for_each(|order| order.on_unknown(at));
    }

    /// Requests that were never answered in time have an unknown outcome.
    pub fn mark_overdue_unknown(&mut self, at: Mono, patience_ms: u64) -> u32 {
        let mut overdue = 0;
        for order in &mut self.list {
            let silent =
                order.state == OrderState::PendingNew || order.pending != PendingAction::None;
            if (silent || !order.may_rest()) && patience_ms <= at.since(order.touched).ms() {
                order.on_unknown(at);
                overdue += 1;
            }
        }
        overdue
    }

    /// When the oldest unknown outcome became unknown; none when all are known.
    #[must_use]
    pub fn oldest_unknown(&self) -> Option<Mono> {
        self.list.iter().filter_map(WorkingOrder::unknown_since).min()
    }

    /// The most aggressive price of ours on a side that could still trade.
    #[must_use]
    pub fn best(&self, side: Side) -> Option<Px> {
        let ours = self.list.iter().filter(|o| o.place.side == side && Qty::ZERO < o.open_qty());
        ours.map(|order| order.place.px)
            .reduce(|best, px| if px.beats(best, side) { px } else { best })
    }

    fn find(&mut self, cloid: Cloid) -> Option<&mut WorkingOrder> {
        self.list.iter_mut().find(|order| order.place.cloid == cloid)
    }

    fn find_updated(&mut self, cloid: Option<Cloid>, oid: Oid) -> Option<&mut WorkingOrder> {
        self.list.iter_mut().find(|order| match cloid {
            Some(cloid) => order.place.cloid == cloid,
            None => order.oid == Some(oid),
        })
    }

    fn forget_gone(&mut self) {
        self.list.retain(|order| !order.is_gone());
        let counts = |order: &WorkingOrder| order.may_rest() || Qty::ZERO < order.open_qty();
        debug_assert!(self.list.iter().all(counts), "something is kept for nothing: {self:?}");
    }
}

#[cfg(test)]
mod tests;
