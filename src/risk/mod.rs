//! Floor 2: what we may do. Knows nothing of why we want it.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

pub mod budget;
pub mod flatten;
pub mod kill;
pub mod limits;
pub mod position;
pub mod stop;

pub use budget::{Budget, BudgetConfig};
pub use flatten::{Flatten, FlattenAction, FlattenConfig, FlattenInputs};
pub use kill::{ExternalConditions, Kill, KillConfig, KillInputs, PriceTrust};
pub use limits::{Exposure, Limits, Refusal};
pub use position::Position;
pub use stop::{OnStop, StopConfig};
