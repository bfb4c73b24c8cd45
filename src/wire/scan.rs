//! The fast lane for the three hottest messages: `bbo`, `l2Book` and `trades`.
//!
//! Strict: every byte that is not a number or a coin's name is compared with the exact layout the
//! venue prints. Anything else, even a blank, makes it say nothing, and the message goes to the
//! JSON parser. Whatever it does say, the parser would say too: `tests/wire` and `fuzz` insist.

mod decimal;
mod row;

use super::decode::number;
use crate::market::event::TRADES_MAX;
use crate::market::{Bbo, BookFrame, Level, Tid, Trade};
use crate::num::{Px, Qty, Side, WallMs};
use arrayvec::ArrayVec;

/// Where the rows of a message go.
pub(super) struct ScanOutput<'d> {
    pub(super) bbo: &'d mut Bbo,
    pub(super) book: &'d mut BookFrame,
    pub(super) trades: &'d mut ArrayVec<Trade, TRADES_MAX>,
}

/// Which message it was; its rows lie in the output.
#[derive(Clone, Copy)]
pub(super) enum ScannedKind {
    Bbo,
    Book,
    Trades,
}

/// Reads a message of the exact layout and says which it was and of which coin.
///
/// `None` says nothing about the message; the output may hold part of it.
pub(super) fn scan<'f>(frame: &'f [u8], output: ScanOutput<'_>) -> Option<(ScannedKind, &'f [u8])> {
    let mut at = Cursor { rest: frame };
    at.lit(b"{\"channel\":\"")?;
    let (kind, coin) = match at.rest.first()? {
        b'b' => (ScannedKind::Bbo, bbo(&mut at, output.bbo)?),
        b'l' => (ScannedKind::Book, book(&mut at, output.book)?),
        b't' => (ScannedKind::Trades, trades(&mut at, output.trades)?),
        _ => return None,
    };
    at.rest.is_empty().then_some((kind, coin))
}

/// `bbo`, from its channel's name to the end.
fn bbo<'f>(at: &mut Cursor<'f>, bbo: &mut Bbo) -> Option<&'f [u8]> {
    at.lit(b"bbo\",\"data\":{\"coin\":\"")?;
    let coin = at.name()?;
    at.lit(b",\"time\":")?;
    bbo.venue = at.time()?;
    at.lit(b",\"bbo\":[")?;
    bbo.bid = at.side()?;
    at.lit(b",")?;
    bbo.ask = at.side()?;
    at.lit(b"]}}")?;
    Some(coin)
}

/// `l2Book`, from its channel's name to the end.
fn book<'f>(at: &mut Cursor<'f>, book: &mut BookFrame) -> Option<&'f [u8]> {
    at.lit(b"l2Book\",\"data\":{\"coin\":\"")?;
    let coin = at.name()?;
    at.lit(b",\"time\":")?;
    book.venue = at.time()?;
    at.lit(b",\"levels\":[[")?;
    levels(at, book, Side::Bid)?;
    at.lit(b",[")?;
    levels(at, book, Side::Ask)?;
    at.lit(b"]")?;
    book.fast = at.lit(b",\"fast\":true").is_some();
    at.lit(b"}}")?;
    Some(coin)
}

/// The levels of one side and the bracket behind them; what an earlier book left becomes zero.
fn levels(at: &mut Cursor<'_>, book: &mut BookFrame, side: Side) -> Option<()> {
    let levels = &mut book.levels[side.index()];
    let mut len: u8 = 0;
    if at.lit(b"]").is_none() {
        for level in levels.iter_mut() {
            *level = at.level()?;
            len += 1;
            if at.lit(b",").is_none() {
                break;
            }
        }
        at.lit(b"]")?;
    }
    levels.iter_mut().skip(usize::from(len)).for_each(|level| *level = Level::default());
    book.len[side.index()] = len;
    Some(())
}

/// `trades`, from its channel's name to the end: one coin, at least one trade.
fn trades<'f>(at: &mut Cursor<'f>, trades: &mut ArrayVec<Trade, TRADES_MAX>) -> Option<&'f [u8]> {
    at.lit(b"trades\",\"data\":[")?;
    trades.clear();
    let mut coin: Option<&[u8]> = None;
    loop {
        let (of, trade) = at.trade()?;
        if coin.is_some_and(|coin| coin != of) {
            return None;
        }
        coin = Some(of);
        trades.try_push(trade).ok()?;
        if at.lit(b",").is_none() {
            break;
        }
    }
    at.lit(b"]}")?;
    coin
}

/// Hex digits of a transaction's hash.
const HASH_DIGITS: usize = 64;
/// Hex digits of an address.
const ADDRESS_DIGITS: usize = 40;

/// What is left of a message.
struct Cursor<'f> {
    rest: &'f [u8],
}

impl<'f> Cursor<'f> {
    /// These bytes exactly; nothing is consumed when they differ.
    #[inline(always)]
    fn lit<const N: usize>(&mut self, want: &[u8; N]) -> Option<()> {
        let (head, tail) = self.rest.split_first_chunk::<N>()?;
        if head != want {
            return None;
        }
        self.rest = tail;
        Some(())
    }

    /// A name and the quote behind it; one with escapes or strange bytes is not for us.
    fn name(&mut self) -> Option<&'f [u8]> {
        let end = self.rest.iter().position(|&byte| byte == b'"')?;
        let (name, tail) = self.rest.split_at(end);
        let plain = |&byte: &u8| byte.is_ascii_graphic() && byte != b'\\';
        if !name.iter().all(plain) {
            return None;
        }
        self.rest = tail.get(1..)?;
        Some(name)
    }

    /// A side of a `bbo`.
    #[inline(always)]
    fn side(&mut self) -> Option<Option<Level>> {
        if self.lit(b"null").is_some() {
            return Some(None);
        }
        self.level().map(Some)
    }

    /// One price of a book.
    #[inline(always)]
    fn level(&mut self) -> Option<Level> {
        let padded;
        let window = match self.rest.first_chunk() {
            Some(window) => window,
            None => {
                padded = row::padded(self.rest);
                &padded
            }
        };
        let (level, len) = row::level(window)?;
        self.rest = self.rest.get(len..)?;
        Some(level)
    }

    /// One trade and its coin.
    fn trade(&mut self) -> Option<(&'f [u8], Trade)> {
        self.lit(b"{\"coin\":\"")?;
        let coin = self.name()?;
        let taker_buys = self.taker_buys()?;
        self.lit(b",\"px\":\"")?;
        let px = self.px()?;
        self.lit(b",\"sz\":\"")?;
        let qty = self.qty().filter(|&qty| Qty::ZERO < qty)?;
        self.lit(b",\"time\":")?;
        let venue = self.time()?;
        self.lit(b",\"hash\":\"0x")?;
        self.hex::<HASH_DIGITS>()?;
        self.lit(b"\",\"tid\":")?;
        let tid = Tid(self.whole()?);
        self.lit(b",\"users\":[\"0x")?;
        self.hex::<ADDRESS_DIGITS>()?;
        self.lit(b"\",\"0x")?;
        self.hex::<ADDRESS_DIGITS>()?;
        self.lit(b"\"]}")?;
        Some((coin, Trade { venue, tid, taker_buys, px, qty }))
    }

    /// The side of a trade, with its key.
    fn taker_buys(&mut self) -> Option<bool> {
        if self.lit(b",\"side\":\"B\"").is_some() {
            return Some(true);
        }
        self.lit(b",\"side\":\"A\"").map(|()| false)
    }

    /// A price and the quote behind it.
    #[inline(always)]
    fn px(&mut self) -> Option<Px> {
        self.number().and_then(number::px_of)
    }

    /// A size and the quote behind it.
    #[inline(always)]
    fn qty(&mut self) -> Option<Qty> {
        self.number().and_then(number::qty_of)
    }

    #[inline(always)]
    fn number(&mut self) -> Option<i64> {
        let (e8, len) = decimal::read(self.rest.first_chunk()?)?;
        self.rest = &self.rest[len..];
        Some(e8)
    }

    /// A time of the venue.
    fn time(&mut self) -> Option<WallMs> {
        number::time_ms(self.whole()?, "time").ok()
    }

    /// A whole number as JSON has it: no zeros in front.
    #[inline(always)]
    fn whole(&mut self) -> Option<u64> {
        let mut value: u64 = 0;
        let mut len: usize = 0;
        while let Some(&byte @ b'0'..=b'9') = self.rest.get(len) {
            value = value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))?;
            len += 1;
        }
        if len == 0 || (self.rest[0] == b'0' && len != 1) {
            return None;
        }
        self.rest = &self.rest[len..];
        Some(value)
    }

    /// This many hex digits of lower case.
    fn hex<const N: usize>(&mut self) -> Option<()> {
        let (head, tail) = self.rest.split_first_chunk::<N>()?;
        let digit = |byte: &u8| byte.is_ascii_digit() | (b'a'..=b'f').contains(byte);
        // Every byte is looked at, so that the compiler can look at many at once.
        if !head.iter().fold(true, |all, byte| all & digit(byte)) {
            return None;
        }
        self.rest = tail;
        Some(())
    }
}
