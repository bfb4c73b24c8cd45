//! Why a message was refused.

use crate::num::text::TextError;
use std::fmt;

/// Bytes of an offending text that a refusal keeps.
const EXCERPT_MAX: usize = 32;

/// The beginning of an offending text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Excerpt {
    len: u8,
    bytes: [u8; EXCERPT_MAX],
}

impl Excerpt {
    /// Keeps the first bytes of `text`.
    #[must_use]
    pub fn new(text: &str) -> Excerpt {
        let mut bytes = [0; EXCERPT_MAX];
        let mut len = 0;
        for (kept, &byte) in bytes.iter_mut().zip(text.as_bytes()) {
            *kept = byte;
            len += 1;
        }
        Excerpt { len, bytes }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bytes[..usize::from(self.len)].escape_ascii())
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// What was wrong with a message; printed as a sentence for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Longer than any message we expect.
    TooLong {
        /// Bytes of the message.
        got: usize,
        /// The most bytes that are accepted.
        max: usize,
    },
    /// Not a JSON text.
    NotJson,
    /// A field we need is not there.
    Missing {
        /// The name of the missing field.
        field: &'static str,
    },
    /// A field we use is there twice.
    Twice {
        /// The name of the repeated field.
        field: &'static str,
    },
    /// A field holds another type than it should.
    Type {
        /// The name of the field.
        field: &'static str,
        /// The type that belongs there.
        want: &'static str,
    },
    /// The text of a number cannot be read.
    Number {
        /// The name of the field.
        field: &'static str,
        /// The beginning of the text it holds.
        text: Excerpt,
        /// Why that is no number of ours.
        cause: TextError,
    },
    /// A number is outside its domain.
    Range {
        /// The name of the field.
        field: &'static str,
        /// The range that is accepted, in words.
        want: &'static str,
    },
    /// A word we do not know, in a place where we must understand it.
    Word {
        /// The name of the field.
        field: &'static str,
        /// The beginning of the word it holds.
        text: Excerpt,
    },
    /// Market data of a coin that is not ours.
    Coin {
        /// The beginning of the coin's name.
        text: Excerpt,
    },
    /// Trades of several coins in one message.
    Mixed,
    /// More rows than a message of ours can have.
    TooMany {
        /// The name of the list.
        field: &'static str,
        /// Rows the message has.
        got: usize,
        /// The most rows that are accepted.
        max: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::TooLong { got, max } => {
                write!(f, "the message has {got} bytes, at most {max} are allowed")
            }
            DecodeError::NotJson => f.write_str("the message is not JSON"),
            DecodeError::Missing { field } => write!(f, "{field} is missing"),
            DecodeError::Twice { field } => write!(f, "{field} is given twice"),
            DecodeError::Type { field, want } => write!(f, "{field} must be {want}"),
            DecodeError::Number { field, text, cause } => {
                write!(f, "{field} = \"{text}\" is {cause}")
            }
            DecodeError::Range { field, want } => write!(f, "{field} must be {want}"),
            DecodeError::Word { field, text } => {
                write!(f, "{field} = \"{text}\" is not a known word")
            }
            DecodeError::Coin { text } => write!(f, "the coin \"{text}\" is not one of ours"),
            DecodeError::Mixed => f.write_str("the trades are of several coins, one is allowed"),
            DecodeError::TooMany { field, got, max } => {
                write!(f, "{field} has {got} rows, at most {max} are allowed")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
