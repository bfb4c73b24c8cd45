//! One price of a book, read from a window so long that no byte of it needs a check of its own.

use super::decimal::{self, WIDTH};
use super::number;
use crate::market::Level;

/// Bytes of a window: no row is longer, nor what is looked at behind its last byte.
pub(super) const WINDOW: usize = 96;
/// Where anything in a row may begin, at most: two numbers, three keys and a count.
const REACH: usize = 63;

// The compiler leaves out what these lines show it.
const _: () = assert!(REACH + WIDTH <= WINDOW && REACH + 8 <= WINDOW);

/// The end of a message, with zeros behind it, which are part of no row.
#[inline(never)]
pub(super) fn padded(rest: &[u8]) -> [u8; WINDOW] {
    let mut window = [0; WINDOW];
    window[..rest.len()].copy_from_slice(rest);
    window
}

/// Reads `{"px":"26.185","sz":"120.5","n":3}` from the front: the row and the bytes it took.
#[inline(always)]
pub(super) fn level(text: &[u8; WINDOW]) -> Option<(Level, usize)> {
    let px_at = after(text, 0, b"{\"px\":\"")?;
    let (px, len) = decimal::read(part(text, px_at))?;
    let qty_at = after(text, px_at + len, b",\"sz\":\"")?;
    let (qty, len) = decimal::read(part(text, qty_at))?;
    let count_at = after(text, qty_at + len, b",\"n\":")?;
    let (count, len) = count(u64::from_le_bytes(*part(text, count_at)))?;
    let end = after(text, count_at + len, b"}")?;
    Some((Level { px: number::px_of(px)?, qty: number::qty_of(qty)?, count }, end))
}

/// Where `want`, of at most eight bytes, ends when it stands at `at`.
#[inline(always)]
fn after(text: &[u8; WINDOW], at: usize, want: &[u8]) -> Option<usize> {
    let mut key = [0; 8];
    key[..want.len()].copy_from_slice(want);
    let mask = u64::MAX >> (u64::BITS - 8 * u32::try_from(want.len()).ok()?);
    let found = u64::from_le_bytes(*part(text, at)) & mask;
    (found == u64::from_le_bytes(key)).then_some(at + want.len())
}

/// `N` bytes at `at`, which is within [`REACH`]: the mask says so to the compiler.
#[inline(always)]
fn part<const N: usize>(text: &[u8; WINDOW], at: usize) -> &[u8; N] {
    text[at & REACH..].first_chunk().expect("a window is longer than its reach")
}

/// Every byte of eight.
const EACH: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = EACH << 7;
/// What brings the first byte that is no digit to its highest bit.
const NO_DIGIT: u64 = EACH * 0x76;

/// The whole number of at most seven digits in these eight bytes, and its digits; as JSON has it, no
/// zeros in front. All digits at once: the lengths of counts cannot be predicted.
#[inline(always)]
fn count(text: u64) -> Option<(u32, usize)> {
    let values = text ^ (EACH * u64::from(b'0'));
    let others = ((values & !HIGH).wrapping_add(NO_DIGIT) | values) & HIGH;
    let bits = others.trailing_zeros() & !7;
    if !(8..=56).contains(&bits) || (values & 0xff == 0 && bits != 8) {
        return None;
    }
    let placed = values << (u64::BITS - bits);
    let twos = (placed.wrapping_mul(10).wrapping_add(placed >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (twos.wrapping_mul(100).wrapping_add(twos >> 16)) & 0x0000_ffff_0000_ffff;
    let value = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & u64::from(u32::MAX);
    Some((u32::try_from(value).ok()?, usize::try_from(bits / 8).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts() {
        type CountCase = (&'static [u8; 8], Option<(u32, usize)>);
        let rows: [CountCase; 9] = [
            (b"0}],[{\"p", Some((0, 1))),
            (b"7},{\"px\"", Some((7, 1))),
            (b"12},{\"px", Some((12, 2))),
            (b"9999999}", Some((9_999_999, 7))),
            (b"12345678", None),
            (b"01},{\"px", None),
            (b"}},{\"px\"", None),
            (b"-1},{\"px", None),
            (b"1\xb0},{\"px", Some((1, 1))),
        ];
        for (text, want) in rows {
            assert_eq!(count(u64::from_le_bytes(*text)), want, "{}", text.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn a_count_is_what_the_plain_reader_says(text in any::<[u8; 8]>(), n in 0u32..10_000_000) {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let fine = (1..8).contains(&digits) && (digits == 1 || text[0] != b'0');
            let plain = std::str::from_utf8(&text[..digits]).expect("digits").parse().ok();
            prop_assert_eq!(count(u64::from_le_bytes(text)), plain.filter(|_| fine).map(|n| (n, digits)));
            let mut spelled = [b'}'; 8];
            spelled.iter_mut().zip(n.to_string().bytes()).for_each(|(to, from)| *to = from);
            prop_assert_eq!(count(u64::from_le_bytes(spelled)), Some((n, n.to_string().len())));
        }
    }
}
