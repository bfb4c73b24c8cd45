//! Commands that examine.

pub mod scenario;
pub mod selftest;
