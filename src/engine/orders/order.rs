//! The life of one order, from sent to proven closed.
//!
//! An order counts as exposure until its end is proven *and* every fill it had is seen: updates,
//! fills and replies come on different streams in any order (PROTOCOL 12.9, 14).

use crate::market::{
    Fill, Item, Oid, OrderStatus, OrderUpdate, Place, RejectReason, Reply, ReplyBody, RequestId,
};
use crate::num::{Mono, Nanos, Qty};

/// A refused cancel is made again after this long, and each next one after twice as long.
const CANCEL_REST: Nanos = Nanos::from_millis(250);
/// The longest such rest.
const CANCEL_REST_MAX: Nanos = Nanos::from_secs(5);
/// Refused for want of budget a cancel is made once more after this long (MODEL 5.5).
const BUDGET_REST: Nanos = Nanos::from_secs(1);
/// After that the venue takes one request in so long (PROTOCOL 10.2).
const BUDGET_REST_MAX: Nanos = Nanos::from_secs(10);
/// Doublings of a rest that are counted.
const DOUBLINGS_MAX: u8 = 5;

// The rest reaches its most before doublings are no longer counted.
const _: () = assert!(CANCEL_REST_MAX.ns() <= CANCEL_REST.ns() << DOUBLINGS_MAX);

/// The state of an order, as far as we can prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    /// Sent, and no answer has come.
    PendingNew,
    /// It rests at the venue.
    Open,
    /// Its outcome is unknown since then: it counts, and nothing is built on it.
    Unknown {
        /// When the request was sent whose outcome is unknown.
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
    /// A cancel came to the venue before the order did: it is made again once the order shows.
    Overtook,
    /// A cancel was refused, and is not made again before then.
    Refused(Mono),
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
    /// When it was sent.
    pub sent: Mono,
    /// A list that was asked for from then on, and lacks it, proves that it will never rest.
    pub lands_by: Mono,
    /// Whether it first showed as resting after the cancel that is under way was sent.
    shown_since: bool,
    /// Refused cancels of it, as far as rests are doubled.
    refusals: u8,
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
    /// Orders that were never sent.
    pub not_sent: u32,
}

impl ReplyOutcome {
    /// What was never sent is counted by its reason, and is no refusal.
    fn on_reject(&mut self, reason: RejectReason) {
        self.rejected += u32::from(reason != RejectReason::NotSent);
        self.reject_reasons[reason.index()] += 1;
    }
}

impl WorkingOrder {
    /// An order that is being sent, and can come to rest until `lands_by`.
    pub(super) fn new(
        place: Place,
        placed_by: (RequestId, u8),
        at: Mono,
        lands_by: Mono,
    ) -> WorkingOrder {
        assert!(Qty::ZERO < place.qty, "an empty order: {place:?}");
        assert!(at <= lands_by, "it lands before it is sent: {place:?}");
        WorkingOrder {
            place,
            oid: None,
            state: OrderState::PendingNew,
            pending: PendingAction::None,
            placed_by,
            touched: at,
            sent: at,
            lands_by,
            shown_since: false,
            refusals: 0,
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

    /// Whether it may rest, and no cancel of it is under way or must wait.
    pub(super) fn may_cancel(&self) -> bool {
        let free = matches!(self.pending, PendingAction::None | PendingAction::Replace(..));
        self.may_rest() && free
    }

    /// Notes what is being asked about it.
    pub(super) fn on_pending(&mut self, ask: PendingAction, at: Mono) {
        assert!(self.may_rest(), "asked about an order that has ended: {self:?}");
        (self.pending, self.touched, self.shown_since) = (ask, at, false);
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
            // Of an order that only reduces, and was cut to the position, this is the most.
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
            self.on_placement_reply(item(reply, self.placed_by.1), outcome);
        }
        match self.pending {
            PendingAction::Cancel(id, place) | PendingAction::Replace(id, place)
                if id == reply.id =>
            {
                self.on_pending_reply(item(reply, place), at, outcome);
            }
            PendingAction::None
            | PendingAction::Cancel(..)
            | PendingAction::Replace(..)
            | PendingAction::Overtook
            | PendingAction::Refused(_) => {}
        }
    }

    /// Nothing is under way with it any more, and what became of that nobody has said. A cancel that
    /// must wait still does.
    pub(super) fn on_unknown(&mut self, since: Mono) {
        if self.unknown_since().is_none() {
            self.state = OrderState::Unknown { since };
        }
        if !matches!(self.pending, PendingAction::Refused(_)) {
            self.pending = PendingAction::None;
        }
        assert!(self.is_under_way() && self.may_rest(), "something is built on {self:?}");
    }

    /// What was sent about it was not answered, or cannot be any more.
    pub(super) fn on_silence(&mut self) {
        self.on_unknown(self.asked_at());
    }

    /// Lets a refused cancel be made again, when its time has come.
    pub(super) fn end_rest(&mut self, at: Mono) {
        if matches!(self.pending, PendingAction::Refused(until) if until <= at) {
            self.pending = PendingAction::None;
        }
    }

    /// Whether something was sent about it that is to be answered.
    pub(super) fn awaits_answer(&self) -> bool {
        let asked = match self.pending {
            PendingAction::None | PendingAction::Refused(_) => false,
            PendingAction::Cancel(..) | PendingAction::Replace(..) | PendingAction::Overtook => {
                true
            }
        };
        self.state == OrderState::PendingNew || asked && self.may_rest()
    }

    /// Whether a list that lacks it, asked for at `asked`, proves its end: one that was known to rest
    /// cannot come back, another one may still be on its way.
    pub(super) fn is_ended_by(&self, since: Mono, asked: Mono) -> bool {
        let proven = if self.oid.is_some() { since } else { self.lands_by };
        proven <= asked
    }

    /// When the request was sent that the venue has not answered.
    fn asked_at(&self) -> Mono {
        if self.oid.is_some() { self.touched } else { self.sent }
    }

    /// It shows as resting. A cancel that came too early for it is free to be made again.
    pub(super) fn on_open(&mut self) {
        if matches!(self.state, OrderState::PendingNew | OrderState::Unknown { .. }) {
            self.state = OrderState::Open;
            self.shown_since = true;
        }
        if self.pending == PendingAction::Overtook {
            self.pending = PendingAction::None;
        }
    }

    pub(super) fn on_closed(&mut self, filled: Qty) {
        self.state = OrderState::Closed { filled };
    }

    fn on_placement_reply(&mut self, item: Option<Item>, outcome: &mut ReplyOutcome) {
        match item {
            Some(Item::Resting(oid)) => {
                self.oid = Some(oid);
                self.on_open();
            }
            Some(Item::Filled(oid)) => self.oid = Some(oid), // The fills say how much.
            Some(Item::Canceled | Item::Waiting) => {}
            Some(Item::Rejected(reason)) => {
                outcome.on_reject(reason);
                outcome.not_sent += u32::from(reason == RejectReason::NotSent);
                if is_unclear(reason) {
                    self.lose_track(outcome);
                } else {
                    self.on_closed(self.filled);
                }
            }
            None => self.lose_track(outcome),
        }
    }

    fn on_pending_reply(&mut self, item: Option<Item>, at: Mono, outcome: &mut ReplyOutcome) {
        let cancel = matches!(self.pending, PendingAction::Cancel(..));
        match item {
            // Its end arrives with its final size as an update.
            Some(Item::Canceled | Item::Waiting | Item::Resting(_) | Item::Filled(_)) => {}
            Some(Item::Rejected(reason @ (RejectReason::Gone | RejectReason::ReplaceFailed))) => {
                outcome.reject_reasons[reason.index()] += 1;
                if cancel {
                    self.on_cancel_missed();
                }
            }
            Some(Item::Rejected(reason)) => {
                // Of a replacement, the order that replaces has counted it already.
                if cancel {
                    outcome.on_reject(reason);
                }
                if is_unclear(reason) {
                    self.lose_track(outcome);
                }
                // Refused as a whole: it still rests as before.
                self.pending = match cancel {
                    true => PendingAction::Refused(at + self.next_rest(reason)),
                    false => PendingAction::None,
                };
            }
            None => {
                self.lose_track(outcome);
                if cancel {
                    self.pending = PendingAction::Refused(at + self.next_rest(RejectReason::Other));
                }
            }
        }
    }

    /// The venue knew no such order when the cancel came. One that has not shown yet may come after
    /// it; of one that showed since then, the cancel may have come before it.
    fn on_cancel_missed(&mut self) {
        assert!(matches!(self.pending, PendingAction::Cancel(..)), "no cancel of {self:?}");
        if self.shown_since {
            self.pending = PendingAction::None;
        } else if self.oid.is_none() {
            self.pending = PendingAction::Overtook;
        }
    }

    /// How long the next cancel of it waits after one that was refused for this reason.
    fn next_rest(&mut self, reason: RejectReason) -> Nanos {
        let doublings = self.refusals;
        self.refusals = (doublings + 1).min(DOUBLINGS_MAX);
        assert!(doublings <= DOUBLINGS_MAX, "rests are not doubled so often: {self:?}");
        if reason == RejectReason::RateLimit {
            return if doublings == 0 { BUDGET_REST } else { BUDGET_REST_MAX };
        }
        Nanos::from_ns(CANCEL_REST.ns() << doublings).min(CANCEL_REST_MAX)
    }

    fn lose_track(&mut self, outcome: &mut ReplyOutcome) {
        outcome.unknown += 1;
        self.on_silence();
    }
}

/// Whether a refusal leaves the outcome unknown: of a nonce that was used a first copy may have been
/// taken, and words we do not know say nothing.
fn is_unclear(reason: RejectReason) -> bool {
    matches!(reason, RejectReason::Nonce | RejectReason::Other)
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
