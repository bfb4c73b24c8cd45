//! What everyone can see of past trades: the trades themselves, minutes, volumes.

use crate::market::Trade;
use crate::num::time::{DAY_MS, MINUTE_MS};
use crate::num::{Px, Qty, Usd, WallMs};
use crate::venue::output::VenueTrade;
use crate::venue::recent::keep;
use std::collections::VecDeque;

/// Public trades kept a market, the newest.
const TRADES_KEPT: usize = 500;
/// Minutes kept: a day and more.
const CANDLES_KEPT: usize = 2_000;

/// A minute of trades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Candle {
    /// When the minute begins.
    pub at: WallMs,
    pub open: Px,
    pub close: Px,
    pub high: Px,
    pub low: Px,
    /// The size traded in it, in coins.
    pub volume: Qty,
    /// The number of trades in it.
    pub count: u32,
}

/// Past trades of a market.
#[derive(Debug)]
pub(crate) struct PublicTape {
    /// The newest public trades, oldest first.
    pub(crate) trades: VecDeque<VenueTrade>,
    /// Minutes with their prices and volume, oldest first.
    pub(crate) candles: VecDeque<Candle>,
    /// The price of the newest trade; none before the first.
    pub(crate) last: Option<Px>,
    /// The price at the start.
    pub(crate) first: Px,
    day: u64,
    /// Volume of the day in dollars and coins.
    pub(crate) day_volume: (Usd, Qty),
}

impl PublicTape {
    pub(crate) fn new(first: Px) -> PublicTape {
        PublicTape {
            trades: VecDeque::new(),
            candles: VecDeque::new(),
            last: None,
            first,
            day: 0,
            day_volume: (Usd::ZERO, Qty::ZERO),
        }
    }

    pub(crate) fn on_trade(&mut self, trade: VenueTrade) {
        keep(&mut self.trades, trade, TRADES_KEPT);
        let trade = &trade.trade;
        self.last = Some(trade.px);
        self.count_day(trade);
        self.count_minute(trade);
    }

    /// Volumes of the UTC day.
    fn count_day(&mut self, trade: &Trade) {
        let day = trade.venue.ms() / DAY_MS;
        if day != self.day {
            (self.day, self.day_volume) = (day, (Usd::ZERO, Qty::ZERO));
        }
        self.day_volume.0 += trade.px.notional(trade.qty);
        self.day_volume.1 += trade.qty;
    }

    fn count_minute(&mut self, trade: &Trade) {
        let at = WallMs::from_ms(trade.venue.ms() / MINUTE_MS * MINUTE_MS);
        if self.candles.back().is_none_or(|candle| candle.at != at) {
            let (px, fresh) = (trade.px, Candle::default());
            let candle = Candle { at, open: px, high: px, low: px, ..fresh };
            keep(&mut self.candles, candle, CANDLES_KEPT);
        }
        let candle = self.candles.back_mut().expect("one was pushed when there was none");
        candle.close = trade.px;
        candle.high = candle.high.max(trade.px);
        candle.low = candle.low.min(trade.px);
        candle.volume += trade.qty;
        candle.count += 1;
    }
}
