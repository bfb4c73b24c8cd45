//! A recording, decoded once and checked whole: in memory from the file of a recorder, or block by
//! block from a journal into which it was imported.

use super::error::{RecordingError, RecordingErrorKind};
use super::scan::{RecordingInfo, scan_into};
use crate::journal::record::MAGIC;
use crate::journal::{Entry, Reader, RecordedMessage, Sink, WriteError, Writer};
use crate::num::Stamp;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// What a byte of a gzipped recording may take once decoded (books of 20 levels: 14).
const MEMORY_PER_BYTE: usize = 16;
/// The largest guess.
const MEMORY_GUESS_MAX: usize = 1 << 30;
/// A block goes into the journal when it is this long: most then fit one record.
const BLOCK: usize = 3 * 1_024;

/// Messages of a recorded market, in the order in which they were received.
pub struct RecordingReader {
    file: PathBuf,
    info: RecordingInfo,
    reader: Reader<Box<dyn Read + Send>>,
    block: Vec<u8>,
    at: usize, // Where the next message begins in the block.
}

impl RecordingReader {
    /// Opens a recording of `coin`, or of its only coin: gzipped lines, or an imported journal.
    ///
    /// # Errors
    /// It cannot be read, is neither, is damaged, or has not this coin.
    pub fn open(file: &Path, coin: Option<&str>) -> Result<RecordingReader, RecordingError> {
        if is_journal(file) {
            return RecordingReader::imported(file, coin);
        }
        let memory = Vec::with_capacity(grown(file));
        let mut ink =
            RecordingWriter::new(Writer::new(memory).map_err(|error| unwritten(file, error))?);
        let facts = scan_into(file, coin, &mut |heard| ink.put(&heard))?;
        let bytes = ink.finish().map_err(|error| unwritten(file, error))?;
        let reader = Reader::new(Box::new(Cursor::new(bytes)) as Box<dyn Read + Send>);
        let reader = reader.map_err(|error| unread(file, &error))?;
        Ok(RecordingReader { file: file.to_owned(), info: facts, reader, block: Vec::new(), at: 0 })
    }

    /// Opens an imported journal.
    fn imported(file: &Path, coin: Option<&str>) -> Result<RecordingReader, RecordingError> {
        let fail = |trouble| RecordingError::new(file, trouble);
        let source = File::open(file)
            .map_err(|error| fail(RecordingErrorKind::Unreadable(error.to_string())))?;
        let mut reader = Reader::new(Box::new(source) as Box<dyn Read + Send>)
            .map_err(|error| unread(file, &error))?;
        let first = reader.next().map_err(|error| unread(file, &error))?;
        let Some(Entry::Recording(bytes)) = first.map(|record| record.entry) else {
            return Err(fail(RecordingErrorKind::NotRecording));
        };
        let facts = RecordingInfo::from_bytes(bytes)
            .map_err(|why| fail(RecordingErrorKind::Journal(why)))?;
        if let Some(want) = coin.filter(|want| *want != facts.coin) {
            let (want, found) = (want.to_owned(), vec![facts.coin]);
            return Err(fail(RecordingErrorKind::OtherCoin { want, found }));
        }
        Ok(RecordingReader { file: file.to_owned(), info: facts, reader, block: Vec::new(), at: 0 })
    }

    /// What is in it.
    #[must_use]
    pub fn info(&self) -> &RecordingInfo {
        &self.info
    }

    /// The next message, or nothing at the end.
    ///
    /// # Errors
    /// The journal is damaged, or was cut off.
    #[expect(clippy::should_implement_trait, reason = "a reel that failed has no next one")]
    pub fn next(&mut self) -> Result<Option<RecordedMessage>, RecordingError> {
        while self.at == self.block.len() {
            let record = self.reader.next().map_err(|error| unread(&self.file, &error))?;
            match record.map(|record| record.entry) {
                Some(Entry::Market(block)) => {
                    self.block.clear();
                    self.block.extend_from_slice(block);
                    self.at = 0;
                }
                Some(_) => {}
                None => return self.ended(),
            }
        }
        let mut rest = &self.block[self.at..];
        let heard = RecordedMessage::take(&mut rest);
        self.at = self.block.len() - rest.len();
        let broken =
            || RecordingErrorKind::Journal("has a block that is not one of messages".to_owned());
        heard.map(Some).ok_or_else(|| RecordingError::new(&self.file, broken()))
    }

    fn ended(&self) -> Result<Option<RecordedMessage>, RecordingError> {
        match self.reader.truncated() {
            None => Ok(None),
            Some(torn) => {
                Err(RecordingError::new(&self.file, RecordingErrorKind::Journal(torn.to_string())))
            }
        }
    }
}

/// Imports a recorder's file of `coin`, or of its only coin, into a journal that must not exist yet.
/// A replay of it decodes nothing and needs no more memory than a few seconds of the market.
///
/// # Errors
/// The recording is not sound, or the journal cannot be made; then there is none.
pub fn import(file: &Path, coin: Option<&str>, to: &Path) -> Result<RecordingInfo, RecordingError> {
    let facts = scan_into(file, coin, &mut |_| {})?;
    let writer = Writer::create(to).map_err(|error| unwritten(to, error))?;
    let written = (|| {
        let mut ink = RecordingWriter::new(writer.unsynced());
        ink.enter(&Entry::Recording(&facts.to_bytes()));
        scan_into(file, Some(&facts.coin), &mut |heard| ink.put(&heard))?;
        ink.finish().map_err(|error| unwritten(to, error))
    })();
    match written {
        Ok(_) => Ok(facts),
        Err(error) => {
            // Half a journal is none; that it stays is the lesser trouble.
            let _ = std::fs::remove_file(to);
            Err(error)
        }
    }
}

/// Gathers messages into blocks. The first failure to write is told at the end.
struct RecordingWriter<S: Sink> {
    writer: Writer<S>,
    block: Vec<u8>,
}

impl<S: Sink> RecordingWriter<S> {
    fn new(writer: Writer<S>) -> RecordingWriter<S> {
        RecordingWriter { writer, block: Vec::new() }
    }

    fn put(&mut self, heard: &RecordedMessage) {
        heard.put(&mut self.block);
        if BLOCK <= self.block.len() {
            self.flush();
        }
    }

    fn flush(&mut self) {
        let block = std::mem::take(&mut self.block);
        self.enter(&Entry::Market(&block));
        self.block = block;
        self.block.clear();
    }

    fn enter(&mut self, entry: &Entry<'_>) {
        // A writer that failed stays failed, and `finish` says so.
        let _ = self.writer.enter(Stamp::default(), entry);
    }

    fn finish(mut self) -> Result<S, WriteError> {
        self.flush();
        self.writer.finish()
    }
}

/// About what a recording takes in memory: touched page by page, so that a guess costs nothing.
fn grown(file: &Path) -> usize {
    let bytes = std::fs::metadata(file).map_or(0, |meta| meta.len());
    usize::try_from(bytes).unwrap_or(0).saturating_mul(MEMORY_PER_BYTE).min(MEMORY_GUESS_MAX)
}

/// Whether a file is a journal that holds a recorded market.
#[must_use]
pub fn is_imported(file: &Path) -> bool {
    let is_recording = |mut reader: Reader| matches!(reader.next(), Ok(Some(record)) if matches!(record.entry, Entry::Recording(_)));
    Reader::<File>::open(file).is_ok_and(is_recording)
}

/// Whether a file begins as a journal does.
fn is_journal(file: &Path) -> bool {
    let mut head = [0; MAGIC.len()];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == MAGIC
}

fn unread(file: &Path, error: &crate::journal::ReadError) -> RecordingError {
    RecordingError::new(file, RecordingErrorKind::Journal(error.to_string()))
}

fn unwritten(file: &Path, error: WriteError) -> RecordingError {
    RecordingError::new(file, RecordingErrorKind::Journal(error.to_string()))
}
