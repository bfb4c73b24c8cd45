//! Monitors of a session: links and sources, lateness, position against the venue's,
//! and the venue's dead-man switch.

use crate::market::{Link, Stream};
use crate::num::unit::E8;
use crate::num::{Mono, Nanos, Pos, Stamp, Usd, WallMs};
use crate::risk::kill::LINK_DOWN_AGE_MS;

/// The lists are read again after a doubt this long after they came, and then after twice as long.
const LISTS_REST: Nanos = Nanos::from_secs(1);
/// The longest time between two reads after a doubt (MODEL 5.5).
const LISTS_REST_MAX: Nanos = Nanos::from_secs(30);
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
/// The venue takes no time that is nearer (PROTOCOL 7.4).
const DEAD_MAN_MIN_MS: u64 = 5_000;

const _: () = assert!(LISTS_REST.ns() < LISTS_REST_MAX.ns());
// The lists are read while a difference is young enough to be explained by them.
const _: () = assert!(DIFFERENCE_REST.ns() < MISMATCH_AFTER.ns());
// A refresh may be lost, and the switch does not fire.
const _: () = assert!(2 <= REFRESHES && DEAD_MAN_MS[1] < DEAD_MAN_MS[0]);
const _: () = assert!(DEAD_MAN_MIN_MS < DEAD_MAN_MS[1] / REFRESHES * (REFRESHES - 1));

/// The market's connection, and whether the venue's own lists were read since it came up: what
/// happened to orders and fills before that may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MarketLink {
    Down,
    /// It has been up since then.
    Unsynced(Mono),
    Synced,
}

/// The connection for requests, and whether the venue's lists were read since it was lost: what was
/// under way then may have happened or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrdersLink {
    /// It never stood, so nothing was under way on it.
    Never,
    Lost,
    /// Up again since then.
    Unsynced(Mono),
    Synced,
}

/// Both connections, and since when the market's messages can be expected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Liveness {
    market: MarketLink,
    orders: OrdersLink,
    /// When the market's connection first came up.
    since: Option<Mono>,
}

impl Liveness {
    pub fn new() -> Liveness {
        Liveness { market: MarketLink::Down, orders: OrdersLink::Never, since: None }
    }

    pub fn on_link(&mut self, now: Mono, stream: Stream, link: Link) {
        match (stream, link) {
            (Stream::Orders, Link::Down) => {
                if self.orders != OrdersLink::Never {
                    self.orders = OrdersLink::Lost;
                }
            }
            (Stream::Orders, Link::Up) => match self.orders {
                OrdersLink::Never => self.orders = OrdersLink::Synced,
                OrdersLink::Lost => self.orders = OrdersLink::Unsynced(now),
                OrdersLink::Unsynced(_) | OrdersLink::Synced => {}
            },
            (Stream::Market, Link::Down) => self.market = MarketLink::Down,
            (Stream::Market, Link::Up) => {
                self.since.get_or_insert(now);
                if self.market == MarketLink::Down {
                    self.market = MarketLink::Unsynced(now);
                }
            }
        }
    }

    /// The venue's lists came that were asked for at `asked`.
    pub fn on_open_orders(&mut self, asked: Mono) {
        if matches!(self.market, MarketLink::Unsynced(since) if since <= asked) {
            self.market = MarketLink::Synced;
        }
        if matches!(self.orders, OrdersLink::Unsynced(since) if since <= asked) {
            self.orders = OrdersLink::Synced;
        }
    }

    /// Whether a link came up, and the venue's lists were not read since.
    pub fn misses_lists(&self) -> bool {
        let market = matches!(self.market, MarketLink::Unsynced(_));
        market || matches!(self.orders, OrdersLink::Unsynced(_))
    }

    pub fn is_synced(&self) -> bool {
        self.market == MarketLink::Synced
    }

    /// Whether orders can be placed, and all that was under way before is known.
    pub fn can_order(&self) -> bool {
        self.orders == OrdersLink::Synced
    }

    /// Whether the connection for requests is gone: what must be cancelled goes another way.
    pub fn is_orders_link_lost(&self) -> bool {
        self.orders == OrdersLink::Lost
    }

    /// How old the market's data are, last heard of at `alive_at`; while the link is down, never old
    /// enough to give up.
    pub fn age_ms(&self, now: Mono, alive_at: Mono) -> u64 {
        let age_ms = now.since(alive_at).ms();
        match self.market {
            MarketLink::Down => age_ms.min(LINK_DOWN_AGE_MS),
            MarketLink::Unsynced(_) | MarketLink::Synced => age_ms,
        }
    }

    /// The time since the market's connection first came up: before that nothing is missing.
    pub fn up_ms(&self, now: Mono) -> Option<u64> {
        self.since.map(|since| now.since(since).ms())
    }
}

/// When the venue's lists are wished for. Whoever reads them begins only while they are, and one
/// reading at a time: so a list was not asked for before it was wished for.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListSchedule {
    /// Since when they are wished for; none while they are not.
    wished: Option<Mono>,
    /// When they came last.
    listed: Mono,
    next: Mono,
    rest: Nanos,
    /// Whether they were wished for the last time they could be, for a doubt.
    doubtful: bool,
}

impl ListSchedule {
    pub fn new() -> ListSchedule {
        let (listed, next) = (Mono::START, Mono::START);
        ListSchedule { wished: None, listed, next, rest: LISTS_REST, doubtful: false }
    }

    /// A link came up, and the lists are needed at once.
    pub fn on_missed(&mut self, now: Mono) {
        self.wished.get_or_insert(now);
    }

    /// Time passes while the lists are needed, or are not. Once a request in doubt can no longer land,
    /// which is looked for from when the lists came last, they settle it and are wished for at once.
    pub fn step(
        &mut self,
        now: Mono,
        needed: impl FnOnce() -> bool,
        landed: impl FnOnce(Mono) -> bool,
    ) {
        if self.wished.is_some() {
            return;
        }
        if now < self.next {
            self.wished = (self.doubtful && landed(self.listed)).then_some(now);
            return;
        }
        let twice = Nanos::from_ns(2 * self.rest.ns()).min(LISTS_REST_MAX);
        self.rest = if self.doubtful { twice } else { LISTS_REST };
        self.doubtful = needed();
        self.wished = self.doubtful.then_some(now);
        assert!(LISTS_REST <= self.rest && self.rest <= LISTS_REST_MAX, "no rest: {self:?}");
    }

    /// The lists came. When they were asked for, at the earliest.
    pub fn on_lists(&mut self, now: Mono) -> Mono {
        let asked = self.wished.take().unwrap_or(self.listed);
        (self.listed, self.next) = (now, now + self.rest);
        assert!(asked <= now && now < self.next, "lists of {asked:?} at {now:?}");
        asked
    }

    pub fn is_wished(&self) -> bool {
        self.wished.is_some()
    }
}

/// Since when requests have left too late.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FeedDelay {
    slow_since: Option<Mono>,
}

impl FeedDelay {
    pub fn on_health(&mut self, now: Mono, slow: bool) {
        self.slow_since = slow.then_some(self.slow_since.unwrap_or(now));
    }

    pub fn slow_ms(&self, now: Mono) -> u64 {
        self.slow_since.map_or(0, |since| now.since(since).ms())
    }
}

/// By how much the venue's position is another than ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum PositionDifference {
    #[default]
    None,
    /// It may be a matter of messages on their way.
    Since { by: Pos, since: Mono },
    /// The venue's lists were read since, and did not explain it.
    Reread { by: Pos, since: Mono },
}

impl PositionDifference {
    fn parts(self) -> Option<(Pos, Mono)> {
        match self {
            PositionDifference::None => None,
            PositionDifference::Since { by, since } | PositionDifference::Reread { by, since } => {
                Some((by, since))
            }
        }
    }
}

/// Our position against the venue's.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PositionMismatch {
    difference: PositionDifference,
    venue_position: Option<Pos>,
    found: bool,
}

impl PositionMismatch {
    /// Compares our position with the venue's. A difference that survives a reading of the venue's
    /// lists is a mismatch, and the venue's position is to be adopted: true.
    #[must_use]
    pub fn on_account(&mut self, now: Mono, ours: Pos, venue_position: Pos) -> bool {
        self.venue_position = Some(venue_position);
        let by = venue_position - ours;
        if by == Pos::FLAT {
            self.difference = PositionDifference::None;
        } else if self.difference.parts().is_none_or(|known| known.0 != by) {
            self.difference = PositionDifference::Since { by, since: now };
        }
        let survives = match self.difference {
            PositionDifference::None | PositionDifference::Since { .. } => false,
            PositionDifference::Reread { since, .. } => MISMATCH_AFTER <= now.since(since),
        };
        assert!(!survives || ours != venue_position, "a mismatch of nothing: {self:?}");
        self.found |= survives;
        survives
    }

    pub fn on_open_orders(&mut self) {
        if let PositionDifference::Since { by, since } = self.difference {
            self.difference = PositionDifference::Reread { by, since };
        }
    }

    /// Whether the account has differed for too long to wait for messages.
    pub fn is_due(&self, now: Mono) -> bool {
        self.difference.parts().is_some_and(|known| DIFFERENCE_REST <= now.since(known.1))
    }

    pub fn is_found(&self) -> bool {
        self.found
    }

    /// The position as the venue last told it.
    pub fn venue_position(&self) -> Option<Pos> {
        self.venue_position
    }
}

/// The venue's scheduled cancel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeadMan {
    /// No cancel is scheduled at the venue.
    #[default]
    Off,
    /// Set, and to be set again then.
    Set(Mono),
    /// The venue does not grant it to this account.
    NotGranted,
}

impl DeadMan {
    /// Keeps the venue's scheduled cancel set while we trade, and calls it off at the end: it fires
    /// ten times a day at most. The state after it and what the venue is told; none when nothing is.
    #[must_use]
    pub fn step(self, at: Stamp, over: bool, capital: Usd) -> Option<(DeadMan, Option<WallMs>)> {
        let cancel_ms = DEAD_MAN_MS[usize::from(LARGE <= capital)];
        match self {
            DeadMan::Set(_) if over => Some((DeadMan::Off, None)),
            DeadMan::Off if over => None,
            DeadMan::NotGranted => None,
            DeadMan::Set(next) if at.mono < next => None,
            DeadMan::Off | DeadMan::Set(_) => {
                let next = at.mono + Nanos::from_millis(cancel_ms / REFRESHES);
                Some((DeadMan::Set(next), Some(at.wall.plus_ms(cancel_ms))))
            }
        }
    }
}
