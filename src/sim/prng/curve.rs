//! Logarithm, exponential and normal quantile over whole 64-bit draws, integer only.

use crate::num::Q32;

/// Fractional bits inside this file.
const BITS: u32 = 48;
/// One.
const ONE: i128 = 1 << BITS;
/// ln 2 with 48 fractional bits.
const LN_2: i128 = 0xb172_17f7_d1cf;
/// Largest odd power of the series of the logarithm: the tail is below 2^-46.
const LN_POWER_MAX: i128 = 27;
/// Powers of the series of the exponential on `0..ln 2`: the tail is below 2^-47.
const EXP_TERMS: i128 = 15;

/// `-ln((bits + 1/2) / 2^64)`: from 2^-65 up to 45.05. Within 2^-31.
pub(super) fn minus_ln(bits: u64) -> Q32 {
    narrow(minus_ln_fine(bits))
}

/// As [`minus_ln`], with 48 fractional bits.
fn minus_ln_fine(bits: u64) -> i128 {
    let odd = (u128::from(bits) << 1) | 1; // A 65-bit number, never 0.
    let top = 127 - odd.leading_zeros();
    // The mantissa in 1..2 and the power of two below 2^65.
    let mantissa = ((odd << (127 - top)) >> (127 - BITS)) as i128;
    i128::from(65 - top) * LN_2 - ln_mantissa(mantissa)
}

/// `ln m` for `1 <= m < 2`: with `y = (m - 1) / (m + 1)`, `2 (y + y^3/3 + y^5/5 + ...)`.
fn ln_mantissa(m: i128) -> i128 {
    let y = ((m - ONE) << BITS) / (m + ONE);
    let yy = times(y, y);
    let mut sum = 0;
    let mut odd = LN_POWER_MAX;
    while 0 < odd {
        sum = times(sum, yy) + ONE / odd;
        odd -= 2;
    }
    2 * times(sum, y)
}

/// `e^x` for `-20 <= x <= 20`. Relative error below 2^-40, beside the rounding of the result.
pub(crate) fn exp(x: Q32) -> Q32 {
    let x = i128::from(x.bits()) << (BITS - Q32::BITS);
    let twos = x.div_euclid(LN_2);
    let rest = x.rem_euclid(LN_2);
    let mut sum = ONE;
    for term in (1..=EXP_TERMS).rev() {
        sum = ONE + times(sum, rest) / term;
    }
    narrow(if twos < 0 { sum >> -twos } else { sum << twos })
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

/// The standard normal quantile of `(bits + 1/2) / 2^64`. Within 4e-7 (AS241 states 1e-7).
pub(crate) fn quantile(bits: u64) -> Q32 {
    let centred = i128::from(bits) - (1 << 63); // 2^64 (p - 1/2)
    let q = centred >> (64 - BITS);
    if q.abs() <= share(425, 1_000) {
        let r = share(180_625, 1_000_000) - times(q, q);
        return narrow(times(q, ratio(&CENTRE, r)));
    }
    let tail = if centred < 0 { bits } else { !bits };
    let r = root(minus_ln_fine(tail));
    let size =
        if r <= 5 * ONE { ratio(&SHOULDER, r - share(16, 10)) } else { ratio(&TAIL, r - 5 * ONE) };
    narrow(if centred < 0 { -size } else { size })
}

/// The rational function at `r`.
fn ratio(parts: &Rational, r: i128) -> i128 {
    let [above, below] = parts.map(|row| {
        row.iter()
            .rev()
            .fold(0, |sum, &c| times(sum, r) + (i128::from(c) << BITS) / COEFFICIENT_ONE)
    });
    (above << BITS) / below
}

/// `n / d` with 48 fractional bits.
const fn share(n: i128, d: i128) -> i128 {
    (n << BITS) / d
}

/// The square root of a number that is not negative.
fn root(x: i128) -> i128 {
    (x << BITS).isqrt()
}

/// The product, rounded down.
fn times(a: i128, b: i128) -> i128 {
    (a * b) >> BITS
}

/// To the 32 fractional bits that callers see, rounded down.
fn narrow(x: i128) -> Q32 {
    Q32::from_bits(i64::try_from(x >> (BITS - Q32::BITS)).expect("domains are stated above"))
}
