//! A live session without sockets: requests leave as signed bytes, the served venue answers in bytes,
//! and a network with delays lies between, in virtual time.

use super::latency_queue::LatencyQueue;
use super::market_source::SimulationError;
use super::{Delays, VenueTruth};
use crate::journal::Writer;
use crate::journal::record::{Entry, RequestHeader};
use crate::market::event::Command;
use crate::market::{Address, CoinIx, Event, Link, Requests, Spec, Stream, Table};
use crate::model::glft;
use crate::num::time::MS_NS;
use crate::num::{Mono, Nanos, Stamp, WallMs};
use crate::session::bootstrap::{Bootstrap, BootstrapError, BootstrapWish, Bootstrapping};
use crate::session::crank::Strategy;
use crate::session::links::{
    LinkInput, LinkMachine, LinkWish, ListReader, PING, RestQuery, TableOrder, Topics,
};
use crate::session::port::{Next, Port, bodied, stepped};
use crate::venue::Exchange;
use crate::venue::api::{
    ClientOutput, RestPath, ServerCounts, ServiceConfig, VenueService, Verify,
};
use crate::venue::prng::{Prng, Purpose};
use crate::wire::decode::Decoder;
use crate::wire::nonce::{NonceSource, Prepared, Preparer};
use crate::wire::{Encoder, RequestNonce, Signer, Source};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};
use tungstenite::Utf8Bytes;

/// How long a stop may take.
const STOP_LIMIT: Nanos = Nanos::from_secs(5);
/// Everybody lives at one address; the limits of a venue are per address.
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The letter that simulated keys sign with.
const SOURCE: Source = Source::Testnet;

/// What a simulated session consists of.
pub struct SimulatedSetup {
    /// The venue, with its markets and limits.
    pub service: ServiceConfig,
    /// The full name of the coin.
    pub coin: String,
    /// The key that signs; the account is its own.
    pub secret: [u8; 32],
    /// When the session begins.
    pub start: WallMs,
    /// When the strategy is told to stop.
    pub until: WallMs,
    /// How long things take.
    pub delays: Delays,
    /// Seed of the nonces of signatures.
    pub seed: u64,
    /// Whether a journal is kept.
    pub journal: bool,
}

/// Something on its way to the venue.
enum Departure {
    Connect(Stream),
    Text(Stream, Utf8Bytes),
    Ask(RestQuery),
}

/// Something on its way to us.
enum Arrival {
    Connected(Stream),
    Lost(Stream),
    Text(Stream, Utf8Bytes),
    Rest(RestQuery, Vec<u8>),
    ReadFailed,
    Table(Box<Table>),
    Stop,
}

/// A link, and the venue's number for whoever is connected over it.
struct NetworkLink {
    machine: LinkMachine,
    client: Option<usize>,
}

/// The port of a simulated session.
pub struct SimulatedPort {
    venue: VenueService,
    topics: Topics,
    account: Address,
    dex: usize,
    links: [NetworkLink; 2],
    lists: ListReader,
    tables: TableOrder,
    /// The list that is being read, and the venue's number for who asks.
    reading: Option<(usize, RestQuery)>,
    clients: usize,
    delays: Delays,
    start_ns: u64,
    now_ns: u64,
    until_ns: u64,
    /// When a strategy that was told to stop must have done so.
    over_ns: Option<u64>,
    to_us: LatencyQueue<Arrival>,
    to_venue: LatencyQueue<Departure>,
    arrived: Option<Arrival>,
    decoder: Decoder,
    encoder: Box<Encoder>,
    signer: Signer,
    nonces: SeededNonces,
    nonce: RequestNonce,
    journal: Option<Writer<Vec<u8>>>,
    garbled: u64,
    done: bool,
}

impl SimulatedPort {
    /// Opens the venue, reads what a session begins with, and lets both links connect.
    ///
    /// # Errors
    /// The venue has no such coin.
    pub fn new(setup: SimulatedSetup) -> Result<(SimulatedPort, Bootstrap), BootstrapError> {
        let SimulatedSetup { service, coin, secret, start, until, delays, seed, journal } = setup;
        let signer = Signer::new(&secret, SOURCE).expect("simulations choose sound keys");
        let account = signer.address();
        let mut venue = VenueService::new(service, start);
        while !venue.is_open() {
            let due = venue.next_due();
            venue.advance(due);
        }
        let bootstrap = bootstrap(&mut venue, &coin, account, start)?;
        let (dex, reference) = (bootstrap.dex.clone(), bootstrap.reference.clone());
        let coins = bootstrap.coins();
        let coins: Vec<&str> = coins.iter().map(String::as_str).collect();
        let link = |machine| NetworkLink { machine, client: None };
        let start_ns = start.ms() * MS_NS;
        let all = venue.exchange().config().dexes.iter();
        let place = all.map(|dex| &dex.name).position(|name| *name == bootstrap.dex);
        let port = SimulatedPort {
            dex: place.expect("the coin is on a dex of the venue"),
            decoder: Decoder::new(&coins),
            encoder: encoder(&bootstrap.spec),
            nonces: SeededNonces::new(&signer, seed),
            signer,
            nonce: RequestNonce::after(0),
            topics: Topics { account, coin, dex, reference },
            account,
            venue,
            links: [link(LinkMachine::market()), link(LinkMachine::orders())],
            lists: ListReader::default(),
            tables: TableOrder::default(),
            reading: None,
            clients: 1,
            delays,
            start_ns,
            now_ns: start_ns,
            until_ns: until.ms() * MS_NS,
            over_ns: None,
            to_us: LatencyQueue::default(),
            to_venue: LatencyQueue::default(),
            arrived: None,
            journal: journal.then(|| Writer::new(Vec::new()).expect("memory takes it")),
            garbled: 0,
            done: false,
        };
        Ok((port, bootstrap))
    }

    /// What the venue counted.
    #[must_use]
    pub fn counts(&self) -> ServerCounts {
        self.venue.counts()
    }

    /// Messages the decoder refused.
    #[must_use]
    pub fn garbled(&self) -> u64 {
        self.garbled
    }

    /// Writes the head of the journal, if one is kept.
    pub fn begin_journal(&mut self, header: &[u8]) {
        let at = self.stamp();
        self.record(at, &Entry::Session(header));
    }

    /// The journal, if one was kept.
    ///
    /// # Panics
    /// Never: memory takes what is written.
    #[must_use]
    pub fn into_journal(self) -> Option<Vec<u8>> {
        self.journal.map(|writer| writer.finish().expect("memory takes it"))
    }

    fn stamp(&self) -> Stamp {
        let mono = Mono::from_ns(self.now_ns - self.start_ns);
        Stamp { mono, wall: WallMs::from_ms(self.now_ns / MS_NS) }
    }

    fn record(&mut self, at: Stamp, entry: &Entry<'_>) {
        if let Some(journal) = &mut self.journal {
            journal.enter(at, entry).expect("memory takes it");
        }
    }

    /// The virtual time of a moment of the session's clock.
    fn ns_of(&self, at: Mono) -> u64 {
        self.start_ns + at.ns()
    }

    /// Lets the world go on until the strategy has something to hear or is to be woken. False when the
    /// session is over.
    fn advance(&mut self, wake: Mono) -> bool {
        loop {
            self.tend_links();
            let links_ns = self.links.iter().filter_map(|link| link.machine.due()).min();
            let links_ns = links_ns.map_or(u64::MAX, |due| self.ns_of(due));
            let ours_ns = self.to_us.next_ns().unwrap_or(u64::MAX).min(self.ns_of(wake));
            let venue_ns = self.to_venue.next_ns().unwrap_or(u64::MAX);
            let block_ns = self.venue.next_due().ms() * MS_NS;
            let stop_ns = self.over_ns.unwrap_or(self.until_ns);
            let first_ns = venue_ns.min(block_ns).min(stop_ns).min(links_ns);
            if ours_ns < first_ns {
                self.now_ns = self.now_ns.max(ours_ns);
                self.arrived = self.to_us.pop_due(ours_ns);
                return true;
            }
            self.now_ns = self.now_ns.max(first_ns);
            if venue_ns == first_ns {
                self.arrive(first_ns);
            } else if block_ns == first_ns {
                self.venue.advance(WallMs::from_ms(first_ns / MS_NS));
            } else if stop_ns == first_ns {
                if self.over_ns.is_some() {
                    return false;
                }
                self.over_ns = Some(first_ns + STOP_LIMIT.ns());
                self.to_us.send(first_ns, Arrival::Stop);
            }
            self.post_outputs();
        }
    }

    /// Does what the links wish for.
    fn tend_links(&mut self) {
        let now = self.stamp().mono;
        for stream in [Stream::Market, Stream::Orders] {
            let departure = match self.links[stream.index()].machine.wish(now) {
                LinkWish::Nothing => continue,
                LinkWish::Connect => Departure::Connect(stream),
                LinkWish::Ping => Departure::Text(stream, Utf8Bytes::from_static(PING)),
            };
            self.depart(departure);
        }
    }

    fn depart(&mut self, what: Departure) {
        self.to_venue.send(self.now_ns + self.delays.order.ns(), what);
    }

    /// The next number for a client of the venue.
    fn next_client(&mut self) -> usize {
        self.clients += 1;
        self.venue.connect(self.clients, HOME, Verify::Trusted(self.account));
        self.clients
    }

    /// Something reaches the venue.
    fn arrive(&mut self, by_ns: u64) {
        let now = WallMs::from_ms(by_ns / MS_NS);
        match self.to_venue.pop_due(by_ns) {
            None => {}
            Some(Departure::Connect(stream)) => {
                let client = self.next_client();
                self.venue.on_upgrade(client, now);
                self.links[stream.index()].client = Some(client);
                self.to_us.send(by_ns + self.delays.feed.ns(), Arrival::Connected(stream));
            }
            Some(Departure::Text(stream, text)) => {
                if let Some(client) = self.links[stream.index()].client {
                    self.venue.on_text(client, text.as_bytes(), now);
                }
            }
            Some(Departure::Ask(query)) => {
                let client = self.next_client();
                self.reading = Some((client, query));
                let question = self.topics.question(query).to_string();
                self.venue.on_http(client, RestPath::Info, question.as_bytes(), now);
            }
        }
    }

    /// What the venue said goes on its way to us.
    fn post_outputs(&mut self) {
        let at_ns = self.now_ns + self.delays.feed.ns();
        let mut closed = None;
        for (client, output) in self.venue.take_outputs() {
            let stream = [Stream::Market, Stream::Orders]
                .into_iter()
                .find(|stream| self.links[stream.index()].client == Some(client));
            let arrival = match (output, stream, self.reading) {
                (ClientOutput::Text(text), Some(stream), _) => Arrival::Text(stream, text),
                (ClientOutput::Close, Some(stream), _) => {
                    self.links[stream.index()].client = None;
                    Arrival::Lost(stream)
                }
                (ClientOutput::Http(answer), None, Some((asker, query))) if asker == client => {
                    closed = Some(client);
                    match answer.status {
                        200 => Arrival::Rest(query, answer.body.into_bytes()),
                        _ => Arrival::ReadFailed,
                    }
                }
                (ClientOutput::Text(_) | ClientOutput::Http(_) | ClientOutput::Close, _, _) => {
                    continue; // Of a client that has gone.
                }
            };
            self.to_us.send(at_ns, arrival);
        }
        if let Some(client) = closed {
            self.venue.closed(client);
        }
    }

    /// The next list is asked for, or the reading is complete.
    fn read_on(&mut self, query: RestQuery) {
        let all = RestQuery::ALL.iter();
        match all.skip_while(|other| **other != query).nth(1) {
            Some(next) => self.depart(Departure::Ask(*next)),
            None => self.lists.on_read(),
        }
    }

    fn on_connected(&mut self, stream: Stream, at: Stamp) {
        self.links[stream.index()].machine.hear(at.mono, LinkInput::Connected);
        if stream == Stream::Market {
            self.lists.on_link_up(at.mono);
            let subscriptions: Vec<String> = self.topics.subscriptions().collect();
            for frame in subscriptions {
                self.depart(Departure::Text(stream, frame.into()));
            }
        }
    }
}

impl VenueTruth for SimulatedPort {
    fn exchange(&self) -> &Exchange {
        self.venue.exchange()
    }

    fn account(&self) -> (Address, usize) {
        (self.account, self.dex)
    }
}

impl<S: Strategy> Port<S> for SimulatedPort {
    type Error = SimulationError;

    fn next(&mut self, wake: Mono) -> Result<Next<'_>, SimulationError> {
        if self.done || !self.advance(wake) {
            return Ok(Next::End);
        }
        let at = self.stamp();
        let Some(arrived) = self.arrived.take() else {
            self.record(at, &Entry::Wake);
            return Ok(Next::Event(at, Event::Wake));
        };
        Ok(match arrived {
            Arrival::Connected(stream) => {
                self.on_connected(stream, at);
                self.record(at, &Entry::Link(stream, Link::Up));
                Next::Event(at, Event::Link(stream, Link::Up))
            }
            Arrival::Lost(stream) => {
                self.links[stream.index()].machine.hear(at.mono, LinkInput::Lost);
                self.record(at, &Entry::Link(stream, Link::Down));
                Next::Event(at, Event::Link(stream, Link::Down))
            }
            Arrival::Text(stream, text) => {
                self.links[stream.index()].machine.hear(at.mono, LinkInput::Heard);
                self.record(at, &Entry::Frame(stream, text.as_bytes()));
                stepped(at, stream, &mut self.decoder, text.as_bytes(), &mut self.garbled)
            }
            Arrival::Rest(query, body) => {
                self.read_on(query);
                self.record(at, &Entry::Rest(query.number(), &body));
                bodied(at, query, &mut self.decoder, &body, &mut self.garbled)
            }
            Arrival::ReadFailed => {
                self.lists.on_read();
                Next::Handled
            }
            Arrival::Table(table) => {
                self.tables.on_table();
                self.record(at, &Entry::Table(table.params, table.hash()));
                let Arrival::Table(table) = self.arrived.insert(Arrival::Table(table)) else {
                    unreachable!("it was just put there");
                };
                Next::Event(at, Event::Table(CoinIx(0), table))
            }
            Arrival::Stop => {
                self.record(at, &Entry::Command(Command::Stop));
                Next::Event(at, Event::Command(Command::Stop))
            }
        })
    }

    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), SimulationError> {
        self.arrived = None;
        for request in requests {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            if let Some(journal) = &mut self.journal {
                let (nonce, expires) = (unsigned.nonce(), unsigned.expires());
                let header = RequestHeader { id: request.id, nonce, expires };
                let entry = Entry::Unsigned(header, unsigned.action());
                journal.enter(at, &entry).expect("memory takes it");
            }
            let signed = unsigned.sign(&mut self.signer, &mut self.nonces);
            let frame = std::str::from_utf8(signed.frame()).expect("the encoder writes ASCII");
            let departure = Departure::Text(Stream::Orders, frame.into());
            self.to_venue.send(self.now_ns + self.delays.order.ns(), departure);
        }
        Ok(())
    }

    fn note(&mut self, at: Stamp, strategy: &S) -> Result<(), SimulationError> {
        self.done |= strategy.is_done();
        if let Some(params) = self.tables.wish(at.mono, || strategy.table_wish(at.mono)) {
            let table =
                glft::table(&params).map_err(|bad| SimulationError::Table(params.seq, bad))?;
            self.tables.on_asked();
            self.to_us.send(self.now_ns, Arrival::Table(Box::new(table)));
        }
        if self.lists.is_due(at.mono) && strategy.must_sync() {
            self.lists.begin(at.mono);
            self.depart(Departure::Ask(RestQuery::ALL[0]));
        }
        Ok(())
    }
}

/// The encoder of a session, which asserts the rules of the instrument.
fn encoder(spec: &Spec) -> Box<Encoder> {
    let mut encoder = Box::new(Encoder::new(None));
    encoder.check_against(*spec);
    encoder
}

/// Reads what a session begins with before anything takes time.
fn bootstrap(
    venue: &mut VenueService,
    coin: &str,
    account: Address,
    now: WallMs,
) -> Result<Bootstrap, BootstrapError> {
    let client = 0;
    venue.connect(client, HOME, Verify::All);
    let mut asking = Bootstrapping::new(coin, account);
    let mut answer = None;
    let begun = loop {
        match asking.step(answer)? {
            BootstrapWish::Begin(bootstrap) => break bootstrap,
            BootstrapWish::Ask(question) => {
                venue.on_http(client, RestPath::Info, question.to_string().as_bytes(), now);
                answer = venue.take_outputs().find_map(|(_, output)| match output {
                    ClientOutput::Http(http) => serde_json::from_str::<Value>(&http.body).ok(),
                    ClientOutput::Text(_) | ClientOutput::Close => None,
                });
            }
        }
    };
    venue.closed(client);
    Ok(begun)
}

/// Nonces of signatures from a seed, so that a session repeats byte for byte. Only a simulation can
/// make one; a session that trades takes its randomness from the system.
struct SeededNonces {
    preparer: Preparer,
    prng: Prng,
}

impl SeededNonces {
    fn new(signer: &Signer, seed: u64) -> SeededNonces {
        SeededNonces { preparer: signer.preparer(), prng: Prng::new(seed, Purpose::Signatures) }
    }
}

impl NonceSource for SeededNonces {
    fn take(&mut self) -> Option<Prepared> {
        let mut entropy = [0; 32];
        for chunk in entropy.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.prng.bits().to_le_bytes());
        }
        self.preparer.prepare(&entropy)
    }
}
