//! Quantities that cannot be mixed up, and the only products of them that mean something.
//!
//! Prices, sizes and dollars are integers in steps of 1e-8; distances relative to a price are in
//! micro basis points (1e-6 bps, so 1e-10 of the price). Arithmetic that overflows is a bug and
//! panics in every profile; what comes from outside is bounded where it is decoded.

use super::fix::{div_floor, div_round, div_trunc, to_i64};
use super::newtype::{additive, negatable, newtype, subtractive};
use std::ops::{Add, Sub};

mod size;
pub use size::{Lots, Pos, QTY_MAX, Qty};

/// Steps of 1e-8 in one whole unit (dollar, coin).
pub const E8: i64 = 100_000_000;
/// Micro basis points in one basis point.
pub const UBPS: i64 = 1_000_000;
/// Micro basis points in the whole: 1e4 bps of 1e6 each.
pub const UBPS_WHOLE: i128 = 10_000_000_000;

/// The largest price the engine accepts: 1e7 dollars.
pub const PX_MAX: Px = Px(10_000_000 * E8);

/// The most money a product can make, either way: 1e10 dollars. What would be more is held there.
pub const USD_MAX: Usd = Usd(10_000_000_000 * E8);

/// The side of an order: a bid buys, an ask sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The side that buys.
    Bid,
    /// The side that sells.
    Ask,
}

impl Side {
    /// Both sides, bid first.
    pub const BOTH: [Side; 2] = [Side::Bid, Side::Ask];

    /// The opposite side: ask of bid, bid of ask.
    #[must_use]
    pub const fn other(self) -> Side {
        match self {
            Side::Bid => Side::Ask,
            Side::Ask => Side::Bid,
        }
    }

    /// +1 for a bid, -1 for an ask: the sign of the position change when it fills.
    #[must_use]
    pub const fn sign(self) -> i64 {
        match self {
            Side::Bid => 1,
            Side::Ask => -1,
        }
    }

    /// 0 for the bid, 1 for the ask: the place in an array of two.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Side::Bid => 0,
            Side::Ask => 1,
        }
    }
}

newtype! {
    /// A price: dollars per coin, in steps of 1e-8.
    ///
    /// A point, not a distance: prices cannot be added. Their difference is an [`Offset`].
    pub struct Px(i64): from_e8, e8;
    /// A distance between two prices, in steps of 1e-8 dollars per coin. Signed.
    pub struct Offset(i64): from_e8, e8;
    /// Money in steps of 1e-8 of the collateral. Signed.
    pub struct Usd(i64): from_e8, e8;
    /// A signed share of a price in micro basis points: 1e-6 bps, 1e-10 of the price.
    pub struct Bps(i64): from_ubps, ubps;
}

impl Px {
    /// Zero, which no market shows: the value of "not yet known" in plain records.
    pub const ZERO: Px = Px(0);

    /// What `qty` is worth here, rounded toward zero; exact when both lie on a venue's grid,
    /// whose decimals add up to 6. Held at [`USD_MAX`].
    #[must_use]
    pub fn notional(self, qty: Qty) -> Usd {
        Usd::held(div_trunc(i128::from(self.0) * i128::from(qty.e8()), i128::from(E8)))
    }

    /// `share` of this price as an offset, rounded half away from zero (MODEL 6.3).
    #[must_use]
    pub fn part(self, share: Bps) -> Offset {
        Offset(to_i64(div_round(i128::from(self.0) * i128::from(share.0), UBPS_WHOLE)))
    }

    /// The price `share` above this one (below, when negative).
    #[must_use]
    pub fn shifted(self, share: Bps) -> Px {
        self + self.part(share)
    }

    /// How far `to` lies above this price, as a share of this price; half away from zero.
    #[must_use]
    pub fn bps_to(self, to: Px) -> Bps {
        assert!(0 < self.0, "a share of a price needs a positive price, not {self:?}");
        Bps(to_i64(div_round(i128::from(to.0 - self.0) * UBPS_WHOLE, i128::from(self.0))))
    }

    /// The middle between two prices, rounded down to a step of 1e-8.
    #[must_use]
    pub const fn mid(self, other: Px) -> Px {
        Px((self.0 + other.0).div_euclid(2))
    }

    /// Whether a quote of `side` at this price is more aggressive than one at `other`.
    #[must_use]
    pub fn beats(self, other: Px, side: Side) -> bool {
        match side {
            Side::Bid => other < self,
            Side::Ask => self < other,
        }
    }
}

impl Sub for Px {
    type Output = Offset;
    fn sub(self, from: Px) -> Offset {
        Offset(self.0 - from.0)
    }
}

impl Add<Offset> for Px {
    type Output = Px;
    fn add(self, by: Offset) -> Px {
        Px(self.0 + by.0)
    }
}

impl Sub<Offset> for Px {
    type Output = Px;
    fn sub(self, by: Offset) -> Px {
        Px(self.0 - by.0)
    }
}

impl Usd {
    /// No money at all.
    pub const ZERO: Usd = Usd(0);

    /// From steps of 1e-8, held within [`USD_MAX`] either way.
    #[must_use]
    pub(crate) fn held(e8: i128) -> Usd {
        let most = i128::from(USD_MAX.0);
        Usd(to_i64(e8.clamp(-most, most)))
    }

    /// The sum with `other`, held within [`USD_MAX`] either way.
    #[must_use]
    pub fn held_add(self, other: Usd) -> Usd {
        Usd::held(i128::from(self.0) + i128::from(other.0))
    }

    /// This amount times `rate` parts in `whole`, rounded down.
    #[must_use]
    pub fn share_floor(self, rate: i64, whole: i64) -> Usd {
        Usd(to_i64(div_floor(i128::from(self.0) * i128::from(rate), i128::from(whole))))
    }
}

impl Bps {
    /// A distance of zero.
    pub const ZERO: Bps = Bps(0);

    /// From whole basis points.
    #[must_use]
    pub const fn from_int(bps: i64) -> Bps {
        Bps(bps * UBPS)
    }

    /// From hundredths of a basis point.
    #[must_use]
    pub const fn from_centi(hundredths: i64) -> Bps {
        Bps(hundredths * (UBPS / 100))
    }
}

additive!(Offset Usd Bps);
subtractive!(Offset Usd Bps);
negatable!(Offset Usd Bps);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::fix::Q20_ONE;

    #[test]
    fn products_round_as_they_say() {
        // what, got, want
        let rows = [
            (
                "38.123 x 1.5",
                Px::from_e8(3_812_300_000).notional(Qty::from_e8(150_000_000)).e8(),
                5_718_450_000,
            ),
            ("10 bps of 100", Px::from_e8(100 * E8).part(Bps::from_int(10)).e8(), 10_000_000),
            ("-10 bps of 100", Px::from_e8(100 * E8).part(Bps::from_int(-10)).e8(), -10_000_000),
            (
                "100 to 101 in ubps",
                Px::from_e8(100 * E8).bps_to(Px::from_e8(101 * E8)).ubps(),
                100 * UBPS,
            ),
            ("short 2 at 30", Pos::from_e8(-2 * E8).value(Px::from_e8(30 * E8)).e8(), -60 * E8),
            (
                "-0.4 in lots of 0.8",
                Pos::from_e8(-40_000_000).in_lots(Qty::from_e8(80_000_000)).q20(),
                -Q20_ONE / 2,
            ),
        ];
        for (what, got, want) in rows {
            assert_eq!(got, want, "{what}");
        }
    }

    #[test]
    fn sides_mirror() {
        let (low, high) = (Px::from_e8(1), Px::from_e8(2));
        assert!(high.beats(low, Side::Bid) && low.beats(high, Side::Ask));
        assert!(!low.beats(low, Side::Bid) && !low.beats(low, Side::Ask));
        assert_eq!(Pos::from_e8(-1).reducing(), Some(Side::Bid));
        assert_eq!(Pos::FLAT.reducing(), None);
    }
}
