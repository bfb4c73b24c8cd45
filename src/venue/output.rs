//! What the exchange tells its accounts and everyone.

use super::action::OrderKey;
use super::action::order::NewOrder;
use super::index::AccountIx;
use super::reject::Reject;
use crate::market::event::Payment;
use crate::market::{Address, AssetId, Bbo, Cloid, Fill, Oid, Trade};
use crate::num::{Bps, Pos, Px, Qty, WallMs};

/// News of one block, in the order of PROTOCOL 12.9: order news, fills, trades and best prices, then
/// answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    Order(Address, OrderNews),
    Fill(Address, VenueFill),
    /// Funding was paid or received.
    Funding(Address, VenuePayment),
    /// Trades of one taker in a market, oldest first.
    Trades(AssetId, Vec<VenueTrade>),
    /// The best prices of a market changed in this block.
    Bbo(AssetId, Bbo),
    /// The action of the envelope with this ticket was committed or refused.
    Answer {
        ticket: u64,
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
    Cancels(Vec<Status>),
    /// Refused as a whole.
    Rejected(Reject),
}

/// The status of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Resting(Oid, Option<Cloid>),
    /// The average price is rounded half away in the last of 8 decimals.
    Filled {
        oid: Oid,
        cloid: Option<Cloid>,
        qty: Qty,
        px: Px,
    },
    /// The cancel did it.
    Success,
    Rejected(Reject),
}

/// An order of an account, as the book holds it and as its news show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueOrder {
    pub asked: NewOrder,
    pub oid: Oid,
    pub owner: AccountIx,
    /// What remains of it.
    pub qty: Qty,
    pub placed: WallMs,
}

impl VenueOrder {
    pub fn px(&self) -> Px {
        self.asked.px
    }

    pub fn is(&self, key: OrderKey) -> bool {
        key.names(self.oid, self.asked.cloid)
    }
}

/// News of an order, as `orderUpdates` and the order history show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderNews {
    pub order: VenueOrder,
    /// The venue's word for where it stands: `open`, `filled`, `canceled`, ...
    pub status: &'static str,
    /// When it came to stand there, by the block's time.
    pub since: WallMs,
}

/// A fill of an account's order, and what only the venue knows of it. The exchange knows no places
/// in anybody's list of coins: `fill.coin` is foreign, and `asset` is the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueFill {
    pub fill: Fill,
    pub asset: AssetId,
    /// Number of the block transaction: shared by all fills of one taker order.
    pub hash: u64,
    /// Why a maker was filled, where a recorded market cannot say it by itself.
    pub cause: FillCause,
    /// The mark at which the account was liquidated, when this fill is part of it.
    pub liquidation: Option<Px>,
}

impl VenueFill {
    /// The venue's word for what the fill did to the position (PROTOCOL 8.7).
    pub fn dir(&self) -> &'static str {
        let Fill { start, qty, side, .. } = self.fill;
        let (after, closes) = (start + qty.signed(side), start.reducing() == Some(side));
        match (start.e8().signum(), after.e8().signum()) {
            (1, 0 | 1) if self.liquidation.is_some() => "Liquidated Cross Long",
            (-1, 0 | -1) if self.liquidation.is_some() => "Liquidated Cross Short",
            (1, -1) => "Long > Short",
            (-1, 1) => "Short > Long",
            (1, _) if closes => "Close Long",
            (-1, _) if closes => "Close Short",
            (_, 1) => "Open Long",
            _ => "Open Short",
        }
    }
}

/// Funding of one position at a full hour; `payment.coin` is foreign, as in fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenuePayment {
    pub payment: Payment,
    pub asset: AssetId,
    /// The position it was charged on.
    pub pos: Pos,
    /// Rate of the hour.
    pub rate: Bps,
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

/// A trade, and what only the venue tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueTrade {
    pub trade: Trade,
    /// Buyer and seller; the zero address stands for other makers and takers of the world.
    pub users: [Address; 2],
    /// Number of the block transaction.
    pub hash: u64,
}
