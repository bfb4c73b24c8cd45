//! What was received and what happened, merged into one order of time.

use super::fault::RecordedError;
use super::market::{Print, RecordedBook, prints};
use super::reel::RecordingReader;
use super::{FeedLatency, LATE_MAX, PAUSE_MAX, Reading};
use crate::journal::{MarketMessage, RecordedMessage};
use crate::market::{Bbo, BookFrame, Link};
use crate::num::WallMs;
use crate::session::live::sender::QUIET;
use crate::session::simulated::{Moment, Moments, RecordingEvent, SimulationError};
use crate::venue::{MarketEvent, MarketEventKind};
use std::collections::VecDeque;

/// Nanoseconds in a millisecond.
const MS_NS: u64 = 1_000_000;
/// How far the file is read ahead: nothing but repeated trades is this late.
const AHEAD_NS: u64 = LATE_MAX.ns() + 1_000 * MS_NS;

/// A recording, as one sequence of moments in the order of time.
pub struct Recorded {
    reader: RecordingReader,
    reading: Reading,
    behind_ns: u64,
    market: RecordedBook,
    pending: VecDeque<Entry>, // In the order of time; what is new belongs near the end.
    received_ns: u64,         // Of the newest message read.
    heard_ns: u64,            // When the engine hears that message.
    venue: WallMs,            // The exchange's time in it.
    given_ns: u64,            // Of the last moment given.
    ended: bool,
    contexts: bool, // Whether the recording has marks of its own.
}

/// Something to come.
struct Entry {
    at_ns: u64,
    what: Coming,
}

/// What comes. The order of variants is the order at one time: a block's trades come before the
/// book they left behind, and a message that says so after both.
enum Coming {
    Up,
    Taker(Print),
    Touch(Bbo),
    Book(Box<BookFrame>),
    Context(MarketEventKind),
    Message(MarketMessage),
    Pong,
    Down,
}

impl Recorded {
    /// The moments of a recording.
    #[must_use]
    pub fn new(reader: RecordingReader, reading: Reading) -> Recorded {
        let facts = reader.info();
        Recorded {
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
    pub fn moments(self) -> Moments {
        let failed = |error| SimulationError::Recording(Box::new(error));
        Box::new(self.map(move |moment| moment.map_err(failed)))
    }

    /// The next moment, or nothing at the end.
    fn step(&mut self) -> Result<Option<Moment>, RecordedError> {
        loop {
            self.read_ahead()?;
            let Some(Entry { at_ns, what }) = self.pending.pop_front() else {
                return Ok(None);
            };
            self.given_ns = self.given_ns.max(at_ns);
            if let Some(what) = self.scene(what) {
                return Ok(Some(Moment { at_ns: self.given_ns, what }));
            }
        }
    }

    /// Reads until nothing unread can come before what is first.
    fn read_ahead(&mut self) -> Result<(), RecordedError> {
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
        self.push(self.heard_ns, Coming::Message(heard.content));
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
            self.push(before_ns, Coming::Down);
            self.push(self.heard_ns, Coming::Up);
            return;
        }
        // A recorder keeps no pongs; a session would have asked for them in this silence.
        let mut alive_ns = before_ns + QUIET.ns();
        while alive_ns < self.heard_ns {
            self.push(alive_ns, Coming::Pong);
            alive_ns += QUIET.ns();
        }
    }

    /// Enters what a message says about the market at the time at which it was so.
    fn on_market(&mut self, news: &MarketMessage, stamped: bool) {
        match news {
            MarketMessage::Touch(bbo) => self.push(bbo.venue.ms() * MS_NS, Coming::Touch(*bbo)),
            MarketMessage::Book(frame) => {
                self.push(frame.venue.ms() * MS_NS, Coming::Book(frame.clone()))
            }
            MarketMessage::Trades(trades, repeated) => {
                let oldest_ns =
                    if stamped { self.received_ns.saturating_sub(LATE_MAX.ns()) } else { 0 };
                let fresh = trades.iter().enumerate().filter(|(at, trade)| {
                    oldest_ns <= trade.venue.ms() * MS_NS && !repeated.contains(at)
                });
                for print in prints(fresh.map(|(_, trade)| trade)) {
                    self.push(print.venue.ms() * MS_NS, Coming::Taker(print));
                }
            }
            MarketMessage::Context(context) => {
                self.contexts = true;
                let marks = MarketEventKind::Marks { mark: context.mark, oracle: context.oracle };
                self.push(self.heard_ns, Coming::Context(marks));
            }
            MarketMessage::Alive | MarketMessage::Other => {}
        }
    }

    /// Enters something in the order of time; what is of one time and rank stays in its order.
    fn push(&mut self, at_ns: u64, what: Coming) {
        let key = (at_ns, what.rank());
        let earlier = |entry: &Entry| (entry.at_ns, entry.what.rank()) <= key;
        let late = self.pending.iter().rev().take_while(|entry| !earlier(entry)).count();
        self.pending.insert(self.pending.len() - late, Entry { at_ns, what });
    }

    /// What there is to see of what comes.
    fn scene(&mut self, coming: Coming) -> Option<RecordingEvent> {
        let at = WallMs::from_ms(self.given_ns / MS_NS);
        let happening = match coming {
            Coming::Up => return Some(RecordingEvent::Link(Link::Up)),
            Coming::Down => return Some(RecordingEvent::Link(Link::Down)),
            Coming::Message(news) => return Some(RecordingEvent::Message(news)),
            Coming::Pong => return Some(RecordingEvent::Pong),
            Coming::Taker(Print { taker, px, qty, .. }) => {
                MarketEventKind::Taker { side: taker, limit: px, qty }
            }
            Coming::Touch(bbo) => self.market.touch(&bbo)?,
            Coming::Book(frame) => self.market.replace(frame)?,
            Coming::Context(marks) => marks,
        };
        if !self.contexts
            && let Some(marks) = self.market.marks(at)
        {
            self.push(self.given_ns, Coming::Context(marks));
        }
        Some(RecordingEvent::Market(MarketEvent { at, asset: self.reading.asset, what: happening }))
    }
}

impl Iterator for Recorded {
    type Item = Result<Moment, RecordedError>;

    /// The next moment; after an error, which only a damaged journal can cause, there are no more.
    fn next(&mut self) -> Option<Result<Moment, RecordedError>> {
        let moment = self.step();
        if moment.is_err() {
            self.ended = true;
            self.pending.clear();
        }
        moment.transpose()
    }
}

impl Coming {
    /// Its place among what comes at one time.
    fn rank(&self) -> u8 {
        match self {
            Coming::Up => 0,
            Coming::Taker(_) => 1,
            Coming::Touch(_) | Coming::Book(_) => 2,
            Coming::Context(_) => 3,
            Coming::Message(_) | Coming::Pong => 4,
            Coming::Down => 5,
        }
    }
}
