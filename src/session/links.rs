//! What a link does, and what is fetched over it, as machines without sockets: they hear what
//! happened and say what they wish for. Live sessions and simulated ones drive the same.

use crate::engine::TABLE_REST;
use crate::market::{Address, TableParams};
use crate::num::{Mono, Nanos};
use serde_json::{Value, json};

/// The venue's own ping.
pub const PING: &str = r#"{"method":"ping"}"#;
/// The venue closes a connection on which it has said nothing for 60 s (PROTOCOL 13).
const PING_EVERY: Nanos = Nanos::from_secs(15);
/// A market that is silent for so long is asked whether its connection lives: a quiet book is told
/// from a dead one by the pong, well before its age pulls the quotes (RELIABILITY I9).
pub const QUIET: Nanos = Nanos::from_millis(500);
/// The time from an attempt to connect to the next; the venue takes 30 a minute.
const RECONNECT_EVERY: Nanos = Nanos::from_secs(2);
/// The least time between two reads of the venue's own lists.
const SYNC_EVERY: Nanos = Nanos::from_secs(1);

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
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkState {
    /// No connection; one is due then.
    Down {
        connect_at: Mono,
    },
    Connecting,
    /// `quiet_at`: when a silence is too long, where that is watched.
    Up {
        ping_at: Mono,
        quiet_at: Option<Mono>,
    },
}

/// The life of one connection.
#[derive(Clone, Copy, Debug)]
pub struct LinkMachine {
    state: LinkState,
    /// How long the venue may say nothing before it is pinged; none where silence is usual.
    quiet: Option<Nanos>,
    tried: Mono,
}

impl LinkMachine {
    /// The link that market data and news of our orders come on. It is to connect at once.
    #[must_use]
    pub fn market() -> LinkMachine {
        LinkMachine { quiet: Some(QUIET), ..LinkMachine::orders() }
    }

    /// The link that requests go out on.
    #[must_use]
    pub fn orders() -> LinkMachine {
        let state = LinkState::Down { connect_at: Mono::START };
        LinkMachine { state, quiet: None, tried: Mono::START }
    }

    /// When time alone makes a wish.
    #[must_use]
    pub fn due(&self) -> Option<Mono> {
        match self.state {
            LinkState::Down { connect_at } => Some(connect_at),
            LinkState::Connecting => None,
            LinkState::Up { ping_at, quiet_at } => {
                Some(quiet_at.map_or(ping_at, |quiet_at| quiet_at.min(ping_at)))
            }
        }
    }

    /// Takes what happened to the connection.
    #[inline]
    pub fn hear(&mut self, now: Mono, heard: LinkInput) {
        match (heard, self.state) {
            (LinkInput::Connected, _) => self.state = self.up(now),
            (LinkInput::ConnectFailed | LinkInput::Lost, _) => {
                let connect_at = (self.tried + RECONNECT_EVERY).max(now);
                self.state = LinkState::Down { connect_at };
            }
            (LinkInput::Heard, LinkState::Up { ping_at, .. }) => {
                let quiet_at = self.quiet.map(|quiet| now + quiet);
                self.state = LinkState::Up { ping_at, quiet_at };
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
        match self.state {
            LinkState::Down { .. } => {
                (self.state, self.tried) = (LinkState::Connecting, now);
                LinkWish::Connect
            }
            LinkState::Up { .. } => {
                self.state = self.up(now);
                LinkWish::Ping
            }
            LinkState::Connecting => LinkWish::Nothing,
        }
    }

    fn up(&self, now: Mono) -> LinkState {
        LinkState::Up { ping_at: now + PING_EVERY, quiet_at: self.quiet.map(|quiet| now + quiet) }
    }
}

impl Default for LinkMachine {
    /// The link of market data.
    fn default() -> LinkMachine {
        LinkMachine::market()
    }
}

/// When the venue's own lists are read: one reading at a time, and not too often.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListReader {
    reading: bool,
    next: Mono,
}

impl ListReader {
    /// A link came up: what was missed is read at once.
    pub fn on_link_up(&mut self, now: Mono) {
        self.next = now;
    }

    /// The reading that was begun is complete, or failed.
    pub fn on_read(&mut self) {
        self.reading = false;
    }

    /// Whether a reading may begin; it is begun with [`ListReader::begin`].
    #[must_use]
    pub fn is_due(&self, now: Mono) -> bool {
        self.next <= now && !self.reading
    }

    /// A reading of all lists begins.
    pub fn begin(&mut self, now: Mono) {
        (self.reading, self.next) = (true, now + SYNC_EVERY);
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
    /// `frontendOpenOrders`: what rests.
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
    fn a_link_connects_pings_and_backs_off() {
        use LinkInput::{ConnectFailed, Connected, Heard, Lost};
        use LinkWish::{Connect, Nothing, Ping};
        // at ms, heard, then the market's wish, the orders' wish
        let rows = [
            (0, None, Connect, Connect),
            (1_000, None, Nothing, Nothing),
            (1_500, Some(ConnectFailed), Nothing, Nothing),
            (1_999, None, Nothing, Nothing),
            (2_000, None, Connect, Connect),
            (2_100, Some(Connected), Nothing, Nothing),
            (2_599, None, Nothing, Nothing),
            (2_600, None, Ping, Nothing),
            (2_700, Some(Heard), Nothing, Nothing),
            (3_199, None, Nothing, Nothing),
            (3_200, None, Ping, Nothing),
            (17_050, Some(Heard), Nothing, Nothing),
            (17_100, None, Nothing, Ping),
            (20_000, Some(Lost), Connect, Connect),
            (20_001, Some(Lost), Nothing, Nothing),
            (21_999, None, Nothing, Nothing),
            (22_000, None, Connect, Connect),
        ];
        let (mut market, mut orders) = (LinkMachine::market(), LinkMachine::orders());
        for (ms, heard, of_market, of_orders) in rows {
            for (link, want) in [(&mut market, of_market), (&mut orders, of_orders)] {
                heard.into_iter().for_each(|heard| link.hear(at(ms), heard));
                assert_eq!(link.wish(at(ms)), want, "{link:?} at {ms}");
            }
        }
    }

    #[test]
    fn one_reading_at_a_time_and_at_most_one_a_second() {
        let mut lists = ListReader::default();
        assert!(lists.is_due(at(0)));
        lists.begin(at(0));
        assert!(!lists.is_due(at(5_000)), "it is not complete");
        lists.on_read();
        lists.begin(at(5_000));
        lists.on_read();
        assert!(!lists.is_due(at(5_999)) && lists.is_due(at(6_000)));
        lists.on_link_up(at(5_500));
        assert!(lists.is_due(at(5_500)), "what was missed is read at once");
    }

    #[test]
    fn queries_keep_their_numbers() {
        for query in RestQuery::ALL {
            assert_eq!(RestQuery::from_number(query.number()), Some(query));
        }
        assert_eq!(RestQuery::from_number(0), None);
    }
}
