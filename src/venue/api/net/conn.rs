//! One client's connection: HTTP requests one after the other, or a WebSocket once it asked for it.

use super::http::{self, BODY_MAX, HEAD_MAX, RequestHead, Route};
use super::write_buffer::WriteBuffer;
use crate::num::WallMs;
use crate::venue::api::client::{HttpAnswer, RestPath};
use mio::net::TcpStream;
use std::io::{self, Read};
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};
use tungstenite::{Bytes, Message, Utf8Bytes};

/// Longest message of a client on a socket; the same request, wrapped once more.
pub const MESSAGE_MAX: usize = BODY_MAX;
/// Bytes read from a socket at once.
const CHUNK: usize = 16 * 1024;
/// A request must be complete this long after its first byte: a slow client holds a place.
const REQUEST_MS: i64 = 10_000;
/// An HTTP connection without a request is closed after this; nginx, the venue's front, has 75 s.
const IDLE_MS: i64 = 75_000;
/// A socket on which the server said nothing is closed after this (PROTOCOL 8.9).
const SILENCE_MS: i64 = 60_000;
/// A client that takes none of what waits for it is closed after this.
const STUCK_MS: i64 = 10_000;
/// How long a refused client may take to read why.
const LINGER_MS: i64 = 2_000;

#[derive(Debug)]
pub enum ClientInput {
    /// The body of a request; the connection waits for [`Conn::answer`].
    Request(RestPath, Vec<u8>),
    /// It became a socket.
    Opened,
    /// A message on the socket; the venue speaks text only, what cannot be text is garbage to it.
    Said(Bytes),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnClosed;

/// One client's connection: HTTP at first, a WebSocket after the upgrade.
#[derive(Debug)]
pub struct Conn {
    wire: ConnProtocol,
    /// Whether the system may have bytes for us; cleared only by "would block".
    readable: bool,
    /// When the present wait began: for a request, for its end, or for the server to speak.
    since: WallMs,
    /// When the client last took bytes, or had none to take.
    moved: WallMs,
}

#[derive(Debug)]
enum ConnProtocol {
    Http(HttpConn),
    Socket(Box<WebSocket<WriteBuffer>>),
}

#[derive(Debug)]
struct HttpConn {
    pipe: WriteBuffer,
    inbox: Vec<u8>,
    phase: HttpPhase,
}

/// Where the exchange of requests and answers stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HttpPhase {
    /// Waiting for a request or the rest of one; whether `100 Continue` was sent for it.
    Reading { continued: bool },
    /// A request waits for its answer; whether the connection survives it.
    Answering { keep_alive: bool },
    /// No more requests: what waits is sent, then the socket is closed.
    Leaving,
}

impl Conn {
    pub fn new(stream: TcpStream, now: WallMs) -> Conn {
        let phase = HttpPhase::Reading { continued: false };
        let http = HttpConn { pipe: WriteBuffer::new(stream), inbox: Vec::new(), phase };
        Conn { wire: ConnProtocol::Http(http), readable: true, since: now, moved: now }
    }

    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.pipe().stream
    }

    /// The system says that there may be something to read.
    pub fn wake(&mut self) {
        self.readable = true;
    }

    /// The next thing the client said; `None` when there is nothing more at the moment. After
    /// [`ClientInput::Opened`] it must be upgraded.
    ///
    /// # Errors
    pub fn next(&mut self, now: WallMs) -> Result<Option<ClientInput>, ConnClosed> {
        match &mut self.wire {
            ConnProtocol::Http(http) => http.next(&mut self.readable, &mut self.since, now),
            ConnProtocol::Socket(socket) if self.readable => {
                read_message(socket, &mut self.readable)
            }
            ConnProtocol::Socket(_) => Ok(None),
        }
    }

    /// Whether there may be more to read without the system saying so again.
    pub fn is_ready(&self) -> bool {
        match &self.wire {
            ConnProtocol::Http(http) => http.phase.reads() && (self.readable || http.fresh()),
            ConnProtocol::Socket(_) => self.readable,
        }
    }

    /// Answers the request that waits.
    pub fn answer(&mut self, answer: &HttpAnswer, now: WallMs) {
        let ConnProtocol::Http(http) = &mut self.wire else { return };
        let HttpPhase::Answering { keep_alive } = http.phase else { return };
        http::put_answer(&mut http.pipe.out, answer, keep_alive);
        http.phase =
            if keep_alive { HttpPhase::Reading { continued: false } } else { HttpPhase::Leaving };
        self.since = now;
    }

    /// Says something on the socket.
    ///
    /// # Errors
    /// The client has left too much unread, or the connection is broken.
    pub fn say(&mut self, text: Utf8Bytes, now: WallMs) -> Result<(), ConnClosed> {
        let ConnProtocol::Socket(socket) = &mut self.wire else { return Err(ConnClosed) };
        self.since = now;
        socket.write(Message::Text(text)).map_err(|_| ConnClosed)
    }

    /// Sends what the client takes at once.
    ///
    /// # Errors
    /// The connection is broken, or its last answer is out and it is over.
    pub fn drain(&mut self, now: WallMs) -> Result<(), ConnClosed> {
        let leaving =
            matches!(&self.wire, ConnProtocol::Http(http) if http.phase == HttpPhase::Leaving);
        let pipe = self.pipe();
        if pipe.is_overfull() {
            return Err(ConnClosed);
        }
        let waited = !pipe.is_dry();
        let moved = pipe.drain().map_err(|_| ConnClosed)?;
        if waited && leaving && pipe.is_dry() {
            pipe.finish();
        }
        if moved {
            self.moved = now;
        }
        Ok(())
    }

    /// Whether a limit of time has passed.
    pub fn is_overdue(&self, now: WallMs) -> bool {
        let waited = now.ms_since(self.since);
        let limit = match &self.wire {
            ConnProtocol::Socket(_) => SILENCE_MS,
            ConnProtocol::Http(http) => match http.phase {
                HttpPhase::Reading { .. } if http.inbox.is_empty() => IDLE_MS,
                HttpPhase::Reading { .. } => REQUEST_MS,
                HttpPhase::Answering { .. } => IDLE_MS,
                HttpPhase::Leaving => LINGER_MS,
            },
        };
        limit <= waited || STUCK_MS <= now.ms_since(self.moved) && !self.is_dry()
    }

    fn is_dry(&self) -> bool {
        match &self.wire {
            ConnProtocol::Http(http) => http.pipe.is_dry(),
            ConnProtocol::Socket(socket) => socket.get_ref().is_dry(),
        }
    }

    fn pipe(&mut self) -> &mut WriteBuffer {
        match &mut self.wire {
            ConnProtocol::Http(http) => &mut http.pipe,
            ConnProtocol::Socket(socket) => socket.get_mut(),
        }
    }

    /// From requests to frames; what the client sent beyond its request is the first frame.
    pub fn upgrade(self) -> Conn {
        let ConnProtocol::Http(http) = self.wire else { return self };
        let config = WebSocketConfig::default()
            .read_buffer_size(CHUNK)
            .write_buffer_size(0)
            .max_message_size(Some(MESSAGE_MAX))
            .max_frame_size(Some(MESSAGE_MAX));
        let role = Role::Server;
        let socket = WebSocket::from_partially_read(http.pipe, http.inbox, role, Some(config));
        // The inbox may hold frames of which the system knows nothing.
        Conn { wire: ConnProtocol::Socket(Box::new(socket)), readable: true, ..self }
    }
}

impl HttpPhase {
    fn reads(self) -> bool {
        !matches!(self, HttpPhase::Answering { .. })
    }
}

impl HttpConn {
    /// Whether bytes wait that may hold a whole request: a client sent several at once.
    fn fresh(&self) -> bool {
        matches!(http::read_head(&self.inbox), Ok(Some(head)) if head.whole(&self.inbox))
    }

    fn next(
        &mut self,
        readable: &mut bool,
        since: &mut WallMs,
        now: WallMs,
    ) -> Result<Option<ClientInput>, ConnClosed> {
        loop {
            match self.phase {
                HttpPhase::Answering { .. } => return Ok(None),
                HttpPhase::Leaving => self.inbox.clear(),
                HttpPhase::Reading { .. } => {
                    if let Some(heard) = self.take(since, now) {
                        return Ok(Some(heard));
                    }
                }
            }
            if !*readable || !self.phase.reads() {
                return Ok(None);
            }
            self.read(readable, since, now)?;
        }
    }

    fn read(
        &mut self,
        readable: &mut bool,
        since: &mut WallMs,
        now: WallMs,
    ) -> Result<(), ConnClosed> {
        let mut chunk = [0; CHUNK];
        match self.pipe.read(&mut chunk) {
            Ok(0) if self.pipe.is_dry() => Err(ConnClosed),
            Ok(0) => {
                self.phase = HttpPhase::Leaving;
                *readable = false;
                Ok(())
            }
            Ok(len) => {
                if self.inbox.is_empty() {
                    *since = now;
                }
                self.inbox.extend_from_slice(&chunk[..len]);
                Ok(())
            }
            Err(wrong) if wrong.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(wrong) if wrong.kind() == io::ErrorKind::WouldBlock => {
                *readable = false;
                Ok(())
            }
            Err(_) => Err(ConnClosed),
        }
    }

    /// Takes a whole request out of the inbox.
    fn take(&mut self, since: &mut WallMs, now: WallMs) -> Option<ClientInput> {
        debug_assert!(self.inbox.len() <= HEAD_MAX + BODY_MAX + CHUNK, "reads stop at a request");
        let head = match http::read_head(&self.inbox) {
            Ok(Some(head)) => head,
            Ok(None) => return None,
            Err(refusal) => {
                self.refuse(&refusal);
                return None;
            }
        };
        if !head.whole(&self.inbox) {
            self.invite(&head);
            return None;
        }
        *since = now;
        let rest = self.inbox.split_off(head.head_len + head.body_len);
        let body = std::mem::replace(&mut self.inbox, rest).split_off(head.head_len);
        self.phase = HttpPhase::Answering { keep_alive: head.keep_alive };
        Some(match head.route {
            Route::Request(endpoint) => ClientInput::Request(endpoint, body),
            Route::Socket(key) => {
                http::put_switch(&mut self.pipe.out, &key);
                ClientInput::Opened
            }
        })
    }

    /// Lets a client that asked first send its body.
    fn invite(&mut self, head: &RequestHead) {
        if head.expects_continue && self.phase == (HttpPhase::Reading { continued: false }) {
            self.pipe.out.extend_from_slice(http::CONTINUE);
            self.phase = HttpPhase::Reading { continued: true };
        }
    }

    fn refuse(&mut self, refusal: &HttpAnswer) {
        http::put_answer(&mut self.pipe.out, refusal, false);
        self.phase = HttpPhase::Leaving;
    }
}

/// The next message of a socket.
fn read_message(
    socket: &mut WebSocket<WriteBuffer>,
    readable: &mut bool,
) -> Result<Option<ClientInput>, ConnClosed> {
    loop {
        match socket.read() {
            Ok(Message::Text(text)) => return Ok(Some(ClientInput::Said(text.into()))),
            Ok(Message::Binary(bytes)) => return Ok(Some(ClientInput::Said(bytes))),
            // The library answers pings and closes by itself.
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => {}
            Err(tungstenite::Error::Io(wrong)) if wrong.kind() == io::ErrorKind::WouldBlock => {
                *readable = false;
                return Ok(None);
            }
            Err(_) => return Err(ConnClosed),
        }
    }
}

#[cfg(test)]
mod tests;
