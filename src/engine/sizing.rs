//! How large we trade: position limit and order size from capital and price (MODEL 8).

use crate::market::Spec;
use crate::market::spec::NOTIONAL_MIN;
use crate::num::fix::{div_ceil, div_floor};
use crate::num::unit::E8;
use crate::num::{Lots, Px, Qty, Usd};

/// A position limit is at most one in so many parts of what the leverage carries (MODEL 5.6).
const LEVERAGE_SHARE: u32 = 2;
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

/// Why a session has no size on an instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizingError {
    /// The capital is too small to trade it with care.
    TooSmall {
        /// The capital that was given.
        capital: Usd,
        /// The least capital that suffices.
        needed: Usd,
    },
    /// The position limit is more than half of what the venue's leverage carries (MODEL 5.6).
    Multiple {
        /// The multiple that was given.
        multiple: u32,
        /// The greatest leverage of the instrument.
        leverage_max: u32,
    },
}

impl std::fmt::Display for SizingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            SizingError::TooSmall { capital, needed } => {
                let [capital, needed] = [capital, needed].map(|usd| usd.e8() / E8);
                write!(
                    f,
                    "capital of ${capital} is too small for this coin; ${} would do",
                    needed + 1
                )
            }
            SizingError::Multiple { multiple, leverage_max } => {
                let most = leverage_max / LEVERAGE_SHARE;
                write!(
                    f,
                    "account.position_multiple = {multiple} is too much for this coin: from 1 to \
                     {most}, half its leverage of {leverage_max}, are allowed"
                )
            }
        }
    }
}

impl Sizing {
    /// Sizes for `capital` used `multiple` times over, at a price.
    ///
    /// # Errors
    /// The multiple is above half the leverage, or the position limit holds fewer than 8 orders of 1.5
    /// times the venue's minimum.
    pub fn new(capital: Usd, multiple: u32, spec: &Spec, px: Px) -> Result<Sizing, SizingError> {
        assert!(Px::ZERO < px, "sizes need a price");
        let leverage_max = spec.leverage_max;
        if leverage_max < LEVERAGE_SHARE * multiple {
            return Err(SizingError::Multiple { multiple, leverage_max });
        }
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
            return Err(SizingError::TooSmall { capital, needed });
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
        let SizingError::TooSmall { needed, .. } = refused else { panic!("{refused:?}") };
        assert!(Sizing::new(needed, 5, &hype, px).is_ok(), "{refused:?} must do");
    }

    #[test]
    fn a_multiple_above_half_the_leverage_is_refused() {
        let spec = |leverage_max| Spec {
            asset: AssetId(0),
            sz_decimals: 2,
            leverage_max,
            fee_maker: Bps::ZERO,
            fee_taker: Bps::ZERO,
        };
        let sizing = |multiple, leverage_max| {
            let px = Px::from_e8(2_620_000_000);
            Sizing::new(Usd::from_e8(1_000 * E8), multiple, &spec(leverage_max), px)
        };
        for (multiple, leverage_max, admits) in [
            (5, 10, true),
            (6, 10, false),
            (20, 10, false),
            (2, 5, true),
            (3, 5, false),
            (1, 1, false),
        ] {
            assert_eq!(
                sizing(multiple, leverage_max).is_ok(),
                admits,
                "{multiple} of {leverage_max}"
            );
        }
        assert_eq!(
            sizing(20, 10).expect_err("too much").to_string(),
            "account.position_multiple = 20 is too much for this coin: from 1 to 5, half its \
             leverage of 10, are allowed"
        );
    }
}
