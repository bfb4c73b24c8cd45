//! Floor 5: what operators run.

pub mod tune;
