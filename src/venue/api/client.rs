//! What passes between the venue and its clients, whatever carries it.

use super::verify::Malformed;
use serde_json::Value;
use std::borrow::Cow;
use tungstenite::Utf8Bytes;

/// What an HTTP request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestPath {
    /// A question: `POST /info`.
    Info,
    /// A signed action: `POST /exchange`.
    Exchange,
}

/// What a client is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientOutput {
    /// A text message on its socket.
    Text(Utf8Bytes),
    /// The answer to the HTTP request that waits.
    Http(HttpAnswer),
    /// Its connection ends without a word. Nothing more is said to it.
    Close,
}

/// An HTTP answer without what only the connection knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The HTTP status of the answer.
    pub status: u16,
    /// What its `Content-Type` field says.
    pub content_type: &'static str,
    /// What follows the head.
    pub body: String,
}

/// What clients are told, in order, with their numbers.
pub type Outbox = Vec<(usize, ClientOutput)>;

/// The answer to a request, whatever carries it.
#[derive(Clone, Debug)]
pub enum VenueReply {
    /// What was asked for, with the name of the question.
    Info(&'static str, Value),
    /// What became of an action.
    Action(Value),
    /// Why neither was looked at: the HTTP status, and a text for people.
    Refused(u16, Cow<'static, str>),
}

impl VenueReply {
    /// The client's budget is spent (PROTOCOL appendix B).
    pub const TOO_MANY: VenueReply =
        VenueReply::Refused(429, Cow::Borrowed("429 Too Many Requests"));

    pub fn malformed(why: &Malformed) -> VenueReply {
        VenueReply::Refused(422, why.to_string().into())
    }

    pub fn http(self) -> HttpAnswer {
        match self {
            VenueReply::Info(_, body) | VenueReply::Action(body) => HttpAnswer::json(&body),
            VenueReply::Refused(status, why) => HttpAnswer::refusal(status, why),
        }
    }
}

impl HttpAnswer {
    /// What was asked for.
    pub fn json(body: &Value) -> HttpAnswer {
        HttpAnswer { status: 200, content_type: "application/json", body: body.to_string() }
    }

    /// Why it is not given, for people.
    pub fn refusal(status: u16, why: impl Into<String>) -> HttpAnswer {
        HttpAnswer { status, content_type: "text/plain; charset=utf-8", body: why.into() }
    }
}
