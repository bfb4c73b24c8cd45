//! The rules of one instrument: price grid, lot, minimum, fees (PROTOCOL 3 and 12).

use super::id::AssetId;
use crate::num::unit::E8;
use crate::num::{Bps, Px, Qty, Side, Usd};

/// Decimals of a perpetual's price and size together.
pub const PERP_DECIMALS: u32 = 6;
/// Decimals of a spot market's price and size together.
const SPOT_DECIMALS: u32 = 8;
/// Significant figures of a price that is not an integer.
const FIGURES: u32 = 5;
/// The least an order must be worth: 10 units of the collateral.
pub const NOTIONAL_MIN: Usd = Usd::from_e8(10 * E8);

/// The rules of one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Spec {
    /// Its number in actions.
    pub asset: AssetId,
    /// Decimals of a size: the lot is `10^-sz_decimals`.
    pub sz_decimals: u32,
    /// The highest leverage the venue gives.
    pub leverage_max: u32,
    /// What a maker pays (a rebate is negative).
    pub fee_maker: Bps,
    /// What a taker pays.
    pub fee_taker: Bps,
}

/// Why a price is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffGrid {
    /// The price is zero or below.
    NotPositive,
    /// More decimals than the instrument has.
    Decimals,
    /// More than 5 significant figures, and not an integer.
    Figures,
}

impl Spec {
    /// The smallest step of a size.
    pub fn lot(&self) -> Qty {
        Qty::from_e8(tens(EIGHT - self.sz_decimals))
    }

    /// The grid step at `px`, in steps of 1e-8 (PROTOCOL 3.1).
    #[must_use]
    pub fn tick_e8(&self, px: Px) -> i64 {
        tick_e8(px, PERP_DECIMALS - self.sz_decimals)
    }

    /// The nearest valid price that is no more aggressive: down for a bid, up for an ask.
    #[must_use]
    pub fn snap(&self, px: Px, side: Side) -> Px {
        snap(px, side, self.tick_e8(px))
    }

    /// Whether the venue accepts this price, and if not why.
    ///
    /// # Errors
    /// The price is not positive, has too many decimals or too many figures.
    pub fn check_px(&self, px: Px) -> Result<(), OffGrid> {
        check_px(px, PERP_DECIMALS - self.sz_decimals)
    }

    /// Whether the price is on the grid.
    #[must_use]
    pub fn on_grid(&self, px: Px) -> bool {
        self.check_px(px).is_ok()
    }

    /// Whether the size is a positive number of lots.
    #[must_use]
    pub fn whole_lots(&self, qty: Qty) -> bool {
        Qty::ZERO < qty && qty.e8() % self.lot().e8() == 0
    }

    /// The least size at `px` whose worth is `worth`, in whole lots.
    #[must_use]
    pub fn qty_worth(&self, worth: Usd, px: Px) -> Qty {
        assert!(Px::ZERO < px, "a size in dollars needs a positive price");
        let wide = i128::from(worth.e8()) * i128::from(E8);
        let raw = crate::num::fix::div_ceil(wide, i128::from(px.e8()));
        let raw = i64::try_from(raw).expect("dollars and price are bounded");
        Qty::from_e8(raw).ceil_to(self.lot())
    }
}

/// The grid step at `px` with `decimals` decimals allowed, in steps of 1e-8.
fn tick_e8(px: Px, decimals: u32) -> i64 {
    assert!(Px::ZERO < px, "no grid at a price that is not positive: {px:?}");
    // The finest step of which the price has no more figures than it may.
    let mut exponent = EIGHT - decimals;
    while exponent < EIGHT && tens(exponent + FIGURES) <= px.e8() {
        exponent += 1;
    }
    tens(exponent)
}

/// Decimals of everything we store.
const EIGHT: u32 = 8;
/// Powers of ten, up to the worth of a price that has all its figures before the point.
const TENS: [i64; 14] = tens_table();

/// A power of ten; to multiply would cost more, several times a quote.
fn tens(exponent: u32) -> i64 {
    TENS[usize::try_from(exponent).expect("small")]
}

const fn tens_table() -> [i64; 14] {
    let mut table = [1; 14];
    let mut at = 1;
    while at < table.len() {
        table[at] = table[at - 1] * 10;
        at += 1;
    }
    table
}

/// Whether `px` is valid with `decimals` decimals allowed.
fn check_px(px: Px, decimals: u32) -> Result<(), OffGrid> {
    if px <= Px::ZERO {
        return Err(OffGrid::NotPositive);
    }
    if px.e8() % tens(EIGHT - decimals) != 0 {
        return Err(OffGrid::Decimals);
    }
    if px.e8() % tick_e8(px, decimals) != 0 {
        return Err(OffGrid::Figures);
    }
    Ok(())
}

/// Whether `px` is valid on a spot market with `sz_decimals`; the vectors of the format cover both.
///
/// # Errors
/// As [`Spec::check_px`].
pub fn check_spot_px(px: Px, sz_decimals: u32) -> Result<(), OffGrid> {
    check_px(px, SPOT_DECIMALS - sz_decimals)
}

/// The grid step at `px` of a spot market with `sz_decimals`, in steps of 1e-8.
#[must_use]
pub fn spot_tick_e8(px: Px, sz_decimals: u32) -> i64 {
    tick_e8(px, SPOT_DECIMALS - sz_decimals)
}

/// The nearest valid price on a spot market with `sz_decimals` that is no more aggressive.
#[must_use]
pub fn snap_spot(px: Px, side: Side, sz_decimals: u32) -> Px {
    snap(px, side, spot_tick_e8(px, sz_decimals))
}

/// Down to a multiple of `tick` for a bid, up for an ask.
fn snap(px: Px, side: Side, tick: i64) -> Px {
    let down = px.e8().div_euclid(tick) * tick;
    match side {
        Side::Bid => Px::from_e8(down),
        Side::Ask if down == px.e8() => px,
        Side::Ask => Px::from_e8(down + tick),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spec(sz_decimals: u32) -> Spec {
        Spec {
            asset: AssetId(0),
            sz_decimals,
            leverage_max: 10,
            fee_maker: Bps::from_centi(150),
            fee_taker: Bps::from_centi(450),
        }
    }

    #[test]
    fn rounding_is_away_from_aggression() {
        let hype = spec(2);
        // px, bid, ask
        let rows = [
            (2_620_351_234, 2_620_300_000, 2_620_400_000),
            (9_999_951_000, 9_999_900_000, 10_000_000_000),
            (2_620_300_000, 2_620_300_000, 2_620_300_000),
        ];
        for (px, bid, ask) in rows {
            assert_eq!(hype.snap(Px::from_e8(px), Side::Bid).e8(), bid, "bid at {px}");
            assert_eq!(hype.snap(Px::from_e8(px), Side::Ask).e8(), ask, "ask at {px}");
        }
    }

    #[test]
    fn the_minimum_is_met_in_whole_lots() {
        let hype = spec(2);
        let px = Px::from_e8(2_620_300_000);
        let qty = hype.qty_worth(NOTIONAL_MIN, px);
        assert!(NOTIONAL_MIN <= px.notional(qty));
        assert!(px.notional(Qty::from_e8(qty.e8() - hype.lot().e8())) < NOTIONAL_MIN);
    }

    /// The rule of PROTOCOL 3.1 on the decimal digits themselves.
    fn valid_by_digits(e8: i64, decimals: usize) -> bool {
        let text = String::from_utf8(crate::num::text::canonical(e8).to_vec()).expect("ASCII");
        let Some((whole, fraction)) = text.split_once('.') else { return 0 < e8 };
        let figures = format!("{whole}{fraction}");
        0 < e8 && fraction.len() <= decimals && figures.trim_start_matches('0').len() <= 5
    }

    proptest! {
        #[test]
        fn the_grid_is_the_rule_on_digits(e8 in 1i64..20_000_000_000_000, sz in 0u32..6) {
            let spec = spec(sz);
            prop_assert_eq!(spec.on_grid(Px::from_e8(e8)), valid_by_digits(e8, 6 - sz as usize));
        }

        #[test]
        fn snapping_is_valid_and_never_more_aggressive(e8 in 100_000_000i64..20_000_000_000_000, sz in 0u32..6) {
            let (spec, px) = (spec(sz), Px::from_e8(e8));
            let (bid, ask) = (spec.snap(px, Side::Bid), spec.snap(px, Side::Ask));
            prop_assert!(bid <= px && px <= ask);
            prop_assert!(spec.on_grid(ask));
            prop_assert!(bid == Px::ZERO || spec.on_grid(bid));
            prop_assert!(ask.e8() - bid.e8() <= spec.tick_e8(px));
        }
    }
}
