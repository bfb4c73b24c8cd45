//! What a running session shows: facts into a report, a line a second, the end in words or JSON.

use crate::journal::fact::Fact;
use crate::num::{Mono, Nanos, Stamp};
use crate::report::{Session, text};
use crate::session::live::cold::Observer;

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
}

impl ReportObserver {
    /// Watches a session; shows a line a second if asked to.
    pub fn new(session: Session, lines: bool) -> ReportObserver {
        ReportObserver { session, lines, next_line: Mono::START, shown: 0 }
    }
}

impl Observer for ReportObserver {
    fn on_fact(&mut self, at: Stamp, fact: &Fact) {
        self.session.fact(at.mono, fact);
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
