//! Floor 3: what we decide.

pub mod desk;
pub mod holdings;
pub mod orders;
pub mod reconcile;
pub mod sizing;
