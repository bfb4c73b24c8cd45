//! The simulated exchange behind a port.

pub mod action;
mod desk;
pub mod info;
pub mod limits;
pub mod net;
pub mod push;
pub mod verify;
