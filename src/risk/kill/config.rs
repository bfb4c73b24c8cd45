//! The constants of the kill switch, and the judgements that need nothing else.

use super::inputs::{ExternalConditions, KillInputs, PriceTrust};
use crate::market::event::Command;
use crate::market::{KillReason, KillState};
use crate::num::fix::Q20_ONE;
use crate::num::{Bps, Lots, Q24};

/// Percent in the whole.
pub(super) const PERCENT: i128 = 100;

/// The constants of MODEL 5. A soft limit reduces or pulls, a hard one flattens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct KillConfig {
    /// Soft limit of the drawdown from the soft peak, in parts per million of it.
    pub drawdown_soft_ppm: u32,
    /// Hard limit of the drawdown from the session's peak, in parts per million of it.
    pub drawdown_hard_ppm: u32,
    /// Hard limit of the loss, in parts per million of the capital.
    pub loss_hard_ppm: u32,
    /// The share of the position limit above which only reducing is allowed.
    pub share_soft: Q24,
    /// The share of it from which we flatten.
    pub share_hard: Q24,
    /// Soft limit of the age of market data.
    pub age_soft_ms: u64,
    /// Hard limit of it while there is a position: we are deaf to a market that lives.
    pub age_hard_ms: u64,
    /// Limit of rejects in 10 seconds: they never close a position.
    pub rejects_soft: u32,
    /// Limit of the distance of fair from the oracle: it never closes a position.
    pub deviation_soft: Bps,
    /// Limit of the offset of our clock: it never closes a position.
    pub clock_soft_ms: u64,
    /// How long quotes stay away after the data were last at a limit.
    pub pull_tail_ms: u64,
    /// How long a doubt that may be the market itself takes the quotes away, at most.
    pub doubt_hold_ms: u64,
    /// What a new day keeps of the greatest equity as the peak, in percent.
    pub day_keep_percent: u32,
    /// The share of the position limit below which a new day begins.
    pub day_share: Q24,
    /// Below this share of its soft limit, in percent, a metric is calm.
    pub calm_percent: u32,
    /// How long everything must be calm before quoting goes on.
    pub calm_ms: u64,
    /// How long reducing must have lasted before the soft peak is reset on a flat book.
    pub reset_ms: u64,
    /// A position up to this is flat enough for that.
    pub reset_lots: Lots,
    /// A position up to this is closed.
    pub dust: Lots,
    /// How old an order of unknown state may be.
    pub doubt_ms: u64,
    /// The share of the request budget below which quotes are pulled.
    pub budget_min: Q24,
    /// How long tick-to-quote may be slow.
    pub slow_ms: u64,
    /// How long after start-up a metric may be missing.
    pub absent_ms: u64,
}

impl Default for KillConfig {
    /// MODEL 5 and 8.
    fn default() -> KillConfig {
        KillConfig {
            drawdown_soft_ppm: 7_500,
            drawdown_hard_ppm: 15_000,
            loss_hard_ppm: 20_000,
            share_soft: Q24::ONE,
            share_hard: Q24::ratio(11, 10),
            age_soft_ms: 1_500,
            age_hard_ms: 10_000,
            rejects_soft: 5,
            deviation_soft: Bps::from_int(50),
            clock_soft_ms: 500,
            pull_tail_ms: 2_000,
            doubt_hold_ms: 10_000,
            day_keep_percent: 97,
            day_share: Q24::ratio(1, 10),
            calm_percent: 70,
            calm_ms: 30_000,
            reset_ms: 300_000,
            reset_lots: Lots::from_q20(Q20_ONE / 2),
            dust: Lots::from_q20(Q20_ONE / 20 + 1), // To the nearest.
            doubt_ms: 10_000,
            budget_min: Q24::ratio(5, 100),
            slow_ms: 10_000,
            absent_ms: 10_000,
        }
    }
}

impl KillConfig {
    /// The first metric of the data at its limit; price and clock only while they are `fresh`.
    pub(super) fn data(&self, inputs: &KillInputs, fresh: [bool; 2]) -> Option<KillReason> {
        let [off_oracle, clock_off] = fresh;
        first([
            (is_at(inputs.age_ms, self.age_soft_ms), KillReason::Stale),
            (self.rejects_soft <= inputs.rejects, KillReason::Rejects),
            (off_oracle, KillReason::Deviation),
            (clock_off, KillReason::Clock),
        ])
    }

    pub(super) fn is_off_oracle(&self, inputs: &KillInputs) -> bool {
        is_at(inputs.deviation.map(Bps::abs), self.deviation_soft)
    }

    pub(super) fn is_clock_off(&self, inputs: &KillInputs) -> bool {
        is_at(inputs.clock_ms, self.clock_soft_ms)
    }

    /// Whether a metric of the data beside the age of the book is at its limit.
    pub(super) fn is_more_than_stale(&self, inputs: &KillInputs) -> bool {
        let rejected = self.rejects_soft <= inputs.rejects;
        rejected || self.is_off_oracle(inputs) || self.is_clock_off(inputs)
    }

    /// Whether there is a position to close.
    pub(super) fn is_held(&self, inputs: &KillInputs) -> bool {
        self.dust < inputs.lots.abs()
    }

    /// Whether every metric of the data is below `percent` of its limit.
    pub(super) fn is_calm(&self, inputs: &KillInputs, percent: i128) -> bool {
        let below = |got: i128, soft: i128| got * PERCENT < soft * percent;
        let ms = |got: Option<u64>, soft: u64| {
            got.is_none_or(|got| below(i128::from(got), i128::from(soft)))
        };
        let deviation = inputs.deviation.unwrap_or(Bps::ZERO).abs().ubps();
        ms(inputs.age_ms, self.age_soft_ms)
            && below(i128::from(inputs.rejects), i128::from(self.rejects_soft))
            && below(i128::from(deviation), i128::from(self.deviation_soft.ubps()))
            && ms(inputs.clock_ms, self.clock_soft_ms)
    }

    /// The share of a soft limit below which a metric is calm, in percent.
    pub(super) fn calm(&self) -> i128 {
        i128::from(self.calm_percent)
    }

    /// What a new day keeps of the greatest equity, in percent.
    pub(super) fn day_keep(&self) -> i128 {
        i128::from(self.day_keep_percent)
    }

    /// The worst state the conditions beyond the metrics ask for; lateness and a missing source only
    /// while they are `fresh`.
    pub(super) fn external_state(
        &self,
        external: &ExternalConditions,
        fresh: [bool; 2],
    ) -> Option<(KillState, KillReason)> {
        let commanded = external.command.map(|command| match command {
            Command::Stop | Command::StopNow | Command::Abandon => KillState::Pull,
            Command::Flatten => KillState::Flatten,
            Command::Halt => KillState::Halted,
        });
        let low = external.budget.is_some_and(|left| left < self.budget_min);
        let rows = [
            (external.mismatch, KillState::Flatten, KillReason::Mismatch),
            (self.doubt_ms < external.doubt_ms, KillState::Reduce, KillReason::Doubt),
            (low, KillState::Pull, KillReason::Budget),
            (fresh[0], KillState::Pull, KillReason::Slow),
            (fresh[1], KillState::Pull, KillReason::Absent),
            (external.price == PriceTrust::Suspect, KillState::Pull, KillReason::Suspect),
            (external.price == PriceTrust::Median, KillState::Reduce, KillReason::Suspect),
        ];
        let asked = rows.into_iter().filter(|row| row.0).map(|row| (row.1, row.2));
        asked.chain(commanded.map(|state| (state, KillReason::Command))).max_by_key(|row| row.0)
    }
}

/// Whether a metric that has a source is at its limit.
pub(super) fn is_at<T: PartialOrd>(got: Option<T>, limit: T) -> bool {
    got.is_some_and(|got| limit <= got)
}

/// The first reason whose condition holds.
pub(super) fn first<const N: usize>(rows: [(bool, KillReason); N]) -> Option<KillReason> {
    rows.into_iter().find(|row| row.0).map(|row| row.1)
}
