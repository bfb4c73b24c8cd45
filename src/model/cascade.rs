//! The fill-cascade detector (MODEL 3): many fills of one side at once mean somebody knows more
//! than we do, and that side stays back for minutes. One instance a side; the other is not touched.

mod flow;

pub use flow::{BurstLevel, FlowConfig, FlowDetector};

use crate::model::shape::Role;
use crate::num::ewma::keep;
use crate::num::fix::Q20_ONE;
use crate::num::numbered;
use crate::num::{Lots, Q24, Q60, Qty};
use arrayvec::ArrayVec;

/// Fills the window remembers (MODEL 3).
const WINDOW_MAX: usize = 32;

/// The constants of MODEL 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CascadeConfig {
    /// How far back fills count together.
    pub window_ms: u64,
    /// Fills in the window that widen.
    pub widen_fills: usize,
    /// Fills in the window that suppress.
    pub suppress_fills: usize,
    /// Size in the window that widens.
    pub widen_size: Lots,
    /// Size in the window that suppresses.
    pub suppress_size: Lots,
    /// Our orders that one taker order must take.
    pub ladder_orders: usize,
    /// The share of what rested on the side that it must take.
    pub ladder_share: Q24,
    /// How long a side is widened.
    pub widen_ms: u64,
    /// How long a side is suppressed the first time.
    pub suppress_ms: u64,
    /// How long at most, however often it is repeated.
    pub suppress_max_ms: u64,
    /// Triggers this close together are one.
    pub merge_ms: u64,
    /// After this long without a trigger the count of repetitions starts again.
    pub rearm_ms: u64,
    /// Time constant of the recovery.
    pub recovery_ms: u64,
    /// How many time constants it lasts.
    pub recovery_taus: u64,
    /// The multiplier of the distance while widened, and at the start of the recovery.
    pub widen_by: Q24,
    /// The least share of the size during the recovery.
    pub size_min: Q24,
}

/// Below this position limit sizes are judged as shares of it (MODEL 3).
const SMALL_LIMIT: Lots = Lots::from_int(12);

impl Default for CascadeConfig {
    /// MODEL 3 and 8.
    fn default() -> CascadeConfig {
        CascadeConfig {
            window_ms: 1_000,
            widen_fills: 3,
            suppress_fills: 4,
            widen_size: Lots::from_q20(Q20_ONE * 5 / 2),
            suppress_size: Lots::from_q20(Q20_ONE * 7 / 2),
            ladder_orders: 2,
            ladder_share: Q24::ratio(60, 100),
            widen_ms: 30_000,
            suppress_ms: 180_000,
            suppress_max_ms: 300_000,
            merge_ms: 5_000,
            rearm_ms: 600_000,
            recovery_ms: 120_000,
            recovery_taus: 4,
            widen_by: Q24::ratio(2, 1),
            size_min: Q24::ratio(25, 100),
        }
    }
}

impl CascadeConfig {
    /// These constants for a position limit: one below 12 lots makes the sizes 18 % and 25 % of it.
    #[must_use]
    pub fn for_limit(self, q_max: Lots) -> CascadeConfig {
        if SMALL_LIMIT <= q_max {
            return self;
        }
        let share = |percent| Lots::from_q20(Q24::ratio(percent, 100).scale(q_max.q20()));
        CascadeConfig { widen_size: share(18), suppress_size: share(25), ..self }
    }
}

numbered! {
    /// Where a side stands.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum CascadeStage {
        /// No trigger: quotes of the side stand as usual.
        #[default]
        Normal = 0,
        /// Quotes stand twice as far out.
        Widen = 1,
        /// Nothing that adds is quoted.
        Suppress = 2,
        /// The way back from suppression, over a few time constants.
        Recovery = 3,
    }
}

/// What the detector does to the quotes of its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Multiplier of a positive distance, 1 or more.
    pub multiplier: Q24,
    /// Factor of the size; 0 is no quote.
    pub size: Q24,
}

impl Effect {
    /// No effect: the distance and the size of the table.
    pub const NONE: Effect = Effect { multiplier: Q24::ONE, size: Q24::ONE };
}

/// What one taker order took of a side's ladder, told by the venue's time stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LadderSweep {
    /// Our orders that it filled, whole or in part.
    pub orders: usize,
    /// What it took of them.
    pub taken: Qty,
    /// Our orders that rested on the side before.
    pub rested_orders: usize,
    /// What rested on the side before.
    pub rested: Qty,
}

/// The detector of one side. Times are ours, in ms, and never run backward.
///
/// Invariant: `until_ms` ends the current hold; in recovery it is when the recovery began.
#[derive(Clone, Debug)]
pub struct Cascade {
    config: CascadeConfig,
    stage: CascadeStage,
    until_ms: u64,
    triggered_ms: Option<u64>,
    repeats: u64,
    window: ArrayVec<(u64, Lots), WINDOW_MAX>,
}

impl Cascade {
    /// A side to which nothing happened yet.
    #[must_use]
    pub fn new(config: CascadeConfig) -> Cascade {
        Cascade {
            config,
            stage: CascadeStage::Normal,
            until_ms: 0,
            triggered_ms: None,
            repeats: 0,
            window: ArrayVec::new(),
        }
    }

    /// Takes a fill of ours on this side.
    pub fn on_fill(&mut self, now_ms: u64, size: Lots) {
        self.tick(now_ms);
        let window_ms = self.config.window_ms;
        self.window.retain(|fill| now_ms < fill.0 + window_ms);
        if self.window.is_full() {
            self.window.remove(0);
        }
        self.window.push((now_ms, size));
        let total = self.window.iter().fold(Lots::ZERO, |sum, fill| sum + fill.1);
        let (count, config) = (self.window.len(), &self.config);
        if config.suppress_fills <= count || config.suppress_size <= total {
            self.suppress(now_ms);
        } else if config.widen_fills <= count || config.widen_size <= total {
            self.widen(now_ms);
        }
    }

    /// Takes what one taker order did to the ladder of this side: at least two of our orders and
    /// 60 % of what rested, or all of it where one order rested, suppress.
    pub fn on_sweep(&mut self, now_ms: u64, sweep: &LadderSweep) {
        let share = self.config.ladder_share.scale(sweep.rested.e8());
        let many = self.config.ladder_orders <= sweep.orders && share <= sweep.taken.e8();
        let lone = sweep.rested_orders == 1 && sweep.rested <= sweep.taken;
        if Qty::ZERO < sweep.taken && (many || lone) {
            self.on_burst(now_ms, BurstLevel::Suppress);
        }
    }

    /// Takes a burst in the market's flow against this side.
    pub fn on_burst(&mut self, now_ms: u64, level: BurstLevel) {
        self.tick(now_ms);
        match level {
            BurstLevel::Widen => self.widen(now_ms),
            BurstLevel::Suppress => self.suppress(now_ms),
        }
    }

    /// What a quote of this side becomes. "Reducing" means beyond the deadband (MODEL 3).
    #[must_use]
    pub fn effect(&self, now_ms: u64, role: Role) -> Effect {
        let multiplier = self.config.widen_by;
        match (self.stage_at(now_ms), role) {
            (CascadeStage::Normal, Role::Adding | Role::Reducing) => Effect::NONE,
            (CascadeStage::Widen, Role::Adding | Role::Reducing) => {
                Effect { multiplier, ..Effect::NONE }
            }
            (CascadeStage::Suppress, Role::Adding) => Effect { multiplier, size: Q24::ZERO },
            (CascadeStage::Suppress, Role::Reducing) => Effect { multiplier, size: Q24::ONE },
            (CascadeStage::Recovery, Role::Adding) => self.recovering(now_ms),
            (CascadeStage::Recovery, Role::Reducing) => Effect::NONE,
        }
    }

    /// Where the side stands, as of the last step.
    #[must_use]
    pub fn stage(&self) -> CascadeStage {
        self.stage
    }

    /// Where the side will stand at `now_ms`, if nothing but time passes.
    #[must_use]
    pub fn stage_at(&self, now_ms: u64) -> CascadeStage {
        let recovered_ms = self.until_ms + self.config.recovery_taus * self.config.recovery_ms;
        match self.stage {
            CascadeStage::Widen if self.until_ms <= now_ms => CascadeStage::Normal,
            CascadeStage::Suppress | CascadeStage::Recovery if recovered_ms <= now_ms => {
                CascadeStage::Normal
            }
            CascadeStage::Suppress if self.until_ms <= now_ms => CascadeStage::Recovery,
            CascadeStage::Normal
            | CascadeStage::Widen
            | CascadeStage::Suppress
            | CascadeStage::Recovery => self.stage,
        }
    }

    /// Lets time pass, without a fill.
    pub fn tick(&mut self, now_ms: u64) {
        self.stage = self.stage_at(now_ms);
    }

    /// When the current hold ends; when the last one ended, after it.
    #[must_use]
    pub fn until_ms(&self) -> u64 {
        self.until_ms
    }

    /// How often suppression was repeated in short order.
    #[must_use]
    pub fn repeats(&self) -> u64 {
        self.repeats
    }

    fn suppress(&mut self, now_ms: u64) {
        let config = &self.config;
        self.repeats = match self.triggered_ms {
            Some(last) if now_ms.saturating_sub(last) <= config.merge_ms => self.repeats,
            Some(last) if now_ms.saturating_sub(last) <= config.rearm_ms => self.repeats + 1,
            Some(_) | None => 0,
        };
        let hold = config.suppress_ms * (2 + self.repeats) / 2;
        let until_ms = now_ms + hold.min(config.suppress_max_ms);
        self.until_ms = match self.stage {
            CascadeStage::Suppress => self.until_ms.max(until_ms),
            CascadeStage::Normal | CascadeStage::Widen | CascadeStage::Recovery => until_ms,
        };
        self.stage = CascadeStage::Suppress;
        self.triggered_ms = Some(now_ms);
        self.window.clear();
    }

    fn widen(&mut self, now_ms: u64) {
        let until_ms = now_ms + self.config.widen_ms;
        match self.stage {
            CascadeStage::Normal => self.until_ms = until_ms,
            CascadeStage::Widen => self.until_ms = self.until_ms.max(until_ms),
            // On alert: the second warning is taken for the real thing.
            CascadeStage::Recovery => return self.suppress(now_ms),
            CascadeStage::Suppress => return,
        }
        self.stage = CascadeStage::Widen;
    }

    /// Back by `e^(-t/tau)` from twice the distance and a quarter of the size.
    ///
    /// Off by less than 2e-7; checked by `ops::selftest::model`.
    fn recovering(&self, now_ms: u64) -> Effect {
        let left = q24(keep(now_ms.saturating_sub(self.until_ms), self.config.recovery_ms));
        let excess = self.config.widen_by - Q24::ONE;
        Effect {
            multiplier: Q24::ONE + excess.times(left),
            size: (Q24::ONE - left).max(self.config.size_min),
        }
    }
}

/// A share of one in 24 fractional bits, rounded down.
fn q24(share: Q60) -> Q24 {
    let bits = share.bits() >> (Q60::BITS - Q24::BITS);
    Q24::from_bits(i64::try_from(bits).expect("a share of one"))
}

#[cfg(test)]
mod tests;
