//! The signals of the replaced system: trend, cascade guard and kill switch.

use crate::market::Fill;
#[cfg(test)]
use crate::num::Side;
use crate::num::unit::E8;
use crate::num::{Mono, Nanos, Pos, Px};
use std::collections::VecDeque;

/// Memory of the mean that a trend is measured against.
const MEAN_S: f64 = 300.0;
/// Seconds that it looked back for the size of a trend.
const LOOK_BACK: usize = 1_024;
/// Distance from the mean that counted as a trend, in bps.
const TREND_MIN_BPS: f64 = 8.0;
/// Fills of one side are counted over this time.
const WINDOW: Nanos = Nanos::from_secs(60);
/// Fills of one side, what they widened both sides by in bps, and for how long: the worse first.
const CASCADES: [(usize, f64, Nanos); 2] =
    [(8, 20.0, Nanos::from_secs(30)), (5, 10.0, Nanos::from_secs(15))];
/// Below this peak its kill switch did not look, in dollars.
const KILL_PEAK_MIN: f64 = 7.0;
/// The share of peak PnL whose loss stopped it. Nobody saw it happen; the log never got there.
const KILL_SHARE: f64 = 0.05;

/// Measurements, all at 1 Hz or at fills.
#[derive(Clone, Debug, Default)]
pub(super) struct AsWasSignals {
    sampled: Option<u64>, // The second of the last sample.
    anchor: f64,
    mean: f64,
    ring: VecDeque<f64>,
    trend: f64,
    fills: [VecDeque<Mono>; 2],
    widened: Option<(f64, Mono)>, // By how much, until when.
    cash: f64,
    peak: f64,
    killed: bool,
}

impl AsWasSignals {
    /// Looks at the price, once a second.
    pub(super) fn look(&mut self, now: Mono, mid: Px, pos: Pos) {
        let second = now.ms() / 1_000;
        if self.sampled == Some(second) {
            return;
        }
        let px = mid.e8() as f64;
        if self.sampled.is_none() {
            self.anchor = px;
        }
        self.sampled = Some(second);
        self.sample((px / self.anchor - 1.0) * 1e4);
        let pnl = self.cash + pos.e8() as f64 / E8 as f64 * px / E8 as f64;
        self.peak = self.peak.max(pnl);
        self.killed |= KILL_PEAK_MIN <= self.peak && KILL_SHARE * self.peak <= self.peak - pnl;
    }

    /// The trend of MODEL 2.6, in bps: the distance from the mean, or the longer one of the same
    /// direction when that distance is one.
    fn sample(&mut self, bps: f64) {
        self.mean += (1.0 - (-1.0 / MEAN_S).exp()) * (bps - self.mean);
        self.ring.push_back(bps);
        if LOOK_BACK < self.ring.len() {
            self.ring.pop_front();
        }
        let near = bps - self.mean;
        let far = bps - self.ring.front().copied().unwrap_or(bps);
        let long = TREND_MIN_BPS <= near.abs() && 0.0 < near * far && near.abs() < far.abs();
        self.trend = if long { far } else { near };
    }

    /// Counts a fill: cascade guard, cash and peak follow.
    pub(super) fn on_fill(&mut self, now: Mono, fill: &Fill) {
        let qty = fill.qty.e8() as f64 / E8 as f64;
        let (px, fee) = (fill.px.e8() as f64 / E8 as f64, fill.fee.e8() as f64 / E8 as f64);
        self.cash -= fill.side.sign() as f64 * qty * px + fee;
        let times = &mut self.fills[fill.side.index()];
        times.push_back(now);
        while times.front().is_some_and(|&at| WINDOW < now.since(at)) {
            times.pop_front();
        }
        let worst = CASCADES.iter().find(|(count, ..)| *count <= times.len());
        if let Some(&(_, bps, lasts)) = worst {
            self.widened = Some((bps, now + lasts));
        }
    }

    /// What its cascade guard adds to both half-spreads.
    pub(super) fn widening(&self, now: Mono) -> f64 {
        self.widened.filter(|&(_, until)| now < until).map_or(0.0, |(bps, _)| bps)
    }

    /// The measured trend in bps.
    pub(super) fn trend(&self) -> f64 {
        self.trend
    }

    /// Whether its kill switch has fired.
    pub(super) fn killed(&self) -> bool {
        self.killed
    }

    /// Fills of a side within the window, for tests.
    #[cfg(test)]
    pub(super) fn recent(&self, side: Side) -> usize {
        self.fills[side.index()].len()
    }
}
