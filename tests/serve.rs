//! The simulated exchange behind a port, over real sockets on loopback.

#[path = "serve/http.rs"]
mod http;
#[path = "serve/info.rs"]
mod info;
#[path = "serve/kit.rs"]
mod kit;
#[path = "serve/service.rs"]
mod service;
#[path = "serve/socket.rs"]
mod socket;
#[path = "serve/trade.rs"]
mod trade;
