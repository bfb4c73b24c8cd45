//! What we believe about the market, from its messages.

use crate::market::book::BadBook;
use crate::market::{Bbo, Book, BookFrame, Context, Level};
use crate::num::fix::div_round;
use crate::num::{Bps, Mono, Px, Q24, Side, Stamp};

/// Book, fair price and when we last heard.
#[derive(Clone, Debug)]
pub struct Belief {
    micro_weight: Q24,
    book: Book,
    fair: Option<Px>,
    context: Option<Context>,
    heard: Mono,
    bad_books: u64,
}

impl Belief {
    /// Nothing is believed yet.
    #[must_use]
    pub fn new(micro_weight: Q24) -> Belief {
        Belief {
            micro_weight,
            book: Book::default(),
            fair: None,
            context: None,
            heard: Mono::START,
            bad_books: 0,
        }
    }

    /// Takes the best prices of a block.
    pub fn take_bbo(&mut self, at: Stamp, bbo: &Bbo) {
        let taken = self.book.touch(bbo);
        self.after_book(at, taken);
    }

    /// Takes a snapshot of the book.
    pub fn take_book(&mut self, at: Stamp, frame: &BookFrame) {
        let taken = self.book.replace(frame);
        self.after_book(at, taken);
    }

    /// Takes mark and oracle.
    pub fn take_context(&mut self, at: Stamp, context: &Context) {
        self.heard = at.mono;
        self.context = Some(*context);
    }

    /// Takes proof that the market's connection lives.
    pub fn take_alive(&mut self, at: Stamp) {
        self.heard = at.mono;
    }

    /// The connection is gone: what the book showed is worth nothing any more.
    pub fn forget(&mut self) {
        self.book.clear();
        self.fair = None;
    }

    /// The fair price, when the book has two sides.
    #[must_use]
    pub fn fair(&self) -> Option<Px> {
        self.fair
    }

    /// The book.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Mark and oracle, when the venue has said.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }

    /// When the market's connection last proved alive.
    #[must_use]
    pub fn heard(&self) -> Mono {
        self.heard
    }

    /// Messages that no exchange could mean.
    #[must_use]
    pub fn bad_books(&self) -> u64 {
        self.bad_books
    }

    fn after_book(&mut self, at: Stamp, taken: Result<(), BadBook>) {
        self.heard = at.mono;
        match taken {
            Ok(()) | Err(BadBook::Old) => {}
            Err(BadBook::Crossed | BadBook::Unsorted | BadBook::EmptyLevel) => {
                self.bad_books += 1;
                self.book.clear(); // Nothing is quoted on a book that cannot be.
            }
        }
        self.fair = self.book.spread().map(|(bid, ask)| fair(&bid, &ask, self.micro_weight));
    }

    /// How far a quote of `side` may stand beyond fair before it would cross: the distance from
    /// fair to the other side's touch less one step of the grid (MODEL 4.3, step 6).
    #[must_use]
    pub fn room(&self, side: Side, fair: Px, tick_e8: i64) -> Option<Bps> {
        let other = self.book.best(side.other())?;
        let inside = Px::from_e8(other.px.e8() - tick_e8 * side.sign());
        Some(Bps::from_ubps(fair.bps_to(inside).ubps() * side.sign()))
    }
}

/// `clamp(mid + weight * (micro - mid), bid, ask)` with the size-weighted micro-price of Stoikov
/// (2018); MODEL 2.1.
fn fair(bid: &Level, ask: &Level, weight: Q24) -> Px {
    let mid = bid.px.mid(ask.px);
    let (bid_qty, ask_qty) = (i128::from(bid.qty.e8()), i128::from(ask.qty.e8()));
    let wide = i128::from(bid.px.e8()) * ask_qty + i128::from(ask.px.e8()) * bid_qty;
    let micro = div_round(wide, bid_qty + ask_qty);
    let micro = i64::try_from(micro).expect("between bid and ask");
    let raw = mid.e8() + weight.scale(micro - mid.e8());
    Px::from_e8(raw.clamp(bid.px.e8(), ask.px.e8()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Qty;

    #[test]
    fn fair_leans_to_the_thin_side() {
        let level = |px, qty| Level { px: Px::from_e8(px), qty: Qty::from_e8(qty), count: 1 };
        // bid size, ask size, fair
        for (bid_qty, ask_qty, want) in [(5, 5, 1_050), (9, 1, 1_078), (1, 9, 1_022)] {
            let got = fair(&level(1_000, bid_qty), &level(1_100, ask_qty), Q24::ratio(7, 10));
            assert_eq!(got.e8(), want, "{bid_qty} against {ask_qty}");
        }
    }
}
