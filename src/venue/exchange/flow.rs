//! What the world does to a market.

use super::Exchange;
use super::matching::{TakerOrder, TradeIds};
use crate::market::{Address, Level};
use crate::num::{Px, Qty, Side};
use crate::venue::book::MarketIx;
use crate::venue::config::FillModel;
use crate::venue::market_event::{MarketEvent, MarketEventKind};
use crate::venue::output::{FillCause, TradeNews};

impl Exchange {
    /// Lets a flow happen; one for a market that does not exist is nobody's.
    pub(super) fn on_market_event(&mut self, flow: MarketEvent) {
        let Some(ix) = self.market_ix_of(flow.asset) else { return };
        match flow.what {
            MarketEventKind::Quotes { bids, asks } => self.quote(ix, [bids, asks]),
            MarketEventKind::Taker { side, limit, qty } => match self.markets[ix.0].fill_model {
                FillModel::Synthetic => {
                    self.match_order(ix, TakerOrder { side, limit, remaining: qty, order: None });
                }
                FillModel::Recorded => self.replay_print(ix, side, limit, qty),
            },
            MarketEventKind::Marks { mark, oracle } => {
                self.markets[ix.0].set_marks(mark, oracle);
                self.risky = true;
            }
        }
    }

    /// Other makers' book is this from here on.
    fn quote(&mut self, ix: MarketIx, levels: [Vec<Level>; 2]) {
        let pit = &mut self.markets[ix.0];
        for (side, levels) in Side::BOTH.into_iter().zip(levels) {
            pit.side_mut(side).replace(levels);
        }
        match pit.fill_model {
            FillModel::Synthetic => {
                for side in Side::BOTH {
                    let wall = pit.side(side.other()).best_order();
                    pit.side_mut(side).clip(wall);
                }
            }
            FillModel::Recorded => Side::BOTH.into_iter().for_each(|side| self.cross(ix, side)),
        }
    }

    /// Fills orders that the recorded book of the other side has reached.
    fn cross(&mut self, ix: MarketIx, side: Side) {
        loop {
            let pit = &self.markets[ix.0];
            let (Some(own), Some(theirs)) =
                (pit.side(side).best_order(), pit.side(side.other()).best_background())
            else {
                return;
            };
            if theirs.beats(own, side) {
                return;
            }
            let print = self.new_trade_ids();
            let most = self.markets[ix.0].side(side).orders()[0].order.qty;
            self.fill_resting(ix, side, 0, most, print, FillCause::BookCrossed);
        }
    }

    /// A recorded print: orders at better prices than it are filled, those at its price as far as
    /// it reached them. The recorded market does not know of them, so it loses nothing to them.
    fn replay_print(&mut self, ix: MarketIx, taker: Side, px: Px, qty: Qty) {
        let (print, making) = (self.new_trade_ids(), taker.other());
        while let Some(best) = self.markets[ix.0].side(making).best_order() {
            if !best.beats(px, making) {
                break;
            }
            let most = self.markets[ix.0].side(making).orders()[0].order.qty;
            self.fill_resting(ix, making, 0, most, print, FillCause::TradedThrough);
        }
        self.reach(ix, making, px, qty, print);
        self.markets[ix.0].side_mut(making).consume_at(px, qty);
        let (at, users) = (self.clock.now, [Address::default(); 2]);
        let TradeIds { tid, hash } = print;
        self.publish(ix, vec![TradeNews { at, tid, taker, px, qty, users, hash }]);
    }

    /// Fills orders at `px`, the first of the line, with what `qty` leaves after the size in front.
    fn reach(&mut self, ix: MarketIx, making: Side, px: Px, qty: Qty, print: TradeIds) {
        let (mut at, mut filled) = (0, Qty::ZERO);
        while let Some(slot) = self.markets[ix.0].side(making).orders().get(at) {
            if slot.order.px != px {
                return;
            }
            let most = qty.saturating_sub(slot.queue.ahead).saturating_sub(filled);
            if most == Qty::ZERO {
                return;
            }
            let whole = slot.order.qty <= most;
            filled += self.fill_resting(ix, making, at, most, print, FillCause::QueueReached);
            // A filled or cancelled order is gone from the line; one filled in part is its end.
            if !whole {
                at += 1;
            }
        }
    }
}
