//! The exact stationary solution on the lattice of inventories (MODEL 1.2 to 1.4).
//!
//! The value of holding `n` lots, to a power, solves a linear system; its stationary form is the
//! eigenvector of the lowest eigenvalue of a tridiagonal matrix. Ratios of neighbours are continued
//! fractions, swept from the ends towards the deepest point, so nothing cancels.

use crate::market::table::ROWS_MAX;
use crate::num::func::{exp, ln};
use crate::num::{Bps, Lots, Q60};

/// Fills a second at distance 0 cannot be fewer, or the numbers lose their meaning (MODEL 8).
const A_MIN: Q60 = Q60::from_bits(Q60::ONE.bits() / 100_000);
/// `omega * half` may not exceed 4096 (MODEL 8); this is its square.
const SPAN_MAX: i64 = 4096 * 4096;

/// What a solution depends on, in the units of MODEL 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Risk aversion per basis point and lot.
    pub g: Q60,
    /// Execution-risk aversion per basis point and lot: 0, or `g`.
    pub x: Q60,
    /// Decay of the fill intensity per basis point.
    pub kappa: Q60,
    /// Fill intensity at distance 0, per second and side.
    pub a: Q60,
    /// Volatility in basis points per square root of a second.
    pub sigma: Q60,
    /// Drift in basis points per second.
    pub mu: Q60,
    /// Maker fee in basis points.
    pub fee: Q60,
}

/// How often an input was moved to where the arithmetic holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clamps {
    /// The intensity after the fee was below 1e-5 a second.
    pub intensity: u32,
    /// The volatility made `omega * half` exceed 4096.
    pub sigma: u32,
}

/// The numbers that the solution and its closed form share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficients {
    /// `y + f`: the distance without inventory risk, fee included, in basis points.
    pub(super) edge: Q60,
    /// `kappa`, per basis point.
    pub(super) kappa: Q60,
    /// `alpha / eta`: the square of `omega`.
    pub(super) risk: Q60,
    /// The drift term `beta / eta`; zero without drift.
    pub(super) drift: Q60,
    /// What was clamped on the way.
    pub clamps: Clamps,
}

impl Coefficients {
    /// The coefficients of `terms` on a lattice of `half` lots a side.
    ///
    /// The fee enters as `table(A, f) = f + table(A e^(-kappa f), 0)` (MODEL 1.4).
    #[must_use]
    pub fn new(terms: &Terms, half: usize) -> Coefficients {
        let Terms { g, x, kappa, a, sigma, mu, fee } = *terms;
        let mut clamps = Clamps::default();
        let (y, ln_c) = edge(x, kappa);
        let a_net = a.mul_round(exp(-kappa.mul_round(fee)));
        clamps.intensity += u32::from(a_net < A_MIN);
        let eta = a_net.max(A_MIN).mul_round(exp(ln_c));
        let risk = kappa.mul_round(g).mul_round(sigma).mul_round(sigma).half().div_trunc(eta);
        let half = i64::try_from(half).expect("at most HALF_MAX");
        let risk_max = Q60::ratio(i128::from(SPAN_MAX), i128::from(half * half));
        clamps.sigma += u32::from(risk_max < risk);
        let (risk, drift) = (risk.min(risk_max), kappa.mul_round(mu).div_trunc(eta));
        Coefficients { edge: y + fee, kappa, risk, drift, clamps }
    }
}

/// `y = ln(1 + x/kappa)/x` and `ln C = -(1 + kappa/x) ln(1 + x/kappa)`; their limits at `x = 0`.
fn edge(x: Q60, kappa: Q60) -> (Q60, Q60) {
    if x == Q60::ZERO {
        return (Q60::ONE.div_trunc(kappa), -Q60::ONE);
    }
    let log = ln(Q60::ONE + x.div_trunc(kappa));
    (log.div_trunc(x), -(Q60::ONE + kappa.div_trunc(x)).mul_round(log))
}

/// The optimal distances for every inventory from `-half` to `half`, entry `n + half` for `n`.
///
/// The last bid and the first ask do not exist and stay as they are.
/// Off by less than 1e-6 bps, most of it the rounding to micro basis points; checked by
/// `ops::selftest::model` against 40-digit arithmetic.
pub fn distances(
    terms: &Coefficients,
    half: usize,
    bid: &mut [Bps; ROWS_MAX],
    ask: &mut [Bps; ROWS_MAX],
) {
    let lattice = Lattice::new(terms, half);
    let lowest = lattice.lowest();
    lattice.ratios(lowest, |n, log| {
        let skew = log.div_trunc(terms.kappa);
        bid[n] = Bps::from_ubps((terms.edge + skew).micro());
        ask[n + 1] = Bps::from_ubps((terms.edge - skew).micro());
    });
}

/// The diagonal of the matrix, divided by `eta`; raw numbers of 60 fractional bits.
struct Lattice {
    depths: [i128; ROWS_MAX],
    rows: usize,
    /// The row of the deepest point, where both sweeps meet.
    low: usize,
    /// Whether left and right are mirror images.
    even: bool,
}

impl Lattice {
    fn new(terms: &Coefficients, half: usize) -> Lattice {
        let mut depths = [0; ROWS_MAX];
        let rows = 2 * half + 1;
        let first = -i64::try_from(half).expect("at most HALF_MAX");
        let mut low = 0;
        for (at, n) in (0..rows).zip(first..) {
            depths[at] = (terms.risk.mul_int(n * n) - terms.drift.mul_int(n)).bits();
            if depths[at] < depths[low] {
                low = at;
            }
        }
        Lattice { depths, rows, low, even: terms.drift == Q60::ZERO }
    }

    /// The lowest eigenvalue, from below, by bisection to the last bit.
    fn lowest(&self) -> i128 {
        let top = self.depths[self.low];
        let (mut below, mut above) = (top - 2 * Q60::ONE.bits(), top);
        while 1 < above - below {
            let middle = below + (above - below) / 2;
            if self.is_below(middle) { below = middle } else { above = middle }
        }
        below
    }

    /// Whether `l` lies below the lowest eigenvalue: every ratio is positive, and so is what is
    /// left at the deepest point.
    fn is_below(&self, l: i128) -> bool {
        let right = (self.low + 1..self.rows).rev();
        let Some(from_right) = self.chain(right, l, |_, _| {}) else { return false };
        let from_left =
            if self.even { Some(from_right) } else { self.chain(0..self.low, l, |_, _| {}) };
        from_left.is_some_and(|from_left| 0 < self.depths[self.low] - l - from_left - from_right)
    }

    /// Hands `ln(v_n / v_(n+1))` to `each`, by place.
    fn ratios(&self, l: i128, mut each: impl FnMut(usize, Q60)) {
        let last = self.rows - 2;
        let even = self.even;
        let right = self.chain((self.low + 1..self.rows).rev(), l, |at, ratio| {
            let log = ln(Q60::from_bits(ratio));
            each(at - 1, log);
            if even {
                each(last - (at - 1), -log);
            }
        });
        let left = if even {
            Some(0)
        } else {
            self.chain(0..self.low, l, |at, ratio| each(at, -ln(Q60::from_bits(ratio))))
        };
        assert!(right.is_some() && left.is_some(), "the bisection ended above the eigenvalue");
    }

    /// The continued fraction `r = d - l - 1/r_before` over `places`; its last `1/r`, or nothing
    /// when a ratio is not positive: then `l` is too large.
    fn chain(
        &self,
        places: impl Iterator<Item = usize>,
        l: i128,
        mut each: impl FnMut(usize, i128),
    ) -> Option<i128> {
        let mut inverse = 0;
        for at in places {
            let ratio = self.depths[at] - l - inverse;
            if ratio <= 0 {
                return None;
            }
            each(at, ratio);
            inverse = (1 << (2 * Q60::BITS)) / ratio;
        }
        Some(inverse)
    }
}

/// The inventory `n` in 60 fractional bits.
pub(super) fn wide(n: Lots) -> Q60 {
    Q60::from_bits(i128::from(n.q20()) << (Q60::BITS - LOTS_BITS))
}

/// Fractional bits of [`Lots`].
const LOTS_BITS: u32 = 20;
