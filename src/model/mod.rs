//! Floor 2: what we believe. Pure functions and small estimators; `docs/MATH.md` has every formula.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

pub mod cascade;
pub mod drift;
pub mod fair;
pub mod glft;
pub mod intensity;
pub mod shape;
pub mod trend;
pub mod vol;
