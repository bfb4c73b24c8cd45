//! Numbers of the format: their spelling, the price grid, lots, market numbers.

use super::vectors::{Asset, FloatVector, MarketType, Price, RoundingVector, Size, UsdVector};
use crate::market::AssetId;
use crate::market::spec::{OffGrid, check_spot_px, snap_spot, spot_tick_e8};
use crate::num::text::{TextError, canonical, read_e8};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side};
use crate::ops::selftest::perpetual;
use crate::venue::action::text::Number;

/// How far eight decimals may be from the number (PROTOCOL 3.4).
const WIRE_ERROR: f64 = 1e-12;
/// How far whole millionths may be from the number.
const USD_ERROR: f64 = 1e-3;
/// Millionths in one.
const MICRO: f64 = 1e6;

/// The spelling of a floating-point number. The SDKs print a negative zero as `-0`, which the
/// venue's own form does not have; ours is `0`.
pub(super) fn wire(vector: &FloatVector) -> Result<(), String> {
    let x = float(&vector.f64_be_hex)?;
    let rounded = format!("{x:.8}");
    let back = rounded.parse::<f64>().map_err(|error| error.to_string())?;
    let number = ((back - x).abs() < WIRE_ERROR).then(|| Number::read(&rounded));
    let want = vector.wire.as_deref().map(|wire| if wire == "-0" { "0" } else { wire });
    same("spelling", number.as_ref().map(Number::to_string).as_deref(), want)?;
    // Where the trading path can hold the number, it spells it in the same way.
    match number.as_ref().map(Number::e8) {
        Some(Ok(e8)) => {
            same("spelling of the trading path", Some(&canonical(e8).to_string()), want)
        }
        Some(Err(TextError::TooLarge)) | None => Ok(()),
        Some(Err(error @ (TextError::NotDecimal | TextError::TooFine))) => Err(error.to_string()),
    }
}

/// Dollars in millionths.
pub(super) fn usd(vector: &UsdVector) -> Result<(), String> {
    let scaled = float(&vector.f64_be_hex)? * MICRO;
    let whole = scaled.round_ties_even();
    let int = ((whole - scaled).abs() < USD_ERROR).then(|| format!("{whole:.0}"));
    same("millionths", int.as_deref(), vector.int.map(|int| int.to_string()).as_deref())
}

/// Whether a price is valid, and why not.
pub(super) fn price(vector: &Price) -> Result<(), String> {
    let reason = match read_e8(vector.px.as_bytes()) {
        Ok(e8) => match (check(vector.market, vector.sz_decimals, Px::from_e8(e8)), e8 % E8) {
            (Ok(()), 0) => "ok_integer",
            (Ok(()), _) => "ok",
            (Err(OffGrid::NotPositive), _) => "not_positive",
            (Err(OffGrid::Decimals), _) => "too_many_decimals",
            (Err(OffGrid::Figures), _) => "too_many_significant_figures",
        },
        Err(TextError::TooFine) => "too_many_decimals",
        // Beyond what we hold, and we refuse it; but a whole number is valid however long.
        Err(TextError::TooLarge) if !vector.px.contains('.') => "ok_integer",
        Err(error) => return Err(error.to_string()),
    };
    same("verdict", Some(reason), Some(&vector.reason))?;
    let valid = reason.starts_with("ok");
    same("validity", Some(&valid.to_string()), Some(&vector.valid.to_string()))
}

/// The valid prices around a price.
pub(super) fn rounding(vector: &RoundingVector) -> Result<(), String> {
    let (below, exact) = floor_e8(&vector.raw)?;
    // The grid has no step below 1e-8, so the valid prices around a finer number are those around
    // its neighbours in steps of 1e-8.
    let (down, up) = (Px::from_e8(below), Px::from_e8(if exact { below } else { below + 1 }));
    let spec = perpetual(vector.sz_decimals);
    let (tick, floor, ceil) = match vector.market {
        MarketType::Perp => (
            spec.tick_e8(up.max(down)),
            (Px::ZERO < down).then(|| spec.snap(down, Side::Bid)),
            spec.snap(up, Side::Ask),
        ),
        MarketType::Spot => (
            spot_tick_e8(up.max(down), vector.sz_decimals),
            (Px::ZERO < down).then(|| snap_spot(down, Side::Bid, vector.sz_decimals)),
            snap_spot(up, Side::Ask, vector.sz_decimals),
        ),
    };
    let floor = floor.filter(|&px| Px::ZERO < px).map(|px| canonical(px.e8()).to_string());
    same("tick", Some(&canonical(tick).to_string()), Some(&vector.tick))?;
    same("price below", floor.as_deref(), vector.floor.as_deref())?;
    same("price above", Some(&canonical(ceil.e8()).to_string()), Some(&vector.ceil))
}

/// Whether a size is valid, and why not.
pub(super) fn size(vector: &Size) -> Result<(), String> {
    let reason = match read_e8(vector.sz.as_bytes()) {
        Ok(..=0) => "not_positive",
        Ok(e8) if perpetual(vector.sz_decimals).whole_lots(Qty::from_e8(e8)) => "ok",
        Ok(_) | Err(TextError::TooFine) => "bad_lot",
        Err(error) => return Err(error.to_string()),
    };
    same("verdict", Some(reason), Some(&vector.reason))?;
    same("validity", Some(&(reason == "ok").to_string()), Some(&vector.valid.to_string()))
}

/// The number of a market.
pub(super) fn asset(vector: &Asset) -> Result<(), String> {
    let id = match (vector.perp_dex_index, vector.index_in_meta, vector.spot_index) {
        (Some(dex), Some(index), None) => AssetId::perp(dex, index),
        (None, None, Some(pair)) => AssetId::spot(pair),
        _ => return Err("neither a perpetual nor a spot pair".to_owned()),
    };
    same("number", Some(&id.0.to_string()), Some(&vector.asset.to_string()))
}

/// Whether a price is on the grid.
fn check(market: MarketType, sz_decimals: u32, px: Px) -> Result<(), OffGrid> {
    match market {
        MarketType::Perp => perpetual(sz_decimals).check_px(px),
        MarketType::Spot => check_spot_px(px, sz_decimals),
    }
}

/// A positive decimal rounded down to steps of 1e-8, and whether that changed nothing.
fn floor_e8(text: &str) -> Result<(i64, bool), String> {
    let eight = text.find('.').map_or(text.len(), |point| text.len().min(point + 1 + 8));
    let (kept, rest) = text.split_at(eight);
    let e8 = read_e8(kept.as_bytes()).map_err(|error| error.to_string())?;
    Ok((e8, rest.bytes().all(|digit| digit == b'0')))
}

/// A floating-point number from its bits.
fn float(hex: &str) -> Result<f64, String> {
    u64::from_str_radix(hex, 16).map(f64::from_bits).map_err(|error| error.to_string())
}

/// Whether two texts are the same, and if not, which are not.
fn same(what: &str, got: Option<&str>, want: Option<&str>) -> Result<(), String> {
    if got == want { Ok(()) } else { Err(format!("{what} is {got:?}, not {want:?}")) }
}
