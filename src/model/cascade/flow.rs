//! Bursts in the market's own flow (MODEL 3): many dollars of one side in two seconds, compared with
//! the last five minutes.

use crate::market::tape::Sweep;
use crate::num::ewma::keep;
use crate::num::{Ewma, Px, Q60, Side};

/// Fractional bits of decayed counts.
const COUNT_BITS: u32 = 20;

/// The constants of the flow triggers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FlowConfig {
    /// Time constant of the burst.
    pub fast_ms: u64,
    /// Time constant of what is usual.
    pub slow_ms: u64,
    /// How many times the usual rate widens.
    pub widen_ratio: u32,
    /// How many times the usual rate suppresses, with a move of fair.
    pub suppress_ratio: u32,
    /// How many standard deviations of two seconds fair must have moved for that.
    pub move_sigmas: u32,
    /// How many taker orders of average size a burst must be worth: in a thin market every single
    /// trade is many times the usual rate.
    pub burst_orders: u32,
    /// How long the flow must have been watched before anything is unusual.
    pub warm_ms: u64,
}

impl Default for FlowConfig {
    /// MODEL 3; the last two are judgement.
    fn default() -> FlowConfig {
        FlowConfig {
            fast_ms: 2_000,
            slow_ms: 300_000,
            widen_ratio: 6,
            suppress_ratio: 12,
            move_sigmas: 3,
            burst_orders: 3,
            warm_ms: 60_000,
        }
    }
}

/// How strong a burst is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BurstLevel {
    /// A burst that widens the side.
    Widen,
    /// A burst that suppresses the side.
    Suppress,
}

/// Decayed sums of taker orders. Dollars in steps of 1e-8, times in ms.
#[derive(Clone, Copy, Debug)]
pub struct FlowDetector {
    config: FlowConfig,
    seen: Option<Seen>,
    /// Decayed dollars of the burst, by the taker's side.
    fast: [i128; 2],
    /// Decayed dollars of both sides.
    slow: i128,
    /// Decayed number of taker orders, 20 fractional bits.
    orders: i128,
    /// The time watched, decayed as the slow sum is.
    watched: Ewma,
}

/// When flow was last taken, at which fair price, and what fair was before.
#[derive(Clone, Copy, Debug)]
struct Seen {
    at_ms: u64,
    fair: Px,
    past: Ewma,
}

impl FlowDetector {
    /// Nothing was seen yet.
    #[must_use]
    pub fn new(config: FlowConfig) -> FlowDetector {
        let zero = Ewma::default();
        FlowDetector { config, seen: None, fast: [0; 2], slow: 0, orders: 0, watched: zero }
    }

    /// Takes a frame's taker orders at fair price `fair`; says which side of the book suffers a
    /// burst, by [`Side::index`]. Step it with no orders once a second, so that it knows fair.
    ///
    /// `variance` is the continuous one of fair, in micro basis points squared a second.
    pub fn on_sweeps(
        &mut self,
        now_ms: u64,
        fair: Px,
        variance: i64,
        sweeps: &[Sweep],
    ) -> [Option<BurstLevel>; 2] {
        let moved = self.pass(now_ms, fair);
        for sweep in sweeps {
            let worth = i128::from(sweep.worst.notional(sweep.qty).e8());
            self.fast[sweep.taker.index()] += worth;
            self.slow += worth;
            self.orders += 1 << COUNT_BITS;
        }
        // A taker that buys hits the asks.
        Side::BOTH.map(|hit| {
            let taker = hit.other();
            if sweeps.iter().any(|sweep| sweep.taker == taker) {
                self.level(taker, moved.saturating_mul(taker.sign()), variance)
            } else {
                None
            }
        })
    }

    /// Lets time pass; how far fair lies above its mean of the last two seconds, in micro bps.
    fn pass(&mut self, now_ms: u64, fair: Px) -> i64 {
        let Some(Seen { at_ms, fair: before, mut past }) = self.seen else {
            self.seen = Some(Seen { at_ms: now_ms, fair, past: Ewma::at(fair.e8()) });
            return 0;
        };
        let dt_ms = now_ms.saturating_sub(at_ms);
        if 0 < dt_ms {
            let (fast, slow) = (keep(dt_ms, self.config.fast_ms), keep(dt_ms, self.config.slow_ms));
            past.mix(before.e8(), fast);
            self.fast = self.fast.map(|sum| decayed(sum, fast));
            self.slow = decayed(self.slow, slow);
            self.orders = decayed(self.orders, slow);
            self.watched.mix(i64::try_from(self.config.slow_ms).unwrap_or(i64::MAX), slow);
        }
        self.seen = Some(Seen { at_ms: now_ms.max(at_ms), fair, past });
        Px::from_e8(past.value()).bps_to(fair).ubps()
    }

    /// How strong the burst of `taker` is, when fair moved `moved` micro bps its way.
    fn level(&self, taker: Side, moved: i64, variance: i64) -> Option<BurstLevel> {
        let config = &self.config;
        let watched = i128::from(self.watched.value());
        let fast = self.fast[taker.index()];
        // fast/fast_ms against slow/watched, and fast against burst_orders * slow/orders.
        let usual = self.slow * i128::from(config.fast_ms);
        let is_times = |ratio: u32| usual * i128::from(ratio) <= fast * watched;
        let average = self.slow * i128::from(config.burst_orders);
        let is_burst = average <= (fast * self.orders) >> COUNT_BITS;
        if watched < i128::from(config.warm_ms) || !is_burst || !is_times(config.widen_ratio) {
            return None;
        }
        let (wide, sigmas) = (i128::from(moved.max(0)), i128::from(config.move_sigmas));
        let limit = sigmas * sigmas * i128::from(variance) * i128::from(config.fast_ms) / SECOND_MS;
        if is_times(config.suppress_ratio) && 0 < moved && limit <= wide * wide {
            return Some(BurstLevel::Suppress);
        }
        Some(BurstLevel::Widen)
    }
}

/// Milliseconds in a second.
const SECOND_MS: i128 = 1_000;

/// A sum after its past has faded to `keep`; sums stay below 2^66, dollars below 2^39.
fn decayed(sum: i128, keep: Q60) -> i128 {
    (sum * keep.bits()) >> Q60::BITS
}
