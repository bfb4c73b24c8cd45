//! Words in: values of arguments, read or refused in a sentence.

use crate::num::text::read_e8;
use crate::num::unit::E8;
use crate::num::{Bps, Nanos, Usd};
use crate::venue::world::Scenario;

/// The longest session that can be asked for, in seconds: a leap year.
const LONGEST_S: u64 = 366 * 86_400;
/// Fees of a maker that tables can be built for (MODEL 1.1).
const MAKER_FEE: [i64; 2] = [-2, 10];
/// Fees of a taker.
const TAKER_FEE: [i64; 2] = [-100, 100];
/// The longest way to the venue or from it, in milliseconds: what takes longer is an outage.
const LATENCY_MAX_MS: u64 = 60_000;
/// The most capital, as the settings have it.
const CAPITAL_MAX: Usd = Usd::from_e8(10_000_000 * E8);

/// A time such as `60s`, `2m`, `1h`; none of zero length.
pub fn duration(text: &str) -> Result<Nanos, String> {
    let wrong = || format!("{text:?} is not a time such as 60s, 2m or 1h");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (digits, unit) = text.split_at(split);
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    match count.checked_mul(seconds).filter(|&s| s <= LONGEST_S) {
        Some(0) => Err("a session of zero length does nothing; the least is 1s".to_owned()),
        Some(seconds) => Ok(Nanos::from_secs(seconds)),
        None => Err(format!("{text:?} is longer than a year")),
    }
}

/// A positive amount of dollars such as `100` or `2500.50`.
pub fn dollars(text: &str) -> Result<Usd, String> {
    match read_e8(text.as_bytes()) {
        Ok(e8) if 0 < e8 && Usd::from_e8(e8) <= CAPITAL_MAX => Ok(Usd::from_e8(e8)),
        Ok(_) => Err(format!("{text} is not an amount above 0 and up to 10000000 dollars")),
        Err(error) => Err(error.to_string()),
    }
}

/// Basis points of a maker's fee such as `1.5` or `-0.2`.
pub fn maker_fee(text: &str) -> Result<Bps, String> {
    fee(text, MAKER_FEE)
}

/// Basis points of a taker's fee such as `4.5`.
pub fn taker_fee(text: &str) -> Result<Bps, String> {
    fee(text, TAKER_FEE)
}

fn fee(text: &str, [least, most]: [i64; 2]) -> Result<Bps, String> {
    let e8 = read_e8(text.as_bytes()).map_err(|error| error.to_string())?;
    let fee = Bps::from_ubps(e8 / 100);
    if fee < Bps::from_int(least) || Bps::from_int(most) < fee {
        return Err(format!("{text} bps is not from {least} to {most}"));
    }
    Ok(fee)
}

/// Milliseconds of a way to the venue or from it.
pub fn latency(text: &str) -> Result<Nanos, String> {
    match text.parse() {
        Ok(ms) if ms <= LATENCY_MAX_MS => Ok(Nanos::from_millis(ms)),
        Ok(_) | Err(_) => Err(format!("{text} is not from 0 to {LATENCY_MAX_MS} ms")),
    }
}

/// A scenario by its name.
pub fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::named(name).ok_or_else(|| {
        let names: Vec<&str> = Scenario::ALL.iter().map(|scenario| scenario.name()).collect();
        format!("choose one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_or_refused() {
        assert_eq!(duration("60s"), Ok(Nanos::from_secs(60)));
        assert_eq!(duration("2m"), Ok(Nanos::from_secs(120)));
        for wrong in ["0s", "", "s", "5", "5d", "-1s", "99999999999h", "1.5m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    /// Numbers that no product of ours survives are refused at the door, with their range.
    #[test]
    fn amounts_name_their_range() {
        let words = |refused: Result<(), String>| refused.expect_err("out of its range");
        let (far, fine) = ("18446744073709551615", "100000000");
        assert_eq!(words(latency(far).map(drop)), format!("{far} is not from 0 to 60000 ms"));
        assert_eq!(words(maker_fee("-20").map(drop)), "-20 bps is not from -2 to 10");
        let capital = words(dollars(fine).map(drop));
        assert_eq!(capital, "100000000 is not an amount above 0 and up to 10000000 dollars");
        assert_eq!(latency("60000"), Ok(Nanos::from_secs(60)));
        assert_eq!(
            (maker_fee("-2"), taker_fee("-20")),
            (Ok(Bps::from_int(-2)), Ok(Bps::from_int(-20)))
        );
    }
}
