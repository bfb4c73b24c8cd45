//! What is believed and wanted at one moment, for the journal, the screen and the report.

use super::id::CoinIx;
use super::kill::{KillLimit, KillStatus};
use crate::num::{Bps, Lots, Nanos, Pos, Px, Q24, Qty, Usd};

/// How far one side's quote stands from fair, and why: the parts add up to the distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuoteParts {
    /// The distance the table gives, in basis points.
    pub table: Bps,
    /// What the asymmetry envelope added.
    pub envelope: Bps,
    /// What the drift's shift added.
    pub shift: Bps,
    /// What the cascade detector added.
    pub cascade: Bps,
    /// What the distance floor added.
    pub floor: Bps,
    /// Kept from crossing the book.
    pub post_only: Bps,
    /// The venue's price grid.
    pub rounding: Bps,
}

impl QuoteParts {
    /// The distance that they make: the sum of all.
    #[must_use]
    pub fn sum(&self) -> Bps {
        let QuoteParts { table, envelope, shift, cascade, floor, post_only, rounding } = *self;
        table + envelope + shift + cascade + floor + post_only + rounding
    }
}

/// What was believed and wanted after a step that quoted.
///
/// Pairs are by [`crate::num::Side::index`]; a price of zero means none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The coin that is quoted.
    pub coin: CoinIx,
    /// What the kill switch said.
    pub kill: KillStatus,
    /// State of the cascade, a side.
    pub cascade: [u8; 2],
    /// Orders of ours that live.
    pub orders_live: u8,
    /// Orders of ours whose state is in doubt.
    pub orders_unknown: u8,
    /// Best prices of the book.
    pub touch: [Px; 2],
    /// The middle between them.
    pub mid: Px,
    /// What we believe the coin is worth.
    pub fair: Px,
    /// The venue's mark price; zero before the first.
    pub mark: Px,
    /// The venue's oracle price; zero before the first.
    pub oracle: Px,
    /// Our nearest quote, a side.
    pub quote: [Px; 2],
    /// All we want to quote, a side.
    pub quote_qty: [Qty; 2],
    /// Why the nearest quote stands where it does, a side.
    pub parts: [QuoteParts; 2],
    /// Our position, long positive.
    pub pos: Pos,
    /// The position in order sizes.
    pub lots: Lots,
    /// Middle of the quotes, from fair: long means negative.
    pub skew: Bps,
    /// Expected move of fair.
    pub drift: Bps,
    /// Volatility per square root of a second.
    pub sigma: Bps,
    /// Cascade intensity, a side.
    pub heat: [Q24; 2],
    /// How far the trend stands against the position.
    pub opposed: Q24,
    /// Probability that the trend goes on.
    pub continuation: Q24,
    /// How urgent it is to bring the position home.
    pub urgency: Q24,
    /// Account value at the kill switch's mark.
    pub equity: Usd,
    /// Its highest of the session.
    pub peak: Usd,
    /// Profit realised by fills, before fees.
    pub realised: Usd,
    /// Fees paid; rebates are negative.
    pub fees: Usd,
    /// Funding received; negative when paid.
    pub funding: Usd,
    /// How much of each hard limit is used up, 1 being the limit; none without a source.
    pub limits: [Option<Q24>; KillLimit::COUNT],
    /// Requests the venue still grants.
    pub budget: i64,
    /// The table in use, by its number.
    pub table_seq: u64,
    /// Age of the market data.
    pub age: Nanos,
    /// From the frame in our memory to the last request in the queue; 0 when none was made.
    pub took: Nanos,
}
