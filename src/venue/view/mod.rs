//! What can be asked of the exchange: plain data, made on request.

mod query;

use crate::market::{Address, AssetId, Tif};
use crate::num::{Bps, Pos, Px, Qty, Usd, WallMs};
use crate::venue::OrderNews;

/// Money and positions of an account on one dex (PROTOCOL 9.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountView {
    /// Time of the last block.
    pub at: WallMs,
    /// Everything.
    pub all: Summary,
    /// Without isolated positions.
    pub cross: Summary,
    /// Maintenance margin of the cross positions.
    pub maintenance: Usd,
    /// What could be withdrawn.
    pub withdrawable: Usd,
    /// Positions, in the order of the markets.
    pub positions: Vec<PositionView>,
}

/// A margin summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Cash net of the cost of positions, plus positions at mark.
    pub account_value: Usd,
    /// Sum of the sizes of positions at mark.
    pub notional: Usd,
    /// Cash net of the cost of positions.
    pub raw_usd: Usd,
    /// Sum of the margins in use.
    pub margin_used: Usd,
}

/// A position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// The market.
    pub asset: AssetId,
    /// Its size and sign.
    pub pos: Pos,
    /// Leverage and mode.
    pub leverage: Leverage,
    /// Cash in an isolated position, net of its cost; zero when cross.
    pub raw_usd: Usd,
    /// Average entry, rounded to the nearest step of 1e-8.
    pub entry: Px,
    /// Its size at mark.
    pub value: Usd,
    /// Profit at mark.
    pub unrealised: Usd,
    /// Profit over the margin at entry, in steps of 1e-8.
    pub return_on_equity_e8: i64,
    /// Where it would be liquidated, when that is a positive price.
    pub liquidation: Option<Px>,
    /// Margin in use.
    pub margin_used: Usd,
    /// The market's highest leverage.
    pub leverage_max: u32,
    /// Funding paid (positive) or received in this market, ever.
    pub funding_ever: Usd,
    /// Since the position was opened.
    pub funding_open: Usd,
    /// Since its size last changed.
    pub funding_change: Usd,
}

/// Leverage of an account in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leverage {
    /// Shared margin, or the position's own.
    pub cross: bool,
    /// How often the margin is worth the position.
    pub value: u32,
}

/// An order as its account sees it, open or in its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Everything the socket says too.
    pub news: OrderNews,
    /// How long it was to live.
    pub tif: Tif,
}

/// The address budget (PROTOCOL 9.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimitView {
    /// Requests ever used, whether they still count or not.
    pub ever: u64,
    /// Cumulative volume.
    pub volume: Usd,
    /// Requests made.
    pub used: u64,
    /// Requests allowed.
    pub cap: u64,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressRole {
    /// Nobody asked about it yet.
    Missing,
    /// An account.
    User,
    /// An agent of an account.
    Agent(Address),
}

/// An agent of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    /// Its name; empty for the unnamed one.
    pub name: String,
    /// Its address.
    pub address: Address,
    /// When it lapses.
    pub until: WallMs,
}

/// What a market shows beside its book (`activeAssetCtx`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextView {
    /// Running estimate of the hour's funding rate.
    pub funding: Bps,
    /// Open interest of the accounts, in coins.
    pub open_interest: Qty,
    /// Price a day ago, or at the start.
    pub day_ago: Px,
    /// Volume of the day in dollars.
    pub day_volume: Usd,
    /// Volume of the day in coins.
    pub day_base: Qty,
    /// Premium over the oracle; none without a two-sided book.
    pub premium: Option<Bps>,
    /// Oracle.
    pub oracle: Px,
    /// Mark.
    pub mark: Px,
    /// Middle of the book, or the last trade.
    pub mid: Option<Px>,
    /// Prices at which the impact notional trades: sold and bought.
    pub impact: Option<[Px; 2]>,
}

/// A minute of trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candle {
    /// When it begins.
    pub at: WallMs,
    /// First price.
    pub open: Px,
    /// Last price.
    pub close: Px,
    /// Highest price.
    pub high: Px,
    /// Lowest price.
    pub low: Px,
    /// Volume in coins.
    pub volume: Qty,
    /// Number of trades.
    pub count: u32,
}

/// Funding of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingView {
    /// The full hour.
    pub at: WallMs,
    /// Rate of the hour.
    pub rate: Bps,
    /// Average premium of the hour.
    pub premium: Bps,
}
