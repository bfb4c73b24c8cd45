//! What other people do to a market: the contract between a world and the exchange.

use crate::market::{AssetId, Level};
use crate::num::{Px, Qty, Side, WallMs};

/// Something other people do, at a time. A world makes them in the order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketEvent {
    /// When it happens, by the exchange's clock.
    pub at: WallMs,
    /// The market it happens to.
    pub asset: AssetId,
    /// What happens to the market.
    pub what: MarketEventKind,
}

/// What other people do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarketEventKind {
    /// Other makers' orders are now these, best first: the ambient book of both sides. Accounts'
    /// orders keep their place in the line of their price as far as the change allows.
    Quotes {
        /// The bid levels, best first.
        bids: Vec<Level>,
        /// The ask levels, best first.
        asks: Vec<Level>,
    },
    /// Somebody takes everything up to a price, ours and other makers', in price-time order, at once.
    Taker {
        /// The side of the order that takes.
        side: Side,
        /// The worst price it pays.
        limit: Px,
        /// The most it takes.
        qty: Qty,
    },
    /// Oracle and mark move.
    Marks {
        /// The mark price from here on.
        mark: Px,
        /// The oracle price from here on.
        oracle: Px,
    },
}
