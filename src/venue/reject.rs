//! Why the exchange refuses, in its own words.

use super::action::UnsupportedAction;
use crate::market::{Address, AssetId, RejectReason};
use crate::num::text::{Text, canonical};
use crate::num::{Px, Usd};

/// Everything the exchange can refuse, in the venue's words (PROTOCOL 7.2 to 7.4 and 5.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
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
    ModifyFailed(Box<Reject>),
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
    #[error(transparent)]
    Unsupported(#[from] UnsupportedAction),
}

impl Reject {
    /// The word the order history uses; none for what is refused before it becomes an order.
    pub fn history_word(&self) -> Option<&'static str> {
        self.row().1
    }

    /// The class our own behaviour depends on.
    pub fn class(&self) -> RejectReason {
        self.row().0
    }

    /// What a refusal means to us, and its word in the order history: a row a class.
    fn row(&self) -> (RejectReason, Option<&'static str>) {
        match self {
            Reject::TickSize(_) => (RejectReason::Price, Some("tickRejected")),
            Reject::InvalidPrice(_) => (RejectReason::Price, None),
            Reject::InvalidSize(_) | Reject::ZeroSize(_) => (RejectReason::Size, None),
            Reject::MinimumValue(_) => (RejectReason::Minimum, Some("minTradeNtlRejected")),
            Reject::Margin(_) => (RejectReason::Margin, Some("perpMarginRejected")),
            Reject::ReduceOnly(_) => (RejectReason::ReduceOnly, Some("reduceOnlyRejected")),
            Reject::WouldCross { .. } => (RejectReason::WouldCross, Some("badAloPxRejected")),
            Reject::NothingToMatch(_) => (RejectReason::NothingToMatch, Some("iocCancelRejected")),
            Reject::FarFromReference(_) => (RejectReason::Market, None),
            Reject::TooManyOpenOrders(_) => {
                (RejectReason::Market, Some("tooManyOpenOrdersRejected"))
            }
            Reject::Gone(_) | Reject::ModifyGone => (RejectReason::Gone, None),
            Reject::ModifyFailed(_) => (RejectReason::ReplaceFailed, None),
            Reject::UnknownSigner(_) | Reject::MustDeposit(_) | Reject::UnknownVault(_) => {
                (RejectReason::Signer, None)
            }
            Reject::DuplicateNonce(_) | Reject::NonceTooLow | Reject::NonceTooHigh => {
                (RejectReason::Nonce, None)
            }
            Reject::Expired => (RejectReason::Expired, None),
            Reject::TooManyRequests { .. } => (RejectReason::RateLimit, None),
            Reject::ScheduleVolume { .. } | Reject::ScheduleEarly | Reject::ScheduleSpent => {
                (RejectReason::Schedule, None)
            }
            Reject::UnknownAsset(_)
            | Reject::Overweight
            | Reject::EmptyBatch
            | Reject::LeverageSwitch
            | Reject::LeverageValue
            | Reject::NotIsolated
            | Reject::AgentExpired
            | Reject::TooManyAgents(_)
            | Reject::AgentUsed
            | Reject::Unsupported(_) => (RejectReason::Other, None),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_read_our_texts_as_we_mean_them() {
        let (asset, price, nobody) = (AssetId(4), Some(Px::from_e8(1)), Address([0; 20]));
        let (volume, required) = (Usd::ZERO, Usd::from_e8(CENT_E8));
        let texts = [
            Reject::TickSize(asset),
            Reject::InvalidPrice(asset),
            Reject::InvalidSize(asset),
            Reject::ZeroSize(asset),
            Reject::MinimumValue(asset),
            Reject::Margin(asset),
            Reject::ReduceOnly(asset),
            Reject::WouldCross { asset, bid: price, ask: None },
            Reject::NothingToMatch(asset),
            Reject::FarFromReference(asset),
            Reject::Gone(asset),
            Reject::ModifyGone,
            Reject::ModifyFailed(Box::new(Reject::ZeroSize(asset))),
            Reject::UnknownSigner(nobody),
            Reject::MustDeposit(nobody),
            Reject::UnknownVault(nobody),
            Reject::UnknownAsset(asset),
            Reject::DuplicateNonce(17),
            Reject::NonceTooLow,
            Reject::NonceTooHigh,
            Reject::Expired,
            Reject::TooManyRequests { used: 2, cap: 1, volume },
            Reject::Overweight,
            Reject::EmptyBatch,
            Reject::LeverageSwitch,
            Reject::LeverageValue,
            Reject::NotIsolated,
            Reject::ScheduleVolume { required, traded: volume },
            Reject::ScheduleEarly,
            Reject::ScheduleSpent,
            Reject::AgentExpired,
            Reject::TooManyAgents(1),
            Reject::AgentUsed,
        ];
        for reject in texts {
            assert_eq!(RejectReason::of_text(&reject.to_string()), reject.class(), "{reject}");
        }
    }
}
