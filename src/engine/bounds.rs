//! What of the numbers that were decoded is admitted: safe in every product and ratio made of it
//! (MODEL 5.3, last line). What is not counts as a message that could not be read.

use super::config::Setup;
use crate::market::event::{Fill, VenuePosition};
use crate::market::{Bbo, BookFrame, CoinIx, Context, Event, Trade};
use crate::num::{Px, Side, Usd};

/// A price of our asset is within this factor of the one the session began at, either way: any two
/// are within a million of each other.
const FACTOR: i64 = 1_000;
/// What a position, or a fill of ours, is worth at most.
const WORTH_MAX: Usd = Usd::from_e8(1_000_000_000 * crate::num::unit::E8);

/// The bounds of a session.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    coin: CoinIx,
    mark: Px,
}

impl Bounds {
    pub fn new(setup: &Setup) -> Bounds {
        Bounds { coin: setup.coin, mark: setup.mark.max(Px::from_e8(1)) }
    }

    /// Whether an event's numbers are safe. The prices of a reference are those of the same asset;
    /// what other coins say is not looked at by anyone.
    pub fn admit(&self, event: &Event<'_>, reference: Option<CoinIx>) -> bool {
        let ours = |coin: CoinIx| coin == self.coin || Some(coin) == reference;
        match event {
            Event::Bbo(coin, bbo) => !ours(*coin) || self.admit_bbo(bbo),
            Event::Book(coin, frame) => !ours(*coin) || self.admit_book(frame),
            Event::Trades(coin, trades) => !ours(*coin) || self.admit_trades(trades),
            Event::Context(coin, of) => !ours(*coin) || self.admit_context(of),
            Event::Fills { fills, .. } => fills.iter().all(|fill| self.admit_fill(fill)),
            Event::Account(account) => account.holdings.iter().all(|it| self.admit_holding(it)),
            Event::Funding { payments, .. } => {
                payments.iter().all(|it| it.coin != self.coin || it.received.abs() <= WORTH_MAX)
            }
            Event::Orders(_)
            | Event::OpenOrders(_)
            | Event::Reply(_)
            | Event::Table(..)
            | Event::Link(..)
            | Event::Garbled(_)
            | Event::Alive(_)
            | Event::Health(_)
            | Event::Wake
            | Event::Command(_) => true,
        }
    }

    /// Whether a price is one that our asset can have.
    fn is_price(&self, px: Px) -> bool {
        assert!(Px::ZERO < self.mark, "a factor of no price");
        let (px, mark) = (px.e8(), self.mark.e8());
        px <= mark.saturating_mul(FACTOR) && mark <= px.saturating_mul(FACTOR)
    }

    fn admit_bbo(&self, bbo: &Bbo) -> bool {
        [bbo.bid, bbo.ask].iter().flatten().all(|level| self.is_price(level.px))
    }

    /// The ends of each side: a book that is not sorted between them is refused as one.
    fn admit_book(&self, frame: &BookFrame) -> bool {
        let ends = |side: Side| {
            let levels = frame.side(side);
            [levels.first(), levels.last()]
        };
        Side::BOTH.into_iter().flat_map(ends).flatten().all(|level| self.is_price(level.px))
    }

    fn admit_trades(&self, trades: &[Trade]) -> bool {
        trades.iter().all(|trade| self.is_price(trade.px))
    }

    /// A venue without mark or oracle says zero.
    fn admit_context(&self, of: &Context) -> bool {
        [of.mark, of.oracle].iter().all(|&px| px == Px::ZERO || self.is_price(px))
    }

    fn admit_fill(&self, fill: &Fill) -> bool {
        let worth = || fill.px.notional(fill.qty).max(self.mark.notional(fill.qty));
        fill.coin != self.coin
            || self.is_price(fill.px) && worth() <= WORTH_MAX && fill.fee.abs() <= WORTH_MAX
    }

    fn admit_holding(&self, held: &VenuePosition) -> bool {
        held.coin != self.coin || self.mark.notional(held.pos.size()) <= WORTH_MAX
    }
}
