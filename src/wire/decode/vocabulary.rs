//! Words of the venue to our types: coins, sides, order states, reasons of refusal.

use super::error::{DecodeError, Excerpt};
use super::tape::Value;
use crate::market::{CoinIx, OrderStatus, RejectReason};
use crate::num::Side;
use arrayvec::ArrayVec;

/// Coins a process can watch.
pub const COINS_MAX: usize = 8;
/// Bytes of a coin's full name (`hyna:HYPE`).
pub const COIN_NAME_MAX: usize = 32;

/// The coins of this process, in the order of their indices.
pub(super) struct Coins {
    names: ArrayVec<Name, COINS_MAX>,
}

/// A coin's full name.
type Name = ArrayVec<u8, COIN_NAME_MAX>;

impl Coins {
    /// Keeps the names.
    pub(super) fn new(names: &[&str]) -> Coins {
        assert!(names.len() <= COINS_MAX, "at most 8 coins: {names:?}");
        let keep = |name: &&str| {
            Name::try_from(name.as_bytes()).expect("the settings allow 32 bytes a coin's name")
        };
        Coins { names: names.iter().map(keep).collect() }
    }

    /// The place of a coin, when it is ours.
    pub(super) fn find(&self, name: &[u8]) -> Option<CoinIx> {
        let at = self.names.iter().position(|ours| ours.as_slice() == name)?;
        u8::try_from(at).ok().map(CoinIx)
    }

    /// The place of a coin that must be ours.
    pub(super) fn ours(&self, name: &str) -> Result<CoinIx, DecodeError> {
        self.find(name.as_bytes()).ok_or(DecodeError::Coin { text: Excerpt::new(name) })
    }

    /// The place of a coin, or foreign.
    pub(super) fn any(&self, name: &str) -> CoinIx {
        self.find(name.as_bytes()).unwrap_or(CoinIx::FOREIGN)
    }
}

/// `B` or `A`.
pub(super) fn side(value: Value, field: &'static str) -> Result<Side, DecodeError> {
    match value.text(field)? {
        "B" => Ok(Side::Bid),
        "A" => Ok(Side::Ask),
        text => Err(DecodeError::Word { field, text: Excerpt::new(text) }),
    }
}

/// The state behind a word of PROTOCOL 8.6. Words the list lacks follow its rule: what ends with
/// `Rejected` was rejected, what contains `ancel` was cancelled; anything else is refused.
pub(super) fn status(word: &str) -> Result<OrderStatus, DecodeError> {
    match word {
        "open" => Ok(OrderStatus::Open),
        "filled" => Ok(OrderStatus::Filled),
        "triggered" => Ok(OrderStatus::Triggered),
        "rejected" => Ok(OrderStatus::Rejected),
        _ if word.ends_with("Rejected") => Ok(OrderStatus::Rejected),
        _ if word.contains("ancel") => Ok(OrderStatus::Canceled),
        _ => Err(DecodeError::Word { field: "status", text: Excerpt::new(word) }),
    }
}

/// Beginnings of the venue's error texts (PROTOCOL 7.2 to 7.4) and what they mean to us.
const REASONS: [(&str, RejectReason); 33] = [
    ("Price must be divisible by tick size", RejectReason::Price),
    ("Order has invalid price", RejectReason::Price),
    ("Invalid TP/SL price", RejectReason::Price),
    ("Order has invalid size", RejectReason::Size),
    ("Order has zero size", RejectReason::Size),
    ("Order must have minimum value", RejectReason::Minimum),
    ("Insufficient margin to place order", RejectReason::Margin),
    ("Order would cause position to exceed margin tier limit", RejectReason::Margin),
    ("Order has insufficient spot balance", RejectReason::Margin),
    ("Insufficient spot balance", RejectReason::Margin),
    ("Reduce only order would increase position", RejectReason::ReduceOnly),
    ("Post only order would have immediately matched", RejectReason::WouldCross),
    ("Order could not immediately match against any resting orders", RejectReason::NothingToMatch),
    ("No liquidity available for market order", RejectReason::NothingToMatch),
    ("Order would increase open interest", RejectReason::Market),
    ("Order rejected due to price more aggressive than oracle", RejectReason::Market),
    ("Order price too far from oracle", RejectReason::Market),
    ("Order price cannot be more than", RejectReason::Market),
    ("Only post-only orders allowed", RejectReason::Market),
    ("Trading is halted", RejectReason::Market),
    ("Order was never placed, already canceled, or filled", RejectReason::Gone),
    ("Cannot modify canceled or filled order", RejectReason::Gone),
    ("Error placing new order during modify", RejectReason::ReplaceFailed),
    ("User or API Wallet", RejectReason::Signer),
    ("Must deposit before performing actions", RejectReason::Signer),
    ("Vault not registered", RejectReason::Signer),
    ("Invalid nonce", RejectReason::Nonce),
    ("Action already expired", RejectReason::Expired),
    ("Too many cumulative requests sent", RejectReason::RateLimit),
    ("429", RejectReason::RateLimit),
    ("Cannot set scheduled cancel time", RejectReason::Schedule),
    ("Scheduled cancel time too early", RejectReason::Schedule),
    ("Too many scheduled cancel triggers", RejectReason::Schedule),
];

/// Words that layers between the matching engine and us put in front of its text.
const LAYERS: [&str; 2] = ["Cannot process API request: ", "L1 error: "];

/// The reason behind an error text, by its beginning: live texts go on with details.
pub(super) fn reason(text: &str) -> RejectReason {
    let inner = LAYERS.iter().fold(text, |text, layer| text.strip_prefix(layer).unwrap_or(text));
    let found = REASONS.iter().find(|(beginning, _)| inner.starts_with(beginning));
    found.map_or(RejectReason::Other, |&(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_the_rule_for_unknown_ones() {
        let rows = [
            ("open", Some(OrderStatus::Open)),
            ("filled", Some(OrderStatus::Filled)),
            ("canceled", Some(OrderStatus::Canceled)),
            ("triggered", Some(OrderStatus::Triggered)),
            ("rejected", Some(OrderStatus::Rejected)),
            ("scheduledCancel", Some(OrderStatus::Canceled)),
            ("reduceOnlyCanceled", Some(OrderStatus::Canceled)),
            ("iocCancelRejected", Some(OrderStatus::Rejected)),
            ("somethingElseRejected", Some(OrderStatus::Rejected)),
            ("somethingElseCanceled", Some(OrderStatus::Canceled)),
            ("Open", None),
            ("opened", None),
            ("", None),
        ];
        for (word, want) in rows {
            assert_eq!(status(word).ok(), want, "{word}");
        }
    }

    #[test]
    fn every_text_of_the_protocol_has_its_reason() {
        let rows = [
            ("Price must be divisible by tick size. asset=140004", RejectReason::Price),
            ("Order has invalid price.", RejectReason::Price),
            ("Order has zero size.", RejectReason::Size),
            ("Order must have minimum value of $10. asset=4", RejectReason::Minimum),
            ("Order must have minimum value of 10 USDH.", RejectReason::Minimum),
            ("Insufficient margin to place order. asset=4", RejectReason::Margin),
            ("Insufficient spot balance asset=10107", RejectReason::Margin),
            ("Reduce only order would increase position. asset=4", RejectReason::ReduceOnly),
            (
                "Post only order would have immediately matched, bbo was 38.12@38.13. asset=140004",
                RejectReason::WouldCross,
            ),
            ("Order would increase open interest too quickly", RejectReason::Market),
            (
                "Order price cannot be more than 95% away from the reference price",
                RejectReason::Market,
            ),
            ("Order was never placed, already canceled, or filled. asset=4", RejectReason::Gone),
            (
                "Error placing new order during modify: Order has zero size.",
                RejectReason::ReplaceFailed,
            ),
            ("L1 error: User or API Wallet 0x12 does not exist.", RejectReason::Signer),
            ("Cannot process API request: Invalid nonce: duplicate nonce 17", RejectReason::Nonce),
            ("Action already expired", RejectReason::Expired),
            ("Too many cumulative requests sent (2 > 1) for cumulative", RejectReason::RateLimit),
            ("429 Too Many Requests", RejectReason::RateLimit),
            ("Scheduled cancel time too early, must be at least", RejectReason::Schedule),
            ("Signed action over weight limit of 200.", RejectReason::Other),
            ("Invalid leverage value", RejectReason::Other),
            ("the words of another day", RejectReason::Other),
            ("", RejectReason::Other),
        ];
        for (text, want) in rows {
            assert_eq!(reason(text), want, "{text}");
        }
    }
}
