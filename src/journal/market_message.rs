//! Market messages of an imported recording inside a journal, decoded once.
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

use super::field::{FIXED_MAX, FixedLayout, FixedPart, laid_out};
use crate::market::event::TRADES_MAX;
use crate::market::{Bbo, BookFrame, CoinIx, Context, Level, OwnedEvent, Stream, Tid, Trade};
use crate::num::{Bps, Px, Qty, Side, WallMs};

/// The coin of a recording has the first place.
const COIN: CoinIx = CoinIx(0);

/// A message as a recorder received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedMessage {
    /// The recorder's time, in nanoseconds since 1970, where it kept one.
    pub received_ns: Option<u64>,
    /// What it said of the market or the link; none where it was no business of the engine.
    pub event: Option<OwnedEvent>,
    /// Among trades, the places of those that an earlier message had already.
    pub repeated: Vec<usize>,
}

impl RecordedMessage {
    /// The venue's newest time in it.
    pub fn venue(&self) -> Option<WallMs> {
        let event = self.event.as_ref()?;
        if let OwnedEvent::Trades(_, trades) = event {
            return trades.iter().map(|trade| trade.venue).max();
        }
        if let OwnedEvent::Bbo(_, Bbo { venue, .. }) = event {
            Some(*venue)
        } else if let OwnedEvent::Book(_, frame) = event {
            Some(frame.venue)
        } else {
            None
        }
    }

    /// Appends it to a block. What is neither of the market nor a proof of life is kept as nothing.
    pub fn put(&self, block: &mut Vec<u8>) {
        let mut tagged = |tag: u8| append(block, (tag, self.received_ns.unwrap_or(0)));
        match &self.event {
            Some(OwnedEvent::Alive(_)) => tagged(1),
            Some(OwnedEvent::Bbo(_, bbo)) => {
                tagged(2);
                append(block, (bbo.venue, (bbo.bid, bbo.ask)));
            }
            Some(OwnedEvent::Book(_, frame)) => {
                tagged(3);
                append(block, (frame.venue, (frame.fast, frame.len)));
                for level in Side::BOTH.map(|side| frame.side(side)).into_iter().flatten() {
                    append(block, *level);
                }
            }
            Some(OwnedEvent::Trades(_, trades)) => {
                tagged(4);
                append(block, u16::try_from(trades.len()).expect("a message has at most 512"));
                for (at, trade) in trades.iter().enumerate() {
                    append(block, (*trade, self.repeated.contains(&at)));
                }
            }
            Some(OwnedEvent::Context(_, context)) => {
                tagged(5);
                append(block, *context);
            }
            None => tagged(0),
            Some(
                OwnedEvent::Orders(_)
                | OwnedEvent::Fills(_)
                | OwnedEvent::Funding(_)
                | OwnedEvent::OpenOrders(_)
                | OwnedEvent::Items(..)
                | OwnedEvent::Done(_)
                | OwnedEvent::Rejected(..)
                | OwnedEvent::Table(..)
                | OwnedEvent::Link(..)
                | OwnedEvent::Command(_),
            ) => tagged(0),
        }
    }

    /// Takes a message from the front of a block; none when bytes are missing or impossible.
    pub fn take(block: &mut &[u8]) -> Option<RecordedMessage> {
        let (tag, received_ns) = <(u8, u64)>::take(block)?;
        let mut repeated = Vec::new();
        let event = match tag {
            0 => None,
            1 => Some(OwnedEvent::Alive(Stream::Market)),
            2 => {
                let (venue, (bid, ask)) = <(WallMs, (Option<Level>, Option<Level>))>::take(block)?;
                Some(OwnedEvent::Bbo(COIN, Bbo { venue, bid, ask }))
            }
            3 => Some(OwnedEvent::Book(COIN, book(block)?)),
            4 => Some(OwnedEvent::Trades(COIN, trades(block, &mut repeated)?)),
            5 => Some(OwnedEvent::Context(COIN, Context::take(block)?)),
            _ => return None,
        };
        let received_ns = (received_ns != 0).then_some(received_ns);
        Some(RecordedMessage { received_ns, event, repeated })
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

fn trades(block: &mut &[u8], repeated: &mut Vec<usize>) -> Option<Vec<Trade>> {
    let count = usize::from(u16::take(block)?);
    let mut trades = Vec::with_capacity(count.min(TRADES_MAX));
    for at in 0..count {
        let (trade, again) = <(Trade, bool)>::take(block)?;
        trades.push(trade);
        if again {
            repeated.push(at);
        }
    }
    Some(trades)
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
        let trades = vec![trade(1), trade(2)];
        let heard = [
            None,
            Some(OwnedEvent::Alive(Stream::Market)),
            Some(OwnedEvent::Bbo(COIN, touch)),
            Some(OwnedEvent::Book(COIN, frame)),
            Some(OwnedEvent::Trades(COIN, trades)),
            Some(OwnedEvent::Context(COIN, context)),
        ]
        .map(|event| {
            let repeated = if let Some(OwnedEvent::Trades(..)) = event { vec![1] } else { vec![] };
            let message = RecordedMessage { received_ns: None, event, repeated };
            RecordedMessage { received_ns: message.venue().map(WallMs::ms), ..message }
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
