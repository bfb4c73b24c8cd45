//! What a live session is to do.

use crate::host::pin::Cores;
use crate::host::{Clock, Signals};
use crate::num::Nanos;
use crate::session::files::KeptState;
use crate::session::header::SessionHeader;
use crate::session::rest::Rest;
use crate::session::state::key_file::Secret;
use crate::wire::Source;
use std::path::PathBuf;

/// What a live session is to do.
pub struct SessionConfig {
    /// What stands at the head of the journal.
    pub session: SessionHeader,
    /// The REST side of the venue.
    pub rest: Rest,
    /// Address of the socket side.
    pub url: String,
    /// Name of the coin's dex.
    pub dex: String,
    /// The key that signs.
    pub secret: Secret,
    /// The letter it signs with.
    pub source: Source,
    /// Where the journal goes.
    pub journal: Option<PathBuf>,
    /// What outlives it, at a venue that outlives it, too.
    pub kept: Option<KeptState>,
    /// How long it lasts.
    pub duration: Option<Nanos>,
    /// Threads beside ours that want a core: the embedded exchange.
    pub others: usize,
    /// The cores there are.
    pub cores: Cores,
    /// What the person at the terminal wants.
    pub signals: Signals,
    /// The clock of all threads.
    pub clock: Clock,
}
