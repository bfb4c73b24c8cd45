//! Decimals of the file as the product holds them, and back.

use crate::num::{Bps, Lots, Q24, Q60, Usd};

/// Fractional bits of [`Lots`].
const LOTS_BITS: u32 = 20;
/// Fractional bits of volatilities, intensities, and parameters of a table.
const Q44_BITS: u32 = 44;

/// A decimal with `bits` fractional bits.
pub(super) fn fixed(value: f64, bits: u32) -> i128 {
    (value * f64::from(bits).exp2()).round() as i128
}

/// What `bits` fractional bits stand for.
pub(super) fn real(value: i128, bits: u32) -> f64 {
    value as f64 / f64::from(bits).exp2()
}

/// A decimal in so many parts to one.
pub(super) fn scaled(value: f64, parts: f64) -> i64 {
    (value * parts).round() as i64
}

pub(super) fn q24(value: f64) -> Q24 {
    Q24::from_bits(fixed(value, Q24::BITS) as i64)
}

pub(super) fn real_q24(value: Q24) -> f64 {
    real(value.bits().into(), Q24::BITS)
}

pub(super) fn q44(value: f64) -> i64 {
    fixed(value, Q44_BITS) as i64
}

pub(super) fn real_q44(bits: i64) -> f64 {
    real(bits.into(), Q44_BITS)
}

/// A decimal as the table's builder has it from 44 fractional bits.
pub(super) fn q60(value: f64) -> Q60 {
    Q60::from_q44(q44(value))
}

pub(super) fn real_q60(value: Q60) -> f64 {
    real(value.bits(), Q60::BITS)
}

pub(super) fn bps(value: f64) -> Bps {
    Bps::from_ubps(scaled(value, 1e6))
}

pub(super) fn real_bps(value: Bps) -> f64 {
    value.ubps() as f64 / 1e6
}

pub(super) fn lots(value: f64) -> Lots {
    Lots::from_q20(fixed(value, LOTS_BITS) as i64)
}

pub(super) fn usd(dollars: f64) -> Usd {
    Usd::from_e8(scaled(dollars, 1e8))
}

pub(super) fn ms(seconds: f64) -> u64 {
    scaled(seconds, 1e3) as u64
}
