//! The market behind a recording, by the exchange's own time.

use crate::market::book::BadBook;
use crate::market::{Bbo, Book, BookFrame, Level, Trade};
use crate::num::{Qty, Side, WallMs};
use crate::venue::MarketEventKind;

/// Least time between two marks made from the book, where the recording has none (PROTOCOL 12.4).
const MARKS_MS: u64 = 3_000;

/// Adds up trades of one taker at one price, which are one event at the exchange; the order stays.
pub(super) fn merged<'t>(trades: impl Iterator<Item = &'t Trade>) -> Vec<Trade> {
    let mut list: Vec<Trade> = Vec::new();
    let key = |trade: &Trade| (trade.venue, trade.taker_buys, trade.px);
    for trade in trades {
        match list.last_mut() {
            Some(last) if key(last) == key(trade) => last.qty += trade.qty,
            Some(_) | None => list.push(*trade),
        }
    }
    list
}

/// A level with a size: `typical` where the recorder kept none.
pub(super) fn sized(level: Level, typical: Qty) -> Level {
    if level.qty == Qty::ZERO { Level { qty: typical, ..level } } else { level }
}

/// The book as it was at the exchange, best prices and snapshots together.
pub(super) struct RecordedBook {
    book: Book,
    typical: Qty,
    marks_due: WallMs,
}

impl RecordedBook {
    /// An empty book; a level without a size is taken to hold `typical`.
    pub(super) fn new(typical: Qty) -> RecordedBook {
        RecordedBook { book: Book::default(), typical, marks_due: WallMs::default() }
    }

    /// The book after the best prices changed, or nothing when this is old.
    pub(super) fn touch(&mut self, bbo: &Bbo) -> Option<MarketEventKind> {
        let side = |level: Option<Level>| level.map(|level| sized(level, self.typical));
        let bbo = Bbo { bid: side(bbo.bid), ask: side(bbo.ask), ..*bbo };
        let taken = self.book.touch(&bbo);
        self.told(taken)
    }

    /// The book after a snapshot, or nothing when this is old.
    pub(super) fn replace(&mut self, mut frame: Box<BookFrame>) -> Option<MarketEventKind> {
        for side in Side::BOTH {
            let len = usize::from(frame.len[side.index()]);
            for level in &mut frame.levels[side.index()][..len] {
                *level = sized(*level, self.typical);
            }
        }
        let taken = self.book.replace(&frame);
        self.told(taken)
    }

    /// Mark and oracle from the book, when they are due.
    pub(super) fn marks(&mut self, at: WallMs) -> Option<MarketEventKind> {
        let mid = self.book.mid()?;
        if at < self.marks_due {
            return None;
        }
        self.marks_due = at.plus_ms(MARKS_MS);
        Some(MarketEventKind::Marks { mark: mid, oracle: mid })
    }

    /// The book, when a message was taken. The survey has refused books that no exchange shows.
    fn told(&self, taken: Result<(), BadBook>) -> Option<MarketEventKind> {
        match taken {
            Ok(()) => {
                let [bids, asks] = Side::BOTH.map(|side| self.book.levels(side).to_vec());
                Some(MarketEventKind::Quotes { bids, asks })
            }
            Err(BadBook::Old | BadBook::Crossed | BadBook::Unsorted | BadBook::EmptyLevel) => None,
        }
    }
}
