//! Why the exchange refuses, in its own words.

use crate::market::{Address, AssetId, Refused};
use crate::num::text::{Text, canonical};
use crate::num::{Px, Usd};
use std::fmt;

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
    ScheduleVolume { required: Usd, traded: Usd },
    ScheduleEarly,
    ScheduleSpent,
    AgentExpired,
    TooManyAgents(u32),
    AgentUsed,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        words(self, f)
    }
}

impl Denied {
    /// The market its text ends with.
    fn asset(&self) -> Option<AssetId> {
        match self {
            Denied::TickSize(asset)
            | Denied::InvalidPrice(asset)
            | Denied::InvalidSize(asset)
            | Denied::ZeroSize(asset)
            | Denied::MinimumValue(asset)
            | Denied::Margin(asset)
            | Denied::ReduceOnly(asset)
            | Denied::WouldCross { asset, .. }
            | Denied::NothingToMatch(asset)
            | Denied::FarFromReference(asset)
            | Denied::TooManyOpenOrders(asset)
            | Denied::Gone(asset) => Some(*asset),
            _ => None,
        }
    }

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

/// The venue's words (PROTOCOL 7.2 to 7.4 and 5.2).
fn words(denied: &Denied, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(asset) = denied.asset() {
        put_reason(denied, f)?;
        return write!(f, " asset={}", asset.0);
    }
    match denied {
        Denied::ModifyFailed(inner) => {
            write!(f, "Error placing new order during modify: {inner}")
        }
        Denied::UnknownSigner(who) => write!(f, "User or API Wallet {who} does not exist."),
        Denied::MustDeposit(who) => {
            write!(f, "Must deposit before performing actions. User: {who}")
        }
        Denied::UnknownVault(who) => write!(f, "Vault not registered: {who}"),
        Denied::UnknownAsset(asset) => write!(f, "Unknown asset: {}", asset.0),
        Denied::DuplicateNonce(nonce) => write!(f, "Invalid nonce: duplicate nonce {nonce}"),
        Denied::TooManyRequests { used, cap, volume } => write!(
            f,
            "Too many cumulative requests sent ({used} > {cap}) for cumulative volume traded \
             ${}. Place taker orders to free up 1 request per USDC traded.",
            Digits(cents(*volume))
        ),
        Denied::ScheduleVolume { required, traded } => write!(
            f,
            "Cannot set scheduled cancel time until enough volume traded. Required: ${}. \
             Traded: ${}.",
            Digits(canonical(required.e8())),
            Digits(cents(*traded))
        ),
        Denied::TooManyAgents(limit) => write!(
            f,
            "Too many extra agents for cumulative volume traded. Current limit is {limit}"
        ),
        other => put_reason(other, f),
    }
}

/// The words that depend on nothing but the variant.
fn put_reason(denied: &Denied, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Denied::WouldCross { bid, ask, .. } = denied {
        f.write_str("Post only order would have immediately matched, bbo was ")?;
        put_px(*bid, f)?;
        f.write_str("@")?;
        put_px(*ask, f)?;
        return f.write_str(".");
    }
    f.write_str(match denied {
        Denied::TickSize(_) => "Price must be divisible by tick size.",
        Denied::InvalidPrice(_) => "Order has invalid price.",
        Denied::InvalidSize(_) => "Order has invalid size.",
        Denied::ZeroSize(_) => "Order has zero size.",
        Denied::MinimumValue(_) => "Order must have minimum value of $10.",
        Denied::Margin(_) => "Insufficient margin to place order.",
        Denied::ReduceOnly(_) => "Reduce only order would increase position.",
        Denied::NothingToMatch(_) => {
            "Order could not immediately match against any resting orders."
        }
        Denied::FarFromReference(_) => {
            "Order price cannot be more than 80% away from the reference price"
        }
        Denied::TooManyOpenOrders(_) => "Too many open orders",
        Denied::Gone(_) => "Order was never placed, already canceled, or filled.",
        Denied::ModifyGone => "Cannot modify canceled or filled order",
        Denied::NonceTooLow => "Invalid nonce: nonce too low",
        Denied::NonceTooHigh => "Invalid nonce: nonce too high",
        Denied::Expired => "Action already expired",
        Denied::Overweight => "Signed action over weight limit of 200.",
        Denied::EmptyBatch => "Empty batch: an action needs at least one item",
        Denied::LeverageSwitch => "Cannot switch leverage type with open position.",
        Denied::LeverageValue => "Invalid leverage value",
        Denied::NotIsolated => "Position does not use isolated margin.",
        Denied::ScheduleEarly => {
            "Scheduled cancel time too early, must be at least 5 seconds from now."
        }
        Denied::ScheduleSpent => "Too many scheduled cancel triggers today",
        Denied::AgentExpired => "Agent valid_until already expired.",
        Denied::AgentUsed => "Extra agent already used.",
        _ => unreachable!("these words carry values: {denied:?}"),
    })
}

/// A price of the book, or a dash for an empty side.
fn put_px(px: Option<Px>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match px {
        Some(px) => write!(f, "{}", Digits(canonical(px.e8()))),
        None => f.write_str("-"),
    }
}

/// Dollars in whole cents, rounded down.
fn cents(usd: Usd) -> Text {
    canonical(usd.e8().div_euclid(CENT_E8) * CENT_E8)
}

/// A cent in steps of 1e-8.
const CENT_E8: i64 = 1_000_000;

/// ASCII digits, shown as they are.
struct Digits(Text);

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&byte| write!(f, "{}", char::from(byte)))
    }
}
