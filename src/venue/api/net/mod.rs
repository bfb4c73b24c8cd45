//! Bytes in, requests and frames out: connections of clients, without a thought of what they ask.

pub mod clients;
pub mod conn;
pub mod http;
mod write_buffer;
