//! What can be wrong with a recording, in a sentence.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with a recording, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingError {
    file: PathBuf,
    kind: RecordingErrorKind,
}

/// What is wrong with a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingErrorKind {
    /// It could not be opened or read; the system's words.
    Unreadable(String),
    /// It is not a gzip file.
    NotGzip,
    /// The gzip stream ends in its middle; whole lines before that.
    Truncated(u64),
    /// The gzip stream is damaged; whole lines before that, and the decoder's words.
    Damaged(u64, String),
    /// It has no line at all.
    Empty,
    /// No message in it is of a market.
    NoFrames,
    /// It has another coin than the one asked for; what it has.
    OtherCoin {
        /// The coin asked for.
        want: String,
        /// The coins there.
        found: Vec<String>,
    },
    /// It has several coins and none was asked for.
    ManyCoins(Vec<String>),
    /// A line is not a message; why.
    Line(u64, String),
    /// It is the journal of a session, not of an imported recording.
    NotRecording,
    /// The journal is damaged, or cannot be made; why.
    Journal(String),
}

impl RecordingError {
    /// The trouble of a file.
    pub(super) fn new(file: &Path, kind: RecordingErrorKind) -> RecordingError {
        RecordingError { file: file.to_owned(), kind }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &RecordingErrorKind {
        &self.kind
    }
}

impl std::error::Error for RecordingError {}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.kind)
    }
}

impl fmt::Display for RecordingErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecordingErrorKind::Unreadable(words) => write!(f, "cannot be read: {words}"),
            RecordingErrorKind::NotGzip => f.write_str(
                "is not a gzip file; a recording is one message a line, gzipped (.jsonl.gz)",
            ),
            RecordingErrorKind::Truncated(lines) => {
                write!(
                    f,
                    "line {}: the gzip stream ends in its middle; the file must be whole",
                    lines + 1
                )
            }
            RecordingErrorKind::Damaged(lines, words) => {
                write!(f, "line {}: the gzip stream is damaged ({words})", lines + 1)
            }
            RecordingErrorKind::Empty => {
                f.write_str("is empty; a recording has one message a line")
            }
            RecordingErrorKind::NoFrames => {
                f.write_str("has no market data; a recording has l2Book, bbo or trades messages")
            }
            RecordingErrorKind::OtherCoin { want, found } => {
                write!(f, "has no {want}; its coins are {}", listed(found))
            }
            RecordingErrorKind::ManyCoins(found) => {
                write!(f, "has several coins, name one of them: {}", listed(found))
            }
            RecordingErrorKind::Line(line, words) => write!(f, "line {line}: {words}"),
            RecordingErrorKind::NotRecording => {
                f.write_str("is a session's journal, not a recorded market")
            }
            RecordingErrorKind::Journal(words) => f.write_str(words),
        }
    }
}

/// Coins that a message lists before it says how many more there are.
const LISTED_MAX: usize = 12;

/// Names with commas between them.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(LISTED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(LISTED_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
