//! Who subscribed to what.

use super::topic::Topic;
use crate::market::Address;
use std::collections::{BTreeMap, BTreeSet};

/// Subscriptions of all clients.
#[derive(Debug, Default)]
pub struct Subscriptions {
    by_topic: BTreeMap<Topic, Subscribers>,
    by_client: BTreeMap<usize, Vec<Topic>>,
}

/// Who hears of a topic.
#[derive(Debug, Default)]
pub struct Subscribers {
    clients: Vec<usize>,
    /// A digest of what was last said, where only changes are said.
    said: Option<u64>,
}

/// Why a subscription is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscribeError {
    /// The client has it already.
    Already,
    /// The client follows as many accounts as it may.
    Users,
    /// The client has as many subscriptions as it may.
    Topics,
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
        topics_max: usize,
        users_max: usize,
    ) -> Result<(), SubscribeError> {
        let topics = self.by_client.entry(client).or_default();
        if topics.contains(topic) {
            return Err(SubscribeError::Already);
        }
        if topics_max <= topics.len() {
            return Err(SubscribeError::Topics);
        }
        let mut users: BTreeSet<Address> = topics.iter().filter_map(Topic::user).collect();
        if let Some(user) = topic.user()
            && users.insert(user)
            && users_max < users.len()
        {
            return Err(SubscribeError::Users);
        }
        topics.push(topic.clone());
        self.by_topic.entry(topic.clone()).or_default().clients.push(client);
        Ok(())
    }

    /// Drops a subscription; gives whether there was one.
    pub fn remove(&mut self, client: usize, topic: &Topic) -> bool {
        let Some(topics) = self.by_client.get_mut(&client) else { return false };
        let before = topics.len();
        topics.retain(|have| have != topic);
        let had = topics.len() < before;
        if had {
            self.leave(client, topic);
        }
        had
    }

    /// Drops all subscriptions of a client.
    pub fn forget(&mut self, client: usize) {
        for topic in self.by_client.remove(&client).unwrap_or_default() {
            self.leave(client, &topic);
        }
    }

    fn leave(&mut self, client: usize, topic: &Topic) {
        if let Some(audience) = self.by_topic.get_mut(topic) {
            audience.clients.retain(|&have| have != client);
            if audience.clients.is_empty() {
                self.by_topic.remove(topic);
            }
        }
    }

    /// Who hears of a topic.
    pub fn subscribers(&self, topic: &Topic) -> &[usize] {
        self.by_topic.get(topic).map_or(&[], |audience| &audience.clients)
    }

    /// All topics somebody subscribed to.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.by_topic.keys()
    }

    /// Whether `digest` is not what was last said on a topic; remembers it.
    pub fn is_news(&mut self, topic: &Topic, digest: u64) -> bool {
        self.by_topic
            .get_mut(topic)
            .is_some_and(|audience| audience.said.replace(digest) != Some(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::super::topic::{Flag, User};
    use super::*;

    fn bbo(coin: &str) -> Topic {
        Topic::Bbo { coin: coin.to_owned() }
    }

    fn fills(user: u8) -> Topic {
        Topic::UserFills { user: User(Address([user; 20])), aggregate_by_time: Flag(false) }
    }

    #[test]
    fn clients_come_and_go() {
        let mut board = Subscriptions::default();
        assert_eq!(board.add(1, &bbo("BTC"), 9, 9), Ok(()));
        assert_eq!(board.add(2, &bbo("BTC"), 9, 9), Ok(()));
        assert_eq!(board.add(1, &bbo("BTC"), 9, 9), Err(SubscribeError::Already));
        assert_eq!(board.subscribers(&bbo("BTC")), [1, 2]);
        assert!(board.remove(1, &bbo("BTC")) && !board.remove(1, &bbo("BTC")));
        board.forget(2);
        assert_eq!((board.subscribers(&bbo("BTC")).len(), board.topics().count()), (0, 0));
        assert!(!board.remove(3, &bbo("BTC")), "a stranger has nothing");
    }

    #[test]
    fn bounds_hold_per_client() {
        let mut board = Subscriptions::default();
        for user in 0..2 {
            assert_eq!(board.add(1, &fills(user), 4, 2), Ok(()));
        }
        assert_eq!(board.add(1, &fills(2), 4, 2), Err(SubscribeError::Users));
        let same = Topic::OrderUpdates { user: User(Address([1; 20])) };
        assert_eq!(board.add(1, &same, 4, 2), Ok(()), "another channel of a user it follows");
        assert_eq!(board.add(1, &bbo("BTC"), 4, 2), Ok(()));
        assert_eq!(board.add(1, &bbo("HYPE"), 4, 2), Err(SubscribeError::Topics));
        assert_eq!(board.add(2, &fills(2), 4, 2), Ok(()));
    }

    #[test]
    fn only_changes_are_news() {
        let mut board = Subscriptions::default();
        assert!(!board.is_news(&bbo("BTC"), 1), "nobody listens");
        assert_eq!(board.add(1, &bbo("BTC"), 9, 9), Ok(()));
        let news = [1, 1, 2, 2, 1].map(|digest| board.is_news(&bbo("BTC"), digest));
        assert_eq!(news, [true, false, true, false, true]);
    }
}
