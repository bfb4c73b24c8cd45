//! Why the exchange refuses, in its own words.

use crate::market::{Address, AssetId, Refused};
use crate::num::text::{Text, canonical};
use crate::num::{Px, Usd};

/// Everything the exchange can refuse, in the venue's words (PROTOCOL 7.2 to 7.4 and 5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is named after the venue's text above it")]
pub enum Denied {
    #[error("Price must be divisible by tick size. asset={}", id(.0))]
    TickSize(AssetId),
    #[error("Order has invalid price. asset={}", id(.0))]
    InvalidPrice(AssetId),
    #[error("Order has invalid size. asset={}", id(.0))]
    InvalidSize(AssetId),
    #[error("Order has zero size. asset={}", id(.0))]
    ZeroSize(AssetId),
    #[error("Order must have minimum value of $10. asset={}", id(.0))]
    MinimumValue(AssetId),
    #[error("Insufficient margin to place order. asset={}", id(.0))]
    Margin(AssetId),
    #[error("Reduce only order would increase position. asset={}", id(.0))]
    ReduceOnly(AssetId),
    #[error(
        "Post only order would have immediately matched, bbo was {}@{}. asset={}",
        best(.bid), best(.ask), id(.asset)
    )]
    WouldCross { asset: AssetId, bid: Option<Px>, ask: Option<Px> },
    #[error("Order could not immediately match against any resting orders. asset={}", id(.0))]
    NothingToMatch(AssetId),
    #[error(
        "Order price cannot be more than 80% away from the reference price asset={}",
        id(.0)
    )]
    FarFromReference(AssetId),
    #[error("Too many open orders asset={}", id(.0))]
    TooManyOpenOrders(AssetId),
    #[error("Order was never placed, already canceled, or filled. asset={}", id(.0))]
    Gone(AssetId),
    #[error("Cannot modify canceled or filled order")]
    ModifyGone,
    #[error("Error placing new order during modify: {0}")]
    ModifyFailed(Box<Denied>),
    #[error("User or API Wallet {0} does not exist.")]
    UnknownSigner(Address),
    #[error("Must deposit before performing actions. User: {0}")]
    MustDeposit(Address),
    #[error("Vault not registered: {0}")]
    UnknownVault(Address),
    #[error("Unknown asset: {}", id(.0))]
    UnknownAsset(AssetId),
    #[error("Invalid nonce: duplicate nonce {0}")]
    DuplicateNonce(u64),
    #[error("Invalid nonce: nonce too low")]
    NonceTooLow,
    #[error("Invalid nonce: nonce too high")]
    NonceTooHigh,
    #[error("Action already expired")]
    Expired,
    #[error(
        "Too many cumulative requests sent ({used} > {cap}) for cumulative volume traded ${}. \
         Place taker orders to free up 1 request per USDC traded.",
        cents(.volume)
    )]
    TooManyRequests { used: u64, cap: u64, volume: Usd },
    #[error("Signed action over weight limit of 200.")]
    Overweight,
    #[error("Empty batch: an action needs at least one item")]
    EmptyBatch,
    #[error("Cannot switch leverage type with open position.")]
    LeverageSwitch,
    #[error("Invalid leverage value")]
    LeverageValue,
    #[error("Position does not use isolated margin.")]
    NotIsolated,
    #[error(
        "Cannot set scheduled cancel time until enough volume traded. Required: ${}. Traded: ${}.",
        canonical(.required.e8()), cents(.traded)
    )]
    ScheduleVolume { required: Usd, traded: Usd },
    #[error("Scheduled cancel time too early, must be at least 5 seconds from now.")]
    ScheduleEarly,
    #[error("Too many scheduled cancel triggers today")]
    ScheduleSpent,
    #[error("Agent valid_until already expired.")]
    AgentExpired,
    #[error("Too many extra agents for cumulative volume traded. Current limit is {0}")]
    TooManyAgents(u32),
    #[error("Extra agent already used.")]
    AgentUsed,
}

impl Denied {
    /// The word the order history uses; none for what is refused before it becomes an order.
    pub fn history_word(&self) -> Option<&'static str> {
        Some(match self {
            Denied::TickSize(_) => "tickRejected",
            Denied::MinimumValue(_) => "minTradeNtlRejected",
            Denied::Margin(_) => "perpMarginRejected",
            Denied::ReduceOnly(_) => "reduceOnlyRejected",
            Denied::WouldCross { .. } => "badAloPxRejected",
            Denied::NothingToMatch(_) => "iocCancelRejected",
            Denied::TooManyOpenOrders(_) => "tooManyOpenOrdersRejected",
            _ => return None,
        })
    }

    /// The class our own behaviour depends on.
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

/// The market, as texts name it.
fn id(asset: &AssetId) -> u32 {
    asset.0
}

/// A price of the book, or a dash for an empty side.
fn best(px: &Option<Px>) -> String {
    px.map_or("-".to_owned(), |px| canonical(px.e8()).to_string())
}

/// Dollars in whole cents, rounded down.
fn cents(usd: &Usd) -> Text {
    canonical(usd.e8().div_euclid(CENT_E8) * CENT_E8)
}

/// A cent in steps of 1e-8.
const CENT_E8: i64 = 1_000_000;
