//! Functions, the venue's grid, and distances as prices.

use super::tally::GroupResult;
use super::units::{fixed, q24, real, real_q24, real_q60};
use crate::num::func::{exp, ln_scaled, phi};
use crate::num::{Bps, Px, Q60, Side};
use crate::ops::selftest::perpetual;
use crate::ops::selftest::vector::{Misfit, Vector};

/// Fractional bits that hold the arguments of `ln` and `sqrt`, 1e-9 to 1e9.
const WIDE_BITS: u32 = 90;

/// A function of the file, its tolerance (MODEL 6.5), and ours.
type FunctionRow = (&'static str, f64, fn(f64) -> f64);

/// The root's tolerance is relative.
const FUNCTIONS: [FunctionRow; 4] = [
    ("ln", 1e-12, |x| real_q60(ln_scaled(unsigned(x), WIDE_BITS))),
    ("exp", 1e-12, |x| real_q60(exp(Q60::from_bits(fixed(x, Q60::BITS))))),
    // The root of a number with 90 fractional bits has 45.
    ("sqrt", 1e-9, |x| real(unsigned(x).isqrt() as i128, WIDE_BITS / 2)),
    ("norm_cdf", 5e-5, |z| real_q24(phi(q24(z)))),
];

/// `ln`, `exp`, `sqrt` and `Phi`, each as a share of its own tolerance.
pub(super) fn functions(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for (name, tolerance, function) in FUNCTIONS {
        for (x, want) in file.inner("math").get::<Vec<(f64, &str)>>(name)? {
            let got = function(x);
            let scale = if name == "sqrt" { got } else { 1.0 };
            group.within(got, want.parse().unwrap_or(f64::NAN), tolerance * scale);
        }
    }
    Ok(())
}

fn unsigned(x: f64) -> u128 {
    u128::try_from(fixed(x, WIDE_BITS)).unwrap_or(1).max(1)
}

/// The price grid (PROTOCOL 3.1), down for a bid and up for an ask.
pub(super) fn rounding(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for row in file.list("venue_rounding")? {
        let spec = perpetual(row.get("sz_decimals")?);
        let px = Px::from_e8(row.get("price_e8")?);
        group.same(&spec.snap(px, Side::Bid).e8(), &row.get("down")?);
        group.same(&spec.snap(px, Side::Ask).e8(), &row.get("up")?);
    }
    Ok(())
}

/// Distances in micro basis points as distances in price.
pub(super) fn parts(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for row in file.list("bps_to_price")? {
        let distance = Bps::from_ubps(row.get("dist_ubps")?);
        let got = Px::from_e8(row.get("fair_e8")?).part(distance);
        group.same(&got.e8(), &row.get("price_delta_e8")?);
    }
    Ok(())
}
