//! The venue's vocabulary as our types: coins, sides, order states, reject reasons.

use super::error::{DecodeError, Excerpt};
use super::tape::Value;
use crate::market::{CoinIx, OrderStatus};
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
}
