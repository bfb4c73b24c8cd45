//! What passes between the venue and its clients, whatever carries it.

use serde_json::Value;
use tungstenite::Utf8Bytes;

/// What an HTTP request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
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
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` field.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

/// What clients are told, in order, with their numbers.
pub type Outbox = Vec<(usize, ClientOutput)>;

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
