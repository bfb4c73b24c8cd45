//! Floor 3: what we decide.

pub mod desk;
pub mod orders;
pub mod reconcile;
