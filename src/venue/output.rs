//! What the exchange tells its accounts and everyone.

use super::reject::Reject;
use crate::market::{Address, AssetId, Bbo, Cloid, Oid, Tid};
use crate::num::{Bps, Pos, Px, Qty, Side, Usd, WallMs};

/// News of one block, in the order of PROTOCOL 12.9: order news, fills, trades and best prices, then
/// answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// An order changed.
    Order(Address, OrderNews),
    /// An order was filled, wholly or in part.
    Fill(Address, FillNews),
    /// Funding was paid or received.
    Funding(Address, FundingNews),
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
    Rejected(Reject),
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
    Rejected(Reject),
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
    /// The mark at which the account was liquidated, when this fill is part of it.
    pub liquidation: Option<Px>,
}

impl FillNews {
    /// The venue's word for what the fill did to the position (PROTOCOL 8.7).
    pub fn dir(&self) -> &'static str {
        let after = self.start + self.qty.signed(self.side);
        match (self.start.e8().signum(), after.e8().signum()) {
            (1, 0 | 1) if self.liquidation.is_some() => "Liquidated Cross Long",
            (-1, 0 | -1) if self.liquidation.is_some() => "Liquidated Cross Short",
            (1, -1) => "Long > Short",
            (-1, 1) => "Short > Long",
            (1, _) if self.side == Side::Ask => "Close Long",
            (-1, _) if self.side == Side::Bid => "Close Short",
            (_, 1) => "Open Long",
            _ => "Open Short",
        }
    }
}

/// Funding of one position at a full hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundingNews {
    /// The market.
    pub asset: AssetId,
    /// The block's time.
    pub at: WallMs,
    /// The position it was charged on.
    pub pos: Pos,
    /// Rate of the hour.
    pub rate: Bps,
    /// Received (paid, when negative).
    pub received: Usd,
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
