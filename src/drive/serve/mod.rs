//! The simulated exchange behind a port.

pub mod action;
pub mod limits;
pub mod net;
pub mod push;
pub mod verify;
