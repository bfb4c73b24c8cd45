//! The exchange in a box: Hyperliquid's rules as a pure, seeded machine.
//!
//! Signed actions (already verified) and the flow of a market go in with the time; replies, order
//! news, fills, trades and best prices come out. It knows nothing of engines, bytes or sockets.

mod account;
pub mod action;
pub mod api;
mod book;
pub mod command;
pub mod config;
pub mod exchange;
pub mod market_event;
pub mod output;
pub mod prng;
pub mod reject;
pub mod view;
pub mod world;

pub use command::{Envelope, NewOrder, Replacement, Target, VenueCommand};
pub use config::{DexConfig, ExchangeConfig, FillModel, FlowTime, MarketConfig, Rules, Spacing};
pub use exchange::Exchange;
pub use market_event::{MarketEvent, MarketEventKind};
pub use output::{Answer, FillCause, FillNews, FundingNews, OrderNews, Output, Status, TradeNews};
pub use reject::Reject;
pub use view::{
    AccountView, AddressRole, AgentView, Candle, ContextView, FundingView, Leverage, OrderView,
    PositionView, RateLimitView, Summary,
};
pub use world::{Instrument, Scenario, World};
