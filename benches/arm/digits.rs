//! Sixteen bytes of decimal text at once, with the instructions of x86-64-v2, which the build needs.

use std::arch::x86_64::{
    _mm_add_epi8, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_cvtsi128_si64, _mm_loadu_si128,
    _mm_madd_epi16, _mm_maddubs_epi16, _mm_movemask_epi8, _mm_packus_epi32, _mm_set1_epi8,
    _mm_set1_epi16, _mm_set1_epi32, _mm_shuffle_epi8, _mm_sub_epi8,
};

/// Where the bytes go, by digits before and after the point: to the middle, from both sides.
static PLACES: [[[u8; 16]; 9]; 9] = places();

/// Reads `digits.digits"` in steps of 1e-8, the quote included.
#[inline(always)]
pub fn read(rest: &mut &[u8]) -> Option<i64> {
    let head = rest.first_chunk()?;
    // SAFETY: the build's target has SSE4.1.
    let (value, len) = unsafe { sixteen(head) }?;
    *rest = &rest[len..];
    Some(value)
}

#[inline]
#[target_feature(enable = "sse4.1")]
fn sixteen(text: &[u8; 16]) -> Option<(i64, usize)> {
    // SAFETY: sixteen bytes may be read, aligned or not.
    let bytes = unsafe { _mm_loadu_si128(text.as_ptr().cast()) };
    let mask = |found| _mm_movemask_epi8(found).cast_unsigned();
    let quotes = mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(34)));
    let points = mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(46)));
    let values = _mm_sub_epi8(bytes, _mm_set1_epi8(48));
    // Digits are the ten least of the signed bytes when they are moved down to the bottom.
    let small =
        mask(_mm_cmplt_epi8(_mm_add_epi8(values, _mm_set1_epi8(-128)), _mm_set1_epi8(-118)));
    let (end, point) = (quotes.trailing_zeros(), points.trailing_zeros());
    let before_end = (quotes & quotes.wrapping_neg()).wrapping_sub(1);
    let fine = (small | (points & points.wrapping_neg())) & before_end == before_end;
    if !fine || end <= point + 1 || point == 0 || quotes == 0 {
        return None;
    }
    let place = PLACES.get(point as usize)?.get((end - point - 1) as usize)?;
    // SAFETY: sixteen bytes may be read, aligned or not.
    let places = unsafe { _mm_loadu_si128(place.as_ptr().cast()) };
    let pairs = _mm_maddubs_epi16(_mm_shuffle_epi8(values, places), _mm_set1_epi16(0x010A));
    let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064));
    let eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x0001_2710));
    let both = _mm_cvtsi128_si64(eights);
    Some(((both & 0xffff_ffff) * 100_000_000 + (both >> 32), end as usize + 1))
}

const fn places() -> [[[u8; 16]; 9]; 9] {
    let mut all = [[[0x80; 16]; 9]; 9];
    let mut whole = 0;
    while whole < 9 {
        let mut part = 0;
        while part < 9 {
            let mut at = 0;
            while at < whole {
                all[whole][part][8 - whole + at] = at as u8;
                at += 1;
            }
            at = 0;
            while at < part {
                all[whole][part][8 + at] = (whole + 1 + at) as u8;
                at += 1;
            }
            part += 1;
        }
        whole += 1;
    }
    all
}
