//! What a session at a venue watches beside the market: whether every metric has a source, how far
//! our clock is off, whether the venue's account is ours, and the venue's own dead-man switch.

use super::{Engine, Lifecycle};
use crate::market::KillState;
use crate::market::event::Command;
use crate::market::{
    AccountSnapshot, Bbo, BookFrame, Health, Link, OpenOrder, RejectReason, Reply, ReplyBody,
    Requests, Stream,
};
use crate::num::unit::E8;
use crate::num::{Mono, Nanos, Pos, Px, Stamp, Usd, WallMs};

/// The least lag of messages is looked for in the last one to two of these.
const LAG_SPAN: Nanos = Nanos::from_secs(5);
/// A difference with the venue's account that is older is no matter of messages on their way.
const DIFFERENCE_REST: Nanos = Nanos::from_secs(1);
/// One that is older than this and survived a reading of the venue's lists is a mismatch.
const MISMATCH_AFTER: Nanos = Nanos::from_secs(2);
/// From this capital on the dead-man switch is set to the shorter time: each refresh costs a request
/// (RELIABILITY 3).
const LARGE: Usd = Usd::from_e8(5_000 * E8);
/// The times after which the venue cancels by itself.
const DEAD_MAN_MS: [u64; 2] = [60_000, 15_000];
/// It is set anew this often within its time.
const REFRESHES: u64 = 3;

/// What is being watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Monitor {
    /// Since when the market's link has ever been up.
    pub link_up_since: Option<Mono>,
    /// A mismatch with the venue was found.
    pub mismatch: bool,
    /// Before this the venue takes nothing from us: it refused for want of budget.
    pub rejected_until: Option<Mono>,
    /// Not even cancels: it refused one.
    pub cancels_rejected_until: Option<Mono>,
    /// Since when requests have left too late.
    pub slow_since: Option<Mono>,
    clock_offset: ClockOffset,
    position_mismatch: Option<PositionMismatch>,
    venue_position: Option<Pos>,
    dead_man: DeadMan,
}

/// Where the venue's scheduled cancel stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeadMan {
    /// Not set.
    #[default]
    Off,
    /// Set, and to be set again then.
    Set(Mono),
    /// The venue does not grant it to this account.
    NotGranted,
}

/// The least time from the venue's clock to ours, over the last span and the one before.
#[derive(Clone, Copy, Debug, Default)]
struct ClockOffset {
    since: Mono,
    least_ms: [Option<i64>; 2],
}

/// By how much the venue's position is another than ours.
#[derive(Clone, Copy, Debug)]
struct PositionMismatch {
    by: Pos,
    since: Mono,
    /// The venue's lists were read since.
    synced: bool,
}

impl ClockOffset {
    fn on_message(&mut self, at: Stamp, venue: WallMs) {
        let lag_ms = at.wall.ms_since(venue);
        if LAG_SPAN <= at.mono.since(self.since) {
            (self.since, self.least_ms) = (at.mono, [None, self.least_ms[0]]);
        }
        let least = &mut self.least_ms[0];
        *least = Some(least.map_or(lag_ms, |least| least.min(lag_ms)));
    }

    /// The offset of our clock, the venue's delay included; none before a whole span was seen.
    fn offset_ms(&self) -> Option<u64> {
        let before = self.least_ms[1]?;
        Some(self.least_ms[0].map_or(before, |least| least.min(before)).unsigned_abs())
    }
}

impl Engine {
    /// Where the venue's scheduled cancel stands.
    #[must_use]
    pub fn dead_man(&self) -> DeadMan {
        self.monitor.dead_man
    }

    /// Our position as the venue last told it.
    #[must_use]
    pub fn venue_position(&self) -> Option<Pos> {
        self.monitor.venue_position
    }

    pub(super) fn on_bbo(&mut self, at: Stamp, bbo: &Bbo) {
        self.monitor.clock_offset.on_message(at, bbo.venue);
        self.market.on_bbo(at, bbo);
    }

    pub(super) fn on_book(&mut self, at: Stamp, frame: &BookFrame) {
        self.monitor.clock_offset.on_message(at, frame.venue);
        self.market.on_book(at, frame);
    }

    pub(super) fn on_health(&mut self, now: Mono, vital: Health) {
        match vital {
            Health::Slow(slow) => {
                self.monitor.slow_since = slow.then_some(self.monitor.slow_since.unwrap_or(now))
            }
            Health::Quota { used, cap } => self.account.budget.count(used, cap),
        }
    }

    pub(super) fn on_command(&mut self, command: Command) {
        match command {
            Command::Stop => self.stage = Lifecycle::Stopping,
            Command::Flatten | Command::Halt => self.command = Some(command),
        }
    }

    pub(super) fn on_reply(&mut self, at: Stamp, reply: &Reply<'_>) {
        if reply.body == ReplyBody::Rejected(RejectReason::Schedule) {
            self.monitor.dead_man = DeadMan::NotGranted;
        }
        let refusals =
            |engine: &Engine| engine.account.reject_reasons[RejectReason::RateLimit.index()];
        let before = refusals(self);
        let was_cancel = self.account.orders.is_cancel(reply.id);
        self.account.on_reply(at.mono, reply);
        if before < refusals(self) {
            let until = Some(at.mono + super::decide::OVERDRAFT);
            self.monitor.rejected_until = until;
            if was_cancel {
                self.monitor.cancels_rejected_until = until;
            }
        }
    }

    /// The venue's word on our position. A difference that its own lists do not explain is a
    /// mismatch; from then on the venue's word counts.
    pub(super) fn on_account(&mut self, at: Stamp, account: &AccountSnapshot) {
        let ours = account.holdings.iter().find(|held| held.coin == self.setup.coin);
        let theirs = ours.map_or(Pos::FLAT, |held| held.pos);
        self.monitor.venue_position = Some(theirs);
        let by = theirs - self.account.position.pos();
        let known = self.monitor.position_mismatch.filter(|known| known.by == by);
        let fresh = PositionMismatch { by, since: at.mono, synced: false };
        self.monitor.position_mismatch = (by != Pos::FLAT).then_some(known.unwrap_or(fresh));
        let survived = |d: PositionMismatch| d.synced && MISMATCH_AFTER <= at.mono.since(d.since);
        if self.monitor.position_mismatch.is_some_and(survived) {
            self.monitor.mismatch = true;
            let mark = self.valuation_px();
            self.account.position.adopt(theirs, mark);
        }
    }

    pub(super) fn on_open_orders(&mut self, at: Stamp, open: &[OpenOrder]) {
        self.account.on_open_orders(at.mono, open);
        self.synced = self.links[Stream::Market.index()] == Link::Up;
        self.monitor.position_mismatch.iter_mut().for_each(|difference| difference.synced = true);
    }

    /// Whether the venue's account has been another than ours for too long to wait for messages.
    pub(super) fn position_differs(&self, now: Mono) -> bool {
        self.monitor.position_mismatch.is_some_and(|d| DIFFERENCE_REST <= now.since(d.since))
    }

    /// The offset of our clock, where the session is live: a recording's clocks are not ours.
    pub(super) fn clock_ms(&self) -> Option<u64> {
        self.monitor.clock_offset.offset_ms().filter(|_| self.setup.live)
    }

    /// For how long a metric has had no source that a live session must have.
    pub(super) fn absent_ms(&self, now: Mono) -> u64 {
        let oracle = self.market.context().is_some_and(|context| Px::ZERO < context.oracle);
        let whole = !self.setup.live || oracle && self.clock_ms().is_some();
        self.monitor.link_up_since.filter(|_| !whole).map_or(0, |since| now.since(since).ms())
    }

    /// Keeps the venue's scheduled cancel set while we trade, and calls it off at the end: it fires
    /// ten times a day at most.
    pub(super) fn refresh_dead_man(&mut self, at: Stamp, out: &mut Requests) {
        if !self.setup.live || self.links[Stream::Orders.index()] == Link::Down {
            return;
        }
        let over = self.stage == Lifecycle::Stopping || self.kill.at().state == KillState::Halted;
        let cancel_ms = DEAD_MAN_MS[usize::from(LARGE <= self.setup.config.capital)];
        let (when, next) = match self.monitor.dead_man {
            DeadMan::Set(_) if over => (None, DeadMan::Off),
            DeadMan::Off | DeadMan::NotGranted if over => return,
            DeadMan::NotGranted => return,
            DeadMan::Set(next) if at.mono < next => return,
            DeadMan::Off | DeadMan::Set(_) => {
                let next = at.mono + Nanos::from_millis(cancel_ms / REFRESHES);
                (Some(at.wall.plus_ms(cancel_ms)), DeadMan::Set(next))
            }
        };
        self.gateway.schedule(when, out);
        self.monitor.dead_man = next;
        self.account.budget.spend(at.mono, 1);
    }
}
