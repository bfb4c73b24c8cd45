//! The simulated exchange behind a port: REST and WebSocket, so that clients of the real venue
//! cannot tell (PROTOCOL 1, 7, 8, 9 and appendix A).
//!
//! One thread turns one loop: wait until a socket or the next block is due, run the blocks, say
//! their news, hear every client, answer. Nothing in it blocks but the wait.

mod exchange;
mod hosted_venue;
mod info;
mod net;
mod push;
pub mod rate_limiter;
mod venue;
pub mod verify;

pub use exchange::{ServerCounts, Stats};
pub use hosted_venue::FlowSource;
pub use net::{BODY_MAX, BindError, CLIENTS_MAX, HEAD_MAX, MESSAGE_MAX};
pub use push::PushIntervals;
pub use rate_limiter::RateLimits;
pub use venue::{VenueError, VenueOptions, venue};

use crate::host::Clock;
use crate::num::WallMs;
use crate::venue::{ExchangeConfig, Output};
use exchange::{PendingReplies, ReplyTo};
use hosted_venue::HostedVenue;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use net::{ClientInput, Clients};
use push::Push;
use push::ws_messages::{self, WsMessage, WsPost};
use rate_limiter::{RateLimitKind, RateLimiter};
use serde_json::Value;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// The listening socket; clients are numbered from the next on.
const LISTENER: Token = Token(0);
/// Readiness events taken at once; what is left over is taken in the next turn.
const EVENTS_MAX: usize = 256;
/// The longest wait: how late a stop is noticed.
const WAIT_MAX_MS: u64 = 50;
/// Blocks run in one turn; a machine that slept has more to catch up with.
const BLOCKS_MAX: usize = 256;
/// Messages heard from one client in one turn, so that one cannot starve the others.
const HEARD_MAX: usize = 32;
/// HTTP statuses that are answered here.
const OK: u16 = 200;
const UNPROCESSABLE: u16 = 422;
const TOO_MANY: u16 = 429;
/// What is said with 429, and with an error of a post (PROTOCOL appendix B).
const TOO_MANY_TEXT: &str = "429 Too Many Requests";

/// What a server is made of.
pub struct ServerConfig {
    /// The exchange behind it.
    pub exchange: ExchangeConfig,
    /// What other people do there.
    pub flow_source: FlowSource,
    /// What one address may ask.
    pub rate_limits: RateLimits,
    /// How often topics are pushed.
    pub push_intervals: PushIntervals,
    /// The clock that drives it.
    pub clock: Clock,
    /// Whether clients of other machines may connect; nothing here asks who they are.
    pub allow_remote: bool,
}

/// The simulated exchange behind a port.
pub struct Server {
    poll: Poll,
    listener: TcpListener,
    addr: SocketAddr,
    clock: Clock,
    now: WallMs,
    clients: Clients,
    venue: HostedVenue,
    push: Push,
    pending: PendingReplies,
    rate_limiter: RateLimiter,
    limits: RateLimits,
    stats: Arc<Stats>,
    news: Vec<Output>,
    /// Whether a block has run. Until then there is no market, and nobody is heard.
    begun: bool,
}

impl Server {
    /// Listens on `addr`; port 0 takes any free one.
    ///
    /// # Errors
    /// The port is in use, the address is not of this machine alone, or the system refuses.
    pub fn bind(addr: SocketAddr, config: ServerConfig) -> Result<Server, BindError> {
        let failed = |wrong| BindError::System(addr, wrong);
        let mut listener = net::listen(addr, config.allow_remote)?;
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
            venue: HostedVenue::new(config.exchange, config.flow_source),
            push: Push::new(config.push_intervals, now),
            pending: PendingReplies::default(),
            rate_limiter: RateLimiter::new(config.rate_limits),
            limits: config.rate_limits,
            stats: Arc::new(Stats::default()),
            news: Vec::new(),
            begun: false,
        })
    }

    /// Where it listens.
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

    /// Waits until something is due, and does it.
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
        self.run_blocks();
        if self.begun {
            self.read_all();
        }
        self.push.push_due(&self.venue, &mut self.clients, self.now);
        self.sweep();
        Ok(())
    }

    /// The time until something is due.
    fn wait(&self) -> Duration {
        if self.begun && self.clients.any_ready() {
            return Duration::ZERO;
        }
        let now = self.now.max(self.clock.wall());
        let due = self.venue.exchange.next_block().min(self.push.due());
        let wait_ms = u64::try_from(due.ms_since(now)).unwrap_or(0);
        Duration::from_millis(wait_ms.min(WAIT_MAX_MS))
    }

    /// Takes every connection that waits. One that fails concerns only its client.
    fn accept(&mut self) {
        loop {
            match self.listener.accept() {
                Ok((stream, from)) => {
                    let registry = self.poll.registry();
                    if matches!(
                        self.clients.accept(stream, from.ip(), registry, self.now),
                        Ok(true)
                    ) {
                        self.stats.count(|counts| counts.connections += 1);
                    }
                }
                Err(wrong) if wrong.kind() == io::ErrorKind::WouldBlock => return,
                Err(wrong) if wrong.kind() == io::ErrorKind::Interrupted => {}
                // The client went away again, or the process has no more sockets: later.
                Err(_) => return,
            }
        }
    }

    /// Runs the blocks that are due and says their news.
    fn run_blocks(&mut self) {
        for _ in 0..BLOCKS_MAX {
            if !self.venue.run_block(self.now, &mut self.news) {
                return;
            }
            self.begun = true;
            self.publish_news();
        }
    }

    /// Says the news: to subscribers first, then to whoever waits for an answer.
    fn publish_news(&mut self) {
        self.push.publish(&self.venue, &mut self.clients, &self.news, self.now);
        for output in std::mem::take(&mut self.news) {
            if let Output::Answer { ticket, answer } = output
                && let Some(caller) = self.pending.close(ticket)
            {
                let body = exchange::answer(&answer, &self.stats);
                self.deliver_reply(caller, &body);
            }
        }
    }

    /// Gives a client the answer to its action.
    fn deliver_reply(&mut self, caller: ReplyTo, body: &Value) {
        match caller {
            ReplyTo::Http(client) => {
                self.clients.answer(client, OK, true, body.to_string().as_bytes(), self.now);
            }
            ReplyTo::Socket(client, id) => {
                self.clients.say(client, ws_messages::posted(id, "action", body), self.now);
            }
        }
    }

    /// Hears every client that has something to say.
    fn read_all(&mut self) {
        let mut ready = Vec::new();
        self.clients.ready(&mut ready);
        for client in ready {
            for _ in 0..HEARD_MAX {
                let Some((heard, ip)) = self.clients.read(client, self.now) else { break };
                self.on_client_input(client, ip, heard);
            }
        }
        if !self.news.is_empty() {
            self.publish_news();
        }
    }

    fn on_client_input(&mut self, client: usize, ip: IpAddr, heard: ClientInput) {
        match heard {
            ClientInput::Info(body) => self.on_info(client, ip, &body),
            ClientInput::Exchange(body) => self.on_action(ReplyTo::Http(client), ip, &body),
            ClientInput::Opened => {
                if !self.rate_limiter.try_spend(ip, RateLimitKind::Sockets, 1, self.now) {
                    self.clients.close(client);
                }
            }
            ClientInput::Said(text) => self.on_ws_message(client, ip, &text),
        }
    }

    /// Answers a question over HTTP.
    fn on_info(&mut self, client: usize, ip: IpAddr, body: &[u8]) {
        let (status, text) = match self.ask(ip, body) {
            Ok((_, answer)) => (OK, answer.to_string()),
            Err((status, text)) => (status, text),
        };
        self.clients.answer(client, status, status == OK, text.as_bytes(), self.now);
    }

    /// Answers a question, with its kind; or says what is wrong with it, with an HTTP status.
    fn ask(&mut self, ip: IpAddr, body: &[u8]) -> Result<(String, Value), (u16, String)> {
        let asked = info::read(body).map_err(|text| (UNPROCESSABLE, text))?;
        if !self.rate_limiter.try_spend(ip, RateLimitKind::Weight, asked.weight, self.now) {
            return Err((TOO_MANY, TOO_MANY_TEXT.to_owned()));
        }
        let (answer, rows_weight) = asked.answer(&mut self.venue);
        self.rate_limiter.charge(ip, rows_weight, self.now);
        Ok((asked.kind, answer))
    }

    /// Takes a signed action; its answer comes with its block.
    fn on_action(&mut self, caller: ReplyTo, ip: IpAddr, body: &[u8]) {
        let signed = match exchange::read(body, &self.venue) {
            Ok(signed) => signed,
            Err(text) => return self.refuse(caller, UNPROCESSABLE, &text),
        };
        if !self.rate_limiter.try_spend(ip, RateLimitKind::Weight, signed.weight(), self.now) {
            return self.refuse(caller, TOO_MANY, TOO_MANY_TEXT);
        }
        let call = (caller, self.now);
        let (venue, news) = (&mut self.venue, &mut self.news);
        if let Some(refused) = signed.submit(venue, &mut self.pending, &self.stats, call, news) {
            self.deliver_reply(caller, &refused);
        }
    }

    /// Refuses a request before it reached the exchange.
    fn refuse(&mut self, caller: ReplyTo, status: u16, text: &str) {
        match caller {
            ReplyTo::Http(client) => {
                self.clients.answer(client, status, false, text.as_bytes(), self.now);
            }
            ReplyTo::Socket(client, id) => {
                self.clients.say(client, ws_messages::posted(id, "error", &text.into()), self.now);
            }
        }
    }

    /// Takes a message of a socket.
    fn on_ws_message(&mut self, client: usize, ip: IpAddr, text: &str) {
        if !self.rate_limiter.try_spend(ip, RateLimitKind::Messages, 1, self.now) {
            return self.clients.close(client);
        }
        let (venue, clients, now) = (&mut self.venue, &mut self.clients, self.now);
        match ws_messages::read(text) {
            Ok(WsMessage::Subscribe { subscription }) => {
                self.push.subscribe(venue, clients, (client, &self.limits), &subscription, now);
            }
            Ok(WsMessage::Unsubscribe { subscription }) => {
                self.push.unsubscribe(clients, client, &subscription, now);
            }
            Ok(WsMessage::Ping) => clients.say(client, ws_messages::pong(), now),
            Ok(WsMessage::Post { id, request }) => self.on_post(client, ip, id, request),
            Err(text) => clients.say(client, ws_messages::error(&text), now),
        }
    }

    /// Takes a request of a socket.
    fn on_post(&mut self, client: usize, ip: IpAddr, id: u64, request: WsPost) {
        if self.limits.posts <= self.pending.pending(client) {
            let text = format!("too many pending post requests id={id}");
            return self.clients.say(client, ws_messages::error(&text), self.now);
        }
        match request {
            WsPost::Info(question) => {
                let frame = match self.ask(ip, question.to_string().as_bytes()) {
                    Ok((kind, answer)) => {
                        let payload = serde_json::json!({"type": kind, "data": answer});
                        ws_messages::posted(id, "info", &payload)
                    }
                    Err((_, text)) => ws_messages::posted(id, "error", &text.into()),
                };
                self.clients.say(client, frame, self.now);
            }
            WsPost::Action(body) => {
                self.on_action(ReplyTo::Socket(client, id), ip, body.to_string().as_bytes());
            }
        }
    }

    /// Sends what can be sent, and drops connections that are over.
    fn sweep(&mut self) {
        let mut closed = Vec::new();
        self.clients.drain(self.now, &mut closed);
        for client in closed {
            self.push.subscriptions.forget(client);
        }
    }
}
