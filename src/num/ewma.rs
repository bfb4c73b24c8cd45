//! Exponentially weighted means over irregular times (MODEL 2.2).

use super::fix::to_i64;
use super::func::exp;
use super::wide::Q60;

/// Beyond this many time constants the past is forgotten at once (MODEL 2.2).
const FORGET_TAUS: u64 = 20;
/// Fractional bits kept below the unit of the values, so that small weights are not rounded away.
const GUARD_BITS: u32 = 24;
/// Fractional bits of a weight in its product with a value.
const WEIGHT_BITS: u32 = 40;

/// What is left of the past after `dt_ms` with time constant `tau_ms`: `e^(-dt/tau)`.
///
/// Zero beyond 20 time constants. Bound: one step of 2^-60 (see [`exp`]).
///
/// # Panics
/// If `tau_ms` is zero.
#[must_use]
pub fn keep(dt_ms: u64, tau_ms: u64) -> Q60 {
    assert!(0 < tau_ms, "a time constant must be positive");
    if FORGET_TAUS * tau_ms < dt_ms {
        return Q60::ZERO;
    }
    exp(-Q60::ratio(i128::from(dt_ms), i128::from(tau_ms)))
}

/// A running mean of integers in any unit, `v <- v + (1 - e^(-dt/tau)) (x - v)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ewma {
    /// In the unit of the values, with 24 fractional bits.
    wide: i128,
}

impl Ewma {
    /// A mean that begins at `x`.
    #[must_use]
    pub fn at(x: i64) -> Ewma {
        Ewma { wide: i128::from(x) << GUARD_BITS }
    }

    /// Takes `x`, of which `1 - keep` counts; `|x| < 2^61`.
    pub fn mix(&mut self, x: i64, keep: Q60) {
        // A gap below 2^86 leaves 40 of the weight's 60 bits: the step is off by 1e-12 of the gap.
        let weight = (Q60::ONE - keep).bits() >> (Q60::BITS - WEIGHT_BITS);
        let gap = (i128::from(x) << GUARD_BITS) - self.wide;
        self.wide += (gap * weight + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS;
    }

    /// The mean, rounded half up.
    #[must_use]
    pub fn value(&self) -> i64 {
        to_i64((self.wide + (1 << (GUARD_BITS - 1))) >> GUARD_BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_forgets_as_its_time_constant_says() {
        // what, dt ms, tau ms, from, x, want
        let rows = [
            ("nothing passed, nothing counts", 0, 1_000, 0, 1 << 40, 0),
            ("one time constant", 1_000, 1_000, 0, 1_000_000_000, 632_120_559),
            ("20 of them exactly", 20_000, 1_000, 0, 1_000_000_000, 999_999_998),
            ("a millisecond more", 20_001, 1_000, 0, 1_000_000_000, 1_000_000_000),
            ("downward", 1_000, 2_000, 1_000_000_000, 0, 606_530_660),
        ];
        for (what, dt, tau, from, x, want) in rows {
            let mut mean = Ewma::at(from);
            mean.mix(x, keep(dt, tau));
            assert_eq!(mean.value(), want, "{what}");
        }
    }

    #[test]
    fn tiny_weights_add_up() {
        let mut mean = Ewma::at(0);
        for _ in 0..300_000 {
            mean.mix(1_000_000, keep(1, 300_000));
        }
        assert!(
            (mean.value() - 632_121).abs() <= 1,
            "one time constant in steps of 1 ms: {mean:?}"
        );
    }
}
