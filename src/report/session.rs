//! One session as it is told: facts come in, in the order of their times; views of it go out.

use super::latency::Latency;
use super::ledger::{FillRow, Ledger, Opening, PnlParts};
use crate::journal::fact::{Fact, Filled, Turned};
use crate::market::Snapshot;
use crate::num::{Bps, Mono, Nanos, Pos, Px, Qty, Usd, WallMs};
use std::collections::BTreeMap;

/// Samples kept at most; when there are more, every second one goes and later ones come half as
/// often. A chart is some thousand pixels wide.
const SAMPLES_MAX: usize = 16_384;

/// What the session is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionInfo {
    /// The venue: `embedded`, `testnet`, `mainnet`, or a recording's name.
    pub venue: String,
    /// The coin, as the venue names it.
    pub coin: String,
    /// The simulated world, where there is one.
    pub world: Option<String>,
    /// When it began, by our wall clock.
    pub began: WallMs,
    /// The largest position allowed.
    pub position_max: Qty,
    /// The command that repeats it.
    pub command: String,
}

/// The session at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When the sample was taken.
    pub at: Mono,
    /// The middle of the spread.
    pub mid: Px,
    /// What we believed and quoted; all zeros before the first record of it.
    pub belief: Snapshot,
    /// Our position at that moment.
    pub pos: Pos,
    /// Account value at the mid.
    pub equity: Usd,
}

/// How the session ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionEnd {
    /// When the session ended.
    pub at: Mono,
    /// Why, as a sentence's end: `the time was up`.
    pub why: String,
    /// Our position as the venue sees it, when it was asked.
    pub venue_position: Option<Pos>,
    /// Account value as the venue sees it, when it was asked.
    pub venue_equity: Option<Usd>,
    /// Our orders that still rest.
    pub open_orders: Option<u64>,
    /// Signatures that the embedded exchange verified.
    pub signatures_verified: u64,
    /// Shift of the quotes' middle at the largest long position: negative.
    pub skew_at_max: Bps,
}

/// What we asked of the venue and what it refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestStats {
    /// Number of signed messages.
    pub requests: u64,
    /// Orders placed or replaced.
    pub orders: u64,
    /// Refusals, by the venue's text.
    pub rejects: BTreeMap<String, u64>,
}

/// One session as it is told: its facts gathered for text, JSON and HTML.
#[derive(Clone, Debug)]
pub struct Session {
    /// What it is about.
    pub info: SessionInfo,
    /// What we had when it began.
    pub opening: Opening,
    /// Messages to the venue and refusals.
    pub requests: RequestStats,
    /// Changes of the kill switch, oldest first.
    pub turns: Vec<(Mono, Turned)>,
    ledger: Ledger,
    belief: Snapshot,
    samples: Vec<Sample>,
    spacing: Nanos,
    tick_to_quote: Latency,
    now: Mono,
    funded: Usd,
    end: Option<SessionEnd>,
}

impl Session {
    /// A session about `info` that begins with `opening`.
    pub fn new(info: SessionInfo, opening: Opening) -> Session {
        Session {
            info,
            ledger: Ledger::new(opening),
            belief: Snapshot::default(),
            samples: Vec::new(),
            spacing: Nanos::ZERO,
            requests: RequestStats::default(),
            turns: Vec::new(),
            tick_to_quote: Latency::default(),
            opening,
            now: Mono::START,
            funded: Usd::ZERO,
            end: None,
        }
    }

    /// Takes a fact, as the journal has it. Facts of other coins are not told apart: a session has one.
    pub fn fact(&mut self, at: Mono, fact: &Fact) {
        match fact {
            Fact::Snapshot(snapshot) => self.snapshot(at, snapshot),
            Fact::Filled(filled) => self.fill(&fill_row(at, filled)),
            Fact::Turned(turned) => self.turns.push((at, *turned)),
            Fact::Refused(_) | Fact::Dropped(_) | Fact::End(_) => {}
        }
    }

    /// Takes what the engine believed after a step.
    fn snapshot(&mut self, at: Mono, snapshot: &Snapshot) {
        if Px::ZERO < snapshot.mid {
            self.ledger.mid(at, snapshot.mid);
        }
        if snapshot.funding != self.funded {
            self.ledger.funding(snapshot.funding - self.funded);
            self.funded = snapshot.funding;
        }
        self.belief = *snapshot;
        if Nanos::ZERO < snapshot.took {
            self.tick_to_quote(snapshot.took);
        }
        self.sample(at);
    }

    /// Takes the middle of the spread.
    pub fn mid(&mut self, at: Mono, mid: Px) {
        self.ledger.mid(at, mid);
        self.sample(at);
    }

    /// Takes a fill of ours.
    pub fn fill(&mut self, fill: &FillRow) {
        self.ledger.fill(fill);
        self.sample(fill.at);
    }

    /// Takes a refusal of the venue, in its words.
    #[cfg(test)]
    pub fn rejected(&mut self, text: &str) {
        *self.requests.rejects.entry(text.to_owned()).or_default() += 1;
    }

    /// Takes the time from a frame read to the request it caused, queued.
    pub fn tick_to_quote(&mut self, took: Nanos) {
        self.tick_to_quote.record(took);
    }

    /// Takes the end. Facts that come later still count.
    pub fn on_end(&mut self, end: SessionEnd) {
        self.now = self.now.max(end.at);
        self.end = Some(end);
    }

    /// The book of account.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Where the change of equity came from, at the last mid.
    pub fn parts(&self) -> PnlParts {
        self.ledger.parts_at_mid()
    }

    /// What the engine last believed and wanted; all zeros before it said.
    pub fn believed(&self) -> &Snapshot {
        &self.belief
    }

    /// The session over time, oldest first.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    /// Times from a frame to the request it caused.
    pub fn took(&self) -> &Latency {
        &self.tick_to_quote
    }

    /// The time of the last fact.
    pub fn now(&self) -> Mono {
        self.now
    }

    /// How it ended, when it has.
    pub fn end(&self) -> Option<&SessionEnd> {
        self.end.as_ref()
    }

    /// Keeps the state at `at`; a fact of the same moment replaces the one before.
    fn sample(&mut self, at: Mono) {
        self.now = self.now.max(at);
        let Some(mid) = self.ledger.last() else { return };
        let (pos, equity) = (self.ledger.pos(), self.ledger.equity());
        let sample = Sample { at: self.now, mid, belief: self.belief, pos, equity };
        let before = self.samples.len().checked_sub(2).and_then(|index| self.samples.get(index));
        let is_close = before.is_some_and(|before| self.now < before.at + self.spacing);
        match self.samples.last_mut() {
            Some(last) if last.at == self.now || is_close => *last = sample,
            Some(_) | None => self.samples.push(sample),
        }
        if SAMPLES_MAX < self.samples.len() {
            self.thin();
        }
    }

    /// Drops every second sample, and asks for twice their distance from then on.
    fn thin(&mut self) {
        let kept = self.samples.iter().step_by(2).copied().collect::<Vec<_>>();
        let count = u64::try_from(kept.len()).unwrap_or(u64::MAX).max(1);
        self.spacing = Nanos::from_ns(self.now.ns() / count);
        self.samples = kept;
    }
}

/// A price, unless it is the zero that stands for none.
pub fn known(px: Px) -> Option<Px> {
    (Px::ZERO < px).then_some(px)
}

fn fill_row(at: Mono, filled: &Filled) -> FillRow {
    let Filled { side, crossed, px, qty, fee, mid, .. } = *filled;
    FillRow { at, side, px, qty, fee, mid: known(mid).unwrap_or(px), crossed }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::field::FixedLayout;
    use crate::num::Side;

    fn px(e8: u64) -> Px {
        Px::from_e8(i64::try_from(e8).expect("small"))
    }

    #[test]
    fn a_long_session_keeps_a_bounded_picture_from_end_to_end() {
        let mut session = Session::new(SessionInfo::default(), Opening::default());
        let last = 5 * u64::try_from(SAMPLES_MAX).expect("small");
        for n in 0..=last {
            session.mid(Mono::from_ns(n * 1_000), px(1_000 + n));
        }
        let samples = session.samples();
        assert!(samples.len() <= SAMPLES_MAX && SAMPLES_MAX / 4 < samples.len());
        assert_eq!(samples[0].at, Mono::START);
        assert_eq!(samples[samples.len() - 1].mid, px(1_000 + last));
        assert!(samples.windows(2).all(|pair| pair[0].at < pair[1].at));
    }

    #[test]
    fn one_moment_is_one_sample_with_the_newest_state() {
        let mut session = Session::new(SessionInfo::default(), Opening::default());
        let at = Mono::from_ns(7);
        let leaning = Snapshot { skew: Bps::from_int(1), ..Snapshot::default() };
        session.fact(at, &Fact::Snapshot(leaning));
        assert!(session.samples().is_empty(), "nothing to show before the first price");
        session.mid(at, px(100));
        let (side, qty, fee) = (Side::Bid, Qty::from_e8(3), Usd::ZERO);
        session.fill(&FillRow { at, side, px: px(99), qty, fee, mid: px(100), crossed: false });
        session.fact(at, &Fact::Snapshot(Snapshot::default()));
        let [only] = session.samples() else { panic!("one sample") };
        assert_eq!((only.pos, only.belief.skew), (Pos::from_e8(3), Bps::ZERO));
    }

    #[test]
    fn facts_of_the_journal_are_facts_of_the_session() {
        let mut session = Session::new(SessionInfo::default(), Opening::default());
        let (mid, quote, took) = (px(100), [px(99), Px::ZERO], Nanos::from_ns(4));
        let seen = Snapshot { mid, quote, took, ..Snapshot::default() };
        session.fact(Mono::from_ns(1), &Fact::Snapshot(seen));
        let mut filled =
            Filled::take(&mut [0; Filled::BYTES].as_slice()).expect("zeros are a fill");
        (filled.px, filled.qty, filled.mid) = (px(99), Qty::from_e8(3), px(100));
        session.fact(Mono::from_ns(2), &Fact::Filled(filled));
        assert_eq!(session.believed().quote, [px(99), Px::ZERO]);
        assert_eq!((session.took().count(), session.ledger().pos().e8()), (1, 3));
        assert_eq!(session.samples().len(), 2);
    }
}
