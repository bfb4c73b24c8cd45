//! What was received and what happened, merged into one order of time.

use super::error::RecordingError;
use super::market::{Print, RecordedBook, prints};
use super::reader::RecordingReader;
use super::{FeedLatency, LATE_MAX, PAUSE_MAX, Reading};
use crate::journal::{MarketMessage, RecordedMessage};
use crate::market::{Bbo, BookFrame, Link};
use crate::num::WallMs;
use crate::session::links::QUIET;
use crate::session::simulated::{RecordingEvent, SimulationError, TimedEvent, TimedEvents};
use crate::venue::{MarketEvent, MarketEventKind};
use std::collections::VecDeque;

/// Nanoseconds in a millisecond.
const MS_NS: u64 = 1_000_000;
/// How far the file is read ahead: nothing but repeated trades is this late.
const AHEAD_NS: u64 = LATE_MAX.ns() + 1_000 * MS_NS;

/// A recording, as one sequence of moments in the order of time.
pub struct RecordingEvents {
    reader: RecordingReader,
    reading: Reading,
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

/// Something to come.
struct Pending {
    at_ns: u64,
    what: PendingKind,
}

/// What comes. The order of variants is the order at one time: a block's trades come before the
/// book they left behind, and a message that says so after both.
enum PendingKind {
    Up,
    Taker(Print),
    Touch(Bbo),
    Book(Box<BookFrame>),
    Context(MarketEventKind),
    Message(MarketMessage),
    Pong,
    Down,
}

impl RecordingEvents {
    /// The moments of a recording.
    #[must_use]
    pub fn new(reader: RecordingReader, reading: Reading) -> RecordingEvents {
        let facts = reader.info();
        RecordingEvents {
            behind_ns: facts.behind_ns,
            market: RecordedBook::new(facts.trade_mean),
            reader,
            reading,
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
            let Some(Pending { at_ns, what }) = self.pending.pop_front() else {
                return Ok(None);
            };
            self.given_ns = self.given_ns.max(at_ns);
            if let Some(what) = self.scene(what) {
                return Ok(Some(TimedEvent { at_ns: self.given_ns, what }));
            }
        }
    }

    /// Reads until nothing unread can come before what is first.
    fn read_ahead(&mut self) -> Result<(), RecordingError> {
        while !self.ended
            && self.pending.front().is_none_or(|first| self.received_ns < first.at_ns + AHEAD_NS)
        {
            match self.reader.next()? {
                Some(heard) => self.on_message(heard),
                None => self.ended = true,
            }
        }
        Ok(())
    }

    fn on_message(&mut self, heard: RecordedMessage) {
        let recv_ns = heard.received_ns.map(|ns| ns + self.behind_ns);
        self.on_time(heard.content.venue(), recv_ns);
        self.on_market(&heard.content, recv_ns.is_some());
        self.push(self.heard_ns, PendingKind::Message(heard.content));
    }

    /// Moves the clocks to a new line, and notes a pause before it.
    fn on_time(&mut self, venue: Option<WallMs>, recv_ns: Option<u64>) {
        let before_ns = self.heard_ns;
        self.venue = venue.unwrap_or(self.venue);
        let sent_ns = self.venue.ms() * MS_NS;
        // A message is not received before it was sent, and not before the one in front of it.
        self.received_ns = recv_ns.unwrap_or(sent_ns).max(self.received_ns);
        self.heard_ns = match self.reading.delay {
            FeedLatency::AsRecorded if recv_ns.is_some() => self.received_ns.max(sent_ns),
            FeedLatency::AsRecorded => self.received_ns,
            FeedLatency::Fixed(delay) => sent_ns + delay.ns(),
        };
        if before_ns == 0 || self.heard_ns <= before_ns + QUIET.ns() {
            return;
        }
        if before_ns + PAUSE_MAX.ns() < self.heard_ns {
            self.push(before_ns, PendingKind::Down);
            self.push(self.heard_ns, PendingKind::Up);
            return;
        }
        // A recorder keeps no pongs; a session would have asked for them in this silence.
        let mut alive_ns = before_ns + QUIET.ns();
        while alive_ns < self.heard_ns {
            self.push(alive_ns, PendingKind::Pong);
            alive_ns += QUIET.ns();
        }
    }

    /// Enters what a message says about the market at the time at which it was so.
    fn on_market(&mut self, news: &MarketMessage, stamped: bool) {
        match news {
            MarketMessage::Touch(bbo) => {
                self.push(bbo.venue.ms() * MS_NS, PendingKind::Touch(*bbo))
            }
            MarketMessage::Book(frame) => {
                self.push(frame.venue.ms() * MS_NS, PendingKind::Book(frame.clone()))
            }
            MarketMessage::Trades(trades, repeated) => {
                let oldest_ns =
                    if stamped { self.received_ns.saturating_sub(LATE_MAX.ns()) } else { 0 };
                let fresh = trades.iter().enumerate().filter(|(at, trade)| {
                    oldest_ns <= trade.venue.ms() * MS_NS && !repeated.contains(at)
                });
                for print in prints(fresh.map(|(_, trade)| trade)) {
                    self.push(print.venue.ms() * MS_NS, PendingKind::Taker(print));
                }
            }
            MarketMessage::Context(context) => {
                self.contexts = true;
                let marks = MarketEventKind::Marks { mark: context.mark, oracle: context.oracle };
                self.push(self.heard_ns, PendingKind::Context(marks));
            }
            MarketMessage::Alive | MarketMessage::Other => {}
        }
    }

    /// Enters something in the order of time; what is of one time and rank stays in its order.
    fn push(&mut self, at_ns: u64, what: PendingKind) {
        let key = (at_ns, what.rank());
        let earlier = |entry: &Pending| (entry.at_ns, entry.what.rank()) <= key;
        let late = self.pending.iter().rev().take_while(|entry| !earlier(entry)).count();
        self.pending.insert(self.pending.len() - late, Pending { at_ns, what });
    }

    /// What there is to see of what comes.
    fn scene(&mut self, coming: PendingKind) -> Option<RecordingEvent> {
        let at = WallMs::from_ms(self.given_ns / MS_NS);
        let happening = match coming {
            PendingKind::Up => return Some(RecordingEvent::Link(Link::Up)),
            PendingKind::Down => return Some(RecordingEvent::Link(Link::Down)),
            PendingKind::Message(news) => return Some(RecordingEvent::Message(news)),
            PendingKind::Pong => return Some(RecordingEvent::Pong),
            PendingKind::Taker(Print { taker, px, qty, .. }) => {
                MarketEventKind::Taker { side: taker, limit: px, qty }
            }
            PendingKind::Touch(bbo) => self.market.touch(&bbo)?,
            PendingKind::Book(frame) => self.market.replace(frame)?,
            PendingKind::Context(marks) => marks,
        };
        if !self.contexts
            && let Some(marks) = self.market.marks(at)
        {
            self.push(self.given_ns, PendingKind::Context(marks));
        }
        Some(RecordingEvent::Market(MarketEvent { at, asset: self.reading.asset, what: happening }))
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

impl PendingKind {
    /// Its place among what comes at one time.
    fn rank(&self) -> u8 {
        match self {
            PendingKind::Up => 0,
            PendingKind::Taker(_) => 1,
            PendingKind::Touch(_) | PendingKind::Book(_) => 2,
            PendingKind::Context(_) => 3,
            PendingKind::Message(_) | PendingKind::Pong => 4,
            PendingKind::Down => 5,
        }
    }
}
