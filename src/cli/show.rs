//! What a running session shows: facts into a report, a line a second, the end in words or JSON.

use crate::journal::fact::{Fact, Turned};
use crate::market::KillState;
use crate::num::{Mono, Nanos, Stamp};
use crate::report::{Session, text};
use crate::session::live::cold::Observer;
use crate::session::state::latch::Latch;

/// A line is shown this often.
const LINE_EVERY: Nanos = Nanos::from_secs(1);
/// Lines between two legends.
const LEGEND_EVERY: u32 = 20;

/// Fills a report from the facts of a session.
pub struct ReportObserver {
    /// The report that the facts are put into.
    pub session: Session,
    /// Whether lines are shown.
    lines: bool,
    next_line: Mono,
    shown: u32,
    /// Where a halt is kept, so that it survives a restart.
    pub latch: Option<Latch>,
}

impl ReportObserver {
    /// Watches a session; shows a line a second if asked to.
    pub fn new(session: Session, lines: bool) -> ReportObserver {
        ReportObserver { session, lines, next_line: Mono::START, shown: 0, latch: None }
    }

    /// Enters a fact of a replayed session into the report; a halt of the past sets no latch.
    pub fn report_fact(&mut self, at: Stamp, fact: &Fact) {
        self.session.fact(at.mono, fact);
    }
}

impl Observer for ReportObserver {
    fn on_fact(&mut self, at: Stamp, fact: &Fact) {
        if let (Some(latch), Fact::Turned(Turned { to, .. })) = (&self.latch, fact)
            && KillState::Flatten <= to.state
            && let Err(why) = latch.set(&format!("{} by {}", to.state.name(), to.reason_name()))
        {
            self.on_notice(&format!("the halt could not be kept on disk: {why}"));
        }
        self.report_fact(at, fact);
    }

    fn on_time(&mut self, at: Stamp) {
        if !self.lines || at.mono < self.next_line {
            return;
        }
        self.next_line = at.mono + LINE_EVERY;
        if self.shown.is_multiple_of(LEGEND_EVERY) {
            say!("{}", text::legend());
        }
        self.shown += 1;
        say!("{}", text::line(&self.session));
    }

    fn on_notice(&mut self, words: &str) {
        say!("evenkeel: {words}");
    }
}
