//! Floor 6: what operators run.

pub mod selftest;
pub mod tune;
