//! How a session stops (MODEL 5.7).

use crate::num::Nanos;

/// Seconds for everything after the limit: cancels, the venue's lists, the last reports.
const LEAVE_S: u64 = 20;

/// What a stop does with the position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum OnStop {
    /// It is brought home.
    #[default]
    Flatten,
    /// It stays, and that is said.
    Keep,
}

/// The settings of a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct StopConfig {
    /// What becomes of the position.
    pub on_stop: OnStop,
    /// How long a maker's price is waited for, in seconds of a trusted price.
    pub patience_s: u64,
    /// How long the way home may take in all, in seconds.
    pub limit_s: u64,
}

impl Default for StopConfig {
    /// The values of MODEL 5.7.
    fn default() -> StopConfig {
        StopConfig { on_stop: OnStop::Flatten, patience_s: 30, limit_s: 180 }
    }
}

impl StopConfig {
    /// What a session does whose journal does not say: it leaves the position.
    #[must_use]
    pub fn keep() -> StopConfig {
        StopConfig { on_stop: OnStop::Keep, ..StopConfig::default() }
    }

    /// How long the way home may take in all.
    #[must_use]
    pub fn limit(&self) -> Nanos {
        Nanos::from_secs(self.limit_s)
    }

    /// How long a caller waits for an engine that comes home before it takes another way.
    #[must_use]
    pub fn patience_of_others(&self) -> Nanos {
        debug_assert!(self.limit() < Nanos::from_secs(self.limit_s + LEAVE_S), "no time to leave");
        Nanos::from_secs(self.limit_s + LEAVE_S)
    }

    /// How long it waits for one that only cancels.
    #[must_use]
    pub fn leave() -> Nanos {
        Nanos::from_secs(LEAVE_S)
    }
}
