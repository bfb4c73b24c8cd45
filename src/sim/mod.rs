//! The exchange in a box: Hyperliquid's rules as a pure, seeded machine.
//!
//! Signed actions (already verified) and the flow of a market go in with the time; replies, order
//! news, fills, trades and best prices come out. It knows nothing of engines, bytes or sockets.

pub mod command;
pub mod flow;
pub mod output;
pub mod prng;

pub use command::{Command, Envelope, NewOrder, Replacement, Target};
pub use flow::{Flow, Happening};
pub use output::{Answer, Denied, FillNews, OrderNews, Output, Status, TradeNews};
