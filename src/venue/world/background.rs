//! Other makers: a book around the mid, with fresh sizes in every block.

use crate::market::{Level, Spec};
use crate::num::{Bps, Offset, Px, Q32, Qty, Side};
use crate::venue::market_event::MarketEventKind;
use crate::venue::prng::{Prng, exp, quantile};

/// Levels a side of other makers' book.
const LEVELS: usize = 20;
/// Distance between levels, at least one price step: 0.38 bps is one step of HYPE at $26.2.
const SPACING: Bps = Bps::from_centi(38);
/// How far restless makers step: more than any quoter ignores that has the requests for it.
const SWAY: Bps = Bps::from_int(1);
/// Bits of a draw that choose one size.
const SIZE_BITS: u32 = 9;
/// Sizes to choose from: quantiles of the lognormal distribution.
const SIZES: usize = 1 << SIZE_BITS;
/// Deviation of the logarithm of a size, in hundredths. Not given by the specification.
const SIZE_SD: [i64; 2] = [70, 100];
/// Orders at one price, at most.
const COUNT_MAX: u64 = 5;

/// Other makers of one market.
#[derive(Clone, Debug)]
pub(super) struct BackgroundBook {
    rng: Prng,
    spec: Spec,
    sizes: Vec<Qty>,
    spacing_e8: i64,
    restless: bool,
    above: bool, // Where restless makers are.
    centre: Px,  // Of the last block.
}

impl BackgroundBook {
    /// Makers around `px`, whose sizes have this median.
    pub(super) fn new(
        spec: Spec,
        px: Px,
        median: Qty,
        restless: bool,
        rng: Prng,
    ) -> BackgroundBook {
        let tick_e8 = spec.tick_e8(px);
        let steps = (px.part(SPACING).e8() + tick_e8 / 2) / tick_e8;
        let sizes = (0..SIZES as u64).map(|rank| size(rank, median, &spec)).collect();
        BackgroundBook {
            rng,
            spec,
            sizes,
            spacing_e8: steps.max(1) * tick_e8,
            restless,
            above: false,
            centre: px,
        }
    }

    /// The book around `mid`: the best levels lie one price step from the mid on the grid.
    ///
    /// Restless makers step to either side of the mid in turn, and never stay where they were.
    pub(super) fn quote(&mut self, mid: Px) -> MarketEventKind {
        let mut centre = self.on_grid(mid);
        if self.restless {
            self.above = !self.above;
            let sway = if self.above { SWAY.ubps() } else { -SWAY.ubps() };
            centre = self.on_grid(mid.shifted(Bps::from_ubps(sway)));
            if centre == self.centre {
                centre = self.nudged(centre);
            }
        }
        self.centre = centre;
        MarketEventKind::Quotes { bids: self.side(Side::Bid), asks: self.side(Side::Ask) }
    }

    /// The price of the grid nearest to `mid`.
    fn on_grid(&self, mid: Px) -> Px {
        let (below, above) = (self.spec.snap(mid, Side::Bid), self.spec.snap(mid, Side::Ask));
        if (above - mid).e8() < (mid - below).e8() { above } else { below }
    }

    /// A step up or down from `px`.
    fn nudged(&mut self, px: Px) -> Px {
        let step = Offset::from_e8(self.spec.tick_e8(px));
        if self.rng.below(2) == 0 { px + step } else { px - step }
    }

    /// The levels of a side, best first.
    fn side(&mut self, side: Side) -> Vec<Level> {
        let tick_e8 = self.spec.tick_e8(self.centre);
        let mut levels: Vec<Level> = Vec::with_capacity(LEVELS);
        let (centre, spacing_e8) = (self.centre, self.spacing_e8);
        let at =
            |level: i64| centre - Offset::from_e8(side.sign() * (tick_e8 + level * spacing_e8));
        // Whole steps from a price of the grid stay on it, unless the grid changes on the way.
        let even = self.spec.tick_e8(at(LEVELS as i64 - 1)) == tick_e8;
        for level in 0..LEVELS as i64 {
            let px = if even { at(level) } else { self.spec.snap(at(level), side) };
            if levels.last().is_none_or(|last| last.px.beats(px, side)) {
                levels.push(self.level(px));
            }
        }
        levels
    }

    /// A level of random size.
    fn level(&mut self, px: Px) -> Level {
        let bits = self.rng.bits();
        let rank = (bits >> (u64::BITS - SIZE_BITS)) as usize;
        let count = 1 + (bits & 0xffff) % COUNT_MAX;
        Level { px, qty: self.sizes[rank], count: count as u32 }
    }
}

/// The size at the middle of quantile `rank` of [`SIZES`], in whole lots and never empty.
fn size(rank: u64, median: Qty, spec: &Spec) -> Qty {
    let middle = (2 * rank + 1) << (u64::BITS - SIZE_BITS - 1);
    let [num, den] = SIZE_SD;
    let factor = exp(quantile(middle).times(Q32::ratio(num, den)));
    Qty::from_e8(factor.scale(median.e8())).floor_to(spec.lot()).max(spec.lot())
}
