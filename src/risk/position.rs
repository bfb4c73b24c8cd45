//! Inventory and money, from fills. Exact: every product is on the venue's grid.

use crate::market::event::TRADES_MAX;
use crate::market::{Fill, Oid, Tid};
use crate::num::unit::USD_MAX;
use crate::num::{Pos, Px, Qty, Usd, WallMs};

/// Fills remembered by name to tell a repeated one from news; what is older is told by its time.
const KNOWN_MAX: usize = 1024;

// A message of trades that all are ours is remembered as a whole.
const _: () = assert!(TRADES_MAX <= KNOWN_MAX);

/// What we hold and what it cost since the session began.
///
/// Invariant: `pos` is the opening position plus all fills, and
/// `cash + pos.value(mark) - fees + funding` is the PnL since the opening at `mark`.
#[derive(Clone, Debug)]
pub struct Position {
    pos: Pos,
    cash: Usd,
    fees: Usd,
    funding: Usd,
    count: u64,
    known: Known,
}

impl Position {
    /// Opens with `pos` valued at `mark`: the PnL starts at zero.
    #[must_use]
    pub fn open(pos: Pos, mark: Px) -> Position {
        Position {
            pos,
            cash: -pos.value(mark),
            fees: Usd::ZERO,
            funding: Usd::ZERO,
            count: 0,
            known: Known::new(),
        }
    }

    /// Takes a fill; says whether it was news. The same trade is never applied twice.
    pub fn on_fill(&mut self, fill: &Fill) -> bool {
        if !self.known.insert(fill) {
            return false;
        }
        let worth = fill.px.notional(fill.qty);
        self.pos += fill.qty.signed(fill.side);
        self.cash = self.cash.held_add(Usd::from_e8(-worth.e8() * fill.side.sign()));
        self.fees = self.fees.held_add(fill.fee);
        self.count += 1;
        debug_assert!(!self.known.insert(fill), "a fill can be applied twice: {fill:?}");
        true
    }

    /// Marks a trade as known without applying it: it happened before the opening.
    pub fn skip(&mut self, fill: &Fill) {
        self.known.insert(fill);
    }

    /// Adopts the venue's position; the difference is valued at `mark`, so PnL does not change.
    pub fn adopt(&mut self, pos: Pos, mark: Px) {
        let before = self.pnl(mark);
        self.cash = self.cash.held_add(self.pos.value(mark) - pos.value(mark));
        self.pos = pos;
        let held = self.cash.abs() == USD_MAX;
        assert!(held || self.pnl(mark) == before, "a position was adopted at a gain: {before:?}");
    }

    /// Takes a funding payment; positive is received.
    pub fn on_funding(&mut self, received: Usd) {
        self.funding = self.funding.held_add(received);
    }

    /// Funding received since the opening; negative when paid.
    #[must_use]
    pub fn funding(&self) -> Usd {
        self.funding
    }

    /// The position: the opening's and all fills, long positive.
    #[must_use]
    pub fn pos(&self) -> Pos {
        self.pos
    }

    /// Fees paid since the opening; rebates are negative.
    #[must_use]
    pub fn fees(&self) -> Usd {
        self.fees
    }

    /// Number of fills applied since the opening.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// PnL since the opening, the position valued at `mark`.
    #[must_use]
    pub fn pnl(&self, mark: Px) -> Usd {
        self.pnl_with(self.pos.value(mark))
    }

    /// PnL since the opening, the position being worth `value`.
    #[must_use]
    pub fn pnl_with(&self, value: Usd) -> Usd {
        (self.cash + value - self.fees + self.funding).held_add(Usd::ZERO)
    }

    /// The size of the position.
    #[must_use]
    pub fn size(&self) -> Qty {
        self.pos.size()
    }
}

/// The trades taken last, in a ring: old ones are forgotten, the newest never.
#[derive(Clone, Debug)]
struct Known {
    ring: [(Tid, Oid, WallMs); KNOWN_MAX],
    next: usize,
    floor: WallMs,
}

impl Known {
    fn new() -> Known {
        let never = (Tid(0), Oid(0), WallMs::from_ms(0));
        Known { ring: [never; KNOWN_MAX], next: 0, floor: WallMs::default() }
    }

    /// Remembers a trade; false when it was known, or is so old that it may have been.
    fn insert(&mut self, fill: &Fill) -> bool {
        // One trade can be two fills of ours only with two orders of ours in it (PROTOCOL 8.7).
        let key = (fill.tid, fill.oid, fill.venue);
        if fill.venue <= self.floor || self.ring.contains(&key) {
            return false;
        }
        let before = self.floor;
        self.floor = before.max(self.ring[self.next].2);
        self.ring[self.next] = key;
        self.next = (self.next + 1) % KNOWN_MAX;
        assert!(before <= self.floor, "what was too old is news again: {before:?}");
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::CoinIx;
    use crate::num::Side;
    use crate::num::unit::E8;

    fn fill(tid: u64, side: Side, px: i64, qty: i64) -> Fill {
        Fill {
            coin: CoinIx(0),
            venue: WallMs::from_ms(1_000 + tid),
            tid: Tid(tid),
            oid: Oid(1),
            cloid: None,
            side,
            px: Px::from_e8(px * E8),
            qty: Qty::from_e8(qty * E8),
            fee: Usd::from_e8(1),
            closed: Usd::ZERO,
            start: Pos::FLAT,
            crossed: false,
        }
    }

    #[test]
    fn money_adds_up_and_repeats_count_once() {
        let mut position = Position::open(Pos::from_e8(2 * E8), Px::from_e8(30 * E8));
        assert_eq!(position.pnl(Px::from_e8(30 * E8)), Usd::ZERO);
        let buy = fill(1, Side::Bid, 29, 3);
        assert!(position.on_fill(&buy) && !position.on_fill(&buy));
        assert!(position.on_fill(&fill(2, Side::Ask, 31, 4)));
        assert_eq!(position.pos().e8(), E8);
        // 2 from 30, 3 from 29, 4 sold at 31, 1 left at 30: 4*31 - 3*29 - 2*30 + 30 = 7.
        assert_eq!(position.pnl(Px::from_e8(30 * E8)), Usd::from_e8(7 * E8 - 2));
        assert_eq!((position.fees().e8(), position.count()), (2, 2));
    }

    #[test]
    fn the_ring_forgets_only_what_it_then_refuses() {
        let mut position = Position::open(Pos::FLAT, Px::from_e8(E8));
        for tid in 0..6_000 {
            assert!(position.on_fill(&fill(tid, Side::Bid, 1, 1)), "{tid} is news");
        }
        for tid in 0..6_000 {
            assert!(!position.on_fill(&fill(tid, Side::Bid, 1, 1)), "{tid} is known or too old");
        }
    }
}
