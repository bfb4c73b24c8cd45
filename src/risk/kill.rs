//! The kill switch (MODEL 5): how far we may go on, from what the session has cost and from how
//! far the data can be trusted.

mod config;
mod inputs;

pub use config::KillConfig;
pub use inputs::{ExternalConditions, KillInputs, LINK_DOWN_AGE_MS, PriceTrust};

use crate::market::{KillReason, KillState, KillStatus};
use crate::num::{Bps, Usd};
use config::{PERCENT, first, is_at};

/// Parts per million in the whole.
const PPM: i128 = 1_000_000;
/// How many hard limits of drawdown make it too deep to wait for a maker's price (MODEL 5).
const DEEP_TIMES: i128 = 2;

const _: () = assert!(1 < DEEP_TIMES && PERCENT < PPM);

/// The kill switch as a state machine without clock or queue: the caller acts on each state at
/// once.
///
/// Invariants: `hard_peak` never falls and is at least the capital; [`KillState::Flatten`] is left only
/// for [`KillState::Halted`], and that never.
#[derive(Clone, Copy, Debug)]
pub struct Kill {
    config: KillConfig,
    capital: Usd,
    hard_peak: Usd,
    soft_peak: Usd,
    at: KillStatus,
    reduce_since_ms: u64,
    calm_since_ms: Option<u64>,
}

impl Kill {
    /// A session that begins with `capital` and may do everything.
    ///
    /// # Panics
    /// If there is no capital: every limit is a share of it.
    #[must_use]
    pub fn new(capital: Usd, config: KillConfig) -> Kill {
        assert!(Usd::ZERO < capital, "a session needs capital, not {capital:?}");
        Kill {
            config,
            capital,
            hard_peak: capital,
            soft_peak: capital,
            at: KillStatus::default(),
            reduce_since_ms: 0,
            calm_since_ms: None,
        }
    }

    /// Judges the figures of `now_ms`; times never run backward.
    pub fn step(&mut self, now_ms: u64, inputs: &KillInputs) -> KillStatus {
        let before = self.at.state;
        self.hard_peak = self.hard_peak.max(inputs.equity);
        self.soft_peak = self.soft_peak.max(inputs.equity);
        match self.at.state {
            KillState::Run | KillState::Reduce | KillState::Pull => self.judge(now_ms, inputs),
            KillState::Flatten | KillState::Halted => {}
        }
        self.apply_external(now_ms, &inputs.external);
        if self.at.state == KillState::Flatten && inputs.lots.abs() <= self.config.dust {
            self.at.state = KillState::Halted;
        }
        self.check(before);
        self.at
    }

    /// What must hold after every step.
    fn check(&self, before: KillState) {
        let after = self.at.state;
        assert!(
            before < KillState::Flatten || before <= after,
            "{before:?} was left for {after:?}"
        );
        assert!((after == KillState::Run) == self.at.reason.is_none(), "no reason: {:?}", self.at);
        assert!(self.capital <= self.hard_peak, "the peak is below the capital: {self:?}");
        assert!(self.soft_peak <= self.hard_peak, "the soft peak is above the hard one: {self:?}");
    }

    /// What was last decided.
    #[must_use]
    pub fn at(&self) -> KillStatus {
        self.at
    }

    /// The highest equity of the session.
    #[must_use]
    pub fn hard_peak(&self) -> Usd {
        self.hard_peak
    }

    /// The peak that soft drawdown is measured from.
    #[must_use]
    pub fn soft_peak(&self) -> Usd {
        self.soft_peak
    }

    /// The drawdown from the session's peak, in parts per million of it, rounded down.
    #[must_use]
    pub fn drawdown_ppm(&self, equity: Usd) -> u64 {
        assert!(Usd::ZERO < self.hard_peak, "a share of no peak: {self:?}");
        let lost = i128::from((self.hard_peak - equity).e8().max(0));
        u64::try_from(lost * PPM / i128::from(self.hard_peak.e8())).expect("not negative")
    }

    /// Whether the drawdown is twice the hard limit or more: no time for a maker's price.
    #[must_use]
    pub fn is_deep(&self, equity: Usd) -> bool {
        let limit = DEEP_TIMES * i128::from(self.config.drawdown_hard_ppm);
        fell_by(self.hard_peak, equity, limit)
    }

    /// Hard, then data, then risk.
    fn judge(&mut self, now_ms: u64, inputs: &KillInputs) {
        if let Some(reason) = self.hard(inputs) {
            self.at = KillStatus { state: KillState::Flatten, reason: Some(reason) };
            return;
        }
        if let Some(reason) = self.config.data(inputs) {
            if self.at.state != KillState::Pull {
                self.at = KillStatus { state: KillState::Pull, reason: Some(reason) };
            }
            self.calm_since_ms = None;
            return;
        }
        if let Some(reason) = self.risk(inputs) {
            self.reduce(now_ms, reason);
        }
        if self.at.state != KillState::Run {
            self.recover(now_ms, inputs);
        }
    }

    fn reduce(&mut self, now_ms: u64, reason: KillReason) {
        if self.at.state != KillState::Reduce {
            self.at = KillStatus { state: KillState::Reduce, reason: Some(reason) };
            self.reduce_since_ms = now_ms;
        }
        self.calm_since_ms = None;
    }

    /// Back to running after everything was calm for long enough.
    fn recover(&mut self, now_ms: u64, inputs: &KillInputs) {
        let lasted = self.reduce_since_ms + self.config.reset_ms <= now_ms;
        let flat = inputs.lots.abs() <= self.config.reset_lots;
        if self.at.state == KillState::Reduce && lasted && flat {
            // A flat book cannot earn its drawdown back.
            self.soft_peak = inputs.equity;
        }
        if !self.is_calm(inputs) {
            self.calm_since_ms = None;
            return;
        }
        let since = *self.calm_since_ms.get_or_insert(now_ms);
        if since + self.config.calm_ms <= now_ms {
            self.at = KillStatus::default();
            self.calm_since_ms = None;
        }
    }

    fn is_calm(&self, inputs: &KillInputs) -> bool {
        let drawdown = i128::from(self.config.drawdown_soft_ppm) * self.config.calm() / PERCENT;
        self.risk(inputs).is_none()
            && !fell_by(self.soft_peak, inputs.equity, drawdown)
            && self.config.is_calm(inputs)
    }

    fn hard(&self, inputs: &KillInputs) -> Option<KillReason> {
        let c = &self.config;
        let drawdown = i128::from(c.drawdown_hard_ppm);
        let rows = [
            (fell_by(self.hard_peak, inputs.equity, drawdown), KillReason::Drawdown),
            (fell_by(self.capital, inputs.equity, i128::from(c.loss_hard_ppm)), KillReason::Loss),
            (c.share_hard <= inputs.share.abs(), KillReason::Position),
            (is_at(inputs.age_ms, c.age_hard_ms), KillReason::Stale),
            (c.rejects_hard <= inputs.rejects, KillReason::Rejects),
            (is_at(inputs.deviation.map(Bps::abs), c.deviation_hard), KillReason::Deviation),
            (is_at(inputs.clock_ms, c.clock_hard_ms), KillReason::Clock),
        ];
        first(rows)
    }

    fn risk(&self, inputs: &KillInputs) -> Option<KillReason> {
        let c = &self.config;
        let drawdown = i128::from(c.drawdown_soft_ppm);
        first([
            (fell_by(self.soft_peak, inputs.equity, drawdown), KillReason::Drawdown),
            (c.share_soft < inputs.share.abs(), KillReason::Position),
        ])
    }

    /// Applies the conditions beyond the seven metrics: the worst state wins, and nothing recovers
    /// while one holds.
    fn apply_external(&mut self, now_ms: u64, external: &ExternalConditions) {
        let Some((state, reason)) = self.config.external_state(external) else { return };
        self.calm_since_ms = None;
        if self.at.state < state {
            self.at = KillStatus { state, reason: Some(reason) };
            self.reduce_since_ms = now_ms;
        }
    }
}

/// Whether `equity` lies `limit_ppm` parts per million of `peak` below it, or more.
fn fell_by(peak: Usd, equity: Usd, limit_ppm: i128) -> bool {
    i128::from(peak.e8()) * limit_ppm <= i128::from((peak - equity).e8()) * PPM
}

#[cfg(test)]
mod tests;
