//! Floor 0: numbers with units. No domain, no input or output.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

pub mod ewma;
pub mod fix;
pub mod func;
mod newtype;
mod numbered;
pub mod text;
pub mod time;
pub mod unit;
pub mod wide;

pub use ewma::Ewma;
pub use fix::{Q24, Q32};
pub(crate) use numbered::numbered;
pub use time::{Mono, Nanos, Stamp, WallMs};
pub use unit::{Bps, Lots, Offset, Pos, Px, Qty, Side, Usd};
pub use wide::Q60;
