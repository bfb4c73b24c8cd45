//! Functions with stated and tested error bounds (MODEL 6.2).
//!
//! Every table below is computed by the compiler from the series that defines it, so that no digit
//! has to be believed.

use super::fix::{Q24, to_i64};
use super::wide::Q60;

/// Fractional bits of tables and of the normalised argument.
const TABLE_BITS: u32 = 62;
/// Bins per octave of `ln` and `exp`.
const BINS: usize = 64;
/// Fractional bits in which the tables are summed.
const SUM_BITS: u32 = 100;
/// Fractional bits of the step `ln 2 / 64`, so that 2^12 of them lose nothing.
const STEP_BITS: u32 = 80;
/// `ln 2`, 100 fractional bits.
const LN_2: i128 = ln_ratio(1, 3);
/// `ln 2 / 64`, 80 fractional bits: the 64th of it is a shift by 6.
const STEP: i128 = LN_2 >> (SUM_BITS - STEP_BITS + 6);
/// `64 / ln 2`, 32 fractional bits.
const STEPS_PER_ONE: i128 = (1 << (STEP_BITS + 32)) / STEP;
/// `ln` of the bins' centres `1 + (2i + 1)/128`.
const LN_CENTRE: [i128; BINS] = ln_centres();
const POWER: [i128; BINS] = powers();

/// Points of the normal distribution a unit of its argument.
const PHI_DENSITY: i64 = 32;
/// Points on `[0, 4]`, both ends included: 257 on `[-4, 4]`, by symmetry.
const PHI_POINTS: usize = 129;
/// Where the distribution is cut off.
const PHI_END: i64 = 4;
/// Fractional bits of the series of the normal distribution.
const PHI_SUM_BITS: u32 = 80;
/// Terms of that series: the last is below 1e-30 at 4.
const PHI_TERMS: i128 = 80;
/// `1 / sqrt(2 pi)`, 60 fractional bits.
const INV_SQRT_2PI: i128 = 459_949_134_171_706_403;
/// `Phi` at `i/32`, 24 fractional bits.
const PHI: [i128; PHI_POINTS] = phi_points();

/// `ln x` for `0 < x`.
///
/// Off by less than 2e-17 (MODEL 6.2); checked by `ln_is_within_its_bound`.
///
/// # Panics
/// If `x` is not positive.
#[must_use]
pub fn ln(x: Q60) -> Q60 {
    let bits = u128::try_from(x.bits()).expect("ln: the argument must be positive");
    ln_scaled(bits, Q60::BITS)
}

/// `ln(x * 2^-bits)` for `0 < x`: for arguments that 60 bits hold too coarsely.
///
/// Normalised to `m` in `[1, 2)`; with the centre `c` of its bin and `t = (m - c)/(m + c)`,
/// `|t| < 1/256`: `ln m = ln c + 2 (t + t^3/3 + t^5/5)`. The tail is below 4e-18.
///
/// # Panics
/// If `x` is zero.
#[must_use]
pub fn ln_scaled(x: u128, bits: u32) -> Q60 {
    assert!(0 < x, "ln: the argument must be positive");
    let top = x.ilog2();
    let m = if TABLE_BITS < top { x >> (top - TABLE_BITS) } else { x << (TABLE_BITS - top) };
    let m = i128::try_from(m).expect("below 2^63");
    let one = 1i128 << TABLE_BITS;
    let bin = usize::try_from((m - one) >> (TABLE_BITS - 6)).expect("one of 64");
    let bin_wide = i128::try_from(bin).expect("small");
    let centre = one + ((2 * bin_wide + 1) << (TABLE_BITS - 7));
    let t = ((m - centre) << TABLE_BITS) / (m + centre);
    let tt = (t * t) >> TABLE_BITS;
    let (cube, fifth) = ((t * tt) >> TABLE_BITS, (t * ((tt * tt) >> TABLE_BITS)) >> TABLE_BITS);
    let mantissa = LN_CENTRE[bin] + 2 * (t + cube / ODD[0] + fifth / ODD[1]);
    let octaves = i128::from(top) - i128::from(bits);
    let whole = (octaves * (LN_2 >> (SUM_BITS - STEP_BITS))) >> (STEP_BITS - TABLE_BITS);
    Q60::from_bits((whole + mantissa + 2) >> (TABLE_BITS - Q60::BITS))
}

/// The denominators of the series of `atanh` after the first.
const ODD: [i128; 2] = [3, 5];

/// The largest argument of [`exp`]: its result stays below 2^58.
pub const EXP_MAX: Q60 = Q60::from_bits(40 << Q60::BITS);
/// Below this, `exp` is less than half a step.
const EXP_MIN: Q60 = Q60::from_bits(-(42 << Q60::BITS));

/// `e^x` for `x <= 40`.
///
/// `e^x = 2^(k/64) e^r` with `|r| <= ln 2 / 128`, the last factor to the 6th power (tail 3e-20).
/// Off by less than one step of 2^-60 plus 1e-17 of the result; checked by `exp_is_within_its_bound`.
///
/// # Panics
/// If `x` is above 40.
#[must_use]
pub fn exp(x: Q60) -> Q60 {
    assert!(x <= EXP_MAX, "exp: {x:?} is above 40");
    if x < EXP_MIN {
        return Q60::ZERO;
    }
    let bits = Q60::BITS;
    let k = (x.bits() * STEPS_PER_ONE + (1 << (bits + 31))) >> (bits + 32);
    let r = x.bits() - ((k * STEP) >> (STEP_BITS - bits));
    let r = i128::from(to_i64(r)); // One multiplication of words instead of three.
    let tail = TAYLOR.iter().fold(0, |sum, &term| term + to_i64((r * i128::from(sum)) >> bits));
    let bin = usize::try_from(k & BIN_MASK).expect("one of 64");
    let mantissa = (POWER[bin] * i128::from(tail)) >> TABLE_BITS;
    let octaves = k >> 6;
    let shift = u32::try_from(octaves.unsigned_abs()).expect("within 61 octaves");
    match octaves.signum() {
        -1 => Q60::from_bits((mantissa + (1 << (shift - 1))) >> shift),
        _ => Q60::from_bits(mantissa << shift),
    }
}

/// `1/n!` from the sixth down to the zeroth, for Horner's scheme of `e^r`, rounded to the nearest.
const TAYLOR: [i64; 7] =
    [one_in(720), one_in(120), one_in(24), one_in(6), one_in(2), one_in(1), one_in(1)];

const fn one_in(n: i64) -> i64 {
    ((1 << Q60::BITS) + n / 2) / n
}

/// Picks the bin out of a count of 64ths of an octave.
const BIN_MASK: i128 = 63;

/// `sqrt x` for `0 <= x`, exact to two steps or 2^-60 of the result; checked by `sqrt_is_exact`.
///
/// # Panics
/// If `x` is negative.
#[must_use]
pub fn sqrt(x: Q60) -> Q60 {
    let raw = u128::try_from(x.bits()).expect("sqrt: the argument must not be negative");
    // As many bits as fit go in front of the root; the shift is even and at most the 60 that make
    // the root's own bits 60.
    let shift = (raw.leading_zeros() & !1).min(Q60::BITS);
    let root = i128::try_from((raw << shift).isqrt()).expect("a root of 128 bits has 64");
    Q60::from_bits(root << ((Q60::BITS - shift) / 2))
}

/// The normal distribution function, linear between 257 points on `[-4, 4]`, flat outside.
///
/// Off by at most 3.2e-5; checked by `phi_is_within_its_bound`.
#[must_use]
pub fn phi(z: Q24) -> Q24 {
    let end = Q24::from_bits(PHI_END << Q24::BITS);
    let at = z.abs().min(end).bits() * PHI_DENSITY;
    let last = PHI_POINTS - 2;
    let bin = usize::try_from(at >> Q24::BITS).expect("not negative").min(last);
    let weight = i128::from(at) - (i128::try_from(bin).expect("small") << Q24::BITS);
    let (low, high) = (PHI[bin], PHI[bin + 1]);
    let half = 1 << (Q24::BITS - 1);
    let upper = Q24::from_bits(to_i64(low + (((high - low) * weight + half) >> Q24::BITS)));
    if z < Q24::ZERO { Q24::ONE - upper } else { upper }
}

/// `2 atanh(p/q)` for `p/q <= 1/3`, 100 fractional bits: `ln((q + p)/(q - p))`.
const fn ln_ratio(p: i128, q: i128) -> i128 {
    let mut term = (p << (SUM_BITS + 1)) / q;
    let mut sum = 0;
    let mut odd = 1;
    while term != 0 {
        sum += term / odd;
        term = term * (p * p) / (q * q);
        odd += 2;
    }
    sum
}

const fn ln_centres() -> [i128; BINS] {
    let mut table = [0; BINS];
    let (mut i, mut p) = (0, 1);
    while i < BINS {
        // c = 1 + p/128, so (c - 1)/(c + 1) = p/(256 + p).
        table[i] = ln_ratio(p, 256 + p) >> (SUM_BITS - TABLE_BITS);
        i += 1;
        p += 2;
    }
    table
}

const fn powers() -> [i128; BINS] {
    let mut table: [i128; BINS] = [1 << TABLE_BITS; BINS];
    let mut root: u128 = 2 << TABLE_BITS;
    let mut stride = BINS;
    while 1 < stride {
        stride /= 2;
        root = (root << TABLE_BITS).isqrt();
        let mut i = 0;
        while i < BINS {
            if i & stride != 0 {
                let wide = table[i].unsigned_abs() * root;
                table[i] = ((wide + (1 << (TABLE_BITS - 1))) >> TABLE_BITS).cast_signed();
            }
            i += 1;
        }
    }
    table
}

/// `Phi(z) = 1/2 + (z - z^3/(2 3) + z^5/(2^2 2! 5) - ...) / sqrt(2 pi)` at `z = i/32`.
const fn phi_points() -> [i128; PHI_POINTS] {
    let mut table = [0; PHI_POINTS];
    let (mut i, mut z) = (0, 0);
    while i < PHI_POINTS {
        let mut term = z << (PHI_SUM_BITS - 5);
        let (mut sum, mut k) = (0, 0);
        while k < PHI_TERMS {
            sum += term / (2 * k + 1);
            // z^2 = i^2/32^2.
            term = -term * (z * z) / (2 * 1024 * (k + 1));
            k += 1;
        }
        let half = 1 << (Q60::BITS - 1);
        let wide = half + (((sum >> (PHI_SUM_BITS - Q60::BITS)) * INV_SQRT_2PI) >> Q60::BITS);
        let cut = Q60::BITS - Q24::BITS;
        table[i] = (wide + (1 << (cut - 1))) >> cut;
        i += 1;
        z += 1;
    }
    table
}

#[cfg(test)]
mod tests;
