//! What turns 64 uniform bits into other distributions, integer only.

use crate::num::func::{self, ln_scaled, sqrt};
use crate::num::wide::Q60;
use crate::num::{Q32, fix};

/// Fractional bits inside this file.
const BITS: u32 = 48;
/// The number 1 with 48 fractional bits.
const ONE: i128 = 1 << BITS;
/// A draw with its half step is a number of 65 bits.
const DRAW_BITS: u32 = u64::BITS + 1;

/// `-ln((bits + 1/2) / 2^64)`: from 2^-65 up to 45.05, rounded down to a step of 2^-32.
pub(super) fn minus_ln(bits: u64) -> Q32 {
    short(-log(bits).bits(), Q60::BITS)
}

/// `ln((bits + 1/2) / 2^64)`.
fn log(bits: u64) -> Q60 {
    ln_scaled((u128::from(bits) << 1) | 1, DRAW_BITS)
}

/// `e^x` for `x` below 20, rounded down to a step of 2^-32.
pub(crate) fn exp(x: Q32) -> Q32 {
    let wide = Q60::from_bits(i128::from(x.bits()) << (Q60::BITS - Q32::BITS));
    short(func::exp(wide).bits(), Q60::BITS)
}

/// A rational function of AS241 as `[numerator, denominator]`, in 1e-10, constant term first.
type Rational = [[i64; 4]; 2];
/// One in the coefficients.
const COEFFICIENT_ONE: i128 = 10_000_000_000;
/// Wichura (1988), "Algorithm AS 241", PPND7: the centre, |p - 1/2| <= 0.425.
const CENTRE: Rational = [
    [33_871_327_179, 504_342_719_380, 1_592_911_320_200, 591_093_747_200],
    [10_000_000_000, 178_951_694_690, 787_577_576_640, 671_875_636_000],
];
/// The shoulders, `r - 1.6` with `r = sqrt(-ln p) <= 5`.
const SHOULDER: Rational = [
    [14_234_372_777, 27_568_153_900, 13_067_284_816, 1_702_382_110],
    [10_000_000_000, 7_370_016_425, 1_202_113_298, 0],
];
/// The tails, `r - 5`.
const TAIL: Rational = [
    [66_579_051_150, 30_812_263_860, 4_286_829_434, 173_372_040],
    [10_000_000_000, 2_419_789_423, 122_582_026, 0],
];

/// The standard normal quantile of `(bits + 1/2) / 2^64`, within 4e-7 (AS241 states 1e-7);
/// checked by `the_quantile_is_normal_to_nine_sigma`.
pub(crate) fn quantile(bits: u64) -> Q32 {
    let centred = i128::from(bits) - (1 << 63); // 2^64 (p - 1/2)
    let q = centred >> (u64::BITS - BITS);
    if q.abs() <= share(425, 1_000) {
        let r = share(180_625, 1_000_000) - mul_floor(q, q);
        return short(mul_floor(q, ratio(&CENTRE, r)), BITS);
    }
    let tail = if centred < 0 { bits } else { !bits };
    let r = sqrt(-log(tail)).bits() >> (Q60::BITS - BITS);
    let size =
        if r <= 5 * ONE { ratio(&SHOULDER, r - share(16, 10)) } else { ratio(&TAIL, r - 5 * ONE) };
    short(if centred < 0 { -size } else { size }, BITS)
}

/// The rational function at `r`.
fn ratio(parts: &Rational, r: i128) -> i128 {
    let [above, below] = parts.map(|row| {
        let coefficients = row.iter().rev().map(|&c| (i128::from(c) << BITS) / COEFFICIENT_ONE);
        coefficients.fold(0, |sum, c| mul_floor(sum, r) + c)
    });
    fix::div_floor(above << BITS, below)
}

/// `n / d` with 48 fractional bits.
const fn share(n: i128, d: i128) -> i128 {
    (n << BITS) / d
}

/// The product, rounded down.
fn mul_floor(a: i128, b: i128) -> i128 {
    (a * b) >> BITS
}

/// To the 32 fractional bits that callers see, rounded down.
fn short(x: i128, bits: u32) -> Q32 {
    Q32::from_bits(i64::try_from(x >> (bits - Q32::BITS)).expect("domains are stated above"))
}
