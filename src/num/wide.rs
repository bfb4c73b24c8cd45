//! Numbers of the cold side: 60 fractional bits in 128, for parameters, eigenvalues and functions.

use super::fix::{Q44_BITS, div_round, to_i64};
use super::newtype::{additive, negatable, subtractive};

/// Micro units in one, the scale of [`crate::num::Bps`].
const MICRO: i128 = 1_000_000;
/// Bits a divisor may have so that a remainder can be scaled without overflow.
const DIVISOR_BITS: u32 = 66;

/// A signed number with 60 fractional bits in 128: whole part up to 2^67.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Q60(i128);

impl Q60 {
    /// The number of fractional bits.
    pub const BITS: u32 = 60;
    /// The number 0, exactly.
    pub const ZERO: Q60 = Q60(0);
    /// The number 1, exactly.
    pub const ONE: Q60 = Q60(1 << Q60::BITS);

    /// From the raw bits.
    #[must_use]
    pub const fn from_bits(bits: i128) -> Q60 {
        Q60(bits)
    }

    /// The raw bits: the value times `2^60`.
    #[must_use]
    pub const fn bits(self) -> i128 {
        self.0
    }

    /// From a whole number.
    #[must_use]
    pub fn from_int(whole: i64) -> Q60 {
        Q60(i128::from(whole) << Q60::BITS)
    }

    /// From 44 fractional bits.
    #[must_use]
    pub fn from_q44(bits: i64) -> Q60 {
        Q60(i128::from(bits) << (Q60::BITS - Q44_BITS))
    }

    /// With 44 fractional bits, rounded half away from zero.
    #[must_use]
    pub fn q44(self) -> i64 {
        to_i64(div_round(self.0, 1 << (Q60::BITS - Q44_BITS)))
    }

    /// From millionths: micro basis points to basis points.
    #[must_use]
    pub fn from_micro(micro: i64) -> Q60 {
        Q60(div_round(i128::from(micro) << Q60::BITS, MICRO))
    }

    /// In millionths, rounded half away from zero: basis points to micro basis points.
    #[must_use]
    pub fn micro(self) -> i64 {
        let (whole, part) = (self.0 >> Q60::BITS, self.0 & (Q60::ONE.0 - 1));
        to_i64(whole * MICRO + div_round(part * MICRO, Q60::ONE.0))
    }

    /// `n / d`, rounded half away from zero; `d` is positive and `n` below 2^67.
    #[must_use]
    pub fn ratio(n: i128, d: i128) -> Q60 {
        Q60(div_round(n << Q60::BITS, d))
    }

    /// The product, rounded to the nearest step; up to 2^67 in magnitude.
    #[must_use]
    pub fn mul_round(self, other: Q60) -> Q60 {
        let mask = Q60::ONE.0 - 1;
        let (a, b) = (self.0 >> Q60::BITS, other.0 >> Q60::BITS);
        let (c, d) = (self.0 & mask, other.0 & mask);
        let low = (c * d + (1 << (Q60::BITS - 1))) >> Q60::BITS;
        Q60(((a * b) << Q60::BITS) + a * d + c * b + low)
    }

    /// The quotient, rounded toward zero; by 128 and more, off by up to two steps of 2^-60.
    ///
    /// # Panics
    /// If the divisor is zero.
    #[must_use]
    pub fn div_trunc(self, by: Q60) -> Q60 {
        assert!(by.0 != 0, "over: a quotient needs a divisor that is not zero");
        // A remainder of more than 66 bits could not be scaled; dropping the low bits of both
        // costs one part in 2^66 of the quotient's step.
        let bits = u128::BITS - by.0.unsigned_abs().leading_zeros();
        let drop = bits.saturating_sub(DIVISOR_BITS);
        let (n, d) = (self.0 >> drop, by.0 >> drop);
        let (whole, rest) = (n / d, n % d);
        Q60((whole << Q60::BITS) + (rest << Q60::BITS) / d)
    }

    /// The product with a whole number.
    #[must_use]
    pub fn mul_int(self, times: i64) -> Q60 {
        Q60(self.0 * i128::from(times))
    }

    /// Half of it, rounded down.
    #[must_use]
    pub const fn half(self) -> Q60 {
        Q60(self.0 >> 1)
    }
}

additive!(Q60);
subtractive!(Q60);
negatable!(Q60);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn real(q: Q60) -> f64 {
        q.bits() as f64 / (1u128 << 60) as f64
    }

    #[test]
    fn conversions_round_to_the_nearest() {
        let third = Q60::ratio(1, 3);
        assert_eq!(third.micro(), 333_333);
        assert_eq!((-third).micro(), -333_333);
        assert_eq!(Q60::from_micro(-1_500_000), Q60::ratio(-3, 2));
        assert_eq!(Q60::from_q44(Q60::from_int(5).q44()), Q60::from_int(5));
    }

    proptest! {
        #[test]
        fn products_and_quotients_are_those_of_reals(a in -1e5f64..1e5, b in 1e-4f64..1e5, minus: bool) {
            let wide = |v: f64| Q60::from_bits((v * (1u64 << 60) as f64) as i128);
            let b = if minus { -b } else { b };
            let (x, y) = (wide(a), wide(b));
            prop_assert!((real(x.mul_round(y)) - a * b).abs() <= 1e-13 * (1.0 + (a * b).abs()));
            prop_assert!((real(x.div_trunc(y)) - a / b).abs() <= 1e-13 * (1.0 + (a / b).abs()));
        }
    }
}
