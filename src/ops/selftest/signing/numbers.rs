//! Numbers of the format: their spelling, the price grid, lots, market numbers.

use super::miss::{Miss, holds, same};
use crate::market::AssetId;
use crate::market::spec::{OffGrid, check_spot_px, snap_spot, spot_tick_e8};
use crate::num::text::{TextError, canonical, read_e8};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side};
use crate::ops::selftest::perpetual;
use crate::ops::selftest::vector::{Misfit, Vector};
use crate::venue::action::text::Number;

/// How far eight decimals may be from the number (PROTOCOL 3.4).
const WIRE_ERROR: f64 = 1e-12;
/// How far whole millionths may be from the number.
const USD_ERROR: f64 = 1e-3;
/// Millionths in a dollar.
const MICRO: f64 = 1e6;

/// The spelling of a floating-point number. The SDKs print a negative zero as `-0`, which the
/// venue's own form does not have; ours is `0`.
pub(super) fn wire(vector: Vector<'_>) -> Result<bool, Miss> {
    let x = float(vector)?;
    let rounded = format!("{x:.8}");
    let back = rounded.parse::<f64>().map_err(Miss::refused)?;
    let number = ((back - x).abs() < WIRE_ERROR).then(|| Number::read(&rounded));
    let want = vector.get::<Option<&str>>("wire")?;
    let want = want.map(|wire| if wire == "-0" { "0" } else { wire });
    same("spelling", number.as_ref().map(Number::to_string), want)?;
    // Where the trading path can hold the number, it spells it in the same way.
    match number.as_ref().map(Number::e8) {
        Some(Ok(e8)) => same("spelling of the trading path", canonical(e8).to_string(), want)?,
        Some(Err(TextError::TooLarge)) | None => {}
        Some(Err(error @ (TextError::NotDecimal | TextError::TooFine))) => {
            return Err(Miss::refused(error));
        }
    }
    Ok(false)
}

/// Whether an amount in dollars becomes the vector's millionths.
pub(super) fn usd(vector: Vector<'_>) -> Result<bool, Miss> {
    let scaled = float(vector)? * MICRO;
    let whole = scaled.round_ties_even();
    holds(vector, "int", ((whole - scaled).abs() < USD_ERROR).then_some(whole as i64))?;
    Ok(false)
}

/// Whether a price is valid, and why not.
pub(super) fn price(vector: Vector<'_>) -> Result<bool, Miss> {
    let (text, decimals): (&str, u32) = (vector.get("px")?, vector.get("sz_decimals")?);
    let check = |px| match is_spot(vector)? {
        true => Ok::<_, Misfit>(check_spot_px(px, decimals)),
        false => Ok(perpetual(decimals).check_px(px)),
    };
    let reason = match read_e8(text.as_bytes()) {
        Ok(e8) => match (check(Px::from_e8(e8))?, e8 % E8) {
            (Ok(()), 0) => "ok_integer",
            (Ok(()), _) => "ok",
            (Err(OffGrid::NotPositive), _) => "not_positive",
            (Err(OffGrid::Decimals), _) => "too_many_decimals",
            (Err(OffGrid::Figures), _) => "too_many_significant_figures",
        },
        Err(TextError::TooFine) => "too_many_decimals",
        // Beyond what we hold, and we refuse it; but a whole number is valid however long.
        Err(TextError::TooLarge) if !text.contains('.') => "ok_integer",
        Err(error) => return Err(Miss::refused(error)),
    };
    holds(vector, "reason", reason)?;
    holds(vector, "valid", reason.starts_with("ok"))?;
    Ok(false)
}

/// The valid prices around a price.
pub(super) fn rounding(vector: Vector<'_>) -> Result<bool, Miss> {
    let (below, exact) = floor_e8(vector.get("raw")?)?;
    // The grid has no step below 1e-8, so the valid prices around a finer number are those around
    // its neighbours in steps of 1e-8.
    let (down, up) = (Px::from_e8(below), Px::from_e8(if exact { below } else { below + 1 }));
    let (decimals, is_spot) = (vector.get("sz_decimals")?, is_spot(vector)?);
    let spec = perpetual(decimals);
    let snap = |px, side| match is_spot {
        true => snap_spot(px, side, decimals),
        false => spec.snap(px, side),
    };
    let highest = up.max(down);
    let tick = if is_spot { spot_tick_e8(highest, decimals) } else { spec.tick_e8(highest) };
    let floor = (Px::ZERO < down).then(|| snap(down, Side::Bid)).filter(|&px| Px::ZERO < px);
    holds(vector, "tick", canonical(tick).to_string())?;
    holds(vector, "floor", floor.map(|px| canonical(px.e8()).to_string()))?;
    holds(vector, "ceil", canonical(snap(up, Side::Ask).e8()).to_string())?;
    Ok(false)
}

/// Whether a size is valid, and why not.
pub(super) fn size(vector: Vector<'_>) -> Result<bool, Miss> {
    let spec = perpetual(vector.get("sz_decimals")?);
    let reason = match read_e8(vector.get::<&str>("sz")?.as_bytes()) {
        Ok(..=0) => "not_positive",
        Ok(e8) if spec.whole_lots(Qty::from_e8(e8)) => "ok",
        Ok(_) | Err(TextError::TooFine) => "bad_lot",
        Err(error) => return Err(Miss::refused(error)),
    };
    holds(vector, "reason", reason)?;
    holds(vector, "valid", reason == "ok")?;
    Ok(false)
}

/// The number of a market.
pub(super) fn asset(vector: Vector<'_>) -> Result<bool, Miss> {
    let number = |key| vector.get::<Option<u32>>(key);
    let id = match (number("perp_dex_index")?, number("index_in_meta")?, number("spot_index")?) {
        (Some(dex), Some(index), None) => AssetId::perp(dex, index),
        (None, None, Some(pair)) => Some(AssetId::spot(pair)),
        _ => None,
    };
    let id = id.ok_or_else(|| Miss::refused("neither a perpetual nor a spot pair"))?;
    holds(vector, "asset", id.0)?;
    Ok(false)
}

/// Whether the vector is of a spot pair, not of a perpetual.
fn is_spot(vector: Vector<'_>) -> Result<bool, Misfit> {
    match vector.get("market")? {
        "spot" => Ok(true),
        "perp" => Ok(false),
        _ => Err(Misfit::new("market", "neither perp nor spot")),
    }
}

/// A positive decimal rounded down to steps of 1e-8, and whether that changed nothing.
fn floor_e8(text: &str) -> Result<(i64, bool), Miss> {
    let eight = text.find('.').map_or(text.len(), |point| text.len().min(point + 1 + 8));
    let (kept, rest) = text.split_at(eight);
    let e8 = read_e8(kept.as_bytes()).map_err(Miss::refused)?;
    Ok((e8, rest.bytes().all(|digit| digit == b'0')))
}

/// The floating-point number of a vector, from its bits.
fn float(vector: Vector<'_>) -> Result<f64, Miss> {
    let bits = u64::from_str_radix(vector.get("f64_be_hex")?, 16);
    bits.map(f64::from_bits).map_err(Miss::refused)
}
