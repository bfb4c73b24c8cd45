//! What was received and what happened, merged into one order of time.

use super::error::RecordingError;
use super::market::{RecordedBook, merged};
use super::reader::RecordingReader;
use super::{ASSET, FeedLatency, LATE_MAX, PAUSE_MAX};
use crate::journal::RecordedMessage;
use crate::market::{Bbo, BookFrame, Link, OwnedEvent};
use crate::num::time::MS_NS;
use crate::num::{Nanos, WallMs};
use crate::session::simulated::{RecordingEvent, SimulationError, TimedEvent, TimedEvents};
use crate::venue::{MarketEvent, MarketEventKind};
use std::collections::VecDeque;

/// A session asks a market that is silent for so long whether its connection lives.
const QUIET: Nanos = Nanos::from_millis(500);
/// A recorder that says a later time, of the year 2100, has said none.
const RECEIVED_MAX_NS: u64 = 4_102_444_800_000_000_000;
/// How far the file is read ahead: nothing but repeated trades is this late.
const AHEAD_NS: u64 = LATE_MAX.ns() + 1_000 * MS_NS;

/// A recording, as one sequence of moments in the order of time.
pub struct RecordingEvents {
    reader: RecordingReader,
    delay: FeedLatency,
    behind_ns: u64,
    market: RecordedBook,
    pending: VecDeque<Pending>, // In the order of time; what is new belongs near the end.
    received_ns: u64,           // Of the newest message read.
    heard_ns: u64,              // When the engine hears that message.
    venue: WallMs,              // The exchange's time in it.
    given_ns: u64,              // Of the last moment given.
    ended: bool,
    contexts: bool, // Whether the recording has marks of its own.
}

/// An event still to be given, with its time and its rank among those of that time.
struct Pending {
    at_ns: u64,
    rank: Rank,
    what: PendingKind,
}

/// The order of events at one time: a block's trades come before the book they left behind, and a
/// message that says so after both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Up,
    Taker,
    Quotes,
    Marks,
    Message,
    Down,
}

/// What is still to be given: a change of the book becomes an event only once all before it are.
enum PendingKind {
    Touch(Bbo),
    Book(Box<BookFrame>),
    Market(MarketEventKind),
    Event(RecordingEvent),
}

impl RecordingEvents {
    /// The moments of a recording.
    #[must_use]
    pub fn new(reader: RecordingReader, delay: FeedLatency) -> RecordingEvents {
        let info = reader.info();
        RecordingEvents {
            behind_ns: info.behind_ns,
            market: RecordedBook::new(info.trade_mean),
            reader,
            delay,
            pending: VecDeque::new(),
            received_ns: 0,
            heard_ns: 0,
            venue: WallMs::default(),
            given_ns: 0,
            ended: false,
            contexts: false,
        }
    }

    /// The same for a simulation.
    #[must_use]
    pub fn moments(self) -> TimedEvents {
        let failed = |error| SimulationError::Recording(Box::new(error));
        Box::new(self.map(move |moment| moment.map_err(failed)))
    }

    /// The next moment, or nothing at the end.
    fn step(&mut self) -> Result<Option<TimedEvent>, RecordingError> {
        loop {
            self.read_ahead()?;
            let Some(Pending { at_ns, what, .. }) = self.pending.pop_front() else {
                return Ok(None);
            };
            self.given_ns = self.given_ns.max(at_ns);
            if let Some(what) = self.event(what) {
                return Ok(Some(TimedEvent { at_ns: self.given_ns, what }));
            }
        }
    }

    /// Reads until nothing unread can come before what is first.
    fn read_ahead(&mut self) -> Result<(), RecordingError> {
        while !self.ended
            && self
                .pending
                .front()
                .is_none_or(|first| self.received_ns < first.at_ns.saturating_add(AHEAD_NS))
        {
            match self.reader.next()? {
                Some(message) => self.on_message(message),
                None => self.ended = true,
            }
        }
        Ok(())
    }

    fn on_message(&mut self, message: RecordedMessage) {
        let sound = message.received_ns.filter(|&ns| ns <= RECEIVED_MAX_NS);
        let recv_ns = sound.map(|ns| ns.saturating_add(self.behind_ns));
        self.on_time(message.venue(), recv_ns);
        self.on_market(&message, recv_ns.is_some());
        self.push_event(self.heard_ns, Rank::Message, RecordingEvent::Message(message.event));
    }

    /// Moves the clocks to a new line, and notes a pause before it.
    fn on_time(&mut self, venue: Option<WallMs>, recv_ns: Option<u64>) {
        let before_ns = self.heard_ns;
        self.venue = venue.unwrap_or(self.venue);
        let sent_ns = self.venue.ms() * MS_NS;
        // A message is not received before it was sent, and not before the one in front of it.
        self.received_ns = recv_ns.unwrap_or(sent_ns).max(self.received_ns);
        self.heard_ns = match self.delay {
            FeedLatency::AsRecorded if recv_ns.is_some() => self.received_ns.max(sent_ns),
            FeedLatency::AsRecorded => self.received_ns,
            FeedLatency::Fixed(delay) => sent_ns + delay.ns(),
        };
        if before_ns == 0 || self.heard_ns <= before_ns + QUIET.ns() {
            return;
        }
        if before_ns + PAUSE_MAX.ns() < self.heard_ns {
            self.push_event(before_ns, Rank::Down, RecordingEvent::Link(Link::Down));
            self.push_event(self.heard_ns, Rank::Up, RecordingEvent::Link(Link::Up));
            return;
        }
        // A recorder keeps no pongs; a session would have asked for them in this silence.
        let mut alive_ns = before_ns + QUIET.ns();
        while alive_ns < self.heard_ns {
            self.push_event(alive_ns, Rank::Message, RecordingEvent::Pong);
            alive_ns += QUIET.ns();
        }
    }

    /// Enters what a message says about the market at the time at which it was so.
    fn on_market(&mut self, message: &RecordedMessage, stamped: bool) {
        let Some(event) = &message.event else { return };
        match event {
            OwnedEvent::Bbo(_, bbo) => {
                self.push(bbo.venue.ms() * MS_NS, Rank::Quotes, PendingKind::Touch(*bbo));
            }
            OwnedEvent::Book(_, frame) => {
                let book = PendingKind::Book(frame.clone());
                self.push(frame.venue.ms() * MS_NS, Rank::Quotes, book);
            }
            OwnedEvent::Trades(_, trades) => {
                let oldest_ns =
                    if stamped { self.received_ns.saturating_sub(LATE_MAX.ns()) } else { 0 };
                let fresh = trades.iter().enumerate().filter(|(at, trade)| {
                    oldest_ns <= trade.venue.ms() * MS_NS && !message.repeated.contains(at)
                });
                for trade in merged(fresh.map(|(_, trade)| trade)) {
                    let (side, limit, qty) = (trade.taker(), trade.px, trade.qty);
                    let taker = MarketEventKind::Taker { side, limit, qty };
                    self.push(trade.venue.ms() * MS_NS, Rank::Taker, PendingKind::Market(taker));
                }
            }
            OwnedEvent::Context(_, context) => {
                self.contexts = true;
                let marks = MarketEventKind::Marks { mark: context.mark, oracle: context.oracle };
                self.push(self.heard_ns, Rank::Marks, PendingKind::Market(marks));
            }
            OwnedEvent::Alive(_)
            | OwnedEvent::Orders(_)
            | OwnedEvent::Fills(_)
            | OwnedEvent::Funding(_)
            | OwnedEvent::OpenOrders(_)
            | OwnedEvent::Items(..)
            | OwnedEvent::Done(_)
            | OwnedEvent::Rejected(..)
            | OwnedEvent::Table(..)
            | OwnedEvent::Link(..)
            | OwnedEvent::Command(_) => {}
        }
    }

    /// Enters something in the order of time; what is of one time and rank stays in its order.
    fn push(&mut self, at_ns: u64, rank: Rank, what: PendingKind) {
        let later = |entry: &&Pending| (at_ns, rank) < (entry.at_ns, entry.rank);
        let late = self.pending.iter().rev().take_while(later).count();
        self.pending.insert(self.pending.len() - late, Pending { at_ns, rank, what });
    }

    fn push_event(&mut self, at_ns: u64, rank: Rank, event: RecordingEvent) {
        self.push(at_ns, rank, PendingKind::Event(event));
    }

    /// The event that something pending is, given what came before it; none for an old book.
    fn event(&mut self, pending: PendingKind) -> Option<RecordingEvent> {
        let at = WallMs::from_ms(self.given_ns / MS_NS);
        let what = match pending {
            PendingKind::Touch(bbo) => self.market.touch(&bbo)?,
            PendingKind::Book(frame) => self.market.replace(frame)?,
            PendingKind::Market(what) => what,
            PendingKind::Event(event) => return Some(event),
        };
        if !self.contexts
            && let Some(marks) = self.market.marks(at)
        {
            self.push(self.given_ns, Rank::Marks, PendingKind::Market(marks));
        }
        Some(RecordingEvent::Market(MarketEvent { at, asset: ASSET, what }))
    }
}

impl Iterator for RecordingEvents {
    type Item = Result<TimedEvent, RecordingError>;

    /// The next moment; after an error, which only a damaged journal can cause, there are no more.
    fn next(&mut self) -> Option<Result<TimedEvent, RecordingError>> {
        let moment = self.step();
        if moment.is_err() {
            self.ended = true;
            self.pending.clear();
        }
        moment.transpose()
    }
}
