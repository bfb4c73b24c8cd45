//! Floor 4: the crank and its threads, and the simulated exchange behind a port.

pub mod embedded;
pub mod live;
pub mod opening;
pub mod port;
pub mod recorded;
pub mod replay;
pub mod rest;
pub mod serve;
pub mod session;
pub mod simulate;
pub mod view;
