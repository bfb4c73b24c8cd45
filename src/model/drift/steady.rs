//! The covariance a filter settles at, by doubling: each turn does twice the steps of the last.

use super::terms::FilterTerms;
use crate::num::Q60;
use crate::num::ewma::keep;

/// Doublings: 2^14 steps of one second, more than ten times what the slowest drift needs.
const DOUBLINGS: u32 = 14;
/// Milliseconds of one step.
const STEP_MS: u64 = 1_000;

/// What the filter settles at, at one observation a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steady {
    pub(super) k0: Q60,
    pub(super) k1: Q60,
    /// Variance of the drift after an observation.
    pub(super) p11: Q60,
}

/// A 2 by 2 matrix, row by row.
#[derive(Clone, Copy, Debug)]
struct Square([Q60; 4]);

impl Steady {
    /// The structured doubling of the Riccati equation (Chu, Fan, Lin and Wang 2004).
    ///
    /// With `h` the covariance before an observation, `g` its dual and `a` the transition, each turn
    /// is `w = (1 + g h)^-1`, `a' = a w a`, `g' = g + a w g a^T`, `h' = h + a^T h w a`.
    pub(super) fn new(terms: &FilterTerms) -> Steady {
        let (zero, one) = (Q60::ZERO, Q60::ONE);
        let phi = keep(STEP_MS, terms.tau_ms);
        let noise = terms.noise.mul_round(terms.noise);
        let fresh = terms.prior.mul_round(terms.prior).mul_round(one - phi.mul_round(phi));
        let mut a = Square([one, zero, one, phi]);
        let mut g = Square([one.div_trunc(noise), zero, zero, zero]);
        let mut h = Square([terms.sigma.mul_round(terms.sigma), zero, zero, fresh]);
        for _ in 0..DOUBLINGS {
            let w = Square::IDENTITY.plus(&g.product(&h)).inverse();
            let (aw, ha) = (a.product(&w), a.transposed().product(&h).product(&w).product(&a));
            g = g.plus(&aw.product(&g).product(&a.transposed()));
            a = aw.product(&a);
            h = h.plus(&ha);
        }
        let Square([p00, p01, _, p11]) = h;
        let sum = p00 + noise;
        let (k0, k1) = (p00.div_trunc(sum), p01.div_trunc(sum));
        Steady { k0, k1, p11: p11 - k1.mul_round(p01) }
    }
}

impl Square {
    const IDENTITY: Square = Square([Q60::ONE, Q60::ZERO, Q60::ZERO, Q60::ONE]);

    fn product(&self, by: &Square) -> Square {
        let (Square([a, b, c, d]), Square([e, f, g, h])) = (self, by);
        let entry = |x: &Q60, y: &Q60, u: &Q60, v: &Q60| x.mul_round(*y) + u.mul_round(*v);
        Square([entry(a, e, b, g), entry(a, f, b, h), entry(c, e, d, g), entry(c, f, d, h)])
    }

    fn plus(&self, by: &Square) -> Square {
        let (Square([a, b, c, d]), Square([e, f, g, h])) = (*self, *by);
        Square([a + e, b + f, c + g, d + h])
    }

    fn transposed(&self) -> Square {
        let Square([a, b, c, d]) = *self;
        Square([a, c, b, d])
    }

    /// Of `1 + g h` with `g` and `h` positive semidefinite: its determinant is 1 or more.
    fn inverse(&self) -> Square {
        let Square([a, b, c, d]) = *self;
        let one = Q60::ONE.div_trunc(a.mul_round(d) - b.mul_round(c));
        Square([d, -b, -c, a].map(|entry| entry.mul_round(one)))
    }
}
