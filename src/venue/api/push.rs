//! What clients subscribe to, and what is pushed to them (PROTOCOL 8).

mod frames;
pub mod subscriptions;
pub mod topic;
pub mod ws_messages;

use super::hosted_venue::HostedVenue;
use super::info::{market, render};
use super::net::Clients;
use crate::market::{Address, AssetId, Bbo};
use crate::num::{Side, WallMs};
use crate::venue::{OrderNews, Output, VenueFill, VenuePayment, VenueTrade};
use frames::{PushRate, frame};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use subscriptions::Subscriptions;
use topic::{Flag, Topic, User};

/// How often topics are pushed by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushIntervals {
    /// Fast books.
    pub fast_ms: u64,
    /// Books, mids and pages.
    pub slow_ms: u64,
    /// Contexts.
    pub context_ms: u64,
    /// States of accounts, when they changed.
    pub change_ms: u64,
}

impl PushIntervals {
    /// The venue's own (PROTOCOL 8.3 and appendix B).
    pub const VENUE: PushIntervals =
        PushIntervals { fast_ms: 540, slow_ms: 5_400, context_ms: 1_000, change_ms: 500 };

    fn interval_ms(&self, pace: PushRate) -> u64 {
        match pace {
            PushRate::Fast => self.fast_ms,
            PushRate::Slow => self.slow_ms,
            PushRate::Second => self.context_ms,
            PushRate::Change => self.change_ms,
        }
    }
}

/// Subscriptions and the clock of pushes.
#[derive(Debug)]
pub struct Push {
    /// Who subscribed to what.
    pub subscriptions: Subscriptions,
    intervals: PushIntervals,
    due: [WallMs; PushRate::ALL.len()],
}

/// What happened to one account in a block.
#[derive(Default)]
struct Personal<'a> {
    orders: Vec<&'a OrderNews>,
    fills: Vec<&'a VenueFill>,
    fundings: Vec<&'a VenuePayment>,
}

impl Push {
    /// Nobody subscribed yet; the first pushes are due at once.
    pub fn new(intervals: PushIntervals, now: WallMs) -> Push {
        Push { subscriptions: Subscriptions::default(), intervals, due: [now; PushRate::ALL.len()] }
    }

    /// When the next push by the clock is due.
    pub fn due(&self) -> WallMs {
        self.due.into_iter().min().unwrap_or_default()
    }

    /// Says what is due by the clock. All topics of a pace share one clock.
    pub fn push_due(&mut self, venue: &HostedVenue, clients: &mut Clients, now: WallMs) {
        for (place, pace) in PushRate::ALL.into_iter().enumerate() {
            if self.due[place] <= now {
                self.due[place] = now.plus_ms(self.intervals.interval_ms(pace).max(1));
                self.push_states(pace, venue, clients, now);
            }
        }
    }

    fn push_states(
        &mut self,
        pace: PushRate,
        venue: &HostedVenue,
        clients: &mut Clients,
        now: WallMs,
    ) {
        let topics =
            self.subscriptions.topics().filter(|topic| PushRate::of_topic(topic) == Some(pace));
        let topics: Vec<Topic> = topics.cloned().collect();
        for topic in topics {
            let Some((channel, data)) = frames::state(venue, &topic) else { continue };
            if pace != PushRate::Change || self.subscriptions.is_news(&topic, frames::digest(&data))
            {
                self.say(&topic, channel, &data, clients, now);
            }
        }
    }

    fn say(&self, topic: &Topic, channel: &str, data: &Value, clients: &mut Clients, now: WallMs) {
        let text = frame(channel, data);
        for &client in self.subscriptions.subscribers(topic) {
            clients.say(client, text.clone(), now);
        }
    }

    fn has_subscribers(&self, topic: &Topic) -> bool {
        !self.subscriptions.subscribers(topic).is_empty()
    }

    /// Says the news of a block: orders, then fills, then the market (PROTOCOL 12.9).
    pub fn publish(
        &self,
        venue: &HostedVenue,
        clients: &mut Clients,
        news: &[Output],
        now: WallMs,
    ) {
        let mut personal: BTreeMap<Address, Personal<'_>> = BTreeMap::new();
        for output in news {
            match output {
                Output::Order(user, news) => personal.entry(*user).or_default().orders.push(news),
                Output::Fill(user, news) => personal.entry(*user).or_default().fills.push(news),
                Output::Funding(user, news) => {
                    personal.entry(*user).or_default().fundings.push(news);
                }
                Output::Trades(..) | Output::Bbo(..) | Output::Answer { .. } => {}
            }
        }
        let mut crier = Publisher { push: self, venue: venue, clients, now };
        for (user, news) in &personal {
            crier.orders(User(*user), &news.orders);
        }
        for (user, news) in &personal {
            crier.fills(User(*user), &news.fills);
            crier.fundings(User(*user), &news.fundings);
        }
        for output in news {
            match output {
                Output::Trades(asset, trades) => crier.trades(*asset, trades),
                Output::Bbo(asset, bbo) => crier.bbo(*asset, bbo),
                Output::Order(..)
                | Output::Fill(..)
                | Output::Funding(..)
                | Output::Answer { .. } => {}
            }
        }
    }
}

/// Says the news of one block to whoever subscribed.
struct Publisher<'a> {
    push: &'a Push,
    venue: &'a HostedVenue,
    clients: &'a mut Clients,
    now: WallMs,
}

impl Publisher<'_> {
    fn say(&mut self, topic: &Topic, channel: &str, data: &Value) {
        self.push.say(topic, channel, data, self.clients, self.now);
    }

    fn orders(&mut self, user: User, news: &[&OrderNews]) {
        let venue = self.venue;
        let updates = Topic::OrderUpdates { user };
        if !news.is_empty() && self.push.has_subscribers(&updates) {
            let list: Value = news.iter().map(|news| render::update(venue, news)).collect();
            self.say(&updates, "orderUpdates", &list);
        }
        let history = Topic::UserHistoricalOrders { user };
        if !news.is_empty() && self.push.has_subscribers(&history) {
            let views = news.iter().filter_map(|news| venue.exchange.order(user.0, news.order.oid));
            let list: Value = views.map(|view| render::history(venue, &view)).collect();
            let data = json!({"user": user, "orderHistory": list});
            self.say(&history, "userHistoricalOrders", &data);
        }
    }

    fn fills(&mut self, user: User, news: &[&VenueFill]) {
        if news.is_empty() {
            return;
        }
        let list: Value = news.iter().map(|fill| render::fill(self.venue, user.0, fill)).collect();
        self.say(&Topic::UserEvents { user }, "user", &json!({"fills": list}));
        for aggregate_by_time in [false, true].map(Flag) {
            let fills = Topic::UserFills { user, aggregate_by_time };
            self.say(&fills, "userFills", &json!({"user": user, "fills": list}));
        }
        let notes = Topic::Notification { user };
        if self.push.has_subscribers(&notes) {
            for fill in news {
                let data = json!({"notification": sentence(self.venue, fill)});
                self.say(&notes, "notification", &data);
            }
        }
    }

    fn fundings(&mut self, user: User, news: &[&VenuePayment]) {
        if news.is_empty() {
            return;
        }
        let list: Vec<_> = news.iter().map(|news| render::funding(self.venue, news)).collect();
        let data = json!({"user": user, "fundings": list});
        self.say(&Topic::UserFundings { user }, "userFundings", &data);
        for funding in list {
            self.say(&Topic::UserEvents { user }, "user", &json!({"funding": funding}));
        }
    }

    fn trades(&mut self, asset: AssetId, trades: &[VenueTrade]) {
        let (push, venue, coin) = (self.push, self.venue, self.venue.name_of(asset));
        let topic = Topic::Trades { coin: coin.to_owned() };
        if push.has_subscribers(&topic) && !trades.is_empty() {
            let list: Value = trades.iter().map(|trade| render::trade(coin, trade)).collect();
            self.say(&topic, "trades", &list);
        }
        for topic in push.subscriptions.topics() {
            if let Topic::Candle { coin: of, interval } = topic
                && of == coin
                && let Some(candle) = market::running_candle(venue, coin, *interval)
            {
                self.say(topic, "candle", &candle);
            }
        }
    }

    fn bbo(&mut self, asset: AssetId, bbo: &Bbo) {
        let coin = self.venue.name_of(asset);
        let topic = Topic::Bbo { coin: coin.to_owned() };
        if self.push.has_subscribers(&topic) {
            self.say(&topic, "bbo", &render::bbo(coin, bbo));
        }
    }
}

/// A fill for people.
fn sentence(venue: &HostedVenue, news: &VenueFill) -> String {
    let fill = &news.fill;
    let verb = match fill.side {
        Side::Bid => "Bought",
        Side::Ask => "Sold",
    };
    let (qty, coin, px) =
        (render::number(fill.qty.e8()), venue.name_of(news.asset), render::px(fill.px));
    format!("{verb} {qty} {coin} at average price of ${px}")
}
