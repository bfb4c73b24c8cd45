//! One market: both sides of its book, its marks, its tape and its funding.

pub(crate) mod book_side;
pub(crate) mod funding;
pub(crate) mod queue;
pub(crate) mod tape;

use super::config::{FillModel, MarketConfig};
use crate::market::event::DEPTH;
use crate::market::{Bbo, BookFrame, Level, Spec};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side, Usd, WallMs};
use crate::venue::index::{AccountIx, MarketIx};
use book_side::BookSide;
use funding::Premium;
use std::ops::{Index, IndexMut};
use tape::PublicTape;

/// What the impact prices are for (PROTOCOL 12.3, coins other than BTC and ETH).
const IMPACT_NOTIONAL: Usd = Usd::from_e8(6_000 * E8);

/// Levels of a fast book.
const FAST_DEPTH: usize = 5;

/// One market: both sides of its book, its marks, trades and funding.
#[derive(Debug)]
pub(crate) struct Market {
    pub(crate) spec: Spec,
    pub(crate) dex: usize,
    pub(crate) fill_model: FillModel,
    pub(crate) sides: [BookSide; 2],
    pub(crate) mark: Px,
    pub(crate) oracle: Px,
    pub(crate) tape: PublicTape,
    pub(crate) premium: Premium,
    /// Whether the world gives marks; the middle of the book stands in for them until it does.
    marked: bool,
    /// Whether the best prices may have changed since they were shown.
    dirty: bool,
    bbo_shown: Bbo,
}

impl Market {
    pub(crate) fn new(config: &MarketConfig, start: WallMs) -> Market {
        Market {
            spec: config.spec,
            dex: config.dex,
            fill_model: config.fill_model,
            sides: [BookSide::new(Side::Bid), BookSide::new(Side::Ask)],
            mark: config.mark,
            oracle: config.mark,
            tape: PublicTape::new(config.mark),
            premium: Premium::new(config.dex != 0, start),
            marked: false,
            dirty: false,
            bbo_shown: Bbo::default(),
        }
    }

    pub(crate) fn side(&self, side: Side) -> &BookSide {
        &self.sides[side.index()]
    }

    /// The half to change: what is shown of it may change too.
    pub(crate) fn side_mut(&mut self, side: Side) -> &mut BookSide {
        self.dirty = true;
        &mut self.sides[side.index()]
    }

    /// The best price of a side.
    pub(crate) fn best(&self, side: Side) -> Option<Px> {
        self.side(side).best()
    }

    /// The middle of the best prices.
    pub(crate) fn mid(&self) -> Option<Px> {
        Some(self.best(Side::Bid)?.mid(self.best(Side::Ask)?))
    }

    /// Average prices at which the impact notional is sold and bought; none when one side is thin.
    pub(crate) fn impact(&self) -> Option<[Px; 2]> {
        let bid = self.side(Side::Bid).average(IMPACT_NOTIONAL)?;
        let ask = self.side(Side::Ask).average(IMPACT_NOTIONAL)?;
        Some([bid, ask])
    }

    /// Takes marks from the world.
    pub(crate) fn set_marks(&mut self, mark: Px, oracle: Px) {
        (self.mark, self.oracle, self.marked) = (mark, oracle, true);
    }

    /// Follows the middle of the book where the world gives no marks. Gives whether it moved.
    pub(crate) fn follow_mid(&mut self) -> bool {
        match self.mid() {
            Some(mid) if !self.marked && mid != self.mark => {
                (self.mark, self.oracle) = (mid, mid);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Sizes of an account's resting orders that could increase its position, by side.
    pub(crate) fn resting(&self, owner: AccountIx) -> [Qty; 2] {
        Side::BOTH.map(|side| self.side(side).resting(owner))
    }

    /// The best bid and ask, accounts and other makers together.
    pub(crate) fn bbo(&self, at: WallMs) -> Bbo {
        Bbo { venue: at, bid: self.side(Side::Bid).top(), ask: self.side(Side::Ask).top() }
    }

    /// The best prices, when they are not those last shown.
    pub(crate) fn changed_bbo(&mut self, at: WallMs) -> Option<Bbo> {
        if !std::mem::take(&mut self.dirty) {
            return None;
        }
        let bbo = self.bbo(at);
        if (bbo.bid, bbo.ask) == (self.bbo_shown.bid, self.bbo_shown.ask) {
            return None;
        }
        self.bbo_shown = bbo;
        Some(bbo)
    }

    /// Writes the best levels: 20 a side, or 5 of a fast book.
    pub(crate) fn frame(&self, at: WallMs, fast: bool, frame: &mut BookFrame) {
        (frame.venue, frame.fast) = (at, fast);
        let depth = if fast { FAST_DEPTH } else { DEPTH };
        for side in Side::BOTH {
            let i = side.index();
            let len = self.side(side).write_levels(&mut frame.levels[i][..depth]);
            frame.len[i] = u8::try_from(len).expect("a frame holds 20 levels");
            frame.levels[i][len..].fill(Level::default());
        }
    }
}

impl Index<MarketIx> for Vec<Market> {
    type Output = Market;
    fn index(&self, ix: MarketIx) -> &Market {
        &self[ix.0]
    }
}

impl IndexMut<MarketIx> for Vec<Market> {
    fn index_mut(&mut self, ix: MarketIx) -> &mut Market {
        &mut self[ix.0]
    }
}
