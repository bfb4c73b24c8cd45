//! Why the venue refuses.

/// Why the venue refused (PROTOCOL 7.2 to 7.4), as far as our behaviour differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Refused {
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

impl Refused {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Refused; 16] = [
        Refused::Price,
        Refused::Size,
        Refused::Minimum,
        Refused::Margin,
        Refused::ReduceOnly,
        Refused::WouldCross,
        Refused::NothingToMatch,
        Refused::Gone,
        Refused::ReplaceFailed,
        Refused::Signer,
        Refused::Nonce,
        Refused::Expired,
        Refused::RateLimit,
        Refused::Market,
        Refused::Schedule,
        Refused::Other,
    ];

    /// Its place in an array of counts.
    #[must_use]
    pub fn index(self) -> usize {
        Refused::ALL.iter().position(|&reason| reason == self).unwrap_or_default()
    }

    /// A few words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Refused::Price => "price off the grid",
            Refused::Size => "size off the lot",
            Refused::Minimum => "below the minimum value",
            Refused::Margin => "insufficient margin",
            Refused::ReduceOnly => "reduce-only would increase the position",
            Refused::WouldCross => "post-only would have matched",
            Refused::NothingToMatch => "nothing to match",
            Refused::Gone => "already canceled or filled",
            Refused::ReplaceFailed => "replacement refused",
            Refused::Signer => "unknown signer",
            Refused::Nonce => "nonce",
            Refused::Expired => "expired on the way",
            Refused::RateLimit => "rate limit",
            Refused::Market => "market does not take it",
            Refused::Schedule => "scheduled cancel",
            Refused::Other => "other",
        }
    }
}
