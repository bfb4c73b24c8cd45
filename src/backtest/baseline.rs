//! The body of a quoter that the engine is compared with: a ladder a side, no word to the venue
//! before it has answered the last one. What it wants is its mind's.

mod ladder;

use crate::market::event::OrderStatus;
use crate::market::{
    AssetId, Book, CoinIx, Event, Fill, Item, OrderUpdate, Reply, ReplyBody, RequestId, Requests,
};
use crate::num::{Mono, Nanos, Pos, Px, Qty, Side, Stamp};
use crate::report::{FillRow, Ledger, Opening};
use crate::session::crank::Strategy;
use ladder::BaselineLadder;

/// It sends nothing while it waits for an answer, but not for longer than this.
const PATIENCE: Nanos = Nanos::from_secs(2);
/// It looks at its quotes at least this often.
const WAKE: Nanos = Nanos::from_secs(1);

/// What a quoter makes of the market.
pub trait BaselineModel {
    /// How far a quote may be off before it is moved, in bps.
    const SLACK_BPS: f64;

    /// Takes one of its own fills.
    fn filled(&mut self, _now: Mono, _fill: &Fill) {}

    /// Looks at the price, before it quotes.
    fn look(&mut self, _now: Mono, _mid: Px, _pos: Pos) {}

    /// Prices and sizes of a side, best first.
    fn wanted(&self, side: Side, mid: Px, pos: Pos, now: Mono) -> Vec<(Px, Qty)>;
}

/// A quoter with that mind.
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
    pub fn new(coin: CoinIx, asset: AssetId, opening: Opening, model: M) -> BaselineStrategy<M> {
        BaselineStrategy {
            model,
            market: (coin, asset),
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
            self.model.filled(now, fill);
        }
    }

    fn on_order_updates(&mut self, news: &[OrderUpdate]) {
        for update in news {
            let Some(cloid) = update.cloid else { continue };
            let gone = match update.status {
                OrderStatus::Open | OrderStatus::Triggered => false,
                OrderStatus::Filled | OrderStatus::Canceled | OrderStatus::Rejected => true,
            };
            self.ladders[update.side.index()].news(cloid, update.qty, gone);
        }
    }

    fn on_reply(&mut self, reply: &Reply) {
        let refused = |at: usize| match reply.body {
            ReplyBody::Items(items) => matches!(items.get(at), Some(Item::Rejected(_))),
            ReplyBody::Rejected(_) | ReplyBody::Unknown => true,
            ReplyBody::Done => false,
        };
        self.ladders.iter_mut().for_each(|ladder| ladder.answered(reply.id, refused));
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
            let mut pen =
                ladder::RequestWriter { asset: self.market.1, named: &mut self.named, out };
            if self.ladders[side.index()].is_off(&wanted, M::SLACK_BPS) {
                self.ladders[side.index()].rewrite(&wanted, &mut pen);
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
            Event::Orders(news) => self.on_order_updates(news),
            Event::Reply(reply) => self.on_reply(reply),
            _ => {}
        }
        self.act(at.mono, out);
    }

    fn wake(&self) -> Mono {
        self.heard + WAKE
    }
}
