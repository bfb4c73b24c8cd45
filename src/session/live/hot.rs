//! The hot thread's port: sockets and rings in, signed requests out, everything recorded.

use super::message::{ColdReply, ColdRequest, Inbound, InboundKind, Outbound};

use super::t2q_monitor::T2qMonitor;
use crate::engine::Engine;
use crate::engine::monitor::DeadMan;
use crate::host::ring::{Consumer, PoolIn, PoolOut, Producer};
use crate::host::socket::{Poller, Read, Socket, ThreadWaker};
use crate::host::{Clock, Signals};
use crate::journal::hot_writer::{Buffer, HotWriter};
use crate::journal::record::{Entry, RequestHeader};
use crate::market::event::Command;
use crate::market::{Action, CoinIx, Event, Health, Link, Requests, Stream, Table};
use crate::num::{Mono, Nanos, Stamp};
use crate::session::exit::{ExitReason, Fault};
use crate::session::facts::Noted;
use crate::session::links::{
    BookWatch, BookWish, LinkInput, LinkMachine, LinkWish, ListReader, PING, TableOrder,
};
use crate::session::live::cache_warmer::{self, CacheWarmer};
use crate::session::order_route;
use crate::session::port::{Next, Port, bodied, stepped};
use crate::wire::decode::Decoder;
use crate::wire::nonce::NonceConsumer;
use crate::wire::{Encoder, RequestNonce, Signer};

/// On a machine with too few cores, the longest wait for a socket or a bell.
const WAIT: Nanos = Nanos::from_millis(5);
/// What is said where the venue does not grant its dead-man switch.
const ALONE: &str =
    "the venue grants this account no scheduled cancel: if power or network fail, what rests stays";
/// Beyond its expiry by our clock, an order may land so much later by the venue's.
const LANDING: Nanos = Nanos::from_millis(500);
/// An order without an expiry is waited for so long (MODEL 5.2).
const BARE_MS: u64 = 15_000;
/// One signature in so many, the first among them, is checked by the cold thread.
const CHECK_EVERY: u64 = 64;

/// How a thread passes the time when nothing is there.
#[derive(Debug)]
pub enum IdleStrategy {
    /// It looks again at once: the thread has a core of its own.
    Spin,
    /// It waits for its sockets and bells, and rings the sender's and the cold thread's.
    Wait {
        /// What it waits with for sockets and bells.
        waiter: Poller,
        /// What wakes the sender thread.
        sender: ThreadWaker,
    },
}

/// The rings to and from the other threads.
pub struct Rings<'p> {
    /// Signed requests to the sender.
    pub requests: PoolIn<Outbound>,
    /// What the sender hears.
    pub answers: PoolOut<Inbound>,
    /// Wishes to the cold thread.
    pub cold_requests: Producer<ColdRequest>,
    /// What the cold thread brings.
    pub cold_replies: Consumer<ColdReply>,
    /// Journal records to the cold thread.
    pub slots: PoolIn<Buffer>,
    /// Prepared nonces, each used once.
    pub nonces: NonceConsumer<'p>,
}

/// The hot thread's port.
pub struct HotThread<'p> {
    /// The clock of all threads.
    pub clock: Clock,
    /// The rings to the other threads.
    pub rings: Rings<'p>,
    /// How to pass the time.
    pub idle: IdleStrategy,
    /// Keeps a thread that spins warm.
    pub cache_warmer: Option<CacheWarmer<'p>>,
    /// What the person at the terminal wants.
    pub signals: Signals,
    /// When the session is over.
    pub deadline: Option<Mono>,
    /// Reads messages of the venue.
    pub decoder: Decoder,
    /// Writes requests as actions.
    pub encoder: Encoder,
    /// Signs what the encoder wrote.
    pub signer: Signer,
    /// Gives requests their nonces.
    pub nonce: RequestNonce,
    /// The coin it trades.
    pub coin: CoinIx,
    /// What subscribes to its book anew.
    pub resubscription: [String; 2],
    /// What is under way.
    pub state: HotState,
}

/// What the port keeps for itself.
#[derive(Default)]
pub struct HotState {
    market: Option<Box<Socket>>,
    buffer: Box<[u8]>,
    table: Option<Box<Table>>,
    journal: HotWriter,
    /// How urgently the engine was asked to stop.
    stop_urgency: u32,
    link: LinkMachine,
    book: BookWatch,
    lists: ListReader,
    tables: TableOrder,
    dead_man_told: bool,
    /// Whether the journal has failed.
    unrecorded: bool,
    /// When the caches have grown cold.
    warm_at: Mono,
    /// When the message being worked on was in our memory, in the counter's steps.
    read_raw: u64,
    took: Nanos,
    t2q: T2qMonitor,
    noted: Noted,
    /// Messages the decoder refused.
    pub garbled: u64,
    /// From then on nothing that was sent can come to rest any more.
    pub settled_at: Mono,
    /// When a stop that was asked for has taken too long.
    give_up: Option<Mono>,
    /// How the session ended, once it has.
    pub ended: Option<ExitReason>,
}

impl HotState {
    /// Nothing is under way; `link` is the market's. `message_max` bytes a message may have.
    #[must_use]
    pub fn new(message_max: usize, link: LinkMachine) -> HotState {
        HotState { buffer: vec![0; message_max].into_boxed_slice(), link, ..HotState::default() }
    }

    /// Notes that the engine is done, or since when it is trying to be.
    fn look_for_the_end(&mut self, now: Mono, engine: &Engine) {
        if engine.is_done() {
            self.ended = Some(match (engine.is_halted(), self.unrecorded) {
                (true, _) => ExitReason::Halted,
                (false, true) => ExitReason::Failed(Fault::Unrecorded),
                (false, false) => ExitReason::Stopped,
            });
        } else if engine.is_stopping() {
            // What is left then is cancelled by another way.
            let at = now + engine.stop_limit();
            self.give_up = Some(self.give_up.map_or(at, |earlier| earlier.min(at)));
        }
    }
}

impl Port<Engine> for HotThread<'_> {
    type Error = Fault;

    fn next(&mut self, wake: Mono) -> Result<Next<'_>, Fault> {
        if self.is_over() {
            return Ok(Next::End);
        }
        if let Some(command) = self.command() {
            return self.event(Entry::Command(command), Event::Command(command));
        }
        if let Some(slow) = self.state.t2q.changed() {
            return self.event(Entry::Slow(slow), Event::Health(Health::Slow(slow)));
        }
        if let Some(inbound) = self.rings.answers.receive() {
            return self.on_inbound(inbound);
        }
        if let Some(news) = self.rings.cold_replies.pop() {
            return self.on_cold_reply(news);
        }
        match self.read() {
            Read::Idle => {}
            Read::Frame(len) => return self.on_market_frame(len),
            Read::Alive => {
                return self.event(Entry::Alive(Stream::Market), Event::Alive(Stream::Market));
            }
            Read::Closed(_) => return self.on_market_lost(),
        }
        let now = self.clock.mono();
        if wake <= now {
            return self.event(Entry::Wake, Event::Wake);
        }
        if self.is_market_dead(now) {
            return self.on_market_lost();
        }
        self.idle(now, wake);
        Ok(Next::Idle)
    }

    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), Fault> {
        self.state.took = Nanos::ZERO;
        for request in requests {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            let sealed = RequestHeader {
                id: request.id,
                nonce: unsigned.nonce(),
                expires: unsigned.expires(),
            };
            let entry = Entry::Unsigned(sealed, unsigned.action());
            let recorded = self.state.journal.write(&mut self.rings.slots, at, &entry);
            recorded.map_err(|_| Fault::JournalStuck)?;
            let expires = unsigned.expires();
            let left_ms = expires.map(|until| until.ms().saturating_sub(at.wall.ms()));
            let bare_ms = matches!(request.action, Action::Order(_)).then_some(BARE_MS);
            if let Some(left_ms) = left_ms.or(bare_ms) {
                let settled_at = at.mono + Nanos::from_millis(left_ms) + LANDING;
                self.state.settled_at = self.state.settled_at.max(settled_at);
            }
            let signed = unsigned.sign(&mut self.signer, &mut self.rings.nonces);
            if request.id.0 % CHECK_EVERY == 1 {
                // A full queue of wishes is no reason to wait: the next one is checked.
                let _ = self
                    .rings
                    .cold_requests
                    .push(ColdRequest::Check(*signed.digest(), *signed.signature()));
            }
            let mut outbound = self.rings.requests.take().ok_or(Fault::SenderStuck)?;
            let is_urgent = order_route::is_urgent(request);
            outbound.set(request.id, is_urgent, signed.frame(), signed.envelope_range());
            self.rings.requests.send(outbound);
            if let IdleStrategy::Wait { sender, .. } = &self.idle {
                sender.ring();
            }
        }
        if !requests.is_empty() {
            self.state.took = self.clock.between(self.state.read_raw, self.clock.raw());
            self.state.t2q.record(at.mono, self.state.took);
        }
        Ok(())
    }

    fn note(&mut self, at: Stamp, engine: &Engine) -> Result<(), Fault> {
        self.state.look_for_the_end(at.mono, engine);
        self.request_cold_work(at.mono, engine);
        self.state.t2q.step(at.mono);
        let HotThread { state: desk, rings, .. } = self;
        let HotState { noted, journal: scribe, took, .. } = desk;
        noted.on_step(engine, at.mono, *took, |fact| {
            scribe.write(&mut rings.slots, at, &Entry::Fact(*fact)).map_err(|_| Fault::JournalStuck)
        })
    }
}

impl HotThread<'_> {
    /// Whether the session is over; a stop that takes too long ends it, too.
    fn is_over(&mut self) -> bool {
        let state = &mut self.state;
        if state.ended.is_none() && state.give_up.is_some_and(|at| at <= self.clock.mono()) {
            state.ended = Some(ExitReason::CancelledByRest);
        }
        state.ended.is_some()
    }

    /// An event without content, recorded.
    fn event<'a>(&mut self, entry: Entry<'_>, event: Event<'a>) -> Result<Next<'a>, Fault> {
        self.state.read_raw = self.clock.raw();
        let at = self.clock.stamp();
        self.record(at, &entry)?;
        Ok(Next::Event(at, event))
    }

    fn record(&mut self, at: Stamp, entry: &Entry<'_>) -> Result<(), Fault> {
        let written = self.state.journal.write(&mut self.rings.slots, at, entry);
        written.map_err(|_| Fault::JournalStuck)
    }

    /// What a person, or the end of the session, asks for; each once.
    fn command(&mut self) -> Option<Command> {
        if self.signals.halt_asked() {
            return Some(Command::Halt);
        }
        let over = self.deadline.is_some_and(|deadline| deadline <= self.clock.mono());
        let urgency = self.signals.urgency().max(u32::from(over));
        if urgency <= self.state.stop_urgency {
            return None;
        }
        self.state.stop_urgency += 1;
        Some(match self.state.stop_urgency {
            1 => Command::Stop,
            2 => Command::StopNow,
            _ => Command::Abandon,
        })
    }

    fn read(&mut self) -> Read {
        match self.state.market.as_mut() {
            None => Read::Idle,
            Some(socket) => socket.read(&mut self.state.buffer),
        }
    }

    /// A message of the market connection, in the buffer.
    fn on_market_frame(&mut self, len: usize) -> Result<Next<'_>, Fault> {
        self.state.read_raw = self.clock.raw();
        let at = self.clock.stamp();
        self.state.warm_at = at.mono + cache_warmer::EVERY;
        self.state.link.hear(at.mono, LinkInput::Heard);
        let frame = &self.state.buffer[..len];
        let entry = Entry::Frame(Stream::Market, frame);
        let written = self.state.journal.write(&mut self.rings.slots, at, &entry);
        written.map_err(|_| Fault::JournalStuck)?;
        let (decoder, counts) = (&mut self.decoder, &mut self.state.garbled);
        let next = stepped(at, Stream::Market, decoder, frame, counts);
        if let Next::Event(_, Event::Book(coin, _)) = &next
            && *coin == self.coin
        {
            self.state.book.on_book(at.mono);
        }
        Ok(next)
    }

    /// Something the sender heard.
    fn on_inbound(&mut self, inbound: Box<Inbound>) -> Result<Next<'_>, Fault> {
        self.state.read_raw = self.clock.raw();
        let at = self.clock.stamp();
        let stream = Stream::Orders;
        let (entry, event) = match inbound.kind {
            InboundKind::Frame => (Entry::Frame(stream, inbound.frame()), None),
            InboundKind::Alive => (Entry::Alive(stream), Some(Event::Alive(stream))),
            InboundKind::Up => (Entry::Link(stream, Link::Up), Some(Event::Link(stream, Link::Up))),
            InboundKind::Down => {
                (Entry::Link(stream, Link::Down), Some(Event::Link(stream, Link::Down)))
            }
        };
        let written = self.state.journal.write(&mut self.rings.slots, at, &entry);
        written.map_err(|_| Fault::JournalStuck)?;
        if let Some(event) = event {
            self.rings.answers.give_back(inbound);
            return Ok(Next::Event(at, event));
        }
        let next = stepped(at, stream, &mut self.decoder, inbound.frame(), &mut self.state.garbled);
        self.rings.answers.give_back(inbound);
        Ok(next)
    }

    /// Something the cold thread brings.
    fn on_cold_reply(&mut self, news: ColdReply) -> Result<Next<'_>, Fault> {
        let at = self.clock.stamp();
        match news {
            ColdReply::Synced => {
                self.state.lists.on_read();
                Ok(Next::Handled)
            }
            ColdReply::NoTable => {
                self.state.tables.on_failure(at.mono);
                Ok(Next::Handled)
            }
            ColdReply::Table(table) => {
                self.state.tables.on_table();
                self.record(at, &Entry::Table(table.params, table.hash()))?;
                let table = self.state.table.insert(table);
                Ok(Next::Event(at, Event::Table(self.coin, table)))
            }
            ColdReply::Body(body, bytes) => {
                self.record(at, &Entry::Rest(body.number(), &bytes))?;
                Ok(bodied(at, body, &mut self.decoder, &bytes, &mut self.state.garbled))
            }
            ColdReply::Unrecorded => {
                self.state.unrecorded = true;
                self.event(Entry::Command(Command::StopNow), Event::Command(Command::StopNow))
            }
            ColdReply::ConnectFailed => {
                self.state.link.hear(at.mono, LinkInput::ConnectFailed);
                Ok(Next::Handled)
            }
            ColdReply::Market(mut socket) => {
                if let IdleStrategy::Wait { waiter, .. } = &self.idle
                    && waiter.watch(&mut socket).is_err()
                {
                    return self.on_market_lost();
                }
                self.state.market = Some(socket);
                self.state.lists.on_link_up(at.mono);
                self.state.book.on_link_up(at.mono);
                self.state.link.hear(at.mono, LinkInput::Connected);
                self.event(
                    Entry::Link(Stream::Market, Link::Up),
                    Event::Link(Stream::Market, Link::Up),
                )
            }
        }
    }

    fn on_market_lost(&mut self) -> Result<Next<'_>, Fault> {
        self.state.market = None;
        self.state.book.on_link_down();
        self.state.link.hear(self.clock.mono(), LinkInput::Lost);
        let (stream, link) = (Stream::Market, Link::Down);
        self.event(Entry::Link(stream, link), Event::Link(stream, link))
    }

    /// Passes on what the engine wants of the cold thread.
    fn request_cold_work(&mut self, now: Mono, engine: &Engine) {
        if let Some(params) = self.state.tables.wish(now, || engine.table_wish(now))
            && self.rings.cold_requests.push(ColdRequest::Table(params)).is_ok()
        {
            self.state.tables.on_asked();
        }
        if engine.dead_man() == DeadMan::NotGranted && !self.state.dead_man_told {
            self.state.dead_man_told =
                self.rings.cold_requests.push(ColdRequest::Say(ALONE)).is_ok();
        }
        let due = self.state.lists.is_due(now, || engine.must_sync());
        if due && self.rings.cold_requests.push(ColdRequest::Sync).is_ok() {
            self.state.lists.begin(now);
        }
    }

    /// Does what the market's link and its book wish for. Whether the link is dead.
    fn is_market_dead(&mut self, now: Mono) -> bool {
        match self.state.link.wish(now) {
            LinkWish::Nothing => {}
            LinkWish::Connect => {
                if self.rings.cold_requests.push(ColdRequest::Connect).is_err() {
                    self.state.link.hear(now, LinkInput::ConnectFailed);
                }
            }
            LinkWish::Ping => self.say_to_market(&[PING]),
            LinkWish::Close => return true,
        }
        match self.state.book.wish(now) {
            BookWish::Nothing => false,
            BookWish::Resubscribe => {
                let [off, on] = self.resubscription.clone();
                self.say_to_market(&[&off, &on]);
                false
            }
            BookWish::Reconnect => true,
        }
    }

    fn say_to_market(&mut self, texts: &[&str]) {
        for text in texts {
            // A connection that is found closed here is found so by the next look, too.
            let _ = self.state.market.as_mut().map(|socket| socket.send_text(text));
        }
    }

    /// Nothing is there: sends off what is recorded, keeps the connection alive, passes the time.
    fn idle(&mut self, now: Mono, wake: Mono) {
        self.state.journal.flush(&mut self.rings.slots);
        match &mut self.idle {
            IdleStrategy::Spin if now < self.state.warm_at => std::hint::spin_loop(),
            IdleStrategy::Spin => {
                self.state.warm_at = now + cache_warmer::EVERY;
                self.cache_warmer.iter_mut().for_each(CacheWarmer::run_once);
            }
            IdleStrategy::Wait { waiter, .. } => {
                let until_wake = wake.since(now).min(WAIT);
                // A failed wait is a short one: the loop looks at everything again.
                let _ = waiter.wait(until_wake);
            }
        }
    }

    /// The last records, sent off.
    pub fn close(&mut self) {
        self.state.journal.flush(&mut self.rings.slots);
        if let Some(mut socket) = self.state.market.take() {
            socket.close();
        }
    }
}
