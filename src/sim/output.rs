//! What the exchange tells its accounts and everyone.

use crate::market::{Address, AssetId, Bbo, Cloid, Oid, Refused, Tid};
use crate::num::{Pos, Px, Qty, Side, Usd, WallMs};
use std::fmt;

/// News of one block, in the order of PROTOCOL 12.9: order news, fills, trades and best prices, then
/// answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// An order changed.
    Order(Address, OrderNews),
    /// An order was filled, wholly or in part.
    Fill(Address, FillNews),
    /// Trades of one taker in a market, oldest first.
    Trades(AssetId, Vec<TradeNews>),
    /// The best prices of a market changed in this block.
    Bbo(AssetId, Bbo),
    /// An action was committed or refused.
    Answer {
        /// The ticket of its envelope.
        ticket: u64,
        /// The answer.
        answer: Answer,
    },
}

/// The answer to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, nothing more to say.
    Default,
    /// Statuses of orders or replacements.
    Orders(Vec<Status>),
    /// Statuses of cancels.
    Cancels(Vec<Status>),
    /// Refused as a whole.
    Denied(Denied),
}

/// The status of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It rests.
    Resting(Oid, Option<Cloid>),
    /// It is filled.
    Filled {
        /// The venue's name.
        oid: Oid,
        /// The account's name.
        cloid: Option<Cloid>,
        /// Filled size.
        qty: Qty,
        /// Average price, rounded half away in the last of 8 decimals.
        px: Px,
    },
    /// The cancel did it.
    Success,
    /// Refused.
    Denied(Denied),
}

/// Everything the exchange can refuse, with what its text needs. [`fmt::Display`] gives the
/// venue's words (PROTOCOL 7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each variant is named after the venue's text, which Display gives"
)]
pub enum Denied {
    TickSize(AssetId),
    InvalidPrice(AssetId),
    InvalidSize(AssetId),
    ZeroSize(AssetId),
    MinimumValue(AssetId),
    Margin(AssetId),
    ReduceOnly(AssetId),
    WouldCross { asset: AssetId, bid: Option<Px>, ask: Option<Px> },
    NothingToMatch(AssetId),
    FarFromReference(AssetId),
    TooManyOpenOrders(AssetId),
    Gone(AssetId),
    ModifyGone,
    ModifyFailed(Box<Denied>),
    UnknownSigner(Address),
    MustDeposit(Address),
    UnknownVault(Address),
    UnknownAsset(AssetId),
    DuplicateNonce(u64),
    NonceTooLow,
    NonceTooHigh,
    Expired,
    TooManyRequests { used: u64, cap: u64, volume: Usd },
    Overweight,
    EmptyBatch,
    LeverageSwitch,
    LeverageValue,
    NotIsolated,
    ScheduleVolume { traded: Usd },
    ScheduleEarly,
    ScheduleSpent,
    AgentExpired,
    TooManyAgents(u32),
    AgentUsed,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::sim::output::words(self, f)
    }
}

/// The venue's words.
fn words(denied: &Denied, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{denied:?}")
}

impl Denied {
    /// The class our own behaviour depends on.
    #[must_use]
    pub fn class(&self) -> Refused {
        match self {
            Denied::TickSize(_) | Denied::InvalidPrice(_) => Refused::Price,
            Denied::InvalidSize(_) | Denied::ZeroSize(_) => Refused::Size,
            Denied::MinimumValue(_) => Refused::Minimum,
            Denied::Margin(_) => Refused::Margin,
            Denied::ReduceOnly(_) => Refused::ReduceOnly,
            Denied::WouldCross { .. } => Refused::WouldCross,
            Denied::NothingToMatch(_) => Refused::NothingToMatch,
            Denied::FarFromReference(_) | Denied::TooManyOpenOrders(_) => Refused::Market,
            Denied::Gone(_) | Denied::ModifyGone => Refused::Gone,
            Denied::ModifyFailed(_) => Refused::ReplaceFailed,
            Denied::UnknownSigner(_) | Denied::MustDeposit(_) | Denied::UnknownVault(_) => {
                Refused::Signer
            }
            Denied::DuplicateNonce(_) | Denied::NonceTooLow | Denied::NonceTooHigh => {
                Refused::Nonce
            }
            Denied::Expired => Refused::Expired,
            Denied::TooManyRequests { .. } => Refused::RateLimit,
            Denied::ScheduleVolume { .. } | Denied::ScheduleEarly | Denied::ScheduleSpent => {
                Refused::Schedule
            }
            Denied::UnknownAsset(_)
            | Denied::Overweight
            | Denied::EmptyBatch
            | Denied::LeverageSwitch
            | Denied::LeverageValue
            | Denied::NotIsolated
            | Denied::AgentExpired
            | Denied::TooManyAgents(_)
            | Denied::AgentUsed => Refused::Other,
        }
    }
}

/// News of an order, as `orderUpdates` and the order history show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNews {
    /// The market.
    pub asset: AssetId,
    /// The venue's name.
    pub oid: Oid,
    /// The account's name.
    pub cloid: Option<Cloid>,
    /// Side.
    pub side: Side,
    /// Limit.
    pub px: Px,
    /// What remains.
    pub qty: Qty,
    /// What was asked for.
    pub qty_asked: Qty,
    /// Whether it is reduce-only.
    pub reduce_only: bool,
    /// When it was placed.
    pub placed: WallMs,
    /// The venue's word for where it stands: `open`, `filled`, `canceled`, ...
    pub status: &'static str,
    /// When that began.
    pub since: WallMs,
}

/// A fill of an account's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FillNews {
    /// The market.
    pub asset: AssetId,
    /// The block's time.
    pub at: WallMs,
    /// Name of the trade.
    pub tid: Tid,
    /// Name of the order.
    pub oid: Oid,
    /// The account's name for the order.
    pub cloid: Option<Cloid>,
    /// The account's side.
    pub side: Side,
    /// Price.
    pub px: Px,
    /// Size.
    pub qty: Qty,
    /// Position before it.
    pub start: Pos,
    /// Realised by it, before fees.
    pub closed: Usd,
    /// Fee, floored to 6 decimals.
    pub fee: Usd,
    /// Whether the account was the taker.
    pub crossed: bool,
    /// Number of the block transaction: shared by all fills of one taker order.
    pub hash: u64,
    /// Why a maker was filled, where a recorded market cannot say it by itself.
    pub cause: FillCause,
}

/// Why an order was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FillCause {
    /// A taker order of the synthetic world or of another account matched it.
    Matched,
    /// A recorded trade went through its price.
    TradedThrough,
    /// Recorded trades at its price used up the line in front of it.
    QueueReached,
    /// The recorded book crossed it without a trade.
    BookCrossed,
}

/// A trade as everyone sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TradeNews {
    /// The block's time.
    pub at: WallMs,
    /// Name of the trade.
    pub tid: Tid,
    /// The taker's side.
    pub taker: Side,
    /// Price.
    pub px: Px,
    /// Size.
    pub qty: Qty,
    /// Buyer and seller; the zero address stands for other makers and takers of the world.
    pub users: [Address; 2],
    /// Number of the block transaction.
    pub hash: u64,
}
