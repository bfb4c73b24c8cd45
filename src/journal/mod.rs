//! Floor 2: the record. What went in, what came out, and the belief behind it, in the one order in
//! which the hot thread saw it: a replay of the inputs must give the same outputs, byte for byte.
//!
//! The hot thread copies bytes into a [`Buffer`]; the cold thread numbers, seals and appends them.

pub mod fact;
pub mod field;
pub mod hot_writer;
pub mod kind;
pub mod market_message;
pub mod read;
pub mod record;
pub mod write;

pub use fact::{End, Fact, Filled, Turned};
pub use hot_writer::{Buffer, BufferPool, HotWriter, NoBuffer};
pub use kind::RecordKind;
pub use market_message::RecordedMessage;
pub use read::{ReadError, Reader, Record, Truncated};
pub use record::Entry;
pub use write::{Sink, WriteError, Writer};
