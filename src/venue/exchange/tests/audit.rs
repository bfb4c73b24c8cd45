//! An independent ledger: it hears only what the exchange tells, and must agree with what the
//! exchange says when asked, to the last step of 1e-8.

use crate::market::{Address, AssetId, Oid};
use crate::num::{Pos, Px, Qty, Side, Usd};
use crate::venue::output::{FillCause, OrderNews, Output, VenueFill, VenuePayment, VenueTrade};
use crate::venue::{Exchange, ExchangeConfig, MarketConfig};
use std::collections::BTreeMap;

/// The ledger.
#[derive(Debug)]
pub struct Audit {
    deposits: Vec<Usd>,
    /// Dex of each market.
    markets: BTreeMap<AssetId, usize>,
    books: BTreeMap<Address, AuditedAccount>,
    /// Positions of everyone who is not an account.
    world: BTreeMap<AssetId, Pos>,
    world_cash: Usd,
    fees: Usd,
    funding: Usd,
}

/// What one account should have.
#[derive(Debug)]
struct AuditedAccount {
    /// Cash net of the cost of positions, by dex.
    cash: Vec<Usd>,
    /// Realised profit after fees and funding, by dex.
    earned: Vec<Usd>,
    positions: BTreeMap<AssetId, Pos>,
    open: BTreeMap<Oid, Open>,
    volume: Usd,
}

/// A resting order, as its news told.
#[derive(Clone, Copy, Debug)]
struct Open {
    qty: Qty,
    reduce_only: bool,
}

impl Audit {
    /// A ledger for an exchange of this make, with no accounts yet.
    pub fn new(config: &ExchangeConfig) -> Audit {
        let row = |market: &MarketConfig| (market.spec.asset, market.dex);
        Audit {
            deposits: config.dexes.iter().map(|dex| dex.deposit).collect(),
            markets: config.markets.iter().map(row).collect(),
            books: BTreeMap::new(),
            world: BTreeMap::new(),
            world_cash: Usd::ZERO,
            fees: Usd::ZERO,
            funding: Usd::ZERO,
        }
    }

    /// Takes news, in the order in which it was told.
    ///
    /// # Errors
    /// A sentence about what cannot be: a fill that starts from another position, an order that
    /// is filled beyond its size or was never told of.
    pub fn on_output(&mut self, news: &Output) -> Result<(), String> {
        match news {
            Output::Order(who, order) => self.on_order(*who, order),
            Output::Fill(who, fill) => return self.on_fill(*who, fill),
            Output::Funding(who, funding) => self.on_funding(*who, funding),
            Output::Trades(asset, trades) => {
                trades.iter().for_each(|trade| self.on_trade(*asset, trade));
            }
            Output::Bbo(_, bbo) => {
                if let (Some(bid), Some(ask)) = (bbo.bid, bbo.ask)
                    && ask.px <= bid.px
                {
                    return Err(format!("the book is crossed: {bbo:?}"));
                }
            }
            Output::Answer { .. } => {}
        }
        Ok(())
    }

    /// Compares everything with what the exchange says.
    ///
    /// # Errors
    /// A sentence about the first difference.
    pub fn check(&mut self, exchange: &Exchange) -> Result<(), String> {
        for who in exchange.state.accounts.iter().map(|account| account.address) {
            for dex in 0..self.deposits.len() {
                self.check_money(exchange, who, dex)?;
                self.check_orders(exchange, who, dex)?;
            }
            let (want, got) = (self.book(who).volume, exchange.rate_limit(who).volume);
            same("volume", who, &want, &got)?;
        }
        self.check_sums()
    }

    fn book(&mut self, who: Address) -> &mut AuditedAccount {
        self.books.entry(who).or_insert_with(|| AuditedAccount {
            cash: self.deposits.clone(),
            earned: vec![Usd::ZERO; self.deposits.len()],
            positions: BTreeMap::new(),
            open: BTreeMap::new(),
            volume: Usd::ZERO,
        })
    }

    fn on_order(&mut self, who: Address, news: &OrderNews) {
        let (book, order) = (self.book(who), news.order);
        if news.status == "open" {
            book.open
                .insert(order.oid, Open { qty: order.qty, reduce_only: order.asked.reduce_only });
        } else {
            book.open.remove(&order.oid);
        }
    }

    fn on_fill(&mut self, who: Address, news: &VenueFill) -> Result<(), String> {
        let VenueFill { fill, asset, .. } = news;
        let dex = self.markets[asset];
        let worth = fill.px.notional(fill.qty);
        self.fees += fill.fee;
        if news.cause != FillCause::Matched {
            // A recording does not know of the account: no print tells of the other side.
            self.count_world(*asset, fill.side.other(), fill.px, fill.qty);
        }
        let book = self.book(who);
        let pos = book.positions.entry(*asset).or_insert(Pos::FLAT);
        if *pos != fill.start {
            return Err(format!("{who} had {pos:?} before {fill:?}"));
        }
        *pos += fill.qty.signed(fill.side);
        book.cash[dex] += bought(fill.side, worth) - fill.fee;
        book.earned[dex] += fill.closed - fill.fee;
        book.volume += worth;
        Ok(())
    }

    fn on_funding(&mut self, who: Address, funding: &VenuePayment) {
        let dex = self.markets[&funding.asset];
        self.funding += funding.payment.received;
        let book = self.book(who);
        book.cash[dex] += funding.payment.received;
        book.earned[dex] += funding.payment.received;
    }

    /// The world's side of a print.
    fn on_trade(&mut self, asset: AssetId, trade: &VenueTrade) {
        for (side, user) in Side::BOTH.into_iter().zip(trade.users) {
            if user == Address::default() {
                self.count_world(asset, side, trade.trade.px, trade.trade.qty);
            }
        }
    }

    fn count_world(&mut self, asset: AssetId, side: Side, px: Px, qty: Qty) {
        *self.world.entry(asset).or_insert(Pos::FLAT) += qty.signed(side);
        self.world_cash += bought(side, px.notional(qty));
    }

    fn check_money(&mut self, exchange: &Exchange, who: Address, dex: usize) -> Result<(), String> {
        let Some(view) = exchange.account(who, dex) else { return Ok(()) };
        let (deposit, markets) = (self.deposits[dex], self.markets.clone());
        let book = self.book(who);
        same("cash", who, &book.cash[dex], &view.all.raw_usd)?;
        let held = view.positions.iter().map(|p| (p.asset, p.held.pos)).collect::<BTreeMap<_, _>>();
        let mut want = book.positions.clone();
        want.retain(|asset, pos| *pos != Pos::FLAT && markets[asset] == dex);
        same("positions", who, &want, &held)?;
        let cost = view.positions.iter().fold(Usd::ZERO, |sum, position| {
            let value = position.value.e8() * position.held.pos.e8().signum();
            sum + Usd::from_e8(value) - position.unrealised
        });
        same("cash and cost", who, &(deposit + book.earned[dex]), &(book.cash[dex] + cost))
    }

    fn check_orders(
        &mut self,
        exchange: &Exchange,
        who: Address,
        dex: usize,
    ) -> Result<(), String> {
        let markets = self.markets.clone();
        let book = self.book(who);
        for order in exchange.open_orders(who, dex) {
            let Some(open) = book.open.get(&order.order.oid) else {
                return Err(format!("{who}: nobody told of {order:?}"));
            };
            if open.qty < order.order.qty || markets[&order.order.asked.asset] != dex {
                return Err(format!("{who}: {order:?} is not {open:?}"));
            }
            if order.order.asked.reduce_only != open.reduce_only {
                return Err(format!("{who}: {order:?} changed its kind"));
            }
        }
        let all = (0..self.deposits.len()).map(|dex| exchange.open_orders(who, dex).len()).sum();
        same("open orders", who, &self.book(who).open.len(), &all)
    }

    /// Nothing is made or lost: positions and money of accounts, world and venue.
    fn check_sums(&self) -> Result<(), String> {
        let nobody = Address::default();
        for asset in self.markets.keys() {
            let held = self.books.values().filter_map(|book| book.positions.get(asset));
            let world = self.world.get(asset).copied().unwrap_or_default();
            let sum = held.fold(world, |sum, pos| sum + *pos);
            same("sum of positions", nobody, &Pos::FLAT, &sum)?;
        }
        let cash = self.books.values().flat_map(|book| &book.cash);
        let sum = cash.fold(self.world_cash + self.fees - self.funding, |sum, cash| sum + *cash);
        let deposits = self.books.values().flat_map(|_| &self.deposits);
        let want = deposits.fold(Usd::ZERO, |sum, deposit| sum + *deposit);
        same("sum of money", nobody, &want, &sum)
    }
}

/// Cash that a trade on `side` brings.
fn bought(side: Side, worth: Usd) -> Usd {
    match side {
        Side::Bid => -worth,
        Side::Ask => worth,
    }
}

/// Whether the ledger and the exchange agree.
fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    who: Address,
    ledger: &T,
    exchange: &T,
) -> Result<(), String> {
    if ledger == exchange {
        return Ok(());
    }
    Err(format!("{what} of {who}: the ledger has {ledger:?}, the exchange {exchange:?}"))
}

#[cfg(test)]
mod tests;
