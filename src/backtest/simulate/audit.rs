//! What must hold after every event, by the venue's own truth and by the requests that were made.

use crate::engine::Engine;
use crate::market::{Action, Event, KillState, Place, Requests, TableParams, Tif};
use crate::num::{Mono, Nanos, Pos, Px, Side, Stamp};
use crate::session::crank::Strategy;
use crate::session::simulated::VenueTruth;
use std::collections::VecDeque;

/// Requests in any [`RATE_SPAN`] (I24).
const RATE_MAX: usize = 200;
const RATE_SPAN: Nanos = Nanos::from_secs(10);
/// An adding order must expire within this (I21).
const EXPIRES_WITHIN_MS: u64 = 3_000;
/// A closing order must, if it does.
const CLOSING_EXPIRES_WITHIN_MS: u64 = 5_000;
/// No order that takes is priced further than this from the true price, in percent (I25).
const CROSSING_PERCENT: i64 = 3;

/// Something that must hold and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name in RELIABILITY 3, such as `I4`.
    pub invariant: &'static str,
    /// When, since the run began, in milliseconds.
    pub at_ms: u64,
    /// What was seen instead.
    pub what: String,
}

/// An engine whose requests are looked at.
pub struct Audited {
    /// The engine whose requests are looked at.
    pub engine: Box<Engine>,
    /// When the run began, by the session's own clock.
    offset: Nanos,
    /// What did not hold.
    pub violations: Vec<Violation>,
    sent: VecDeque<Mono>,
    /// Orders of the last step that take.
    crossing: Vec<Place>,
}

impl Audited {
    /// An engine of a session that begins `offset` after the run.
    pub fn new(engine: Box<Engine>, offset: Nanos) -> Audited {
        Audited {
            engine,
            offset,
            violations: Vec::new(),
            sent: VecDeque::new(),
            crossing: Vec::new(),
        }
    }

    /// Notes that something did not hold; each invariant is told once a session.
    pub fn violate(&mut self, invariant: &'static str, at: Mono, what: String) {
        if self.violations.iter().all(|known| known.invariant != invariant) {
            let at_ms = self.offset.ms() + at.ms();
            self.violations.push(Violation { invariant, at_ms, what });
        }
    }

    /// Looks at the requests of a step.
    fn look(&mut self, at: Stamp, out: &Requests) {
        self.crossing.clear();
        let halted = KillState::Flatten <= self.engine.kill().state;
        self.sent.extend(out.iter().map(|_| at.mono));
        while self.sent.front().is_some_and(|&first| RATE_SPAN < at.mono.since(first)) {
            self.sent.pop_front();
        }
        if RATE_MAX < self.sent.len() {
            let what = format!("{} requests in 10 s", self.sent.len());
            self.violate("I24", at.mono, what);
        }
        for request in out {
            let places: Vec<&Place> = match &request.action {
                Action::Order(places) => places.iter().collect(),
                Action::Modify(to) => vec![&to.new],
                Action::BatchModify(all) => all.iter().map(|to| &to.new).collect(),
                Action::CancelByCloid(_)
                | Action::CancelByOid(_)
                | Action::ScheduleCancel(_)
                | Action::UpdateLeverage { .. }
                | Action::UpdateIsolatedMargin { .. }
                | Action::Noop => Vec::new(),
            };
            for place in places {
                self.look_at_order(at, place, request.expires.map(|until| until.ms()), halted);
            }
        }
    }

    fn look_at_order(&mut self, at: Stamp, place: &Place, expires_ms: Option<u64>, halted: bool) {
        if halted && !place.reduce_only {
            self.violate("I8", at.mono, format!("an adding order after the halt: {place:?}"));
        }
        if place.tif == Tif::Ioc {
            self.crossing.push(*place);
        }
        let within = if place.reduce_only { CLOSING_EXPIRES_WITHIN_MS } else { EXPIRES_WITHIN_MS };
        let late = expires_ms.map(|until| until.saturating_sub(at.wall.ms()));
        if late.is_none_or(|late| within < late) && !place.reduce_only {
            self.violate("I21", at.mono, format!("it may land {late:?} ms later: {place:?}"));
        }
        let exposed = self.engine.account().orders.list().iter();
        let crosses =
            exposed.filter(|other| other.place.side != place.side).any(|other| match place.side {
                Side::Bid => other.place.px <= place.px,
                Side::Ask => place.px <= other.place.px,
            });
        if crosses && place.tif == Tif::Alo && !place.reduce_only {
            self.violate("I3", at.mono, format!("it would match our own: {place:?}"));
        }
    }

    /// Orders of the last step that take.
    pub fn crossing(&self) -> &[Place] {
        &self.crossing
    }
}

/// What must hold by the venue's truth.
#[derive(Default)]
pub struct TruthAudit {
    /// The exposure that was there before, by side.
    exposure_before: [i64; 2],
    /// What did not hold.
    pub violations: Vec<Violation>,
}

impl TruthAudit {
    /// Compares with the venue's truth after a step, `at_ms` after the run began; `pos` is what the
    /// venue says we have.
    pub fn check(
        &mut self,
        at_ms: u64,
        strategy: &Audited,
        venue: &impl VenueTruth,
        pos: Pos,
        fair: Px,
    ) {
        let setup = strategy.engine.setup();
        let resting = venue.exchange().resting(venue.account().0, setup.spec.asset);
        let [bids, asks] = resting.map(|qty| qty.e8());
        let most = setup.sizing.position_max.e8();
        let exposure = [pos.e8() + bids, asks - pos.e8()];
        for (now, before) in exposure.into_iter().zip(self.exposure_before) {
            if most.max(before) < now {
                let what = format!("{now} of {most} in steps of 1e-8 could be held");
                self.violations.push(Violation { invariant: "I1", at_ms, what });
            }
        }
        self.exposure_before = exposure;
        for place in strategy.crossing() {
            let off = (place.px.e8() - fair.e8()) * place.side.sign();
            if CROSSING_PERCENT * fair.e8() < 100 * off {
                let what = format!("{place:?} while the price is {fair:?}");
                self.violations.push(Violation { invariant: "I25", at_ms, what });
            }
        }
    }
}

impl Strategy for Audited {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        self.engine.step(at, event, out);
        self.look(at, out);
    }

    fn wake(&self) -> Mono {
        self.engine.wake()
    }

    fn table_wish(&self, now: Mono) -> Option<TableParams> {
        self.engine.table_wish(now)
    }

    fn engine(&self) -> Option<&Engine> {
        Some(&self.engine)
    }

    fn must_sync(&self) -> bool {
        self.engine.must_sync()
    }

    fn stop_limit(&self) -> Nanos {
        self.engine.stop_limit()
    }

    fn is_done(&self) -> bool {
        self.engine.is_done()
    }
}
