//! How a position is closed once the kill switch says so (MODEL 5): cancel, try as a maker, then
//! cross the spread ever deeper.

use crate::num::Bps;

/// How long the acknowledgements of the cancels are waited for (this and the others: MODEL 5).
const CANCEL_MS: u64 = 500;
/// How long an order may rest at the touch.
const TOUCH_MS: u64 = 2_000;
/// The time between two orders that cross.
const CROSS_MS: u64 = 500;
/// How far from fair the first of them reaches; each next one twice as far.
const REACH_FIRST: Bps = Bps::from_int(10);
/// How far they reach at most, and at once when data are stale.
const REACH_MAX: Bps = Bps::from_int(80);

// Orders that cross do not follow each other at once, and reach no farther than allowed.
const _: () = assert!(0 < CROSS_MS);
const _: () = assert!(0 < REACH_FIRST.ubps() && REACH_FIRST.ubps() <= REACH_MAX.ubps());

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FlattenStage {
    #[default]
    Begun,
    Cancelling {
        since_ms: u64,
    },
    Joining {
        since_ms: u64,
    },
    Crossing {
        next_ms: u64,
        reach: Bps,
    },
}

/// The schedule: pure, stepped at every event and wake until it says [`FlattenAction::Done`]. Its first
/// step cancels everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flatten {
    stage: FlattenStage,
}

impl Flatten {
    /// What to do at `now_ms`, and the schedule from there on.
    #[must_use]
    pub fn step(self, now_ms: u64, inputs: &FlattenInputs) -> (Flatten, FlattenAction) {
        if self.stage == FlattenStage::Begun {
            let stage = FlattenStage::Cancelling { since_ms: now_ms };
            return (Flatten { stage }, FlattenAction::CancelAll);
        }
        if inputs.flat {
            return (self, FlattenAction::Done);
        }
        let stage = self.next(now_ms, inputs);
        let next = Flatten { stage };
        match stage {
            FlattenStage::Begun | FlattenStage::Cancelling { .. } => (next, FlattenAction::Wait),
            FlattenStage::Joining { .. } => (next, FlattenAction::Join),
            FlattenStage::Crossing { next_ms, .. } if now_ms < next_ms => {
                (next, FlattenAction::Wait)
            }
            FlattenStage::Crossing { reach, .. } => cross(now_ms, reach, inputs.fresh),
        }
    }

    fn next(&self, now_ms: u64, inputs: &FlattenInputs) -> FlattenStage {
        let patient = inputs.fresh && !inputs.deep;
        let crossing = FlattenStage::Crossing { next_ms: now_ms, reach: REACH_FIRST };
        match self.stage {
            FlattenStage::Cancelling { since_ms } => {
                let over = inputs.quiet || since_ms + CANCEL_MS <= now_ms;
                match (over, patient) {
                    (false, _) => self.stage,
                    (true, true) => FlattenStage::Joining { since_ms: now_ms },
                    (true, false) => crossing,
                }
            }
            FlattenStage::Joining { since_ms } if !patient || since_ms + TOUCH_MS <= now_ms => {
                crossing
            }
            FlattenStage::Begun | FlattenStage::Joining { .. } | FlattenStage::Crossing { .. } => {
                self.stage
            }
        }
    }
}

/// Sends one order that crosses, and plans the next.
fn cross(now_ms: u64, reach: Bps, fresh: bool) -> (Flatten, FlattenAction) {
    let (now, from) = match fresh {
        true => (reach.min(REACH_MAX), LimitReference::Fair),
        false => (REACH_MAX, LimitReference::Mark),
    };
    let (next_ms, reach) = (now_ms + CROSS_MS, (reach + reach).min(REACH_MAX));
    assert!(Bps::ZERO <= now && now <= REACH_MAX, "{now:?} is no reach of {REACH_MAX:?} at most");
    let stage = FlattenStage::Crossing { next_ms, reach };
    (Flatten { stage }, FlattenAction::Cross { reach: now, from })
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
        let mut flatten = Flatten::default();
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
