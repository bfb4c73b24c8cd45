//! What can be wrong with a recording, in a sentence.

use crate::num::Px;
use crate::wire::decode::{COIN_NAME_MAX, DecodeError};
use std::path::{Path, PathBuf};

/// What is wrong with a recording, and with which.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {kind}", file.display())]
pub struct RecordingError {
    file: PathBuf,
    kind: RecordingErrorKind,
}

/// What is wrong with a recording.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum RecordingErrorKind {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("is not a gzip file; a recording is one message a line, gzipped (.jsonl.gz)")]
    NotGzip,
    /// After so many whole lines.
    #[error("line {}: the gzip stream ends in its middle; the file must be whole", lines + 1)]
    Truncated { lines: u64 },
    /// After so many whole lines.
    #[error("line {}: the gzip stream is damaged ({why})", lines + 1)]
    Damaged { lines: u64, why: String },
    #[error("is empty; a recording has one message a line")]
    Empty,
    #[error("has no market data; a recording has l2Book, bbo or trades messages")]
    NoFrames,
    #[error("no book with two sides")]
    OneSided,
    #[error("has no {want}; its coins are {}", listed(found))]
    OtherCoin { want: String, found: Vec<String> },
    #[error("has several coins, name one of them: {}", listed(.0))]
    ManyCoins(Vec<String>),
    #[error("line {0}: {1}")]
    Line(u64, BadLine),
    #[error("is a session's journal, not a recorded market")]
    NotRecording,
    /// An imported journal is damaged, or cannot be made; why.
    #[error("{0}")]
    Journal(String),
}

/// Why a line is not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadLine {
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    #[error("has recv_ns elsewhere than as a whole number at its end")]
    Stamp,
    #[error("the coin {0} has more than {COIN_NAME_MAX} bytes")]
    CoinName(String),
    #[error("{0}")]
    Message(DecodeError),
    /// The best prices of a book that no exchange shows.
    #[error(
        "shows a book with best bid {} and best ask {}; levels must lead away from a best bid below the best ask",
        price(*.0), price(*.1)
    )]
    Book(Option<Px>, Option<Px>),
}

impl RecordingError {
    pub(super) fn new(file: &Path, kind: RecordingErrorKind) -> RecordingError {
        RecordingError { file: file.to_owned(), kind }
    }

    /// A file that cannot be opened or read.
    pub(super) fn unreadable(file: &Path, why: &std::io::Error) -> RecordingError {
        RecordingError::new(file, RecordingErrorKind::Unreadable(why.to_string()))
    }

    /// A journal that is damaged, or cannot be made.
    pub(super) fn journal(file: &Path, why: impl std::error::Error) -> RecordingError {
        RecordingError::new(file, RecordingErrorKind::Journal(why.to_string()))
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

/// A price as people write it.
fn price(px: Option<Px>) -> String {
    px.map_or("none".to_owned(), |px| {
        String::from_utf8_lossy(&crate::num::text::canonical(px.e8())).into_owned()
    })
}
