//! The exchange in a box: Hyperliquid's rules as a pure, seeded machine.
//!
//! Signed actions (already verified) and the flow of a market go in with the time; replies, order
//! news, fills, trades and best prices come out. It knows nothing of engines, bytes or sockets.

mod account;
pub(crate) mod action;
pub mod api;
mod book;
mod config;
mod exchange;
mod index;
mod market_event;
mod output;
pub(crate) mod prng;
mod recent;
mod reject;
pub mod world;

pub(crate) use account::balance::Leverage;
pub use action::ActionWire;
pub(crate) use action::{Envelope, OrderKey};
pub(crate) use book::funding::FundingView;
pub(crate) use book::tape::Candle;
pub use config::{Catalogue, ExchangeConfig, FillModel, FlowTime, MarketConfig};
pub(crate) use config::{DexConfig, Rules};
pub use exchange::Exchange;
pub(crate) use exchange::query::{AccountView, AddressRole, ContextView, PositionView, Summary};
pub use market_event::{MarketEvent, MarketEventKind};
pub(crate) use output::{
    Answer, FillCause, OrderNews, Output, Status, VenueFill, VenueOrder, VenuePayment, VenueTrade,
};
pub use world::{Instrument, Scenario, World};
