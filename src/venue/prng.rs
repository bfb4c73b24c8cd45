//! The only randomness of a simulation: seeded, integer, the same on every machine.

use crate::num::Q32;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

mod curve;

pub(crate) use curve::{exp, quantile};

/// Thousands of a unit that exponential waits are drawn in, so that short means keep their shape.
const FINE: i64 = 1_000;
/// The golden ratio in 64 bits: the increment of SplitMix64, spreads purposes over the seeds.
pub(crate) const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finisher of SplitMix64 (Steele, Lea and Flood 2014): a bijection of 64 bits.
pub(crate) fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// What random numbers are for. Each purpose has a stream of its own, so that drawing more of one
/// kind leaves the others as they were: the same seed gives the same prices to every quoter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Purpose {
    /// The steps of the efficient price.
    Path = 1,
    /// Times, sides and reaches of taker orders.
    Flow = 2,
    /// Sizes and restlessness of other makers' books.
    Book = 3,
    Blocks = 4,
    /// When trends and cascades begin.
    Script = 5,
    /// The nonces that signatures are made with.
    Signatures = 6,
    /// Which faults a simulated session has, and when.
    Faults = 7,
    /// What becomes of messages while a fault holds.
    FaultyMessages = 8,
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Prng(Xoshiro256PlusPlus);

impl Prng {
    /// The stream of a seed for a purpose.
    pub fn new(seed: u64, purpose: Purpose) -> Prng {
        let spread = GOLDEN.wrapping_mul(purpose as u64);
        Prng(Xoshiro256PlusPlus::seed_from_u64(seed ^ spread))
    }

    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `0..n`; each value is off its share by less than 2^-64.
    ///
    /// # Panics
    /// If `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(0 < n, "nothing lies below 0");
        let wide = u128::from(self.bits()) * u128::from(n);
        (wide >> 64) as u64
    }

    /// Uniform in `low..=high`.
    ///
    /// # Panics
    /// If `high < low`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "no number lies between {low} and {high}");
        low + self.below(high.abs_diff(low) + 1) as i64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: Q32) -> bool {
        i64::from((self.bits() >> 32) as u32) < p.bits()
    }

    /// Exponential with the given mean, in the mean's unit, rounded to the nearest.
    pub fn exponential(&mut self, mean: i64) -> i64 {
        curve::minus_ln(self.bits()).scale(mean)
    }

    /// Exponential with a mean in milliseconds, in microseconds.
    pub fn wait_us(&mut self, mean_ms: i64) -> i64 {
        self.exponential(mean_ms * FINE)
    }

    /// Standard normal: the quantile of a uniform number (Wichura 1988, AS241), good to 9.1 sigma.
    pub fn normal(&mut self) -> Q32 {
        curve::quantile(self.bits())
    }

    /// Normal with mean 0 and the given standard deviation, in its unit.
    pub fn gauss(&mut self, sd: i64) -> i64 {
        self.normal().scale(sd)
    }
}

#[cfg(test)]
mod tests;
