//! The only place that reads clocks or sleeps.

use crate::num::{Mono, Nanos, Stamp, WallMs};
use std::time::{Duration, SystemTime};

/// The clocks of a session. Clones share the session's start, so every thread reads the same time.
///
/// ```
/// use evenkeel::host::Clock;
/// let clock = Clock::start();
/// let first = clock.stamp();
/// assert!(first <= clock.clone().stamp());
/// ```
#[derive(Clone, Debug)]
pub struct Clock {
    counter: quanta::Clock,
    start_raw: u64,
}

impl Clock {
    /// Begins a session. The first clock of a process measures the counter's frequency, which takes
    /// up to 200 ms: call it at start-up.
    pub fn start() -> Clock {
        let counter = quanta::Clock::new();
        let start_raw = read(&counter);
        Clock { counter, start_raw }
    }

    /// The processor's counter, in its own steps: the cheapest reading, for [`Clock::at`] and
    /// [`Clock::between`].
    pub fn raw(&self) -> u64 {
        read(&self.counter)
    }

    /// The time of a reading of [`Clock::raw`].
    pub fn at(&self, raw: u64) -> Mono {
        Mono::from_ns(self.counter.delta_as_nanos(self.start_raw, raw))
    }

    /// The time between two readings of [`Clock::raw`]; zero when they are the wrong way round.
    pub fn between(&self, from_raw: u64, to_raw: u64) -> Nanos {
        Nanos::from_ns(self.counter.delta_as_nanos(from_raw, to_raw))
    }

    /// Nanoseconds since the session began.
    pub fn mono(&self) -> Mono {
        self.at(self.raw())
    }

    /// The machine's wall clock; 0 when it is set before 1970.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn wall(&self) -> WallMs {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        WallMs::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// Both clocks, read right after each other.
    pub fn stamp(&self) -> Stamp {
        Stamp { mono: self.mono(), wall: self.wall() }
    }

    /// Puts the calling thread to sleep. Never called on the hot thread.
    #[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
    pub fn sleep(&self, span: Nanos) {
        std::thread::sleep(Duration::from_nanos(span.ns()));
    }
}

/// Reads the processor's counter, in its own steps.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the counter")]
fn read(counter: &quanta::Clock) -> u64 {
    counter.raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_never_go_back_and_clones_agree() {
        let clock = Clock::start();
        let twin = clock.clone();
        let mut last = Mono::START;
        for turn in 0..10_000 {
            let at = if turn % 2 == 0 { clock.mono() } else { twin.mono() };
            assert!(last <= at, "{last:?} then {at:?}");
            last = at;
        }
    }

    #[test]
    fn a_reading_from_before_the_session_is_its_start() {
        let clock = Clock::start();
        assert_eq!(clock.at(0), Mono::START);
        assert_eq!(clock.between(clock.raw(), 0), Nanos::ZERO);
    }

    #[test]
    fn a_day_of_steps_does_not_overflow() {
        let clock = Clock::start();
        let day_of_steps = 86_400 * 4_000_000_000;
        let at = clock.at(clock.start_raw + day_of_steps);
        assert!(Nanos::from_secs(3_600) < at.since(Mono::START), "{at:?}");
    }

    #[test]
    fn the_wall_clock_is_in_this_century() {
        let wall = Clock::start().wall();
        assert!((1_577_836_800_000..4_102_444_800_000).contains(&wall.ms()), "{wall:?}");
    }
}
