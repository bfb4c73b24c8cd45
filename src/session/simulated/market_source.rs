//! Where other people's flow comes from: a seeded world, or what happened in a recorded market.

use crate::engine::SizingError;
use crate::market::{Link, OwnedEvent};
use crate::num::WallMs;
use crate::session::bootstrap::BootstrapError;
use crate::venue::MarketEvent;
use crate::venue::api::FlowSource;

/// Why a session in virtual time cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// What was recorded turned out to be damaged.
    #[error(transparent)]
    Recording(Box<dyn std::error::Error + Send + Sync>),
    /// The venue does not give what a session begins with.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// The capital is too small for the instrument.
    #[error("{0}")]
    Capital(SizingError),
    /// A table fails its checks.
    #[error("table {0} is not used: {1}")]
    Table(u64, crate::model::glft::BadTable),
}

/// What happens in a recorded market, moment by moment, in the order of time.
pub type TimedEvents = Box<dyn Iterator<Item = Result<TimedEvent, SimulationError>>>;

/// Where other people's flow comes from.
pub enum MarketSource {
    /// A seeded world, until a time.
    World(FlowSource, WallMs),
    /// A recorded market, to its end.
    Recorded(TimedEvents),
}

/// The next thing that happens, with its time in nanoseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedEvent {
    /// When it happens, in nanoseconds since 1970.
    pub at_ns: u64,
    /// What happens at that time.
    pub what: RecordingEvent,
}

/// What can happen in a recorded market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordingEvent {
    /// The market moved; `at` inside is the exchange's time.
    Market(MarketEvent),
    /// A message reached us; none if it was no business of the engine.
    Message(Option<OwnedEvent>),
    /// Nothing was received for a while, on a link that lived.
    Pong,
    /// The recorder's link went down or came up again.
    Link(Link),
}
