//! Fair price and drift by a Kalman filter (MODEL 2.5): the general step, the steady gains, and the
//! hot step that uses them once a second.

mod steady;
mod terms;

pub use terms::{DriftConfig, FilterTerms};

use crate::num::ewma::keep;
use crate::num::fix::div_round;
use crate::num::func::sqrt;
use crate::num::{Bps, Px, Q24, Q32, Q60};
use steady::Steady;
use terms::PICO;

/// Milliseconds between two hot steps.
const STEP_MS: u64 = 1_000;
/// Nano basis points in a micro one, and pico in a nano.
const THOUSAND: i64 = 1_000;
/// The level is measured from another price once it is this far away (MODEL 6.1).
const REACH: Bps = Bps::from_int(500);

/// The general filter: level and drift with their covariance, any time between observations.
///
/// Level off by less than 1e-9 bps a step, drift by less than 1e-12 bps/s; checked by
/// `ops::selftest::model`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The level, in bps since the first observation.
    pub level: Q60,
    /// Drift, in bps a second.
    pub drift: Q60,
    p00: Q60,
    p01: Q60,
    p11: Q60,
    k0: Q60,
    k1: Q60,
}

impl Filter {
    /// The state after the first observation.
    #[must_use]
    pub fn start(z: Q60, terms: &FilterTerms) -> Filter {
        let (noise, prior) =
            (terms.noise.mul_round(terms.noise), terms.prior.mul_round(terms.prior));
        let zero = Q60::ZERO;
        Filter { level: z, drift: zero, p00: noise, p01: zero, p11: prior, k0: zero, k1: zero }
    }

    /// The state after an observation `z`, `dt_ms` after the last one.
    #[must_use]
    pub fn step(self, z: Q60, dt_ms: u64, terms: &FilterTerms) -> Filter {
        let dt = Q60::ratio(i128::from(dt_ms), i128::from(THOUSAND));
        let phi = keep(dt_ms, terms.tau_ms);
        let grown = dt.mul_round(self.p11);
        let variance = terms.sigma.mul_round(terms.sigma).mul_round(dt);
        let p00 = self.p00 + dt.mul_round(self.p01).mul_int(2) + dt.mul_round(grown) + variance;
        let p01 = phi.mul_round(self.p01 + grown);
        let (kept, prior) = (phi.mul_round(phi), terms.prior.mul_round(terms.prior));
        let p11 = kept.mul_round(self.p11) + prior.mul_round(Q60::ONE - kept);
        let sum = p00 + terms.noise.mul_round(terms.noise);
        let (k0, k1) = (p00.div_trunc(sum), p01.div_trunc(sum));
        let level = self.level + self.drift.mul_round(dt);
        let surprise = z - level;
        let left = Q60::ONE - k0;
        Filter {
            level: level + k0.mul_round(surprise),
            drift: phi.mul_round(self.drift) + k1.mul_round(surprise),
            p00: left.mul_round(p00),
            p01: left.mul_round(p01),
            p11: p11 - k1.mul_round(p01),
            k0,
            k1,
        }
    }

    /// The drift in standard deviations of it.
    #[must_use]
    pub fn drift_in_sds(&self) -> Q24 {
        in_q24(self.drift.div_trunc(sqrt(self.p11)))
    }
}

/// What the hot step needs: the gains the filter settles at, at one step a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gains {
    /// Share of a surprise that moves the level.
    pub k0: Q32,
    /// Share of it, a second, that moves the drift.
    pub k1: Q32,
    /// What is left of a drift after a second.
    keep: Q32,
    /// One standard deviation of the drift is this many: its inverse, per bps a second.
    inverse_sd: Q24,
}

impl Gains {
    /// The gains at `sigma_q44` bps a square root of a second. Some microseconds, once a change of it.
    #[must_use]
    pub fn steady(config: &DriftConfig, sigma_q44: i64) -> Gains {
        let terms = FilterTerms::new(config, Q60::from_q44(sigma_q44));
        let at = Steady::new(&terms);
        Gains {
            k0: in_q32(at.k0),
            k1: in_q32(at.k1),
            keep: in_q32(keep(STEP_MS, config.tau_ms)),
            inverse_sd: in_q24(Q60::ONE.div_trunc(sqrt(at.p11))),
        }
    }
}

/// The filter of the hot path, stepped once a second with gains that have settled.
///
/// Invariant: `|level_nbps|` is at most 500 bps; what lies beyond is in `base_nbps`, so that their
/// sum is continuous.
#[derive(Clone, Copy, Debug)]
pub struct Drift {
    gains: Gains,
    anchor: Option<Px>,
    base_nbps: i64,
    level_nbps: i64,
    drift_pbps: i64,
}

impl Drift {
    /// A filter that saw nothing yet.
    #[must_use]
    pub fn new(gains: Gains) -> Drift {
        Drift { gains, anchor: None, base_nbps: 0, level_nbps: 0, drift_pbps: 0 }
    }

    /// Uses other gains from the next step on: the volatility changed.
    pub fn set_gains(&mut self, gains: Gains) {
        self.gains = gains;
    }

    /// Takes the second's fair price.
    pub fn step(&mut self, fair: Px) {
        let Some(anchor) = self.anchor else {
            self.anchor = Some(fair);
            return;
        };
        let foreseen = self.level_nbps + rounded(self.drift_pbps);
        let surprise = anchor.bps_to(fair).ubps() * THOUSAND - foreseen;
        self.level_nbps = foreseen + self.gains.k0.scale(surprise);
        let kept = self.gains.keep.scale(self.drift_pbps);
        self.drift_pbps = kept + self.gains.k1.scale(surprise.saturating_mul(THOUSAND));
        if REACH.ubps() * THOUSAND < self.level_nbps.abs() {
            self.move_anchor(anchor);
        }
    }

    /// Sets the level to `fair` after a gap, without reading a drift from the jump.
    pub fn reseed(&mut self, fair: Px) {
        if let Some(anchor) = self.anchor {
            self.base_nbps += self.level_nbps - anchor.bps_to(fair).ubps() * THOUSAND;
            self.level_nbps = anchor.bps_to(fair).ubps() * THOUSAND;
        }
        self.drift_pbps = 0;
    }

    /// The level in nano basis points since the beginning; continuous.
    #[must_use]
    pub fn level_nbps(&self) -> i64 {
        self.base_nbps + self.level_nbps
    }

    /// The drift in standard deviations of it.
    #[must_use]
    pub fn drift_in_sds(&self) -> Q24 {
        let wide = i128::from(self.drift_pbps) * i128::from(self.gains.inverse_sd.bits());
        Q24::from_bits(i64::try_from(div_round(wide, PICO)).expect("a drift of some sds"))
    }

    /// Measures the level from the price it stands at.
    fn move_anchor(&mut self, anchor: Px) {
        let there = anchor.shifted(Bps::from_ubps(rounded(self.level_nbps)));
        let by = anchor.bps_to(there).ubps() * THOUSAND;
        self.anchor = Some(there);
        self.base_nbps += by;
        self.level_nbps -= by;
    }
}

/// A thousandth, rounded half away from zero.
fn rounded(raw: i64) -> i64 {
    let part = div_round(i128::from(raw), i128::from(THOUSAND));
    i64::try_from(part).expect("smaller than what it was made of")
}

fn in_q32(wide: Q60) -> Q32 {
    Q32::from_bits(narrowed(wide, Q32::BITS))
}

fn in_q24(wide: Q60) -> Q24 {
    Q24::from_bits(narrowed(wide, Q24::BITS))
}

/// With fewer fractional bits, rounded; saturated where 64 bits are too few.
fn narrowed(wide: Q60, bits: u32) -> i64 {
    let cut = div_round(wide.bits(), 1 << (Q60::BITS - bits));
    i64::try_from(cut).unwrap_or(if cut < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests;
