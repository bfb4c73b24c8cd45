//! Floor 5: many sessions in virtual time: recordings, scenarios, and what they are compared with.

pub mod as_was;
pub mod baseline;
pub mod compare;
pub mod recording;
pub mod runner;
pub mod scenario;
pub mod session;
