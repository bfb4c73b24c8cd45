//! The system this one replaces, as its log and its code show it (SCENARIOS 2): what others are
//! compared with. Only `scenario` and `replay --compare` reach it.

mod judge;
mod ladder;
#[cfg(test)]
mod tests;

use crate::drive::simulate::Machine;
use crate::market::event::OrderStatus;
use crate::market::{
    Book, CoinIx, Event, Fill, Item, OrderUpdate, Reply, ReplyBody, RequestId, Requests, Spec,
    TableParams,
};
use crate::num::unit::{E8, UBPS};
use crate::num::{Bps, Mono, Nanos, Pos, Px, Qty, Side, Stamp};
use judge::Judge;
use ladder::Ladder;

/// Half-spread at the start and after it had fed on its own fills, in bps.
const HALF_BPS: [f64; 2] = [6.3, 2.5];
/// How long that took.
const SHRINK_S: f64 = 600.0;
/// It never quoted nearer than this, wherever the trend led it.
const HALF_MIN_BPS: f64 = 1.5;
/// Distance between its levels.
const SPACING_BPS: f64 = 2.5;
/// The share of the measured trend that it followed.
const TREND_SHARE: f64 = 0.04;
/// What one side of its ladder held in the recorded session, in hundredths of a coin, best first.
const FEB24_CENTI: [i64; 7] = [40, 68, 68, 68, 95, 145, 268];
/// Levels a side elsewhere, one lot each.
const LEVELS: usize = 3;
/// Inventory from which on the adding side shrank, and the trend that counted as one.
const SHRINK_FROM: f64 = 0.3;
const SHRINK_TREND_BPS: f64 = 6.3;
/// Trends that counted most.
const SHRINK_TREND_MAX: f64 = 3.0;
/// It sent nothing while it waited for an answer, but not for longer than this.
const PATIENCE: Nanos = Nanos::from_secs(2);
/// It let its quotes drift this far before it moved them.
const SLACK_BPS: f64 = 1.0;
/// The least an order must be worth.
const WORTH_MIN_E8: i64 = 10 * E8;

/// What it traded, and how much.
#[derive(Clone, Debug)]
pub struct AsWasConfig {
    /// The coin's index in events.
    pub coin: CoinIx,
    /// Rules of the instrument.
    pub spec: Spec,
    /// Sizes of a side's levels, best first.
    pub sizes: Vec<Qty>,
    /// The position limit.
    pub position_max: Qty,
}

impl AsWasConfig {
    /// The ladder of the recorded session, whatever the instrument's lot: for HYPE.
    #[must_use]
    pub fn feb24_sizes() -> Vec<Qty> {
        FEB24_CENTI.iter().map(|centi| Qty::from_e8(centi * (E8 / 100))).collect()
    }

    /// The ladder of other markets: three levels of one lot.
    #[must_use]
    pub fn lots(lot: Qty) -> Vec<Qty> {
        vec![lot; LEVELS]
    }
}

/// It looked at its quotes at least this often.
const WAKE: Nanos = Nanos::from_secs(1);

/// The old quoter.
#[derive(Clone, Debug)]
pub struct AsWas {
    config: AsWasConfig,
    book: Book,
    began: Option<Mono>,
    pos: Pos,
    judge: Judge,
    ladders: [Ladder; 2],
    waiting: Option<(RequestId, Mono)>, // The last request of a batch.
    named: u128,
    heard: Mono,
}

impl AsWas {
    /// A quoter that is flat.
    #[must_use]
    pub fn new(config: AsWasConfig) -> AsWas {
        AsWas {
            config,
            book: Book::default(),
            began: None,
            pos: Pos::FLAT,
            judge: Judge::default(),
            ladders: Side::BOTH.map(Ladder::new),
            waiting: None,
            named: 0,
            heard: Mono::START,
        }
    }

    /// One turn, as the engine's: takes what happened and appends what is to be sent.
    pub fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        self.heard = at.mono;
        match event {
            // A message that no exchange could send changes nothing.
            Event::Bbo(coin, bbo) if *coin == self.config.coin => drop(self.book.touch(bbo)),
            Event::Book(coin, frame) if *coin == self.config.coin => drop(self.book.replace(frame)),
            Event::Fills { snapshot: false, fills } => self.take_fills(at.mono, fills),
            Event::Orders(news) => self.take_news(news),
            Event::Reply(reply) => self.take_reply(reply),
            Event::Link(..)
            | Event::Bbo(..)
            | Event::Book(..)
            | Event::Trades(..)
            | Event::Context(..)
            | Event::Fills { .. }
            | Event::Account(_)
            | Event::OpenOrders(_)
            | Event::Rules(..)
            | Event::Table(..)
            | Event::Garbled(_)
            | Event::Alive(_)
            | Event::Wake
            | Event::Command(_) => {}
        }
        self.act(at.mono, out);
    }

    /// When it wants to be woken if nothing happens before.
    #[must_use]
    pub fn wake(&self) -> Mono {
        self.heard + WAKE
    }

    fn take_fills(&mut self, now: Mono, fills: &[Fill]) {
        for fill in fills.iter().filter(|fill| fill.coin == self.config.coin) {
            self.pos += fill.qty.signed(fill.side);
            self.judge.filled(now, fill);
        }
    }

    fn take_news(&mut self, news: &[OrderUpdate]) {
        for update in news {
            let Some(cloid) = update.cloid else { continue };
            let gone = match update.status {
                OrderStatus::Open | OrderStatus::Triggered => false,
                OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Rejected => true,
            };
            self.ladders[update.side.index()].news(cloid, update.qty, gone);
        }
    }

    fn take_reply(&mut self, reply: &Reply) {
        let refused = |at: usize| match reply.body {
            ReplyBody::Items(items) => matches!(items.get(at), Some(Item::Refused(_))),
            ReplyBody::Refused(_) | ReplyBody::Unknown => true,
            ReplyBody::Done => false,
        };
        self.ladders.iter_mut().for_each(|ladder| ladder.answered(reply.id, refused));
        if self.waiting.is_some_and(|(id, _)| id == reply.id) {
            self.waiting = None;
        }
    }

    fn act(&mut self, now: Mono, out: &mut Requests) {
        let Some(mid) = self.book.mid() else { return };
        let began = *self.began.get_or_insert(now);
        self.judge.look(now, mid, self.pos);
        let patient = self.waiting.is_some_and(|(_, since)| now.since(since) < PATIENCE);
        if patient {
            return;
        }
        let age_s = now.since(began).ms() as f64 / 1e3;
        for side in Side::BOTH {
            let wanted =
                if self.judge.killed() { Vec::new() } else { self.wanted(side, mid, age_s, now) };
            let mut pen =
                ladder::Pen { asset: self.config.spec.asset, named: &mut self.named, out };
            if self.ladders[side.index()].strays(&wanted, SLACK_BPS) {
                self.ladders[side.index()].rewrite(&wanted, &mut pen);
            }
        }
        self.waiting = out.last().map(|request| (request.id, now));
    }

    /// Prices and sizes of a side, best first.
    fn wanted(&self, side: Side, mid: Px, age_s: f64, now: Mono) -> Vec<(Px, Qty)> {
        let shrunk = (age_s / SHRINK_S).min(1.0) * (HALF_BPS[0] - HALF_BPS[1]);
        let half = HALF_BPS[0] - shrunk + self.judge.widening(now);
        let shift = TREND_SHARE * self.judge.trend();
        let nearest = (half - side.sign() as f64 * shift).max(HALF_MIN_BPS);
        let factor = self.size_factor(side);
        let spec = &self.config.spec;
        let levels = self.config.sizes.iter().enumerate().map(|(level, &qty)| {
            let distance = nearest + SPACING_BPS * level as f64;
            let px = shifted(mid, -side.sign() as f64 * distance);
            let qty = Qty::from_e8((qty.e8() as f64 * factor) as i64).floor_to(spec.lot());
            (spec.snap(px, side), qty)
        });
        levels.filter(|&(px, qty)| WORTH_MIN_E8 <= px.notional(qty).e8()).collect()
    }

    /// How much of its size the adding side kept; nothing at the position limit.
    fn size_factor(&self, side: Side) -> f64 {
        let adds = self.pos.e8() * side.sign() > 0;
        let u = self.pos.size().e8() as f64 / self.config.position_max.e8() as f64;
        if !adds {
            return 1.0;
        }
        if 1.0 <= u {
            return 0.0;
        }
        let full = ((u - SHRINK_FROM) / (1.0 - SHRINK_FROM)).clamp(0.0, 1.0);
        let trend = (self.judge.trend().abs() / SHRINK_TREND_BPS).min(SHRINK_TREND_MAX);
        1.0 - (full * trend / SHRINK_TREND_MAX).sqrt()
    }
}

impl Machine for AsWas {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        AsWas::step(self, at, event, out);
    }

    fn wake(&self) -> Mono {
        AsWas::wake(self)
    }

    fn table_wish(&self, _now: Mono) -> Option<TableParams> {
        None // It had no table.
    }

    fn must_sync(&self) -> bool {
        false // It never asked.
    }
}

/// The price `bps` above `px`.
fn shifted(px: Px, bps: f64) -> Px {
    px.shifted(Bps::from_ubps((bps * UBPS as f64) as i64))
}
