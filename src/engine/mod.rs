//! Floor 3: what we decide.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

pub mod desk;
pub mod holdings;
pub mod orders;
pub mod reconcile;
pub mod sizing;
