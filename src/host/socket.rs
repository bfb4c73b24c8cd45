//! A WebSocket that never blocks once it stands, and waiting for one on machines with too few cores.
//!
//! Connecting and the handshake block with a limit, on a thread that may wait; from then on every
//! call returns at once. The hot thread reads its socket in a loop; only when cores are scarce does
//! a thread wait, with a [`Poller`].

use crate::num::Nanos;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use std::io::{self, ErrorKind};
use std::net::{TcpStream as BlockingStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;
use tungstenite::client::client_with_config;
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::http::Uri;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, HandshakeError, Message, Utf8Bytes, WebSocket};

/// The largest message accepted; the largest recorded one (a snapshot of 2,000 fills) has 600 KiB.
pub const MESSAGE_MAX: usize = 1 << 20;
/// tungstenite clears the spare part of this on every read, so its default of 128 KiB costs 0.6 us
/// (PERFORMANCE 3).
const READ_BUFFER: usize = 16 << 10;
/// Bytes that may wait for a peer that does not read; beyond it the connection is given up.
const WRITE_BACKLOG_MAX: usize = 256 << 10;

/// A WebSocket connection of a client.
#[derive(Debug)]
pub struct Socket {
    web: WebSocket<TcpStream>,
}

/// What one look at the socket found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Read {
    /// No message has come.
    Idle,
    /// A message of so many bytes is in the caller's buffer.
    Frame(usize),
    /// A ping or pong: proof of life without content. Pings are answered by the next read or send.
    Alive,
    /// The connection is over; drop the socket.
    Closed(Closed),
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// The peer closed it in good order.
    #[error("the peer closed the connection")]
    Peer,
    /// The transport broke: reset, timeout, end of stream.
    #[error("the connection broke: {0}")]
    Broken(ErrorKind),
    /// The peer broke RFC 6455.
    #[error("the peer broke the WebSocket protocol")]
    Protocol,
    /// A message of more than [`MESSAGE_MAX`] bytes, or than the caller's buffer.
    #[error("a message of more than {MESSAGE_MAX} bytes")]
    TooLarge,
    /// The peer reads too slowly: what we want to send no longer fits.
    #[error("the peer reads too slowly: over {WRITE_BACKLOG_MAX} bytes wait")]
    Backlog,
}

/// What became of bytes to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Sent {
    /// The system has all of them.
    Whole,
    /// Some wait in our buffer; the next read or send goes on with them.
    Partly,
    /// The connection is over; whether they arrived is unknown.
    Closed(Closed),
}

/// Why a connection did not come about.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is not `ws://host[:port][/path]`.
    #[error("{0}: not an address of the form ws://host[:port][/path]")]
    Url(String),
    /// The host's name could not be resolved, or nothing there accepted the connection in time.
    #[error("{0}: cannot connect: {1}")]
    Unreachable(String, io::Error),
    /// It accepted, but the WebSocket handshake failed.
    #[error("{0}: connected, but the WebSocket handshake failed: {1}")]
    Handshake(String, String),
}

impl Socket {
    /// Connects to `url` (`ws://host[:port][/path]`). Blocks for at most about twice `limit`: once
    /// for the connection, once for each answer of the handshake.
    ///
    /// # Errors
    /// The address is no such URL, nothing accepts the connection, or it speaks no WebSocket.
    pub fn connect(url: &str, limit: Nanos) -> Result<Socket, ConnectError> {
        let limit = Duration::from_nanos(limit.ns());
        let stream = open(url, limit)?;
        let refused = |error: io::Error| ConnectError::Unreachable(url.to_owned(), error);
        // Both handles are one socket: through this one its mode is changed after the handshake.
        let handle = stream.try_clone().map_err(refused)?;
        let shaken = client_with_config(url, TcpStream::from_std(stream), Some(config()));
        let (web, _response) = shaken.map_err(|error| handshake_error(url, error))?;
        handle.set_read_timeout(None).map_err(refused)?;
        handle.set_write_timeout(None).map_err(refused)?;
        handle.set_nonblocking(true).map_err(refused)?;
        Ok(Socket { web })
    }

    /// Looks once for a message and copies it to the front of `into`. Never waits.
    ///
    /// One that does not fit ends the connection: a part of a message is worth nothing.
    pub fn read(&mut self, into: &mut [u8]) -> Read {
        let message = match self.web.read() {
            Ok(message) => message,
            Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return Read::Idle,
            Err(error) => return Read::Closed(closed(&error)),
        };
        match &message {
            Message::Text(text) => copy(text.as_bytes(), into),
            Message::Binary(bytes) => copy(bytes, into),
            Message::Ping(_) | Message::Pong(_) => Read::Alive,
            Message::Close(_) => self.answer_close(),
            Message::Frame(_) => Read::Closed(Closed::Protocol),
        }
        // The message is dropped here, before the next read: tungstenite then reuses its buffer.
    }

    /// Sends a text message. Never waits.
    pub fn send_text(&mut self, text: &str) -> Sent {
        let message = Message::Text(Utf8Bytes::from(text));
        let result = self.web.send(message);
        sent(result)
    }

    /// Says goodbye; the socket may be dropped right after.
    pub fn close(&mut self) {
        // The peer may be gone already, which is just as well.
        let _ = self.web.close(None);
        let _ = self.web.flush();
    }

    /// Sends the answer to a close frame, as the protocol wants.
    fn answer_close(&mut self) -> Read {
        let _ = self.web.flush();
        Read::Closed(Closed::Peer)
    }
}

/// Wakes a thread that waits in a [`Poller`]. One system call a wake, so it is for machines with too
/// few cores only.
#[derive(Clone, Debug)]
pub struct ThreadWaker(Arc<Waker>);

/// Waits for sockets and wakers, on machines where a thread must not spin.
///
/// Readiness is reported on a change only: read a socket until [`Read::Idle`] before waiting.
#[derive(Debug)]
pub struct Poller {
    poll: Poll,
    events: Events,
    waker: ThreadWaker,
}

impl Poller {
    /// The token of the waker; sockets have [`Poller::SOCKET`].
    const WAKER: Token = Token(0);
    /// The token of sockets: the caller looks at all of them anyway.
    const SOCKET: Token = Token(1);

    /// Nothing is watched yet.
    ///
    /// # Errors
    /// The system has no more handles.
    pub fn new() -> io::Result<Poller> {
        let poll = Poll::new()?;
        let waker = ThreadWaker(Arc::new(Waker::new(poll.registry(), Poller::WAKER)?));
        Ok(Poller { poll, events: Events::with_capacity(8), waker })
    }

    /// What wakes this poller from another thread.
    pub fn waker(&self) -> ThreadWaker {
        self.waker.clone()
    }

    /// Wakes for `socket` from here on; a dropped socket is forgotten by itself.
    ///
    /// # Errors
    /// The system refused.
    pub fn watch(&self, socket: &mut Socket) -> io::Result<()> {
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket.web.get_mut(), Poller::SOCKET, both)
    }

    /// Waits until something happens, at most `limit`.
    ///
    /// # Errors
    /// The system refused; a signal is no error.
    pub fn wait(&mut self, limit: Nanos) -> io::Result<()> {
        let limit = Duration::from_nanos(limit.ns());
        match self.poll.poll(&mut self.events, Some(limit)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            done => done,
        }
    }
}

impl ThreadWaker {
    /// Wakes the waiter, or keeps its next wait from waiting.
    pub fn ring(&self) {
        // The waiter may have been dropped with its thread; then nobody waits.
        let _ = self.0.wake();
    }
}

/// A blocking TCP connection with limits and without Nagle's delay.
fn open(url: &str, limit: Duration) -> Result<BlockingStream, ConnectError> {
    let bad = || ConnectError::Url(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| bad())?;
    if uri.scheme_str() != Some("ws") {
        return Err(bad());
    }
    let host = uri.host().ok_or_else(bad)?.trim_matches(['[', ']']);
    let unreachable = |error| ConnectError::Unreachable(url.to_owned(), error);
    let addresses = (host, uri.port_u16().unwrap_or(80)).to_socket_addrs().map_err(unreachable)?;
    let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match BlockingStream::connect_timeout(&address, limit)
            .and_then(|stream| tune(stream, limit))
        {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(unreachable(last))
}

/// Sets what must hold before the handshake.
fn tune(stream: BlockingStream, limit: Duration) -> io::Result<BlockingStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    Ok(stream)
}

/// The limits that tungstenite is given.
fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BACKLOG_MAX)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX))
}

/// Copies a payload to the caller.
fn copy(payload: &[u8], into: &mut [u8]) -> Read {
    match into.get_mut(..payload.len()) {
        Some(front) => {
            front.copy_from_slice(payload);
            Read::Frame(payload.len())
        }
        None => Read::Closed(Closed::TooLarge),
    }
}

/// What became of a send.
fn sent(result: Result<(), Error>) -> Sent {
    match result {
        Ok(()) => Sent::Whole,
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Sent::Partly,
        Err(error) => Sent::Closed(closed(&error)),
    }
}

/// Why the connection is over.
fn closed(error: &Error) -> Closed {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Closed::Peer,
        Error::Io(error) => Closed::Broken(error.kind()),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Closed::Broken(ErrorKind::ConnectionReset)
        }
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Closed::TooLarge,
        Error::WriteBufferFull(_) => Closed::Backlog,
        _ => Closed::Protocol,
    }
}

/// Why the handshake failed, in words.
fn handshake_error(
    url: &str,
    error: HandshakeError<impl tungstenite::handshake::HandshakeRole>,
) -> ConnectError {
    let why = match error {
        HandshakeError::Failure(error) => error.to_string(),
        HandshakeError::Interrupted(_) => "no answer in time".to_owned(),
    };
    ConnectError::Handshake(url.to_owned(), why)
}

#[cfg(test)]
mod tests;
