//! Floor 0: numbers with units. No domain, no input or output.

pub mod fix;
pub mod text;
pub mod time;
pub mod unit;

pub use fix::{Q24, Q32};
pub use time::{Mono, Nanos, Stamp, WallMs};
pub use unit::{Bps, Lots, Offset, Pos, Px, Qty, Side, Usd};
