//! Reads a recording, decoded and checked: from a recorder's file in memory, or block by block from
//! an imported journal.

use super::error::{RecordingError, RecordingErrorKind};
use super::scan::{RecordingInfo, scan};
use crate::journal::record::MAGIC;
use crate::journal::{Entry, Reader, RecordedMessage, Sink, WriteError, Writer};
use crate::num::Stamp;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// What a byte of a gzipped recording may take once decoded (books of 20 levels: 14).
const MEMORY_PER_BYTE: usize = 16;
/// The most memory reserved on the strength of the guess: 1 GiB.
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
        let broken = |error| RecordingError::journal(file, error);
        let memory = Writer::new(Vec::with_capacity(grown(file))).map_err(broken)?;
        let mut writer = RecordingWriter { writer: memory, block: Vec::new() };
        let info = scan(file, coin, &mut |message| writer.put(&message))?;
        let bytes = Cursor::new(writer.finish().map_err(broken)?);
        let reader = Reader::new(Box::new(bytes) as Box<dyn Read + Send>);
        let reader = reader.map_err(|error| RecordingError::journal(file, error))?;
        Ok(RecordingReader { file: file.to_owned(), info, reader, block: Vec::new(), at: 0 })
    }

    /// Opens an imported journal.
    fn imported(file: &Path, coin: Option<&str>) -> Result<RecordingReader, RecordingError> {
        let fail = |kind| RecordingError::new(file, kind);
        let broken = |error| RecordingError::journal(file, error);
        let source = File::open(file).map_err(|error| RecordingError::unreadable(file, &error))?;
        let mut reader = Reader::new(Box::new(source) as Box<dyn Read + Send>).map_err(broken)?;
        let first = reader.next().map_err(broken)?;
        let Some(Entry::Recording(bytes)) = first.map(|record| record.entry) else {
            return Err(fail(RecordingErrorKind::NotRecording));
        };
        let info = RecordingInfo::from_bytes(bytes).map_err(fail)?;
        if let Some(want) = coin.filter(|want| *want != info.coin) {
            let (want, found) = (want.to_owned(), vec![info.coin]);
            return Err(fail(RecordingErrorKind::OtherCoin { want, found }));
        }
        Ok(RecordingReader { file: file.to_owned(), info, reader, block: Vec::new(), at: 0 })
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
    #[expect(clippy::should_implement_trait, reason = "a reader that failed has no next one")]
    pub fn next(&mut self) -> Result<Option<RecordedMessage>, RecordingError> {
        while self.at == self.block.len() {
            let broken = |error| RecordingError::journal(&self.file, error);
            match self.reader.next().map_err(broken)?.map(|record| record.entry) {
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
        let message = RecordedMessage::take(&mut rest);
        self.at = self.block.len() - rest.len();
        let broken =
            || RecordingErrorKind::Journal("has a block that is not one of messages".to_owned());
        message.map(Some).ok_or_else(|| RecordingError::new(&self.file, broken()))
    }

    fn ended(&self) -> Result<Option<RecordedMessage>, RecordingError> {
        match self.reader.truncated() {
            None => Ok(None),
            Some(torn) => Err(RecordingError::journal(&self.file, torn)),
        }
    }
}

/// Imports a recorder's file of `coin`, or of its only coin, into a journal that must not exist yet.
/// A replay of it decodes nothing and needs no more memory than a few seconds of the market.
///
/// # Errors
/// The recording is not sound, or the journal cannot be made; then there is none.
pub fn import(file: &Path, coin: Option<&str>, to: &Path) -> Result<RecordingInfo, RecordingError> {
    let info = scan(file, coin, &mut |_| {})?;
    let journal = Writer::create(to).map_err(|error| RecordingError::journal(to, error))?;
    let written = (|| {
        let mut writer = RecordingWriter { writer: journal.unsynced(), block: Vec::new() };
        writer.enter(&Entry::Recording(&info.to_bytes()));
        scan(file, Some(&info.coin), &mut |message| writer.put(&message))?;
        writer.finish().map_err(|error| RecordingError::journal(to, error))
    })();
    match written {
        Ok(_) => Ok(info),
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
    fn put(&mut self, message: &RecordedMessage) {
        message.put(&mut self.block);
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
