//! The ways from a frame to a signed order that are compared.

pub mod contract;
pub mod conventional;
pub mod digits;
pub mod engine;
pub mod feed;
pub mod floor;
pub mod market;
#[path = "../../tests/support/venue.rs"]
pub mod venue;
pub mod verify;
