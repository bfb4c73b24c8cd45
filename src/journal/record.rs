//! One record: a header of 32 bytes and a payload. All numbers are little-endian.
//!
//! | at | bytes | field | |
//! |---|---|---|---|
//! | 0 | 4 | `crc` | CRC-32 (IEEE) of bytes 4 to the end of the payload |
//! | 4 | 4 | `len` | bytes of payload, at most [`PIECE_MAX`] |
//! | 8 | 1 | `kind` | see [`RecordKind`] |
//! | 9 | 1 | `sub` | the stream of a frame, the state of a link, the command, what a body answers |
//! | 10 | 1 | `flags` | 1: the payload goes on in the next record; 2: it began in the one before |
//! | 11 | 1 | | zero |
//! | 12 | 4 | `seq` | counted from 0 within the file, wrapping |
//! | 16 | 8 | `mono` | nanoseconds since the session began |
//! | 24 | 8 | `wall` | milliseconds since 1970 |
//!
//! The file begins with [`FILE_HEAD`] bytes: the magic, major and minor version, and their CRC-32.
//! Within a major version kinds and trailing fields may be added; readers skip what they do not know.

use super::fact::Fact;
use super::field::{FIXED_MAX, FixedLayout, FixedPart, plain};
use super::kind::RecordKind;
use crate::market::event::Command;
use crate::market::{Link, RequestId, Stream, TableParams};
use crate::num::{Mono, Stamp, WallMs};

/// How a journal begins.
pub const MAGIC: [u8; 8] = *b"EVENKEEL";
/// Changes when an older reader would misread.
pub const MAJOR: u16 = 1;
/// Changes when something is added.
pub const MINOR: u16 = 2;
/// Bytes before the first record.
pub const FILE_HEAD: usize = 16;
/// Bytes of a record before its payload.
pub const HEAD: usize = 32;
/// The longest payload of one record: with its header and a length it fills a page. Longer ones are
/// split.
pub const PIECE_MAX: usize = 4096 - size_of::<usize>() - HEAD;

// A fixed part never needs splitting.
const _: () = assert!(FIXED_MAX <= PIECE_MAX);

/// The payload goes on in the next record.
pub(super) const MORE: u8 = 1;
/// The payload began in the record before.
pub(super) const REST: u8 = 2;

/// A record's content. Slices borrow what is to be written, or the reader's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "made on the hot thread, which has no heap")]
pub enum Entry<'a> {
    /// How the session was set up; `drive` gives the bytes their meaning.
    Session(&'a [u8]),
    /// A message of a connection.
    Frame(Stream, &'a [u8]),
    /// The engine was woken.
    Wake,
    /// A table was handed to the engine; a replay builds it again and compares the hash.
    Table(TableParams, u64),
    /// The body of a REST answer; `drive` numbers what it answers.
    Rest(u8, &'a [u8]),
    /// A connection came up or went down.
    Link(Stream, Link),
    /// A command of the operator: stop, flatten or halt.
    Command(Command),
    /// Proof of life without content.
    Alive(Stream),
    /// Whether requests leave too late.
    Slow(bool),
    /// What an imported recording is.
    Recording(&'a [u8]),
    /// A block of messages of an imported recording.
    Market(&'a [u8]),
    /// A request, before signing.
    Unsigned(RequestHeader, &'a [u8]),
    /// The world failed: `drive`'s number for it, and a sentence.
    Fault(u8, &'a [u8]),
    /// What we believed or did.
    Fact(Fact),
}

plain! {
    /// What is signed beside the action's bytes.
    pub struct RequestHeader {
        /// Our number for the request.
        pub id: RequestId,
        /// The nonce that is signed with it.
        pub nonce: u64,
        /// When the venue must refuse it; none for never.
        pub expires: Option<WallMs>,
    }
}

plain! {
    /// The payload of a table record.
    pub struct TableRow {
        /// What it was built from.
        pub params: TableParams,
        /// The hash of the result.
        pub hash: u64,
    }
}

/// An entry ready to be copied: what the header says, a fixed part, and borrowed bytes.
#[derive(Clone, Debug)]
pub(super) struct Raw<'a> {
    pub(super) kind: RecordKind,
    pub(super) sub: u8,
    pub(super) fixed: FixedPart,
    pub(super) body: &'a [u8],
}

impl<'a> Entry<'a> {
    /// The kind its record has in the file.
    pub fn kind(&self) -> RecordKind {
        match self {
            Entry::Session(_) => RecordKind::Session,
            Entry::Frame(..) => RecordKind::Frame,
            Entry::Wake => RecordKind::Wake,
            Entry::Table(..) => RecordKind::Table,
            Entry::Rest(..) => RecordKind::Rest,
            Entry::Link(..) => RecordKind::Link,
            Entry::Command(_) => RecordKind::Command,
            Entry::Alive(_) => RecordKind::Alive,
            Entry::Slow(_) => RecordKind::Slow,
            Entry::Recording(_) => RecordKind::Recording,
            Entry::Market(_) => RecordKind::Market,
            Entry::Unsigned(..) => RecordKind::Unsigned,
            Entry::Fault(..) => RecordKind::Fault,
            Entry::Fact(fact) => fact.kind(),
        }
    }

    /// Ready to be copied.
    pub(super) fn raw(&self) -> Raw<'a> {
        let mut fixed = FixedPart::new();
        let (sub, body): (u8, &[u8]) = match *self {
            Entry::Wake => (0, &[]),
            Entry::Session(bytes) | Entry::Recording(bytes) | Entry::Market(bytes) => (0, bytes),
            Entry::Frame(stream, bytes) => (stream.number(), bytes),
            Entry::Rest(what, bytes) => (what, bytes),
            Entry::Fault(what, text) => (what, text),
            Entry::Alive(stream) => (stream.number(), &[]),
            Entry::Slow(slow) => (u8::from(slow), &[]),
            Entry::Link(stream, link) => (stream.number() | link.number() << 4, &[]),
            Entry::Command(command) => (command.number(), &[]),
            Entry::Table(params, hash) => {
                TableRow { params, hash }.put(&mut fixed);
                (0, &[])
            }
            Entry::Unsigned(sealed, action) => {
                sealed.put(&mut fixed);
                (0, action)
            }
            Entry::Fact(fact) => {
                fact.put(&mut fixed);
                (0, &[])
            }
        };
        Raw { kind: self.kind(), sub, fixed, body }
    }

    /// The entry of a header and its whole payload; none when they do not fit together.
    pub(super) fn parse(kind: RecordKind, sub: u8, payload: &'a [u8]) -> Option<Entry<'a>> {
        let mut bytes = payload;
        Some(match kind {
            RecordKind::Session => Entry::Session(payload),
            RecordKind::Frame => Entry::Frame(Stream::from_number(sub)?, payload),
            RecordKind::Wake => Entry::Wake,
            RecordKind::Table => {
                let TableRow { params, hash } = TableRow::take(&mut bytes)?;
                Entry::Table(params, hash)
            }
            RecordKind::Rest => Entry::Rest(sub, payload),
            RecordKind::Link => {
                Entry::Link(Stream::from_number(sub & 0xf)?, Link::from_number(sub >> 4)?)
            }
            RecordKind::Command => Entry::Command(Command::from_number(sub)?),
            RecordKind::Alive => Entry::Alive(Stream::from_number(sub)?),
            RecordKind::Slow if sub < 2 => Entry::Slow(sub == 1),
            RecordKind::Slow => return None,
            RecordKind::Recording => Entry::Recording(payload),
            RecordKind::Market => Entry::Market(payload),
            RecordKind::Unsigned => Entry::Unsigned(RequestHeader::take(&mut bytes)?, bytes),
            RecordKind::Fault => Entry::Fault(sub, payload),
            RecordKind::Snapshot
            | RecordKind::Filled
            | RecordKind::Turned
            | RecordKind::Refused
            | RecordKind::Dropped
            | RecordKind::End => Entry::Fact(Fact::take(kind, &mut bytes)?),
        })
    }
}

/// A record's header. Number and checksum are filled in by the cold thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) crc: u32,
    pub(super) len: u32,
    pub(super) kind: u8,
    pub(super) sub: u8,
    pub(super) flags: u8,
    pub(super) zero: u8,
    pub(super) seq: u32,
    pub(super) at: Stamp,
}

impl RecordHeader {
    pub(super) fn bytes(&self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        out[0..4].copy_from_slice(&self.crc.to_le_bytes());
        out[4..8].copy_from_slice(&self.len.to_le_bytes());
        out[8..12].copy_from_slice(&[self.kind, self.sub, self.flags, self.zero]);
        out[12..16].copy_from_slice(&self.seq.to_le_bytes());
        out[16..24].copy_from_slice(&self.at.mono.ns().to_le_bytes());
        out[24..32].copy_from_slice(&self.at.wall.ms().to_le_bytes());
        out
    }

    /// From the front of `bytes`; none when there are too few.
    pub(super) fn read(bytes: &[u8]) -> Option<RecordHeader> {
        let mut from = bytes.get(..HEAD)?;
        let (crc, len) = (u32::take(&mut from)?, u32::take(&mut from)?);
        let [kind, sub, flags, zero] = <[u8; 4]>::take(&mut from)?;
        let seq = u32::take(&mut from)?;
        let at = Stamp { mono: Mono::take(&mut from)?, wall: WallMs::take(&mut from)? };
        Some(RecordHeader { crc, len, kind, sub, flags, zero, seq, at })
    }

    /// The payload's length, when it is one a writer can have made.
    pub(super) fn payload(&self) -> Option<usize> {
        let plausible = self.zero == 0 && self.flags <= MORE | REST;
        usize::try_from(self.len).ok().filter(|&len| plausible && len <= PIECE_MAX)
    }
}

/// The first bytes of a file.
pub(super) fn file_head() -> [u8; FILE_HEAD] {
    let mut out = [0; FILE_HEAD];
    out[0..8].copy_from_slice(&MAGIC);
    out[8..10].copy_from_slice(&MAJOR.to_le_bytes());
    out[10..12].copy_from_slice(&MINOR.to_le_bytes());
    let crc = crc32fast::hash(&out[..12]);
    out[12..16].copy_from_slice(&crc.to_le_bytes());
    out
}

#[cfg(test)]
mod tests;
