//! The body of a baseline strategy: one ladder a side, no new request before the last is answered.
//! The prices it wants come from its model.

mod ladder;

use crate::engine::Setup;
use crate::market::event::OrderStatus;
use crate::market::{
    AssetId, Book, CoinIx, Event, Fill, Item, OrderUpdate, Reply, ReplyBody, RequestId, Requests,
};
use crate::num::{Mono, Nanos, Pos, Px, Qty, Side, Stamp};
use crate::report::{FillRow, Ledger, Opening};
use crate::session::crank::Strategy;
use ladder::{BaselineLadder, RequestWriter};

/// It sends nothing while it waits for an answer, but not for longer than this.
const PATIENCE: Nanos = Nanos::from_secs(2);
/// It looks at its quotes at least this often.
const WAKE: Nanos = Nanos::from_secs(1);

/// What a quoter makes of the market.
pub trait BaselineModel {
    /// How far a quote may be off before it is moved, in bps.
    const SLACK_BPS: f64;

    /// Takes one of its own fills.
    fn on_fill(&mut self, _now: Mono, _fill: &Fill) {}

    /// Looks at the price, before it quotes.
    fn look(&mut self, _now: Mono, _mid: Px, _pos: Pos) {}

    /// Prices and sizes of a side, best first.
    fn wanted(&self, side: Side, mid: Px, pos: Pos, now: Mono) -> Vec<(Px, Qty)>;
}

/// A quoter with that model.
#[derive(Clone, Debug)]
pub struct BaselineStrategy<M> {
    pub(super) model: M,
    market: (CoinIx, AssetId),
    book: Book,
    ledger: Ledger,
    pub(super) ladders: [BaselineLadder; 2],
    waiting: Option<(RequestId, Mono)>, // The last request of a batch.
    named: u128,
    heard: Mono,
}

impl<M: BaselineModel> BaselineStrategy<M> {
    /// A quoter that is flat.
    pub fn new(setup: &Setup, model: M) -> BaselineStrategy<M> {
        let opening = Opening { equity: setup.config.capital, pos: Pos::FLAT };
        BaselineStrategy {
            model,
            market: (setup.coin, setup.spec.asset),
            book: Book::default(),
            ledger: Ledger::new(opening),
            ladders: Side::BOTH.map(BaselineLadder::new),
            waiting: None,
            named: 0,
            heard: Mono::START,
        }
    }

    /// What it has earned, by what it heard.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn on_fills(&mut self, now: Mono, fills: &[Fill]) {
        for fill in fills.iter().filter(|fill| fill.coin == self.market.0) {
            let Fill { side, px, qty, fee, crossed, .. } = *fill;
            let mid = self.book.mid().unwrap_or(px);
            self.ledger.fill(&FillRow { at: now, side, px, qty, fee, mid, crossed });
            self.model.on_fill(now, fill);
        }
    }

    fn on_order_updates(&mut self, updates: &[OrderUpdate]) {
        for update in updates {
            let Some(cloid) = update.cloid else { continue };
            let gone = match update.status {
                OrderStatus::Open | OrderStatus::Triggered => false,
                OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Rejected => true,
            };
            self.ladders[update.side.index()].on_update(cloid, update.qty, gone);
        }
    }

    fn on_reply(&mut self, reply: &Reply) {
        let refused = |at: usize| match reply.body {
            ReplyBody::Items(items) => matches!(items.get(at), Some(Item::Rejected(_))),
            ReplyBody::Rejected(_) | ReplyBody::Unknown => true,
            ReplyBody::Done => false,
        };
        self.ladders.iter_mut().for_each(|ladder| ladder.on_reply(reply.id, refused));
        if self.waiting.is_some_and(|(id, _)| id == reply.id) {
            self.waiting = None;
        }
    }

    fn act(&mut self, now: Mono, out: &mut Requests) {
        let Some(mid) = self.book.mid() else { return };
        let pos = self.ledger.pos();
        self.ledger.mid(now, mid);
        self.model.look(now, mid, pos);
        let patient = self.waiting.is_some_and(|(_, since)| now.since(since) < PATIENCE);
        if patient {
            return;
        }
        for side in Side::BOTH {
            let wanted = self.model.wanted(side, mid, pos, now);
            let ladder = &mut self.ladders[side.index()];
            if ladder.is_off(&wanted, M::SLACK_BPS) {
                let (asset, named) = (self.market.1, &mut self.named);
                ladder.rewrite(&wanted, &mut RequestWriter { asset, named, out });
            }
        }
        self.waiting = out.last().map(|request| (request.id, now));
    }
}

impl<M: BaselineModel> Strategy for BaselineStrategy<M> {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        self.heard = at.mono;
        let ours = self.market.0;
        match event {
            // A message that no exchange could send changes nothing.
            Event::Bbo(coin, bbo) if *coin == ours => drop(self.book.touch(bbo)),
            Event::Book(coin, frame) if *coin == ours => drop(self.book.replace(frame)),
            Event::Fills { snapshot: false, fills } => self.on_fills(at.mono, fills),
            Event::Orders(updates) => self.on_order_updates(updates),
            Event::Reply(reply) => self.on_reply(reply),
            Event::Bbo(..)
            | Event::Book(..)
            | Event::Trades(..)
            | Event::Context(..)
            | Event::Fills { .. }
            | Event::Account(_)
            | Event::OpenOrders(_)
            | Event::Funding { .. }
            | Event::Health(_)
            | Event::Table(..)
            | Event::Link(..)
            | Event::Alive(_)
            | Event::Garbled(_)
            | Event::Wake
            | Event::Command(_) => {}
        }
        self.act(at.mono, out);
    }

    fn wake(&self) -> Mono {
        self.heard + WAKE
    }
}
