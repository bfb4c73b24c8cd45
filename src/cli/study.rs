//! Commands that examine.

pub mod selftest;
