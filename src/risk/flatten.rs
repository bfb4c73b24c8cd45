//! How a position is closed (MODEL 5.2, 5.7): cancel, try as a maker, then cross the spread ever deeper,
//! as far as there is somebody to trade with.

use crate::num::Bps;

/// How long the acknowledgements of the cancels are waited for (this and the others: MODEL 5.2).
const CANCEL_MS: u64 = 500;
/// How long an order may rest at the touch, from its acknowledgement on.
const TOUCH_MS: u64 = 3_000;
/// After so long nobody waits for the answer to an order.
const ANSWER_MS: u64 = 1_500;
/// The least time between two orders at the touch, and after a miss beyond the ladder.
const PACE_MS: u64 = 500;
/// How long the price may be in doubt before patience is over (MODEL 5.7).
const BLIND_MS: u64 = 120_000;
/// Where only post-only orders are taken, so often something is asked of the venue; as often without
/// data, once the ladder has found nobody.
const WINDOW_MS: u64 = 5_000;
/// In such a market, one turn in so many looks whether it has ended.
const PROBE_EVERY: u32 = 2;
/// How long after the first refusal the next order goes; each next one half as much longer.
const PAUSE_MS: u64 = 500;
/// The longest such wait; at once for want of budget.
const PAUSE_MAX_MS: u64 = 10_000;
/// How far from the trusted price the first of them reaches; each next one twice as far.
const REACH_FIRST: Bps = Bps::from_int(10);
/// How far the ladder reaches at most, and at once when data are stale.
const REACH_MAX: Bps = Bps::from_int(80);
/// So many that found nobody end the ladder: the limit follows the touch.
const LADDER_MISSES: u32 = 6;
/// So many orders go without an expiry once one has expired on its way.
const BARE_ORDERS: u8 = 2;

// Waits end, and orders that cross reach no farther than allowed.
const _: () = assert!(0 < PACE_MS && 0 < PAUSE_MS && PAUSE_MS <= PAUSE_MAX_MS);
const _: () = assert!(0 < REACH_FIRST.ubps() && REACH_FIRST.ubps() <= REACH_MAX.ubps());
const _: () = assert!(LADDER_MISSES < u64::BITS && 1 < PROBE_EVERY);

/// The settings of a closing (MODEL 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct FlattenConfig {
    /// How far from the trusted price, or the mark, an order that crosses may follow the touch.
    pub reach_max: Bps,
}

impl Default for FlattenConfig {
    /// The schedule's values of MODEL 5.2.
    fn default() -> FlattenConfig {
        FlattenConfig { reach_max: Bps::from_int(300) }
    }
}

/// Where our orders stand, as far as closing is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosingOrder {
    /// No order of ours rests or is in doubt.
    None,
    /// Something was asked and is not answered, or is in doubt.
    UnderWay,
    /// The whole position rests at the touch, and nothing else of ours does.
    AtTouch,
    /// Something rests that is not where it should be.
    Elsewhere,
}

/// What the venue answered to orders so far, counted over the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClosingAnswers {
    /// An order that fills at once or not at all found nobody.
    pub no_match: u64,
    /// Only post-only orders are taken.
    pub post_only: u64,
    /// An order expired on its way.
    pub expired: u64,
    /// The request budget was short.
    pub rate_limited: u64,
    /// Refused for another reason.
    pub refused: u64,
}

impl ClosingAnswers {
    fn sum(&self) -> u64 {
        self.no_match + self.post_only + self.expired + self.rate_limited + self.refused
    }
}

/// What the schedule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlattenInputs {
    /// Where our orders stand.
    pub closing: ClosingOrder,
    /// Market data are young.
    pub fresh: bool,
    /// The newest price is confirmed.
    pub trusted: bool,
    /// The drawdown is too deep to wait for a maker's price.
    pub deep: bool,
    /// Nothing is left to close.
    pub flat: bool,
    /// The opposite touch lies within reach of what can be trusted.
    pub near: bool,
    /// What the venue answered so far.
    pub answers: ClosingAnswers,
}

/// What to do at this moment. Sizes never exceed the position the venue reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlattenAction {
    /// Cancel every order that may rest.
    CancelAll,
    /// Wait: nothing is to be sent yet.
    Wait,
    /// Place one reduce-only, post-only order at the touch.
    Join {
        /// Whether the order expires.
        expires: bool,
    },
    /// Send one reduce-only order that fills at once or not at all.
    Cross {
        /// Where its limit lies.
        limit: CrossLimit,
        /// Whether the order expires.
        expires: bool,
        /// Whether what rests stays: it is only tried whether the venue takes such orders.
        probe: bool,
    },
    /// The position is closed.
    Done,
}

/// Where the limit of an order that crosses lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrossLimit {
    /// So far beyond the trusted price.
    Fair(Bps),
    /// So far beyond the last mark: the data are stale.
    Mark(Bps),
    /// At the opposite touch.
    Touch,
}

/// Where in the schedule we are. Each state knows when it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum FlattenStage {
    #[default]
    Begun,
    /// At the touch, as long as patience lasts: a stop.
    Patient {
        left_ms: u64,
        blind_ms: u64,
        at_ms: Option<u64>,
    },
    Cancelling {
        since_ms: u64,
    },
    Joining {
        since_ms: u64,
        rested_ms: Option<u64>,
    },
    Crossing {
        misses: u32,
        sent_ms: Option<u64>,
    },
    /// Only post-only orders are taken.
    Window {
        next_ms: u64,
        turn: u32,
        probed: Option<u64>,
    },
}

/// The schedule: pure, stepped at every event and wake until it says [`FlattenAction::Done`]. Its first
/// step cancels everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flatten {
    stage: FlattenStage,
    seen: Option<ClosingAnswers>,
    /// Nothing is placed before.
    free_ms: u64,
    pause_ms: u64,
    /// Orders that are to go without an expiry.
    bare: u8,
}

impl Default for Flatten {
    fn default() -> Flatten {
        let stage = FlattenStage::Begun;
        Flatten { stage, seen: None, free_ms: 0, pause_ms: PAUSE_MS, bare: 0 }
    }
}

impl Flatten {
    /// A stop: at the touch for `patience_ms` of a price that can be trusted, then the whole schedule.
    #[must_use]
    pub fn patient(patience_ms: u64) -> Flatten {
        let stage = FlattenStage::Patient { left_ms: patience_ms, blind_ms: 0, at_ms: None };
        Flatten { stage, ..Flatten::default() }
    }

    /// Whether it still waits for a maker's price as long as a stop may.
    #[must_use]
    pub fn is_patient(&self) -> bool {
        matches!(self.stage, FlattenStage::Patient { .. })
    }

    /// What to do at `now_ms`, and the schedule from there on.
    #[must_use]
    pub fn step(mut self, now_ms: u64, inputs: &FlattenInputs) -> (Flatten, FlattenAction) {
        let heard = self.hear(now_ms, &inputs.answers);
        let action = self.act(now_ms, inputs, heard);
        match action {
            FlattenAction::Join { .. } | FlattenAction::Cross { .. } => {
                self.bare = self.bare.saturating_sub(1);
            }
            FlattenAction::CancelAll | FlattenAction::Wait | FlattenAction::Done => {}
        }
        let is_ours = matches!(action, FlattenAction::Done) <= inputs.flat;
        assert!(is_ours, "done, and not flat: {self:?}");
        assert!(self.pause_ms <= PAUSE_MAX_MS, "too long a pause: {self:?}");
        (self, action)
    }

    /// Takes what the venue has answered since the last step: what it refuses is asked less often.
    fn hear(&mut self, now_ms: u64, answers: &ClosingAnswers) -> ClosingAnswers {
        let before = self.seen.replace(*answers).unwrap_or(*answers);
        assert!(before.sum() <= answers.sum(), "an answer was taken back: {before:?}, {answers:?}");
        let heard = ClosingAnswers {
            no_match: answers.no_match - before.no_match,
            post_only: answers.post_only - before.post_only,
            expired: answers.expired - before.expired,
            rate_limited: answers.rate_limited - before.rate_limited,
            refused: answers.refused - before.refused,
        };
        if 0 < heard.expired {
            self.bare = BARE_ORDERS;
        }
        if 0 < heard.refused {
            self.free_ms = now_ms + self.pause_ms;
            self.pause_ms = (self.pause_ms + self.pause_ms / 2).min(PAUSE_MAX_MS);
        } else if 0 < heard.no_match {
            self.pause_ms = PAUSE_MS; // No refusal.
        }
        if 0 < heard.rate_limited {
            self.free_ms = now_ms + PAUSE_MAX_MS;
        }
        heard
    }

    fn act(&mut self, now_ms: u64, inputs: &FlattenInputs, heard: ClosingAnswers) -> FlattenAction {
        if inputs.flat && self.stage != FlattenStage::Begun {
            return FlattenAction::Done;
        }
        let patient = inputs.fresh && inputs.trusted && !inputs.deep;
        match self.stage {
            FlattenStage::Begun => {
                self.stage = FlattenStage::Cancelling { since_ms: now_ms };
                FlattenAction::CancelAll
            }
            FlattenStage::Patient { left_ms, blind_ms, at_ms } => {
                self.wait_patiently(now_ms, inputs, [left_ms, blind_ms], at_ms)
            }
            FlattenStage::Cancelling { since_ms } => {
                let quiet = inputs.closing == ClosingOrder::None;
                match (quiet || since_ms + CANCEL_MS <= now_ms, patient) {
                    (false, _) => FlattenAction::Wait,
                    (true, true) => {
                        self.stage = FlattenStage::Joining { since_ms: now_ms, rested_ms: None };
                        self.join(now_ms, inputs.closing)
                    }
                    (true, false) => self.begin_crossing(now_ms, inputs),
                }
            }
            FlattenStage::Joining { since_ms, rested_ms } => {
                let rests = inputs.closing == ClosingOrder::AtTouch;
                let rested_ms = rested_ms.or_else(|| rests.then_some(now_ms));
                let over_ms = rested_ms.unwrap_or(since_ms + ANSWER_MS) + TOUCH_MS;
                if !patient || over_ms <= now_ms {
                    return self.begin_crossing(now_ms, inputs);
                }
                self.stage = FlattenStage::Joining { since_ms, rested_ms };
                self.join(now_ms, inputs.closing)
            }
            FlattenStage::Crossing { .. } if 0 < heard.post_only => {
                self.stage = FlattenStage::Window { next_ms: now_ms, turn: 0, probed: None };
                self.pass_window(now_ms, inputs)
            }
            FlattenStage::Crossing { misses, sent_ms } => {
                let missed = u32::try_from(heard.no_match).unwrap_or(u32::MAX);
                let misses = misses.saturating_add(missed);
                if 0 < missed && LADDER_MISSES < misses {
                    let pace_ms = if inputs.fresh { PACE_MS } else { WINDOW_MS };
                    self.free_ms = self.free_ms.max(now_ms + pace_ms);
                }
                self.stage = FlattenStage::Crossing { misses, sent_ms };
                self.cross(now_ms, inputs)
            }
            FlattenStage::Window { .. } => self.pass_window(now_ms, inputs),
        }
    }

    /// At the touch while the price can be trusted; patience stands still while it cannot.
    fn wait_patiently(
        &mut self,
        now_ms: u64,
        inputs: &FlattenInputs,
        [left_ms, blind_ms]: [u64; 2],
        at_ms: Option<u64>,
    ) -> FlattenAction {
        assert!(at_ms.is_none_or(|at_ms| at_ms <= now_ms), "time runs backward: {self:?}");
        let passed_ms = at_ms.map_or(0, |at_ms| now_ms - at_ms);
        let sees = inputs.fresh && inputs.trusted;
        let (left_ms, blind_ms) = match sees {
            true => (left_ms.saturating_sub(passed_ms), blind_ms),
            false => (left_ms, blind_ms + passed_ms),
        };
        if left_ms == 0 || BLIND_MS <= blind_ms {
            self.stage = FlattenStage::Cancelling { since_ms: now_ms };
            return FlattenAction::CancelAll;
        }
        self.stage = FlattenStage::Patient { left_ms, blind_ms, at_ms: Some(now_ms) };
        match sees && at_ms.is_some() {
            true => self.join(now_ms, inputs.closing),
            false => FlattenAction::CancelAll, // The first step, or blind.
        }
    }

    /// Has the whole position rest at the touch, and moves it not too often.
    fn join(&mut self, now_ms: u64, closing: ClosingOrder) -> FlattenAction {
        match closing {
            ClosingOrder::UnderWay => FlattenAction::Wait,
            ClosingOrder::AtTouch => {
                self.pause_ms = PAUSE_MS;
                FlattenAction::Wait
            }
            ClosingOrder::None | ClosingOrder::Elsewhere if now_ms < self.free_ms => {
                FlattenAction::Wait
            }
            ClosingOrder::Elsewhere => FlattenAction::CancelAll,
            ClosingOrder::None => {
                self.free_ms = now_ms + PACE_MS;
                FlattenAction::Join { expires: self.bare == 0 }
            }
        }
    }

    fn begin_crossing(&mut self, now_ms: u64, inputs: &FlattenInputs) -> FlattenAction {
        self.stage = FlattenStage::Crossing { misses: 0, sent_ms: None };
        self.free_ms = self.free_ms.min(now_ms); // The pace of the touch is not that of the ladder.
        self.cross(now_ms, inputs)
    }

    /// One order that crosses after the other, each when the last is answered or too old.
    fn cross(&mut self, now_ms: u64, inputs: &FlattenInputs) -> FlattenAction {
        let FlattenStage::Crossing { misses, sent_ms } = self.stage else {
            unreachable!("it crosses");
        };
        let quiet = inputs.closing == ClosingOrder::None;
        let awaited = sent_ms.is_some_and(|sent_ms| !quiet && now_ms < sent_ms + ANSWER_MS);
        let ladder = misses < LADDER_MISSES;
        if !ladder && inputs.fresh && !inputs.near {
            self.stage = FlattenStage::Crossing { misses, sent_ms: None };
            return self.join(now_ms, inputs.closing);
        }
        if awaited || now_ms < self.free_ms {
            return FlattenAction::Wait;
        }
        let reach = Bps::from_ubps(REACH_FIRST.ubps() << misses.min(LADDER_MISSES)).min(REACH_MAX);
        let limit = match (inputs.fresh, ladder) {
            (false, _) => CrossLimit::Mark(REACH_MAX),
            (true, true) => CrossLimit::Fair(reach),
            (true, false) => CrossLimit::Touch,
        };
        assert!(Bps::ZERO < reach && reach <= REACH_MAX, "{reach:?} is no reach of the ladder");
        self.stage = FlattenStage::Crossing { misses, sent_ms: Some(now_ms) };
        FlattenAction::Cross { limit, expires: self.bare == 0, probe: false }
    }

    /// Rests at the touch with one request in five seconds, and tries now and then whether orders that
    /// cross are taken again.
    fn pass_window(&mut self, now_ms: u64, inputs: &FlattenInputs) -> FlattenAction {
        let FlattenStage::Window { next_ms, turn, probed } = self.stage else {
            unreachable!("only post-only orders are taken");
        };
        if now_ms < next_ms.max(self.free_ms) {
            return FlattenAction::Wait;
        }
        let post_only = inputs.answers.post_only;
        if probed == Some(post_only) {
            return self.begin_crossing(now_ms, inputs);
        }
        let probe = turn % PROBE_EVERY == PROBE_EVERY - 1;
        self.stage = FlattenStage::Window {
            next_ms: now_ms + WINDOW_MS,
            turn: turn + 1,
            probed: probe.then_some(post_only),
        };
        if probe {
            let limit = CrossLimit::Fair(REACH_FIRST);
            return FlattenAction::Cross { limit, expires: self.bare == 0, probe };
        }
        self.join(now_ms, inputs.closing)
    }
}

#[cfg(test)]
mod tests;
