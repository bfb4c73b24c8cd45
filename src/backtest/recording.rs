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
mod session;
#[cfg(test)]
mod tests;

pub use error::RecordingError;
pub use merge::RecordingEvents;
pub use reader::{RecordingReader, import, is_imported};
pub use scan::RecordingInfo;
pub use session::{RecordedSession, RecordedSessionError, RecordedTerms};

use crate::market::AssetId;
use crate::num::Nanos;

/// A pause longer than this in what was received means that the link was down: the shortest reconnect
/// known in our recordings took 17 s, and their statistics leave out gaps from 15 s on.
const PAUSE_MAX: Nanos = Nanos::from_secs(15);
/// The market's number on the simulated exchange; a recording does not have one.
const ASSET: AssetId = AssetId(0);
/// A trade older than this when it was received is from before the subscription.
const LATE_MAX: Nanos = Nanos::from_secs(5);

/// When the engine hears of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedLatency {
    /// When the recorder did.
    AsRecorded,
    /// This long after they happened.
    Fixed(Nanos),
}
