//! One description, two notations: every call writes msgpack and JSON.

use super::put;
use crate::market::Cloid;
use crate::num::text;
use arrayvec::ArrayVec;
use std::ops::Deref;

/// The longest text with a one-byte header in msgpack.
const FIXSTR_MAX: usize = 31;
/// The most entries of a map or list with a one-byte header.
const FIXLEN_MAX: usize = 15;
/// Digits of a nibble.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Writes msgpack and JSON of the same thing.
///
/// In JSON every value is followed by a comma; closing a bracket overwrites the last one.
pub(super) struct Writer<'a, const P: usize, const F: usize> {
    msgpack: &'a mut ArrayVec<u8, P>,
    json: &'a mut ArrayVec<u8, F>,
}

/// Bytes as `N` lower-case hex digits, on the stack.
pub(super) struct Hex<const N: usize>([u8; N]);

/// Writes a key: its msgpack and its JSON spelling from one literal.
macro_rules! key {
    ($writer:expr, $name:literal) => {
        $writer.key($name, concat!("\"", $name, "\":"))
    };
}
pub(super) use key;

impl<'a, const P: usize, const F: usize> Writer<'a, P, F> {
    /// A writer that appends to both buffers.
    pub(super) fn new(msgpack: &'a mut ArrayVec<u8, P>, json: &'a mut ArrayVec<u8, F>) -> Self {
        Writer { msgpack, json }
    }

    /// Opens a map of `len` entries.
    #[inline]
    pub(super) fn map(&mut self, len: u8) {
        put(self.msgpack, &[0x80 | len]);
        put(self.json, b"{");
    }

    /// Opens a list of `len` entries, at least one.
    #[inline]
    pub(super) fn list(&mut self, len: usize) {
        assert!(0 < len, "an empty list at the wire: the venue refuses it");
        match u8::try_from(len) {
            Ok(short) if len <= FIXLEN_MAX => put(self.msgpack, &[0x90 | short]),
            _ => {
                let long = u16::try_from(len).expect("lists are bounded by CANCELS_MAX");
                let [high, low] = long.to_be_bytes();
                put(self.msgpack, &[0xdc, high, low]);
            }
        }
        put(self.json, b"[");
    }

    /// Closes a map.
    #[inline]
    pub(super) fn end_map(&mut self) {
        self.close(b'}');
    }

    /// Closes a list.
    #[inline]
    pub(super) fn end_list(&mut self) {
        self.close(b']');
    }

    /// Turns the comma after the last value into a bracket.
    #[inline]
    fn close(&mut self, bracket: u8) {
        *self.json.last_mut().expect("no bracket closes before a value was written") = bracket;
        put(self.json, b",");
    }

    /// Writes a key, given as `key` and as `"key":`; see the macro.
    #[inline(always)]
    pub(super) fn key(&mut self, name: &'static str, quoted: &'static str) {
        self.short(name.as_bytes());
        put(self.json, quoted.as_bytes());
    }

    /// Writes a text of at most 31 ASCII characters that needs no escape.
    #[inline]
    pub(super) fn text(&mut self, text: &[u8]) {
        self.short(text);
        self.quote(text);
    }

    /// Writes a name of ours as text.
    #[inline]
    pub(super) fn cloid(&mut self, cloid: Cloid) {
        let digits = Hex::<32>::of(&cloid.0.to_be_bytes());
        put(self.msgpack, b"\xd9\x220x");
        put(self.msgpack, &digits);
        put(self.json, b"\"0x");
        put(self.json, &digits);
        put(self.json, b"\",");
    }

    /// Writes a whole number.
    #[inline]
    pub(super) fn uint(&mut self, value: u64) {
        self.packed_uint(value);
        put(self.json, &text::whole(value));
        put(self.json, b",");
    }

    /// Writes a whole number with a sign.
    #[inline]
    pub(super) fn int(&mut self, value: i64) {
        if 0 <= value {
            return self.uint(value.unsigned_abs());
        }
        self.packed_negative(value);
        put(self.json, b"-");
        put(self.json, &text::whole(value.unsigned_abs()));
        put(self.json, b",");
    }

    /// Writes a flag.
    #[inline]
    pub(super) fn flag(&mut self, flag: bool) {
        let (packed, json): (&[u8], &[u8]) =
            if flag { (b"\xc3", b"true,") } else { (b"\xc2", b"false,") };
        put(self.msgpack, packed);
        put(self.json, json);
    }

    /// The shortest msgpack of a whole number (PROTOCOL 4.2).
    fn packed_uint(&mut self, value: u64) {
        let bytes = value.to_be_bytes();
        match value {
            0..=0x7f => put(self.msgpack, &bytes[7..]),
            0x80..=0xff => self.tagged(0xcc, &bytes[7..]),
            0x100..=0xffff => self.tagged(0xcd, &bytes[6..]),
            0x1_0000..=0xffff_ffff => self.tagged(0xce, &bytes[4..]),
            0x1_0000_0000.. => self.tagged(0xcf, &bytes),
        }
    }

    /// The shortest msgpack of a number below zero.
    fn packed_negative(&mut self, value: i64) {
        let bytes = value.to_be_bytes();
        match value {
            -0x20.. => put(self.msgpack, &bytes[7..]),
            -0x80..-0x20 => self.tagged(0xd0, &bytes[7..]),
            -0x8000..-0x80 => self.tagged(0xd1, &bytes[6..]),
            -0x8000_0000..-0x8000 => self.tagged(0xd2, &bytes[4..]),
            ..-0x8000_0000 => self.tagged(0xd3, &bytes),
        }
    }

    /// A msgpack tag and what follows it.
    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        put(self.msgpack, &[tag]);
        put(self.msgpack, bytes);
    }

    /// A text of at most 31 bytes in msgpack.
    #[inline(always)]
    fn short(&mut self, text: &[u8]) {
        assert!(text.len() <= FIXSTR_MAX, "a text too long for a one-byte header");
        let len = u8::try_from(text.len()).expect("at most FIXSTR_MAX");
        put(self.msgpack, &[0xa0 | len]);
        put(self.msgpack, text);
    }

    /// A text in JSON.
    #[inline(always)]
    fn quote(&mut self, text: &[u8]) {
        put(self.json, b"\"");
        put(self.json, text);
        put(self.json, b"\",");
    }
}

impl<const N: usize> Hex<N> {
    /// The digits of `bytes`, which are half as many as `N`.
    pub(super) fn of(bytes: &[u8]) -> Hex<N> {
        assert!(2 * bytes.len() == N, "two digits a byte");
        let mut digits = [0; N];
        for (pair, &byte) in digits.chunks_exact_mut(2).zip(bytes) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0x0f)];
        }
        Hex(digits)
    }
}

impl<const N: usize> Deref for Hex<N> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
