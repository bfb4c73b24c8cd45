//! Floor 4: the crank, what turns it, and what a session begins and ends with.

pub mod accounting;
pub mod bootstrap;
pub mod crank;
pub mod embedded;
pub mod exit;
pub mod facts;
pub mod files;
pub mod header;
pub mod links;
pub mod live;
pub mod order_route;
pub mod port;
pub mod replay;
pub mod rest;
pub mod simulated;
pub mod state;
pub mod venue_address;
