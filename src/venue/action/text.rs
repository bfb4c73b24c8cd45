//! Texts of actions, each with one canonical spelling: numbers, names, addresses.

use crate::market::{Address, Cloid};
use crate::num;
use crate::num::text::{TextError, read_e8};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// A decimal, however a client spelled it; it is written in canonical spelling (PROTOCOL 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Number {
    /// A value in steps of 1e-8.
    E8(i64),
    /// A decimal that is finer than that or too large, in canonical spelling; or the text as it
    /// came, when it is no plain decimal. Such a text hashes as it was signed, and is then no valid
    /// price or size.
    Text(String),
}

/// A name of an order: any case in, lower case out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct CloidText(pub Cloid);

/// An address: any case in, lower case out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AddressText(pub Address);

impl Number {
    /// Reads a number as a client spelled it.
    pub fn read(spelled: &str) -> Number {
        match canonical(spelled) {
            Some(text) => read_e8(text.as_bytes()).map_or(Number::Text(text), Number::E8),
            None => Number::Text(spelled.to_owned()),
        }
    }

    /// The value in steps of 1e-8.
    ///
    /// # Errors
    /// It is no plain decimal, finer than that, or too large.
    pub fn e8(&self) -> Result<i64, TextError> {
        match self {
            Number::E8(e8) => Ok(*e8),
            Number::Text(text) => read_e8(text.as_bytes()),
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::E8(e8) => num::text::canonical(*e8).fmt(f),
            Number::Text(text) => f.write_str(text),
        }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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

impl From<String> for Number {
    fn from(spelled: String) -> Number {
        Number::read(&spelled)
    }
}

/// A text that does not mean what its place asks for.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct Misspelled {
    text: String,
    wanted: String,
}

impl Misspelled {
    /// What is wrong with `text`, where `wanted` should stand.
    pub fn new(text: String, wanted: impl Into<String>) -> Misspelled {
        Misspelled { text, wanted: wanted.into() }
    }
}

impl TryFrom<String> for CloidText {
    type Error = Misspelled;
    fn try_from(text: String) -> Result<CloidText, Misspelled> {
        let read = Cloid::read(text.as_bytes()).map(CloidText);
        read.ok_or_else(|| Misspelled::new(text, "a cloid: 0x and 32 hex digits"))
    }
}

impl From<CloidText> for String {
    fn from(text: CloidText) -> String {
        text.0.to_string()
    }
}

impl TryFrom<String> for AddressText {
    type Error = Misspelled;
    fn try_from(text: String) -> Result<AddressText, Misspelled> {
        let read = Address::read(text.as_bytes()).map(AddressText);
        read.ok_or_else(|| Misspelled::new(text, "an address: 0x and 40 hex digits"))
    }
}

impl From<AddressText> for String {
    fn from(text: AddressText) -> String {
        text.0.to_string()
    }
}
