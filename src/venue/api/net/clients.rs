//! The open connections by client number: accept, read, write, close.

use super::conn::{ClientInput, Conn};
use crate::num::WallMs;
use crate::venue::api::client::ClientOutput;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::collections::BTreeMap;

/// Connections at once; more are closed as soon as they are accepted.
pub const CLIENTS_MAX: usize = 512;

/// All connections, by number. Numbers are never used twice.
#[derive(Debug)]
pub struct Clients {
    all: BTreeMap<usize, Client>,
    next: usize,
}

#[derive(Debug)]
struct Client {
    conn: Conn,
    /// Nothing more is said to it or heard from it; it is closed at the end of the turn.
    closing: bool,
}

impl Clients {
    /// None yet; numbers start at `first`.
    pub fn new(first: usize) -> Clients {
        Clients { all: BTreeMap::new(), next: first }
    }

    /// Takes a connection and gives its number. Beyond [`CLIENTS_MAX`], and where the system does
    /// not watch the socket, it is closed at once.
    pub fn accept(&mut self, stream: TcpStream, registry: &Registry, now: WallMs) -> Option<usize> {
        if CLIENTS_MAX <= self.all.len() {
            return None;
        }
        // Answers are small and somebody waits for each of them.
        stream.set_nodelay(true).ok()?;
        let mut conn = Conn::new(stream, now);
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(conn.stream(), Token(self.next), interest).ok()?;
        let number = self.next;
        self.all.insert(number, Client { conn, closing: false });
        self.next += 1;
        Some(number)
    }

    pub fn wake(&mut self, token: usize) {
        if let Some(client) = self.all.get_mut(&token) {
            client.conn.wake();
        }
    }

    /// Clients that may have said something.
    pub fn ready(&self) -> Vec<usize> {
        let ready = |client: &Client| !client.closing && client.conn.is_ready();
        let ready = self.all.iter().filter(|(_, client)| ready(client));
        ready.map(|(&token, _)| token).collect()
    }

    /// The next thing a client said.
    pub fn read(&mut self, token: usize, now: WallMs) -> Option<ClientInput> {
        let client = self.all.get_mut(&token).filter(|client| !client.closing)?;
        let heard = client.conn.next(now);
        client.closing = heard.is_err();
        let heard = heard.ok()??;
        if matches!(heard, ClientInput::Opened) {
            let Client { conn, closing } = self.all.remove(&token)?;
            self.all.insert(token, Client { conn: conn.upgrade(), closing });
        }
        Some(heard)
    }

    /// Hands a client what the venue says; nothing when it has gone. One that is told to close is
    /// closed at the end of the turn, without a word.
    pub fn tell(&mut self, token: usize, output: ClientOutput, now: WallMs) {
        let Some(client) = self.all.get_mut(&token) else { return };
        match output {
            ClientOutput::Text(_) if client.closing => {}
            ClientOutput::Text(text) => client.closing = client.conn.say(text, now).is_err(),
            ClientOutput::Http(answer) => client.conn.answer(&answer, now),
            ClientOutput::Close => client.closing = true,
        }
    }

    /// Sends what every client takes, closes connections that are over, and names them.
    pub fn drain(&mut self, now: WallMs) -> Vec<usize> {
        let mut closed = Vec::new();
        self.all.retain(|&token, client| {
            let broken = client.conn.drain(now).is_err();
            let keep = !broken && !client.closing && !client.conn.is_overdue(now);
            if !keep {
                closed.push(token);
            }
            keep
        });
        closed
    }
}
