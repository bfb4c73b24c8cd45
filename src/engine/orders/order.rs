//! The life of one order, from sent to proven closed.
//!
//! An order counts as exposure until its end is proven *and* every fill it had is seen: updates,
//! fills and replies come on different streams in any order (PROTOCOL 12.9, 14).

use crate::market::{
    Fill, Item, Oid, OrderStatus, OrderUpdate, Place, RejectReason, Reply, ReplyBody, RequestId,
};
use crate::num::{Mono, Qty};

/// The state of an order, as far as we can prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Sent, and no answer has come.
    PendingNew,
    /// It rests at the venue.
    Open,
    /// Its outcome is unknown since then: it counts, and nothing is built on it.
    Unknown {
        /// When its outcome became unknown.
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
    /// No cancel and no replacement is under way.
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
    /// Its state, as far as we can prove it.
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

/// Which tracked order a fill belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillMatch {
    /// An order we track.
    Tracked,
    /// An order we track, and by now more of it was filled than there was: somebody is wrong.
    Overfilled,
    /// No order we track.
    Untracked,
}

/// What the venue's answer meant for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyOutcome {
    /// Items of the request that the venue rejected.
    pub rejected: u32,
    /// How often each reason was given, by [`RejectReason::index`].
    pub reject_reasons: [u32; RejectReason::ALL.len()],
    /// Orders whose outcome is unknown because of it.
    pub unknown: u32,
}

impl ReplyOutcome {
    fn on_reject(&mut self, reason: RejectReason) {
        self.rejected += 1;
        self.reject_reasons[reason.index()] += 1;
    }
}

impl WorkingOrder {
    /// An order that is being sent.
    pub(super) fn new(place: Place, placed_by: (RequestId, u8), at: Mono) -> WorkingOrder {
        assert!(Qty::ZERO < place.qty, "an empty order: {place:?}");
        WorkingOrder {
            place,
            oid: None,
            state: OrderState::PendingNew,
            pending: PendingAction::None,
            placed_by,
            touched: at,
            filled: Qty::ZERO,
        }
    }

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

    /// Whether the venue may have it.
    pub(super) fn may_rest(&self) -> bool {
        !matches!(self.state, OrderState::Closed { .. })
    }

    /// Whether the venue has not yet said what became of what we sent.
    pub(super) fn is_under_way(&self) -> bool {
        match self.state {
            OrderState::PendingNew | OrderState::Unknown { .. } => true,
            OrderState::Open => self.pending != PendingAction::None,
            OrderState::Closed { .. } => false,
        }
    }

    /// Whether its end is proven and all its fills are seen.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state, OrderState::Closed { filled } if filled <= self.filled)
    }

    /// Since when its outcome is unknown.
    pub(super) fn unknown_since(&self) -> Option<Mono> {
        match self.state {
            OrderState::Unknown { since } => Some(since),
            OrderState::PendingNew | OrderState::Open | OrderState::Closed { .. } => None,
        }
    }

    pub(super) fn on_update(&mut self, update: &OrderUpdate, at: Mono) {
        (self.oid, self.touched) = (Some(update.oid), at);
        match update.status {
            OrderStatus::Open | OrderStatus::Triggered => self.on_open(),
            OrderStatus::Filled => self.on_closed(self.place.qty),
            OrderStatus::Canceled => self.on_closed(update.qty_asked.saturating_sub(update.qty)),
            OrderStatus::Rejected => self.on_closed(Qty::ZERO),
        }
    }

    pub(super) fn on_fill(&mut self, fill: &Fill) -> FillMatch {
        self.oid = Some(fill.oid);
        self.filled += fill.qty;
        if self.state == OrderState::PendingNew {
            self.state = OrderState::Open;
        }
        if self.place.qty <= self.filled {
            self.on_closed(self.place.qty);
        }
        if self.place.qty < self.filled { FillMatch::Overfilled } else { FillMatch::Tracked }
    }

    /// A reply, which may be about its placement, about what is under way with it, or about neither.
    pub(super) fn on_reply(&mut self, reply: &Reply<'_>, at: Mono, outcome: &mut ReplyOutcome) {
        if self.placed_by.0 == reply.id {
            self.on_placement_reply(item(reply, self.placed_by.1), at, outcome);
        }
        match self.pending {
            PendingAction::Cancel(id, place) | PendingAction::Replace(id, place)
                if id == reply.id =>
            {
                self.on_pending_reply(item(reply, place), at, outcome);
            }
            PendingAction::None | PendingAction::Cancel(..) | PendingAction::Replace(..) => {}
        }
    }

    /// Nothing is under way with it any more, and what became of that nobody has said.
    pub(super) fn on_unknown(&mut self, at: Mono) {
        if self.unknown_since().is_none() {
            self.state = OrderState::Unknown { since: at };
        }
        self.pending = PendingAction::None;
        assert!(self.is_under_way() && self.may_rest(), "something is built on {self:?}");
    }

    fn on_open(&mut self) {
        if matches!(self.state, OrderState::PendingNew | OrderState::Unknown { .. }) {
            self.state = OrderState::Open;
        }
    }

    pub(super) fn on_closed(&mut self, filled: Qty) {
        self.state = OrderState::Closed { filled };
    }

    fn on_placement_reply(&mut self, item: Option<Item>, at: Mono, outcome: &mut ReplyOutcome) {
        match item {
            Some(Item::Resting(oid)) => {
                self.oid = Some(oid);
                self.on_open();
            }
            Some(Item::Filled(oid)) => self.oid = Some(oid), // The fills say how much.
            Some(Item::Canceled | Item::Waiting) => {}
            Some(Item::Rejected(reason)) => {
                outcome.on_reject(reason);
                if reason == RejectReason::Nonce {
                    self.lose_track(at, outcome); // A first copy may have been taken.
                } else {
                    self.on_closed(self.filled);
                }
            }
            None => self.lose_track(at, outcome),
        }
    }

    fn on_pending_reply(&mut self, item: Option<Item>, at: Mono, outcome: &mut ReplyOutcome) {
        match item {
            // Its end arrives with its final size as an update.
            Some(Item::Canceled | Item::Waiting | Item::Resting(_) | Item::Filled(_)) => {}
            Some(Item::Rejected(reason @ (RejectReason::Gone | RejectReason::ReplaceFailed))) => {
                outcome.reject_reasons[reason.index()] += 1;
            }
            Some(Item::Rejected(RejectReason::Nonce)) | None => self.lose_track(at, outcome),
            Some(Item::Rejected(reason)) => {
                // Of a replacement, the order that replaces has counted it already.
                if matches!(self.pending, PendingAction::Cancel(..)) {
                    outcome.on_reject(reason);
                }
                self.pending = PendingAction::None; // Refused as a whole: it still rests as before.
            }
        }
    }

    fn lose_track(&mut self, at: Mono, outcome: &mut ReplyOutcome) {
        outcome.unknown += 1;
        self.on_unknown(at);
    }
}

/// The part of a reply that is about the item at `place`; none when that is unknown.
fn item(reply: &Reply<'_>, place: u8) -> Option<Item> {
    match reply.body {
        ReplyBody::Done => Some(Item::Waiting),
        ReplyBody::Rejected(reason) => Some(Item::Rejected(reason)),
        ReplyBody::Unknown => None,
        ReplyBody::Items(items) => items.get(usize::from(place)).copied(),
    }
}
