//! The twin's fields: numbers, words and names, the slow way.

use crate::json::Json;
use evenkeel::market::{Cloid, CoinIx, Level, OrderStatus, RejectReason};
use evenkeel::num::{Px, Qty, Side, WallMs};

/// One part of the answer: an error says which field.
pub type Part<T> = Result<T, String>;

/// Money of 1e10 and sizes of 1e9, in steps of 1e-8.
pub const USD_MAX: i128 = 1_000_000_000_000_000_000;
pub const QTY_MAX: i128 = 100_000_000_000_000_000;
pub const PX_MAX: i128 = 1_000_000_000_000_000;

pub fn get<'a>(object: &'a Json, key: &str) -> Part<Option<&'a Json>> {
    let Json::Object(entries) = object else { return Err(format!("{key}: no object")) };
    let mut found = entries.iter().filter(|(name, _)| name == key).map(|(_, value)| value);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(format!("{key} twice")),
        (value, None) => Ok(value.filter(|value| **value != Json::Null)),
    }
}

pub fn need<'a>(object: &'a Json, key: &str) -> Part<&'a Json> {
    get(object, key)?.ok_or(format!("{key} missing"))
}

pub fn text(value: &Json) -> Part<&str> {
    if let Json::Text(text) = value { Ok(text) } else { Err(format!("no text: {value:?}")) }
}

pub fn whole(value: &Json) -> Part<u64> {
    if let Json::Whole(number) = value { Ok(*number) } else { Err(format!("no id: {value:?}")) }
}

pub fn flag(value: &Json) -> Part<bool> {
    if let Json::Flag(flag) = value { Ok(*flag) } else { Err(format!("no flag: {value:?}")) }
}

pub fn list(value: &Json, max: usize) -> Part<&[Json]> {
    match value {
        Json::List(items) if items.len() <= max => Ok(items),
        _ => Err(format!("no list of at most {max}")),
    }
}

pub fn time(value: &Json) -> Part<WallMs> {
    let ms = whole(value)?;
    if ms < 4_102_444_800_000 { Ok(WallMs::from_ms(ms)) } else { Err(format!("time {ms}")) }
}

pub fn side(value: &Json) -> Part<Side> {
    match text(value)? {
        "B" => Ok(Side::Bid),
        "A" => Ok(Side::Ask),
        other => Err(format!("side {other}")),
    }
}

pub fn status(word: &str) -> Part<OrderStatus> {
    Ok(match word {
        "open" => OrderStatus::Open,
        "filled" => OrderStatus::Filled,
        "triggered" => OrderStatus::Triggered,
        _ if word == "rejected" || word.ends_with("Rejected") => OrderStatus::Rejected,
        _ if word.contains("ancel") => OrderStatus::Canceled,
        _ => return Err(format!("status {word}")),
    })
}

pub fn level(value: &Json) -> Part<Level> {
    let count = get(value, "n")?.map_or(Ok(0), whole)?;
    let count = u32::try_from(count).map_err(|_| "n".to_owned())?;
    Ok(Level { px: px(need(value, "px")?)?, qty: qty(need(value, "sz")?)?, count })
}

pub fn cloid(value: Option<&Json>) -> Part<Option<Cloid>> {
    let Some(value) = value else { return Ok(None) };
    let digits = text(value)?.strip_prefix("0x").ok_or("cloid")?;
    if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err("cloid".to_owned());
    }
    Ok(Some(Cloid(u128::from_str_radix(digits, 16).map_err(|_| "cloid")?)))
}

pub fn px(value: &Json) -> Part<Px> {
    let e8 = exact(text(value)?)?;
    if 0 < e8 && e8 <= PX_MAX { Ok(Px::from_e8(e8 as i64)) } else { Err("px".to_owned()) }
}

pub fn qty(value: &Json) -> Part<Qty> {
    let e8 = exact(text(value)?)?;
    if (0..=QTY_MAX).contains(&e8) { Ok(Qty::from_e8(e8 as i64)) } else { Err("sz".to_owned()) }
}

pub fn row_px(value: &Json, coin: CoinIx) -> Part<Px> {
    if coin != CoinIx::FOREIGN {
        return px(value);
    }
    Ok(Px::from_e8(near(text(value)?, 8)?.clamp(0, PX_MAX) as i64))
}

pub fn row_qty(value: &Json, coin: CoinIx) -> Part<Qty> {
    if coin != CoinIx::FOREIGN {
        return qty(value);
    }
    Ok(Qty::from_e8(near(text(value)?, 8)?.clamp(0, QTY_MAX) as i64))
}

pub fn rough(value: &Json, coin: CoinIx, max: i128) -> Part<i64> {
    let e8 = near(text(value)?, 8)?;
    match coin {
        CoinIx::FOREIGN => Ok(e8.clamp(-max, max) as i64),
        _ if e8.abs() <= max => Ok(e8 as i64),
        _ => Err("too large".to_owned()),
    }
}

/// Steps of 1e-8; digits beyond the eighth must be zeros.
pub fn exact(text: &str) -> Part<i128> {
    let beyond = text.split_once('.').map_or("", |(_, tail)| tail.get(8..).unwrap_or(""));
    if beyond.bytes().any(|digit| digit != b'0') {
        return Err("too fine".to_owned());
    }
    near(text, 8)
}

/// Steps of `10^-decimals`, half away from zero; beyond 30 digits it is as good as infinite.
pub fn near(text: &str, decimals: usize) -> Part<i128> {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let (whole, tail) = bare.split_once('.').unwrap_or((bare, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(tail) {
        return Err(format!("no decimal: {text}"));
    }
    let padded = format!("{tail:0<decimals$}");
    let kept = format!("{whole}{}", &padded[..decimals]);
    let significant = kept.trim_start_matches('0');
    let floor = match significant.len() {
        0 => 0,
        1..=30 => significant.parse::<i128>().map_err(|error| error.to_string())?,
        _ => i128::MAX / 2,
    };
    let up = padded.as_bytes().get(decimals).is_some_and(|digit| b'5' <= *digit);
    let value = floor + i128::from(up);
    Ok(if bare.len() < text.len() { -value } else { value })
}

/// The reason behind an error text: the words of PROTOCOL 7.2 to 7.4, wherever they begin.
pub fn reason(text: &str) -> RejectReason {
    let text = text.strip_prefix("Cannot process API request: ").unwrap_or(text);
    let text = text.strip_prefix("L1 error: ").unwrap_or(text);
    let is = |beginnings: &[&str]| beginnings.iter().any(|beginning| text.starts_with(beginning));
    let rows: [(RejectReason, &[&str]); 14] = [
        (
            RejectReason::Price,
            &[
                "Price must be divisible by tick size",
                "Order has invalid price",
                "Invalid TP/SL price",
            ],
        ),
        (RejectReason::Size, &["Order has invalid size", "Order has zero size"]),
        (RejectReason::Minimum, &["Order must have minimum value"]),
        (
            RejectReason::Margin,
            &[
                "Insufficient margin to place order",
                "Order would cause position to exceed margin tier limit",
                "Order has insufficient spot balance",
                "Insufficient spot balance",
            ],
        ),
        (RejectReason::ReduceOnly, &["Reduce only order would increase position"]),
        (RejectReason::WouldCross, &["Post only order would have immediately matched"]),
        (
            RejectReason::NothingToMatch,
            &[
                "Order could not immediately match against any resting orders",
                "No liquidity available for market order",
            ],
        ),
        (
            RejectReason::Market,
            &[
                "Order would increase open interest",
                "Order rejected due to price more aggressive than oracle",
                "Order price too far from oracle",
                "Order price cannot be more than",
                "Only post-only orders allowed",
                "Trading is halted",
            ],
        ),
        (
            RejectReason::Gone,
            &[
                "Order was never placed, already canceled, or filled",
                "Cannot modify canceled or filled order",
            ],
        ),
        (RejectReason::ReplaceFailed, &["Error placing new order during modify"]),
        (
            RejectReason::Signer,
            &["User or API Wallet", "Must deposit before performing", "Vault not registered"],
        ),
        (RejectReason::Nonce, &["Invalid nonce"]),
        (RejectReason::Expired, &["Action already expired"]),
        (RejectReason::RateLimit, &["Too many cumulative requests sent", "429"]),
    ];
    let schedule =
        ["Cannot set scheduled cancel", "Scheduled cancel time too early", "Too many scheduled"];
    let found = rows.iter().find(|(_, beginnings)| is(beginnings)).map(|(reason, _)| *reason);
    found.or(is(&schedule).then_some(RejectReason::Schedule)).unwrap_or(RejectReason::Other)
}
