//! A recorded market: what its recorder received, when, and the market behind it.
//!
//! A recording is a gzip file of one message of the venue a line, in the order in which they were
//! received. Two things are read from it, merged into one order of time: what the engine is to
//! hear, decoded, at the time of receipt, and what the market did, by the exchange's own time.
//! The second is what fills orders: a best price often arrives before the trades of its block, so
//! a fill model that pairs them by time of receipt is wrong about one trade in four.

mod error;
mod lines;
mod market;
mod merge;
mod reader;
mod scan;
#[cfg(test)]
mod tests;

pub use error::{RecordingError, RecordingErrorKind};
pub use merge::RecordingEvents;
pub use reader::{RecordingReader, import, is_imported};
pub use scan::{RecordingInfo, scan};

use crate::market::AssetId;
use crate::num::Nanos;

/// A pause longer than this in what was received means that the link was down: the shortest reconnect
/// known in our recordings took 17 s, and their statistics leave out gaps from 15 s on.
pub const PAUSE_MAX: Nanos = Nanos::from_secs(15);
/// A trade older than this when it was received is from before the subscription.
pub(crate) const LATE_MAX: Nanos = Nanos::from_secs(5);

/// When the engine hears of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedLatency {
    /// When the recorder did.
    AsRecorded,
    /// This long after they happened.
    Fixed(Nanos),
}

/// How a recording is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// When the engine hears of things.
    pub delay: FeedLatency,
    /// The market's number in the simulated exchange.
    pub asset: AssetId,
}
