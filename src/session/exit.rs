//! How a session ends.

/// The machinery failed; the engine cannot answer it. Trading stops, and what is open is cancelled by
/// another way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The queue to the sender is full: it is stuck.
    #[error("the sender takes no more requests")]
    SenderStuck,
    /// The journal takes no more records.
    #[error("the journal takes no more records")]
    JournalStuck,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitReason {
    /// As asked, with nothing left at the venue.
    Stopped,
    /// Risk halted it.
    Halted,
    /// The machinery failed.
    Failed(Fault),
    /// The stop took too long; what was left was cancelled by another way.
    CancelledByRest,
}
