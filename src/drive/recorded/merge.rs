//! What was received and what happened, merged into one order of time.

use super::fault::{RecordedError, Trouble};
use super::lines::{Lines, field};
use super::market::{Market, Print, prints};
use super::survey::{Facts, Known, received};
use super::{FeedDelay, Frame, Moment, PAUSE_MAX, Reading, Scene};
use crate::market::{Bbo, BookFrame, Event, Link, Stream, Trade};
use crate::num::WallMs;
use crate::sim::{Flow, Happening};
use crate::wire::decode::{Decoded, Decoder};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::path::Path;

/// Nanoseconds in a millisecond.
const MS_NS: u64 = 1_000_000;
/// How far the file is read ahead: nothing but repeated trades is this late.
const AHEAD_NS: u64 = PAUSE_MAX.ns() + 1_000 * MS_NS;

/// A recording, as one sequence of moments in the order of time.
pub struct Recorded {
    lines: Lines,
    reader: Decoder,
    coin: Vec<u8>,
    reading: Reading,
    behind_ns: u64,
    market: Market,
    heap: BinaryHeap<Reverse<Entry>>,
    count: u64,       // Entries made; ties of time are told apart by it.
    received_ns: u64, // Of the newest line read.
    heard_ns: u64,    // When the engine hears that line.
    venue: WallMs,    // The exchange's time in it.
    given_ns: u64,    // Of the last moment given.
    known: Known,
    ended: bool,
    contexts: bool, // Whether the recording has marks of its own.
}

/// Something to come.
struct Entry {
    at_ns: u64,
    number: u64,
    what: Coming,
}

/// What comes. The order of variants is the order at one time: a block's trades come before the
/// book they left behind, and a message that says so after both.
enum Coming {
    Up,
    Taker(Print),
    Touch(Bbo),
    Book(Box<BookFrame>),
    Context(Happening),
    Frame(Frame),
    Down,
}

impl Recorded {
    /// Opens a recording that was surveyed before.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(file: &Path, facts: &Facts, reading: Reading) -> Result<Recorded, RecordedError> {
        Ok(Recorded {
            lines: Lines::open(file)?,
            reader: Decoder::new(&[&facts.coin]),
            coin: facts.coin.clone().into_bytes(),
            reading,
            behind_ns: facts.behind_ns,
            market: Market::new(facts.trade_mean),
            heap: BinaryHeap::new(),
            count: 0,
            received_ns: 0,
            heard_ns: 0,
            venue: WallMs::default(),
            given_ns: 0,
            known: Known::default(),
            ended: false,
            contexts: false,
        })
    }

    /// The next moment, or nothing at the end.
    fn step(&mut self) -> Result<Option<Moment>, RecordedError> {
        loop {
            self.read_ahead()?;
            let Some(Reverse(Entry { at_ns, what, .. })) = self.heap.pop() else {
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
        let first_ns = |heap: &BinaryHeap<Reverse<Entry>>| heap.peek().map(|top| top.0.at_ns);
        while !self.ended
            && first_ns(&self.heap).is_none_or(|first| self.received_ns < first + AHEAD_NS)
        {
            self.read_line()?;
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<(), RecordedError> {
        let file = self.lines.file().to_owned();
        let Some((number, line)) = self.lines.next()? else {
            self.ended = true;
            return Ok(());
        };
        if field(line, "coin").is_some_and(|coin| coin != self.coin) {
            return Ok(());
        }
        let bytes = line.to_vec();
        let fresh = self.reader.decode(Stream::Market, &bytes);
        let decoded = fresh.map_err(|refusal| {
            RecordedError::new(&file, Trouble::Line(number, refusal.to_string()))
        })?;
        let news = News::of(&decoded);
        let recv_ns = received(&bytes).map(|ns| ns + self.behind_ns);
        self.tell_time(news.venue(), recv_ns);
        self.tell_market(news, recv_ns.is_some());
        let frame = Frame { line: number, venue: self.venue, bytes };
        self.push(self.heard_ns, Coming::Frame(frame));
        Ok(())
    }

    /// Moves the clocks to a new line, and notes a pause before it.
    fn tell_time(&mut self, venue: Option<WallMs>, recv_ns: Option<u64>) {
        let before_ns = self.heard_ns;
        self.venue = venue.unwrap_or(self.venue);
        let sent_ns = self.venue.ms() * MS_NS;
        // A message is not received before it was sent, and not before the one in front of it.
        self.received_ns = recv_ns.unwrap_or(sent_ns).max(self.received_ns);
        self.heard_ns = match self.reading.delay {
            FeedDelay::AsRecorded if recv_ns.is_some() => self.received_ns.max(sent_ns),
            FeedDelay::AsRecorded => self.received_ns,
            FeedDelay::Fixed(delay) => sent_ns + delay.ns(),
        };
        if 0 < before_ns && before_ns + PAUSE_MAX.ns() < self.heard_ns {
            self.push(before_ns, Coming::Down);
            self.push(self.heard_ns, Coming::Up);
        }
    }

    /// Enters what a message says about the market at the time at which it was so.
    fn tell_market(&mut self, news: News, stamped: bool) {
        match news {
            News::Touch(bbo) => self.push(bbo.venue.ms() * MS_NS, Coming::Touch(bbo)),
            News::Book(frame) => self.push(frame.venue.ms() * MS_NS, Coming::Book(frame)),
            News::Trades(trades) => {
                let oldest_ns =
                    if stamped { self.received_ns.saturating_sub(PAUSE_MAX.ns()) } else { 0 };
                let known = &mut self.known;
                let is_news =
                    |trade: &Trade| oldest_ns <= trade.venue.ms() * MS_NS && known.is_news(trade);
                let fresh: Vec<Trade> = trades.into_iter().filter(is_news).collect();
                for print in prints(&fresh) {
                    self.push(print.venue.ms() * MS_NS, Coming::Taker(print));
                }
            }
            News::Marks(marks) => {
                self.contexts = true;
                self.push(self.heard_ns, Coming::Context(marks));
            }
            News::Other => {}
        }
    }

    fn push(&mut self, at_ns: u64, what: Coming) {
        self.count += 1;
        self.heap.push(Reverse(Entry { at_ns, number: self.count, what }));
    }

    /// What there is to see of what comes.
    fn scene(&mut self, coming: Coming) -> Option<Scene> {
        let at = WallMs::from_ms(self.given_ns / MS_NS);
        let happening = match coming {
            Coming::Up => return Some(Scene::Link(Link::Up)),
            Coming::Down => return Some(Scene::Link(Link::Down)),
            Coming::Frame(frame) => return Some(Scene::Frame(frame)),
            Coming::Taker(Print { taker, px, qty, .. }) => {
                Happening::Taker { side: taker, limit: px, qty }
            }
            Coming::Touch(bbo) => self.market.touch(&bbo)?,
            Coming::Book(frame) => self.market.replace(&frame)?,
            Coming::Context(marks) => marks,
        };
        if !self.contexts
            && let Some(marks) = self.market.marks(at)
        {
            self.push(self.given_ns, Coming::Context(marks));
        }
        Some(Scene::Market(Flow { at, asset: self.reading.asset, what: happening }))
    }
}

impl Iterator for Recorded {
    type Item = Result<Moment, RecordedError>;

    /// The next moment; after an error, which only a file that has changed since it was surveyed
    /// can cause, there are no more.
    fn next(&mut self) -> Option<Result<Moment, RecordedError>> {
        let moment = self.step();
        if moment.is_err() {
            self.ended = true;
            self.heap.clear();
        }
        moment.transpose()
    }
}

/// What a message says about the market, out of the decoder's buffers.
enum News {
    Touch(Bbo),
    Book(Box<BookFrame>),
    Trades(Vec<Trade>),
    Marks(Happening),
    Other,
}

impl News {
    fn of(decoded: &Decoded) -> News {
        match decoded {
            Decoded::Event(Event::Bbo(_, bbo)) => News::Touch(**bbo),
            Decoded::Event(Event::Book(_, frame)) => News::Book(Box::new(**frame)),
            Decoded::Event(Event::Trades(_, trades)) => News::Trades(trades.to_vec()),
            Decoded::Event(Event::Context(_, context)) => {
                News::Marks(Happening::Marks { mark: context.mark, oracle: context.oracle })
            }
            Decoded::Event(_)
            | Decoded::Both(..)
            | Decoded::Ack
            | Decoded::Quiet
            | Decoded::VenueError(_) => News::Other,
        }
    }

    /// The exchange's newest time in it.
    fn venue(&self) -> Option<WallMs> {
        match self {
            News::Touch(bbo) => Some(bbo.venue),
            News::Book(frame) => Some(frame.venue),
            News::Trades(trades) => trades.iter().map(|trade| trade.venue).max(),
            News::Marks(_) | News::Other => None,
        }
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
            Coming::Frame(_) => 4,
            Coming::Down => 5,
        }
    }
}

impl Entry {
    fn key(&self) -> (u64, u8, u64) {
        (self.at_ns, self.what.rank(), self.number)
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        self.key().cmp(&other.key())
    }
}
