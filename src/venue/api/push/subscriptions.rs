//! The subscriptions of all clients, by topic.

use super::super::rate_limiter::RateLimits;
use super::topic::Topic;
use crate::market::Address;
use std::collections::{BTreeMap, BTreeSet};

/// Clients by the topics that they follow.
#[derive(Debug, Default)]
pub struct Subscriptions(BTreeMap<Topic, Subscribers>);

/// Who hears of a topic.
#[derive(Debug, Default)]
pub struct Subscribers {
    clients: Vec<usize>,
    /// The last state pushed, on topics that are pushed only on a change.
    said: Option<String>,
}

/// Why a subscription is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// It names a market or dex that does not exist, which costs the whole connection, without a word
    /// (PROTOCOL 8.9).
    #[error("no such market")]
    Unsound,
    #[error("Already subscribed: {0}")]
    Already(String),
    /// The client follows as many accounts as it may.
    #[error("Cannot track more than {0} total users.")]
    Users(usize),
    /// The client has as many subscriptions as it may.
    #[error("Cannot subscribe to more than {0} topics.")]
    Topics(usize),
}

impl Subscribers {
    pub fn clients(&self) -> &[usize] {
        &self.clients
    }

    /// Whether `state` is not what was last said; remembers it.
    pub fn is_news(&mut self, state: String) -> bool {
        let is_news = self.said.as_ref() != Some(&state);
        self.said = Some(state);
        is_news
    }
}

impl Subscriptions {
    /// Takes a subscription, within a client's bounds.
    ///
    /// # Errors
    /// It is a repetition, or one too many.
    pub fn add(
        &mut self,
        client: usize,
        topic: &Topic,
        limits: &RateLimits,
    ) -> Result<(), SubscribeError> {
        let followed = self.0.iter().filter(|(_, who)| who.clients.contains(&client));
        let topics: Vec<_> = followed.map(|(topic, _)| topic).collect();
        if topics.contains(&topic) {
            return Err(SubscribeError::Already(topic.echo().to_string()));
        }
        if limits.topics <= topics.len() {
            return Err(SubscribeError::Topics(limits.topics));
        }
        let users = topics.into_iter().chain([topic]).filter_map(|topic| topic.keys.user);
        let users: BTreeSet<Address> = users.map(|user| user.0).collect();
        if topic.keys.user.is_some() && limits.users < users.len() {
            return Err(SubscribeError::Users(limits.users));
        }
        self.0.entry(topic.clone()).or_default().clients.push(client);
        Ok(())
    }

    /// Drops a subscription; gives whether there was one.
    pub fn remove(&mut self, client: usize, topic: &Topic) -> bool {
        let Some(subscribers) = self.0.get_mut(topic) else { return false };
        let before = subscribers.clients.len();
        subscribers.clients.retain(|&have| have != client);
        let left = subscribers.clients.len();
        if left == 0 {
            self.0.remove(topic);
        }
        left < before
    }

    /// Drops all subscriptions of a client.
    pub fn forget(&mut self, client: usize) {
        self.0.retain(|_, subscribers| {
            subscribers.clients.retain(|&have| have != client);
            !subscribers.clients.is_empty()
        });
    }

    /// All topics somebody subscribed to, in the order of their table.
    pub fn by_topic(&self) -> impl Iterator<Item = (&Topic, &Subscribers)> {
        self.0.iter()
    }

    /// All topics somebody subscribed to, to remember what was said.
    pub fn by_topic_mut(&mut self) -> impl Iterator<Item = (&Topic, &mut Subscribers)> {
        self.0.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn topic(sent: Value) -> Topic {
        Topic::try_from(sent).expect("a subscription")
    }

    fn bbo(coin: &str) -> Topic {
        topic(json!({"type": "bbo", "coin": coin}))
    }

    fn fills(user: u8) -> Topic {
        topic(json!({"type": "userFills", "user": format!("0x{user:040x}")}))
    }

    #[test]
    fn clients_come_and_go() {
        let mut subscriptions = Subscriptions::default();
        let limits = RateLimits::VENUE;
        assert_eq!(subscriptions.add(1, &bbo("BTC"), &limits), Ok(()));
        assert_eq!(subscriptions.add(2, &bbo("BTC"), &limits), Ok(()));
        let again = SubscribeError::Already(r#"{"type":"bbo","coin":"BTC"}"#.to_owned());
        assert_eq!(subscriptions.add(1, &bbo("BTC"), &limits), Err(again));
        assert_eq!(subscriptions.0[&bbo("BTC")].clients(), [1, 2]);
        assert!(subscriptions.remove(1, &bbo("BTC")) && !subscriptions.remove(1, &bbo("BTC")));
        subscriptions.forget(2);
        assert_eq!(subscriptions.by_topic().count(), 0);
        assert!(!subscriptions.remove(3, &bbo("BTC")), "a stranger has nothing");
    }

    #[test]
    fn bounds_hold_per_client() {
        let mut subscriptions = Subscriptions::default();
        let limits = RateLimits { topics: 4, users: 2, ..RateLimits::VENUE };
        for user in 0..2 {
            assert_eq!(subscriptions.add(1, &fills(user), &limits), Ok(()));
        }
        assert_eq!(subscriptions.add(1, &fills(2), &limits), Err(SubscribeError::Users(2)));
        let same = topic(json!({"type": "orderUpdates", "user": format!("0x{:040x}", 1)}));
        assert_eq!(subscriptions.add(1, &same, &limits), Ok(()), "a user it follows");
        assert_eq!(subscriptions.add(1, &bbo("BTC"), &limits), Ok(()));
        assert_eq!(subscriptions.add(1, &bbo("HYPE"), &limits), Err(SubscribeError::Topics(4)));
        assert_eq!(subscriptions.add(2, &fills(2), &limits), Ok(()));
    }

    #[test]
    fn only_changes_are_news() {
        let mut subscribers = Subscribers::default();
        let news = ["a", "a", "b", "b", "a"].map(|state| subscribers.is_news(state.to_owned()));
        assert_eq!(news, [true, false, true, false, true]);
    }
}
