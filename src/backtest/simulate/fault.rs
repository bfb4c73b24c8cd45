//! The kinds of fault that can be injected, and when a seed injects which.

use crate::num::Nanos;
use crate::venue::prng::{Prng, Purpose};

/// A kind of fault, as RELIABILITY 2 numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// F1: a connection is closed.
    Disconnect,
    /// F3: the market link is half-open: nothing arrives, in either direction.
    MarketHalfOpen,
    /// F4: the coin's books do not come, everything else does.
    BookSilent,
    /// F5: messages are late, by up to seconds.
    Delay,
    /// F6: messages come twice.
    Duplicate,
    /// F7: news of orders, of fills and answers overtake each other.
    Reorder,
    /// F8: messages about the account are lost.
    Loss,
    /// F9: messages are damaged.
    Corrupt,
    /// F12: orders are refused.
    Refusal,
    /// F13: answers are lost.
    LostAnswer,
    /// F14: executed orders are answered as refused.
    FalseRefusal,
    /// F15: requests are refused for their rate.
    RateLimit,
    /// F16: our clock of the day is off.
    ClockStep,
    /// F17: the venue is gone for half a minute.
    VenueDown,
    /// F20: books are crossed or one-sided.
    OddBook,
    /// F25: the process is killed and started again.
    Crash,
    /// F29: the orders link is refused, REST lives.
    OrdersRefused,
    /// F31: nothing can be written any more.
    DiskFull,
    /// F32: prices of one or all market streams are far off.
    Outlier,
    /// F33: venue times are off.
    VenueTime,
    /// F34: cancels are refused.
    CancelRefusal,
    /// F35: questions are answered by errors, or late.
    InfoFailure,
    /// F37: numbers are extreme.
    ExtremeNumber,
    /// F39: both connections end at once.
    Rotation,
    /// F40: a person stops the session.
    Stop,
}

/// How a kind occurs: its name, how often a run at most, how long, in milliseconds.
struct Occurrence {
    kind: FaultKind,
    name: &'static str,
    most: u64,
    least_ms: u64,
    most_ms: u64,
}

const fn row(
    kind: FaultKind,
    name: &'static str,
    most: u64,
    [least_ms, most_ms]: [u64; 2],
) -> Occurrence {
    Occurrence { kind, name, most, least_ms, most_ms }
}

/// All kinds that are injected.
const OCCURRENCES: [Occurrence; 25] = [
    row(FaultKind::Disconnect, "f01", 12, [0, 0]),
    row(FaultKind::MarketHalfOpen, "f03", 4, [1_000, 60_000]),
    row(FaultKind::BookSilent, "f04", 4, [1_000, 30_000]),
    row(FaultKind::Delay, "f05", 6, [2_000, 60_000]),
    row(FaultKind::Duplicate, "f06", 6, [5_000, 120_000]),
    row(FaultKind::Reorder, "f07", 6, [5_000, 120_000]),
    row(FaultKind::Loss, "f08", 4, [1_000, 20_000]),
    row(FaultKind::Corrupt, "f09", 4, [5_000, 60_000]),
    row(FaultKind::Refusal, "f12", 4, [1_000, 30_000]),
    row(FaultKind::LostAnswer, "f13", 4, [1_000, 30_000]),
    row(FaultKind::FalseRefusal, "f14", 4, [1_000, 30_000]),
    row(FaultKind::RateLimit, "f15", 2, [1_000, 60_000]),
    row(FaultKind::ClockStep, "f16", 1, [10_000, 120_000]),
    row(FaultKind::VenueDown, "f17", 1, [10_000, 30_000]),
    row(FaultKind::OddBook, "f20", 4, [500, 5_000]),
    row(FaultKind::Crash, "f25", 2, [0, 0]),
    row(FaultKind::OrdersRefused, "f29", 4, [500, 60_000]),
    row(FaultKind::DiskFull, "f31", 1, [1_000, 60_000]),
    row(FaultKind::Outlier, "f32", 5, [50, 10_000]),
    row(FaultKind::VenueTime, "f33", 2, [50, 60_000]),
    row(FaultKind::CancelRefusal, "f34", 4, [1_000, 60_000]),
    row(FaultKind::InfoFailure, "f35", 4, [1_000, 30_000]),
    row(FaultKind::ExtremeNumber, "f37", 4, [1_000, 10_000]),
    row(FaultKind::Rotation, "f39", 3, [0, 0]),
    row(FaultKind::Stop, "f40", 1, [0, 0]),
];

impl FaultKind {
    /// Its name in figures and flags.
    pub fn name(self) -> &'static str {
        let row = OCCURRENCES.iter().find(|row| row.kind == self);
        row.expect("every kind has a row").name
    }

    /// The kind of a name.
    pub fn named(name: &str) -> Option<FaultKind> {
        OCCURRENCES.iter().find(|row| row.name == name).map(|row| row.kind)
    }

    /// All kinds that are injected.
    pub fn all() -> impl Iterator<Item = FaultKind> {
        OCCURRENCES.iter().map(|row| row.kind)
    }
}

/// How many faults a seed has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A random few of them.
    Mixed,
    /// All kinds, as often as each may be.
    Storm,
    /// One kind alone, as often as it may be.
    Only(FaultKind),
    /// None: what the session is without them.
    Calm,
}

/// A fault and when it holds, from the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InjectedFault {
    pub kind: FaultKind,
    pub from: Nanos,
    pub until: Nanos,
    /// Chooses among the variants of its kind.
    pub variant: u64,
}

impl InjectedFault {
    /// Whether it holds at a time.
    pub fn holds(&self, at: Nanos) -> bool {
        self.from <= at && at < self.until
    }
}

/// Before this nothing fails: the session begins.
const QUIET_START: Nanos = Nanos::from_secs(20);
/// A kind takes part in a mixed run once in so many.
const TAKES_PART: u64 = 5;

/// The faults of a seed that begin and end before `end`, in the order of their beginnings.
pub fn plan(seed: u64, profile: Profile, end: Nanos) -> Vec<InjectedFault> {
    let mut prng = Prng::new(seed, Purpose::Faults);
    let mut faults = Vec::new();
    for row in &OCCURRENCES {
        let takes_part = prng.below(TAKES_PART) == 0;
        let count = match profile {
            Profile::Mixed if takes_part => 1 + prng.below(row.most),
            Profile::Storm => row.most,
            Profile::Only(kind) if kind == row.kind => row.most,
            Profile::Mixed | Profile::Only(_) | Profile::Calm => 0,
        };
        for _ in 0..count {
            let length_ms = row.least_ms + prng.below(row.most_ms - row.least_ms + 1);
            let room_ms = end.ms().saturating_sub(QUIET_START.ms() + length_ms).max(1);
            let from = QUIET_START + Nanos::from_millis(prng.below(room_ms));
            let (until, variant) = (from + Nanos::from_millis(length_ms), prng.bits());
            faults.push(InjectedFault { kind: row.kind, from, until, variant });
        }
    }
    faults.sort_by_key(|fault| (fault.from, fault.kind));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_repeat_and_differ_and_stay_within_their_time() {
        let end = Nanos::from_secs(540);
        let once = plan(7, Profile::Mixed, end);
        assert_eq!(once, plan(7, Profile::Mixed, end));
        assert_ne!(once, plan(8, Profile::Mixed, end));
        for seed in 0..50 {
            let storm = plan(seed, Profile::Storm, end);
            assert!(storm.iter().all(|fault| QUIET_START <= fault.from && fault.until <= end));
            assert!(FaultKind::all().all(|kind| storm.iter().any(|fault| fault.kind == kind)));
        }
        assert!(plan(1, Profile::Calm, end).is_empty());
    }

    #[test]
    fn kinds_have_names_of_their_own() {
        for kind in FaultKind::all() {
            assert_eq!(FaultKind::named(kind.name()), Some(kind));
        }
        assert_eq!(FaultKind::named("f99"), None);
    }
}
