//! Sixteen bytes of decimal text at once, with the instructions of x86-64-v2, which the build needs.

use std::arch::x86_64::{
    _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_madd_epi16, _mm_maddubs_epi16,
    _mm_min_epu8, _mm_movemask_epi8, _mm_packus_epi32, _mm_set1_epi8, _mm_set1_epi16,
    _mm_set1_epi32, _mm_shuffle_epi8, _mm_sub_epi8,
};

/// Where the bytes go, by digits before and after the point: to the middle, from both sides.
static PLACES: [[[u8; 16]; 9]; 9] = places();

/// Reads `digits.digits"` in steps of 1e-8; says how many bytes it took, the quote included.
#[inline(always)]
pub fn read(text: &[u8; 16]) -> Option<(i64, usize)> {
    // SAFETY: the build's target has SSE4.1.
    unsafe { sixteen(text) }
}

#[inline]
#[target_feature(enable = "sse4.1")]
fn sixteen(text: &[u8; 16]) -> Option<(i64, usize)> {
    // SAFETY: sixteen bytes may be read, aligned or not.
    let bytes = unsafe { _mm_loadu_si128(text.as_ptr().cast()) };
    let values = _mm_sub_epi8(bytes, _mm_set1_epi8(48));
    let digits = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    let others = !_mm_movemask_epi8(digits).cast_unsigned();
    let point = others.trailing_zeros() as usize;
    let end = (others & others.wrapping_sub(1)).trailing_zeros() as usize;
    let (whole, part) = (point.wrapping_sub(1), end.wrapping_sub(point + 2));
    if 8 <= (whole | part) || text[point & 15] != b'.' || text[end & 15] != b'"' {
        return None;
    }
    let place = &PLACES[(whole & 7) + 1][(part & 7) + 1];
    // SAFETY: sixteen bytes may be read, aligned or not.
    let places = unsafe { _mm_loadu_si128(place.as_ptr().cast()) };
    let pairs = _mm_maddubs_epi16(_mm_shuffle_epi8(values, places), _mm_set1_epi16(0x010A));
    let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064));
    let eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x0001_2710));
    let both = _mm_cvtsi128_si64(eights);
    Some(((both & 0xffff_ffff) * 100_000_000 + (both >> 32), end + 1))
}

/// The whole number of at most seven digits at the front of eight bytes, and its digits.
#[inline(always)]
pub fn count(text: u64) -> Option<(u64, usize)> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let values = text ^ (EACH * 0x30);
    let others = ((values & !(EACH << 7)).wrapping_add(EACH * 0x76) | values) & (EACH << 7);
    let bits = others.trailing_zeros() & !7;
    if !(8..=56).contains(&bits) {
        return None;
    }
    let placed = values << (64 - bits);
    let twos = (placed.wrapping_mul(10).wrapping_add(placed >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100).wrapping_add(twos >> 16)) & 0x0000_ffff_0000_ffff;
    let value = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff;
    Some((value, bits as usize / 8))
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
