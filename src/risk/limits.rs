//! The pre-trade check: orders in flight or of unknown state count as if they were filled.

use crate::market::Place;
use crate::market::Spec;
use crate::market::spec::NOTIONAL_MIN;
use crate::num::{Pos, Px, Qty, Side};

/// The hard bounds of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest position, either way.
    pub position_max: Qty,
}

/// What we hold and what could still be filled, by [`Side::index`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// The position as our fills make it.
    pub pos: Pos,
    /// Everything that is not proven dead: sent, resting, being replaced or cancelled, in doubt.
    pub open: [Qty; 2],
}

/// Why risk says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Refusal {
    /// If everything were filled the position would be above its limit.
    Position = 0,
    /// The order is worth less than the venue takes.
    Minimum = 1,
    /// The price is off the grid or the size not in whole lots: a bug of ours upstream.
    Grid = 2,
}

impl Exposure {
    /// The position if every order of `side` were filled and none of the other.
    #[must_use]
    pub fn worst(&self, side: Side) -> Pos {
        self.pos + self.open[side.index()].signed(side)
    }

    /// How far the worst case of `side` lies in its direction; negative on the other side of flat.
    #[must_use]
    pub fn toward(&self, side: Side) -> i64 {
        self.worst(side).e8() * side.sign()
    }

    /// How much more of `side` may be sent before the worst case reaches `position_max`.
    #[must_use]
    pub fn room(&self, side: Side, position_max: Qty) -> Qty {
        Qty::from_e8((position_max.e8() - self.toward(side)).max(0))
    }

    /// Counts an order that was just admitted.
    pub fn add(&mut self, side: Side, qty: Qty) {
        self.open[side.index()] += qty;
    }
}

impl Limits {
    /// Whether `place` may be sent on top of `exposure`.
    ///
    /// # Errors
    /// The worst case would pass the position limit, the order is below the venue's minimum, or it
    /// is off the grid. An order that can only reduce the position may be below the minimum when
    /// it closes the whole of it (PROTOCOL 3.3).
    pub fn admit(&self, place: &Place, exposure: &Exposure, spec: &Spec) -> Result<(), Refusal> {
        assert!(Qty::ZERO < self.position_max, "nothing may be held: {self:?}");
        if !spec.on_grid(place.px) || !spec.whole_lots(place.qty) {
            return Err(Refusal::Grid);
        }
        let closes = place.reduce_only && exposure.pos.size() <= place.qty;
        if !closes && place.px.notional(place.qty) < NOTIONAL_MIN {
            return Err(Refusal::Minimum);
        }
        let reduces = place.reduce_only && exposure.pos.reducing() == Some(place.side);
        if !reduces && exposure.room(place.side, self.position_max) < place.qty {
            return Err(Refusal::Position);
        }
        Ok(())
    }
}

/// Whether an order at `px` on `side` would trade against our own best order of the other side.
#[must_use]
pub fn crosses_own(px: Px, side: Side, own_other: Option<Px>) -> bool {
    own_other.is_some_and(|other| !other.beats(px, side))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{AssetId, Cloid, Tif};
    use crate::num::Bps;
    use crate::num::unit::E8;

    const SPEC: Spec = Spec {
        asset: AssetId(0),
        sz_decimals: 2,
        leverage_max: 10,
        fee_maker: Bps::from_centi(150),
        fee_taker: Bps::from_centi(450),
    };

    fn place(side: Side, px_e8: i64, qty_e8: i64, reduce_only: bool) -> Place {
        let (px, qty) = (Px::from_e8(px_e8), Qty::from_e8(qty_e8));
        Place { cloid: Cloid(1), side, px, qty, tif: Tif::Alo, reduce_only }
    }

    #[test]
    fn what_is_in_flight_counts() {
        let limits = Limits { position_max: Qty::from_e8(10 * E8) };
        let exposure = |pos: i64, bids: i64, asks: i64| Exposure {
            pos: Pos::from_e8(pos * E8),
            open: [Qty::from_e8(bids * E8), Qty::from_e8(asks * E8)],
        };
        let px = 26 * E8;
        let rows = [
            ("fits exactly", place(Side::Bid, px, 3 * E8, false), exposure(5, 2, 0), Ok(())),
            (
                "one lot too many",
                place(Side::Bid, px, 301_000_000, false),
                exposure(5, 2, 0),
                Err(Refusal::Position),
            ),
            (
                "the other side does not help",
                place(Side::Bid, px, 4 * E8, false),
                exposure(5, 2, 9),
                Err(Refusal::Position),
            ),
            (
                "long may sell through to short",
                place(Side::Ask, px, 15 * E8, false),
                exposure(5, 2, 0),
                Ok(()),
            ),
            (
                "reduce-only above the limit",
                place(Side::Ask, px, 2 * E8, true),
                exposure(16, 0, 0),
                Ok(()),
            ),
            (
                "reduce-only of the wrong side",
                place(Side::Bid, px, 2 * E8, true),
                exposure(16, 0, 0),
                Err(Refusal::Position),
            ),
            (
                "below the minimum",
                place(Side::Bid, px, 20_000_000, false),
                exposure(0, 0, 0),
                Err(Refusal::Minimum),
            ),
            (
                "off the grid",
                place(Side::Bid, px + 1, E8, false),
                exposure(0, 0, 0),
                Err(Refusal::Grid),
            ),
            (
                "half a lot",
                place(Side::Bid, px, 500_000 + E8, false),
                exposure(0, 0, 0),
                Err(Refusal::Grid),
            ),
        ];
        for (what, place, exposure, want) in rows {
            let got = limits.admit(&place, &exposure, &SPEC);
            assert_eq!(got, want, "{what}");
        }
    }

    #[test]
    fn a_remainder_below_the_minimum_may_close() {
        let limits = Limits { position_max: Qty::from_e8(10 * E8) };
        let exposure = Exposure { pos: Pos::from_e8(20_000_000), open: [Qty::ZERO; 2] };
        for (qty, want) in [(20_000_000, Ok(())), (19_000_000, Err(Refusal::Minimum))] {
            assert_eq!(limits.admit(&place(Side::Ask, 26 * E8, qty, true), &exposure, &SPEC), want);
        }
    }

    #[test]
    fn our_own_orders_do_not_meet() {
        let at = |e8| Px::from_e8(e8);
        assert!(crosses_own(at(10), Side::Bid, Some(at(10))));
        assert!(crosses_own(at(11), Side::Bid, Some(at(10))));
        assert!(!crosses_own(at(9), Side::Bid, Some(at(10))));
        assert!(crosses_own(at(10), Side::Ask, Some(at(11))));
        assert!(
            !crosses_own(at(12), Side::Ask, Some(at(11))) && !crosses_own(at(1), Side::Ask, None)
        );
    }
}
