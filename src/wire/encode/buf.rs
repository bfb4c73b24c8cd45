//! A buffer of fixed size that bytes are appended to.

use crate::num::text;
use std::ops::Deref;

/// Bytes a frame can have.
pub const FRAME_MAX: usize = 5120;
/// Bytes an action can have in either form.
pub(super) const ACTION_MAX: usize = 4608;
/// Bytes that are hashed: the action, the nonce, a vault and an expiry. Their 38 bytes are also the
/// room that a number's text needs behind it while it is copied.
pub(super) const PREIMAGE_MAX: usize = ACTION_MAX + size_of::<u64>() + 21 + 9;

/// Up to `N` bytes. The caller sizes it for the longest it will hold, and for a number's text more.
pub(super) struct Buf<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Buf<N> {
    pub(super) const fn new() -> Buf<N> {
        Buf { bytes: [0; N], len: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends bytes.
    ///
    /// # Panics
    /// If they do not fit, which the size ruled out.
    #[inline(always)]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        let end = self.len + bytes.len();
        self.bytes[self.len..end].copy_from_slice(bytes);
        self.len = end;
    }

    /// Appends the first `len` of some bytes, by copying all of them: a copy of fixed size is a few
    /// instructions, one of any size is a call.
    #[inline(always)]
    pub(super) fn put_padded<const M: usize>(&mut self, bytes: &[u8; M], len: usize) {
        assert!(len <= M, "no more than there is");
        self.bytes[self.len..self.len + M].copy_from_slice(bytes);
        self.len += len;
    }

    /// Appends a whole number.
    #[inline]
    pub(super) fn put_whole(&mut self, value: u64) {
        let text = text::whole(value);
        let (bytes, len) = text.padded();
        self.put_padded(bytes, len);
    }
}

impl<const N: usize> Deref for Buf<N> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
