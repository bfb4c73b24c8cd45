//! What a link does, and what is fetched over it, as machines without sockets: they hear what
//! happened and say what they wish for. Live sessions and simulated ones drive the same.

use crate::engine::TABLE_REST;
use crate::market::{Address, TableParams};
use crate::num::{Mono, Nanos};
use serde_json::{Value, json};

/// The venue's own ping.
pub const PING: &str = r#"{"method":"ping"}"#;
/// However much is said on a link, it is pinged this often (MODEL 5.4).
const PING_EVERY: Nanos = Nanos::from_secs(5);
/// A market that is silent for so long is asked whether its connection lives.
const QUIET_MARKET: Nanos = Nanos::from_millis(500);
/// The same for the link of orders, where silence is usual.
const QUIET_ORDERS: Nanos = Nanos::from_secs(1);
/// A link on which nothing comes for so long after a ping is dead.
const PONG_WITHIN: Nanos = Nanos::from_secs(2);
/// A link that lived so long is connected again at once.
const LIVED: Nanos = Nanos::from_secs(60);
/// The first pause before another attempt; it doubles with each.
const PAUSE_FIRST: Nanos = Nanos::from_millis(250);
/// The longest pause between two attempts.
const PAUSE_MAX: Nanos = Nanos::from_secs(3);
/// Pauses are spread by a quarter either way, so that many clients do not come back at once.
const JITTER: u64 = 4;
/// The venue takes 30 connections a minute from an address: of a process's 15, each link has 7.
const CONNECTS_A_MINUTE: usize = 7;
/// The time in which they are counted.
const MINUTE: Nanos = Nanos::from_secs(60);
/// A fast book comes every 0.54 s: none for so long, and its subscription is dead.
const BOOK_WITHIN: Nanos = Nanos::from_secs(2);
/// So often it is subscribed anew before the link is made anew.
const RESUBSCRIPTIONS: u32 = 2;
/// The least time between two reads of the venue's own lists.
const SYNC_EVERY: Nanos = Nanos::from_secs(1);
/// The most time between two reads that are asked for again and again.
const SYNC_EVERY_MAX: Nanos = Nanos::from_secs(30);
/// Reads because a link came up are no closer than this.
const SYNC_AFTER_LINK: Nanos = Nanos::from_secs(10);

/// What a link hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkInput {
    /// The connection that was wished for stands.
    Connected,
    /// It could not be made.
    ConnectFailed,
    /// The connection is gone.
    Lost,
    /// The venue has said something.
    Heard,
}

/// What a link wishes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum LinkWish {
    /// Nothing before it is due again.
    Nothing,
    /// A connection; [`LinkInput::Connected`] or [`LinkInput::ConnectFailed`] answers.
    Connect,
    /// That the venue is asked for a sign of life.
    Ping,
    /// That the connection is given up: it is dead. It counts as lost already.
    Close,
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkState {
    /// No connection; one is due then.
    Down {
        connect_at: Mono,
    },
    Connecting,
    Up {
        since: Mono,
        /// When a ping is due at the latest, and when for silence.
        ping_at: Mono,
        quiet_at: Mono,
        /// When the ping that nothing has answered was sent.
        pinged: Option<Mono>,
    },
}

/// The life of one connection.
#[derive(Clone, Copy, Debug)]
pub struct LinkMachine {
    state: LinkState,
    /// How long the venue may say nothing before it is pinged.
    quiet: Nanos,
    /// The pause before the next attempt, if the connection does not live.
    pause: Nanos,
    /// The times of the last attempts, the oldest at `next`.
    attempts: [Option<Mono>; CONNECTS_A_MINUTE],
    next: usize,
    /// State of the generator that spreads the pauses.
    jitter: u64,
}

impl LinkMachine {
    /// The link that market data and news of our orders come on. It is to connect at once.
    #[must_use]
    pub fn market(seed: u64) -> LinkMachine {
        LinkMachine::new(QUIET_MARKET, seed)
    }

    /// The link that requests go out on.
    #[must_use]
    pub fn orders(seed: u64) -> LinkMachine {
        LinkMachine::new(QUIET_ORDERS, !seed)
    }

    fn new(quiet: Nanos, seed: u64) -> LinkMachine {
        LinkMachine {
            state: LinkState::Down { connect_at: Mono::START },
            quiet,
            pause: PAUSE_FIRST,
            attempts: [None; CONNECTS_A_MINUTE],
            next: 0,
            jitter: seed,
        }
    }

    /// Whether the connection stands, as far as is known.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.state, LinkState::Up { .. })
    }

    /// When time alone makes a wish.
    #[must_use]
    #[inline]
    pub fn due(&self) -> Option<Mono> {
        match self.state {
            LinkState::Down { connect_at } => Some(connect_at),
            LinkState::Connecting => None,
            LinkState::Up { pinged: Some(pinged), .. } => Some(pinged + PONG_WITHIN),
            LinkState::Up { ping_at, quiet_at, pinged: None, .. } => Some(quiet_at.min(ping_at)),
        }
    }

    /// Takes what happened to the connection.
    #[inline]
    pub fn hear(&mut self, now: Mono, heard: LinkInput) {
        match (heard, &mut self.state) {
            (LinkInput::Connected, state) => {
                let (ping_at, quiet_at) = (now + PING_EVERY, now + self.quiet);
                *state = LinkState::Up { since: now, ping_at, quiet_at, pinged: None };
            }
            (LinkInput::ConnectFailed | LinkInput::Lost, _) => self.lose(now),
            (LinkInput::Heard, LinkState::Up { quiet_at, pinged, .. }) => {
                (*quiet_at, *pinged) = (now + self.quiet, None);
            }
            (LinkInput::Heard, LinkState::Down { .. } | LinkState::Connecting) => {}
        }
    }

    /// What is wished for, now that it is so late.
    #[inline]
    pub fn wish(&mut self, now: Mono) -> LinkWish {
        if self.due().is_none_or(|due| now < due) {
            return LinkWish::Nothing;
        }
        match &mut self.state {
            LinkState::Down { .. } => {
                self.attempts[self.next] = Some(now);
                self.next = (self.next + 1) % CONNECTS_A_MINUTE;
                self.state = LinkState::Connecting;
                LinkWish::Connect
            }
            LinkState::Up { pinged: Some(_), .. } => {
                self.lose(now);
                LinkWish::Close
            }
            LinkState::Up { ping_at, quiet_at, pinged, .. } => {
                *pinged = Some(now);
                (*ping_at, *quiet_at) = (now + PING_EVERY, now + self.quiet);
                LinkWish::Ping
            }
            LinkState::Connecting => LinkWish::Nothing,
        }
    }

    /// The connection is gone: when the next one is due.
    fn lose(&mut self, now: Mono) {
        let lived = match self.state {
            LinkState::Up { since, .. } => LIVED <= now.since(since),
            LinkState::Down { .. } => return,
            LinkState::Connecting => false,
        };
        let pause = if lived { Nanos::ZERO } else { self.spread(self.pause) };
        self.pause = if lived { PAUSE_FIRST } else { (self.pause + self.pause).min(PAUSE_MAX) };
        // The oldest of the last attempts must be a minute old.
        let allowed = self.attempts[self.next].map_or(now, |oldest| oldest + MINUTE);
        self.state = LinkState::Down { connect_at: (now + pause).max(allowed) };
    }

    /// A pause, a quarter longer or shorter.
    fn spread(&mut self, pause: Nanos) -> Nanos {
        // One step of Knuth's linear congruential generator.
        self.jitter = self
            .jitter
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let range = pause.ns() / JITTER;
        Nanos::from_ns(pause.ns() - range + (self.jitter >> 33) % (2 * range + 1))
    }
}

impl Default for LinkMachine {
    /// The link of market data.
    fn default() -> LinkMachine {
        LinkMachine::market(0)
    }
}

/// Whether the coin's book still comes: other streams of the same connection may live on without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BookWatch {
    /// The market link is down.
    #[default]
    Off,
    /// A book is awaited since then, after so many new subscriptions.
    Waiting {
        /// When the last book, or the last subscription, was.
        since: Mono,
        /// Subscriptions made in vain.
        tries: u32,
    },
}

/// What a watched book wishes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum BookWish {
    /// Nothing before it is due again.
    Nothing,
    /// That it is subscribed anew.
    Resubscribe,
    /// That the market link is made anew.
    Reconnect,
}

impl BookWatch {
    /// The market link came up with every subscription made.
    pub fn on_link_up(&mut self, now: Mono) {
        *self = BookWatch::Waiting { since: now, tries: 0 };
    }

    /// The market link is gone.
    pub fn on_link_down(&mut self) {
        *self = BookWatch::Off;
    }

    /// A book of the coin came.
    #[inline]
    pub fn on_book(&mut self, now: Mono) {
        if let BookWatch::Waiting { since, tries } = self {
            (*since, *tries) = (now, 0);
        }
    }

    /// When time alone makes a wish.
    #[must_use]
    pub fn due(&self) -> Option<Mono> {
        match self {
            BookWatch::Off => None,
            BookWatch::Waiting { since, .. } => Some(*since + BOOK_WITHIN),
        }
    }

    /// What is wished for, now that it is so late.
    #[inline]
    pub fn wish(&mut self, now: Mono) -> BookWish {
        let BookWatch::Waiting { since, tries } = self else { return BookWish::Nothing };
        if now.since(*since) < BOOK_WITHIN {
            return BookWish::Nothing;
        }
        (*since, *tries) = (now, *tries + 1);
        if RESUBSCRIPTIONS < *tries { BookWish::Reconnect } else { BookWish::Resubscribe }
    }
}

/// When the venue's own lists are read: one reading at a time, and not too often.
#[derive(Clone, Copy, Debug)]
pub struct ListReader {
    reading: bool,
    next: Mono,
    /// Since when no reading was asked for because of a link.
    linked: Option<Mono>,
    /// The pause after the next reading.
    pause: Nanos,
}

impl Default for ListReader {
    fn default() -> ListReader {
        ListReader { reading: false, next: Mono::START, linked: None, pause: SYNC_EVERY }
    }
}

impl ListReader {
    /// A link came up: what was missed is read at once, unless links come and go.
    pub fn on_link_up(&mut self, now: Mono) {
        let due = self.linked.map_or(now, |before| (before + SYNC_AFTER_LINK).max(now));
        self.next = due;
        self.linked = Some(due);
        self.pause = SYNC_EVERY;
    }

    /// The reading that was begun is complete, or failed.
    pub fn on_read(&mut self) {
        self.reading = false;
    }

    /// Whether a reading may begin; it is begun with [`ListReader::begin`]. Readings that are asked for
    /// again and again come further and further apart.
    pub fn is_due(&mut self, now: Mono, asked: impl FnOnce() -> bool) -> bool {
        if now < self.next || self.reading {
            return false;
        }
        let asked = asked();
        if !asked {
            self.pause = SYNC_EVERY;
        }
        asked
    }

    /// A reading of all lists begins.
    pub fn begin(&mut self, now: Mono) {
        (self.reading, self.next) = (true, now + self.pause);
        self.pause = (self.pause + self.pause).min(SYNC_EVERY_MAX);
    }
}

/// The one table that may be asked for at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableOrder {
    asked: bool,
    /// Before this none is asked for: the last one failed its checks.
    after: Mono,
}

impl TableOrder {
    /// The wish that may be passed on, if there is one.
    #[must_use]
    pub fn wish(
        &self,
        now: Mono,
        wished: impl FnOnce() -> Option<TableParams>,
    ) -> Option<TableParams> {
        (!self.asked && self.after <= now).then(wished).flatten()
    }

    /// It was passed on.
    pub fn on_asked(&mut self) {
        self.asked = true;
    }

    /// The table that was ordered came.
    pub fn on_table(&mut self) {
        self.asked = false;
    }

    /// It failed its checks.
    pub fn on_failure(&mut self, now: Mono) {
        (self.asked, self.after) = (false, now + TABLE_REST);
    }
}

/// Whom and what a session asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// The account whose news is heard.
    pub account: Address,
    /// The coin's full name.
    pub coin: String,
    /// The dex of the coin.
    pub dex: String,
    /// The reference market, where there is one.
    pub reference: Option<String>,
}

impl Topics {
    /// The messages that subscribe to everything a session hears on its market link.
    pub fn subscriptions(&self) -> impl Iterator<Item = String> {
        let (coin, user) = (self.coin.as_str(), self.account.to_string());
        let reference = self.reference.iter().map(|coin| json!({"type": "bbo", "coin": coin}));
        let topics = [
            json!({"type": "userFills", "user": user}),
            json!({"type": "userFundings", "user": user}),
            json!({"type": "orderUpdates", "user": user}),
            json!({"type": "activeAssetCtx", "coin": coin}),
            json!({"type": "trades", "coin": coin}),
            json!({"type": "l2Book", "coin": coin, "fast": true}),
            json!({"type": "bbo", "coin": coin}),
            json!({"type": "clearinghouseState", "user": user, "dex": self.dex}),
        ];
        let topics = topics.into_iter().chain(reference);
        topics.map(|topic| json!({"method": "subscribe", "subscription": topic}).to_string())
    }

    /// The messages that subscribe to the coin's book anew.
    #[must_use]
    pub fn resubscription(&self) -> [String; 2] {
        let book = json!({"type": "l2Book", "coin": self.coin, "fast": true});
        ["unsubscribe", "subscribe"]
            .map(|method| json!({"method": method, "subscription": book}).to_string())
    }

    /// The REST request for one of the venue's lists.
    #[must_use]
    pub fn question(&self, query: RestQuery) -> Value {
        let (user, dex) = (self.account.to_string(), self.dex.as_str());
        match query {
            RestQuery::Fills => json!({"type": "userFills", "user": user}),
            RestQuery::OpenOrders => {
                json!({"type": "frontendOpenOrders", "user": user, "dex": dex})
            }
            RestQuery::Quota => json!({"type": "userRateLimit", "user": user}),
            RestQuery::Account => {
                json!({"type": "clearinghouseState", "user": user, "dex": dex})
            }
        }
    }
}

/// A list of the venue that is read by REST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RestQuery {
    /// `clearinghouseState`: money and positions.
    Account = 1,
    /// `frontendOpenOrders`: what rests at the venue.
    OpenOrders = 2,
    /// `userFills`: the newest 2,000 fills.
    Fills = 3,
    /// `userRateLimit`: requests used and granted.
    Quota = 4,
}

impl RestQuery {
    /// All of them, in the order in which they are read: fills first, so that an order that is
    /// found gone has its fills already.
    pub const ALL: [RestQuery; 4] =
        [RestQuery::Fills, RestQuery::OpenOrders, RestQuery::Account, RestQuery::Quota];

    /// Its number in the journal.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The query of a number in a journal.
    #[must_use]
    pub fn from_number(number: u8) -> Option<RestQuery> {
        RestQuery::ALL.into_iter().find(|query| query.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::START + Nanos::from_millis(ms)
    }

    #[test]
    fn a_link_is_pinged_found_dead_and_made_anew() {
        use LinkInput::{ConnectFailed, Connected, Heard, Lost};
        use LinkWish::{Close, Connect, Nothing, Ping};
        // at ms, heard, the wish of the market's link
        let rows = [
            (0, None, Connect),
            (1_000, None, Nothing),
            (1_500, Some(ConnectFailed), Nothing),
            (1_687, None, Nothing), // A quarter of a second, less a quarter.
            (1_813, None, Connect),
            (2_000, Some(Connected), Nothing),
            (2_499, None, Nothing),
            (2_500, None, Ping),
            (3_000, None, Nothing),
            (4_499, Some(Heard), Nothing),
            (4_999, None, Ping),
            (6_998, None, Nothing),
            (6_999, None, Close),
            (7_374, None, Nothing), // Half a second, less a quarter.
            (7_624, None, Connect),
            (8_000, Some(Connected), Nothing),
            (8_400, Some(Heard), Nothing),
            (8_800, Some(Heard), Nothing),
            (67_999, Some(Heard), Ping),
            (68_000, Some(Heard), Nothing),
            (68_100, Some(Lost), Connect), // It had lived for a minute.
        ];
        let mut link = LinkMachine::market(1);
        for (ms, heard, want) in rows {
            heard.into_iter().for_each(|heard| link.hear(at(ms), heard));
            assert_eq!(link.wish(at(ms)), want, "{link:?} at {ms}");
        }
        let mut orders = LinkMachine::orders(1);
        assert_eq!(orders.wish(at(0)), Connect);
        orders.hear(at(0), Connected);
        assert_eq!([999, 1_000].map(|ms| orders.wish(at(ms))), [Nothing, Ping]);
    }

    #[test]
    fn a_link_that_cannot_be_had_is_tried_seven_times_a_minute() {
        let mut link = LinkMachine::market(3);
        let mut tries = Vec::new();
        for ms in 0..600_000 {
            if link.wish(at(ms)) == LinkWish::Connect {
                tries.push(ms);
                link.hear(at(ms), LinkInput::ConnectFailed);
            }
        }
        let most = tries
            .windows(CONNECTS_A_MINUTE + 1)
            .map(|window| window[CONNECTS_A_MINUTE] - window[0]);
        assert!(most.min() >= Some(60_000), "{tries:?}");
        assert!(65 <= tries.len(), "it is not given up: {tries:?}");
    }

    #[test]
    fn a_book_that_does_not_come_is_subscribed_anew_twice() {
        use BookWish::{Nothing, Reconnect, Resubscribe};
        let mut book = BookWatch::default();
        assert_eq!(book.wish(at(9_000)), Nothing, "the link is down");
        book.on_link_up(at(10_000));
        book.on_book(at(10_500));
        let rows = [
            (12_499, Nothing),
            (12_500, Resubscribe),
            (14_499, Nothing),
            (14_500, Resubscribe),
            (16_499, Nothing),
            (16_500, Reconnect),
        ];
        for (ms, want) in rows {
            assert_eq!(book.wish(at(ms)), want, "at {ms}");
        }
    }

    #[test]
    fn lists_are_read_one_at_a_time_and_less_and_less_often() {
        let mut lists = ListReader::default();
        let mut begun = Vec::new();
        for ms in 0..200_000 {
            if lists.is_due(at(ms), || true) {
                lists.begin(at(ms));
                assert!(!lists.is_due(at(ms + 60_000), || true), "it is not complete");
                lists.on_read();
                begun.push(ms / 1_000);
            }
        }
        assert_eq!(begun, [0, 1, 3, 7, 15, 31, 61, 91, 121, 151, 181]);
        assert!(!lists.is_due(at(220_000), || false), "nobody asks any more");
        assert!(lists.is_due(at(220_000), || true));
        lists.begin(at(220_000));
        lists.on_read();
        lists.on_link_up(at(220_100));
        assert!(lists.is_due(at(220_100), || true), "what was missed is read at once");
        lists.on_link_up(at(221_000));
        assert!(!lists.is_due(at(230_099), || true), "links that come and go are not followed");
        assert!(lists.is_due(at(230_100), || true));
    }

    #[test]
    fn queries_keep_their_numbers() {
        for query in RestQuery::ALL {
            assert_eq!(RestQuery::from_number(query.number()), Some(query));
        }
        assert_eq!(RestQuery::from_number(0), None);
    }
}
