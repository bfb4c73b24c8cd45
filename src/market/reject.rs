//! Why the venue refuses: the classes we act on, and the texts that say so.

use crate::num::numbered;

numbered! {
    /// Why the venue refused (PROTOCOL 7.2 to 7.4), as far as our behaviour differs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum RejectReason {
        /// `Price must be divisible by tick size.` or `Order has invalid price.`
        Price = 0 => "price off the grid",
        /// `Order has invalid size.` or `Order has zero size.`
        Size = 1 => "size off the lot",
        /// Below the minimum notional.
        Minimum = 2 => "below the minimum value",
        /// The account's margin does not cover the order.
        Margin = 3 => "insufficient margin",
        /// Reduce-only would increase the position.
        ReduceOnly = 4 => "reduce-only would increase the position",
        /// Post-only would have crossed.
        WouldCross = 5 => "post-only would have matched",
        /// An immediate-or-cancel order found nothing to trade with.
        NothingToMatch = 6 => "nothing to match",
        /// The order to cancel or modify is gone: cancelled, filled or never there.
        Gone = 7 => "already canceled or filled",
        /// A modify cancelled the old order and the venue refused the new one.
        ReplaceFailed = 8 => "replacement refused",
        /// The signer is unknown: our hash is wrong, or the agent is not approved.
        Signer = 9 => "unknown signer",
        /// The nonce was used already or lies outside the window.
        Nonce = 10 => "nonce",
        /// The request's `expiresAfter` had passed.
        Expired = 11 => "expired on the way",
        /// The address budget or the request rate is used up.
        RateLimit = 12 => "rate limit",
        /// Open interest cap, oracle distance, market halted: the venue does not want orders here.
        Market = 13 => "market does not take it",
        /// The scheduled cancel could not be set.
        Schedule = 14 => "scheduled cancel",
        /// Any text the table does not list.
        Other = 15 => "other",
        /// Our own word: the request was never written, since no connection was there.
        NotSent = 16 => "not sent",
        /// The venue takes post-only orders only, for a while after its halt or upgrade.
        PostOnly = 17 => "only post-only orders are taken",
    }
}

/// What a port answers to a request that it never wrote.
pub const NOT_SENT: &str = "not sent: the orders link is down";

/// Beginnings of the venue's error texts (PROTOCOL 7.2 to 7.4) and what they mean to us.
const TEXTS: [(&str, RejectReason); 34] = [
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
    ("Only post-only orders allowed", RejectReason::PostOnly),
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
    (NOT_SENT, RejectReason::NotSent),
    ("Cannot set scheduled cancel time", RejectReason::Schedule),
    ("Scheduled cancel time too early", RejectReason::Schedule),
    ("Too many scheduled cancel triggers", RejectReason::Schedule),
];

/// Words that layers between the matching engine and us put in front of its text.
const LAYERS: [&str; 2] = ["Cannot process API request: ", "L1 error: "];

impl RejectReason {
    /// The reason behind an error text, by its beginning: live texts go on with details.
    #[must_use]
    pub fn of_text(text: &str) -> RejectReason {
        let inner =
            LAYERS.iter().fold(text, |text, layer| text.strip_prefix(layer).unwrap_or(text));
        let found = TEXTS.iter().find(|(beginning, _)| inner.starts_with(beginning));
        found.map_or(RejectReason::Other, |&(_, reason)| reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("Only post-only orders allowed immediately after", RejectReason::PostOnly),
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
            (NOT_SENT, RejectReason::NotSent),
            ("Scheduled cancel time too early, must be at least", RejectReason::Schedule),
            ("Signed action over weight limit of 200.", RejectReason::Other),
            ("Invalid leverage value", RejectReason::Other),
            ("the words of another day", RejectReason::Other),
            ("", RejectReason::Other),
        ];
        for (text, want) in rows {
            assert_eq!(RejectReason::of_text(text), want, "{text}");
        }
    }
}
