//! A recorded market inside a journal: what its recorder received, decoded once.
//!
//! A block is the payload of a `Market` record: messages one after another. Each is a tag, the
//! recorder's time in nanoseconds since 1970 (0 where it kept none), and the content:
//!
//! | tag | content |
//! |---|---|
//! | 0 | nothing: a message that is no business of the engine |
//! | 1 | nothing: proof of life |
//! | 2 | best prices: time, then for each side whether it is there, price, size, count |
//! | 3 | book: time, fast, levels of each side, then the levels |
//! | 4 | trades: their number (2 bytes), then for each time, name, taker buys, repeated, price, size |
//! | 5 | mark, oracle, funding |

use super::field::{FixedLayout, FixedPart, laid_out};
use super::record::FIXED_MAX;
use crate::market::event::TRADES_MAX;
use crate::market::{Bbo, BookFrame, Context, Level, Tid, Trade};
use crate::num::{Bps, Px, Qty, Side, WallMs};

/// A message as a recorder received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedMessage {
    /// The recorder's time, in nanoseconds since 1970, where it kept one.
    pub received_ns: Option<u64>,
    /// What it said.
    pub content: MarketMessage,
}

/// What a message of a market said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketMessage {
    /// No business of the engine.
    Other,
    /// Proof of life.
    Alive,
    /// The best prices.
    Touch(Bbo),
    /// A book.
    Book(Box<BookFrame>),
    /// Trades, and the places of those that an earlier message had already.
    Trades(Vec<Trade>, Vec<usize>),
    /// Mark, oracle and funding.
    Context(Context),
}

impl MarketMessage {
    /// The venue's newest time in it.
    pub fn venue(&self) -> Option<WallMs> {
        match self {
            MarketMessage::Touch(bbo) => Some(bbo.venue),
            MarketMessage::Book(frame) => Some(frame.venue),
            MarketMessage::Trades(trades, _) => trades.iter().map(|trade| trade.venue).max(),
            MarketMessage::Context(_) | MarketMessage::Other | MarketMessage::Alive => None,
        }
    }
}

impl RecordedMessage {
    /// Appends it to a block.
    pub fn put(&self, block: &mut Vec<u8>) {
        let tag: u8 = match self.content {
            MarketMessage::Other => 0,
            MarketMessage::Alive => 1,
            MarketMessage::Touch(_) => 2,
            MarketMessage::Book(_) => 3,
            MarketMessage::Trades(..) => 4,
            MarketMessage::Context(_) => 5,
        };
        append(block, (tag, self.received_ns.unwrap_or(0)));
        match &self.content {
            MarketMessage::Other | MarketMessage::Alive => {}
            MarketMessage::Touch(bbo) => append(block, (bbo.venue, (bbo.bid, bbo.ask))),
            MarketMessage::Book(frame) => {
                append(block, (frame.venue, (frame.fast, frame.len)));
                for level in Side::BOTH.map(|side| frame.side(side)).into_iter().flatten() {
                    block.extend_from_slice(&level.px.e8().to_le_bytes());
                    block.extend_from_slice(&level.qty.e8().to_le_bytes());
                    block.extend_from_slice(&level.count.to_le_bytes());
                }
            }
            MarketMessage::Trades(trades, repeated) => {
                append(block, u16::try_from(trades.len()).expect("a message has at most 512"));
                for (at, trade) in trades.iter().enumerate() {
                    append(block, (*trade, repeated.contains(&at)));
                }
            }
            MarketMessage::Context(context) => append(block, *context),
        }
    }

    /// Takes a message from the front of a block; none when bytes are missing or impossible.
    pub fn take(block: &mut &[u8]) -> Option<RecordedMessage> {
        let (tag, received_ns) = <(u8, u64)>::take(block)?;
        let news = match tag {
            0 => MarketMessage::Other,
            1 => MarketMessage::Alive,
            2 => {
                let (venue, (bid, ask)) = <(WallMs, (Option<Level>, Option<Level>))>::take(block)?;
                MarketMessage::Touch(Bbo { venue, bid, ask })
            }
            3 => MarketMessage::Book(book(block)?),
            4 => trades(block)?,
            5 => MarketMessage::Context(Context::take(block)?),
            _ => return None,
        };
        Some(RecordedMessage {
            received_ns: (received_ns != 0).then_some(received_ns),
            content: news,
        })
    }
}

fn append(block: &mut Vec<u8>, value: impl FixedLayout) {
    let mut fixed = FixedPart::new();
    value.put(&mut fixed);
    block.extend_from_slice(&fixed);
}

fn book(block: &mut &[u8]) -> Option<Box<BookFrame>> {
    let (venue, (fast, len)) = <(WallMs, (bool, [u8; 2]))>::take(block)?;
    let mut frame = Box::new(BookFrame { venue, fast, len, ..BookFrame::EMPTY });
    for (levels, len) in frame.levels.iter_mut().zip(len) {
        for level in levels.get_mut(..usize::from(len))? {
            *level = Level::take(block)?;
        }
    }
    Some(frame)
}

fn trades(block: &mut &[u8]) -> Option<MarketMessage> {
    let count = usize::from(u16::take(block)?);
    let mut trades = Vec::with_capacity(count.min(TRADES_MAX));
    let mut repeated = Vec::new();
    for at in 0..count {
        let (trade, again) = <(Trade, bool)>::take(block)?;
        trades.push(trade);
        if again {
            repeated.push(at);
        }
    }
    Some(MarketMessage::Trades(trades, repeated))
}

impl<A: FixedLayout, B: FixedLayout> FixedLayout for (A, B) {
    const BYTES: usize = A::BYTES + B::BYTES;

    fn put(self, out: &mut FixedPart) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut &[u8]) -> Option<(A, B)> {
        Some((A::take(from)?, B::take(from)?))
    }
}

laid_out! {
    Level { px: Px, qty: Qty, count: u32, }
    Trade { venue: WallMs, tid: Tid, taker_buys: bool, px: Px, qty: Qty, }
    Context { mark: Px, oracle: Px, funding: Bps, }
}
// The longest of what is appended in one piece: two levels and whether each is there.
const _: () = assert!(WallMs::BYTES + 2 * (1 + Level::BYTES) <= FIXED_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    fn level(px: i64) -> Level {
        Level { px: Px::from_e8(px), qty: Qty::from_e8(px * 2), count: 3 }
    }

    fn trade(tid: u64) -> Trade {
        let (px, qty) = (Px::from_e8(7), Qty::from_e8(8));
        Trade { venue: WallMs::from_ms(40 + tid), tid: Tid(tid), taker_buys: true, px, qty }
    }

    #[test]
    fn what_is_put_is_taken_again_and_nothing_else() {
        let mut frame = Box::new(BookFrame { venue: WallMs::from_ms(9), ..BookFrame::EMPTY });
        frame.len = [1, 2];
        (frame.levels[0][0], frame.levels[1][0], frame.levels[1][1]) =
            (level(5), level(6), level(7));
        let touch = Bbo { venue: WallMs::from_ms(8), bid: Some(level(4)), ask: None };
        let context =
            Context { mark: Px::from_e8(1), oracle: Px::from_e8(2), funding: Bps::from_int(-3) };
        let all = [
            MarketMessage::Other,
            MarketMessage::Alive,
            MarketMessage::Touch(touch),
            MarketMessage::Book(frame),
            MarketMessage::Trades(vec![trade(1), trade(2)], vec![1]),
            MarketMessage::Context(context),
        ];
        let heard = all.map(|news| RecordedMessage {
            received_ns: news.venue().map(WallMs::ms),
            content: news,
        });
        let mut block = Vec::new();
        heard.iter().for_each(|heard| heard.put(&mut block));
        let mut rest = block.as_slice();
        for want in &heard {
            assert_eq!(RecordedMessage::take(&mut rest).as_ref(), Some(want));
        }
        assert!(rest.is_empty());
        for cut in 0..block.len() {
            let mut rest = &block[..cut];
            while !rest.is_empty() && RecordedMessage::take(&mut rest).is_some() {}
        }
        assert_eq!(RecordedMessage::take(&mut [9; 64].as_slice()), None, "an unknown tag");
    }
}
