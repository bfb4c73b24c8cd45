//! Floor 5: what operators run.

pub mod latch;
pub mod tune;
