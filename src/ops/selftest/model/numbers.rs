//! Functions, the venue's grid, and distances as prices.

use super::{GroupResult, fixed, parse};
use crate::num::func::{exp, ln_scaled, phi};
use crate::num::{Bps, Px, Q24, Q60, Side};
use crate::ops::selftest::perpetual;
use serde::Deserialize;
use serde_json::Value;

/// Tolerances of MODEL 6.5.
const LN_LIMIT: f64 = 1e-12;
const EXP_LIMIT: f64 = 1e-12;
const SQRT_LIMIT: f64 = 1e-9;
const PHI_LIMIT: f64 = 5e-5;
/// Fractional bits that hold the arguments of `ln` and `sqrt`, 1e-9 to 1e9.
const WIDE_BITS: u32 = 90;

#[derive(Deserialize)]
struct Functions {
    ln: Vec<(f64, String)>,
    exp: Vec<(f64, String)>,
    sqrt: Vec<(f64, String)>,
    norm_cdf: Vec<(f64, String)>,
}

/// `ln`, `exp`, `sqrt` and `Phi`, each as a share of its own tolerance.
pub(super) fn functions(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    let all: Functions = parse(entries)?;
    for (x, want) in &all.ln {
        compare(group, real(ln_scaled(unsigned(*x), WIDE_BITS)), want, LN_LIMIT, 1.0);
    }
    for (x, want) in &all.exp {
        compare(group, real(exp(Q60::from_bits(fixed(*x, Q60::BITS)))), want, EXP_LIMIT, 1.0);
    }
    for (x, want) in &all.sqrt {
        // The root of a number with 90 fractional bits has 45.
        let root = unsigned(*x).isqrt() as f64 / f64::from(WIDE_BITS / 2).exp2();
        compare(group, root, want, SQRT_LIMIT, root);
    }
    for (z, want) in &all.norm_cdf {
        let bits = i64::try_from(fixed(*z, Q24::BITS)).unwrap_or(i64::MAX);
        let got = phi(Q24::from_bits(bits)).bits() as f64 / f64::from(Q24::BITS).exp2();
        compare(group, got, want, PHI_LIMIT, 1.0);
    }
    Ok(())
}

/// A deviation relative to `scale`, as a share of `limit`; text that is no number fails.
fn compare(group: &mut GroupResult, got: f64, want: &str, limit: f64, scale: f64) {
    let want = want.parse().unwrap_or(f64::NAN);
    group.within((got - want).abs() / (limit * scale), 1.0);
}

fn unsigned(x: f64) -> u128 {
    u128::try_from(fixed(x, WIDE_BITS)).unwrap_or(1).max(1)
}

fn real(x: Q60) -> f64 {
    x.bits() as f64 / f64::from(Q60::BITS).exp2()
}

#[derive(Deserialize)]
struct GridRow {
    price_e8: i64,
    sz_decimals: u32,
    down: i64,
    up: i64,
}

/// The price grid (PROTOCOL 3.1), down for a bid and up for an ask.
pub(super) fn rounding(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for row in parse::<Vec<GridRow>>(entries)? {
        let spec = perpetual(row.sz_decimals);
        let px = Px::from_e8(row.price_e8);
        group.same(&spec.snap(px, Side::Bid).e8(), &row.down);
        group.same(&spec.snap(px, Side::Ask).e8(), &row.up);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Part {
    fair_e8: i64,
    dist_ubps: i64,
    price_delta_e8: i64,
}

/// Distances in micro basis points as distances in price.
pub(super) fn parts(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for row in parse::<Vec<Part>>(entries)? {
        let got = Px::from_e8(row.fair_e8).part(Bps::from_ubps(row.dist_ubps));
        group.same(&got.e8(), &row.price_delta_e8);
    }
    Ok(())
}
