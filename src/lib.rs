//! evenkeel: a market maker for Hyperliquid perpetuals.
//!
//! The engine is a pure state machine: an event and the time go in, a short list of requests comes
//! out. Live trading, replay and simulation turn the same crank. Modules, in reading order from the
//! ground up; imports only go down (see `docs/ARCHITECTURE.md`).

pub mod backtest;
pub mod cli;
pub mod engine;
pub mod host;
pub mod journal;
pub mod market;
pub mod model;
pub mod num;
pub mod ops;
pub mod report;
pub mod risk;
pub mod session;
pub mod venue;
pub mod wire;
