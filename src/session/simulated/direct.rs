//! The port without bytes: structures pass between a strategy and the exchange, with delays. More than
//! twice as fast as the one with bytes, and held against it by a test; recordings and sweeps use it.

mod convert;

use super::latency_queue::{LatencyQueue, Message};
use super::market_source::{MarketSource, RecordingEvent, SimulationError, TimedEvent};
use super::{Delays, VenueTruth};
use crate::market::event::Command;
use crate::market::{Address, CoinIx, Event, Link, OwnedEvent, Requests, Stream};
use crate::model::glft;
use crate::num::time::MS_NS;
use crate::num::{Mono, Nanos, Stamp, WallMs};
use crate::session::crank::Strategy;
use crate::session::port::{Next, Port};
use crate::venue::{Exchange, ExchangeConfig, MarketEvent, Output};
use crate::wire::RequestNonce;
pub use convert::FillCauses;

/// The coin of a simulation has the first place.
const COIN: CoinIx = CoinIx(0);
/// A synthetic venue pushes a whole book this often (PROTOCOL 8.3).
const BOOK_EVERY: Nanos = Nanos::from_millis(5_400);

/// The account that trades. Nobody signs here, so any address will do.
const ACCOUNT: Address = Address([7; 20]);
/// How long a stop may take.
const STOP_LIMIT: Nanos = Nanos::from_secs(5);
/// The least time between two looks at the venue's own lists.
const SYNC_EVERY: Nanos = Nanos::from_secs(1);

/// Whether it is the market that moves, and not something that reaches us.
fn is_market(what: &RecordingEvent) -> bool {
    match what {
        RecordingEvent::Market(_) => true,
        RecordingEvent::Message(_) | RecordingEvent::Pong | RecordingEvent::Link(_) => false,
    }
}

/// What one run consists of.
pub struct DirectSetup {
    /// The venue; the session trades its first market, from its start on.
    pub exchange: ExchangeConfig,
    /// Everybody else in the market.
    pub source: MarketSource,
    /// How long things take.
    pub delays: Delays,
}

/// A simulated venue with an engine's mail between.
pub struct DirectPort {
    exchange: Exchange,
    dex: usize,
    source: MarketSource,
    /// What a recorded crowd does next.
    next_event: Option<TimedEvent>,
    begun: bool,
    delays: Delays,
    start_ns: u64,
    now_ns: u64,
    to_us: LatencyQueue<Message>,
    to_venue: LatencyQueue<crate::venue::Envelope>,
    /// Requests that the venue has and has not answered.
    unanswered: usize,
    nonce: RequestNonce,
    message: Option<Message>,
    book_at_ns: u64,
    sync_at_ns: u64,
    /// When a machine that was told to stop must have done so.
    over_ns: Option<u64>,
    flows: Vec<MarketEvent>,
    out: Vec<Output>,
    causes: FillCauses,
    frames: u64,
}

impl<S: Strategy> Port<S> for DirectPort {
    type Error = SimulationError;

    fn next(&mut self, wake: Mono) -> Result<Next<'_>, SimulationError> {
        let Some(at) = self.advance(wake)? else { return Ok(Next::End) };
        let Some(message) = &self.message else { return Ok(Next::Event(at, Event::Wake)) };
        let event = match message {
            Message::Event(event) => Some(event),
            Message::Recorded(event) => {
                self.frames += 1;
                event.as_ref()
            }
        };
        Ok(event.map_or(Next::Handled, |event| Next::Event(at, event.borrow())))
    }

    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), SimulationError> {
        self.post_requests(at, requests);
        Ok(())
    }

    /// Brings the strategy what it wishes for: a table at once, the venue's lists a delay later.
    fn note(&mut self, at: Stamp, strategy: &S) -> Result<(), SimulationError> {
        if let Some(params) = strategy.table_wish(at.mono) {
            let table =
                glft::table(&params).map_err(|bad| SimulationError::Table(params.seq, bad))?;
            self.tell(self.now_ns, OwnedEvent::Table(COIN, Box::new(table)));
        }
        if strategy.must_sync() && self.sync_at_ns <= self.now_ns {
            self.sync_at_ns = self.now_ns + SYNC_EVERY.ns();
            self.post_open_orders(self.now_ns + self.delays.feed.ns());
        }
        Ok(())
    }
}

impl VenueTruth for DirectPort {
    fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    fn account(&self) -> (Address, usize) {
        (ACCOUNT, self.dex)
    }
}

impl DirectPort {
    /// Sets the scene. The first letters say that both links are up and nothing is open. A recorded
    /// market is let run until its first message reaches us: there the engine's clock begins.
    ///
    /// # Errors
    /// The recording turned out to be damaged.
    pub fn open(setup: DirectSetup) -> Result<DirectPort, SimulationError> {
        let DirectSetup { exchange, source, delays } = setup;
        let (dex, start_ns) = (exchange.markets[0].dex, exchange.start.ms() * MS_NS);
        let mut exchange = Exchange::new(exchange);
        assert!(exchange.open_account(ACCOUNT), "a fresh exchange opens any account");
        let mut simulation = DirectPort {
            exchange,
            dex,
            source,
            next_event: None,
            begun: false,
            delays,
            start_ns,
            now_ns: start_ns,
            to_us: LatencyQueue::default(),
            to_venue: LatencyQueue::default(),
            unanswered: 0,
            nonce: RequestNonce::after(0),
            message: None,
            book_at_ns: start_ns,
            sync_at_ns: start_ns,
            over_ns: None,
            flows: Vec::new(),
            out: Vec::new(),
            causes: FillCauses::default(),
            frames: 0,
        };
        simulation.begin()?;
        Ok(simulation)
    }

    fn begin(&mut self) -> Result<(), SimulationError> {
        self.fetch()?;
        while let Some(moment) = self.next_event.take_if(|moment| is_market(&moment.what)) {
            self.now_ns = self.now_ns.max(moment.at_ns);
            self.next_event = Some(moment);
            self.source_moves();
            self.fetch()?;
        }
        self.out.clear();
        if let Some(first) = &self.next_event {
            (self.start_ns, self.now_ns) = (first.at_ns, first.at_ns);
        }
        self.tell(self.now_ns, OwnedEvent::Link(Stream::Market, Link::Up));
        self.tell(self.now_ns, OwnedEvent::Link(Stream::Orders, Link::Up));
        self.tell(self.now_ns, OwnedEvent::OpenOrders(Vec::new()));
        Ok(())
    }

    /// Why our orders were filled, counted.
    #[must_use]
    pub fn causes(&self) -> &FillCauses {
        &self.causes
    }

    /// Messages of the recording that were handed over.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The time of the engine for a time of the venue.
    fn stamp(&self) -> Stamp {
        let mono = Mono::from_ns(self.now_ns - self.start_ns);
        Stamp { mono, wall: WallMs::from_ms(self.now_ns / MS_NS) }
    }

    /// Lets the venue and the crowd go on until the machine has something to do: a letter, or its
    /// wake. None when the crowd has come to its end.
    fn advance(&mut self, wake: Mono) -> Result<Option<Stamp>, SimulationError> {
        let wake_ns = self.start_ns + wake.ns();
        loop {
            self.fetch()?;
            let crowd_ns = self.source_ns().unwrap_or_else(|| self.stop());
            let venue_ns = self.to_venue.next_ns().unwrap_or(u64::MAX);
            let block_ns = self.block_ns();
            let ours_ns = self.to_us.next_ns().unwrap_or(u64::MAX).min(wake_ns);
            let first_ns = crowd_ns.min(venue_ns).min(block_ns);
            if self.over_ns.is_some_and(|over| over <= ours_ns.min(first_ns)) {
                return Ok(None);
            }
            if ours_ns < first_ns {
                self.now_ns = self.now_ns.max(ours_ns);
                self.message = self.to_us.pop_due(ours_ns);
                return Ok(Some(self.stamp()));
            }
            self.now_ns = self.now_ns.max(first_ns);
            if venue_ns == first_ns {
                self.arrive(venue_ns);
            } else if block_ns == first_ns {
                self.run_block(block_ns);
            } else {
                self.source_moves();
            }
            self.post_outputs();
        }
    }

    /// Sends an event on its way to the engine.
    fn tell(&mut self, at_ns: u64, event: OwnedEvent) {
        self.to_us.send(at_ns, Message::Event(event));
    }

    /// The crowd has come to its end: the machine is told to cancel, and given time to. Nobody is left
    /// to close a position with, and scores are of the time before: it stays.
    fn stop(&mut self) -> u64 {
        if self.over_ns.is_none() {
            self.over_ns = Some(self.now_ns + STOP_LIMIT.ns());
            self.tell(self.now_ns, OwnedEvent::Command(Command::Abandon));
        }
        u64::MAX
    }

    /// The next block that matters: any in a synthetic world, one that owes us an answer otherwise.
    fn block_ns(&self) -> u64 {
        match self.source {
            MarketSource::World(..) if self.over_ns.is_none() => {
                self.exchange.next_block().ms() * MS_NS
            }
            MarketSource::World(..) | MarketSource::Recorded(_) if self.unanswered == 0 => u64::MAX,
            MarketSource::World(..) | MarketSource::Recorded(_) => {
                self.exchange.next_block().ms() * MS_NS
            }
        }
    }

    /// Reads a recorded crowd's next move.
    fn fetch(&mut self) -> Result<(), SimulationError> {
        if let MarketSource::Recorded(recorded) = &mut self.source
            && (self.next_event.is_none() || !self.begun)
        {
            self.begun = true;
            self.next_event = recorded.next().transpose()?;
        }
        Ok(())
    }

    /// When the crowd moves next; none at its end.
    fn source_ns(&self) -> Option<u64> {
        match &self.source {
            MarketSource::World(_, until) => {
                (self.exchange.next_block() <= *until).then_some(u64::MAX)
            }
            MarketSource::Recorded(_) => self.next_event.as_ref().map(|moment| moment.at_ns),
        }
    }

    /// A recorded crowd's next move happens.
    fn source_moves(&mut self) {
        let Some(TimedEvent { at_ns, what }) = self.next_event.take() else { return };
        match what {
            RecordingEvent::Market(flow) => self.exchange.apply(flow, &mut self.out),
            RecordingEvent::Message(event) => self.to_us.send(at_ns, Message::Recorded(event)),
            RecordingEvent::Pong => self.tell(at_ns, OwnedEvent::Alive(Stream::Market)),
            RecordingEvent::Link(link) => {
                self.tell(at_ns, OwnedEvent::Link(Stream::Market, link));
                if link == Link::Up {
                    self.post_open_orders(at_ns);
                }
            }
        }
    }

    /// A block of the venue: the world moves, actions are executed.
    fn run_block(&mut self, block_ns: u64) {
        let block = WallMs::from_ms(block_ns / MS_NS);
        if let MarketSource::World(world, _) = &mut self.source
            && self.over_ns.is_none()
        {
            world(block, &mut self.flows);
        }
        for flow in self.flows.drain(..) {
            self.exchange.apply(flow, &mut self.out);
        }
        self.exchange.advance(block, &mut self.out);
        if let MarketSource::World(..) = self.source
            && self.book_at_ns <= block_ns
        {
            self.book_at_ns = block_ns + BOOK_EVERY.ns();
            self.post_book(block);
        }
    }
}
