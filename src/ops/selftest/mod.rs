//! The product's own arithmetic against vectors that others computed.

pub mod model;
pub mod signing;
mod vector;

use crate::market::{AssetId, Spec};
use crate::num::Bps;
pub use model::tally::GroupResult;
pub use vector::VectorFileError;

/// The rules of a perpetual with this lot; nothing else of it matters to a vector.
fn perpetual(sz_decimals: u32) -> Spec {
    let fee = Bps::ZERO;
    Spec { asset: AssetId(0), sz_decimals, leverage_max: 1, fee_maker: fee, fee_taker: fee }
}
