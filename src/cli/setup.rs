//! Commands that set things up.

pub mod config;
