//! The closed form the exact table is checked against, and the fallback without one (MODEL 1.5).

use super::lattice::{Coefficients, wide};
use crate::num::func::{ln, sqrt};
use crate::num::{Bps, Lots, Q60};

/// Bid and ask distances by the lattice-WKB form:
/// `d = y + f +- (2/kappa) asinh(omega z / 2)`, `z = n +- 1/2 - m`, `m` the target of the drift.
///
/// It does not see the bound of the inventory; how far it is off is in the table of MODEL 1.5.
/// Its own arithmetic is off by less than 1e-6 bps; checked by `ops::selftest::model`.
#[must_use]
pub fn asinh_form(terms: &Coefficients, n: Lots) -> [Bps; 2] {
    let target = target(terms);
    let omega_half = sqrt(terms.risk).half();
    let skew = |z: Q60| asinh(omega_half.mul_round(z)).mul_int(2).div_trunc(terms.kappa);
    let (n, half) = (wide(n), Q60::ONE.half());
    let bid = terms.edge + skew(n + half - target);
    let ask = terms.edge - skew(n - half - target);
    [Bps::from_ubps(bid.micro()), Bps::from_ubps(ask.micro())]
}

/// `m = mu/(g sigma^2) = beta/(2 alpha)`: the inventory the drift would have us hold, in lots.
fn target(terms: &Coefficients) -> Q60 {
    if terms.drift == Q60::ZERO { Q60::ZERO } else { terms.drift.half().div_trunc(terms.risk) }
}

/// `asinh v = ln(v + sqrt(v^2 + 1))`, odd in `v`.
fn asinh(v: Q60) -> Q60 {
    let size = v.abs();
    let log = ln(size + sqrt(size.mul_round(size) + Q60::ONE));
    if v < Q60::ZERO { -log } else { log }
}
