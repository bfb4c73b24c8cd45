//! Floor 4: the crank and its threads, and the simulated exchange behind a port.

pub mod opening;
pub mod rest;
pub mod serve;
