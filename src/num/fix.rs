//! Fixed-point arithmetic. Every division names its rounding.

use super::newtype::{additive, negatable, newtype, subtractive};

/// One in 20 fractional bits.
pub const Q20_ONE: i64 = 1 << 20;
/// Fractional bits of parameters of the model.
pub const Q44_BITS: u32 = 44;
/// One with that many.
pub const Q44_ONE: i64 = 1 << Q44_BITS;

/// `n / d` in 44 fractional bits, rounded to the nearest; both positive and below 2^18.
#[must_use]
pub const fn q44(n: i64, d: i64) -> i64 {
    (n * Q44_ONE + d / 2) / d
}

/// `n / d` rounded half away from zero.
///
/// # Panics
/// If `d` is not positive.
#[must_use]
#[inline]
pub fn div_round(n: i128, d: i128) -> i128 {
    assert!(0 < d, "div_round: the divisor must be positive, not {d}");
    let size = div(n.unsigned_abs() + d.unsigned_abs() / 2, d.unsigned_abs()).cast_signed();
    if n < 0 { -size } else { size }
}

/// `n / d` rounded down.
///
/// # Panics
/// If `d` is not positive.
#[must_use]
#[inline]
pub fn div_floor(n: i128, d: i128) -> i128 {
    assert!(0 < d, "div_floor: the divisor must be positive, not {d}");
    if n < 0 { -div_ceil(-n, d) } else { div(n.unsigned_abs(), d.unsigned_abs()).cast_signed() }
}

/// `n / d` rounded up.
///
/// # Panics
/// If `d` is not positive.
#[must_use]
#[inline]
pub fn div_ceil(n: i128, d: i128) -> i128 {
    assert!(0 < d, "div_ceil: the divisor must be positive, not {d}");
    if n < 0 {
        return -div(n.unsigned_abs(), d.unsigned_abs()).cast_signed();
    }
    div(n.unsigned_abs() + (d.unsigned_abs() - 1), d.unsigned_abs()).cast_signed()
}

/// `n / d` rounded toward zero.
///
/// # Panics
/// If `d` is not positive.
#[must_use]
#[inline]
pub fn div_trunc(n: i128, d: i128) -> i128 {
    assert!(0 < d, "div_trunc: the divisor must be positive, not {d}");
    let size = div(n.unsigned_abs(), d.unsigned_abs()).cast_signed();
    if n < 0 { -size } else { size }
}

/// `n / d`. Most divisions fit a machine word, and one of 128 bits is a call.
#[inline]
fn div(n: u128, d: u128) -> u128 {
    match (u64::try_from(n), u64::try_from(d)) {
        (Ok(n), Ok(d)) => u128::from(n / d),
        _ => n / d,
    }
}

/// `n / 2^bits` rounded half away from zero.
#[must_use]
#[inline]
pub fn shift_round(n: i128, bits: u32) -> i128 {
    let size = ((n.unsigned_abs() + (1 << bits) / 2) >> bits).cast_signed();
    if n < 0 { -size } else { size }
}

/// Back to 64 bits; a value that does not fit is outside every documented domain, a bug.
#[must_use]
pub(crate) fn to_i64(wide: i128) -> i64 {
    i64::try_from(wide).expect("the operands were bounded where they were decoded")
}

/// A signed fixed-point number with the given fractional bits.
macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $bits:literal) => {
        newtype! { $(#[$doc])* pub struct $name(i64): from_bits, bits; }

        impl $name {
            /// The number 0, exactly.
            pub const ZERO: $name = $name(0);
            /// The number 1, exactly.
            pub const ONE: $name = $name(1 << $bits);
            /// The number of fractional bits.
            pub const BITS: u32 = $bits;

            /// `n / d`, rounded half away from zero; `d` must be positive.
            #[must_use]
            #[inline]
            pub fn ratio(n: i64, d: i64) -> $name {
                $name(to_i64(div_round(i128::from(n) << $bits, i128::from(d))))
            }

            /// The product, rounded half away from zero.
            #[must_use]
            #[inline]
            pub fn times(self, other: $name) -> $name {
                $name(self.scale(other.0))
            }

            /// `raw` (in any unit) times this number, rounded half away from zero.
            #[must_use]
            #[inline]
            pub fn scale(self, raw: i64) -> i64 {
                to_i64(shift_round(i128::from(self.0) * i128::from(raw), $bits))
            }

            /// `raw` (in any unit) times this number, rounded down.
            #[must_use]
            #[inline]
            pub fn scale_floor(self, raw: i64) -> i64 {
                to_i64((i128::from(self.0) * i128::from(raw)) >> $bits)
            }
        }

        additive!($name);
        subtractive!($name);
        negatable!($name);
    };
}

fixed! {
    /// Multipliers, probabilities, shares: 24 fractional bits.
    Q24, 24
}
fixed! {
    /// Weights of moving averages: 32 fractional bits.
    Q32, 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rounding_is_the_one_named() {
        // n, d, half away, down, up
        let rows = [
            (7, 2, 4, 3, 4),
            (-7, 2, -4, -4, -3),
            (5, 3, 2, 1, 2),
            (-5, 3, -2, -2, -1),
            (6, 3, 2, 2, 2),
        ];
        for (n, d, round, floor, ceil) in rows {
            assert_eq!(div_round(n, d), round, "{n}/{d} half away");
            assert_eq!(div_floor(n, d), floor, "{n}/{d} down");
            assert_eq!(div_ceil(n, d), ceil, "{n}/{d} up");
        }
    }

    proptest::proptest! {
        #[test]
        fn divisions_are_those_of_the_language(n in -(1i128 << 100)..1 << 100, narrow: i64, d in 1i128..1 << 90, small in 1i128..1 << 40) {
            for n in [n, i128::from(narrow)] {
                for d in [d, small] {
                    let (down, exact) = (n.div_euclid(d), n.rem_euclid(d) == 0);
                    proptest::prop_assert_eq!(div_floor(n, d), down);
                    proptest::prop_assert_eq!(div_ceil(n, d), if exact { down } else { down + 1 });
                    proptest::prop_assert_eq!(div_trunc(n, d), n / d);
                    proptest::prop_assert_eq!(div_round(n, d), n.signum() * ((n.abs() * 2 + d) / (d * 2)));
                }
                proptest::prop_assert_eq!(shift_round(n, 24), div_round(n, 1 << 24));
            }
        }
    }

    #[test]
    fn scale_keeps_units() {
        assert_eq!(Q24::ratio(1, 2).scale(-7), -4);
        assert_eq!(Q24::ratio(1, 2).scale_floor(-7), -4);
        assert_eq!(Q32::ratio(3, 4).times(Q32::ratio(1, 3)).bits(), 1 << 30);
    }
}
