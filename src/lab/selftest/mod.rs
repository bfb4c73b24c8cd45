//! The product's own arithmetic against vectors that others computed.

pub mod model;
pub mod signing;
