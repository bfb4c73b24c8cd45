//! The venue behind a port: one thread pumps bytes between sockets and the service.
//!
//! It waits until a socket is readable or something is due, runs what is due, hears every client and
//! sends what the service says. Nothing in it blocks but the wait.

use super::exchange::ServerCounts;
use super::net::clients::Clients;
use super::net::conn::ClientInput;
use super::service::{ServiceConfig, VenueService, Verify};
use crate::host::Clock;
use crate::num::WallMs;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The listening socket; clients are numbered from the next on.
const LISTENER: Token = Token(0);
/// Readiness events taken at once; what is left over is taken in the next turn.
const EVENTS_MAX: usize = 256;
/// The longest wait: how late a stop is noticed.
const WAIT_MAX_MS: u64 = 50;
/// Messages heard from one client in one turn, so that one cannot starve the others.
const HEARD_MAX: usize = 32;

/// What a server is made of.
pub struct ServerConfig {
    /// The venue behind it.
    pub service: ServiceConfig,
    /// The clock that drives it.
    pub clock: Clock,
    /// Whether clients of other machines may connect; nothing here asks who they are.
    pub allow_remote: bool,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The address is not of this machine alone.
    #[error(
        "{0} can be reached from other machines, and this exchange trusts everybody: listen on \
         127.0.0.1, or allow remote clients explicitly"
    )]
    Remote(SocketAddr),
    /// Another program listens there.
    #[error("{0} is in use by another program: choose another port, or 0 for any")]
    InUse(SocketAddr),
    /// The system refused the address for another reason.
    #[error("cannot listen on {0}: {1}")]
    System(SocketAddr, io::Error),
}

/// What the server counted since it was bound. Readable from any thread.
#[derive(Debug, Default)]
pub struct Stats(Mutex<ServerCounts>);

impl Stats {
    /// What was counted up to the last turn.
    pub fn read(&self) -> ServerCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, counts: ServerCounts) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = counts;
    }
}

/// The venue behind a port.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    addr: SocketAddr,
    clock: Clock,
    now: WallMs,
    clients: Clients,
    service: VenueService,
    stats: Arc<Stats>,
}

impl Server {
    /// Listens on `addr`; port 0 takes any free one.
    ///
    /// # Errors
    /// The port is in use, the address is not of this machine alone, or the system refuses.
    pub fn bind(addr: SocketAddr, config: ServerConfig) -> Result<Server, BindError> {
        let failed = |wrong| BindError::System(addr, wrong);
        let mut listener = listen(addr, config.allow_remote)?;
        let poll = Poll::new().map_err(failed)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE).map_err(failed)?;
        let addr = listener.local_addr().map_err(failed)?;
        let now = config.clock.wall();
        Ok(Server {
            poll,
            listener,
            addr,
            clock: config.clock,
            now,
            clients: Clients::new(LISTENER.0 + 1),
            service: VenueService::new(config.service, now),
            stats: Arc::default(),
        })
    }

    /// The address it listens on, with the port the system chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it counts, for other threads to read.
    pub fn stats(&self) -> Arc<Stats> {
        Arc::clone(&self.stats)
    }

    /// Serves until `stop` says so.
    ///
    /// # Errors
    /// The system no longer lets the server wait for its sockets.
    pub fn run(&mut self, stop: impl Fn() -> bool) -> io::Result<()> {
        let mut events = Events::with_capacity(EVENTS_MAX);
        while !stop() {
            self.turn(&mut events)?;
        }
        Ok(())
    }

    /// Waits for a readable socket, a block or a push, and handles what is due.
    fn turn(&mut self, events: &mut Events) -> io::Result<()> {
        match self.poll.poll(events, Some(self.wait())) {
            Err(wrong) if wrong.kind() == io::ErrorKind::Interrupted => {}
            polled => polled?,
        }
        // The wall clock may be set back; the exchange's time never is.
        self.now = self.now.max(self.clock.wall());
        for event in events.iter() {
            match event.token() {
                LISTENER => self.accept(),
                Token(client) => self.clients.wake(client),
            }
        }
        self.service.advance(self.now);
        self.deliver();
        if self.service.is_open() {
            self.read_all();
        }
        // Before answers leave: whoever read one finds it counted.
        self.stats.publish(self.service.counts());
        for client in self.clients.drain(self.now) {
            self.service.closed(client);
        }
        Ok(())
    }

    /// The time until something is due.
    fn wait(&self) -> Duration {
        if self.service.is_open() && !self.clients.ready().is_empty() {
            return Duration::ZERO;
        }
        let now = self.now.max(self.clock.wall());
        let wait_ms = u64::try_from(self.service.next_due().ms_since(now)).unwrap_or(0);
        Duration::from_millis(wait_ms.min(WAIT_MAX_MS))
    }

    /// Takes every connection that waits. One that fails concerns only its client.
    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, from)) => {
                    let accepted = self.clients.accept(stream, self.poll.registry(), self.now);
                    if let Some(client) = accepted {
                        self.service.connect(client, from.ip(), Verify::All);
                    }
                }
                Err(wrong) if wrong.kind() == io::ErrorKind::Interrupted => {}
                // Nobody waits, the client went away again, or there are no more sockets: later.
                Err(_) => return,
            }
        }
    }

    /// Hears every client that has something to say.
    fn read_all(&mut self) {
        for client in self.clients.ready() {
            for _ in 0..HEARD_MAX {
                let Some(heard) = self.clients.read(client, self.now) else { break };
                match heard {
                    ClientInput::Request(endpoint, body) => {
                        self.service.on_http(client, endpoint, &body, self.now);
                    }
                    ClientInput::Opened => self.service.on_upgrade(client, self.now),
                    ClientInput::Said(message) => self.service.on_text(client, &message, self.now),
                }
                self.deliver();
            }
        }
    }

    /// Hands what the service says to the connections.
    fn deliver(&mut self) {
        for (client, output) in self.service.take_outputs() {
            self.clients.tell(client, output, self.now);
        }
    }
}

/// A socket that listens on this machine alone, unless others are allowed.
fn listen(addr: SocketAddr, allow_remote: bool) -> Result<TcpListener, BindError> {
    if !addr.ip().is_loopback() && !allow_remote {
        return Err(BindError::Remote(addr));
    }
    TcpListener::bind(addr).map_err(|wrong| match wrong.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse(addr),
        _ => BindError::System(addr, wrong),
    })
}
