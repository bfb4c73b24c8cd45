//! The venue's request budget: one request per dollar traded (PROTOCOL 10.2), and what it makes a
//! price update worth.

use crate::num::fix::div_round;
use crate::num::time::MINUTE_NS;
use crate::num::{Bps, Mono, Nanos, Q24, Usd};

/// One request is earned by this much traded.
const DOLLAR_E8: i64 = crate::num::unit::E8;
/// One part in so many of what is earned is for cancels, which are always affordable.
const CANCELS_PART: i64 = 20;
/// Counts beyond this are taken for it: the most that was seen granted is 170 billion (PROTOCOL 10.2).
const QUOTA_MAX: u64 = 1_000_000_000_000_000;
/// Minutes of memory: the venue counts a lifetime, a quoter must live within the last hour.
const MINUTES: usize = 60;
/// The budget is short when fewer requests are left.
const SHORT: i64 = 300;
/// Or fewer than so many times the requests of the last minutes.
const SHORT_TIMES: i64 = 2;
/// The minutes that count for that.
const SHORT_MINUTES: u64 = 10;
/// It is short until so many times as many are left as make it short (MODEL 5.5).
const ENOUGH_TIMES: i64 = 2;
/// Beyond the budget the venue takes one action in 10 s (PROTOCOL 10.2); we use every other one.
const OVERDRAFT: Nanos = Nanos::from_secs(20);
/// How often the venue takes one.
const OVERDRAFT_VENUE: Nanos = Nanos::from_secs(10);

const _: () = assert!(OVERDRAFT.ns() == 2 * OVERDRAFT_VENUE.ns());
const _: () = assert!(1 < ENOUGH_TIMES && SHORT_MINUTES < 60);
const _: () = assert!(1 < CANCELS_PART && 0 < DOLLAR_E8);
// What is granted and what was traded since still fit one number.
const _: () = assert!(QUOTA_MAX < 1 << 62);

/// How an update's worth follows the budget (MODEL 4.3, "Requote").
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BudgetConfig {
    /// The requote threshold when as much is earned as spent.
    pub theta: Bps,
    /// The threshold never falls below this.
    pub theta_min: Bps,
    /// The threshold never rises above this.
    pub theta_max: Bps,
    /// The share of what is earned that counts for the threshold: the rest is for cancels, and for
    /// the time until the next fill. Where an order may not move at all, it is picked off.
    pub usable: Q24,
    /// Requests that are there before anything is traded: with nothing at all nobody could begin.
    pub grace: u32,
}

impl Default for BudgetConfig {
    fn default() -> BudgetConfig {
        BudgetConfig {
            theta: Bps::from_int(3),
            theta_min: Bps::from_centi(40),
            theta_max: Bps::from_int(5),
            usable: Q24::ratio(5, 10),
            grace: 200,
        }
    }
}

/// Requests sent and dollars traded in each of the last sixty minutes.
///
/// Invariant: `hour` holds the sums of both lists, which every quote asks for.
#[derive(Clone, Debug)]
pub struct Budget {
    spent: [u32; MINUTES],
    earned: [Usd; MINUTES],
    hour: (i64, Usd),
    minute: u64,
    /// Requests used and granted over the account's life by the venue's count, what we sent since
    /// among them, and what we traded since.
    quota: Option<([i64; 2], Usd)>,
    /// Nothing goes out beyond the budget before this.
    overdraft_at: Mono,
    /// No order goes out before this: the venue rejected a request for want of budget.
    orders_at: Mono,
    short: bool,
}

/// What one fill can earn: 2048 of them are a message, and their sum is to fit.
const EARNED_MAX: Usd = Usd::from_e8(10_000_000 * DOLLAR_E8);

impl Default for Budget {
    fn default() -> Budget {
        let (spent, earned) = ([0; MINUTES], [Usd::ZERO; MINUTES]);
        let [overdraft_at, orders_at] = [Mono::START; 2];
        let (hour, minute, quota, short) = ((0, Usd::ZERO), 0, None, false);
        Budget { spent, earned, hour, minute, quota, overdraft_at, orders_at, short }
    }
}

impl Budget {
    /// Notes requests that were sent.
    pub fn spend(&mut self, at: Mono, requests: u32) {
        let slot = self.slot(at);
        self.spent[slot] += requests;
        self.hour.0 += i64::from(requests);
        self.check();
        if let Some(([used, _], _)) = &mut self.quota {
            *used += i64::from(requests);
        }
        self.judge_shortness();
    }

    /// Takes back requests that were noted at `at` and never written.
    pub fn refund(&mut self, at: Mono, requests: u32) {
        let minute = at.ns() / MINUTE_NS;
        if self.minute < minute + 60 {
            let slot = self.place(minute);
            let back = requests.min(self.spent[slot]);
            self.spent[slot] -= back;
            self.hour.0 -= i64::from(back);
        }
        self.check();
        if let Some(([used, _], _)) = &mut self.quota {
            *used -= i64::from(requests);
        }
        self.judge_shortness();
    }

    /// Notes dollars that were traded.
    pub fn earn(&mut self, at: Mono, traded: Usd) {
        let traded = traded.min(EARNED_MAX);
        let slot = self.slot(at);
        self.earned[slot] += traded;
        self.hour.1 += traded;
        self.check();
        if let Some((_, since)) = &mut self.quota {
            *since += traded;
        }
        self.judge_shortness();
    }

    /// The venue rejected orders, or cancels, for want of budget: it takes one request in 10 s now.
    /// Cancels have rests of their own.
    pub fn on_rate_limited(&mut self, at: Mono) {
        self.orders_at = at + OVERDRAFT_VENUE;
        assert!(!self.may_order(at), "asked again at once: {self:?}");
    }

    /// Whether so few requests are left that most of them are for bringing the position home.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.short
    }

    fn judge_shortness(&mut self) {
        let Some(([used, _], _)) = self.quota else { return };
        let left = self.granted() - used;
        let recent = (0..SHORT_MINUTES.min(self.minute + 1)).map(|ago| self.minute - ago);
        let recent = recent.map(|minute| i64::from(self.spent[self.place(minute)])).sum::<i64>();
        let least = SHORT.max(SHORT_TIMES * recent);
        self.short = left < if self.short { ENOUGH_TIMES * least } else { least };
    }

    /// Requests granted over the account's life, those earned since the venue's count among them.
    fn granted(&self) -> i64 {
        self.quota.map_or(0, |([_, cap], since)| cap + since.e8() / DOLLAR_E8)
    }

    /// Notes that something goes out beyond the budget.
    pub fn overdraw(&mut self, at: Mono) {
        assert!(self.may_overdraw(at), "too soon beyond the budget again: {at:?}");
        self.overdraft_at = at + OVERDRAFT;
    }

    /// Whether something may go out beyond the budget.
    #[must_use]
    pub fn may_overdraw(&self, now: Mono) -> bool {
        self.overdraft_at <= now
    }

    /// Whether the venue would look at an order.
    #[must_use]
    pub fn may_order(&self, now: Mono) -> bool {
        self.orders_at <= now
    }

    /// Takes the venue's own count of requests over the account's life.
    pub fn count(&mut self, used: u64, cap: u64) {
        let bounded = |count: u64| i64::try_from(count.min(QUOTA_MAX)).expect("at most QUOTA_MAX");
        self.quota = Some(([bounded(used), bounded(cap)], Usd::ZERO));
        self.judge_shortness();
    }

    /// The share that is left of what the venue has granted over the account's life; none before it
    /// was read.
    #[must_use]
    pub fn quota(&self) -> Option<Q24> {
        let ([used, _], _) = self.quota?;
        let cap = self.granted();
        let left = Q24::ratio((cap - used).max(0), cap.max(1));
        assert!(Q24::ZERO <= left && left <= Q24::ONE, "{left:?} is no share");
        Some(left)
    }

    /// Requests that quotes may still use within the hour: what was earned but for the cancels'
    /// part, or granted before there was as much, less what was spent.
    #[must_use]
    pub fn left(&self, config: &BudgetConfig) -> i64 {
        let (spent, earned) = self.hour();
        (earned - earned / CANCELS_PART).max(i64::from(config.grace)) - spent
    }

    /// How far a resting order may be off before it is moved:
    /// `clamp(theta * spent / (usable * earned), theta_min, theta_max)`; before anything is earned
    /// as far as it may be at most.
    #[must_use]
    pub fn theta(&self, config: &BudgetConfig) -> Bps {
        let (spent, earned) = self.hour();
        let usable = i128::from(config.usable.scale(earned));
        if usable == 0 {
            return config.theta_max;
        }
        let raw = div_round(i128::from(config.theta.ubps()) * i128::from(spent), usable);
        let most = i128::from(config.theta_max.ubps());
        let raw = i64::try_from(raw.min(most)).expect("at most theta_max");
        let theta = Bps::from_ubps(raw).max(config.theta_min);
        assert!(config.theta_min <= theta, "{theta:?} is below the least of {config:?}");
        theta
    }

    /// Requests spent and earned in the last hour.
    fn hour(&self) -> (i64, i64) {
        (self.hour.0, self.hour.1.e8() / DOLLAR_E8)
    }

    fn check(&self) {
        debug_assert!(
            self.hour.0 == self.spent.iter().map(|&spent| i64::from(spent)).sum::<i64>()
                && self.hour.1 == self.earned.iter().fold(Usd::ZERO, |sum, &usd| sum + usd),
            "the hour is not the sum of its minutes: {self:?}"
        );
    }

    /// The slot of this minute; slots of minutes that passed meanwhile are emptied.
    fn slot(&mut self, at: Mono) -> usize {
        let minute = at.ns() / MINUTE_NS;
        while self.minute < minute {
            self.minute += 1;
            let slot = self.place(self.minute);
            self.hour.0 -= i64::from(self.spent[slot]);
            self.hour.1 -= self.earned[slot];
            (self.spent[slot], self.earned[slot]) = (0, Usd::ZERO);
        }
        self.place(self.minute)
    }

    fn place(&self, minute: u64) -> usize {
        usize::try_from(minute % 60).expect("below sixty")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Nanos;

    fn minutes(count: u64) -> Mono {
        Mono::START + Nanos::from_secs(60 * count)
    }

    #[test]
    fn the_threshold_follows_spent_over_earned() {
        let config =
            BudgetConfig { grace: 100, usable: Q24::ratio(1, 2), ..BudgetConfig::default() };
        // what, spent, dollars earned, theta in bps, left
        let rows = [
            ("nothing yet", 0, 0, Bps::from_int(5), 100),
            ("nothing earned", 60, 0, Bps::from_int(5), 40),
            ("the grant was not on top", 100, 120, Bps::from_int(5), 14),
            ("what counts is spent", 100, 200, Bps::from_int(3), 90),
            ("half of what counts", 50, 200, Bps::from_centi(150), 140),
            ("far too much spent", 5_000, 10, Bps::from_int(5), -4_900),
            ("hardly anything spent", 1, 100_000, Bps::from_centi(40), 94_999),
        ];
        for (what, spent, dollars, want, left) in rows {
            let mut budget = Budget::default();
            budget.spend(minutes(3), spent);
            budget.earn(minutes(3), Usd::from_e8(dollars * DOLLAR_E8));
            assert_eq!(budget.theta(&config), want, "{what}");
            assert_eq!(budget.left(&config), left, "{what}");
        }
    }

    #[test]
    fn the_venues_count_is_carried_on() {
        let mut budget = Budget::default();
        budget.spend(minutes(1), 70);
        assert_eq!(budget.quota(), None, "nothing was read");
        budget.count(9_400, 10_000);
        budget.spend(minutes(2), 300);
        assert_eq!(budget.quota(), Some(Q24::ratio(3, 100)));
        budget.earn(minutes(2), Usd::from_e8(10_000 * DOLLAR_E8));
        assert_eq!(budget.quota(), Some(Q24::ratio(10_300, 20_000)));
        budget.count(u64::MAX, 0);
        assert_eq!(budget.quota(), Some(Q24::ZERO), "whatever a venue says");
    }

    #[test]
    fn few_requests_left_are_short_until_twice_as_many_are_there() {
        // left by the venue's count, spent since, short
        let rows = [
            (10_000, 0, false),
            (300, 0, false),
            (299, 0, true),
            (599, 0, true),
            (600, 0, false),
            (1_000, 400, true),
            (1_599, 0, true),
            (1_600, 0, false),
        ];
        let mut budget = Budget::default();
        for (left, spent, want) in rows {
            budget.count(0, left);
            budget.spend(minutes(1), spent);
            assert_eq!(budget.is_short(), want, "{left} left, {spent} spent");
        }
        budget.spend(minutes(12), 0);
        budget.count(0, 300);
        assert!(!budget.is_short(), "what was spent eleven minutes ago does not count");
    }

    #[test]
    fn what_was_never_written_is_given_back() {
        let mut budget = Budget::default();
        budget.count(100, 1_000);
        budget.spend(minutes(1), 60);
        budget.spend(minutes(2), 5);
        budget.refund(minutes(1), 60);
        assert_eq!(budget.quota(), Some(Q24::ratio(895, 1_000)));
        assert_eq!(budget.left(&BudgetConfig::default()), 195);
        budget.spend(minutes(100), 0);
        budget.refund(minutes(2), 5);
        assert_eq!(budget.left(&BudgetConfig::default()), 200, "it has left the hour already");
    }

    #[test]
    fn an_hour_later_it_is_forgotten() {
        let config = BudgetConfig { grace: 100, ..BudgetConfig::default() };
        let mut budget = Budget::default();
        budget.spend(minutes(3), 70);
        budget.spend(minutes(62), 0);
        assert_eq!(budget.left(&config), 30);
        budget.spend(minutes(63), 0);
        assert_eq!(budget.left(&config), 100);
        budget.spend(minutes(1_000), 5);
        assert_eq!(budget.left(&config), 95);
    }
    #[test]
    #[should_panic(expected = "too soon beyond the budget")]
    fn twenty_seconds_lie_between_two_overdrafts() {
        let mut budget = Budget::default();
        budget.overdraw(minutes(1));
        assert!(!budget.may_overdraw(minutes(1)) && budget.may_overdraw(minutes(2)));
        budget.overdraw(minutes(1));
    }
}
