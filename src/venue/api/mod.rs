//! The simulated exchange as the real venue's clients meet it: REST and WebSocket, so that they cannot
//! tell (PROTOCOL 1, 7, 8, 9 and appendix A).
//!
//! [`VenueService`] is the venue without sockets, clocks or threads: requests and the time go in,
//! answers and pushes come out. [`Server`] puts it behind a port.

mod client;
mod exchange;
mod hosted_venue;
mod info;
mod keys;
mod net;
mod push;
mod rate_limiter;
mod server;
mod service;
mod venue;
pub mod verify;

pub use client::{ClientOutput, HttpAnswer, Outbox, RestPath};
pub use exchange::ServerCounts;
pub use hosted_venue::FlowSource;
pub use net::clients::CLIENTS_MAX;
pub use net::conn::MESSAGE_MAX;
pub use net::http::{BODY_MAX, HEAD_MAX};
pub use push::PushIntervals;
pub use rate_limiter::RateLimits;
pub use server::{BindError, Server, ServerConfig, Stats};
pub use service::{ServiceConfig, VenueService, Verify};
pub use venue::{VenueError, VenueOptions, venue};
