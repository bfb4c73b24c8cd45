//! Whether requests leave in time: the 99th percentile of tick-to-quote, as MODEL 5 limits it.

use crate::num::{Mono, Nanos};

/// The percentile must not lie above this (MODEL 5).
const LIMIT: Nanos = Nanos::from_millis(50);
/// One request in so many may be later.
const ONE_IN: u64 = 100;
/// It is measured over this time.
const SPAN: Nanos = Nanos::from_secs(1);
/// What was measured counts for this long while nothing is sent.
const FORGOTTEN: Nanos = Nanos::from_secs(10);

/// The requests of the running second, and what the last one showed.
#[derive(Clone, Copy, Debug, Default)]
pub struct T2qMonitor {
    until: Mono,
    sent: u64,
    late: u64,
    last: Mono,
    slow: bool,
    has_changed: bool,
}

impl T2qMonitor {
    /// A message has caused requests, the last of which was queued after `took`.
    pub fn record(&mut self, at: Mono, took: Nanos) {
        self.sent += 1;
        self.late += u64::from(LIMIT < took);
        self.last = at;
    }

    /// Looks at what was measured, once a second.
    pub fn step(&mut self, now: Mono) {
        if now < self.until {
            return;
        }
        let slow = match self.sent {
            0 => self.slow && now.since(self.last) < FORGOTTEN,
            sent => sent < ONE_IN * self.late,
        };
        self.has_changed |= slow != self.slow;
        (self.until, self.sent, self.late, self.slow) = (now + SPAN, 0, 0, slow);
    }

    /// Whether requests leave too late, when that has changed since it was last asked.
    pub fn changed(&mut self) -> Option<bool> {
        std::mem::take(&mut self.has_changed).then_some(self.slow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_one_late_request_in_a_hundred_is_slow() {
        // what, requests in time, late ones, what is told a second later
        let rows = [
            ("nothing sent", 0, 0, None),
            ("all in time", 500, 0, None),
            ("one in a hundred", 99, 1, None),
            ("two in a hundred", 98, 2, Some(true)),
            ("the same again", 0, 1, None),
            ("nothing for a while", 0, 0, None),
            ("in time", 3, 0, Some(false)),
            ("one, and late", 0, 1, Some(true)),
        ];
        let mut pulse = T2qMonitor::default();
        let mut now = Mono::START;
        for (what, punctual, late, told) in rows {
            (0..punctual).for_each(|_| pulse.record(now, LIMIT));
            (0..late).for_each(|_| pulse.record(now, LIMIT + Nanos::from_ns(1)));
            now = now + SPAN;
            pulse.step(now);
            assert_eq!(pulse.changed(), told, "{what}");
            assert_eq!(pulse.changed(), None, "{what}: told once");
        }
        for second in 1..=10 {
            now = now + SPAN;
            pulse.step(now);
            assert_eq!(pulse.changed(), (second == 9).then_some(false), "{second} s of silence");
        }
    }
}
