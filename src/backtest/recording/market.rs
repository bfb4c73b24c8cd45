//! The market behind a recording, by the exchange's own time.

use crate::market::book::BadBook;
use crate::market::{Bbo, Book, BookFrame, Level, Trade};
use crate::num::{Px, Qty, Side, WallMs};
use crate::venue::MarketEventKind;

/// Least time between two marks made from the book, where the recording has none (PROTOCOL 12.4).
const MARKS_MS: u64 = 3_000;

/// A print, or prints of one taker at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    /// The exchange's time.
    pub(super) venue: WallMs,
    /// The taker's side.
    pub(super) taker: Side,
    /// Price.
    pub(super) px: Px,
    /// Size, in sum.
    pub(super) qty: Qty,
}

/// Adds up prints of one taker at one price; the order stays.
pub(super) fn prints<'t>(trades: impl Iterator<Item = &'t Trade>) -> Vec<Print> {
    let mut list: Vec<Print> = Vec::new();
    for trade in trades {
        let Trade { venue, px, qty, .. } = *trade;
        let print = Print { venue, taker: trade.taker(), px, qty };
        match list.last_mut() {
            Some(last) if Print { qty, ..*last } == print => last.qty += qty,
            Some(_) | None => list.push(print),
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
