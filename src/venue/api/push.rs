//! What clients subscribe to, and what is pushed to them (PROTOCOL 8).

mod frames;
pub mod subscriptions;
pub mod topic;
pub mod ws_messages;

use super::client::{ClientOutput, Outbox};
use super::hosted_venue::HostedVenue;
use super::info::{market, render};
use super::rate_limiter::RateLimits;
use crate::market::{Address, AssetId, Bbo};
use crate::num::{Side, WallMs};
use crate::venue::{OrderNews, Output, VenueFill, VenuePayment, VenueTrade};
use frames::{PushRate, frame};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use subscriptions::{SubscribeError, Subscriptions};
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

/// A subscription names something that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsound;

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
    pub fn push_due(&mut self, venue: &HostedVenue, out: &mut Outbox, now: WallMs) {
        for (place, pace) in PushRate::ALL.into_iter().enumerate() {
            if self.due[place] <= now {
                self.due[place] = now.plus_ms(self.intervals.interval_ms(pace).max(1));
                self.push_states(pace, venue, out);
            }
        }
    }

    fn push_states(&mut self, pace: PushRate, venue: &HostedVenue, out: &mut Outbox) {
        let topics =
            self.subscriptions.topics().filter(|topic| PushRate::of_topic(topic) == Some(pace));
        let topics: Vec<Topic> = topics.cloned().collect();
        for topic in topics {
            let Some((channel, data)) = frames::state(venue, &topic) else { continue };
            if pace != PushRate::Change || self.subscriptions.is_news(&topic, frames::digest(&data))
            {
                self.say(&topic, channel, || data, out);
            }
        }
    }

    /// Says something to whoever subscribed to a topic; makes it only if somebody did.
    fn say(&self, topic: &Topic, channel: &str, data: impl FnOnce() -> Value, out: &mut Outbox) {
        let subscribers = self.subscriptions.subscribers(topic);
        if subscribers.is_empty() {
            return;
        }
        let text = frame(channel, &data());
        for &client in subscribers {
            out.push((client, ClientOutput::Text(text.clone())));
        }
    }

    /// Takes a subscription: acknowledges it and says how things stand.
    ///
    /// # Errors
    /// A market or dex that does not exist costs the whole connection, without a word (PROTOCOL 8.9).
    pub fn subscribe(
        &mut self,
        venue: &mut HostedVenue,
        client: usize,
        limits: &RateLimits,
        topic: &Topic,
        out: &mut Outbox,
    ) -> Result<(), Unsound> {
        let known = topic.coin().is_none_or(|coin| venue.market(coin).is_some());
        if !known || venue.dex(topic.dex()).is_none() || !topic.is_sound() {
            return Err(Unsound);
        }
        let mut say = |text| out.push((client, ClientOutput::Text(text)));
        if let Err(declined) = self.subscriptions.add(client, topic, limits.topics, limits.users) {
            say(ws_messages::error(&subscribe_error_text(declined, topic, limits)));
            return Ok(());
        }
        if let Some(user) = topic.user() {
            venue.exchange.open_account(user);
        }
        say(ws_messages::acknowledged("subscribe", topic));
        if let Some(first) = frames::first(venue, topic) {
            say(first);
        }
        Ok(())
    }

    /// Ends a subscription and acknowledges it.
    pub fn unsubscribe(&mut self, client: usize, topic: &Topic, out: &mut Outbox) {
        let text = if self.subscriptions.remove(client, topic) {
            ws_messages::acknowledged("unsubscribe", topic)
        } else {
            ws_messages::error(&format!("Already unsubscribed: {}", topic.echo()))
        };
        out.push((client, ClientOutput::Text(text)));
    }

    /// Says the news of a block: orders, then fills, then the market (PROTOCOL 12.9).
    pub fn publish(&self, venue: &HostedVenue, news: &[Output], out: &mut Outbox) {
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
        let mut crier = Publisher { push: self, venue, out };
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

/// Pushes the output of one block to the subscribers of each topic.
struct Publisher<'a> {
    push: &'a Push,
    venue: &'a HostedVenue,
    out: &'a mut Outbox,
}

impl Publisher<'_> {
    fn say(&mut self, topic: &Topic, channel: &str, data: impl FnOnce() -> Value) {
        self.push.say(topic, channel, data, self.out);
    }

    fn orders(&mut self, user: User, news: &[&OrderNews]) {
        if news.is_empty() {
            return;
        }
        let venue = self.venue;
        self.say(&Topic::OrderUpdates { user }, "orderUpdates", || {
            news.iter().map(|news| render::update(venue, news)).collect()
        });
        self.say(&Topic::UserHistoricalOrders { user }, "userHistoricalOrders", || {
            let views = news.iter().filter_map(|news| venue.exchange.order(user.0, news.order.oid));
            let list: Value = views.map(|view| render::history(venue, &view)).collect();
            json!({"user": user, "orderHistory": list})
        });
    }

    fn fills(&mut self, user: User, news: &[&VenueFill]) {
        if news.is_empty() {
            return;
        }
        let venue = self.venue;
        let list = || news.iter().map(|fill| render::fill(venue, user.0, fill)).collect::<Value>();
        self.say(&Topic::UserEvents { user }, "user", || json!({"fills": list()}));
        for aggregate_by_time in [false, true].map(Flag) {
            let fills = Topic::UserFills { user, aggregate_by_time };
            self.say(&fills, "userFills", || json!({"user": user, "fills": list()}));
        }
        for fill in news {
            self.say(
                &Topic::Notification { user },
                "notification",
                || json!({"notification": sentence(venue, fill)}),
            );
        }
    }

    fn fundings(&mut self, user: User, news: &[&VenuePayment]) {
        if news.is_empty() {
            return;
        }
        let venue = self.venue;
        self.say(&Topic::UserFundings { user }, "userFundings", || {
            let list: Value = news.iter().map(|news| render::funding(venue, news)).collect();
            json!({"user": user, "fundings": list})
        });
        for news in news {
            self.say(
                &Topic::UserEvents { user },
                "user",
                || json!({"funding": render::funding(venue, news)}),
            );
        }
    }

    fn trades(&mut self, asset: AssetId, trades: &[VenueTrade]) {
        let (push, venue, coin) = (self.push, self.venue, self.venue.name_of(asset));
        if !trades.is_empty() {
            self.say(&Topic::Trades { coin: coin.to_owned() }, "trades", || {
                trades.iter().map(|trade| render::trade(coin, trade)).collect()
            });
        }
        for topic in push.subscriptions.topics() {
            if let Topic::Candle { coin: of, interval } = topic
                && of == coin
                && let Some(candle) = market::running_candle(venue, coin, *interval)
            {
                self.say(topic, "candle", || candle);
            }
        }
    }

    fn bbo(&mut self, asset: AssetId, bbo: &Bbo) {
        let coin = self.venue.name_of(asset);
        self.say(&Topic::Bbo { coin: coin.to_owned() }, "bbo", || render::bbo(coin, bbo));
    }
}

fn subscribe_error_text(declined: SubscribeError, topic: &Topic, limits: &RateLimits) -> String {
    match declined {
        SubscribeError::Already => format!("Already subscribed: {}", topic.echo()),
        SubscribeError::Users => format!("Cannot track more than {} total users.", limits.users),
        SubscribeError::Topics => {
            format!("Cannot subscribe to more than {} topics.", limits.topics)
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
