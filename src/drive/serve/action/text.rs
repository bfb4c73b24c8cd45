//! Texts of actions, each with one canonical spelling: numbers, names, addresses.

use crate::market::{Address, Cloid};
use crate::num::text::{TextError, read_e8};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A decimal in canonical spelling (PROTOCOL 3.4), of any length; or the text as it came, when it is
/// no plain decimal. Such a text hashes as it was signed, and is then no valid price or size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(String);

/// A name of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloidText(pub Cloid);

/// An address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressText(pub Address);

impl Number {
    /// Reads a number as a client spelled it.
    ///
    /// ```
    /// use evenkeel::drive::serve::action::text::Number;
    /// let rows = [("1.50", "1.5"), ("100.0", "100"), ("007", "7"), ("-0.0", "0"), ("1e5", "1e5")];
    /// for (spelled, canonical) in rows {
    ///     assert_eq!(Number::read(spelled).as_str(), canonical);
    /// }
    /// ```
    pub fn read(spelled: &str) -> Number {
        Number(canonical(spelled).unwrap_or_else(|| spelled.to_owned()))
    }

    /// The canonical spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The value in steps of 1e-8.
    ///
    /// # Errors
    /// It is no plain decimal, finer than that, or too large.
    pub fn e8(&self) -> Result<i64, TextError> {
        read_e8(self.0.as_bytes())
    }
}

/// A plain decimal without what it does not need; none when it is not one.
fn canonical(spelled: &str) -> Option<String> {
    let (sign, digits) = match spelled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", spelled),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    Some(match (whole, fraction.trim_end_matches('0')) {
        ("0", "") => "0".to_owned(),
        (whole, "") => format!("{sign}{whole}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        String::deserialize(deserializer).map(|spelled| Number::read(&spelled))
    }
}

impl Serialize for CloidText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CloidText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<CloidText, D::Error> {
        let text = String::deserialize(deserializer)?;
        let want = "a cloid, 0x and 32 hex digits";
        Cloid::read(text.as_bytes())
            .map(CloidText)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &want))
    }
}

impl Serialize for AddressText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AddressText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AddressText, D::Error> {
        let text = String::deserialize(deserializer)?;
        let want = "an address, 0x and 40 hex digits";
        Address::read(text.as_bytes())
            .map(AddressText)
            .ok_or_else(|| de::Error::invalid_value(de::Unexpected::Str(&text), &want))
    }
}
