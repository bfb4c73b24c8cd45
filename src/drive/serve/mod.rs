//! The simulated exchange behind a port.

pub mod limits;
pub mod net;
pub mod push;
