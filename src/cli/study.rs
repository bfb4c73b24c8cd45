//! Commands that examine.

pub mod explain;
pub mod scenario;
pub mod selftest;
