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

pub(crate) mod cascade;
pub(crate) mod drift;
pub(crate) mod fair;
pub mod glft;
pub(crate) mod intensity;
pub(crate) mod shape;
pub(crate) mod trend;
pub(crate) mod vol;
