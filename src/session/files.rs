//! The files of a session, as the cold side writes them: its journal, and what the next session must
//! know. After the first failure of the journal nothing more goes into it.

use crate::journal::fact::{Fact, Turned};
use crate::journal::hot_writer::Buffer;
use crate::journal::record::Entry;
use crate::journal::write::{Sink, WriteError, Writer};
use crate::market::KillState;
use crate::num::Stamp;
use crate::session::state::latch::Latch;
use crate::session::state::nonce_mark::NonceMark;
use std::io;

/// What a session keeps for the next one.
pub struct KeptState {
    /// Where a halt is kept.
    pub latch: Latch,
    /// Where the numbers of requests are reserved.
    pub nonce_mark: NonceMark,
}

/// What could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The journal; the session must end.
    #[error(transparent)]
    Journal(#[from] WriteError),
    /// The latch; the next session would not know of the halt.
    #[error("the halt could not be kept on disk: {0}")]
    Latch(io::Error),
    /// The mark; when it is overtaken, another session could use a number again.
    #[error("the nonce mark could not be written: {0}")]
    NonceMark(io::Error),
}

/// The files of a session. Its journal goes into an `S`.
pub struct SessionFiles<S: Sink> {
    /// None where no journal is kept, or it has failed.
    journal: Option<Writer<S>>,
    /// None at a venue that ends with the session.
    kept: Option<KeptState>,
}

impl<S: Sink> SessionFiles<S> {
    /// With a journal whose head is written.
    pub fn new(journal: Option<Writer<S>>, kept: Option<KeptState>) -> SessionFiles<S> {
        SessionFiles { journal, kept }
    }

    /// Appends the records of a buffer to the journal.
    ///
    /// # Errors
    /// The journal has failed, told once.
    pub fn append(&mut self, buffer: &mut Buffer) -> Result<(), FilesError> {
        self.journal(|journal| journal.append(buffer))
    }

    /// Appends one entry to the journal.
    ///
    /// # Errors
    /// The journal has failed, told once.
    pub fn enter(&mut self, at: Stamp, entry: &Entry<'_>) -> Result<(), FilesError> {
        self.journal(|journal| journal.enter(at, entry))
    }

    /// Keeps a halt that a fact tells.
    ///
    /// # Errors
    /// The latch cannot be written.
    pub fn on_fact(&mut self, fact: &Fact) -> Result<(), FilesError> {
        if let (Some(kept), Fact::Turned(Turned { to, .. })) = (&self.kept, fact)
            && KillState::Flatten <= to.state
        {
            let why = format!("{} by {}", to.state.name(), to.reason_name());
            return kept.latch.set(&why).map_err(FilesError::Latch);
        }
        Ok(())
    }

    /// Syncs the journal and reserves numbers of requests, where it is time.
    ///
    /// # Errors
    /// One of them cannot be written.
    pub fn on_time(&mut self, at: Stamp) -> Result<(), FilesError> {
        if let Some(kept) = &mut self.kept {
            kept.nonce_mark.reserve_if_due(at).map_err(FilesError::NonceMark)?;
        }
        self.journal(|journal| journal.sync_if_due(at.mono))
    }

    /// Ends the journal and gives back what it went into, where there still is one.
    ///
    /// # Errors
    /// Its last records could not be written.
    pub fn finish(mut self) -> Result<Option<S>, FilesError> {
        let finished = self.journal.take().map(Writer::finish).transpose();
        finished.map_err(FilesError::Journal)
    }

    fn journal(
        &mut self,
        write: impl FnOnce(&mut Writer<S>) -> Result<(), WriteError>,
    ) -> Result<(), FilesError> {
        let written = self.journal.as_mut().map_or(Ok(()), write);
        if written.is_err() {
            self.journal = None;
        }
        written.map_err(FilesError::Journal)
    }
}
