//! What one address may ask of the venue (PROTOCOL 10.1).

use crate::num::WallMs;
use crate::num::time::MINUTE_MS;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Clients by address that are remembered; beyond it those with full budgets are forgotten.
const CLIENTS_MAX: usize = 1024;
/// Something that is budgeted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimitKind {
    /// The weight of REST requests, a minute.
    Weight,
    /// Messages of clients over sockets.
    Messages,
    /// WebSocket connections opened, a minute.
    Sockets,
}

/// Budgets and bounds of one client address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Weight of requests in a minute.
    pub weight: u64,
    /// Messages over sockets in a minute.
    pub messages: u64,
    /// New sockets in a minute.
    pub sockets: u64,
    /// Subscriptions of one connection.
    pub topics: usize,
    /// Accounts whose channels one connection follows.
    pub users: usize,
    /// Posts of one connection without an answer.
    pub posts: usize,
}

impl RateLimits {
    /// The venue's own (PROTOCOL 10.1). It counts topics, users and posts over all sockets of an
    /// address; here every program of a machine has the same address, so they count by connection.
    pub const VENUE: RateLimits = RateLimits {
        weight: 1200,
        messages: 2000,
        sockets: 30,
        topics: 1000,
        users: 10,
        posts: 100,
    };

    /// No budgets: one engine on an exchange of its own.
    pub const NONE: RateLimits =
        RateLimits { weight: u64::MAX, messages: u64::MAX, sockets: u64::MAX, ..RateLimits::VENUE };

    fn per_minute(&self, kind: RateLimitKind) -> u64 {
        match kind {
            RateLimitKind::Weight => self.weight,
            RateLimitKind::Messages => self.messages,
            RateLimitKind::Sockets => self.sockets,
        }
    }
}

/// What every client address has used.
#[derive(Debug)]
pub struct RateLimiter {
    limits: RateLimits,
    clients: BTreeMap<IpAddr, [LeakyBucket; 3]>,
}

/// What was used of one budget, in units of 1/60000, at a time; it drains evenly.
#[derive(Clone, Copy, Debug, Default)]
struct LeakyBucket {
    used: u64,
    at: WallMs,
}

impl RateLimiter {
    /// A limiter under which no client has used anything.
    pub fn new(limits: RateLimits) -> RateLimiter {
        RateLimiter { limits, clients: BTreeMap::new() }
    }

    /// What one address may use.
    pub fn limits(&self) -> &RateLimits {
        &self.limits
    }

    /// Takes `amount`, if as much is left.
    #[must_use]
    pub fn try_spend(
        &mut self,
        client: IpAddr,
        kind: RateLimitKind,
        amount: u64,
        now: WallMs,
    ) -> bool {
        let limit = self.limits.per_minute(kind);
        if limit == u64::MAX {
            return true;
        }
        self.forget(now);
        let bucket = &mut self.clients.entry(client).or_default()[kind as usize];
        let used = bucket.used_at(limit, now);
        let fits = used + amount * MINUTE_MS <= limit * MINUTE_MS;
        if fits {
            *bucket = LeakyBucket { used: used + amount * MINUTE_MS, at: now };
        }
        fits
    }

    /// Charges for what an answer turned out to hold; it may overdraw the budget.
    pub fn charge(&mut self, client: IpAddr, amount: u64, now: WallMs) {
        let limit = self.limits.weight;
        if limit == u64::MAX || amount == 0 {
            return;
        }
        let bucket = &mut self.clients.entry(client).or_default()[RateLimitKind::Weight as usize];
        *bucket = LeakyBucket { used: bucket.used_at(limit, now) + amount * MINUTE_MS, at: now };
    }

    /// Forgets whoever has used nothing, when there are too many to remember.
    fn forget(&mut self, now: WallMs) {
        if CLIENTS_MAX <= self.clients.len() {
            let minute_ms = i64::try_from(MINUTE_MS).expect("a minute is short");
            self.clients.retain(|_, buckets| {
                buckets.iter().any(|bucket| now.ms_since(bucket.at) < minute_ms)
            });
        }
    }
}

impl LeakyBucket {
    fn used_at(&self, limit: u64, now: WallMs) -> u64 {
        let passed_ms = u64::try_from(now.ms_since(self.at)).unwrap_or(0);
        self.used.saturating_sub(passed_ms.saturating_mul(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_budget_refills_over_a_minute() {
        let mut limiter = RateLimiter::new(RateLimits::VENUE);
        // at ms, amount, taken
        let rows = [
            (0, 1200, true),
            (0, 1, false),
            (49, 1, false),
            (50, 1, true),
            (50, 1, false),
            (1_050, 20, true),
            (1_051, 1, false),
            (61_050, 1200, true),
        ];
        for (at, amount, taken) in rows {
            let now = WallMs::from_ms(at);
            assert_eq!(
                limiter.try_spend(HERE, RateLimitKind::Weight, amount, now),
                taken,
                "{amount} at {at} ms"
            );
        }
    }

    #[test]
    fn rows_are_charged_afterwards_and_budgets_are_apart() {
        let mut limiter = RateLimiter::new(RateLimits::VENUE);
        let now = WallMs::from_ms(1);
        assert!(limiter.try_spend(HERE, RateLimitKind::Weight, 1190, now));
        limiter.charge(HERE, 100, now);
        assert!(!limiter.try_spend(HERE, RateLimitKind::Weight, 1, now));
        assert!(limiter.try_spend(HERE, RateLimitKind::Messages, 2000, now));
        assert!(!limiter.try_spend(HERE, RateLimitKind::Messages, 1, now));
        let elsewhere = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);
        assert!(limiter.try_spend(elsewhere, RateLimitKind::Weight, 1200, now));
    }

    #[test]
    fn without_limits_nothing_is_counted() {
        let mut limiter = RateLimiter::new(RateLimits::NONE);
        assert!(limiter.try_spend(HERE, RateLimitKind::Weight, u64::MAX, WallMs::from_ms(0)));
        assert!(limiter.clients.is_empty());
    }
}
