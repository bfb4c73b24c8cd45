//! Sessions in one thread and virtual time, with the exchange in a box as their venue.
//!
//! What happens at the venue happens in the order of its time; what a strategy hears of it, and what
//! the venue hears of the strategy, arrives later. Nothing else connects the two. [`SimulatedPort`]
//! is a live session without sockets: bytes out of the encoder into the served venue and back through
//! the decoder. [`DirectPort`] passes structures instead, for recordings and sweeps.

mod direct;
pub mod interference;
mod latency_queue;
mod market_source;
pub mod network;
pub mod port;
mod seeded_nonces;

pub use direct::{DirectPort, DirectSetup, FillCauses};
pub use market_source::{MarketSource, RecordingEvent, SimulationError, TimedEvent, TimedEvents};

pub use network::Network;
pub use port::{PortSetup, SimulatedPort};

use crate::market::Address;
use crate::num::Nanos;
use crate::venue::Exchange;

/// How long things take on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// From our sending a request to its arrival at the venue.
    pub order: Nanos,
    /// From something happening at the venue to our hearing of it.
    pub feed: Nanos,
}

/// The venue's own truth, for scores and audits; no strategy sees it.
pub trait VenueTruth {
    /// The exchange as it is.
    fn exchange(&self) -> &Exchange;

    /// The account that trades there, and the place of its dex.
    fn account(&self) -> (Address, usize);
}

#[cfg(test)]
mod tests;
