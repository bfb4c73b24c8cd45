//! Why the venue refuses.

/// Why the venue refused (PROTOCOL 7.2 to 7.4), as far as our behaviour differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RejectReason {
    /// `Price must be divisible by tick size.` or `Order has invalid price.`
    Price = 0,
    /// `Order has invalid size.` or `Order has zero size.`
    Size = 1,
    /// Below the minimum notional.
    Minimum = 2,
    /// Not enough margin.
    Margin = 3,
    /// Reduce-only would increase the position.
    ReduceOnly = 4,
    /// Post-only would have crossed.
    WouldCross = 5,
    /// Immediate-or-cancel found nothing.
    NothingToMatch = 6,
    /// The order to cancel or modify is gone: cancelled, filled or never there.
    Gone = 7,
    /// A modify cancelled the old order and the venue refused the new one.
    ReplaceFailed = 8,
    /// The signer is unknown: our hash is wrong, or the agent is not approved.
    Signer = 9,
    /// The nonce was used already or lies outside the window.
    Nonce = 10,
    /// `expiresAfter` had passed.
    Expired = 11,
    /// The address budget or the request rate is used up.
    RateLimit = 12,
    /// Open interest cap, oracle distance, market halted: the venue does not want orders here.
    Market = 13,
    /// The scheduled cancel could not be set.
    Schedule = 14,
    /// Anything else.
    Other = 15,
}

impl RejectReason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [RejectReason; 16] = [
        RejectReason::Price,
        RejectReason::Size,
        RejectReason::Minimum,
        RejectReason::Margin,
        RejectReason::ReduceOnly,
        RejectReason::WouldCross,
        RejectReason::NothingToMatch,
        RejectReason::Gone,
        RejectReason::ReplaceFailed,
        RejectReason::Signer,
        RejectReason::Nonce,
        RejectReason::Expired,
        RejectReason::RateLimit,
        RejectReason::Market,
        RejectReason::Schedule,
        RejectReason::Other,
    ];

    /// Its place in an array of counts.
    #[must_use]
    pub fn index(self) -> usize {
        RejectReason::ALL.iter().position(|&reason| reason == self).unwrap_or_default()
    }

    /// A few words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            RejectReason::Price => "price off the grid",
            RejectReason::Size => "size off the lot",
            RejectReason::Minimum => "below the minimum value",
            RejectReason::Margin => "insufficient margin",
            RejectReason::ReduceOnly => "reduce-only would increase the position",
            RejectReason::WouldCross => "post-only would have matched",
            RejectReason::NothingToMatch => "nothing to match",
            RejectReason::Gone => "already canceled or filled",
            RejectReason::ReplaceFailed => "replacement refused",
            RejectReason::Signer => "unknown signer",
            RejectReason::Nonce => "nonce",
            RejectReason::Expired => "expired on the way",
            RejectReason::RateLimit => "rate limit",
            RejectReason::Market => "market does not take it",
            RejectReason::Schedule => "scheduled cancel",
            RejectReason::Other => "other",
        }
    }
}
