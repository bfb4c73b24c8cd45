//! One lot a side at a fixed distance from the mid, whatever is held (SCENARIOS 4).

use crate::backtest::baseline::BaselineModel;
use crate::engine::Sizing;
use crate::market::Spec;
use crate::num::{Bps, Mono, Pos, Px, Qty, Side};

/// What it goes by.
pub(super) struct FixedSpread {
    /// Distance of each side from the mid.
    pub(super) half: Bps,
    /// Rules of the instrument.
    pub(super) spec: Spec,
    /// Order size and position limit.
    pub(super) sizing: Sizing,
}

impl BaselineModel for FixedSpread {
    /// It follows every step of its price.
    const SLACK_BPS: f64 = f64::MIN_POSITIVE;

    fn wanted(&self, side: Side, mid: Px, pos: Pos, _now: Mono) -> Vec<(Px, Qty)> {
        let Sizing { lot, position_max, .. } = self.sizing;
        let after = (pos + lot.signed(side)).size();
        if pos.size() < after && position_max < after {
            return Vec::new();
        }
        let away = if side == Side::Bid { -self.half } else { self.half };
        vec![(self.spec.snap(mid.shifted(away), side), lot)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::AssetId;
    use crate::num::Usd;

    #[test]
    fn it_stands_where_it_was_told_to_and_stops_adding_at_the_limit() {
        let (fee_maker, fee_taker) = (Bps::from_centi(150), Bps::from_centi(450));
        let spec =
            Spec { asset: AssetId(0), sz_decimals: 2, leverage_max: 10, fee_maker, fee_taker };
        let mid = Px::from_e8(2_000_000_000);
        let sizing = Sizing::new(Usd::from_e8(10_000_000_000), 5, &spec, mid).expect("enough");
        let fixed = FixedSpread { half: Bps::from_int(5), spec, sizing };
        let (full, lot) = (sizing.position_max, sizing.lot);
        // what, position, bid, ask
        let rows = [
            ("flat", Pos::FLAT, Some(1_999_000_000), Some(2_001_000_000)),
            ("long", full.signed(Side::Bid), None, Some(2_001_000_000)),
            ("short", full.signed(Side::Ask), Some(1_999_000_000), None),
        ];
        for (what, pos, bid, ask) in rows {
            for (side, px_e8) in [(Side::Bid, bid), (Side::Ask, ask)] {
                let want: Vec<_> = px_e8.map(|e8| (Px::from_e8(e8), lot)).into_iter().collect();
                assert_eq!(fixed.wanted(side, mid, pos, Mono::START), want, "{what}, {side:?}");
            }
        }
    }
}
