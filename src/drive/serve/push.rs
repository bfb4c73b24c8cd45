//! What clients subscribe to.

pub mod topic;
