//! The constants of the filter, as settings have them and as its arithmetic does.

use crate::num::{Bps, Q60};

/// Pico basis points in one.
pub(super) const PICO: i128 = 1_000_000_000_000;

/// The constants of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DriftConfig {
    /// `r`: noise of an observation.
    pub noise: Bps,
    /// `s_mu`: standard deviation of the drift before anything is seen, in 1e-12 bps a second.
    pub prior_pbps: i64,
    /// Time constant at which drifts die.
    pub tau_ms: u64,
}

impl Default for DriftConfig {
    /// The constants of MODEL 2.5.
    fn default() -> DriftConfig {
        DriftConfig { noise: Bps::from_centi(50), prior_pbps: 30_000_000_000, tau_ms: 300_000 }
    }
}

/// The filter's constants as wide numbers: basis points and seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterTerms {
    /// Volatility of fair, in bps a square root of a second.
    pub sigma: Q60,
    /// Noise of an observation.
    pub noise: Q60,
    /// Standard deviation of the drift before anything is seen.
    pub prior: Q60,
    /// Time constant at which drifts die, in ms.
    pub tau_ms: u64,
}

impl FilterTerms {
    /// The terms of `config` at a volatility.
    #[must_use]
    pub fn new(config: &DriftConfig, sigma: Q60) -> FilterTerms {
        FilterTerms {
            sigma,
            noise: Q60::from_micro(config.noise.ubps()),
            prior: Q60::ratio(i128::from(config.prior_pbps), PICO),
            tau_ms: config.tau_ms,
        }
    }
}
