//! Recent taker orders: prints of one taker at one time, merged.

use super::event::{TRADES_MAX, Trade};
use crate::num::{Px, Qty, Side, WallMs};
use arrayvec::ArrayVec;

/// One taker order as its prints show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// When it took, by the venue's clock.
    pub venue: WallMs,
    /// The side of the order that took.
    pub taker: Side,
    /// The best price it paid: where it began.
    pub first: Px,
    /// The worst price it paid: how deep it went.
    pub worst: Px,
    /// The size it took at all prices, in coins.
    pub qty: Qty,
}

/// Taker orders one frame can hold: one a print, at most.
pub const SWEEPS_MAX: usize = TRADES_MAX;

/// What the tape remembers between frames: replays are told from news by the venue's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tape {
    newest: WallMs,
}

impl Tape {
    /// Merges a frame's prints into taker orders, leaving out what a re-subscription repeats.
    ///
    /// Prints merge while time and side are the same. Trades older than the newest known are dropped,
    /// and those from after `until`: one bad time would make all that follows look old.
    pub fn on_trades(
        &mut self,
        trades: &[Trade],
        until: WallMs,
        sweeps: &mut ArrayVec<Sweep, SWEEPS_MAX>,
    ) {
        sweeps.clear();
        let known = self.newest;
        let news = |trade: &&Trade| known < trade.venue && trade.venue <= until;
        for trade in trades.iter().filter(news) {
            self.newest = self.newest.max(trade.venue);
            match sweeps.last_mut() {
                Some(last) if last.venue == trade.venue && last.taker == trade.taker() => {
                    last.extend(trade);
                }
                Some(_) | None => sweeps.push(Sweep::new(trade)),
            }
        }
    }
}

impl Sweep {
    fn new(trade: &Trade) -> Sweep {
        let Trade { venue, px, qty, .. } = *trade;
        Sweep { venue, taker: trade.taker(), first: px, worst: px, qty }
    }

    fn extend(&mut self, trade: &Trade) {
        self.qty += trade.qty;
        if trade.px.beats(self.worst, self.taker) {
            self.worst = trade.px;
        }
        if self.first.beats(trade.px, self.taker) {
            self.first = trade.px;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(venue: u64, taker_buys: bool, px: i64) -> Trade {
        let venue = WallMs::from_ms(venue);
        Trade { venue, taker_buys, px: Px::from_e8(px), qty: Qty::from_e8(1), ..Trade::default() }
    }

    #[test]
    fn prints_of_one_taker_are_one_order_and_repeats_are_none() {
        let mut tape = Tape::default();
        let mut sweeps = ArrayVec::new();
        let frame =
            [trade(1, true, 10), trade(1, true, 12), trade(1, false, 9), trade(2, false, 8)];
        tape.on_trades(&frame, WallMs::from_ms(2), &mut sweeps);
        let got: Vec<_> =
            sweeps.iter().map(|s| (s.taker, s.first.e8(), s.worst.e8(), s.qty.e8())).collect();
        assert_eq!(got, [(Side::Bid, 10, 12, 2), (Side::Ask, 9, 9, 1), (Side::Ask, 8, 8, 1)]);
        tape.on_trades(&frame, WallMs::from_ms(2), &mut sweeps);
        assert!(sweeps.is_empty(), "a repeated frame is not news");
        tape.on_trades(&[trade(4, true, 9), trade(3, true, 9)], WallMs::from_ms(3), &mut sweeps);
        assert_eq!(sweeps.len(), 1, "one from the future is none, and hides none");
    }
}
