//! Decimal ASCII to fixed point and back, with no floating point on the way.

use arrayvec::ArrayVec;

/// Digits after the point of every stored number.
const DECIMALS: usize = 8;
/// Longest text of a number: sign, 12 whole digits of an i64 at 1e-8 plus slack, point, 8 decimals.
const TEXT_MAX: usize = 24;
/// Powers of ten up to 1e8.
const POW10: [i64; DECIMALS + 1] =
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// A number as ASCII text, on the stack.
pub type Text = ArrayVec<u8, TEXT_MAX>;

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

impl std::fmt::Display for TextError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
    let mut value: i64 = 0;
    for &byte in whole {
        value = append(value, byte)?;
    }
    for place in 0..DECIMALS {
        value = append(value, fraction.get(place).copied().unwrap_or(b'0'))?;
    }
    for &byte in fraction.iter().skip(DECIMALS) {
        match byte {
            b'0' => {}
            b'1'..=b'9' => return Err(TextError::TooFine),
            _ => return Err(TextError::NotDecimal),
        }
    }
    Ok(if negative { -value } else { value })
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
    let mut text = Text::new();
    put(&mut text, e8, 0);
    text
}

/// The text a venue's server prints: as [`canonical`], but with at least one decimal (`100.0`).
#[must_use]
pub fn server(e8: i64) -> Text {
    let mut text = Text::new();
    put(&mut text, e8, 1);
    text
}

/// Appends `e8` with at least `decimals_min` digits after the point.
fn put(text: &mut Text, e8: i64, decimals_min: usize) {
    if e8 < 0 {
        text.push(b'-');
    }
    let magnitude = e8.unsigned_abs();
    let unit = POW10[DECIMALS].unsigned_abs();
    put_whole(text, magnitude / unit);
    let mut fraction = magnitude % unit;
    let mut place = DECIMALS;
    if fraction != 0 || decimals_min != 0 {
        text.push(b'.');
    }
    while fraction != 0 || DECIMALS - place < decimals_min {
        place -= 1;
        let weight = POW10[place].unsigned_abs();
        text.push(digit(fraction / weight));
        fraction %= weight;
    }
}

/// Appends a whole number.
fn put_whole(text: &mut Text, mut whole: u64) {
    let start = text.len();
    loop {
        text.push(digit(whole % 10));
        whole /= 10;
        if whole == 0 {
            break;
        }
    }
    text[start..].reverse();
}

/// One decimal digit as ASCII.
fn digit(value: u64) -> u8 {
    b'0' + u8::try_from(value).expect("a decimal digit is below ten")
}

/// Whole number as ASCII, for times and identifiers.
#[must_use]
pub fn whole(value: u64) -> Text {
    let mut text = Text::new();
    put_whole(&mut text, value);
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
        let rows: [(&[u8], Result<i64, TextError>); 14] = [
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

    proptest! {
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
