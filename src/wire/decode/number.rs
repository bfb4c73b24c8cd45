//! Number texts to units, within the domains the engine is proven for.
//!
//! Prices and sizes of our own markets are exact or refused. Money, positions and rates carry float
//! noise in the tenth decimal (`8272576.5729350001`) and are rounded to the nearest step. Rows of
//! coins that are not ours only have to be noticed: their numbers are clamped, never refused.

use super::error::{DecodeError, Excerpt};
use super::tape::Value;
use crate::num::text::{TextError, read_e8, read_near};
use crate::num::unit::{PX_MAX, QTY_MAX};
use crate::num::{Bps, Pos, Px, Qty, Usd, WallMs};

/// The last millisecond of the year 2099: a venue that says a later time is wrong.
const VENUE_TIME_MAX_MS: u64 = 4_102_444_799_999;
/// Digits after the point of everything that counts in steps of 1e-8.
const DECIMALS_E8: usize = 8;
/// Digits after the point of a rate in micro basis points, 1e-10.
const DECIMALS_UBPS: usize = 10;
/// The largest amount of money accepted: 1e10, far inside 64 bits at 1e-8 so that sums fit.
const USD_MAX_E8: i64 = 1_000_000_000_000_000_000;
/// The largest rate accepted: ten times the whole, in 1e-10.
const RATE_MAX_UBPS: i64 = 100_000_000_000;

/// A price of ours: exact, `0 < px <= PX_MAX`.
pub(super) fn px(text: &str, field: &'static str) -> Result<Px, DecodeError> {
    let px = px_of(exact(text, field)?);
    px.ok_or(DecodeError::Range { field, want: "above 0 and at most 10000000" })
}

/// A price from steps of 1e-8, within its domain.
pub(in crate::wire) fn px_of(e8: i64) -> Option<Px> {
    let px = Px::from_e8(e8);
    (Px::ZERO < px && px <= PX_MAX).then_some(px)
}

/// A size of ours: exact, `0 <= qty <= QTY_MAX`.
pub(super) fn qty(text: &str, field: &'static str) -> Result<Qty, DecodeError> {
    let qty = qty_of(exact(text, field)?);
    qty.ok_or(DecodeError::Range { field, want: "from 0 to 1000000000" })
}

/// A size from steps of 1e-8, within its domain.
pub(in crate::wire) fn qty_of(e8: i64) -> Option<Qty> {
    (0 <= e8 && e8 <= QTY_MAX.e8()).then(|| Qty::from_e8(e8))
}

/// The size of a trade: as [`qty`], and not zero.
pub(super) fn traded(text: &str, field: &'static str) -> Result<Qty, DecodeError> {
    let qty = qty(text, field)?;
    if Qty::ZERO < qty {
        return Ok(qty);
    }
    Err(DecodeError::Range { field, want: "above 0 and at most 1000000000" })
}

/// The price of a row: as [`px`] where the coin is ours, else clamped to `0 <= px <= PX_MAX`.
pub(super) fn row_px(value: Value, field: &'static str, ours: bool) -> Result<Px, DecodeError> {
    let text = value.text(field)?;
    if ours {
        return px(text, field);
    }
    Ok(Px::from_e8(near_clamped(text, field)?.clamp(0, PX_MAX.e8())))
}

/// The size of a row: as [`qty`] where the coin is ours, else clamped to `0 <= qty <= QTY_MAX`.
pub(super) fn row_qty(value: Value, field: &'static str, ours: bool) -> Result<Qty, DecodeError> {
    let text = value.text(field)?;
    if ours {
        return qty(text, field);
    }
    Ok(Qty::from_e8(near_clamped(text, field)?.clamp(0, QTY_MAX.e8())))
}

/// A position, to the nearest step, within `QTY_MAX` either way; clamped where it is not ours.
pub(super) fn pos(value: Value, field: &'static str, ours: bool) -> Result<Pos, DecodeError> {
    let e8 = bounded(value, field, QTY_MAX.e8(), "within 1000000000 of 0", ours)?;
    Ok(Pos::from_e8(e8))
}

/// Money, to the nearest step, within 1e10 either way; clamped where it is not ours.
pub(super) fn usd(value: Value, field: &'static str, ours: bool) -> Result<Usd, DecodeError> {
    let e8 = bounded(value, field, USD_MAX_E8, "within 10000000000 of 0", ours)?;
    Ok(Usd::from_e8(e8))
}

/// A rate per unit (`0.0000125` is 0.125 bps), to the nearest 1e-10, within 10 either way.
pub(super) fn rate(value: Value, field: &'static str) -> Result<Bps, DecodeError> {
    let text = value.text(field)?;
    let ubps =
        read_near(text.as_bytes(), DECIMALS_UBPS).map_err(|cause| bad(text, field, cause))?;
    if ubps.abs() <= RATE_MAX_UBPS {
        return Ok(Bps::from_ubps(ubps));
    }
    Err(DecodeError::Range { field, want: "within 10 of 0" })
}

/// A time of the venue.
pub(super) fn time(value: Value, field: &'static str) -> Result<WallMs, DecodeError> {
    time_ms(value.whole(field)?, field)
}

/// A time of the venue in milliseconds, within its domain.
pub(in crate::wire) fn time_ms(ms: u64, field: &'static str) -> Result<WallMs, DecodeError> {
    if ms <= VENUE_TIME_MAX_MS {
        return Ok(WallMs::from_ms(ms));
    }
    Err(DecodeError::Range { field, want: "milliseconds since 1970, before the year 2100" })
}

/// Steps of 1e-8, to the nearest, within `max` either way; clamped where the row is not ours.
fn bounded(
    value: Value,
    field: &'static str,
    max: i64,
    want: &'static str,
    ours: bool,
) -> Result<i64, DecodeError> {
    let text = value.text(field)?;
    if !ours {
        return Ok(near_clamped(text, field)?.clamp(-max, max));
    }
    let e8 = read_near(text.as_bytes(), DECIMALS_E8).map_err(|cause| bad(text, field, cause))?;
    if -max <= e8 && e8 <= max { Ok(e8) } else { Err(DecodeError::Range { field, want }) }
}

/// Steps of 1e-8, none lost.
fn exact(text: &str, field: &'static str) -> Result<i64, DecodeError> {
    read_e8(text.as_bytes()).map_err(|cause| bad(text, field, cause))
}

/// Steps of 1e-8, to the nearest; what 64 bits cannot hold becomes their end.
fn near_clamped(text: &str, field: &'static str) -> Result<i64, DecodeError> {
    match read_near(text.as_bytes(), DECIMALS_E8) {
        Err(TextError::TooLarge) if text.starts_with('-') => Ok(-i64::MAX),
        Err(TextError::TooLarge) => Ok(i64::MAX),
        Err(cause @ (TextError::NotDecimal | TextError::TooFine)) => Err(bad(text, field, cause)),
        Ok(e8) => Ok(e8),
    }
}

/// The refusal of a text that is no number of ours.
fn bad(text: &str, field: &'static str, cause: TextError) -> DecodeError {
    DecodeError::Number { field, text: Excerpt::new(text), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_end_where_they_say() {
        assert_eq!(px("0.00000001", "px").map(Px::e8), Ok(1));
        assert_eq!(px("10000000.0", "px").map(Px::e8), Ok(PX_MAX.e8()));
        assert_eq!(qty("0.0", "sz").map(Qty::e8), Ok(0));
        for text in ["0.0", "-1.0", "10000000.00000001"] {
            assert!(
                matches!(px(text, "px"), Err(DecodeError::Range { field: "px", .. })),
                "{text}"
            );
        }
        for text in ["-0.1", "1000000000.1"] {
            assert!(
                matches!(qty(text, "sz"), Err(DecodeError::Range { field: "sz", .. })),
                "{text}"
            );
        }
        assert!(time_ms(VENUE_TIME_MAX_MS, "time").is_ok());
        assert!(time_ms(VENUE_TIME_MAX_MS + 1, "time").is_err());
    }
}
