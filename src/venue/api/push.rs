//! What is pushed to clients, and when (PROTOCOL 8).

pub mod subscriptions;
pub mod topic;
pub mod ws_messages;

use super::client::{ClientOutput, Outbox};
use super::hosted_venue::HostedVenue;
use super::rate_limiter::RateLimits;
use crate::num::WallMs;
use crate::venue::Output;
use std::ptr;
use subscriptions::{SubscribeError, Subscribers, Subscriptions};
use topic::{News, Pace, Topic};
use ws_messages::frame;

/// How often topics are pushed by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushIntervals {
    /// Between pushes of a fast book, in milliseconds.
    pub fast_ms: u64,
    /// Between pushes of books, mids and pages.
    pub slow_ms: u64,
    /// Between pushes of a market's context.
    pub context_ms: u64,
    /// Between looks at the states of accounts, which are pushed when they changed.
    pub change_ms: u64,
}

impl PushIntervals {
    /// The venue's own (PROTOCOL 8.3 and appendix B).
    pub const VENUE: PushIntervals =
        PushIntervals { fast_ms: 540, slow_ms: 5_400, context_ms: 1_000, change_ms: 500 };
}

/// Subscriptions and the clock of pushes.
#[derive(Debug)]
pub struct Push {
    subscriptions: Subscriptions,
    /// The interval of each pace, and when it is due.
    clocks: [(Pace, u64, WallMs); 4],
}

impl Push {
    /// Nobody subscribed yet; the first pushes are due at once.
    pub fn new(intervals: PushIntervals, now: WallMs) -> Push {
        let PushIntervals { fast_ms, slow_ms, context_ms, change_ms } = intervals;
        let clocks = [
            (Pace::Fast, fast_ms, now),
            (Pace::Slow, slow_ms, now),
            (Pace::Second, context_ms, now),
            (Pace::Change, change_ms, now),
        ];
        Push { subscriptions: Subscriptions::default(), clocks }
    }

    /// When the next push by the clock is due.
    pub fn due(&self) -> WallMs {
        self.clocks.iter().map(|(.., due)| *due).min().expect("there are four")
    }

    /// Says what is due by the clock. All topics of a pace share one clock.
    pub fn push_due(&mut self, venue: &HostedVenue, out: &mut Outbox, now: WallMs) {
        for (pace, every_ms, due) in self.clocks.iter_mut().filter(|(.., due)| *due <= now) {
            *due = now.plus_ms((*every_ms).max(1));
            for (topic, subscribers) in self.subscriptions.by_topic_mut() {
                if topic.pace() == Some(*pace)
                    && let Some(data) = topic.state(venue).map(|data| data.to_string())
                    && (*pace != Pace::Change || subscribers.is_news(timeless(&data, venue)))
                {
                    say(topic, &data, subscribers.clients(), out);
                }
            }
        }
    }

    /// Says the news of a block in the order in which it happened. Rows of a topic come in one frame,
    /// at the place of the first.
    pub fn publish(&self, venue: &HostedVenue, outputs: &[Output], out: &mut Outbox) {
        let mut frames: Vec<(&Topic, &Subscribers, News)> = Vec::new();
        for output in outputs {
            for (topic, subscribers) in self.subscriptions.by_topic() {
                let Some(news) = topic.news(venue, output) else { continue };
                let mut begun = frames.iter_mut().filter(|(have, ..)| ptr::eq(*have, topic));
                match (news, begun.next()) {
                    (News::Rows(more), Some((_, _, News::Rows(rows)))) => rows.extend(more),
                    (news, _) => frames.push((topic, subscribers, news)),
                }
            }
        }
        for (topic, subscribers, news) in frames {
            say(topic, &topic.frame(news).to_string(), subscribers.clients(), out);
        }
    }

    /// Takes a subscription: acknowledges it and says how things stand.
    ///
    /// # Errors
    /// It is refused.
    pub fn subscribe(
        &mut self,
        venue: &mut HostedVenue,
        client: usize,
        limits: &RateLimits,
        topic: &Topic,
        out: &mut Outbox,
    ) -> Result<(), SubscribeError> {
        if !topic.is_sound(venue) {
            return Err(SubscribeError::Unsound);
        }
        self.subscriptions.add(client, topic, limits)?;
        if let Some(user) = topic.keys.user {
            venue.exchange.open_account(user.0);
        }
        let acknowledged = ws_messages::acknowledged("subscribe", topic);
        out.push((client, ClientOutput::Text(acknowledged)));
        if let Some(state) = topic.state(venue) {
            say(topic, &state.to_string(), &[client], out);
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

    /// Drops all subscriptions of a client.
    pub fn forget(&mut self, client: usize) {
        self.subscriptions.forget(client);
    }
}

fn say(topic: &Topic, data: &str, clients: &[usize], out: &mut Outbox) {
    let text = frame(topic.channel(), data);
    out.extend(clients.iter().map(|&client| (client, ClientOutput::Text(text.clone()))));
}

/// What a state says, whatever the time is.
fn timeless(data: &str, venue: &HostedVenue) -> String {
    data.replace(&format!("\"time\":{}", venue.exchange.now().ms()), "")
}
