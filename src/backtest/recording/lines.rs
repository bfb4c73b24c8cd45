//! Lines of a gzip file, decompressed ahead of their reader on a thread of its own.

use super::error::{BadLine, RecordingError, RecordingErrorKind};
use flate2::bufread::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Bytes decompressed at a time.
const CHUNK: usize = 256 * 1024;
/// Bytes read from the file at a time.
const FILE_BUFFER: usize = 64 * 1024;
/// Chunks that wait for the reader: 2 MiB, a few hundred milliseconds of work at most.
const CHUNKS_AHEAD: usize = 8;
/// The longest line: the largest message of the venue and the recorder's additions.
const LINE_MAX: usize = crate::wire::decode::FRAME_MAX + 1_024;
/// What a gzip file begins with (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Whole lines, or why there are no more.
type Chunk = Result<Vec<u8>, RecordingErrorKind>;

/// The lines of a recording.
pub(super) struct Lines {
    file: PathBuf,
    chunks: Receiver<Chunk>,
    used: Sender<Vec<u8>>, // Chunks to be filled again: fresh pages cost more than the inflating.
    chunk: Vec<u8>,
    at: usize,  // Where the next line begins in the chunk.
    count: u64, // Lines given so far.
}

impl Lines {
    /// Opens a recording and begins to decompress it.
    ///
    /// # Errors
    /// The file cannot be read or is not a gzip file.
    pub(super) fn open(file: &Path) -> Result<Lines, RecordingError> {
        let fail = |kind| RecordingError::new(file, kind);
        let unreadable = |error: std::io::Error| RecordingError::unreadable(file, &error);
        let mut source =
            BufReader::with_capacity(FILE_BUFFER, File::open(file).map_err(unreadable)?);
        let head = std::io::BufRead::fill_buf(&mut source).map_err(unreadable)?;
        if head.is_empty() {
            return Err(fail(RecordingErrorKind::Empty));
        }
        if !head.starts_with(&GZIP) {
            return Err(fail(RecordingErrorKind::NotGzip));
        }
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        let (used, spare) = channel();
        std::thread::spawn(move || decompress(source, &sender, &spare));
        Ok(Lines { file: file.to_owned(), chunks, used, chunk: Vec::new(), at: 0, count: 0 })
    }

    /// The next line without its end, or nothing at the end of the file. Empty lines are skipped.
    ///
    /// # Errors
    /// The gzip stream is cut off or damaged, or a line is too long.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &mut [u8])>, RecordingError> {
        loop {
            let rest = &self.chunk[self.at..];
            if rest.is_empty() {
                match self.chunks.recv() {
                    Ok(Ok(chunk)) => self.turn(chunk),
                    Ok(Err(kind)) => return Err(RecordingError::new(&self.file, kind)),
                    Err(_) => return Ok(None), // The other thread is done.
                }
                continue;
            }
            let len = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let begin = self.at;
            self.at = (begin + len + 1).min(self.chunk.len());
            self.count += 1;
            if 0 < len {
                return Ok(Some((self.count, &mut self.chunk[begin..begin + len])));
            }
        }
    }

    /// Goes on with the next chunk; the one that is used up goes back to be filled again.
    fn turn(&mut self, chunk: Vec<u8>) {
        let used = std::mem::replace(&mut self.chunk, chunk);
        self.at = 0;
        if 0 < used.capacity() {
            // The other thread may be done, and need no more of them.
            let _ = self.used.send(used);
        }
    }
}

/// Sends whole lines until the file ends, fails, or nobody listens.
fn decompress(source: BufReader<File>, to: &SyncSender<Chunk>, spare: &Receiver<Vec<u8>>) {
    let mut gzip = MultiGzDecoder::new(source);
    let mut kept = Vec::new(); // The beginning of a line whose end is not there yet.
    let mut lines = 0;
    loop {
        let mut chunk: Vec<u8> = spare.try_recv().unwrap_or_default();
        chunk.clear();
        chunk.reserve(CHUNK + LINE_MAX);
        chunk.append(&mut kept);
        let had = chunk.len();
        let read = gzip.by_ref().take(CHUNK as u64).read_to_end(&mut chunk);
        let got = chunk.len() - had;
        let whole = memchr::memrchr(b'\n', &chunk).map_or(0, |at| at + 1);
        let last = read.is_ok() && got == 0;
        if !last {
            kept.extend_from_slice(&chunk[whole..]);
            chunk.truncate(whole);
        }
        lines += memchr::memchr_iter(b'\n', &chunk).count() as u64;
        if !chunk.is_empty() && to.send(Ok(chunk)).is_err() {
            return; // The reader is gone.
        }
        let kind = match read {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                RecordingErrorKind::Truncated { lines }
            }
            Err(error) => RecordingErrorKind::Damaged { lines, why: error.to_string() },
            Ok(_) if LINE_MAX < kept.len() => {
                RecordingErrorKind::Line(lines + 1, BadLine::TooLong(LINE_MAX))
            }
            Ok(_) if last => return,
            Ok(_) => continue,
        };
        // The reader may be gone; then nobody wants to know.
        let _ = to.send(Err(kind));
        return;
    }
}

/// The text between `"key":` and the next `,` or `}`, without quotes. A look at what the recorder
/// added or what tells a line's coin; the decoder reads everything else.
pub(super) fn field<'a>(line: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let fits =
        |w: &[u8]| w[0] == b'"' && w.ends_with(b"\":") && &w[1..=key.len()] == key.as_bytes();
    let begin = line.windows(key.len() + 3).position(fits)? + key.len() + 3;
    value_at(line, begin)
}

/// The recorder's time at the end of a line, and the line without it: a message as the venue sent it.
/// A line without one is left as it is; the error is that it stands elsewhere.
pub(super) fn unstamped(line: &mut [u8]) -> Result<(Option<u64>, &[u8]), BadLine> {
    const KEY: &[u8] = b",\"recv_ns\":";
    let found = (|| {
        let front = line.strip_suffix(b"}")?;
        let digits = front.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let (front, digits) = front.split_at(front.len() - digits);
        let stamp = std::str::from_utf8(digits).ok()?.parse().ok()?;
        Some((stamp, front.strip_suffix(KEY)?.len()))
    })();
    let Some((stamp, comma)) = found else {
        return match memchr::memmem::find(line, &KEY[1..]) {
            None => Ok((None, line)),
            Some(_) => Err(BadLine::Stamp),
        };
    };
    line[comma] = b'}';
    Ok((Some(stamp), &line[..=comma]))
}

/// The value that begins at `begin`, without spaces and quotes.
fn value_at(line: &[u8], begin: usize) -> Option<&[u8]> {
    let rest = line.get(begin..)?.trim_ascii_start();
    let len = match rest.strip_prefix(b"\"") {
        Some(text) => return text.iter().position(|&byte| byte == b'"').map(|len| &text[..len]),
        None => rest.iter().position(|&byte| matches!(byte, b',' | b'}' | b']'))?,
    };
    Some(rest[..len].trim_ascii_end())
}
