//! An order as the exchange checks and places it: the numbers of the wire, each within its range.

use super::text::Number;
use super::{OrderWire, UnsupportedAction};
use crate::market::{AssetId, Cloid, Tif};
use crate::num::unit::{E8, PX_MAX, QTY_MAX};
use crate::num::{Px, Qty, Side};

/// A price or size that stands for every one we cannot hold: too fine, too large, not a number. No
/// perpetual has eight decimals (PROTOCOL 3.1), so the exchange refuses it with the venue's words.
const OFF_GRID_E8: i64 = 1;
/// Worth beyond which a size counts as impossible: ten billion dollars. The venue's largest limit
/// order is 300 million (PROTOCOL 3.5).
const WORTH_MAX_E8: i128 = 10_000_000_000 * 100_000_000;

/// An order as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The market of the order.
    pub asset: AssetId,
    /// The side of the order.
    pub side: Side,
    /// The limit price of the order.
    pub px: Px,
    /// The size of the order, in coins.
    pub qty: Qty,
    /// How long it lives.
    pub tif: Tif,
    /// Whether it may only bring the position down.
    pub reduce_only: bool,
    /// The account's name for it.
    pub cloid: Option<Cloid>,
}

impl NewOrder {
    /// Reads an order of the wire.
    ///
    /// # Errors
    /// It waits for a trigger.
    pub fn read(wire: &OrderWire) -> Result<NewOrder, UnsupportedAction> {
        let px = px(&wire.px);
        Ok(NewOrder {
            asset: AssetId(wire.asset),
            side: if wire.is_buy { Side::Bid } else { Side::Ask },
            px,
            qty: qty(&wire.qty, px),
            tif: wire.kind.tif()?,
            reduce_only: wire.reduce_only,
            cloid: wire.cloid.map(|cloid| cloid.0),
        })
    }
}

/// A price the exchange can hold, or one it refuses.
fn px(number: &Number) -> Px {
    let held = number.e8().ok().map(Px::from_e8);
    held.filter(|&px| Px::ZERO < px && px <= PX_MAX).unwrap_or(Px::from_e8(OFF_GRID_E8))
}

/// A size the exchange can hold, or one it refuses. Nothing stays nothing: it has an error of its own.
fn qty(number: &Number, px: Px) -> Qty {
    let fits = |e8: i64| {
        let worth_e8 = i128::from(e8) * i128::from(px.e8()) / i128::from(E8);
        (0..=QTY_MAX.e8()).contains(&e8) && worth_e8 <= WORTH_MAX_E8
    };
    Qty::from_e8(number.e8().ok().filter(|&e8| fits(e8)).unwrap_or(OFF_GRID_E8))
}
