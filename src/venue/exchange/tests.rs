//! Stories: what accounts do, and what the exchange answers.

mod accounts;
mod actions;
mod audit;
mod blocks;
mod flows;
mod orders;

use super::*;
use crate::market::{Cloid, Fill, Level, Oid, Tif};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side};
use crate::venue::action::ActionWire;
use crate::venue::action::order::NewOrder;
use crate::venue::config::{Rules, Spacing};
use crate::venue::market_event::MarketEventKind;
use crate::venue::output::Status;
use actions::{
    approval, canceling, leverage, margin, modifying, modifying_one, placing, scheduling,
};
use audit::Audit;

const START: WallMs = WallMs::from_ms(1_790_000_000_000);
const HYPE: AssetId = AssetId(3);
const ME: Address = Address([1; 20]);
const YOU: Address = Address([2; 20]);
const BLOCK_MS: u64 = 100;

/// A venue with fixed blocks, a clock, and a ledger that checks every block.
struct Venue {
    ex: Exchange,
    out: Vec<Output>,
    audit: Audit,
    tickets: u64,
}

/// Cents as a price.
fn px(cents: i64) -> Px {
    Px::from_e8(cents * (E8 / 100))
}

/// Hundredths of a coin.
fn qty(cents: i64) -> Qty {
    Qty::from_e8(cents * (E8 / 100))
}

fn level(cents: i64, coins: i64) -> Level {
    Level { px: px(cents), qty: qty(coins * 100), count: 1 }
}

impl Venue {
    /// HYPE at 26.20, a tick of 1 cent on each side with 10 coins a level.
    fn new() -> Venue {
        Venue::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut ExchangeConfig)) -> Venue {
        let mut config = ExchangeConfig::venue(crate::venue::Catalogue::February2026, 1, START);
        config.spacing = Spacing { floor_ms: BLOCK_MS, mean_ms: BLOCK_MS };
        config.rules.funding = false;
        change(&mut config);
        let audit = Audit::new(&config);
        let mut venue = Venue { ex: Exchange::new(config), out: Vec::new(), audit, tickets: 0 };
        assert!(venue.ex.open_account(ME) && venue.ex.open_account(YOU));
        venue.quote(HYPE, &[2_619, 2_618, 2_617], &[2_621, 2_622, 2_623]);
        venue.block();
        venue
    }

    /// Sets other makers' book, 10 coins a level.
    fn quote(&mut self, asset: AssetId, bids: &[i64], asks: &[i64]) {
        let levels = |cents: &[i64]| cents.iter().map(|&cents| level(cents, 10)).collect();
        let what = MarketEventKind::Quotes { bids: levels(bids), asks: levels(asks) };
        self.flow(asset, what);
    }

    /// The world takes at most `size` hundredths up to a price.
    fn take(&mut self, asset: AssetId, side: Side, cents: i64, size: i64) {
        self.flow(asset, MarketEventKind::Taker { side, limit: px(cents), qty: qty(size) });
    }

    fn flow(&mut self, asset: AssetId, what: MarketEventKind) {
        let at = self.ex.now().plus_ms(1);
        self.ex.apply(MarketEvent { at, asset, what }, &mut self.out);
    }

    /// Runs the next block, checks the books, and gives its news.
    fn block(&mut self) -> Vec<Output> {
        let to = self.ex.next_block();
        self.ex.advance(to, &mut self.out);
        let news = std::mem::take(&mut self.out);
        for output in &news {
            self.audit.on_output(output).expect("the ledger follows");
        }
        self.audit.check(&self.ex).expect("the ledger agrees");
        news
    }

    /// Sends a command without waiting for its block.
    fn send(&mut self, signer: Address, action: ActionWire) -> u64 {
        self.send_with(signer, action, |_| {})
    }

    fn send_with(
        &mut self,
        signer: Address,
        action: ActionWire,
        change: impl FnOnce(&mut Envelope),
    ) -> u64 {
        self.tickets += 1;
        let (ticket, at) = (self.tickets, self.ex.now().plus_ms(1));
        let nonce = at.ms() + ticket;
        let mut envelope = Envelope { ticket, signer, nonce, expires: None, vault: None, action };
        change(&mut envelope);
        self.ex.submit(at, envelope, &mut self.out);
        ticket
    }

    /// Sends a command and runs its block.
    fn ask(&mut self, signer: Address, action: ActionWire) -> Answer {
        let ticket = self.send(signer, action);
        answer_to(&self.block(), ticket)
    }

    /// Places one order.
    fn place(&mut self, who: Address, order: NewOrder) -> Status {
        match self.ask(who, placing(&[order])) {
            Answer::Orders(mut statuses) => statuses.remove(0),
            other => panic!("an order is answered item by item, not with {other:?}"),
        }
    }

    /// Places one order that must rest.
    fn rest(&mut self, who: Address, order: NewOrder) -> Oid {
        match self.place(who, order) {
            Status::Resting(oid, _) => oid,
            other => panic!("{order:?} does not rest: {other:?}"),
        }
    }

    /// Sizes and prices of an account's fills so far, oldest first, in hundredths.
    fn fills(&self, who: Address) -> Vec<(Side, i64, i64)> {
        let row = |fill: &Fill| (fill.side, hundredths(fill.px.e8()), hundredths(fill.qty.e8()));
        self.ex.fills(who).rev().map(|news| row(&news.fill)).collect()
    }

    /// Where an order stands.
    fn status(&self, who: Address, oid: Oid) -> &'static str {
        self.ex.order(who, oid).map_or("unknown", |news| news.status)
    }
}

fn hundredths(e8: i64) -> i64 {
    e8 / (E8 / 100)
}

/// The answer to a ticket among news.
fn answer_to(news: &[Output], wanted: u64) -> Answer {
    let find = |output: &Output| match output {
        Output::Answer { ticket, answer } if *ticket == wanted => Some(answer.clone()),
        _ => None,
    };
    news.iter().find_map(find).unwrap_or_else(|| panic!("no answer to {wanted}"))
}

/// A post-only order on HYPE.
fn alo(side: Side, cents: i64, size: i64) -> NewOrder {
    let (px, qty) = (px(cents), qty(size));
    NewOrder { asset: HYPE, side, px, qty, tif: Tif::Alo, reduce_only: false, cloid: None }
}

fn ioc(side: Side, cents: i64, size: i64) -> NewOrder {
    NewOrder { tif: Tif::Ioc, ..alo(side, cents, size) }
}

fn gtc(side: Side, cents: i64, size: i64) -> NewOrder {
    NewOrder { tif: Tif::Gtc, ..alo(side, cents, size) }
}

fn reduce(order: NewOrder) -> NewOrder {
    NewOrder { reduce_only: true, ..order }
}

/// The words of a refusal.
fn words(status: &Status) -> String {
    match status {
        Status::Rejected(denied) => denied.to_string(),
        other => format!("{other:?}"),
    }
}
