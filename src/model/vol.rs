//! Variance of fair (MODEL 2.3): realised and bipower, with the noise of the bounce measured by two
//! time scales. Integer, O(1) a second; square roots are taken on the cold side.

use crate::model::glft::SIGMA_DOMAIN;
use crate::num::ewma::keep;
use crate::num::fix::{Q44_ONE, div_round};
use crate::num::{Bps, Ewma, Px, Q24, Q32, Q60};

/// Milliseconds between two samples of the fast scale.
const FAST_MS: u64 = 1_000;
/// Returns beyond this are cut: 1000 bps, whose square fits the variance.
const RETURN_MAX: i64 = 1_000_000_000;
/// `pi / 2`: bipower to realised variance, 32 fractional bits.
const HALF_PI: Q32 = Q32::from_bits(6_746_518_852);
/// Micro basis points in one.
const MICRO: u128 = 1_000_000;

/// The constants of the estimator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct VolConfig {
    /// Seconds between two samples of the slow scale, which the variance is taken from; 2 or more.
    pub sample_s: u32,
    /// Time constant of the means.
    pub tau_ms: u64,
    /// What is believed before anything is seen, in bps a square root of a second.
    pub prior_q44: i64,
}

impl Default for VolConfig {
    /// MODEL 2.3 and 8.
    fn default() -> VolConfig {
        VolConfig { sample_s: 5, tau_ms: 300_000, prior_q44: Q44_ONE }
    }
}

/// Variances a second in micro basis points squared, and what was cut; a copy for the cold side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VolSnapshot {
    /// Realised variance, noise removed.
    pub realised: i64,
    /// Bipower variance: without jumps.
    pub bipower: i64,
    /// Variance of the noise of one observation, in micro basis points squared.
    pub noise: i64,
    /// Returns that were cut at 1000 bps.
    pub cut: u32,
}

/// Realised and bipower variance of one series of returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Variance {
    realised: Option<Ewma>,
    bipower: Option<Ewma>,
    before: Option<i64>,
    cut: u32,
}

/// The estimator: sampled once a second.
#[derive(Clone, Copy, Debug)]
pub struct Vol {
    config: VolConfig,
    keep_fast: Q60,
    keep_slow: Q60,
    slow: Variance,
    raw_fast: Ewma,
    raw_slow: Ewma,
    noise: Ewma,
    second: Option<Px>,
    sample: Option<Px>,
    since: u32,
}

impl Variance {
    /// Means that begin at a variance instead of the first return.
    #[must_use]
    pub fn at(variance: i64) -> Variance {
        let begun = Some(Ewma::at(variance));
        Variance { realised: begun, bipower: begun, before: None, cut: 0 }
    }

    /// Takes a return over `dt_s` seconds; `noise` is the variance of one observation, in micro bps
    /// squared, and `keep` what the means keep over `dt_s`.
    pub fn on_return(&mut self, by: Bps, dt_s: u32, noise: i64, keep: Q60) {
        let size = by.abs().ubps().min(RETURN_MAX);
        self.cut += u32::from(RETURN_MAX < by.abs().ubps());
        let clean = (square(size) - i128::from(noise) * 2).max(0);
        mix(&mut self.realised, rate(clean, dt_s), keep);
        if let Some(before) = self.before {
            let product =
                i128::from(HALF_PI.scale(rate(i128::from(size) * i128::from(before), dt_s)));
            mix(&mut self.bipower, rate(product, 1), keep);
        }
        self.before = Some(size);
    }

    /// Forgets the last return: the next one does not follow it.
    pub fn gap(&mut self) {
        self.before = None;
    }

    /// What is known; the bipower variance is the realised one until there are two returns.
    #[must_use]
    pub fn snapshot(&self, noise: i64) -> VolSnapshot {
        let realised = self.realised.unwrap_or_default().value();
        let bipower = self.bipower.map_or(realised, |mean| mean.value());
        VolSnapshot { realised, bipower, noise, cut: self.cut }
    }
}

impl Vol {
    /// An estimator that believes its prior.
    #[must_use]
    pub fn new(config: VolConfig) -> Vol {
        let variance = prior_variance(config.prior_q44);
        let slow_ms = u64::from(config.sample_s) * FAST_MS;
        Vol {
            config,
            keep_fast: keep(FAST_MS, config.tau_ms),
            keep_slow: keep(slow_ms, config.tau_ms),
            slow: Variance::at(variance),
            raw_fast: Ewma::at(variance),
            raw_slow: Ewma::at(variance),
            noise: Ewma::default(),
            second: None,
            sample: None,
            since: 0,
        }
    }

    /// Takes the second's fair price.
    pub fn step(&mut self, fair: Px) {
        if let Some(before) = self.second {
            self.raw_fast.mix(squared(before.bps_to(fair)), self.keep_fast);
        }
        self.second = Some(fair);
        self.since += 1;
        if self.sample.is_none() || self.config.sample_s <= self.since {
            self.step_slow(fair);
        }
    }

    /// A gap in the data: returns across it are not taken.
    pub fn gap(&mut self) {
        (self.second, self.sample, self.since) = (None, None, 0);
        self.slow.gap();
    }

    /// A copy for the cold side.
    #[must_use]
    pub fn snapshot(&self) -> VolSnapshot {
        self.slow.snapshot(self.noise.value())
    }

    fn step_slow(&mut self, fair: Px) {
        if let Some(before) = self.sample {
            let (by, dt_s) = (before.bps_to(fair), self.config.sample_s);
            self.slow.on_return(by, dt_s, self.noise.value(), self.keep_slow);
            self.raw_slow.mix(rate(i128::from(squared(by)), dt_s), self.keep_slow);
            self.noise.mix(self.noise_seen(), self.keep_slow);
        }
        (self.sample, self.since) = (Some(fair), 0);
    }

    /// `(RV_1s - RV_ns) / (2 (1 - 1/n))`: what the faster scale sees more (Zhang, Mykland and
    /// Ait-Sahalia 2005).
    fn noise_seen(&self) -> i64 {
        let n = i128::from(self.config.sample_s);
        let more = i128::from(self.raw_fast.value() - self.raw_slow.value()).max(0);
        let noise = div_round(more * n, (2 * (n - 1)).max(1));
        i64::try_from(noise).unwrap_or(i64::MAX)
    }
}

impl VolSnapshot {
    /// What the table's volatility is the root of: `max(RV, BV)`.
    #[must_use]
    pub fn variance(&self) -> i64 {
        self.realised.max(self.bipower)
    }

    /// The share of the variance that jumps made: `max(0, 1 - BV/RV)`.
    #[must_use]
    pub fn jump_share(&self) -> Q24 {
        if self.realised <= self.bipower {
            return Q24::ZERO;
        }
        Q24::ONE - Q24::ratio(self.bipower, self.realised)
    }

    /// `sqrt(BV)` in bps a square root of a second, 44 fractional bits: for detection. Cold.
    #[must_use]
    pub fn continuous_q44(&self) -> i64 {
        root_q44(self.bipower)
    }

    /// `sqrt(max(RV, BV))`, 44 fractional bits: for the table. Cold.
    #[must_use]
    pub fn risk_q44(&self) -> i64 {
        root_q44(self.variance())
    }

    /// [`VolSnapshot::risk_q44`] in the domain of the table, and whether it had to be moved there.
    #[must_use]
    pub fn table_q44(&self) -> (i64, bool) {
        let risk = self.risk_q44();
        let held = risk.clamp(SIGMA_DOMAIN.0, SIGMA_DOMAIN.1);
        (held, held != risk)
    }
}

/// `sqrt(v * 1e-12)` with 44 fractional bits, from micro bps squared; off by 1e-9 of itself for
/// volatilities from 1e-3 bps on. Checked by `ops::selftest::model`.
fn root_q44(variance: i64) -> i64 {
    // The root of v * 2^64 has 32 fractional bits; 12 more make 44.
    let wide = u128::try_from(variance).unwrap_or(0) << 64;
    i64::try_from((wide.isqrt() << 12) / MICRO).unwrap_or(i64::MAX)
}

/// A prior of 44 fractional bits as micro bps squared a second.
fn prior_variance(prior_q44: i64) -> i64 {
    let ubps = Q60::from_q44(prior_q44).micro();
    squared(Bps::from_ubps(ubps))
}

/// The square of a return that is cut at 1000 bps.
fn squared(by: Bps) -> i64 {
    rate(square(by.abs().ubps().min(RETURN_MAX)), 1)
}

fn square(ubps: i64) -> i128 {
    i128::from(ubps) * i128::from(ubps)
}

/// A variance over `dt_s` seconds as one a second; at most 1.6e18.
fn rate(variance: i128, dt_s: u32) -> i64 {
    let most = i128::from(RETURN_MAX) * i128::from(RETURN_MAX) * 2;
    let rate = div_round(variance, i128::from(dt_s.max(1))).min(most);
    i64::try_from(rate).expect("2e18 fits")
}

/// Begins a mean, or goes on with it.
fn mix(mean: &mut Option<Ewma>, x: i64, keep: Q60) {
    match mean {
        None => *mean = Some(Ewma::at(x)),
        Some(mean) => mean.mix(x, keep),
    }
}

#[cfg(test)]
mod tests;
