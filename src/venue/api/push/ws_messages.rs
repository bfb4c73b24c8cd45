//! The WebSocket messages of a client (PROTOCOL 8.1 and 8.10).

use super::topic::Topic;
use crate::venue::api::client::VenueReply;
use serde::Deserialize;
use serde_json::{Value, json};
use tungstenite::Utf8Bytes;

#[derive(Debug, Deserialize)]
#[serde(tag = "method", rename_all = "lowercase")]
pub enum WsMessage {
    Subscribe {
        subscription: Topic,
    },
    Unsubscribe {
        subscription: Topic,
    },
    Ping,
    /// Asks or does what it could over HTTP too.
    Post {
        /// The client's number for it.
        id: u64,
        request: WsPost,
    },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", content = "payload", rename_all = "lowercase")]
pub enum WsPost {
    Info(Value),
    Action(Value),
}

/// A text that is no message, as the client is told.
#[derive(Debug, thiserror::Error)]
#[error("Error parsing JSON into valid websocket request: {0}")]
pub struct NotAMessage(String);

/// Reads a message.
///
/// # Errors
/// It is none.
pub fn read(text: &str) -> Result<WsMessage, NotAMessage> {
    serde_json::from_str(text).map_err(|_| NotAMessage(text.to_owned()))
}

pub fn frame(channel: &str, data: &str) -> Utf8Bytes {
    format!("{{\"channel\":\"{channel}\",\"data\":{data}}}").into()
}

/// A message on the `error` channel.
pub fn error(text: &str) -> Utf8Bytes {
    frame("error", &Value::from(text).to_string())
}

pub fn pong() -> Utf8Bytes {
    Utf8Bytes::from_static("{\"channel\":\"pong\"}")
}

/// The answer to a posted request.
pub fn posted(id: u64, reply: VenueReply) -> Utf8Bytes {
    let (kind, payload) = match reply {
        VenueReply::Info(name, answer) => ("info", json!({"type": name, "data": answer})),
        VenueReply::Action(answer) => ("action", answer),
        VenueReply::Refused(_, why) => ("error", why.into()),
    };
    let response = json!({"type": kind, "payload": payload});
    frame("post", &json!({"id": id, "response": response}).to_string())
}

/// What comes first after a subscription, or after its end.
pub fn acknowledged(method: &str, topic: &Topic) -> Utf8Bytes {
    let data = json!({"method": method, "subscription": topic.echo()});
    frame("subscriptionResponse", &data.to_string())
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
                assert!(told.to_string().ends_with(text), "{told}");
            }
        }
    }
}
