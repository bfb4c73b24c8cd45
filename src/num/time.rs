//! Two clocks that cannot be subtracted from each other, and the stamp that carries both.

use super::newtype::{additive, newtype, subtractive};
use std::ops::Add;

/// Nanoseconds in a millisecond.
pub const MS_NS: u64 = 1_000_000;
/// Nanoseconds in a second.
pub const SECOND_NS: u64 = 1_000 * MS_NS;
/// Nanoseconds in a minute.
pub const MINUTE_NS: u64 = 60 * SECOND_NS;
/// Milliseconds in a minute.
pub const MINUTE_MS: u64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
/// Milliseconds in a day.
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// The latest time that is believed: 13 digits of milliseconds, the year 2286.
pub const TIME_MAX_MS: u64 = 9_999_999_999_999;

newtype! {
    /// A span of time in nanoseconds.
    pub struct Nanos(u64): from_ns, ns;
    /// Our monotonic clock: nanoseconds since the session began.
    pub struct Mono(u64): from_ns, ns;
    /// Wall time, ours or the venue's: milliseconds since 1970 UTC.
    pub struct WallMs(u64): from_ms, ms;
}

/// When something reached us: both clocks, read together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Our monotonic clock: nanoseconds since the session began.
    pub mono: Mono,
    /// Our wall clock: milliseconds since 1970 UTC.
    pub wall: WallMs,
}

impl Nanos {
    /// A span of no time.
    pub const ZERO: Nanos = Nanos(0);

    /// A span from its length in milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Nanos {
        Nanos(ms * MS_NS)
    }

    /// A span from its length in seconds.
    #[must_use]
    pub const fn from_secs(s: u64) -> Nanos {
        Nanos(s * SECOND_NS)
    }

    /// In whole milliseconds, rounded down.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0 / MS_NS
    }
}

impl Mono {
    /// The beginning of the session.
    pub const START: Mono = Mono(0);

    /// Whole milliseconds since the session began.
    #[must_use]
    pub const fn ms(self) -> u64 {
        self.0 / MS_NS
    }

    /// The time since `earlier`; zero when that lies in the future.
    #[must_use]
    pub const fn since(self, earlier: Mono) -> Nanos {
        Nanos(self.0.saturating_sub(earlier.0))
    }
}

additive!(Nanos);
subtractive!(Nanos);

impl Add<Nanos> for Mono {
    type Output = Mono;
    fn add(self, by: Nanos) -> Mono {
        Mono(self.0 + by.0)
    }
}

impl WallMs {
    /// The time `ms` milliseconds after this one.
    #[must_use]
    pub const fn plus_ms(self, ms: u64) -> WallMs {
        WallMs(self.0 + ms)
    }

    /// Milliseconds since `earlier`, negative when that lies in the future.
    #[must_use]
    pub fn ms_since(self, earlier: WallMs) -> i64 {
        i64::try_from(i128::from(self.0) - i128::from(earlier.0))
            .expect("wall times are below 2^63 ms")
    }
}
