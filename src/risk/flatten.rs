//! How a position is closed once the kill switch says so (MODEL 5): cancel, try as a maker, then
//! cross the spread ever deeper.

use crate::num::Bps;

/// The schedule of MODEL 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlattenConfig {
    /// How long the acknowledgements of the cancels are waited for.
    pub cancel_ms: u64,
    /// How long an order may rest at the touch.
    pub touch_ms: u64,
    /// The time between two orders that cross.
    pub cross_ms: u64,
    /// How far from fair the first of them reaches; each next one twice as far.
    pub reach_first: Bps,
    /// How far they reach at most, and at once when data are stale.
    pub reach_max: Bps,
}

impl Default for FlattenConfig {
    /// The schedule of MODEL 5.
    fn default() -> FlattenConfig {
        FlattenConfig {
            cancel_ms: 500,
            touch_ms: 2_000,
            cross_ms: 500,
            reach_first: Bps::from_int(10),
            reach_max: Bps::from_int(80),
        }
    }
}

/// What the schedule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlattenInputs {
    /// No order of ours rests or is in doubt.
    pub quiet: bool,
    /// Market data can be trusted.
    pub fresh: bool,
    /// The drawdown is too deep to wait for a maker's price.
    pub deep: bool,
    /// Nothing is left to close.
    pub flat: bool,
}

/// What to do at this moment. Sizes never exceed the position the venue reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlattenAction {
    /// Cancel every order that may rest.
    CancelAll,
    /// Wait: nothing is to be sent yet.
    Wait,
    /// Keep one reduce-only, post-only order at the touch.
    Join,
    /// Cancel what rests, and send one reduce-only order that fills at once or not at all.
    Cross {
        /// How far beyond the reference its limit lies.
        reach: Bps,
        /// What the limit is measured from.
        from: LimitReference,
    },
    /// The position is closed.
    Done,
}

/// What a limit is measured from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitReference {
    /// The fair price, while it is fresh.
    Fair,
    /// The last mark: the fair price is stale.
    Mark,
}

/// Where in the schedule we are. Each state knows when it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FlattenStage {
    Begun,
    Cancelling { since_ms: u64 },
    Joining { since_ms: u64 },
    Crossing { next_ms: u64, reach: Bps },
}

/// The schedule: pure, stepped at every event and wake until it says [`FlattenAction::Done`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flatten {
    config: FlattenConfig,
    stage: FlattenStage,
}

impl Flatten {
    /// The beginning: the first step cancels everything.
    #[must_use]
    pub fn begin(config: FlattenConfig) -> Flatten {
        assert!(Bps::ZERO < config.reach_first && config.reach_first <= config.reach_max);
        assert!(0 < config.cross_ms, "orders that cross would follow each other at once");
        Flatten { config, stage: FlattenStage::Begun }
    }

    /// What to do at `now_ms`, and the schedule from there on.
    #[must_use]
    pub fn step(self, now_ms: u64, inputs: &FlattenInputs) -> (Flatten, FlattenAction) {
        if self.stage == FlattenStage::Begun {
            let stage = FlattenStage::Cancelling { since_ms: now_ms };
            return (Flatten { stage, ..self }, FlattenAction::CancelAll);
        }
        if inputs.flat {
            return (self, FlattenAction::Done);
        }
        let stage = self.next(now_ms, inputs);
        let next = Flatten { stage, ..self };
        match stage {
            FlattenStage::Begun | FlattenStage::Cancelling { .. } => (next, FlattenAction::Wait),
            FlattenStage::Joining { .. } => (next, FlattenAction::Join),
            FlattenStage::Crossing { next_ms, .. } if now_ms < next_ms => {
                (next, FlattenAction::Wait)
            }
            FlattenStage::Crossing { reach, .. } => self.cross(now_ms, reach, inputs.fresh),
        }
    }

    fn next(&self, now_ms: u64, inputs: &FlattenInputs) -> FlattenStage {
        let patient = inputs.fresh && !inputs.deep;
        let crossing = FlattenStage::Crossing { next_ms: now_ms, reach: self.config.reach_first };
        match self.stage {
            FlattenStage::Cancelling { since_ms } => {
                let over = inputs.quiet || since_ms + self.config.cancel_ms <= now_ms;
                match (over, patient) {
                    (false, _) => self.stage,
                    (true, true) => FlattenStage::Joining { since_ms: now_ms },
                    (true, false) => crossing,
                }
            }
            FlattenStage::Joining { since_ms }
                if !patient || since_ms + self.config.touch_ms <= now_ms =>
            {
                crossing
            }
            FlattenStage::Begun | FlattenStage::Joining { .. } | FlattenStage::Crossing { .. } => {
                self.stage
            }
        }
    }

    /// Sends one order that crosses, and plans the next.
    fn cross(self, now_ms: u64, reach: Bps, fresh: bool) -> (Flatten, FlattenAction) {
        let most = self.config.reach_max;
        let (now, from) = if fresh {
            (reach.min(most), LimitReference::Fair)
        } else {
            (most, LimitReference::Mark)
        };
        let next_ms = now_ms + self.config.cross_ms;
        let stage = FlattenStage::Crossing { next_ms, reach: (reach + reach).min(most) };
        assert!(Bps::ZERO <= now && now <= most, "{now:?} is not a reach, of {most:?} at most");
        (Flatten { stage, ..self }, FlattenAction::Cross { reach: now, from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: FlattenInputs =
        FlattenInputs { quiet: false, fresh: true, deep: false, flat: false };

    fn cross(bps: i64, from: LimitReference) -> FlattenAction {
        FlattenAction::Cross { reach: Bps::from_int(bps), from }
    }

    /// Steps through rows of time, what is seen, what must be done.
    fn play(rows: &[(&str, u64, FlattenInputs, FlattenAction)]) {
        let mut flatten = Flatten::begin(FlattenConfig::default());
        for (what, at_ms, inputs, want) in rows {
            let (next, action) = flatten.step(*at_ms, inputs);
            assert_eq!(action, *want, "{what}, at {at_ms} ms");
            flatten = next;
        }
    }

    #[test]
    fn the_full_schedule_escalates() {
        use FlattenAction::{CancelAll, Done, Join, Wait};
        let quiet = FlattenInputs { quiet: true, ..CALM };
        let fair = LimitReference::Fair;
        play(&[
            ("at once", 0, CALM, CancelAll),
            ("the cancels are on their way", 499, CALM, Wait),
            ("no acknowledgement after half a second", 500, CALM, Join),
            ("still at the touch", 2_499, quiet, Join),
            ("two seconds of it", 2_500, CALM, cross(10, fair)),
            ("not yet", 2_999, CALM, Wait),
            ("twice as far", 3_000, CALM, cross(20, fair)),
            ("and again", 3_500, CALM, cross(40, fair)),
            ("the most", 4_000, CALM, cross(80, fair)),
            ("it stays there", 4_500, CALM, cross(80, fair)),
            ("the rest is dust", 4_501, FlattenInputs { flat: true, ..CALM }, Done),
        ]);
    }

    #[test]
    fn haste_and_blindness_skip_the_touch() {
        use FlattenAction::{CancelAll, Join};
        let quiet = FlattenInputs { quiet: true, ..CALM };
        let deep = FlattenInputs { deep: true, ..quiet };
        let blind = FlattenInputs { fresh: false, ..quiet };
        play(&[
            ("at once", 0, CALM, CancelAll),
            ("too deep to wait", 20, deep, cross(10, LimitReference::Fair)),
        ]);
        play(&[
            ("at once", 0, CALM, CancelAll),
            ("acknowledged", 30, quiet, Join),
            ("the data stop", 400, blind, cross(80, LimitReference::Mark)),
            ("they come back", 900, quiet, cross(20, LimitReference::Fair)),
        ]);
    }
}
