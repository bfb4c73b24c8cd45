//! Words in: values of arguments, read or refused in a sentence.

use crate::num::text::read_e8;
use crate::num::{Bps, Nanos, Usd};
use crate::venue::world::Scenario;

/// The longest session that can be asked for, in seconds: a leap year.
const LONGEST_S: u64 = 366 * 86_400;
/// The largest fee, either way.
const FEE_MAX: Bps = Bps::from_int(100);

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
        Ok(e8) if 0 < e8 => Ok(Usd::from_e8(e8)),
        Ok(_) => Err("capital must be positive".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Basis points of a fee such as `1.5` or `-0.2`.
pub fn fee(text: &str) -> Result<Bps, String> {
    let e8 = read_e8(text.as_bytes()).map_err(|error| error.to_string())?;
    let fee = Bps::from_ubps(e8 / 100);
    if FEE_MAX < fee.abs() {
        return Err("a fee lies between -100 and 100 bps".to_owned());
    }
    Ok(fee)
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
}
