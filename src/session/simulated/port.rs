//! A live session without sockets, threads or files: requests leave as signed bytes, the venue answers
//! in bytes, and a network with delays lies between, in virtual time. The machines that tend links,
//! read lists and find the way out are those of a live session.

use super::VenueTruth;
use super::market_source::SimulationError;
use super::network::{Arrival, HttpUse, Network};
use super::seeded_nonces::SeededNonces;
use crate::journal::Writer;
use crate::journal::record::{Entry, RequestHeader};
use crate::journal::write::Sink;
use crate::market::action::CANCELS_MAX;
use crate::market::event::Command;
use crate::market::{
    Action, Address, Allowance, CoinIx, Event, Link, Oid, Request, RequestId, Requests, Spec,
    Stream, Table,
};
use crate::model::glft;
use crate::num::time::MS_NS;
use crate::num::{Mono, Nanos, Stamp, WallMs};
use crate::session::bootstrap::{Bootstrap, VenueAccount};
use crate::session::crank::Strategy;
use crate::session::exit::{ExitInput, ExitMachine, ExitWish, VenueEnd};
use crate::session::facts::Noted;
use crate::session::files::{FilesError, SessionFiles};
use crate::session::links::{
    BookWatch, BookWish, LinkInput, LinkMachine, LinkWish, ListReader, PING, RestQuery, TableOrder,
    Topics,
};
use crate::session::order_route;
use crate::session::port::{Next, Port, bodied, stepped};
use crate::venue::Exchange;
use crate::venue::api::{RestPath, ServerCounts};
use crate::wire::decode::Decoder;
use crate::wire::{Encoder, RequestNonce, Signer, Source};
use serde_json::Value;
use std::collections::VecDeque;
use tungstenite::Utf8Bytes;

/// How long an answer on the way out may take.
const EXIT_PATIENCE: Nanos = Nanos::from_secs(5);
/// So long after the end nothing that was sent can come to rest any more, not even a closing order
/// without an expiry (MODEL 5.2).
const LANDING: Nanos = Nanos::from_secs(16);
/// The letter that simulated keys sign with.
const SOURCE: Source = Source::Testnet;
/// The status of an HTTP answer that is one.
const OK: u16 = 200;
/// The status that stands for a connection that could not be made.
const UNREACHED: u16 = 0;

/// What a simulated session consists of, beside its network.
pub struct PortSetup<S: Sink> {
    /// The key that signs; the account is its own.
    pub secret: [u8; 32],
    /// When the strategy is told to stop.
    pub until: WallMs,
    /// What it is told then: scores are taken at the end of the time, before a stop trades.
    pub last_command: Command,
    /// Seed of the nonces of signatures, and of pauses.
    pub seed: u64,
    /// When the process is killed, if it is.
    pub killed: Option<WallMs>,
    /// The highest request nonce that was used before.
    pub nonce_after: u64,
    /// Where the session's records go; none are made without.
    pub files: Option<SessionFiles<S>>,
}

/// What a session makes for itself.
enum Own {
    Table(Box<Table>),
    Command(Command),
}

/// The port of a simulated session. Its journal goes into an `S`.
pub struct SimulatedPort<S: Sink = Vec<u8>> {
    network: Network,
    topics: Topics,
    dex: usize,
    links: [LinkMachine; 2],
    book: BookWatch,
    lists: ListReader,
    tables: TableOrder,
    start_ns: u64,
    until_ns: u64,
    killed_ns: u64,
    last_command: Command,
    /// When a strategy that was told to stop must have done so.
    over_ns: Option<u64>,
    own: VecDeque<Own>,
    table: Option<Box<Table>>,
    spec: Spec,
    decoder: Decoder,
    encoder: Box<Encoder>,
    signer: Signer,
    nonces: SeededNonces,
    nonce: RequestNonce,
    files: Option<SessionFiles<S>>,
    noted: Noted,
    garbled: u64,
    done: bool,
}

impl<S: Sink> SimulatedPort<S> {
    /// The session that `bootstrap` describes; both its links are to connect.
    ///
    /// # Panics
    /// If the key is none, or the coin is on no dex of the venue.
    pub fn new(network: Network, bootstrap: &Bootstrap, setup: PortSetup<S>) -> SimulatedPort<S> {
        let PortSetup { secret, until, last_command, killed, seed, nonce_after, files } = setup;
        let signer = Signer::new(&secret, SOURCE).expect("simulations choose sound keys");
        let (coin, dex) = (bootstrap.coin.clone(), bootstrap.dex.clone());
        let coins = bootstrap.coins();
        let coins: Vec<&str> = coins.iter().map(String::as_str).collect();
        let mut dexes = network.exchange().config().dexes.iter();
        let mut encoder = Box::new(Encoder::new(None));
        encoder.check_against(bootstrap.spec);
        SimulatedPort {
            dex: dexes.position(|it| it.name == dex).expect("the coin is on a dex of the venue"),
            topics: Topics {
                account: signer.address(),
                coin,
                dex,
                reference: bootstrap.reference.clone(),
            },
            links: [LinkMachine::market(seed), LinkMachine::orders(seed)],
            book: BookWatch::default(),
            lists: ListReader::default(),
            tables: TableOrder::default(),
            start_ns: network.now_ns(),
            until_ns: until.ms() * MS_NS,
            killed_ns: killed.map_or(u64::MAX, |at| at.ms() * MS_NS),
            last_command,
            over_ns: None,
            own: VecDeque::new(),
            table: None,
            spec: bootstrap.spec,
            decoder: Decoder::new(&coins),
            encoder,
            nonces: SeededNonces::new(&signer, seed),
            signer,
            nonce: RequestNonce::after(nonce_after),
            files,
            noted: Noted::default(),
            garbled: 0,
            done: false,
            network,
        }
    }

    /// What the venue counted.
    pub fn counts(&self) -> ServerCounts {
        self.network.counts()
    }

    /// Messages the decoder refused.
    pub fn garbled(&self) -> u64 {
        self.garbled
    }

    /// Whether the process was killed.
    pub fn was_killed(&self) -> bool {
        self.killed_ns <= self.network.now_ns()
    }

    /// Asks the strategy for something, as a person would.
    pub fn command(&mut self, command: Command) {
        self.own.push_back(Own::Command(command));
    }

    /// Takes the way out: what rests is cancelled by REST, and the venue is asked for its truth.
    pub fn find_exit(&mut self) -> VenueEnd {
        let now = self.stamp().mono;
        let settled_at = now + LANDING;
        let (mut exit, mut heard) = (ExitMachine::new(now, settled_at), ExitInput::Begun);
        loop {
            let now = self.stamp().mono;
            heard = match exit.step(now, heard) {
                ExitWish::Done(end) => return end,
                ExitWish::Wait(until) => {
                    let until_ns = self.ns_of(until);
                    while self.network.advance(until_ns).is_some() {}
                    ExitInput::Waited
                }
                ExitWish::List => {
                    let question = self.topics.question(RestQuery::OpenOrders).to_string();
                    let body = self.ask_and_wait(RestPath::Info, question.into_bytes());
                    let rows = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
                    match rows.as_ref().and_then(Value::as_array) {
                        Some(rows) => {
                            let oids = rows.iter().filter_map(|row| row["oid"].as_u64()).map(Oid);
                            ExitInput::Open(oids.collect())
                        }
                        None => ExitInput::Failed,
                    }
                }
                ExitWish::Cancel(oids) => self.cancel_by_rest(&oids),
                ExitWish::Account => {
                    let question = self.topics.question(RestQuery::Account).to_string();
                    let body = self.ask_and_wait(RestPath::Info, question.into_bytes());
                    let state = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
                    let account = state.map(|state| VenueAccount::read(&state, &self.topics.coin));
                    match account {
                        Some(Ok(account)) => ExitInput::Account(account),
                        Some(Err(_)) | None => ExitInput::Failed,
                    }
                }
            };
        }
    }

    fn cancel_by_rest(&mut self, oids: &[Oid]) -> ExitInput {
        let list = oids.iter().take(CANCELS_MAX).copied().collect();
        let action = Action::CancelByOid(list);
        let asset = self.spec.asset;
        let allows = Allowance::NONE;
        let request = Request { id: RequestId(0), asset, expires: None, allows, action };
        let wall = self.stamp().wall;
        let unsigned = self.encoder.build(&request, self.nonce.next(wall));
        let signed = unsigned.sign(&mut self.signer, &mut self.nonces);
        let body = signed.envelope().to_vec();
        match self.ask_and_wait(RestPath::Exchange, body) {
            Some(_) => ExitInput::Cancelled,
            None => ExitInput::Failed,
        }
    }

    /// Asks on the way out, and waits for the answer; nothing else is heard any more.
    fn ask_and_wait(&mut self, path: RestPath, body: Vec<u8>) -> Option<Vec<u8>> {
        self.network.ask(HttpUse::Exit, path, body);
        let until_ns = self.network.now_ns() + EXIT_PATIENCE.ns();
        while let Some(arrival) = self.network.advance(until_ns) {
            if let Arrival::Http(HttpUse::Exit, status, body) = arrival {
                return (status == OK).then_some(body);
            }
        }
        None
    }

    /// Ends the session as a process ends that is killed, or has done its work: the network is left,
    /// and the files as they are.
    pub fn leave(mut self) -> (Network, Option<SessionFiles<S>>) {
        self.network.crash();
        (self.network, self.files)
    }

    /// The time of the session's clocks.
    pub fn stamp(&mut self) -> Stamp {
        let now_ns = self.network.now_ns();
        let mono = Mono::from_ns(now_ns - self.start_ns);
        let off_ms = self.network.interference().map_or(0, |it| it.clock_off_ms(now_ns));
        let wall = (now_ns / MS_NS).saturating_add_signed(off_ms);
        Stamp { mono, wall: WallMs::from_ms(wall) }
    }

    /// Records an entry; a journal that fails ends the session in good order.
    fn record(&mut self, at: Stamp, entry: &Entry<'_>) {
        let Some(files) = &mut self.files else { return };
        if let Err(FilesError::Journal(_)) = files.enter(at, entry) {
            self.own.push_back(Own::Command(Command::StopNow));
        }
    }

    /// The virtual time of a moment of the session's clock.
    fn ns_of(&self, at: Mono) -> u64 {
        self.start_ns.saturating_add(at.ns())
    }

    /// Does what links and book wish for, until the strategy has something to hear or is to be woken.
    fn advance(&mut self, wake: Mono) -> Turnout {
        loop {
            if let Some(lost) = self.tend_links() {
                return Turnout::Arrived(Arrival::Lost(lost));
            }
            if let Some(own) = self.own.pop_front() {
                return Turnout::Own(own);
            }
            let links = self.links.iter().filter_map(LinkMachine::due);
            let due = links.chain(self.book.due()).min().map_or(u64::MAX, |due| self.ns_of(due));
            let stop_ns = self.over_ns.unwrap_or(self.until_ns);
            let wake_ns = self.ns_of(wake);
            let until_ns = wake_ns.min(due).min(stop_ns).min(self.killed_ns);
            if let Some(arrival) = self.network.advance(until_ns) {
                return Turnout::Arrived(arrival);
            }
            if until_ns == self.killed_ns {
                return Turnout::Over;
            }
            if until_ns == stop_ns {
                if self.over_ns.is_some() {
                    return Turnout::Over;
                }
                self.over_ns = Some(u64::MAX); // Until the strategy says how long it may take.
                return Turnout::Own(Own::Command(self.last_command));
            }
            if until_ns == wake_ns {
                return Turnout::Wake;
            }
        }
    }

    /// Does what links and book wish for. The link that is given up, if one is.
    fn tend_links(&mut self) -> Option<Stream> {
        let now = self.stamp().mono;
        for stream in [Stream::Market, Stream::Orders] {
            match self.links[stream.index()].wish(now) {
                LinkWish::Nothing => {}
                LinkWish::Connect => self.network.connect(stream),
                LinkWish::Ping => self.network.send(stream, Utf8Bytes::from_static(PING)),
                LinkWish::Close => {
                    self.network.close(stream);
                    return Some(stream);
                }
            }
        }
        match self.book.wish(now) {
            BookWish::Nothing => None,
            BookWish::Resubscribe => {
                for text in self.topics.resubscription() {
                    self.network.send(Stream::Market, text.into());
                }
                None
            }
            BookWish::Reconnect => {
                self.network.close(Stream::Market);
                Some(Stream::Market)
            }
        }
    }

    fn ask(&mut self, query: RestQuery) {
        let question = self.topics.question(query).to_string();
        self.network.ask(HttpUse::List(query), RestPath::Info, question.into_bytes());
    }

    fn on_connected(&mut self, stream: Stream, at: Stamp) {
        self.links[stream.index()].hear(at.mono, LinkInput::Connected);
        if stream == Stream::Market {
            self.lists.on_link_up(at.mono);
            self.book.on_link_up(at.mono);
            let subscriptions: Vec<String> = self.topics.subscriptions().collect();
            for frame in subscriptions {
                self.network.send(stream, frame.into());
            }
        }
    }

    fn on_lost(&mut self, stream: Stream, at: Stamp) {
        self.links[stream.index()].hear(at.mono, LinkInput::Lost);
        if stream == Stream::Market {
            self.book.on_link_down();
        }
    }

    /// The next list is asked for, or the reading is complete.
    fn read_on(&mut self, query: RestQuery) {
        match RestQuery::ALL.iter().skip_while(|other| **other != query).nth(1) {
            Some(next) => self.ask(*next),
            None => self.lists.on_read(),
        }
    }

    fn on_text(&mut self, at: Stamp, stream: Stream, text: &Utf8Bytes) -> Next<'_> {
        self.record(at, &Entry::Frame(stream, text.as_bytes()));
        let next = stepped(at, stream, &mut self.decoder, text.as_bytes(), &mut self.garbled);
        if let Next::Event(_, Event::Book(CoinIx(0), _)) = &next {
            self.book.on_book(at.mono);
        }
        next
    }

    fn on_http(&mut self, at: Stamp, what: HttpUse, status: u16, body: &[u8]) -> Next<'_> {
        match what {
            HttpUse::List(query) if status == OK => {
                self.read_on(query);
                self.record(at, &Entry::Rest(query.number(), body));
                bodied(at, query, &mut self.decoder, body, &mut self.garbled)
            }
            HttpUse::List(_) => {
                self.lists.on_read();
                Next::Handled
            }
            HttpUse::Order(id) => {
                let reply = match status {
                    OK => order_route::answered(id, body),
                    UNREACHED => order_route::not_sent(id),
                    _ => order_route::unanswered(id),
                };
                self.on_text(at, Stream::Orders, &reply.into())
            }
            HttpUse::Exit => Next::Handled,
        }
    }
}

/// What the world has for a session.
enum Turnout {
    Arrived(Arrival),
    Own(Own),
    Wake,
    Over,
}

impl<S: Sink> VenueTruth for SimulatedPort<S> {
    fn exchange(&self) -> &Exchange {
        self.network.exchange()
    }

    fn account(&self) -> (Address, usize) {
        (self.topics.account, self.dex)
    }
}

impl<T: Strategy, S: Sink> Port<T> for SimulatedPort<S> {
    type Error = SimulationError;

    fn next(&mut self, wake: Mono) -> Result<Next<'_>, SimulationError> {
        if self.done {
            return Ok(Next::End);
        }
        let turnout = self.advance(wake);
        let at = self.stamp();
        Ok(match turnout {
            Turnout::Over => Next::End,
            Turnout::Wake => {
                self.record(at, &Entry::Wake);
                Next::Event(at, Event::Wake)
            }
            Turnout::Own(Own::Command(command)) => {
                self.record(at, &Entry::Command(command));
                Next::Event(at, Event::Command(command))
            }
            Turnout::Own(Own::Table(table)) => {
                self.tables.on_table();
                self.record(at, &Entry::Table(table.params, table.hash()));
                Next::Event(at, Event::Table(CoinIx(0), self.table.insert(table)))
            }
            Turnout::Arrived(Arrival::Connected(stream)) => {
                self.on_connected(stream, at);
                self.record(at, &Entry::Link(stream, Link::Up));
                Next::Event(at, Event::Link(stream, Link::Up))
            }
            Turnout::Arrived(Arrival::ConnectFailed(stream)) => {
                self.links[stream.index()].hear(at.mono, LinkInput::ConnectFailed);
                Next::Handled
            }
            Turnout::Arrived(Arrival::Lost(stream)) => {
                self.on_lost(stream, at);
                self.record(at, &Entry::Link(stream, Link::Down));
                Next::Event(at, Event::Link(stream, Link::Down))
            }
            Turnout::Arrived(Arrival::Text(stream, text)) => {
                self.links[stream.index()].hear(at.mono, LinkInput::Heard);
                self.on_text(at, stream, &text)
            }
            Turnout::Arrived(Arrival::Http(what, status, body)) => {
                self.on_http(at, what, status, &body)
            }
        })
    }

    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), SimulationError> {
        for request in requests {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            if let Some(files) = &mut self.files {
                let (nonce, expires) = (unsigned.nonce(), unsigned.expires());
                let header = RequestHeader { id: request.id, nonce, expires };
                let entry = Entry::Unsigned(header, unsigned.action());
                if let Err(FilesError::Journal(_)) = files.enter(at, &entry) {
                    self.own.push_back(Own::Command(Command::StopNow));
                }
            }
            let signed = unsigned.sign(&mut self.signer, &mut self.nonces);
            if self.links[Stream::Orders.index()].is_up() {
                let frame = std::str::from_utf8(signed.frame()).expect("the encoder writes ASCII");
                self.network.send(Stream::Orders, frame.into());
            } else if order_route::is_urgent(request) {
                let body = signed.envelope().to_vec();
                self.network.ask(HttpUse::Order(request.id), RestPath::Exchange, body);
            } else {
                self.network.answer_ourselves(order_route::not_sent(request.id).into());
            }
        }
        Ok(())
    }

    fn note(&mut self, at: Stamp, strategy: &T) -> Result<(), SimulationError> {
        self.done |= strategy.is_done();
        if let Some(over_ns) = &mut self.over_ns {
            let limit_ns = self.start_ns.saturating_add((at.mono + strategy.stop_limit()).ns());
            *over_ns = limit_ns.min(*over_ns);
        }
        if let Some(params) = self.tables.wish(at.mono, || strategy.table_wish(at.mono)) {
            let table =
                glft::table(&params).map_err(|bad| SimulationError::Table(params.seq, bad))?;
            self.tables.on_asked();
            self.own.push_back(Own::Table(Box::new(table)));
        }
        if self.lists.is_due(at.mono, || strategy.must_sync()) {
            self.lists.begin(at.mono);
            self.ask(RestQuery::ALL[0]);
        }
        let SimulatedPort { files: Some(files), noted, own, .. } = self else { return Ok(()) };
        let Some(engine) = strategy.engine() else { return Ok(()) };
        let written = noted.on_step(engine, at.mono, Nanos::ZERO, |fact| {
            files.on_fact(fact)?;
            files.enter(at, &Entry::Fact(*fact))
        });
        let kept = written.and_then(|()| files.on_time(at));
        if let Err(FilesError::Journal(_)) = kept {
            own.push_back(Own::Command(Command::StopNow));
        }
        Ok(())
    }
}

impl SimulatedPort<Vec<u8>> {
    /// The journal of a session that is over, where one was kept.
    ///
    /// # Panics
    /// Never: memory takes what is written.
    #[must_use]
    pub fn into_journal(self) -> Option<Vec<u8>> {
        let (_, files) = self.leave();
        files.and_then(|files| files.finish().expect("memory takes it"))
    }
}

/// A journal in `sink` that begins with `header`.
///
/// # Panics
/// The sink does not take it.
#[must_use]
pub fn begin_journal<S: Sink>(at: Stamp, header: &[u8], sink: S) -> Writer<S> {
    let mut writer = Writer::new(sink).expect("it takes the first bytes");
    writer.enter(at, &Entry::Session(header)).expect("it takes the first record");
    writer
}
