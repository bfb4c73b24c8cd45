//! Commands that set things up.

pub mod config;
pub mod resume;
pub mod tune;
