//! The figures that the kill switch judges.

use crate::market::event::Command;
use crate::num::{Bps, Lots, Q24, Usd};

/// What the age of the data is fed as, at most, while the link itself is down (MODEL 5).
pub const LINK_DOWN_AGE_MS: u64 = 9_999;

/// One evaluation's figures. A metric without a source is absent, not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KillInputs {
    /// Capital plus all PnL, at the price that is worse for us.
    pub equity: Usd,
    /// The position as a share of its limit; the sign does not matter.
    pub share: Q24,
    /// The position in lots; the sign does not matter.
    pub lots: Lots,
    /// How old market data are; see [`LINK_DOWN_AGE_MS`].
    pub age_ms: Option<u64>,
    /// Refusals in the last 10 seconds.
    pub rejects: u32,
    /// Distance of fair from the oracle; the sign does not matter.
    pub deviation: Option<Bps>,
    /// Offset of our clock from the venue's; no sign.
    pub clock_ms: Option<u64>,
    /// Whether an order of ours rests, is under way or is in doubt, so that it could still fill.
    pub working: bool,
    /// The day of this evaluation, counted in UTC since 1970.
    pub utc_day: u64,
    /// What lies beyond the seven metrics.
    pub external: ExternalConditions,
}

/// Conditions beyond the seven metrics, evaluated after them: the worst state wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExternalConditions {
    /// A mismatch with the venue that reconciliation did not mend.
    pub mismatch: bool,
    /// The age of the oldest order of unknown state; its side is frozen by whoever keeps it.
    pub doubt_ms: u64,
    /// What is left of the request budget, as a share of it.
    pub budget: Option<Q24>,
    /// Whether few requests are left beside what was used of late (MODEL 5.5).
    pub budget_short: bool,
    /// For how long tick-to-quote has been slow.
    pub slow_ms: u64,
    /// For how long since start-up a metric that should be there has been absent.
    pub absent_ms: u64,
    /// How far the newest price is confirmed (MODEL 5.3).
    pub price: PriceTrust,
    /// What a person asked for.
    pub command: Option<Command>,
}

/// How far the newest price of our market can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceTrust {
    /// It is near the last one, or its witnesses agree.
    #[default]
    Trusted,
    /// Nothing confirmed it in time: what is believed is a median of the newest prices.
    Median,
    /// It lies far from the last one, and nothing has confirmed it.
    Suspect,
}
