//! Floor 3: what we decide.

pub mod orders;
pub mod reconcile;
