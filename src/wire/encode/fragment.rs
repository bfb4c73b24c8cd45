//! Runs of constant pieces in both notations, put together at compile time from one description.

/// Bytes of the longest run.
const FRAGMENT_MAX: usize = 64;
/// The longest text with a one-byte header in msgpack.
pub(super) const FIXSTR_MAX: usize = 31;
/// The most entries of a map or list with a one-byte header.
pub(super) const FIXLEN_MAX: usize = 15;

/// Brackets, keys and constant values that follow each other, in msgpack and in JSON.
///
/// Commas: a key writes the one before it, unless it is the first of its map. A run that starts
/// with a key follows a value.
#[derive(Clone, Copy)]
pub(super) struct StaticFragment {
    msgpack: [u8; FRAGMENT_MAX],
    packed: usize,
    json: [u8; FRAGMENT_MAX],
    len: usize,
}

impl StaticFragment {
    pub(super) const fn new() -> StaticFragment {
        StaticFragment { msgpack: [0; FRAGMENT_MAX], packed: 0, json: [0; FRAGMENT_MAX], len: 0 }
    }

    /// Opens a map of `len` entries.
    pub(super) const fn map(self, len: u8) -> StaticFragment {
        assert!(len <= 15, "a map with more entries has a longer header");
        self.pack(0x80 | len).write(b'{')
    }

    pub(super) const fn end_map(self) -> StaticFragment {
        self.write(b'}')
    }

    /// Names the next value.
    pub(super) const fn key(self, name: &str) -> StaticFragment {
        let first = 0 < self.len && self.json[self.len - 1] == b'{';
        let run = if first { self } else { self.write(b',') };
        run.text(name).write(b':')
    }

    /// A text that needs no escape.
    pub(super) const fn text(self, text: &str) -> StaticFragment {
        let bytes = text.as_bytes();
        assert!(bytes.len() <= FIXSTR_MAX, "a longer text has a longer header");
        let header = (0xa0 | bytes.len()).to_le_bytes()[0];
        let mut run = self.pack(header).write(b'"');
        let mut at = 0;
        while at < bytes.len() {
            run = run.pack(bytes[at]).write(bytes[at]);
            at += 1;
        }
        run.write(b'"')
    }

    pub(super) const fn yes(self) -> StaticFragment {
        self.pack(0xc3).write(b't').write(b'r').write(b'u').write(b'e')
    }

    #[inline(always)]
    pub(super) fn msgpack(&self) -> &[u8] {
        &self.msgpack[..self.packed]
    }

    #[inline(always)]
    pub(super) fn json(&self) -> &[u8] {
        &self.json[..self.len]
    }

    /// One more byte of msgpack.
    const fn pack(mut self, byte: u8) -> StaticFragment {
        self.msgpack[self.packed] = byte;
        self.packed += 1;
        self
    }

    /// One more byte of JSON.
    const fn write(mut self, byte: u8) -> StaticFragment {
        self.json[self.len] = byte;
        self.len += 1;
        self
    }
}
