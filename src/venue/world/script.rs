//! What will happen in a session, written before it begins: taker orders, drifts and waypoints.

use super::feb24;
use super::scenario::{PathShape, ScenarioParams};
use crate::num::unit::UBPS;
use crate::num::{Q32, Side};
use crate::venue::prng::{Prng, Purpose, exp};

/// The time step of a path in milliseconds; everything in a script but orders lies on it.
pub(super) const STEP_MS: i64 = 50;
/// Millionths in one, and microseconds in a second.
const MICRO: i64 = 1_000_000;
/// Taker orders reach from this far inside the mid.
const REACH_MIN_UBPS: i64 = -UBPS;
/// Where a trend ends.
const TREND_UBPS: i64 = 38 * UBPS;
/// How much more often takers trade with a trend, and less often against it.
const BIAS: [i64; 2] = [1, 4];

/// A taker order to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScriptedSweep {
    /// When, in milliseconds of the session.
    pub(super) at_ms: i64,
    pub(super) side: Side,
    /// How far beyond the mid it takes.
    pub(super) reach_ubps: i64,
    /// How far the price moves for good afterwards, signed.
    pub(super) lasting_ubps: i64,
    /// How far it moves beside that, to come back, signed.
    pub(super) passing_ubps: i64,
}

/// A stretch of constant drift.
#[derive(Clone, Copy, Debug)]
pub(super) struct DriftSegment {
    /// When it ends, in milliseconds of the session.
    pub(super) until_ms: i64,
    /// Drift per step in micro basis points.
    pub(super) step_ubps: i64,
}

/// A part of the path, tied to a price at its end or free.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathSegment {
    /// When it ends, in milliseconds of the session.
    pub(super) until_ms: i64,
    /// Where the price must be then, from the session's start; none when it is free.
    pub(super) target_ubps: Option<i64>,
    /// What drift and lasting impact will still add before its end.
    pub(super) ahead_ubps: i64,
}

/// What will happen in a session.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// Taker orders, by time.
    pub(super) sweeps: Vec<ScriptedSweep>,
    /// Drifts, by time; the last one lasts to the end.
    pub(super) drifts: Vec<DriftSegment>,
    /// Parts of the path, by time; the last one lasts to the end.
    pub(super) segments: Vec<PathSegment>,
}

impl Script {
    /// Writes the session of a seed.
    pub(super) fn write(params: &ScenarioParams, seed: u64) -> Script {
        let mut rng = Prng::new(seed, Purpose::Script);
        let drifts = drifts(params, &mut rng);
        let mut takers = random_sweeps(params, &drifts, &mut Prng::new(seed, Purpose::Flow));
        for (at_ms, side) in cascades(params, &mut rng) {
            cascade(at_ms, side, &mut rng, &mut takers);
        }
        if params.path == PathShape::Recorded {
            takers.extend(feb24::RECORDED_SWEEPS.iter().map(recorded_sweep));
        }
        takers.retain(|taker| taker.at_ms < params.length_ms);
        takers.sort_by_key(|taker| taker.at_ms);
        let mut script = Script { sweeps: takers, drifts, segments: segments(params) };
        script.look_ahead();
        script
    }

    /// Fills in what drift and impact add in each leg.
    fn look_ahead(&mut self) {
        let mut from_ms = 0;
        for segment in &mut self.segments {
            let span = from_ms..segment.until_ms;
            let impact = self.sweeps.iter().filter(|taker| span.contains(&taker.at_ms));
            segment.ahead_ubps = impact.map(|taker| taker.lasting_ubps).sum();
            segment.ahead_ubps += drift_between(&self.drifts, from_ms, segment.until_ms);
            from_ms = segment.until_ms;
        }
    }
}

/// Drift that `stretches` add between two times on the grid.
fn drift_between(drifts: &[DriftSegment], from_ms: i64, until_ms: i64) -> i64 {
    let mut begin_ms = 0;
    let mut sum = 0;
    for drift in drifts {
        let overlap_ms = drift.until_ms.min(until_ms) - begin_ms.max(from_ms);
        sum += overlap_ms.max(0) / STEP_MS * drift.step_ubps;
        begin_ms = drift.until_ms;
    }
    sum
}

/// Parts of the path, without what lies ahead in them.
fn segments(params: &ScenarioParams) -> Vec<PathSegment> {
    let end_ms = params.length_ms;
    let segment = |until_ms, target_ubps| PathSegment { until_ms, target_ubps, ahead_ubps: 0 };
    match params.path {
        PathShape::Drift0 { .. } | PathShape::Reverting => vec![segment(end_ms, None)],
        PathShape::Trend(side) => vec![segment(end_ms, Some(side.sign() * TREND_UBPS))],
        PathShape::OutAndBack => {
            vec![segment(end_ms / 2, Some(TREND_UBPS)), segment(end_ms, Some(0))]
        }
        PathShape::Recorded => {
            let points = feb24::waypoints().into_iter();
            points
                .map(|(at_ms, ubps)| segment(on_grid(at_ms), Some(ubps)))
                .chain([segment(end_ms, None)])
                .collect()
        }
    }
}

/// The latest time of the grid not after `at_ms`.
fn on_grid(at_ms: i64) -> i64 {
    at_ms - at_ms % STEP_MS
}

/// Drifts: episodes that add up to the trend, after a quiet beginning.
fn drifts(params: &ScenarioParams, rng: &mut Prng) -> Vec<DriftSegment> {
    let (end_ms, half_ms) = (params.length_ms, params.length_ms / 2);
    let mut list = Vec::new();
    match params.path {
        PathShape::Drift0 { .. } | PathShape::Reverting | PathShape::Recorded => {
            list.push(DriftSegment { until_ms: end_ms, step_ubps: 0 });
        }
        PathShape::Trend(side) => {
            let start_ms = quiet_beginning(rng, &mut list);
            episodes(start_ms, end_ms, side.sign() * TREND_UBPS, rng, &mut list);
        }
        PathShape::OutAndBack => {
            let start_ms = quiet_beginning(rng, &mut list);
            episodes(start_ms, half_ms, TREND_UBPS, rng, &mut list);
            episodes(half_ms, end_ms, -TREND_UBPS, rng, &mut list);
        }
    }
    list
}

/// Nothing drifts for the first 90 to 210 s; returns when that ends.
fn quiet_beginning(rng: &mut Prng, list: &mut Vec<DriftSegment>) -> i64 {
    let until_ms = on_grid(rng.between(90_000, 210_000));
    list.push(DriftSegment { until_ms, step_ubps: 0 });
    until_ms
}

/// Shares of the full drift while an episode is on and off, in hundredths.
const EPISODE_SHARES: [i64; 2] = [100, 15];

/// Episodes of 60 to 240 s, with 20 to 90 s at 15 % between them, that sum to `total_ubps`.
fn episodes(
    from_ms: i64,
    end_ms: i64,
    total_ubps: i64,
    rng: &mut Prng,
    list: &mut Vec<DriftSegment>,
) {
    let mut parts = Vec::new();
    let mut at_ms = from_ms;
    while at_ms < end_ms {
        let on = parts.len() % 2 == 0;
        let length_ms = if on { rng.between(60_000, 240_000) } else { rng.between(20_000, 90_000) };
        let until_ms = on_grid(at_ms + length_ms).min(end_ms);
        parts.push((at_ms, until_ms, EPISODE_SHARES[usize::from(!on)]));
        at_ms = until_ms;
    }
    let weight: i64 =
        parts.iter().map(|(from, until, share)| (until - from) / STEP_MS * share).sum();
    list.extend(parts.iter().map(|&(_, until_ms, share)| DriftSegment {
        until_ms,
        step_ubps: total_ubps * share / weight,
    }));
}

/// Random taker orders of both sides.
fn random_sweeps(
    params: &ScenarioParams,
    drifts: &[DriftSegment],
    rng: &mut Prng,
) -> Vec<ScriptedSweep> {
    let [num, den] = BIAS;
    let rate_micro = exp(Q32::ratio(params.kappa_micro, MICRO)).scale(params.a_micro);
    // Drawn at the highest rate the bias gives; then each is kept with its share of that rate.
    let gap_us = MICRO * MICRO / rate_micro * den / (den + num);
    let mut takers = Vec::new();
    for side in Side::BOTH {
        let mut at_us = rng.exponential(gap_us);
        while at_us < params.length_ms * 1_000 {
            let at_ms = at_us / 1_000;
            let lean = num * side.sign() * trend_sign(drifts, at_ms);
            if rng.chance(Q32::ratio(den + lean, den + num)) {
                takers.push(random_sweep(at_ms, side, params, rng));
            }
            at_us += rng.exponential(gap_us);
        }
    }
    takers
}

/// The direction of the drift at a time.
fn trend_sign(drifts: &[DriftSegment], at_ms: i64) -> i64 {
    let drift = drifts.iter().find(|drift| at_ms < drift.until_ms);
    drift.map_or(0, |drift| drift.step_ubps.signum())
}

/// A random taker order.
fn random_sweep(at_ms: i64, side: Side, params: &ScenarioParams, rng: &mut Prng) -> ScriptedSweep {
    let beyond_ubps = rng.exponential(MICRO * MICRO / params.kappa_micro);
    let impact_ubps = beyond_ubps * params.iota_micro / MICRO;
    let lasting_ubps = side.sign() * impact_ubps * rng.between(500, 1_500) / 1_000;
    let reach_ubps = REACH_MIN_UBPS + beyond_ubps;
    ScriptedSweep { at_ms, side, reach_ubps, lasting_ubps, passing_ubps: 0 }
}

/// A recorded taker order: what it did to the price is in the waypoints.
fn recorded_sweep(sweep: &feb24::RecordedSweep) -> ScriptedSweep {
    let feb24::RecordedSweep { at_ms, reach_ubps, taker: side, .. } = *sweep;
    ScriptedSweep { at_ms, side, reach_ubps, lasting_ubps: 0, passing_ubps: 0 }
}

/// When cascades begin, and the side of their takers.
fn cascades(params: &ScenarioParams, rng: &mut Prng) -> Vec<(i64, Side)> {
    let end_ms = params.length_ms;
    match params.path {
        PathShape::Drift0 { cascades: false } | PathShape::Reverting | PathShape::Recorded => {
            Vec::new()
        }
        PathShape::Drift0 { cascades: true } => {
            let mut one = || {
                let at_ms = rng.between(0, end_ms - 1);
                (at_ms, Side::BOTH[usize::from(rng.chance(Q32::ratio(1, 2)))])
            };
            vec![one(), one()]
        }
        PathShape::Trend(side) => {
            let first_ms = rng.between(250_000, 450_000);
            vec![(first_ms, side), (first_ms + rng.between(150_000, 350_000), side)]
        }
        PathShape::OutAndBack => {
            let first_ms = rng.between(250_000, 450_000);
            let second_ms = end_ms / 2 + rng.between(150_000, 350_000);
            vec![(first_ms, Side::Bid), (second_ms, Side::Ask)]
        }
    }
}

/// Mean reach of a cascade's orders beyond their minimum.
const CASCADE_REACH_UBPS: i64 = 7 * UBPS;
/// How far a cascade moves the price for good.
const CASCADE_LASTING_UBPS: i64 = 6 * UBPS;
/// How far it moves the price beside that, to come back.
const CASCADE_PASSING_UBPS: i64 = 5 * UBPS;

/// 10 to 15 orders of one side within a second, each moving the price by its share of the jump.
fn cascade(at_ms: i64, side: Side, rng: &mut Prng, takers: &mut Vec<ScriptedSweep>) {
    let count = rng.between(10, 15);
    for _ in 0..count {
        takers.push(ScriptedSweep {
            at_ms: at_ms + rng.between(0, 999),
            side,
            reach_ubps: REACH_MIN_UBPS + rng.exponential(CASCADE_REACH_UBPS),
            lasting_ubps: side.sign() * CASCADE_LASTING_UBPS / count,
            passing_ubps: side.sign() * CASCADE_PASSING_UBPS / count,
        });
    }
}
