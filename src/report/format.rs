//! Figures as people read them: fixed decimals, signs, thousands, times.

use crate::num::fix::div_round;
use crate::num::{Bps, Nanos, Px, Usd};

/// Decimals of the stored numbers.
const DECIMALS: u32 = 8;

/// A number in steps of 1e-8 with `decimals` decimals (at most 8), rounded half away from zero.
///
/// ```
/// use evenkeel::report::format::fixed;
/// assert_eq!(fixed(-123_456_789, 2), "-1.23");
/// assert_eq!(fixed(123_456_700_000_000, 1), "1,234,567.0");
/// assert_eq!(fixed(-1, 2), "0.00");
/// ```
pub fn fixed(e8: i64, decimals: u32) -> String {
    let unit = 10i128.pow(DECIMALS - decimals);
    let rounded = div_round(i128::from(e8), unit);
    let whole_unit = 10u128.pow(decimals);
    let magnitude = rounded.unsigned_abs();
    let sign = if rounded < 0 { "-" } else { "" };
    let whole = grouped(magnitude / whole_unit);
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => {
            let width = usize::try_from(decimals).unwrap_or_default();
            format!("{sign}{whole}.{:0width$}", magnitude % whole_unit)
        }
    }
}

/// A whole number with a comma before every third digit.
pub fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index != 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A change: as [`fixed`], with a plus sign where it is above zero.
pub fn signed(e8: i64, decimals: u32) -> String {
    let text = fixed(e8, decimals);
    if text.starts_with('-') || text.chars().all(|c| "0.,".contains(c)) {
        text
    } else {
        format!("+{text}")
    }
}

/// An amount of money with its sign: `+$1.20`.
pub fn money(usd: Usd, decimals: u32) -> String {
    let text = signed(usd.e8(), decimals);
    match text.strip_prefix(['+', '-']) {
        Some(rest) => format!("{}${rest}", &text[..1]),
        None => format!("${text}"),
    }
}

/// An amount of money that is a level, not a change: `$98.80`.
pub fn level(usd: Usd, decimals: u32) -> String {
    money(usd, decimals).trim_start_matches('+').to_owned()
}

/// Basis points with a sign: `-1.25`.
pub fn bps(bps: Bps, decimals: u32) -> String {
    signed(bps.ubps() * 100, decimals)
}

/// Basis points as a number, for JSON and charts.
pub fn bps_f64(bps: Bps) -> f64 {
    bps.ubps() as f64 / 1e6
}

/// A share as per cent: `2.00 %`.
pub fn percent(share: Bps, decimals: u32) -> String {
    format!("{} %", fixed(share.ubps(), decimals))
}

/// A number in steps of 1e-8 as it is, without trailing zeros.
pub fn exact(e8: i64) -> String {
    crate::num::text::canonical(e8).to_string()
}

/// A price as it is.
pub fn price(px: Px) -> String {
    exact(px.e8())
}

/// A span of time in the unit that fits: `812 ns`, `4.18 us`, `1.20 ms`, `3.0 s`.
pub fn span(ns: u64) -> String {
    let ns = ns as f64;
    match ns {
        _ if ns < 1e3 => format!("{ns} ns"),
        _ if ns < 1e6 => format!("{:.2} us", ns / 1e3),
        _ if ns < 1e9 => format!("{:.2} ms", ns / 1e6),
        _ => format!("{:.1} s", ns / 1e9),
    }
}

/// A length of a session: `0:07`, `2:00`, `1:02:03`.
pub fn length(time: Nanos) -> String {
    let s = time.ms() / 1_000;
    let (h, m, s) = (s / 3_600, s / 60 % 60, s % 60);
    if h == 0 { format!("{m}:{s:02}") } else { format!("{h}:{m:02}:{s:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_round_half_away_and_show_no_negative_zero() {
        // what, got, want
        let rows = [
            ("half up", fixed(150_000_000, 0), "2"),
            ("half down", fixed(-150_000_000, 0), "-2"),
            ("nothing negative", fixed(-400_000, 2), "0.00"),
            ("thousands", fixed(-123_456_700_000_000, 2), "-1,234,567.00"),
            ("no thousands", fixed(99_900_000_000, 0), "999"),
            ("a gain", signed(5_000_000, 2), "+0.05"),
            ("no change", signed(10, 2), "0.00"),
            ("money", money(Usd::from_e8(-120_000_000), 2), "-$1.20"),
            ("money gained", money(Usd::from_e8(120_000_000), 2), "+$1.20"),
            ("money level", level(Usd::from_e8(120_000_000), 2), "$1.20"),
            ("bps", bps(Bps::from_centi(-125), 2), "-1.25"),
            ("per cent", percent(Bps::from_int(200), 2), "2.00 %"),
            ("exact", exact(-123_000_000), "-1.23"),
            ("ns", span(812), "812 ns"),
            ("us", span(4_180), "4.18 us"),
            ("a session", length(Nanos::from_secs(3_723)), "1:02:03"),
        ];
        for (what, got, want) in rows {
            assert_eq!(got, want, "{what}");
        }
    }
}
