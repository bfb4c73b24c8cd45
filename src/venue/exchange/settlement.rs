//! What time and marks do to accounts: funding every hour, liquidation below maintenance.

use super::Exchange;
use super::matching::{OrderRef, TakerOrder};
use crate::num::fix::div_round;
use crate::num::unit::PX_MAX;
use crate::num::{Bps, Pos, Px, Side, Usd, WallMs};
use crate::venue::account::AccountIx;
use crate::venue::account::margin::{isolated_equity, maintenance, standing};
use crate::venue::book::MarketIx;
use crate::venue::book::funding::HOUR_MS;
use crate::venue::output::{FundingNews, Output};

/// Micro basis points in the whole.
const UBPS_WHOLE: i128 = 10_000_000_000;

impl Exchange {
    /// Does what is due at this moment.
    pub(super) fn fund_and_liquidate(&mut self) {
        let now = self.clock.now;
        for pit in &mut self.markets {
            self.risky |= pit.follow_mid();
            if pit.premium.due(now) {
                let impact = pit.impact();
                pit.premium.sample(now, impact, pit.oracle);
            }
        }
        if self.clock.hour_began() {
            self.pay_funding(now);
        }
        if std::mem::take(&mut self.risky) && self.config.rules.liquidation {
            self.liquidate_all();
            self.risky = false;
        }
    }

    /// Ends the hour in every market.
    fn pay_funding(&mut self, now: WallMs) {
        let hour = WallMs::from_ms(now.ms() / HOUR_MS * HOUR_MS);
        for at in 0..self.markets.len() {
            let rate = self.markets[at].premium.close(hour);
            if self.config.rules.funding {
                self.pay_rate(MarketIx(at), rate);
            }
        }
        self.risky = true;
    }

    /// Pays the funding of a market: longs pay a positive rate, on the oracle.
    fn pay_rate(&mut self, ix: MarketIx, rate: Bps) {
        let pit = &self.markets[ix.0];
        for account in &mut self.accounts {
            let purse = &mut account.balances[pit.dex];
            let pos = purse.pos(ix);
            if pos == Pos::FLAT {
                continue;
            }
            let paid = share(pos.value(pit.oracle), rate);
            let holding = purse.position_mut(ix, pit.spec.leverage_max);
            holding.funding_ever += paid;
            holding.funding_open += paid;
            holding.funding_change += paid;
            if holding.leverage.cross {
                purse.cash -= paid;
            } else {
                holding.isolated_cash -= paid;
            }
            let (asset, at) = (pit.spec.asset, self.clock.now);
            let news = FundingNews { asset, at, pos, rate, received: -paid };
            account.keep_funding(news.clone());
            self.outbox.fills.push(Output::Funding(account.address, news));
        }
    }

    /// Liquidates whatever is below its maintenance margin.
    fn liquidate_all(&mut self) {
        for owner in (0..self.accounts.len()).map(AccountIx) {
            for dex in 0..self.config.dexes.len() {
                let purse = &self.accounts[owner.0].balances[dex];
                if purse.positions().iter().any(|holding| holding.pos != Pos::FLAT) {
                    self.liquidate_cross(owner, dex);
                    self.liquidate_isolated(owner, dex);
                }
            }
        }
    }

    /// Closes all cross positions of an account that is below their maintenance margin.
    fn liquidate_cross(&mut self, owner: AccountIx, dex: usize) {
        let standing = standing(&self.accounts[owner.0].balances[dex], owner, &self.markets, dex);
        if standing.maintenance <= standing.equity {
            return;
        }
        self.withdraw_all(owner, Some(dex), "liquidatedCanceled");
        for ix in (0..self.markets.len()).map(MarketIx) {
            if self.is_held(owner, dex, ix, true) {
                self.close_out(owner, ix);
            }
        }
    }

    /// Closes isolated positions whose own equity is below maintenance.
    fn liquidate_isolated(&mut self, owner: AccountIx, dex: usize) {
        for at in 0..self.markets.len() {
            let (ix, pit) = (MarketIx(at), &self.markets[at]);
            if !self.is_held(owner, dex, ix, false) {
                continue;
            }
            let purse = &self.accounts[owner.0].balances[dex];
            let holding = purse.find(ix).expect("it is held");
            let size = pit.mark.notional(holding.pos.size());
            if isolated_equity(holding, pit.mark) < maintenance(size, pit.spec.leverage_max) {
                self.withdraw_all(owner, Some(dex), "liquidatedCanceled");
                self.close_out(owner, ix);
            }
        }
    }

    /// Whether an account holds a position in a market of a dex, cross or isolated.
    fn is_held(&self, owner: AccountIx, dex: usize, ix: MarketIx, cross: bool) -> bool {
        let holding = self.accounts[owner.0].balances[dex].find(ix);
        self.markets[ix.0].dex == dex
            && holding.is_some_and(|held| held.pos != Pos::FLAT && held.leverage.cross == cross)
    }

    /// Takes whatever closes the position, at any price.
    fn close_out(&mut self, owner: AccountIx, ix: MarketIx) {
        let pit = &self.markets[ix.0];
        let pos = self.accounts[owner.0].balances[pit.dex].pos(ix);
        let Some(side) = pos.reducing() else { return };
        let limit = match side {
            Side::Bid => PX_MAX,
            Side::Ask => Px::from_e8(1),
        };
        let liquidation = Some(pit.mark);
        let by = OrderRef { owner, oid: self.ids.oid(), cloid: None, liquidation };
        self.match_order(ix, TakerOrder { side, limit, remaining: pos.size(), order: Some(by) });
    }
}

/// `rate` of `amount`, rounded to the nearest step.
fn share(amount: Usd, rate: Bps) -> Usd {
    let wide = i128::from(amount.e8()) * i128::from(rate.ubps());
    let part = div_round(wide, UBPS_WHOLE);
    Usd::from_e8(i64::try_from(part).expect("a rate is at most 4 %"))
}
