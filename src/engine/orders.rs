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

/// An order untouched for this long was in the venue's lists, if it rests; and the fills of one that
/// has ended should be there.
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

    /// Notes an order that is being sent, and can come to rest until `lands_by`.
    pub fn on_sent(&mut self, place: Place, by: (RequestId, u8), at: Mono, lands_by: Mono) {
        let before = self.named.replace(place.cloid);
        assert!(before < Some(place.cloid), "two orders of one name: {place:?}, {before:?}");
        assert!(0 < self.room(), "the caller asked `room` before it made {place:?}");
        let order = WorkingOrder::new(place, by, at, lands_by);
        self.list.push(order);
    }

    /// Notes what is being asked about an order.
    pub fn on_pending(&mut self, cloid: Cloid, ask: PendingAction, at: Mono) {
        let order = self.find(cloid).expect("only orders of the list are cancelled or replaced");
        order.on_pending(ask, at);
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

    /// Reconciles with the venue's list of open orders that was asked for at `asked`, the fills before
    /// it. An unknown order that it lacks is closed, unless it may still be on its way; an open order
    /// long untouched that it lacks becomes unknown; one that has ended had no other fills. Returns how
    /// many unknown outcomes it resolved.
    pub fn reconcile_with_venue(&mut self, open: &[OpenOrder], asked: Mono, at: Mono) -> u32 {
        assert!(asked <= at, "a list that came at {at:?} was asked for at {asked:?}");
        let mut settled = 0;
        for order in &mut self.list {
            let (cloid, oid) = (Some(order.place.cloid), order.oid);
            let found = open.iter().find(|row| row.cloid == cloid || Some(row.oid) == oid);
            match (order.state, found) {
                (OrderState::Unknown { .. }, Some(row)) => {
                    order.oid = Some(row.oid);
                    order.on_open();
                    settled += 1;
                }
                (OrderState::Unknown { since }, None) if order.is_ended_by(since, asked) => {
                    order.on_closed(order.filled);
                    settled += 1;
                }
                (OrderState::Closed { .. }, None) if order.touched <= asked => {
                    order.on_closed(order.filled);
                }
                (OrderState::Open, None)
                    if order.is_amendable() && LONG <= at.since(order.touched) =>
                {
                    order.on_unknown(at); // The update of its end was lost.
                }
                (
                    OrderState::PendingNew
                    | OrderState::Open
                    | OrderState::Unknown { .. }
                    | OrderState::Closed { .. },
                    _,
                ) => {}
            }
        }
        self.forget_gone();
        settled
    }

    /// The orders connection went down: what was under way on it is unknown.
    pub fn on_link_lost(&mut self) {
        let asked = self.list.iter_mut().filter(|order| order.awaits_answer());
        asked.for_each(WorkingOrder::on_silence);
    }

    /// The orders connection came up: no cancel waits any longer.
    pub fn on_link_found(&mut self) {
        self.list.iter_mut().for_each(|order| order.end_rest(Mono::from_ns(u64::MAX)));
    }

    /// Requests that were never answered in time have an unknown outcome, and a refused cancel may be
    /// made again after its rest.
    pub fn mark_overdue_unknown(&mut self, at: Mono, patience: Nanos) -> u32 {
        let mut overdue = 0;
        for order in &mut self.list {
            order.end_rest(at);
            let limit = if order.may_rest() { patience } else { LONG };
            let silent = order.awaits_answer() || !order.may_rest();
            if silent && limit <= at.since(order.touched) {
                order.on_silence();
                overdue += 1;
            }
        }
        overdue
    }

    /// Whether a request of unknown outcome could land until some moment after `since`, and no longer can.
    #[must_use]
    pub fn has_landed(&self, since: Mono, now: Mono) -> bool {
        let unknown = self.list.iter().filter(|order| order.unknown_since().is_some());
        unknown.into_iter().any(|order| since < order.lands_by && order.lands_by <= now)
    }

    /// Whether the venue's lists are needed to know what became of an order: its outcome is unknown, or
    /// it only reduced, and may have been cut to the position before it ended.
    #[must_use]
    pub fn need_lists(&self) -> bool {
        let needs = |order: &WorkingOrder| match order.state {
            OrderState::Unknown { .. } => true,
            OrderState::Closed { .. } => order.place.reduce_only,
            OrderState::PendingNew | OrderState::Open => false,
        };
        self.list.iter().any(needs)
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
