//! Decimal text in a message to steps of 1e-8: one digit at a time, and sixteen at once.

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse4.1"))))]
use crate::num::text::read_e8;

/// Decimals of everything we store.
const DECIMALS: usize = 8;
/// Whole digits taken: prices have 8; a larger size goes to the JSON parser, with its message.
const WHOLE_MAX: usize = 8;
pub(super) const WIDTH: usize = 16;
/// Reads `digits.digits"` from the front of `text`: the value in steps of 1e-8 and the bytes it
/// took, the quote included.
///
/// `None` for any other spelling, also for some that are numbers (`5`, `-1.0`, nine decimals, more
/// bytes than [`WIDTH`]): the JSON parser has a slower reader for those.
#[inline(always)]
pub(super) fn read(text: &[u8; WIDTH]) -> Option<(i64, usize)> {
    #[cfg(all(target_arch = "x86_64", target_feature = "sse4.1"))]
    // SAFETY: `read` needs SSE4.1, and this code exists only in builds that promise it.
    return unsafe { sixteen::read(text) };
    #[cfg(not(all(target_arch = "x86_64", target_feature = "sse4.1")))]
    return one_by_one(text);
}

/// As [`read`], one digit at a time.
#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse4.1"))))]
fn one_by_one(text: &[u8; WIDTH]) -> Option<(i64, usize)> {
    let end = text.iter().position(|&byte| byte == b'"')?;
    let point = text[..end].iter().position(|&byte| byte == b'.')?;
    let fits = (1..=WHOLE_MAX).contains(&point) && (1..=DECIMALS).contains(&(end - point - 1));
    let unsigned = text[0] != b'-';
    (fits && unsigned).then_some((read_e8(&text[..end]).ok()?, end + 1))
}

/// Sixteen bytes at once, with instructions every machine of our build target has (SSE4.1 is part
/// of x86-64-v2). Decided when compiling: a check at run time would keep `read` from being inlined.
#[cfg(all(target_arch = "x86_64", target_feature = "sse4.1"))]
mod sixteen {
    use super::{DECIMALS, WHOLE_MAX, WIDTH};
    use crate::num::unit::E8;
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_madd_epi16, _mm_maddubs_epi16,
        _mm_min_epu8, _mm_movemask_epi8, _mm_packus_epi32, _mm_set_epi64x, _mm_set1_epi8,
        _mm_set1_epi16, _mm_set1_epi32, _mm_shuffle_epi8, _mm_sub_epi8,
    };

    /// ASCII of `0`, and the largest digit, as signed bytes.
    const ZERO: i8 = 48;
    const NINE: i8 = 9;
    /// The last byte; as a mask it changes nothing and tells the compiler so.
    const LAST: usize = WIDTH - 1;
    const _: () = assert!(WHOLE_MAX == DECIMALS && DECIMALS == 8);
    /// A place of the shuffle that becomes zero.
    const BLANK: u8 = 0x80;
    /// Pairs of weights for the multiplications: 10 and 1, 100 and 1, 10000 and 1, low half first.
    const TENS: i16 = 0x010A;
    const HUNDREDS: i32 = 0x0001_0064;
    const MYRIADS: i32 = 0x0001_2710;

    /// Where each byte goes, by whole digits and decimals, each less one: whole digits to the end of
    /// the lower half, decimals to the beginning of the upper half.
    static PLACES: [[[u8; WIDTH]; DECIMALS]; WHOLE_MAX] = places();

    /// As [`super::read`]. Two bytes are no digits: the point, then the quote.
    #[inline]
    #[target_feature(enable = "sse4.1")]
    pub(super) fn read(text: &[u8; WIDTH]) -> Option<(i64, usize)> {
        let values = _mm_sub_epi8(load(text), _mm_set1_epi8(ZERO));
        let digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(NINE)), values);
        let others = !_mm_movemask_epi8(digits).cast_unsigned();
        let point = usize::try_from(others.trailing_zeros()).ok()?;
        let end = usize::try_from((others & others.wrapping_sub(1)).trailing_zeros()).ok()?;
        let (whole, decimals) = (point.wrapping_sub(1), end.wrapping_sub(point + 2));
        // An `or` of two small numbers is small, and what is not there has wrapped around.
        let fits = (whole | decimals) < DECIMALS;
        if !fits || text[point & LAST] != b'.' || text[end & LAST] != b'"' {
            return None;
        }
        let places = &PLACES[whole & (WHOLE_MAX - 1)][decimals & (DECIMALS - 1)];
        let placed = _mm_shuffle_epi8(values, load(places));
        let pairs = _mm_maddubs_epi16(placed, _mm_set1_epi16(TENS));
        let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(HUNDREDS));
        let eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(MYRIADS));
        let both = _mm_cvtsi128_si64(eights);
        let whole = both & i64::from(u32::MAX);
        let fraction = both >> u32::BITS;
        Some((whole * E8 + fraction, end + 1))
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

    const fn places() -> [[[u8; WIDTH]; DECIMALS]; WHOLE_MAX] {
        let mut all = [[[BLANK; WIDTH]; DECIMALS]; WHOLE_MAX];
        let mut whole = 0;
        while whole < WHOLE_MAX {
            let mut decimals = 0;
            while decimals < DECIMALS {
                // Byte `from` is the index itself; a counter of its type keeps the table exact.
                let mut from: u8 = 0;
                let mut at = WHOLE_MAX - whole - 1;
                while at < WHOLE_MAX {
                    all[whole][decimals][at] = from;
                    from += 1;
                    at += 1;
                }
                from += 1; // The point itself goes nowhere.
                while at <= WHOLE_MAX + decimals {
                    all[whole][decimals][at] = from;
                    from += 1;
                    at += 1;
                }
                decimals += 1;
            }
            whole += 1;
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The front of a text, as a message goes on behind it.
    fn head(text: &[u8]) -> [u8; WIDTH] {
        let mut head = [b' '; WIDTH];
        head.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
        head
    }

    #[test]
    fn spellings() {
        type DecimalCase = (&'static [u8], Option<(i64, usize)>);
        let rows: [DecimalCase; 13] = [
            (b"84143.0\",\"sz\":\"10", Some((8_414_300_000_000, 8))),
            (b"0.00000001\",\"sz\":", Some((1, 11))),
            (b"12345678.876543\"", Some((1_234_567_887_654_300, 16))),
            (b"1.87654321\"", Some((187_654_321, 11))),
            (b"0.0\"", Some((0, 4))),
            (b"12345678.87654321\"", None), // Longer than what is looked at.
            (b"123456789.5\"      ", None),
            (b"1.000000000\"          ", None),
            (b"1\",\"sz\":\"1.0\"   ", None),
            (b".5\",\"sz\":\"1.0\"   ", None),
            (b"5.\",\"sz\":\"1.0\"   ", None),
            (b"-1.0\",\"sz\":\"1.0\" ", None),
            (b"1.2.3\",\"sz\":\"1.0\"", None),
        ];
        for (text, want) in rows {
            assert_eq!(read(&head(text)), want, "{}", text.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn both_ways_and_the_plain_reader_agree(
            text in "[0-9.\"x-]{0,18}|[0-9]{1,11}\\.[0-9]{1,9}\"[,:a-z\"]{0,12}"
        ) {
            let got = read(&head(text.as_bytes()));
            prop_assert_eq!(got, one_by_one(&head(text.as_bytes())));
            if let Some((e8, len)) = got {
                prop_assert_eq!(read_e8(&text.as_bytes()[..len - 1]), Ok(e8));
            }
        }
    }
}
