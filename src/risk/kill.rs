//! The kill switch (MODEL 5): how far we may go on, from what the session has cost and from how
//! far the data can be trusted.

mod config;
mod inputs;

pub use config::KillConfig;
pub use inputs::{ExternalConditions, KillInputs, LINK_DOWN_AGE_MS, PriceTrust};

use crate::market::event::Command;
use crate::market::{KillReason, KillState, KillStatus};
use crate::num::Usd;
use crate::num::fix::div_round;
use config::{PERCENT, first, is_at};

/// Parts per million in the whole.
const PPM: i128 = 1_000_000;
/// How many hard limits of drawdown make it too deep to wait for a maker's price (MODEL 5).
const DEEP_TIMES: i128 = 2;

const _: () = assert!(1 < DEEP_TIMES && PERCENT < PPM);

/// The kill switch as a state machine without clock or queue: the caller acts on each state at
/// once.
///
/// Invariants: no peak is below the equity of this step, and `hard_peak` never below what a new day
/// keeps of `greatest`; [`KillState::Flatten`] is left only for [`KillState::Halted`], and that only
/// for [`KillState::Flatten`].
#[derive(Clone, Copy, Debug)]
pub struct Kill {
    config: KillConfig,
    capital: Usd,
    /// The highest equity there ever was.
    greatest: Usd,
    hard_peak: Usd,
    soft_peak: Usd,
    /// The day in UTC that `hard_peak` belongs to; none before the first step.
    day: Option<u64>,
    /// What the seven metrics say.
    seven: KillStatus,
    /// When the session last left RUN.
    low_since_ms: u64,
    calm_since_ms: Option<u64>,
    pull: Pull,
    /// Since when price and clock have been in doubt.
    doubts: [Doubt; 2],
    outside: Outside,
}

/// What is known of a PULL by the seven metrics.
#[derive(Clone, Copy, Debug)]
struct Pull {
    /// When a metric of the data was last at its limit.
    held_ms: u64,
    /// Whether nothing but a stale book was at its limit since RUN was left.
    only_stale: bool,
}

/// A doubt that takes the quotes away for a while only: it cannot be told from a market that is as
/// it is.
#[derive(Clone, Copy, Debug, Default)]
struct Doubt {
    since_ms: Option<u64>,
}

impl Doubt {
    /// Whether it is still a reason, `held_ms` after it began at most.
    fn step(&mut self, now_ms: u64, at_limit: bool, held_ms: u64) -> bool {
        let since = at_limit.then(|| self.since_ms.unwrap_or(now_ms));
        self.since_ms = since;
        since.is_some_and(|since| now_ms < since + held_ms)
    }
}

/// What the conditions beyond the seven metrics last asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Outside {
    /// The PULL they hold, and when they were last heard of.
    pull: Option<(KillReason, u64)>,
    /// Lateness and a missing source.
    doubts: [Doubt; 2],
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
            greatest: capital,
            hard_peak: capital,
            soft_peak: capital,
            day: None,
            seven: KillStatus::default(),
            low_since_ms: 0,
            calm_since_ms: None,
            pull: Pull { held_ms: 0, only_stale: false },
            doubts: [Doubt::default(); 2],
            outside: Outside::default(),
        }
    }

    /// Judges the figures of `now_ms`; times never run backward.
    pub fn step(&mut self, now_ms: u64, inputs: &KillInputs) -> KillStatus {
        let before = self.at().state;
        self.raise_peaks(inputs, before);
        match self.seven.state {
            KillState::Run | KillState::Reduce | KillState::Pull => self.judge(now_ms, inputs),
            KillState::Flatten | KillState::Halted => {}
        }
        self.apply_external(now_ms, inputs);
        self.end_flatten(inputs);
        self.check(before, inputs.equity);
        self.at()
    }

    /// What must hold after every step.
    fn check(&self, before: KillState, equity: Usd) {
        let after = self.at();
        assert!(
            before < KillState::Flatten || KillState::Flatten <= after.state,
            "{before:?} was left for {:?}",
            after.state
        );
        assert!((after.state == KillState::Run) == after.reason.is_none(), "no reason: {after:?}");
        assert!(self.capital <= self.greatest, "less than the session began with: {self:?}");
        let most = self.hard_peak.max(self.soft_peak);
        assert!(most <= self.greatest, "a peak above the greatest: {self:?}");
        let kept = i128::from(self.greatest.e8()) * self.config.day_keep();
        let peak = i128::from(self.hard_peak.e8()) * PERCENT;
        assert!(kept <= peak + PERCENT, "a new day kept too little of the peak: {self:?}");
        let least = self.hard_peak.min(self.soft_peak);
        assert!(equity <= least, "{equity:?} is above a peak: {self:?}");
    }

    /// What was last decided: the worse of what the metrics and what the conditions beyond them say.
    #[must_use]
    pub fn at(&self) -> KillStatus {
        match self.outside.pull {
            Some((reason, _)) if self.seven.state < KillState::Pull => {
                KillStatus { state: KillState::Pull, reason: Some(reason) }
            }
            Some(_) | None => self.seven,
        }
    }

    /// The highest equity of the session, or what the day has kept of it.
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

    /// A new day forgets most of the peak once the session runs with next to nothing: weeks of gains
    /// do not end themselves, and no row of days gives back more than is kept of the greatest.
    fn raise_peaks(&mut self, inputs: &KillInputs, state: KillState) {
        let KillInputs { equity, utc_day, share, .. } = *inputs;
        self.greatest = self.greatest.max(equity);
        self.hard_peak = self.hard_peak.max(equity);
        self.soft_peak = self.soft_peak.max(equity);
        let today = *self.day.get_or_insert(utc_day);
        let is_light = state == KillState::Run && share.abs() < self.config.day_share;
        if today < utc_day && is_light {
            let kept = i128::from(self.greatest.e8()) * self.config.day_keep();
            let kept = i64::try_from(div_round(kept, PERCENT)).expect("less than the whole");
            self.day = Some(utc_day);
            self.hard_peak = equity.max(Usd::from_e8(kept));
        }
    }

    /// Hard, then data, then risk.
    fn judge(&mut self, now_ms: u64, inputs: &KillInputs) {
        if let Some(reason) = self.hard(inputs) {
            self.seven = KillStatus { state: KillState::Flatten, reason: Some(reason) };
            return;
        }
        let c = self.config;
        let at_limit = [c.is_off_oracle(inputs), c.is_clock_off(inputs)];
        let mut fresh = [false; 2];
        for ((fresh, doubt), at_limit) in fresh.iter_mut().zip(&mut self.doubts).zip(at_limit) {
            *fresh = doubt.step(now_ms, at_limit, c.doubt_hold_ms);
        }
        let (data, risk) = (c.data(inputs, fresh), self.risk(inputs));
        if self.seven.state == KillState::Run && (data.is_some() || risk.is_some()) {
            (self.low_since_ms, self.pull.only_stale) = (now_ms, true);
        }
        self.pull.only_stale &= risk.is_none() && !c.is_more_than_stale(inputs);
        if let Some(reason) = data {
            if self.seven.state != KillState::Pull {
                self.seven = KillStatus { state: KillState::Pull, reason: Some(reason) };
            }
            (self.pull.held_ms, self.calm_since_ms) = (now_ms, None);
            return;
        }
        match self.seven.state {
            KillState::Pull if now_ms < self.pull.held_ms + c.pull_tail_ms => return,
            KillState::Pull if self.pull.only_stale && self.is_calm(inputs, c.calm()) => {
                self.seven = KillStatus::default(); // It cost its two seconds and no more.
                return;
            }
            KillState::Pull => {
                let reason = risk.or(self.seven.reason);
                (self.seven, self.calm_since_ms) = (reduced(reason), None);
            }
            KillState::Run | KillState::Reduce if risk.is_some() => {
                let reason = self.seven.reason.or(risk);
                (self.seven, self.calm_since_ms) = (reduced(reason), None);
            }
            KillState::Run | KillState::Reduce | KillState::Flatten | KillState::Halted => {}
        }
        if self.seven.state == KillState::Reduce {
            self.recover(now_ms, inputs);
        }
    }

    /// Back to running after everything was calm for long enough.
    fn recover(&mut self, now_ms: u64, inputs: &KillInputs) {
        assert!(self.seven.state == KillState::Reduce, "nothing to recover from: {:?}", self.seven);
        let late = self.low_since_ms + self.config.reset_ms <= now_ms;
        if late && inputs.lots.abs() <= self.config.reset_lots {
            // A flat book cannot earn its drawdown back.
            self.soft_peak = inputs.equity;
        }
        // After so long it is enough that nothing is at its limit.
        if !self.is_calm(inputs, if late { PERCENT } else { self.config.calm() }) {
            self.calm_since_ms = None;
            return;
        }
        let since = *self.calm_since_ms.get_or_insert(now_ms);
        if since + self.config.calm_ms <= now_ms {
            self.seven = KillStatus::default();
            self.calm_since_ms = None;
        }
    }

    /// Whether every soft metric is below `percent` of its limit.
    fn is_calm(&self, inputs: &KillInputs, percent: i128) -> bool {
        let drawdown = i128::from(self.config.drawdown_soft_ppm) * percent;
        self.risk(inputs).is_none()
            && !fell_by_share(self.soft_peak, inputs.equity, drawdown)
            && self.config.is_calm(inputs, percent)
    }

    fn hard(&self, inputs: &KillInputs) -> Option<KillReason> {
        let c = &self.config;
        let drawdown = i128::from(c.drawdown_hard_ppm);
        let deaf = c.is_held(inputs) && is_at(inputs.age_ms, c.age_hard_ms);
        first([
            (fell_by(self.hard_peak, inputs.equity, drawdown), KillReason::Drawdown),
            (fell_by(self.capital, inputs.equity, i128::from(c.loss_hard_ppm)), KillReason::Loss),
            (c.share_hard <= inputs.share.abs(), KillReason::Position),
            (deaf, KillReason::Stale),
        ])
    }

    fn risk(&self, inputs: &KillInputs) -> Option<KillReason> {
        let c = &self.config;
        let drawdown = i128::from(c.drawdown_soft_ppm);
        first([
            (fell_by(self.soft_peak, inputs.equity, drawdown), KillReason::Drawdown),
            (c.share_soft < inputs.share.abs(), KillReason::Position),
        ])
    }

    /// Applies the conditions beyond the seven metrics, after them: the worst state wins. A PULL of
    /// theirs leaves what the metrics say as it is and ends in it.
    fn apply_external(&mut self, now_ms: u64, inputs: &KillInputs) {
        let (c, external) = (self.config, &inputs.external);
        let mut fresh = [false; 2];
        let at_limit = [c.slow_ms <= external.slow_ms, c.absent_ms <= external.absent_ms];
        let doubts = &mut self.outside.doubts;
        for ((fresh, doubt), at_limit) in fresh.iter_mut().zip(doubts).zip(at_limit) {
            *fresh = doubt.step(now_ms, at_limit, c.doubt_hold_ms);
        }
        let is_over = |heard_ms: u64| heard_ms + c.pull_tail_ms <= now_ms;
        let asked = c.external_state(external, fresh);
        match asked {
            Some((KillState::Pull, reason)) => {
                let reason = self.outside.pull.map_or(reason, |pull| pull.0);
                self.outside.pull = Some((reason, now_ms));
            }
            Some(_) | None if self.outside.pull.is_some_and(|pull| is_over(pull.1)) => {
                self.outside.pull = None;
            }
            Some(_) | None => {}
        }
        match asked {
            Some((state @ (KillState::Flatten | KillState::Halted), reason)) => {
                if self.seven.state < state {
                    self.seven = KillStatus { state, reason: Some(reason) };
                }
            }
            Some((KillState::Reduce, reason)) => {
                self.calm_since_ms = None;
                if self.seven.state == KillState::Run {
                    (self.seven, self.low_since_ms) = (reduced(Some(reason)), now_ms);
                }
            }
            Some((KillState::Run | KillState::Pull, _)) | None => {}
        }
    }

    /// FLATTEN ends once nothing is held and nothing of ours could fill any more; a late fill opens it
    /// again. Whoever was told to halt closes nothing.
    fn end_flatten(&mut self, inputs: &KillInputs) {
        let told = inputs.external.command == Some(Command::Halt);
        let held = self.config.is_held(inputs);
        self.seven.state = match self.seven.state {
            state @ (KillState::Run | KillState::Reduce | KillState::Pull) => state,
            KillState::Flatten | KillState::Halted if told => KillState::Halted,
            KillState::Flatten | KillState::Halted if held => KillState::Flatten,
            KillState::Flatten if inputs.working => KillState::Flatten,
            KillState::Flatten | KillState::Halted => KillState::Halted,
        };
    }
}

/// Only what brings the position home, for a reason.
fn reduced(reason: Option<KillReason>) -> KillStatus {
    KillStatus { state: KillState::Reduce, reason }
}

/// Whether `equity` lies a share of `peak` below it, or more; the share is in percent of a millionth.
fn fell_by_share(peak: Usd, equity: Usd, share: i128) -> bool {
    i128::from(peak.e8()) * share <= i128::from((peak - equity).e8()) * PPM * PERCENT
}

/// Whether `equity` lies `limit_ppm` parts per million of `peak` below it, or more.
fn fell_by(peak: Usd, equity: Usd, limit_ppm: i128) -> bool {
    i128::from(peak.e8()) * limit_ppm <= i128::from((peak - equity).e8()) * PPM
}

#[cfg(test)]
mod tests;
