//! The life of each of our orders, from sent to proven gone.
//!
//! An order counts as exposure until its end is proven *and* every fill it had is seen: news of
//! orders, fills and replies come on different streams in any order (PROTOCOL 12.9, 14).

pub mod account;
mod order_reply;
pub mod reconcile;
pub mod requests;

use crate::market::action::ORDERS_MAX;
use crate::market::{
    Cloid, Fill, Oid, OpenOrder, OrderStatus, OrderUpdate, Place, RejectReason, Reply, RequestId,
};
use crate::num::{Mono, Nanos, Px, Qty, Side};
use crate::risk::Exposure;
use arrayvec::ArrayVec;
use order_reply::{OrderReply, order_reply};

/// An order untouched for this long was in the venue's lists, if it rests.
const LONG: Nanos = Nanos::from_secs(5);

/// Where an order stands, as far as we can prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Sent; nothing heard.
    PendingNew,
    /// It rests at the venue.
    Open,
    /// Its outcome is unknown since then: it counts, and nothing is built on it.
    Unknown {
        /// Since when.
        since: Mono,
    },
    /// Its end is known; fills up to this size belong to it and may still be on their way.
    Closed {
        /// All that was filled of it.
        filled: Qty,
    },
}

/// What we last asked the venue to do with an order that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingAction {
    /// Nothing under way.
    None,
    /// A cancel, with the request that carries it and its place there.
    Cancel(RequestId, u8),
    /// A replacement by another order of ours.
    Replace(RequestId, u8),
}

/// One of our orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingOrder {
    /// What was asked for.
    pub place: Place,
    /// The venue's name, once known.
    pub oid: Option<Oid>,
    /// Where it stands.
    pub state: OrderState,
    /// What is under way with it.
    pub pending: PendingAction,
    /// The request that placed it and its place there.
    pub placed_by: (RequestId, u8),
    /// When we last sent something about it, or heard of its end.
    pub touched: Mono,
    /// What was filled of it so far.
    pub filled: Qty,
}

impl WorkingOrder {
    /// What can still be filled of it.
    #[must_use]
    pub fn open_qty(&self) -> Qty {
        match self.state {
            OrderState::PendingNew | OrderState::Open | OrderState::Unknown { .. } => {
                self.place.qty.saturating_sub(self.filled)
            }
            OrderState::Closed { filled } => filled.saturating_sub(self.filled),
        }
    }

    /// Whether it rests and nothing is under way with it: free to be replaced or cancelled.
    #[must_use]
    pub fn is_amendable(&self) -> bool {
        self.state == OrderState::Open && self.pending == PendingAction::None
    }

    /// Whether its end is proven and all its fills are seen.
    fn is_gone(&self) -> bool {
        matches!(self.state, OrderState::Closed { filled } if filled <= self.filled)
    }
}

/// All of our orders that are not proven gone.
#[derive(Clone, Debug, Default)]
pub struct WorkingOrders {
    list: ArrayVec<WorkingOrder, ORDERS_MAX>,
    /// When the venue's list last came.
    listed: Option<Mono>,
}

/// What the venue's answer meant for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyOutcome {
    /// Items refused.
    pub rejected: u32,
    /// How often each reason was given, by [`RejectReason::index`].
    pub reject_reasons: [u32; RejectReason::ALL.len()],
    /// Orders whose outcome is unknown because of it.
    pub unknown: u32,
}

/// Whose fill it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillMatch {
    /// An order we track.
    Tracked,
    /// An order we track, and by now more of it was filled than there was: somebody is wrong.
    Overfilled,
    /// No order we track.
    Untracked,
}

impl ReplyOutcome {
    fn on_reject(&mut self, reason: RejectReason) {
        self.rejected += 1;
        self.reject_reasons[reason.index()] += 1;
    }
}

impl WorkingOrders {
    /// All of them.
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
        let order = WorkingOrder {
            place,
            oid: None,
            state: OrderState::PendingNew,
            pending: PendingAction::None,
            placed_by: by,
            touched: at,
            filled: Qty::ZERO,
        };
        self.list.try_push(order).expect("the caller asked `room` before it made the order");
    }

    /// Notes what is being asked about an order.
    pub fn on_pending(&mut self, cloid: Cloid, ask: PendingAction, at: Mono) {
        if let Some(order) = self.find(cloid) {
            order.pending = ask;
            order.touched = at;
        }
    }

    /// What we hold in orders, on top of a position's exposure.
    pub fn count_into(&self, exposure: &mut Exposure) {
        for order in &self.list {
            exposure.add(order.place.side, order.open_qty());
        }
    }

    /// Takes news of an order. News of orders we do not know are not ours to judge: false.
    pub fn on_update(&mut self, news: &OrderUpdate, at: Mono) -> bool {
        let Some(order) = self.find_updated(news.cloid, news.oid) else { return false };
        order.oid = Some(news.oid);
        order.touched = at;
        match news.status {
            OrderStatus::Open | OrderStatus::Triggered => order.on_open(),
            OrderStatus::Filled => order.on_closed(order.place.qty),
            OrderStatus::Canceled => order.on_closed(news.qty_asked.saturating_sub(news.qty)),
            OrderStatus::Rejected => order.on_closed(Qty::ZERO),
        }
        self.forget_gone();
        true
    }

    /// Takes a fill that was news to the position.
    pub fn on_fill(&mut self, fill: &Fill) -> FillMatch {
        let Some(order) = self.find_updated(fill.cloid, fill.oid) else {
            return FillMatch::Untracked;
        };
        order.oid = Some(fill.oid);
        order.filled += fill.qty;
        if order.state == OrderState::PendingNew {
            order.state = OrderState::Open;
        }
        let owner =
            if order.place.qty < order.filled { FillMatch::Overfilled } else { FillMatch::Tracked };
        if order.place.qty <= order.filled {
            order.state = OrderState::Closed { filled: order.place.qty };
        }
        self.forget_gone();
        owner
    }

    /// Takes the answer to a request.
    pub fn on_reply(&mut self, reply: &Reply<'_>, at: Mono) -> ReplyOutcome {
        let mut verdict = ReplyOutcome::default();
        for order in &mut self.list {
            if order.placed_by.0 == reply.id {
                order.on_placement_reply(&order_reply(reply, order.placed_by.1), at, &mut verdict);
            }
            match order.pending {
                PendingAction::Cancel(id, place) | PendingAction::Replace(id, place)
                    if id == reply.id =>
                {
                    order.on_pending_reply(&order_reply(reply, place), at, &mut verdict);
                }
                PendingAction::None | PendingAction::Cancel(..) | PendingAction::Replace(..) => {}
            }
        }
        self.forget_gone();
        verdict
    }

    /// Whether a request was to cancel orders.
    #[must_use]
    pub fn is_cancel(&self, id: RequestId) -> bool {
        self.list
            .iter()
            .any(|order| matches!(order.pending, PendingAction::Cancel(asked, _) if asked == id))
    }

    /// Takes a list of everything open at the venue, asked for when nothing was under way: an order
    /// in doubt that is not in it has ended, and one believed to rest for long is in doubt. A list that
    /// comes first after a doubt may have been read before it: only the next one says that an order is
    /// gone. Returns how many doubts it settled.
    pub fn reconcile_with_venue(&mut self, open: &[OpenOrder], at: Mono) -> u32 {
        let mut settled = 0;
        let before = self.listed.replace(at);
        for order in &mut self.list {
            let (cloid, oid) = (Some(order.place.cloid), order.oid);
            let found = open.iter().find(|row| row.cloid == cloid || Some(row.oid) == oid);
            let OrderState::Unknown { since } = order.state else {
                let old = LONG <= at.since(order.touched);
                if order.is_amendable() && old && found.is_none() {
                    order.on_unknown(at); // The news of its end was lost.
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
                None => order.state = OrderState::Closed { filled: order.filled },
            }
            settled += 1;
        }
        self.forget_gone();
        settled
    }

    /// The link is gone: whatever is under way has an unknown outcome.
    pub fn mark_all_unknown(&mut self, at: Mono) {
        for order in &mut self.list {
            order.on_unknown(at);
        }
    }

    /// Requests that were never answered in time have an unknown outcome.
    pub fn mark_overdue_unknown(&mut self, at: Mono, patience_ms: u64) -> u32 {
        let mut doubts = 0;
        for order in &mut self.list {
            let silent =
                order.state == OrderState::PendingNew || order.pending != PendingAction::None;
            let awaited = matches!(order.state, OrderState::Closed { .. });
            if (silent || awaited) && patience_ms <= at.since(order.touched).ms() {
                order.on_unknown(at);
                doubts += 1;
            }
        }
        doubts
    }

    /// The oldest doubt.
    #[must_use]
    pub fn oldest_unknown(&self) -> Option<Mono> {
        let since = |order: &WorkingOrder| match order.state {
            OrderState::Unknown { since } => Some(since),
            OrderState::PendingNew | OrderState::Open | OrderState::Closed { .. } => None,
        };
        self.list.iter().filter_map(since).min()
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

    /// Forgets what is proven gone.
    fn forget_gone(&mut self) {
        self.list.retain(|order| !order.is_gone());
    }
}

impl WorkingOrder {
    fn on_open(&mut self) {
        if matches!(self.state, OrderState::PendingNew | OrderState::Unknown { .. }) {
            self.state = OrderState::Open;
        }
    }

    fn on_closed(&mut self, filled: Qty) {
        self.state = OrderState::Closed { filled };
    }

    fn on_unknown(&mut self, at: Mono) {
        match self.state {
            OrderState::PendingNew | OrderState::Open | OrderState::Closed { .. } => {
                self.state = OrderState::Unknown { since: at };
            }
            OrderState::Unknown { .. } => {}
        }
        self.pending = PendingAction::None;
    }

    /// The answer to the request that placed it.
    fn on_placement_reply(&mut self, answer: &OrderReply, at: Mono, verdict: &mut ReplyOutcome) {
        match *answer {
            OrderReply::Rests(oid) => {
                self.oid = Some(oid);
                self.on_open();
            }
            OrderReply::Filled(oid) => self.oid = Some(oid), // The fills say how much.
            OrderReply::Done => {}
            OrderReply::Rejected(reason) => self.on_placement_reject(reason, at, verdict),
            OrderReply::Unknown => {
                verdict.unknown += 1;
                self.on_unknown(at);
            }
        }
    }

    /// The venue refused to place it. A used nonce means that a first copy may have been taken.
    fn on_placement_reject(&mut self, reason: RejectReason, at: Mono, verdict: &mut ReplyOutcome) {
        verdict.on_reject(reason);
        if reason == RejectReason::Nonce {
            verdict.unknown += 1;
            self.on_unknown(at);
        } else {
            self.on_closed(self.filled);
        }
    }

    /// The answer to what was asked about it.
    fn on_pending_reply(&mut self, answer: &OrderReply, at: Mono, verdict: &mut ReplyOutcome) {
        match *answer {
            // Its end arrives with its final size as news of the order.
            OrderReply::Done | OrderReply::Rests(_) | OrderReply::Filled(_) => {}
            OrderReply::Rejected(reason @ (RejectReason::Gone | RejectReason::ReplaceFailed)) => {
                verdict.reject_reasons[reason.index()] += 1;
            }
            OrderReply::Rejected(RejectReason::Nonce) | OrderReply::Unknown => {
                verdict.unknown += 1;
                self.on_unknown(at);
            }
            OrderReply::Rejected(reason) => {
                // Of a replacement, the new order has counted it already.
                if matches!(self.pending, PendingAction::Cancel(..)) {
                    verdict.on_reject(reason);
                }
                self.pending = PendingAction::None; // Refused as a whole: it still rests as before.
            }
        }
    }
}

#[cfg(test)]
mod tests;
