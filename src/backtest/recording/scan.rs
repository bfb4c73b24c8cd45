//! Scans a whole recording: whether it is sound, and what it contains.

use super::error::{BadLine, RecordingError, RecordingErrorKind};
use super::lines::{Lines, field, unstamped};
use super::market::sized;
use crate::journal::RecordedMessage;
use crate::market::{Bbo, Book, BookFrame, Event, Level, OwnedEvent, Stream, Trade};
use crate::num::time::MS_NS;
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side, WallMs};
use crate::wire::decode::{COIN_NAME_MAX, Decoded, Decoder};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// Decimals of price and size together (PROTOCOL 3.1): what a price has, a size cannot have.
const DECIMALS: u32 = 6;
/// Decimals of a stored number.
const STORED: u32 = 8;
/// Size of a level whose recorder kept no sizes, where there are no trades to learn one from.
const QTY_UNKNOWN: Qty = Qty::from_e8(E8);

/// What is in a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingInfo {
    /// The coin that was looked at, by full name.
    pub coin: String,
    /// Decimals of a size, as far as the venue's rules allow them beside those of its prices.
    pub sz_decimals: u32,
    /// The largest step that all prices are multiples of, in 1e-8.
    pub tick_e8: i64,
    /// Snapshots of the book.
    pub books: u64,
    /// Changes of the best prices.
    pub touches: u64,
    /// Messages that carry at least one trade.
    pub trade_messages: u64,
    /// Trades, each counted once: a new subscription repeats some.
    pub trades: u64,
    /// Levels a side of the deepest snapshot.
    pub levels: u8,
    /// Levels that came without a size.
    pub sizeless: u64,
    /// What such a level is taken to hold: the mean size of a trade.
    pub trade_mean: Qty,
    /// How far the recorder's clock was behind the exchange's, where it was.
    pub behind_ns: u64,
    /// The first middle of the best prices.
    pub first_mid: Option<Px>,
    /// The exchange's first and last time.
    pub span: [WallMs; 2],
}

impl RecordingInfo {
    /// Messages in it that are about the market.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.books + self.touches + self.trade_messages
    }

    /// As a journal holds them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain fields")
    }

    /// Read back from the JSON in a journal.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<RecordingInfo, RecordingErrorKind> {
        serde_json::from_slice(bytes).map_err(|error| {
            let words = format!("says of its recording what this build cannot read: {error}");
            RecordingErrorKind::Journal(words)
        })
    }
}

/// Looks through a recording for `coin`, or for its only coin; `sink` is handed every message of it.
///
/// # Errors
/// It is not a whole gzip file, has no market data or not of this coin, or a line is not a message
/// or shows a book that no exchange could show.
pub(super) fn scan(
    file: &Path,
    coin: Option<&str>,
    sink: &mut dyn FnMut(RecordedMessage),
) -> Result<RecordingInfo, RecordingError> {
    let mut lines = Lines::open(file)?;
    let fail = |kind| RecordingError::new(file, kind);
    let mut scanner = Scanner::new(coin);
    while let Some((number, line)) = lines.next()? {
        let message =
            scanner.line(line).map_err(|bad| fail(RecordingErrorKind::Line(number, bad)))?;
        message.into_iter().for_each(&mut *sink);
    }
    scanner.finish().map_err(fail)
}

/// What was seen so far.
struct Scanner {
    want: Option<String>,
    coins: BTreeSet<String>,
    last: String, // The coin of the line before.
    reader: Option<Box<Decoder>>,
    info: RecordingInfo,
    lines: u64,
    size_step_e8: i64, // The largest step that all sizes are multiples of.
    traded_e8: i128,
    known: HashSet<(u64, WallMs)>, // Trades, by name and time.
    early: [u64; 2],               // Messages received after and before they were sent.
}

impl Scanner {
    fn new(coin: Option<&str>) -> Scanner {
        let info = RecordingInfo {
            coin: coin.unwrap_or_default().to_owned(),
            trade_mean: QTY_UNKNOWN,
            span: [WallMs::from_ms(u64::MAX), WallMs::default()],
            ..RecordingInfo::default()
        };
        Scanner {
            want: coin.map(str::to_owned),
            coins: BTreeSet::new(),
            last: String::new(),
            reader: None,
            info,
            lines: 0,
            size_step_e8: 0,
            traded_e8: 0,
            known: HashSet::new(),
            early: [0; 2],
        }
    }

    /// Takes a line and gives the message in it, when it is of our coin; the error is what is wrong
    /// with it. The recorder's stamp is cut off first: what is left is as the venue sent it.
    fn line(&mut self, line: &mut [u8]) -> Result<Option<RecordedMessage>, BadLine> {
        self.lines += 1;
        if let Some(name) = field(line, "coin")
            && !self.is_ours(name)?
        {
            return Ok(None);
        }
        let (received_ns, line) = unstamped(line)?;
        let fresh = || Box::new(Decoder::cold(&[self.want.as_deref().unwrap_or_default()]));
        let mut reader = self.reader.take().unwrap_or_else(fresh);
        let decoded = reader.decode(Stream::Market, line).map_err(BadLine::Message)?;
        let mut repeated = Vec::new();
        let event = match decoded {
            Decoded::Event(event) => self.event(&event, received_ns, &mut repeated)?,
            Decoded::Ack | Decoded::Quiet | Decoded::VenueError(_) => None,
        };
        self.reader = Some(reader);
        Ok(Some(RecordedMessage { received_ns, event, repeated }))
    }

    /// Notes a coin's name; the first is the one that is looked at, where none was asked for.
    fn is_ours(&mut self, name: &[u8]) -> Result<bool, BadLine> {
        if self.last.as_bytes() != name {
            let name = String::from_utf8_lossy(name).into_owned();
            if COIN_NAME_MAX < name.len() {
                return Err(BadLine::CoinName(name));
            }
            self.want.get_or_insert_with(|| name.clone());
            self.coins.insert(name.clone());
            self.last = name;
        }
        Ok(self.want.as_deref() == Some(self.last.as_str()))
    }

    /// Counts an event, keeps it where it is of the market, and names the trades known already.
    fn event(
        &mut self,
        event: &Event,
        recv_ns: Option<u64>,
        repeated: &mut Vec<usize>,
    ) -> Result<Option<OwnedEvent>, BadLine> {
        Ok(Some(match event {
            Event::Bbo(coin, bbo) => {
                self.info.touches += 1;
                self.touch(bbo)?;
                self.time(bbo.venue, recv_ns);
                OwnedEvent::Bbo(*coin, **bbo)
            }
            Event::Book(coin, frame) => {
                self.info.books += 1;
                self.book(frame)?;
                self.time(frame.venue, recv_ns);
                OwnedEvent::Book(*coin, Box::new(**frame))
            }
            Event::Trades(coin, trades) => {
                self.info.trade_messages += 1;
                let places = 0..trades.len();
                repeated.extend(places.filter(|&at| !self.trade(&trades[at])));
                OwnedEvent::Trades(*coin, trades.to_vec())
            }
            Event::Context(coin, context) => OwnedEvent::Context(*coin, **context),
            Event::Alive(stream) => OwnedEvent::Alive(*stream),
            Event::Orders(_)
            | Event::Fills { .. }
            | Event::Account(_)
            | Event::OpenOrders(_)
            | Event::Reply(_)
            | Event::Funding { .. }
            | Event::Health(_)
            | Event::Table(..)
            | Event::Link(..)
            | Event::Garbled(_)
            | Event::Wake
            | Event::Command(_) => return Ok(None),
        }))
    }

    fn touch(&mut self, bbo: &Bbo) -> Result<(), BadLine> {
        let mut bbo = *bbo;
        for level in [&mut bbo.bid, &mut bbo.ask].into_iter().flatten() {
            self.level(level);
        }
        let mut book = Book::default();
        let px = |level: Option<Level>| level.map(|level| level.px);
        book.touch(&bbo).map_err(|_| BadLine::Book(px(bbo.bid), px(bbo.ask)))?;
        self.info.first_mid = self.info.first_mid.or(book.mid());
        Ok(())
    }

    fn book(&mut self, frame: &BookFrame) -> Result<(), BadLine> {
        let mut frame = *frame;
        for side in Side::BOTH {
            let len = frame.len[side.index()];
            self.info.levels = self.info.levels.max(len);
            for level in &mut frame.levels[side.index()][..usize::from(len)] {
                self.level(level);
            }
        }
        let mut book = Book::default();
        let [bid, ask] = Side::BOTH.map(|side| frame.side(side).first().map(|level| level.px));
        book.replace(&frame).map_err(|_| BadLine::Book(bid, ask))?;
        self.info.first_mid = self.info.first_mid.or(book.mid());
        Ok(())
    }

    /// Notes a level, and gives it a size where it has none.
    fn level(&mut self, level: &mut Level) {
        self.steps(level.px, level.qty);
        self.info.sizeless += u64::from(level.qty == Qty::ZERO);
        *level = sized(*level, QTY_UNKNOWN);
    }

    fn steps(&mut self, px: Px, qty: Qty) {
        self.info.tick_e8 = common(self.info.tick_e8, px.e8());
        self.size_step_e8 = common(self.size_step_e8, qty.e8());
    }

    /// Notes a trade; false when it was known.
    fn trade(&mut self, trade: &Trade) -> bool {
        // A trade without a name always counts.
        if trade.tid.0 != 0 && !self.known.insert((trade.tid.0, trade.venue)) {
            return false;
        }
        self.info.trades += 1;
        self.traded_e8 += i128::from(trade.qty.e8());
        self.steps(trade.px, trade.qty);
        self.extend(trade.venue);
        true
    }

    /// Notes the time of a message about the book; trades can be old when they are received.
    fn time(&mut self, venue: WallMs, recv_ns: Option<u64>) {
        self.extend(venue);
        let Some(recv_ns) = recv_ns else { return };
        let behind_ns = (venue.ms() * MS_NS).saturating_sub(recv_ns);
        self.early[usize::from(0 < behind_ns)] += 1;
        self.info.behind_ns = self.info.behind_ns.max(behind_ns);
    }

    fn extend(&mut self, venue: WallMs) {
        let [first, last] = self.info.span;
        self.info.span = [first.min(venue), last.max(venue)];
    }

    /// What was found, when that is enough.
    fn finish(self) -> Result<RecordingInfo, RecordingErrorKind> {
        let Scanner { want, coins, mut info, lines, size_step_e8, traded_e8, early, .. } = self;
        if lines == 0 {
            return Err(RecordingErrorKind::Empty);
        }
        let found: Vec<String> = coins.into_iter().collect();
        let Some(coin) = want else { return Err(RecordingErrorKind::NoFrames) };
        if info.coin.is_empty() && 1 < found.len() {
            return Err(RecordingErrorKind::ManyCoins(found));
        }
        if !found.is_empty() && !found.contains(&coin) {
            return Err(RecordingErrorKind::OtherCoin { want: coin, found });
        }
        if info.books + info.touches + info.trades == 0 {
            return Err(RecordingErrorKind::NoFrames);
        }
        info.coin = coin;
        info.sz_decimals =
            decimals(size_step_e8).min(DECIMALS.saturating_sub(decimals(info.tick_e8)));
        if let Ok(mean_e8) = i64::try_from(traded_e8 / i128::from(info.trades.max(1)))
            && 0 < mean_e8
        {
            info.trade_mean = Qty::from_e8(mean_e8);
        }
        if early[1] <= early[0] {
            info.behind_ns = 0; // A few stamps out of order are not a clock that is behind.
        }
        Ok(info)
    }
}

/// The largest number that divides both; either may be 0.
fn common(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Decimals needed to write multiples of `step_e8`; none for 0.
fn decimals(step_e8: i64) -> u32 {
    (0..STORED).find(|&n| step_e8 % (E8 / 10i64.pow(n)) == 0).unwrap_or(STORED)
}
