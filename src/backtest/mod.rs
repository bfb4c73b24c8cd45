//! Floor 5: many sessions in virtual time: recordings, scenarios, and what they are compared with.

pub(crate) mod as_was;
pub(crate) mod baseline;
pub(crate) mod compare;
pub mod recording;
pub mod runner;
pub(crate) mod scenario;
pub(crate) mod session;
pub(crate) mod simulate;
