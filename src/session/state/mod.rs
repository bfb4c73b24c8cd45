//! What outlives a session, as files in the state folder.

pub mod latch;
