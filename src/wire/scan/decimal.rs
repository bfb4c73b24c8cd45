//! Decimal text in a message to steps of 1e-8: one digit at a time, and sixteen at once.

/// Decimals of everything we store.
const DECIMALS: usize = 8;
/// Whole digits that the fast way takes; prices have 8, sizes that long are rare.
#[cfg(all(target_arch = "x86_64", target_feature = "sse4.1"))]
const WHOLE_MAX: usize = 8;
/// Whole digits the slow way takes: ten fit 64 bits at 1e-8 with room to spare.
const WHOLE_DIGITS_MAX: usize = 10;
/// Steps in one whole.
const E8: i64 = 100_000_000;
/// Weight of the last digit, by the number of decimals.
const WEIGHT: [i64; DECIMALS + 1] = [E8, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// Reads `digits.digits"` from the front of `rest`, the quote included.
///
/// `None` for any other spelling, also for some that are numbers (`5`, `-1.0`, nine decimals): the
/// caller has a slower reader for those.
#[inline(always)]
pub(super) fn read(rest: &mut &[u8]) -> Option<i64> {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse4.1"))]
    if let Some(head) = rest.first_chunk()
        // SAFETY: `read` needs SSE4.1, and this code exists only in builds that promise it.
        && let Some((e8, len)) = unsafe { sixteen::read(head) }
    {
        *rest = &rest[len..];
        return Some(e8);
    }
    one_by_one(rest)
}

/// As [`read`], one digit at a time.
fn one_by_one(rest: &mut &[u8]) -> Option<i64> {
    let text = *rest;
    let (whole, point) = digits(text, WHOLE_DIGITS_MAX)?;
    let fraction_text = text.get(point + 1..).filter(|_| text.get(point) == Some(&b'.'))?;
    let (fraction, decimals) = digits(fraction_text, DECIMALS)?;
    if fraction_text.get(decimals) != Some(&b'"') {
        return None;
    }
    *rest = &fraction_text[decimals + 1..];
    Some(whole * E8 + fraction * WEIGHT[decimals])
}

/// The number at the front of `text` and its digits, of which there are 1 to `max`.
fn digits(text: &[u8], max: usize) -> Option<(i64, usize)> {
    let mut value = 0;
    let mut len = 0;
    while let Some(&byte @ b'0'..=b'9') = text.get(len) {
        if len == max {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
        len += 1;
    }
    (len != 0).then_some((value, len))
}

/// Sixteen bytes at once, with instructions every machine of our build target has (SSE4.1 is part
/// of x86-64-v2). Decided when compiling: a check at run time would keep `read` from being inlined.
#[cfg(all(target_arch = "x86_64", target_feature = "sse4.1"))]
mod sixteen {
    use super::{DECIMALS, E8, WHOLE_MAX};
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_madd_epi16, _mm_maddubs_epi16,
        _mm_min_epu8, _mm_movemask_epi8, _mm_packus_epi32, _mm_set_epi64x, _mm_set1_epi8,
        _mm_set1_epi16, _mm_set1_epi32, _mm_shuffle_epi8, _mm_sub_epi8,
    };

    /// Bytes of a register.
    const WIDTH: usize = 16;
    /// ASCII of `0`, the quote and the point, and the largest digit, as signed bytes.
    const ZERO: i8 = 48;
    const QUOTE: i8 = 34;
    const POINT: i8 = 46;
    const NINE: i8 = 9;
    /// A place of the shuffle that becomes zero.
    const BLANK: u8 = 0x80;
    /// Pairs of weights for the multiplications: 10 and 1, 100 and 1, 10000 and 1, low half first.
    const TENS: i16 = 0x010A;
    const HUNDREDS: i32 = 0x0001_0064;
    const MYRIADS: i32 = 0x0001_2710;

    /// Where each byte goes, by the place of the point and the number of decimals: whole digits to
    /// the end of the lower half, decimals to the beginning of the upper half.
    static PLACES: [[[u8; WIDTH]; DECIMALS + 1]; WHOLE_MAX + 1] = places();

    /// Reads `digits.digits"`: the value in steps of 1e-8 and the bytes it took.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(super) fn read(text: &[u8; WIDTH]) -> Option<(i64, usize)> {
        let bytes = load(text);
        let values = _mm_sub_epi8(bytes, _mm_set1_epi8(ZERO));
        let small = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(NINE)), values);
        let quotes = mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(QUOTE)));
        let points = mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(POINT)));
        let (end, point) = (quotes.trailing_zeros(), points.trailing_zeros());
        let before_end = (quotes & quotes.wrapping_neg()).wrapping_sub(1);
        let first_point = points & points.wrapping_neg();
        // Digits and one point all the way to the first quote, or it is no number of ours.
        if quotes == 0 || end <= point || (mask(small) | first_point) & before_end != before_end {
            return None;
        }
        let decimals = usize::try_from(end - point - 1).ok()?;
        let whole_digits = usize::try_from(point).ok()?;
        if decimals == 0 || whole_digits == 0 {
            return None;
        }
        let places = PLACES.get(whole_digits)?.get(decimals)?;
        let placed = _mm_shuffle_epi8(values, load(places));
        let pairs = _mm_maddubs_epi16(placed, _mm_set1_epi16(TENS));
        let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(HUNDREDS));
        let eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(MYRIADS));
        let both = _mm_cvtsi128_si64(eights);
        let whole = both & i64::from(u32::MAX);
        let fraction = both >> u32::BITS;
        Some((whole * E8 + fraction, usize::try_from(end).ok()? + 1))
    }

    /// Sixteen bytes in a register.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    fn load(bytes: &[u8; WIDTH]) -> __m128i {
        let low = i64::from_le_bytes(half(bytes, 0));
        let high = i64::from_le_bytes(half(bytes, WIDTH / 2));
        _mm_set_epi64x(high, low)
    }

    /// Eight of the sixteen bytes.
    #[inline(always)]
    fn half(bytes: &[u8; WIDTH], from: usize) -> [u8; WIDTH / 2] {
        let mut half = [0; WIDTH / 2];
        half.copy_from_slice(&bytes[from..from + WIDTH / 2]);
        half
    }

    /// The highest bit of each byte.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    fn mask(bytes: __m128i) -> u32 {
        _mm_movemask_epi8(bytes).cast_unsigned()
    }

    /// Builds [`PLACES`].
    const fn places() -> [[[u8; WIDTH]; DECIMALS + 1]; WHOLE_MAX + 1] {
        let mut all = [[[BLANK; WIDTH]; DECIMALS + 1]; WHOLE_MAX + 1];
        let mut point = 0;
        while point <= WHOLE_MAX {
            let mut decimals = 0;
            while decimals <= DECIMALS {
                // Byte `from` is the index itself; a counter of its type keeps the table exact.
                let mut from: u8 = 0;
                let mut at = 0;
                while at < point {
                    all[point][decimals][WHOLE_MAX - point + at] = from;
                    from += 1;
                    at += 1;
                }
                from += 1; // The point itself goes nowhere.
                at = 0;
                while at < decimals {
                    all[point][decimals][WHOLE_MAX + at] = from;
                    from += 1;
                    at += 1;
                }
                decimals += 1;
            }
            point += 1;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::text::read_e8;
    use proptest::prelude::*;

    #[test]
    fn spellings() {
        let rows: [(&[u8], Option<i64>); 12] = [
            (b"84143.0\",\"sz\":\"10", Some(8_414_300_000_000)),
            (b"0.00000001\",\"sz\":", Some(1)),
            (b"12345678.87654321\"", Some(1_234_567_887_654_321)),
            (b"1234567890.5\"      ", Some(123_456_789_050_000_000)),
            (b"0.0\"", Some(0)),
            (b"1.000000000\"          ", None),
            (b"1\",\"sz\":\"1.0\"   ", None),
            (b".5\",\"sz\":\"1.0\"   ", None),
            (b"5.\",\"sz\":\"1.0\"   ", None),
            (b"-1.0\",\"sz\":\"1.0\" ", None),
            (b"1.2.3\",\"sz\":\"1.0\"", None),
            (b"", None),
        ];
        for (text, want) in rows {
            assert_eq!(read(&mut &*text), want, "{}", text.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn both_ways_and_the_plain_reader_agree(
            text in "[0-9.\"x-]{0,18}|[0-9]{1,11}\\.[0-9]{1,9}\"[,:a-z\"]{0,12}"
        ) {
            let mut rest = text.as_bytes();
            let mut slow_rest = text.as_bytes();
            let got = read(&mut rest);
            prop_assert_eq!(got, one_by_one(&mut slow_rest));
            prop_assert_eq!(rest, slow_rest);
            if let Some(e8) = got {
                let number = text.split('"').next().unwrap_or_default();
                prop_assert_eq!(read_e8(number.as_bytes()), Ok(e8));
            }
        }
    }
}
