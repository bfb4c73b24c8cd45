//! The dead-man's switch (PROTOCOL 11).

use crate::num::WallMs;
use crate::num::time::DAY_MS;
use crate::venue::reject::Reject;

/// A time must lie this far ahead.
const LEAD_MS: i64 = 5_000;
/// Triggers a UTC day.
const TRIGGERS_MAX: u32 = 10;

/// When everything of an account is to be cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Schedule {
    /// When it is to fire.
    pub(crate) at: Option<WallMs>,
    day: u64,
    triggers: u32,
}

impl Schedule {
    /// Sets or clears the time.
    ///
    /// # Errors
    /// It is less than 5 s ahead, or the day's triggers are spent.
    pub(crate) fn set(&mut self, at: Option<WallMs>, now: WallMs) -> Result<(), Reject> {
        if let Some(at) = at {
            if ahead_ms(at, now) < LEAD_MS {
                return Err(Reject::ScheduleEarly);
            }
            if self.day == now.ms() / DAY_MS && TRIGGERS_MAX <= self.triggers {
                return Err(Reject::ScheduleSpent);
            }
        }
        self.at = at;
        Ok(())
    }

    /// Whether the time has come; it is forgotten and counted then.
    pub(crate) fn fire(&mut self, now: WallMs) -> bool {
        if self.at.is_none_or(|at| now < at) {
            return false;
        }
        let day = now.ms() / DAY_MS;
        if self.day != day {
            (self.day, self.triggers) = (day, 0);
        }
        self.at = None;
        self.triggers += 1;
        true
    }
}

/// How far `at` lies ahead, for any `at` a client may send.
fn ahead_ms(at: WallMs, now: WallMs) -> i64 {
    WallMs::from_ms(at.ms().min(i64::MAX.unsigned_abs())).ms_since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_triggers_a_day_and_no_more() {
        let mut schedule = Schedule::default();
        let mut now = WallMs::from_ms(DAY_MS);
        assert_eq!(schedule.set(Some(now.plus_ms(4_999)), now), Err(Reject::ScheduleEarly));
        for _ in 0..TRIGGERS_MAX {
            assert_eq!(schedule.set(Some(now.plus_ms(5_000)), now), Ok(()));
            assert_eq!(schedule.set(Some(now.plus_ms(6_000)), now), Ok(()), "re-arming is free");
            assert!(!schedule.fire(now.plus_ms(5_999)));
            now = now.plus_ms(6_000);
            assert!(schedule.fire(now) && !schedule.fire(now), "once");
        }
        assert_eq!(schedule.set(Some(now.plus_ms(9_000)), now), Err(Reject::ScheduleSpent));
        assert_eq!(schedule.set(None, now), Ok(()), "clearing is always allowed");
        now = WallMs::from_ms(2 * DAY_MS);
        assert_eq!(schedule.set(Some(now.plus_ms(9_000)), now), Ok(()), "a day later");
    }
}
