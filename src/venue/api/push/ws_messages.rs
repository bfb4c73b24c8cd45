//! What a client can say on a socket (PROTOCOL 8.1 and 8.10).

use super::super::hosted_venue::HostedVenue;
use super::super::net::Clients;
use super::super::rate_limiter::RateLimits;
use super::Push;
use super::frames::{self, frame};
use super::subscriptions::SubscribeError;
use super::topic::Topic;
use crate::num::WallMs;
use serde::Deserialize;
use serde_json::{Value, json};

/// A message of a client.
#[derive(Debug, Deserialize)]
#[serde(tag = "method", rename_all = "lowercase")]
pub enum WsMessage {
    /// Wants to hear of a topic.
    Subscribe {
        /// Which.
        subscription: Topic,
    },
    /// Wants to hear no more of it.
    Unsubscribe {
        /// Which.
        subscription: Topic,
    },
    /// Asks whether anybody is there.
    Ping,
    /// Asks or does what it could over HTTP too.
    Post {
        /// The client's number for it.
        id: u64,
        /// What.
        request: WsPost,
    },
}

/// A request in a message.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "lowercase")]
pub enum WsPost {
    /// A question.
    Info(Value),
    /// A signed action.
    Action(Value),
}

/// Reads a message.
///
/// # Errors
/// It is none; the text is what the client is told.
pub fn read(text: &str) -> Result<WsMessage, String> {
    serde_json::from_str(text)
        .map_err(|_| format!("Error parsing JSON into valid websocket request: {text}"))
}

/// An error frame.
pub fn error(text: &str) -> tungstenite::Utf8Bytes {
    frame("error", &text.into())
}

/// The answer to a ping.
pub fn pong() -> tungstenite::Utf8Bytes {
    tungstenite::Utf8Bytes::from_static("{\"channel\":\"pong\"}")
}

/// The answer to a posted request.
pub fn posted(id: u64, kind: &str, payload: &Value) -> tungstenite::Utf8Bytes {
    frame("post", &json!({"id": id, "response": {"type": kind, "payload": payload}}))
}

impl Push {
    /// Takes a subscription: acknowledges it and says how things stand. A market or dex that does
    /// not exist costs the whole connection, without a word (PROTOCOL 8.9).
    pub fn subscribe(
        &mut self,
        venue: &mut HostedVenue,
        clients: &mut Clients,
        (client, limits): (usize, &RateLimits),
        topic: &Topic,
        now: WallMs,
    ) {
        let known = topic.coin().is_none_or(|coin| venue.market(coin).is_some());
        if !known || venue.dex(topic.dex()).is_none() || !topic.is_sound() {
            return clients.close(client);
        }
        if let Err(declined) = self.subscriptions.add(client, topic, limits.topics, limits.users) {
            return clients.say(client, error(&subscribe_error_text(declined, topic, limits)), now);
        }
        if let Some(user) = topic.user() {
            venue.exchange.open_account(user);
        }
        clients.say(client, acknowledged("subscribe", topic), now);
        if let Some(first) = frames::first(venue, topic) {
            clients.say(client, first, now);
        }
    }

    /// Ends a subscription.
    pub fn unsubscribe(
        &mut self,
        clients: &mut Clients,
        client: usize,
        topic: &Topic,
        now: WallMs,
    ) {
        let text = if self.subscriptions.remove(client, topic) {
            acknowledged("unsubscribe", topic)
        } else {
            error(&format!("Already unsubscribed: {}", topic.echo()))
        };
        clients.say(client, text, now);
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

fn acknowledged(method: &str, topic: &Topic) -> tungstenite::Utf8Bytes {
    let echo = topic.echo();
    format!(
        "{{\"channel\":\"subscriptionResponse\",\"data\":{{\"method\":\"{method}\",\"subscription\":{echo}}}}}"
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_what_is_none() {
        let rows = [
            (
                "a subscription",
                r#"{"method":"subscribe","subscription":{"type":"bbo","coin":"BTC"}}"#,
                true,
            ),
            ("a ping", r#"{"method":"ping"}"#, true),
            (
                "a question",
                r#"{"method":"post","id":7,"request":{"type":"info","payload":{"type":"meta"}}}"#,
                true,
            ),
            (
                "an action",
                r#"{"id":7,"request":{"payload":{},"type":"action"},"method":"post"}"#,
                true,
            ),
            (
                "no id",
                r#"{"method":"post","request":{"type":"info","payload":{"type":"meta"}}}"#,
                false,
            ),
            ("an unknown method", r#"{"method":"sing"}"#, false),
            (
                "an unknown request",
                r#"{"method":"post","id":7,"request":{"type":"explorer","payload":{}}}"#,
                false,
            ),
            (
                "an unknown topic",
                r#"{"method":"subscribe","subscription":{"type":"weather"}}"#,
                false,
            ),
            ("several topics", r#"[{"method":"ping"}]"#, false),
            ("not JSON", "hello", false),
            ("nothing", "", false),
        ];
        for (what, text, good) in rows {
            let got = read(text);
            assert_eq!(got.is_ok(), good, "{what}: {got:?}");
            if let Err(told) = got {
                assert!(told.ends_with(text), "{told}");
            }
        }
    }
}
