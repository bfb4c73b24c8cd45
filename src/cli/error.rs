//! What goes wrong, in the user's words, and the exit code that says so (PRODUCT, "Conventions").

use std::fmt;
use std::path::Path;

/// Why the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The command did what was asked.
    Ok = 0,
    /// A failure that no other code names.
    Unexpected = 1,
    /// Wrong words, or an input that cannot be read.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// No key, or it may not do this.
    Key = 4,
    /// The venue cannot be reached.
    Venue = 5,
    /// Risk has halted the session.
    Halted = 6,
    /// Our books and the venue's, or a replay and its journal, differ.
    Mismatch = 7,
    /// A check found failures.
    Check = 8,
    /// What was asked for is not there.
    NotFound = 9,
    /// An invariant of ours is broken.
    Broken = 70,
}

impl Exit {
    /// The exit code of the process.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// A failure: a sentence and the exit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Failure {
    /// The exit code that names the kind of failure.
    pub exit: Exit,
    /// What is wrong and what is allowed.
    pub words: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(exit: Exit, words: impl fmt::Display) -> Failure {
        Failure { exit, words: words.to_string() }
    }

    /// Makes failures of this kind out of errors.
    pub fn of<E: fmt::Display>(exit: Exit) -> impl Fn(E) -> Failure {
        move |error| Failure::new(exit, error)
    }

    /// Makes failures of this kind out of errors about a file or folder.
    pub fn about<E: fmt::Display>(exit: Exit, path: &Path) -> impl Fn(E) -> Failure {
        move |error| Failure::new(exit, format!("{}: {error}", path.display()))
    }
}
