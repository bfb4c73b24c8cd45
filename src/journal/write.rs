//! The journal's end: numbers, seals and appends records. On the cold thread.

use super::hot_writer::{Buffer, split};
use super::record::{Entry, HEAD, RecordHeader, file_head};
use crate::num::{Mono, Nanos, Stamp};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// How long a record may wait before it is on the disk.
const SYNC_PERIOD: Nanos = Nanos::from_secs(1);
/// How many bytes may wait; half of what a reader accepts as a torn tail.
const SYNC_BYTES: usize = super::read::TAIL_MAX / 2;
/// Bytes gathered for one system call.
const BUFFER: usize = 64 << 10;
/// A journal holds an account's whole activity: read and write for the owner only.
const PRIVATE: u32 = 0o600;

/// Where a journal goes.
pub trait Sink: Write {
    /// Makes everything written so far survive a loss of power.
    ///
    /// # Errors
    /// The disk says it did not work.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// A journal in memory: simulations and tests.
impl Sink for Vec<u8> {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why the journal ends here. Nothing can be recorded any more, so nothing may be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The file exists already: a journal is never appended to by another session.
    #[error("the journal exists already; name another file")]
    Exists,
    /// The disk, or the quota, is full.
    #[error("the disk is full: the journal cannot be written")]
    Full,
    /// The system refused a write, for another reason than room.
    #[error("the journal cannot be written: {0}")]
    Write(ErrorKind),
    /// Syncing failed. What was written since the last sync may be lost, and a second try would not
    /// tell: the kernel forgets which pages it could not write.
    #[error("the disk did not keep the journal ({0}): its last second may be lost")]
    Sync(ErrorKind),
}

/// Appends records to a store.
///
/// After an error it stays failed: every later call gives the same error, so a full disk is not
/// mistaken for a short one.
#[derive(Debug)]
pub struct Writer<S: Sink = File> {
    sink: S,
    buffer: Vec<u8>,
    seq: u32,
    /// Bytes handed to the store since its last sync.
    unsynced: usize,
    synced_at: Mono,
    syncs: bool,
    failed: Option<WriteError>,
}

impl Writer<File> {
    /// Begins a journal in a file that must not exist yet, private to its owner.
    ///
    /// # Errors
    /// The file exists, or cannot be made or written.
    pub fn create(path: &Path) -> Result<Writer<File>, WriteError> {
        let opened = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(path);
        let file = opened.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => WriteError::Exists,
            kind => write_error(kind),
        })?;
        Writer::new(file)
    }
}

impl<S: Sink> Writer<S> {
    /// Begins a journal in `store`.
    ///
    /// # Errors
    /// The store does not take the first bytes.
    pub fn new(store: S) -> Result<Writer<S>, WriteError> {
        let mut writer = Writer {
            sink: store,
            buffer: Vec::with_capacity(BUFFER + Buffer::BYTES),
            seq: 0,
            unsynced: 0,
            synced_at: Mono::START,
            syncs: true,
            failed: None,
        };
        writer.buffer.extend(file_head());
        writer.drain()?;
        Ok(writer)
    }

    /// Leaves syncing to the system: for journals that can be made again.
    pub fn unsynced(mut self) -> Writer<S> {
        self.syncs = false;
        self
    }

    /// Appends the records of a buffer.
    ///
    /// # Errors
    /// The journal ended; see [`WriteError`].
    pub fn append(&mut self, buffer: &mut Buffer) -> Result<(), WriteError> {
        self.alive()?;
        let mut rest = buffer.records();
        while let Some(head) = RecordHeader::read(rest) {
            let len = HEAD + head.payload().expect("a buffer holds what `Buffer::put` wrote");
            let (record, after) = rest.split_at_mut(len);
            self.seal(head, record);
            rest = after;
        }
        self.keep_small()
    }

    /// Appends one entry of the cold thread's own.
    ///
    /// # Errors
    /// The journal ended; see [`WriteError`].
    pub fn enter(&mut self, at: Stamp, entry: &Entry<'_>) -> Result<(), WriteError> {
        self.alive()?;
        let mut record = [0; Buffer::BYTES];
        split(&entry.raw(), |head, front, back| {
            let (middle, end) = (HEAD + front.len(), HEAD + front.len() + back.len());
            record[HEAD..middle].copy_from_slice(front);
            record[middle..end].copy_from_slice(back);
            self.seal(RecordHeader { at, ..head }, &mut record[..end]);
        });
        self.keep_small()
    }

    /// Writes and syncs what waits when a second has passed. Call it in every turn of the loop.
    ///
    /// # Errors
    /// The journal ended; see [`WriteError`].
    pub fn sync_if_due(&mut self, at: Mono) -> Result<(), WriteError> {
        self.alive()?;
        if at.since(self.synced_at) < SYNC_PERIOD {
            return Ok(());
        }
        self.synced_at = at;
        self.sync()
    }

    /// Writes and syncs everything.
    ///
    /// # Errors
    /// The journal ended; see [`WriteError`].
    pub fn sync(&mut self) -> Result<(), WriteError> {
        self.drain()?;
        if self.syncs && 0 < self.unsynced {
            let synced = self.sink.sync();
            self.fail(synced, |error| WriteError::Sync(error.kind()))?;
        }
        self.unsynced = 0;
        Ok(())
    }

    /// Ends the journal and gives its store back.
    ///
    /// # Errors
    /// The last bytes could not be written.
    pub fn finish(mut self) -> Result<S, WriteError> {
        self.sync()?;
        Ok(self.sink)
    }

    /// Numbers a record, sums it up and buffers it.
    fn seal(&mut self, head: RecordHeader, record: &mut [u8]) {
        let numbered = RecordHeader { seq: self.seq, ..head };
        record[..HEAD].copy_from_slice(&numbered.bytes());
        let crc = crc32fast::hash(&record[size_of::<u32>()..]);
        record[..size_of::<u32>()].copy_from_slice(&crc.to_le_bytes());
        self.buffer.extend_from_slice(record);
        self.seq = self.seq.wrapping_add(1);
    }

    /// Keeps what waits within its bounds.
    fn keep_small(&mut self) -> Result<(), WriteError> {
        if BUFFER <= self.buffer.len() {
            self.drain()?;
        }
        if SYNC_BYTES <= self.unsynced { self.sync() } else { Ok(()) }
    }

    /// Hands the buffer to the store.
    fn drain(&mut self) -> Result<(), WriteError> {
        self.alive()?;
        let written = self.sink.write_all(&self.buffer);
        self.fail(written, |error| write_error(error.kind()))?;
        self.unsynced += self.buffer.len();
        self.buffer.clear();
        Ok(())
    }

    /// The earlier failure, if there was one.
    fn alive(&self) -> Result<(), WriteError> {
        self.failed.map_or(Ok(()), Err)
    }

    /// Keeps a failure for good.
    fn fail(
        &mut self,
        result: io::Result<()>,
        name: impl FnOnce(&io::Error) -> WriteError,
    ) -> Result<(), WriteError> {
        self.failed = result.as_ref().err().map(name);
        self.alive()
    }
}

/// A failed write by name.
fn write_error(kind: ErrorKind) -> WriteError {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => WriteError::Full,
        kind => WriteError::Write(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk that takes so many bytes and syncs so often.
    struct Disk {
        room: usize,
        syncs: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            if taken == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink for Disk {
        fn sync(&mut self) -> io::Result<()> {
            self.syncs = self.syncs.checked_sub(1).ok_or(ErrorKind::Other)?;
            Ok(())
        }
    }

    /// Enters wakes, a second apart, until that fails; how many went well, and the error.
    fn wakes_until_failure(disk: Disk) -> (u64, WriteError) {
        let mut writer = Writer::new(disk).expect("room for the first bytes");
        for second in 1.. {
            let at = Stamp { mono: Mono::from_ns(second * 1_000_000_000), ..Stamp::default() };
            let entered = writer.enter(at, &Entry::Wake).and_then(|()| writer.sync_if_due(at.mono));
            if let Err(error) = entered {
                assert_eq!(writer.enter(at, &Entry::Wake), Err(error), "it stays failed");
                assert_eq!(writer.sync(), Err(error));
                return (second - 1, error);
            }
        }
        unreachable!("the disk fails in the end")
    }

    #[test]
    fn a_failing_disk_is_named_and_final() {
        let head = super::super::record::FILE_HEAD;
        let rows = [
            ("full", Disk { room: head + 2 * HEAD, syncs: 9 }, (2, WriteError::Full)),
            ("full inside a record", Disk { room: head + 50, syncs: 9 }, (1, WriteError::Full)),
            ("no sync", Disk { room: 999, syncs: 3 }, (3, WriteError::Sync(ErrorKind::Other))),
        ];
        for (what, disk, want) in rows {
            assert_eq!(wakes_until_failure(disk), want, "{what}");
        }
    }

    #[test]
    fn the_first_bytes_may_fail_already() {
        let full = OpenOptions::new().write(true).open("/dev/full").expect("a device of Linux");
        assert_eq!(Writer::new(full).err(), Some(WriteError::Full));
        let nowhere = Writer::create(Path::new("/nonexistent/journal")).err();
        assert_eq!(nowhere, Some(WriteError::Write(ErrorKind::NotFound)));
    }
}
