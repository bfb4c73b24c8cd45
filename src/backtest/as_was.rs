//! The system this one replaces, as its log and its code show it (SCENARIOS 2): what others are
//! compared with. Only `scenario` and `replay --compare` reach it.

mod signals;
#[cfg(test)]
mod tests;

use crate::backtest::baseline::BaselineModel;
use crate::engine::Setup;
use crate::market::{Fill, Spec};
use crate::num::unit::{E8, UBPS};
use crate::num::{Bps, Mono, Pos, Px, Qty, Side};
use signals::AsWasSignals;

/// Half-spread at the start and after it had fed on its own fills, in bps.
const HALF_BPS: [f64; 2] = [6.3, 2.5];
/// How long that took.
const SHRINK_S: f64 = 600.0;
/// It never quoted nearer than this, wherever the trend led it.
const HALF_MIN_BPS: f64 = 1.5;
/// Distance between its levels.
const SPACING_BPS: f64 = 2.5;
/// The share of the measured trend that it followed.
const TREND_SHARE: f64 = 0.04;
/// What one side of its ladder held in the recorded session, in hundredths of a coin, best first.
const FEB24_CENTI: [i64; 7] = [40, 68, 68, 68, 95, 145, 268];
/// Levels a side elsewhere, one lot each.
const LEVELS: usize = 3;
/// Inventory from which on the adding side shrank, and the trend that counted as one.
const SHRINK_FROM: f64 = 0.3;
const SHRINK_TREND_BPS: f64 = 6.3;
/// Trends that counted most.
const SHRINK_TREND_MAX: f64 = 3.0;
/// The least an order must be worth.
const WORTH_MIN_E8: i64 = 10 * E8;

/// The model of the replaced system: which ladder it wanted.
#[derive(Clone, Debug)]
pub struct AsWas {
    spec: Spec,
    position_max: Qty,
    sizes: Vec<Qty>,
    began: Option<Mono>,
    signals: AsWasSignals,
}

impl AsWas {
    /// The model with these sizes of a side's levels, best first.
    pub fn new(setup: &Setup, sizes: Vec<Qty>) -> AsWas {
        let (spec, position_max) = (setup.spec, setup.sizing.position_max);
        AsWas { spec, position_max, sizes, began: None, signals: AsWasSignals::default() }
    }

    /// The ladder of the recorded session, whatever the instrument's lot: for HYPE.
    pub fn feb24_sizes() -> Vec<Qty> {
        FEB24_CENTI.iter().map(|centi| Qty::from_e8(centi * (E8 / 100))).collect()
    }

    /// The ladder of other markets: three levels of one lot.
    pub fn lots(lot: Qty) -> Vec<Qty> {
        vec![lot; LEVELS]
    }

    /// How much of its size the adding side kept; nothing at the position limit.
    fn size_factor(&self, side: Side, pos: Pos) -> f64 {
        let adds = pos.e8() * side.sign() > 0;
        let u = pos.size().e8() as f64 / self.position_max.e8() as f64;
        if !adds {
            return 1.0;
        }
        if 1.0 <= u {
            return 0.0;
        }
        let full = ((u - SHRINK_FROM) / (1.0 - SHRINK_FROM)).clamp(0.0, 1.0);
        let trend = (self.signals.trend().abs() / SHRINK_TREND_BPS).min(SHRINK_TREND_MAX);
        1.0 - (full * trend / SHRINK_TREND_MAX).sqrt()
    }
}

impl BaselineModel for AsWas {
    const SLACK_BPS: f64 = 1.0;

    fn on_fill(&mut self, now: Mono, fill: &Fill) {
        self.signals.on_fill(now, fill);
    }

    fn look(&mut self, now: Mono, mid: Px, pos: Pos) {
        self.began.get_or_insert(now);
        self.signals.look(now, mid, pos);
    }

    fn wanted(&self, side: Side, mid: Px, pos: Pos, now: Mono) -> Vec<(Px, Qty)> {
        if self.signals.killed() {
            return Vec::new();
        }
        let age_s = self.began.map_or(0.0, |began| now.since(began).ms() as f64 / 1e3);
        let shrunk = (age_s / SHRINK_S).min(1.0) * (HALF_BPS[0] - HALF_BPS[1]);
        let half = HALF_BPS[0] - shrunk + self.signals.widening(now);
        let shift = TREND_SHARE * self.signals.trend();
        let nearest = (half - side.sign() as f64 * shift).max(HALF_MIN_BPS);
        let factor = self.size_factor(side, pos);
        let levels = self.sizes.iter().enumerate().map(|(level, &qty)| {
            let distance = nearest + SPACING_BPS * level as f64;
            let px = shifted(mid, -side.sign() as f64 * distance);
            let qty = Qty::from_e8((qty.e8() as f64 * factor) as i64).floor_to(self.spec.lot());
            (self.spec.snap(px, side), qty)
        });
        levels.filter(|&(px, qty)| WORTH_MIN_E8 <= px.notional(qty).e8()).collect()
    }
}

/// The price `bps` above `px`.
fn shifted(px: Px, bps: f64) -> Px {
    px.shifted(Bps::from_ubps((bps * UBPS as f64) as i64))
}
