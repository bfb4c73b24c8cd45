//! The address budget: requests for volume traded (PROTOCOL 10.2).

use crate::num::time::MINUTE_MS;
use crate::num::unit::E8;
use crate::num::{Usd, WallMs};
use crate::venue::reject::Reject;
use std::collections::VecDeque;

/// An address over its budget may act once in this time.
const OVERDRAFT_MS: i64 = 10_000;
/// Cancels have their own limit: this many more, at most twice the limit.
const CANCEL_EXTRA: u64 = 100_000;
/// Minutes of an hour.
const HOUR_MINUTES: u64 = 60;

/// The address budget of an account (PROTOCOL 9.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimitView {
    /// Requests ever used, whether they still count or not.
    pub ever: u64,
    /// Dollars traded over the account's life.
    pub volume: Usd,
    /// Requests used, as they count at present.
    pub used: u64,
    /// Requests granted, as they count at present.
    pub cap: u64,
}

/// What an address has used and earned.
#[derive(Clone, Debug)]
pub(crate) struct AddressBudget {
    initial: u64,
    volume: Usd,
    used: u64,
    /// When it last acted over its budget.
    overdraft: Option<WallMs>,
    /// Minutes of the last hour, where only they count.
    hour: Option<VecDeque<Minute>>,
}

/// What a minute brought.
#[derive(Clone, Copy, Debug)]
struct Minute {
    number: u64,
    volume: Usd,
    used: u64,
}

impl AddressBudget {
    /// Nothing used; `hourly` lets volume and requests count for an hour only.
    pub(crate) fn new(initial: u64, hourly: bool) -> AddressBudget {
        let hour = hourly.then(VecDeque::new);
        AddressBudget { initial, volume: Usd::ZERO, used: 0, overdraft: None, hour }
    }

    /// All that was ever traded.
    pub(crate) fn volume(&self) -> Usd {
        self.volume
    }

    /// What it tells its account.
    pub(crate) fn view(&self) -> RateLimitView {
        let (used, cap) = self.state();
        RateLimitView { ever: self.used, volume: self.volume, used, cap }
    }

    /// Requests used and allowed, as they count at present.
    fn state(&self) -> (u64, u64) {
        let (volume, used) = match &self.hour {
            None => (self.volume, self.used),
            Some(hour) => hour.iter().fold((Usd::ZERO, 0), |(volume, used), minute| {
                (volume + minute.volume, used + minute.used)
            }),
        };
        let dollars = (volume.e8() / E8).unsigned_abs();
        (used, self.initial + dollars)
    }

    /// Adds traded dollars to the volume that earns requests.
    pub(crate) fn earn(&mut self, at: WallMs, volume: Usd) {
        self.volume += volume;
        if let Some(minute) = self.minute(at) {
            minute.volume += volume;
        }
    }

    /// Counts requests that were not refused.
    pub(crate) fn count(&mut self, at: WallMs, requests: u64) {
        self.used += requests;
        if let Some(minute) = self.minute(at) {
            minute.used += requests;
        }
    }

    /// Counts `requests` if the budget allows them; cancels have a higher limit.
    ///
    /// # Errors
    /// The budget is used up, and the last action beyond it was less than 10 s ago.
    pub(crate) fn spend(&mut self, at: WallMs, requests: u64, cancel: bool) -> Result<(), Reject> {
        self.minute(at);
        let (used, limit) = self.state();
        let cap = if cancel { (limit + CANCEL_EXTRA).min(2 * limit) } else { limit };
        if cap < used + requests {
            if self.overdraft.is_some_and(|last| at.ms_since(last) < OVERDRAFT_MS) {
                let volume = self.volume;
                return Err(Reject::TooManyRequests { used: used + requests, cap, volume });
            }
            self.overdraft = Some(at);
        }
        self.count(at, requests);
        Ok(())
    }

    /// The running minute, after those older than an hour were dropped.
    fn minute(&mut self, at: WallMs) -> Option<&mut Minute> {
        let number = at.ms() / MINUTE_MS;
        let hour = self.hour.as_mut()?;
        while hour.front().is_some_and(|minute| minute.number + HOUR_MINUTES <= number) {
            hour.pop_front();
        }
        if hour.back().is_none_or(|minute| minute.number < number) {
            hour.push_back(Minute { number, volume: Usd::ZERO, used: 0 });
        }
        hour.back_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: u64) -> WallMs {
        WallMs::from_ms(s * 1_000)
    }

    #[test]
    fn over_budget_one_action_in_ten_seconds() {
        let mut budget = AddressBudget::new(2, false);
        // what, at, requests, cancel, fits
        let rows = [
            ("within", 0, 2, false, true),
            ("over: the first is granted", 1, 1, false, true),
            ("over again", 5, 1, false, false),
            ("a refusal does not restart the wait", 10, 1, false, false),
            ("ten seconds on", 11, 1, false, true),
            ("cancels have twice the limit", 12, 0, true, true),
            ("and then no more", 13, 1, true, false),
        ];
        for (what, s, requests, cancel, fits) in rows {
            assert_eq!(budget.spend(at(s), requests, cancel).is_ok(), fits, "{what}");
        }
        assert_eq!(budget.state(), (4, 2), "refused ones do not count");
        budget.earn(at(20), Usd::from_e8(5 * E8 + E8 / 2));
        assert_eq!(budget.state(), (4, 7), "a request a dollar, rounded down");
    }

    #[test]
    fn an_hourly_budget_forgets() {
        let mut budget = AddressBudget::new(0, true);
        budget.earn(at(0), Usd::from_e8(3 * E8));
        assert_eq!(budget.spend(at(1), 3, false), Ok(()));
        assert_eq!(budget.state(), (3, 3));
        budget.earn(at(3_000), Usd::from_e8(E8));
        assert_eq!(budget.state(), (3, 4));
        budget.earn(at(3_600), Usd::ZERO);
        assert_eq!(budget.state(), (0, 1), "the first minute is an hour old");
    }
}
