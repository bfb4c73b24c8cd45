//! HTTP/1.1 as far as a venue needs it: request heads, bodies of a known length, short answers.

use crate::venue::api::client::{HttpAnswer, RestPath};
use std::io::Write;
use tungstenite::http::StatusCode;

/// Longest request head; browsers and SDKs stay below 2 kB.
pub const HEAD_MAX: usize = 16 * 1024;
/// Longest request body: 200 orders of about 250 bytes are 50 kB.
pub const BODY_MAX: usize = 256 * 1024;
/// Header fields one request may have.
const FIELDS_MAX: usize = 64;
/// The only version of the WebSocket protocol (RFC 6455, 4.1).
const SOCKET_VERSION: &[u8] = b"13";
/// Bytes of a `Sec-WebSocket-Key`: 16 random bytes in base64 (RFC 6455, 4.1).
const SOCKET_KEY_LEN: usize = 24;

/// The permission to send a body.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A question or an action, in the body.
    Request(RestPath),
    /// `GET /ws`, with the key of the handshake.
    Socket(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    pub route: Route,
    pub head_len: usize,
    pub body_len: usize,
    /// Whether the connection stays open after the answer.
    pub keep_alive: bool,
    /// Whether the client waits for a `100 Continue` before it sends the body.
    pub expects_continue: bool,
}

impl RequestHead {
    /// Whether `bytes` hold the whole request.
    pub fn whole(&self, bytes: &[u8]) -> bool {
        self.head_len + self.body_len <= bytes.len()
    }
}

/// Reads the head at the start of `bytes`; `None` when it is not complete yet.
///
/// # Errors
/// The bytes cannot be a request this server reads: the answer is sent and the connection closed.
pub fn read_head(bytes: &[u8]) -> Result<Option<RequestHead>, HttpAnswer> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut request = httparse::Request::new(&mut fields);
    let head_len = match request.parse(bytes) {
        Ok(httparse::Status::Complete(len)) if len <= HEAD_MAX => len,
        Ok(httparse::Status::Partial) if bytes.len() < HEAD_MAX => return Ok(None),
        Ok(_) => {
            let text = format!("the request head is longer than the {HEAD_MAX} bytes allowed");
            return Err(HttpAnswer::refusal(431, text));
        }
        Err(httparse::Error::TooManyHeaders) => {
            let text = format!("the request has more than the {FIELDS_MAX} header fields allowed");
            return Err(HttpAnswer::refusal(431, text));
        }
        Err(wrong) => {
            return Err(HttpAnswer::refusal(
                400,
                format!("the request head is not HTTP/1: {wrong}"),
            ));
        }
    };
    let body_len = body_len(&request)?;
    let keep_alive = keeps_alive(&request);
    let expects_continue = has_token(&request, "expect", "100-continue");
    Ok(Some(RequestHead {
        route: route(&request)?,
        head_len,
        body_len,
        keep_alive,
        expects_continue,
    }))
}

fn body_len(request: &httparse::Request<'_, '_>) -> Result<usize, HttpAnswer> {
    if fields(request, "transfer-encoding").next().is_some() {
        return Err(HttpAnswer::refusal(
            411,
            "a body needs a Content-Length; Transfer-Encoding is not read",
        ));
    }
    let mut lengths = fields(request, "content-length");
    let Some(text) = lengths.next() else { return Ok(0) };
    if lengths.any(|other| other != text) {
        return Err(HttpAnswer::refusal(400, "two different Content-Length fields"));
    }
    let len = crate::num::text::read_whole(text).map_err(|_| {
        let text = String::from_utf8_lossy(text);
        HttpAnswer::refusal(400, format!("Content-Length {text:?} is not a whole number"))
    })?;
    match usize::try_from(len) {
        Ok(len) if len <= BODY_MAX => Ok(len),
        _ => {
            let text = format!("a body of {len} bytes is longer than the {BODY_MAX} allowed");
            Err(HttpAnswer::refusal(413, text))
        }
    }
}

/// HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 closes it unless told otherwise.
fn keeps_alive(request: &httparse::Request<'_, '_>) -> bool {
    match request.version {
        Some(1) => !has_token(request, "connection", "close"),
        _ => has_token(request, "connection", "keep-alive"),
    }
}

/// What the request is for; anything else is refused.
fn route(request: &httparse::Request<'_, '_>) -> Result<Route, HttpAnswer> {
    let (method, target) = (request.method.unwrap_or(""), request.path.unwrap_or(""));
    let path = target.split('?').next().unwrap_or("");
    let takes = |what| Err(HttpAnswer::refusal(405, format!("{path} takes {what}, not {method}")));
    match (path, method) {
        ("/info", "POST") => Ok(Route::Request(RestPath::Info)),
        ("/exchange", "POST") => Ok(Route::Request(RestPath::Exchange)),
        ("/ws", "GET") => socket_key(request).map(Route::Socket),
        ("/info" | "/exchange", _) => takes("POST"),
        ("/ws", _) => takes("GET"),
        _ => Err(HttpAnswer::refusal(404, "only /info, /exchange and /ws are served here")),
    }
}

/// The key of a WebSocket handshake (RFC 6455, 4.2.1). Offered extensions are ignored, as the venue
/// does.
fn socket_key(request: &httparse::Request<'_, '_>) -> Result<String, HttpAnswer> {
    let upgrades =
        has_token(request, "connection", "upgrade") && has_token(request, "upgrade", "websocket");
    if !upgrades {
        return Err(HttpAnswer::refusal(426, "/ws takes a WebSocket upgrade only"));
    }
    if request.version != Some(1) {
        return Err(HttpAnswer::refusal(400, "a WebSocket upgrade needs HTTP/1.1"));
    }
    if fields(request, "sec-websocket-version").next() != Some(SOCKET_VERSION) {
        return Err(HttpAnswer::refusal(426, "Sec-WebSocket-Version must be 13"));
    }
    let key =
        fields(request, "sec-websocket-key").next().and_then(|key| std::str::from_utf8(key).ok());
    match key {
        Some(key) if key.len() == SOCKET_KEY_LEN => Ok(key.to_owned()),
        _ => Err(HttpAnswer::refusal(400, "Sec-WebSocket-Key must be 16 bytes in base64")),
    }
}

/// All values of a header field.
fn fields<'a>(
    request: &'a httparse::Request<'_, '_>,
    name: &'a str,
) -> impl Iterator<Item = &'a [u8]> {
    let named = request.headers.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
    named.map(|field| field.value.trim_ascii())
}

/// Whether a comma-separated header field holds `token`.
fn has_token(request: &httparse::Request<'_, '_>, name: &str, token: &str) -> bool {
    let mut tokens = fields(request, name).flat_map(|value| value.split(|&byte| byte == b','));
    tokens.any(|have| have.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

/// Appends a whole HTTP answer: head and body.
pub fn put_answer(out: &mut Vec<u8>, answer: &HttpAnswer, keep_alive: bool) {
    let HttpAnswer { status, content_type, body } = answer;
    let connection = if keep_alive { "keep-alive" } else { "close" };
    let reason = reason(*status);
    let length = body.len();
    write!(
        out,
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: {connection}\r\n\r\n{body}"
    )
    .expect("a vector takes every byte");
}

/// Appends the answer to a WebSocket handshake.
pub fn put_switch(out: &mut Vec<u8>, key: &str) {
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    write!(
        out,
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .expect("a vector takes every byte");
}

/// The words that go with a status (RFC 9110, 15).
fn reason(status: u16) -> &'static str {
    let known = StatusCode::from_u16(status).ok();
    known.and_then(|known| known.canonical_reason()).unwrap_or("Service Unavailable")
}

#[cfg(test)]
mod tests;
