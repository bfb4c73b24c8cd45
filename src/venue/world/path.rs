//! The price: what it is worth, the noise around it, and what cascades add for a while.

use super::scenario::{PathShape, ScenarioParams};
use super::script::{DriftSegment, PathSegment, STEP_MS, Script, ScriptedSweep};
use crate::num::{Bps, Q32};
use crate::venue::prng::Prng;

/// Milliseconds in a second.
const SECOND_MS: i64 = 1_000;
/// `e^(-50 / 3000)`: what is left of the noise after a step, time constant 3 s.
const NOISE_KEPT: Q32 = Q32::from_bits(4_223_977_731);
/// `0.4 sqrt(1 - e^(-2 * 50 / 3000))` bps: fresh noise of a step, so that its deviation is 0.4.
const NOISE_STEP_UBPS: i64 = 72_425;
/// `e^(-50 / 15000)`: what is left of a passing move after a step, time constant 15 s.
const PASSING_KEPT: Q32 = Q32::from_bits(4_280_674_573);
/// `2^(-50 / 90000)`: what is left of the distance from the start in a reverting market.
const REVERTING_KEPT: Q32 = Q32::from_bits(4_293_313_701);

/// The price through one session and the next, in micro basis points of the world's first price.
#[derive(Clone, Debug)]
pub(super) struct Path {
    rng: Prng,
    at_ms: i64,     // In the session, on the grid.
    base_ubps: i64, // Where the session began.
    fair_ubps: i64, // From there.
    noise_ubps: i64,
    passing_ubps: i64,
    sigma: Bps,
    reverting: bool,
    segments: Vec<PathSegment>, // The one we are in comes last.
    drifts: Vec<DriftSegment>,  // The one we are in comes last.
}

impl Path {
    /// The path of a first session.
    pub(super) fn new(params: &ScenarioParams, script: &Script, rng: Prng) -> Path {
        let mut path = Path {
            rng,
            at_ms: 0,
            base_ubps: 0,
            fair_ubps: 0,
            noise_ubps: 0,
            passing_ubps: 0,
            sigma: params.sigma,
            reverting: params.path == PathShape::Reverting,
            segments: Vec::new(),
            drifts: Vec::new(),
        };
        path.begin(script);
        path
    }

    /// Begins the next session where this one stands.
    pub(super) fn begin(&mut self, script: &Script) {
        self.base_ubps += self.fair_ubps;
        (self.at_ms, self.fair_ubps) = (0, 0);
        self.segments = script.segments.iter().rev().copied().collect();
        self.drifts = script.drifts.iter().rev().copied().collect();
    }

    /// Goes on to a time of the session.
    pub(super) fn advance(&mut self, to_ms: i64) {
        while self.at_ms + STEP_MS <= to_ms {
            self.step();
        }
    }

    /// The efficient price, as a distance from the world's first price.
    pub(super) fn fair(&self) -> Bps {
        Bps::from_ubps(self.base_ubps + self.fair_ubps)
    }

    /// The price that everyone sees.
    pub(super) fn mid(&self) -> Bps {
        self.fair() + Bps::from_ubps(self.noise_ubps + self.passing_ubps)
    }

    /// Moves by what a taker order does.
    pub(super) fn hit(&mut self, taker: &ScriptedSweep) {
        self.fair_ubps += taker.lasting_ubps;
        self.passing_ubps += taker.passing_ubps;
        if let Some(segment) = self.segments.last_mut() {
            segment.ahead_ubps -= taker.lasting_ubps;
        }
    }

    /// One step of the grid.
    fn step(&mut self) {
        let drift_ubps = self.drifts.last().map_or(0, |drift| drift.step_ubps);
        let (pull_ubps, sd_ubps) = self.pull();
        if let Some(segment) = self.segments.last_mut() {
            segment.ahead_ubps -= drift_ubps;
        }
        if self.reverting {
            self.fair_ubps = REVERTING_KEPT.scale(self.fair_ubps);
        }
        self.fair_ubps += drift_ubps + pull_ubps + self.rng.gauss(sd_ubps);
        self.noise_ubps = NOISE_KEPT.scale(self.noise_ubps) + self.rng.gauss(NOISE_STEP_UBPS);
        self.passing_ubps = PASSING_KEPT.scale(self.passing_ubps);
        self.at_ms += STEP_MS;
        let at_ms = self.at_ms;
        self.segments.pop_if(|segment| segment.until_ms <= at_ms);
        self.drifts.pop_if(|drift| drift.until_ms <= at_ms);
    }

    /// The pull toward the end of a tied leg, and the deviation of the step (a Brownian bridge).
    fn pull(&self) -> (i64, i64) {
        match self.segments.last() {
            Some(PathSegment { until_ms, target_ubps: Some(target), ahead_ubps }) => {
                let left_ms = until_ms - self.at_ms;
                let need = target - self.fair_ubps - ahead_ubps;
                let sd_ubps = deviation(self.sigma, STEP_MS * (left_ms - STEP_MS), left_ms);
                (need * STEP_MS / left_ms, sd_ubps)
            }
            Some(PathSegment { target_ubps: None, .. }) | None => {
                (0, deviation(self.sigma, STEP_MS, 1))
            }
        }
    }
}

/// `sigma sqrt(n / d)` for `n / d` in milliseconds, in micro basis points.
fn deviation(sigma: Bps, n: i64, d: i64) -> i64 {
    let per_second = i128::from(sigma.ubps()) * i128::from(sigma.ubps());
    let variance = per_second * i128::from(n) / i128::from(d * SECOND_MS);
    i64::try_from(variance.isqrt()).expect("volatility and step are small")
}
