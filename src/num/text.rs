//! Decimal ASCII to fixed point and back, with no floating point on the way.

use super::unit::E8;
use std::fmt;
use std::ops::Deref;

/// Digits after the point of every stored number.
const DECIMALS: usize = 8;
/// Longest text of a number: 20 digits of 64 bits, or a sign, 11 digits, a point and 8 decimals.
const TEXT_MAX: usize = 24;
/// Steps of 1e-8 in one.
const UNIT: u64 = E8.unsigned_abs();
/// Two digits for every number below a hundred.
static PAIRS: [[u8; 2]; 100] = pairs();

/// A number as ASCII text, on the stack.
///
/// The bytes beyond its end are there for those who copy a fixed number of bytes and count later,
/// which costs a third of copying just enough.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; TEXT_MAX],
    len: usize,
}

/// Why a text is not a number we store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// No digit, or a byte that is neither digit, point nor leading minus.
    NotDecimal,
    /// More than 8 digits after the point that are not zeros.
    TooFine,
    /// Beyond what 64 bits hold at 1e-8.
    TooLarge,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TextError::NotDecimal => "not a plain decimal number",
            TextError::TooFine => "more than 8 decimals",
            TextError::TooLarge => "too large",
        })
    }
}

/// Reads a plain decimal (`-12.5`, `0.001`, `3`) as steps of 1e-8.
///
/// # Errors
/// The text is not a decimal, has significant digits beyond the eighth, or is too large.
///
/// ```
/// use evenkeel::num::text::{TextError, read_e8};
/// assert_eq!(read_e8(b"38.123"), Ok(3_812_300_000));
/// assert_eq!(read_e8(b"1e5"), Err(TextError::NotDecimal));
/// ```
pub fn read_e8(text: &[u8]) -> Result<i64, TextError> {
    read(text, DECIMALS, |finer| match finer.iter().all(|&byte| byte == b'0') {
        true => Ok(false),
        false => Err(TextError::TooFine),
    })
}

/// Reads a plain decimal in steps of `10^-decimals`, rounded half away from zero.
///
/// # Errors
/// The text is not a decimal, or is too large.
pub fn read_near(text: &[u8], decimals: usize) -> Result<i64, TextError> {
    read(text, decimals, |finer| match finer.iter().all(u8::is_ascii_digit) {
        true => Ok(finer.first().is_some_and(|&byte| b'5' <= byte)),
        false => Err(TextError::NotDecimal),
    })
}

/// Reads a plain decimal in steps of `10^-decimals`; `round_up` judges the digits beyond them.
#[inline]
fn read(
    text: &[u8],
    decimals: usize,
    round_up: impl FnOnce(&[u8]) -> Result<bool, TextError>,
) -> Result<i64, TextError> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let point = digits.iter().position(|&byte| byte == b'.').unwrap_or(digits.len());
    let (whole, tail) = digits.split_at(point);
    let fraction = tail.get(1..).unwrap_or_default();
    if whole.is_empty() || (!tail.is_empty() && fraction.is_empty()) {
        return Err(TextError::NotDecimal);
    }
    match magnitude(whole, fraction, decimals, round_up) {
        Ok(value) => Ok(if negative { -value } else { value }),
        // What follows the digit that is too much has not been looked at.
        Err(_) if !whole.iter().chain(fraction).all(u8::is_ascii_digit) => {
            Err(TextError::NotDecimal)
        }
        Err(error) => Err(error),
    }
}

/// `whole.fraction` in steps of `10^-decimals`.
#[inline]
fn magnitude(
    whole: &[u8],
    fraction: &[u8],
    decimals: usize,
    round_up: impl FnOnce(&[u8]) -> Result<bool, TextError>,
) -> Result<i64, TextError> {
    let mut value: i64 = 0;
    for &byte in whole {
        value = append(value, byte)?;
    }
    for place in 0..decimals {
        value = append(value, fraction.get(place).copied().unwrap_or(b'0'))?;
    }
    let up = round_up(fraction.get(decimals..).unwrap_or_default())?;
    value.checked_add(i64::from(up)).ok_or(TextError::TooLarge)
}

/// `value` with one more decimal digit.
fn append(value: i64, byte: u8) -> Result<i64, TextError> {
    if !byte.is_ascii_digit() {
        return Err(TextError::NotDecimal);
    }
    let shifted = value.checked_mul(10).ok_or(TextError::TooLarge)?;
    shifted.checked_add(i64::from(byte - b'0')).ok_or(TextError::TooLarge)
}

/// The canonical text of actions (PROTOCOL 3.4): no trailing zeros, no bare point, zero is `0`.
///
/// ```
/// use evenkeel::num::text::canonical;
/// assert_eq!(canonical(150_000_000).as_slice(), b"1.5");
/// assert_eq!(canonical(10_000_000_000).as_slice(), b"100");
/// ```
#[must_use]
pub fn canonical(e8: i64) -> Text {
    spell(e8, 0)
}

/// The text a venue's server prints: as [`canonical`], but with at least one decimal (`100.0`).
#[must_use]
pub fn server(e8: i64) -> Text {
    spell(e8, 1)
}

/// `e8` with at least `decimals_min` digits after the point.
fn spell(e8: i64, decimals_min: usize) -> Text {
    let mut text = Text::EMPTY;
    if e8 < 0 {
        text.push(b'-');
    }
    let magnitude = e8.unsigned_abs();
    text.push_digits(magnitude / UNIT, digits(magnitude / UNIT));
    let fraction = magnitude % UNIT;
    if fraction != 0 || decimals_min != 0 {
        text.push(b'.');
        let point = text.len;
        text.push_digits(fraction, DECIMALS);
        let zeros = text.iter().rev().take_while(|&&digit| digit == b'0').count();
        text.len = (text.len - zeros).max(point + decimals_min);
    }
    text
}

impl Text {
    const EMPTY: Text = Text { bytes: [b'0'; TEXT_MAX], len: 0 };

    /// The digits as ASCII bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self
    }

    /// It with whatever follows it, and its length.
    #[must_use]
    #[inline]
    pub fn padded(&self) -> (&[u8; TEXT_MAX], usize) {
        (&self.bytes, self.len)
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    /// Appends `value` as `count` digits, which are zeros as long as nothing else was written there.
    /// Two at a time: a division is the dearest step, and every price of every order passes here.
    #[inline]
    fn push_digits(&mut self, mut value: u64, count: usize) {
        let mut end = self.len + count;
        self.len = end;
        while 10 <= value {
            self.bytes[end - 2..end].copy_from_slice(pair(value % 100));
            value /= 100;
            end -= 2;
        }
        if value != 0 {
            self.bytes[end - 1] = pair(value)[1];
        }
    }
}

impl Deref for Text {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(self).expect("digits, a point and a sign are ASCII"))
    }
}

/// How many digits a number has.
fn digits(value: u64) -> usize {
    let more = value.checked_ilog10().unwrap_or(0);
    usize::try_from(more).expect("at most 19") + 1
}

/// Two digits as ASCII.
fn pair(value: u64) -> &'static [u8; 2] {
    &PAIRS[usize::try_from(value).expect("below a hundred")]
}

/// Every pair of digits.
const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[b'0'; 2]; 100];
    let mut at = 1;
    while at < pairs.len() {
        let [tens, ones] = pairs[at - 1];
        pairs[at] = if ones == b'9' { [tens + 1, b'0'] } else { [tens, ones + 1] };
        at += 1;
    }
    pairs
}

/// Whole number as ASCII, for times and identifiers.
#[must_use]
pub fn whole(value: u64) -> Text {
    let mut text = Text::EMPTY;
    text.push_digits(value, digits(value));
    text
}

/// Reads a whole number without sign.
///
/// # Errors
/// The text is empty, holds anything but digits, or is beyond 64 bits.
pub fn read_whole(text: &[u8]) -> Result<u64, TextError> {
    if text.is_empty() {
        return Err(TextError::NotDecimal);
    }
    text.iter().try_fold(0u64, |value, &byte| {
        if !byte.is_ascii_digit() {
            return Err(TextError::NotDecimal);
        }
        let shifted = value.checked_mul(10).ok_or(TextError::TooLarge)?;
        shifted.checked_add(u64::from(byte - b'0')).ok_or(TextError::TooLarge)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_what_is_not_one() {
        let rows: [(&[u8], Result<i64, TextError>); 16] = [
            (b"0", Ok(0)),
            (b"0.00000001", Ok(1)),
            (b"-1.5", Ok(-150_000_000)),
            (b"84143.0", Ok(8_414_300_000_000)),
            (b"1.500000000", Ok(150_000_000)),
            (b"0.000000001", Err(TextError::TooFine)),
            (b"99999999999999999999", Err(TextError::TooLarge)),
            (b"", Err(TextError::NotDecimal)),
            (b".5", Err(TextError::NotDecimal)),
            (b"5.", Err(TextError::NotDecimal)),
            (b"1e5", Err(TextError::NotDecimal)),
            (b"99999999999999999999x", Err(TextError::NotDecimal)),
            (b"0.0000000001x", Err(TextError::NotDecimal)),
            (b"+1", Err(TextError::NotDecimal)),
            (b"NaN", Err(TextError::NotDecimal)),
            (b"1.2.3", Err(TextError::NotDecimal)),
        ];
        for (text, want) in rows {
            assert_eq!(read_e8(text), want, "{}", String::from_utf8_lossy(text));
        }
        assert_eq!(server(10_000_000_000).as_slice(), b"100.0");
        assert_eq!(server(0).as_slice(), b"0.0");
        assert_eq!(canonical(-1).as_slice(), b"-0.00000001");
        assert_eq!(canonical(i64::MIN).as_slice(), b"-92233720368.54775808");
    }

    #[test]
    fn noise_is_rounded_and_nonsense_refused() {
        let rows: [(&[u8], usize, Result<i64, TextError>); 12] = [
            (b"8272576.5729350001", 8, Ok(827_257_657_293_500)),
            (b"1106837.3161859999", 8, Ok(110_683_731_618_600)),
            (b"-0.000000005", 8, Ok(-1)),
            (b"0.000000004999", 8, Ok(0)),
            (b"0.0000018952", 10, Ok(18_952)),
            (b"0.0000125", 10, Ok(125_000)),
            (b"-3", 8, Ok(-300_000_000)),
            (b"99999999999999", 8, Err(TextError::TooLarge)),
            (b"1e-5", 8, Err(TextError::NotDecimal)),
            (b"1.", 8, Err(TextError::NotDecimal)),
            (b"", 8, Err(TextError::NotDecimal)),
            (b"--1", 8, Err(TextError::NotDecimal)),
        ];
        for (text, decimals, want) in rows {
            assert_eq!(read_near(text, decimals), want, "{}", text.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn what_fits_eight_decimals_is_the_same_either_way(text in "-?[0-9]{1,9}(\\.[0-9]{1,8})?") {
            prop_assert_eq!(read_near(text.as_bytes(), DECIMALS), read_e8(text.as_bytes()));
        }

        #[test]
        fn text_comes_back_as_the_same_number(e8 in (i64::MIN + 1)..i64::MAX) {
            prop_assert_eq!(read_e8(&canonical(e8)), Ok(e8));
            prop_assert_eq!(read_e8(&server(e8)), Ok(e8));
        }

        #[test]
        fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = read_e8(&text);
            let _ = read_whole(&text);
        }
    }
}
