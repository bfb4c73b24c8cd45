//! Reading a journal from front to back, believing nothing.
//!
//! A journal whose session was killed ends in the middle of a record: what stands before is good and
//! the torn tail is reported. Damage with intact records behind it is another matter: that is an
//! error, with its place.

use super::kind::RecordKind;
use super::record::{Entry, FILE_HEAD, HEAD, MAGIC, MAJOR, MORE, REST, RecordHeader};
use crate::num::Stamp;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The longest torn tail: twice what a writer leaves unsynced. More damage is not a torn tail.
pub const TAIL_MAX: usize = 2 << 20;
/// The longest payload put together from pieces.
const PAYLOAD_MAX: usize = 16 << 20;
/// Bytes asked for at a time.
const CHUNK: usize = 256 << 10;
/// How far ahead of the expected one a record's number may be to count as intact.
const SEQ_AHEAD_MAX: u32 = 1 << 16;

/// A record as read. It borrows the reader until the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// When it was written.
    pub at: Stamp,
    /// The content of the record.
    pub entry: Entry<'a>,
}

/// A tail without an intact record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session was cut off: {bytes} bytes from {offset} on are torn")]
pub struct Truncated {
    /// Where it begins: the journal is good up to here.
    pub offset: u64,
    /// How many bytes were left out.
    pub bytes: u64,
}

/// Why a journal cannot be read, or not further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(ErrorKind),
    /// It is something else.
    #[error("not a journal: it does not begin with EVENKEEL; import other formats")]
    NotAJournal,
    /// It was made by a program with another major version.
    #[error("a journal of version {0}; this program reads version {MAJOR}")]
    Version(u16),
    /// Damaged, with intact records behind it.
    #[error("damaged at byte {offset}: {what}")]
    Damaged {
        /// The place in the file, in bytes from its beginning.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
}

/// Reads records one after another.
///
/// ```
/// use evenkeel::journal::{Entry, Reader, Writer};
/// use evenkeel::num::Stamp;
/// let mut writer = Writer::new(Vec::new()).expect("memory takes it");
/// writer.enter(Stamp::default(), &Entry::Session(b"hello")).expect("so it does");
/// let bytes = writer.finish().expect("and again");
///
/// let mut reader = Reader::new(bytes.as_slice()).expect("a journal");
/// let record = reader.next().expect("intact").expect("not at its end");
/// assert_eq!(record.entry, Entry::Session(b"hello"));
/// assert_eq!(reader.next(), Ok(None));
/// assert_eq!(reader.truncated(), None);
/// ```
#[derive(Debug)]
pub struct Reader<R: Read = File> {
    source: R,
    /// Bytes read ahead; those before `start` are used up.
    buffer: Vec<u8>,
    start: usize,
    /// Where `start` lies in the file.
    offset: u64,
    seq: u32,
    /// A payload that was split, put together again.
    joined: Vec<u8>,
    truncated: Option<Truncated>,
    ended: bool,
}

/// A record or a piece of one, checked: header and place of its payload in the buffer.
struct Piece {
    head: RecordHeader,
    from: usize,
    to: usize,
}

impl Reader<File> {
    /// Opens a journal.
    ///
    /// # Errors
    /// It cannot be read, or is no journal of this major version.
    pub fn open(path: &Path) -> Result<Reader<File>, ReadError> {
        Reader::new(File::open(path).map_err(|error| ReadError::Io(error.kind()))?)
    }
}

impl<R: Read> Reader<R> {
    /// Reads a journal from `source`; no buffer is needed around it.
    ///
    /// # Errors
    /// It cannot be read, or is no journal of this major version.
    pub fn new(source: R) -> Result<Reader<R>, ReadError> {
        let mut reader = Reader {
            source,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            seq: 0,
            joined: Vec::new(),
            truncated: None,
            ended: false,
        };
        reader.read_file_head()?;
        Ok(reader)
    }

    /// The next record; none at the end, after which [`Reader::truncated`] says whether it was a clean one.
    /// Kinds of a later minor version are skipped.
    ///
    /// # Errors
    /// The source fails, or the journal is damaged.
    #[expect(clippy::should_implement_trait, reason = "a record borrows the reader")]
    pub fn next(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        loop {
            let offset = self.offset;
            let Some(piece) = self.piece()? else { return Ok(None) };
            let Piece { head, mut from, mut to } = piece;
            if head.flags & REST != 0 {
                return Err(damaged(offset, "a continuation of nothing"));
            }
            let whole = head.flags & MORE == 0;
            if !whole && !self.join(&head, from, to, offset)? {
                return Ok(None);
            }
            let Some(kind) = RecordKind::from_number(head.kind) else {
                continue;
            };
            if !whole {
                (from, to) = (0, self.joined.len());
            }
            let held = if whole { &self.buffer } else { &self.joined };
            let entry = Entry::parse(kind, head.sub, &held[from..to])
                .ok_or_else(|| damaged(offset, "an intact record with impossible contents"))?;
            return Ok(Some(Record { offset, at: head.at, entry }));
        }
    }

    /// The torn tail, once the end is reached.
    pub fn truncated(&self) -> Option<Truncated> {
        self.truncated
    }

    /// Puts a split payload together. False when its last pieces are torn off.
    fn join(
        &mut self,
        first: &RecordHeader,
        from: usize,
        to: usize,
        offset: u64,
    ) -> Result<bool, ReadError> {
        self.joined.clear();
        self.joined.extend_from_slice(&self.buffer[from..to]);
        loop {
            let at = self.offset;
            let Some(Piece { head, from, to }) = self.piece()? else {
                // Nothing of it counts, so the journal ends where it began.
                let bytes = at - offset + self.truncated.map_or(0, |torn| torn.bytes);
                self.truncated = Some(Truncated { offset, bytes });
                return Ok(false);
            };
            if head.flags & REST == 0 || (head.kind, head.sub) != (first.kind, first.sub) {
                return Err(damaged(at, "a split record that does not go on"));
            }
            if PAYLOAD_MAX < self.joined.len() + (to - from) {
                return Err(damaged(at, "a split record without end"));
            }
            self.joined.extend_from_slice(&self.buffer[from..to]);
            if head.flags & MORE == 0 {
                return Ok(true);
            }
        }
    }

    /// The next record as it stands in the file; none at the end.
    fn piece(&mut self) -> Result<Option<Piece>, ReadError> {
        if self.truncated.is_some() {
            return Ok(None);
        }
        let have = self.fill(HEAD)?;
        if have == 0 {
            return Ok(None);
        }
        let head = RecordHeader::read(&self.buffer[self.start..]);
        let Some((head, len)) = head.and_then(|head| Some((head, head.payload()?))) else {
            return self.tail("a header no writer makes");
        };
        if self.fill(HEAD + len)? < HEAD + len {
            return self.tail("a record that is cut short");
        }
        let record = &self.buffer[self.start..][..HEAD + len];
        if crc32fast::hash(&record[size_of::<u32>()..]) != head.crc {
            return self.tail("a record whose checksum is wrong");
        }
        if head.seq != self.seq {
            return Err(damaged(self.offset, "records are missing, or not in their order"));
        }
        self.seq = self.seq.wrapping_add(1);
        let from = self.start + HEAD;
        self.advance(HEAD + len);
        Ok(Some(Piece { head, from, to: from + len }))
    }

    /// Decides about a bad record: a torn tail when nothing intact follows.
    fn tail(&mut self, what: &'static str) -> Result<Option<Piece>, ReadError> {
        let bytes = self.fill(TAIL_MAX + 1)?;
        let rest = &self.buffer[self.start..];
        let intact = (1..rest.len()).any(|from| is_intact(&rest[from..], self.seq));
        if TAIL_MAX < bytes || intact {
            return Err(damaged(self.offset, what));
        }
        self.truncated = Some(Truncated { offset: self.offset, bytes: bytes as u64 });
        Ok(None)
    }

    /// Reads ahead until `want` bytes are in the buffer; gives how many there are, fewer at the end.
    fn fill(&mut self, want: usize) -> Result<usize, ReadError> {
        while self.buffer.len() - self.start < want && !self.ended {
            self.buffer.drain(..self.start);
            self.start = 0;
            let had = self.buffer.len();
            self.buffer.resize(had + CHUNK.max(want - had), 0);
            let read = self.source.read(&mut self.buffer[had..]);
            self.buffer.truncate(had + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::Io(error.kind())),
            }
        }
        Ok(self.buffer.len() - self.start)
    }

    fn advance(&mut self, bytes: usize) {
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Checks the first bytes of the file.
    fn read_file_head(&mut self) -> Result<(), ReadError> {
        if self.fill(FILE_HEAD)? < FILE_HEAD || self.buffer[..MAGIC.len()] != MAGIC {
            return Err(ReadError::NotAJournal);
        }
        let number = |at: usize| u16::from_le_bytes([self.buffer[at], self.buffer[at + 1]]);
        let crc = crc32fast::hash(&self.buffer[..FILE_HEAD - size_of::<u32>()]).to_le_bytes();
        if self.buffer[FILE_HEAD - size_of::<u32>()..FILE_HEAD] != crc {
            return Err(damaged(0, "the first bytes of the file"));
        }
        if number(MAGIC.len()) != MAJOR {
            return Err(ReadError::Version(number(MAGIC.len())));
        }
        self.advance(FILE_HEAD);
        Ok(())
    }
}

/// Whether an intact record begins here that could follow number `seq`.
fn is_intact(bytes: &[u8], seq: u32) -> bool {
    let Some(head) = RecordHeader::read(bytes) else { return false };
    let Some(len) = head.payload() else { return false };
    head.seq.wrapping_sub(seq) < SEQ_AHEAD_MAX
        && bytes.get(size_of::<u32>()..HEAD + len).map(crc32fast::hash) == Some(head.crc)
}

/// Damage at a place.
fn damaged(offset: u64, what: &'static str) -> ReadError {
    ReadError::Damaged { offset, what }
}
