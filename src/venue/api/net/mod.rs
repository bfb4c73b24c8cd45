//! Bytes in, requests and frames out: connections of clients, without a thought of what they ask.

mod clients;
mod conn;
mod http;
mod listen;
mod write_buffer;

pub use clients::{CLIENTS_MAX, Clients};
pub use conn::ClientInput;
pub use listen::{BindError, listen};

/// Longest request head; browsers and SDKs stay below 2 kB.
pub const HEAD_MAX: usize = 16 * 1024;
/// Longest request body: 200 orders of about 250 bytes are 50 kB.
pub const BODY_MAX: usize = 256 * 1024;
/// Longest message of a client on a socket; the same request, wrapped once more.
pub const MESSAGE_MAX: usize = BODY_MAX;
/// Most bytes that wait for a client to read them; a full snapshot of 2000 fills is 0.9 MB.
pub const OUT_MAX: usize = 4 * 1024 * 1024;
