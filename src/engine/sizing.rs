//! How large we trade: position limit and order size from capital and price (MODEL 8).

use crate::market::Spec;
use crate::market::spec::NOTIONAL_MIN;
use crate::num::fix::{div_ceil, div_floor};
use crate::num::unit::E8;
use crate::num::{Lots, Px, Qty, Usd};

/// Order sizes a position limit is divided into.
const LOTS_PER_LIMIT: i64 = 24;
/// Fewest order sizes a limit must hold, or quoting is all or nothing.
const LOTS_MIN: i64 = 8;
/// An order is at least this many tenths of the venue's minimum.
const LOT_TENTHS_OF_MINIMUM: i64 = 15;

// A share of a large limit is a lot of a limit that is large enough, and an order may be rounded down.
const _: () = assert!(LOTS_MIN <= LOTS_PER_LIMIT && 10 < LOT_TENTHS_OF_MINIMUM);

/// Sizes of a session, fixed when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sizing {
    /// The order size: one lot of the model.
    pub lot: Qty,
    /// The largest position, long or short, in coins.
    pub position_max: Qty,
}

/// The capital is too small to trade this instrument with care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooSmall {
    /// The capital that was given.
    pub capital: Usd,
    /// The least capital that suffices.
    pub needed: Usd,
}

impl std::fmt::Display for TooSmall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [capital, needed] = [self.capital, self.needed].map(|usd| usd.e8() / E8);
        write!(f, "capital of ${capital} is too small for this coin; ${} would do", needed + 1)
    }
}

impl Sizing {
    /// Sizes for `capital` used `multiple` times over, at a price.
    ///
    /// # Errors
    /// The position limit holds fewer than 8 orders of 1.5 times the venue's minimum.
    pub fn new(capital: Usd, multiple: u32, spec: &Spec, px: Px) -> Result<Sizing, TooSmall> {
        assert!(Px::ZERO < px, "sizes need a price");
        let budget = i128::from(capital.e8()) * i128::from(multiple);
        let raw = div_floor(budget * i128::from(E8), i128::from(px.e8()));
        let raw = i64::try_from(raw).expect("capital and price are bounded");
        let position_max = Qty::from_e8(raw).floor_to(spec.lot());
        let least =
            spec.qty_worth(Usd::from_e8(NOTIONAL_MIN.e8() / 10 * LOT_TENTHS_OF_MINIMUM), px);
        let share = Qty::from_e8(position_max.e8() / LOTS_PER_LIMIT).ceil_to(spec.lot());
        let lot = least.max(share);
        if position_max.e8() < LOTS_MIN * lot.e8() {
            let worth = px.notional(Qty::from_e8(LOTS_MIN * lot.e8() + spec.lot().e8()));
            let needed = div_ceil(i128::from(worth.e8()), i128::from(multiple.max(1)));
            let needed = i64::try_from(needed).expect("a bounded worth");
            let needed = Usd::from_e8(needed);
            assert!(capital < needed, "{capital:?} would do, where {needed:?} does");
            return Err(TooSmall { capital, needed });
        }
        assert!(Qty::ZERO < lot && lot <= position_max, "no size: {lot:?} of {position_max:?}");
        assert!(spec.whole_lots(lot) && spec.whole_lots(position_max), "not in lots: {lot:?}");
        Ok(Sizing { lot, position_max })
    }

    /// The position limit in lots.
    #[must_use]
    pub fn limit_lots(&self) -> Lots {
        self.position_max.signed(crate::num::Side::Bid).in_lots(self.lot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::AssetId;
    use crate::num::Bps;

    #[test]
    fn from_a_hundred_dollars_to_a_hundred_thousand() {
        let hype = Spec {
            asset: AssetId(0),
            sz_decimals: 2,
            leverage_max: 10,
            fee_maker: Bps::ZERO,
            fee_taker: Bps::ZERO,
        };
        let px = Px::from_e8(2_620_000_000);
        // dollars, limit and lot in hundredths of a coin
        let rows = [(100, 1_908, 80), (1_000, 19_083, 796), (100_000, 1_908_396, 79_517)];
        for (dollars, limit, lot) in rows {
            let sizing = Sizing::new(Usd::from_e8(dollars * E8), 5, &hype, px).expect("enough");
            let got = (sizing.position_max.e8() / 1_000_000, sizing.lot.e8() / 1_000_000);
            assert_eq!(got, (limit, lot), "{dollars} dollars");
        }
        let refused = Sizing::new(Usd::from_e8(20 * E8), 5, &hype, px).expect_err("too small");
        assert!(Sizing::new(refused.needed, 5, &hype, px).is_ok(), "{refused:?} must do");
    }
}
