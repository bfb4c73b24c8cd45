//! One description, two notations: every call writes msgpack and JSON.

use super::buf::{Buf, FRAME_MAX, PREIMAGE_MAX};
use super::fragment::{FIXLEN_MAX, FIXSTR_MAX, StaticFragment};
use crate::market::Cloid;
use crate::num::text;
use std::ops::Deref;

/// Two hex digits for every byte.
static PAIRS: [[u8; 2]; 256] = pairs();

/// Writes msgpack and JSON of the same thing.
pub(super) struct ActionWriter<'a> {
    msgpack: &'a mut Buf<PREIMAGE_MAX>,
    json: &'a mut Buf<FRAME_MAX>,
}

/// Bytes as `N` lower-case hex digits, on the stack.
pub(super) struct Hex<const N: usize>([u8; N]);

/// A run of constants, made at compile time: `fragment!(map(2).key("asset"))`.
macro_rules! fragment {
    ($($step:ident($($argument:expr),*)).+) => {
        const { &$crate::wire::encode::fragment::StaticFragment::new()$(.$step($($argument),*))+ }
    };
}
pub(super) use fragment;

impl<'a> ActionWriter<'a> {
    /// A writer that appends to both buffers.
    pub(super) fn new(msgpack: &'a mut Buf<PREIMAGE_MAX>, json: &'a mut Buf<FRAME_MAX>) -> Self {
        ActionWriter { msgpack, json }
    }

    /// Writes constants; see the macro.
    #[inline(always)]
    pub(super) fn fragment(&mut self, run: &'static StaticFragment) {
        self.msgpack.put(run.msgpack());
        self.json.put(run.json());
    }

    /// Writes a list, at least one item long; `write` writes an item.
    #[inline]
    pub(super) fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        assert!(!items.is_empty(), "an empty list at the wire: the venue refuses it");
        self.packed_list(items.len());
        let mut before: &[u8] = b"[";
        for item in items {
            self.json.put(before);
            write(self, item);
            before = b",";
        }
        self.json.put(b"]");
    }

    /// Writes a number as text.
    #[inline]
    pub(super) fn number(&mut self, e8: i64) {
        let text = text::canonical(e8);
        let (bytes, len) = text.padded();
        assert!(len <= FIXSTR_MAX, "a text too long for a one-byte header");
        self.msgpack.put(&[0xa0 | u8::try_from(len).expect("at most FIXSTR_MAX")]);
        self.msgpack.put_padded(bytes, len);
        self.json.put(b"\"");
        self.json.put_padded(bytes, len);
        self.json.put(b"\"");
    }

    /// Writes a name of ours as text.
    #[inline]
    pub(super) fn cloid(&mut self, cloid: Cloid) {
        let digits = Hex::<32>::new(&cloid.0.to_be_bytes());
        self.msgpack.put(b"\xd9\x220x");
        self.msgpack.put(&*digits);
        self.json.put(b"\"0x");
        self.json.put(&*digits);
        self.json.put(b"\"");
    }

    /// Writes a whole number.
    #[inline]
    pub(super) fn uint(&mut self, value: u64) {
        self.packed_uint(value);
        self.json.put_whole(value);
    }

    /// Writes a whole number with a sign.
    #[inline]
    pub(super) fn int(&mut self, value: i64) {
        if 0 <= value {
            return self.uint(value.unsigned_abs());
        }
        self.packed_negative(value);
        self.json.put(b"-");
        self.json.put_whole(value.unsigned_abs());
    }

    #[inline]
    pub(super) fn flag(&mut self, flag: bool) {
        if flag {
            self.msgpack.put(b"\xc3");
            self.json.put(b"true");
        } else {
            self.msgpack.put(b"\xc2");
            self.json.put(b"false");
        }
    }

    /// The msgpack header of a list.
    #[inline]
    fn packed_list(&mut self, len: usize) {
        match u8::try_from(len) {
            Ok(short) if len <= FIXLEN_MAX => self.msgpack.put(&[0x90 | short]),
            _ => {
                let long = u16::try_from(len).expect("lists are bounded by CANCELS_MAX");
                let [high, low] = long.to_be_bytes();
                self.msgpack.put(&[0xdc, high, low]);
            }
        }
    }

    /// The shortest msgpack of a whole number (PROTOCOL 4.2).
    #[inline]
    fn packed_uint(&mut self, value: u64) {
        let bytes = value.to_be_bytes();
        match value {
            0..=0x7f => self.msgpack.put(&bytes[7..]),
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
            -0x20.. => self.msgpack.put(&bytes[7..]),
            -0x80..-0x20 => self.tagged(0xd0, &bytes[7..]),
            -0x8000..-0x80 => self.tagged(0xd1, &bytes[6..]),
            -0x8000_0000..-0x8000 => self.tagged(0xd2, &bytes[4..]),
            ..-0x8000_0000 => self.tagged(0xd3, &bytes),
        }
    }

    /// A msgpack tag and what follows it.
    #[inline(always)]
    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.msgpack.put(&[tag]);
        self.msgpack.put(bytes);
    }
}

impl<const N: usize> Hex<N> {
    /// The digits of `bytes`, which are half as many as `N`.
    #[inline]
    pub(super) fn new(bytes: &[u8]) -> Hex<N> {
        assert!(2 * bytes.len() == N, "two digits a byte");
        let mut digits = [0; N];
        for (pair, &byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = PAIRS[usize::from(byte)];
        }
        Hex(digits)
    }
}

impl<const N: usize> Deref for Hex<N> {
    type Target = [u8; N];
    fn deref(&self) -> &[u8; N] {
        &self.0
    }
}

/// Every pair of hex digits.
const fn pairs() -> [[u8; 2]; 256] {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut at = 0;
    while at < pairs.len() {
        pairs[at] = [digits[at >> 4], digits[at & 0x0f]];
        at += 1;
    }
    pairs
}
