//! Sizes, positions and inventories.

use super::{E8, Px, Side, Usd};
use crate::num::fix::{Q20_ONE, div_round, div_trunc, to_i64};
use crate::num::newtype::{additive, negatable, newtype, subtractive};

/// The largest size the engine accepts: 1e9 coins.
pub const QTY_MAX: Qty = Qty(1_000_000_000 * E8);

/// A size of an order or trade, in steps of 1e-8 coins. Never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[repr(transparent)]
pub struct Qty(i64);

newtype! {
    /// A position in steps of 1e-8 coins: positive is long.
    pub struct Pos(i64): from_e8, e8;
    /// A signed inventory in order sizes, 20 fractional bits. Partial fills make it fractional.
    pub struct Lots(i64): from_q20, q20;
}

impl Qty {
    /// A size of zero.
    pub const ZERO: Qty = Qty(0);

    /// From steps of 1e-8.
    ///
    /// # Panics
    /// If negative: a size has no sign.
    #[must_use]
    pub const fn from_e8(e8: i64) -> Qty {
        assert!(0 <= e8, "a size is never negative");
        Qty(e8)
    }

    /// In steps of 1e-8.
    #[must_use]
    pub const fn e8(self) -> i64 {
        self.0
    }

    /// The position change when this size fills on `side`.
    #[must_use]
    pub const fn signed(self, side: Side) -> Pos {
        Pos(self.0 * side.sign())
    }

    /// This size less `other`, or nothing.
    #[must_use]
    pub fn saturating_sub(self, other: Qty) -> Qty {
        Qty((self.0 - other.0).max(0))
    }

    /// The largest multiple of `step` not above this size.
    #[must_use]
    pub fn floor_to(self, step: Qty) -> Qty {
        Qty(self.0 / step.0 * step.0)
    }

    /// The smallest multiple of `step` not below this size.
    #[must_use]
    pub fn ceil_to(self, step: Qty) -> Qty {
        Qty((self.0 + step.0 - 1) / step.0 * step.0)
    }
}

impl Pos {
    /// The flat position: neither long nor short.
    pub const FLAT: Pos = Pos(0);

    /// The size of the position.
    #[must_use]
    pub const fn size(self) -> Qty {
        Qty(self.0.abs())
    }

    /// The side whose fills bring this position home; none when flat.
    #[must_use]
    pub fn reducing(self) -> Option<Side> {
        match self.0.signum() {
            1 => Some(Side::Ask),
            -1 => Some(Side::Bid),
            _ => None,
        }
    }

    /// What the position is worth at `px`, rounded toward zero and held at [`super::USD_MAX`].
    #[must_use]
    pub fn value(self, px: Px) -> Usd {
        Usd::held(div_trunc(i128::from(self.0) * i128::from(px.e8()), i128::from(E8)))
    }

    /// The position in lots of `lot`, rounded half away from zero in the last of 20 bits.
    #[must_use]
    pub fn in_lots(self, lot: Qty) -> Lots {
        assert!(0 < lot.0, "an order size must be positive");
        Lots(to_i64(div_round(i128::from(self.0) * i128::from(Q20_ONE), i128::from(lot.0))))
    }
}

impl Lots {
    /// An inventory of zero lots.
    pub const ZERO: Lots = Lots(0);

    /// From a whole number of lots.
    #[must_use]
    pub const fn from_int(lots: i64) -> Lots {
        Lots(lots * Q20_ONE)
    }
}

additive!(Qty Pos Lots);
subtractive!(Pos Lots);
negatable!(Pos Lots);
