//! Hourly funding, and liquidation of accounts below maintenance margin.

use super::matching::{OrderRef, TakerOrder, match_order};
use super::resting::withdraw_all;
use super::state::ExchangeState;
use crate::market::CoinIx;
use crate::market::event::Payment;
use crate::num::fix::div_round;
use crate::num::time::HOUR_MS;
use crate::num::unit::PX_MAX;
use crate::num::unit::UBPS_WHOLE;
use crate::num::{Bps, Pos, Px, Side, Usd, WallMs};
use crate::venue::account::FUNDINGS_KEPT;
use crate::venue::account::margin::{isolated_equity, maintenance, standing};
use crate::venue::index::{AccountIx, MarketIx};
use crate::venue::output::{Output, VenuePayment};
use crate::venue::recent::keep;

/// Does what is due at this moment, and at a full hour.
pub(super) fn fund_and_liquidate(state: &mut ExchangeState, is_hour: bool) {
    let now = state.now;
    for market in &mut state.markets {
        state.risky |= market.follow_mid();
        if market.premium.due(now) {
            let impact = market.impact();
            market.premium.sample(now, impact, market.oracle);
        }
    }
    if is_hour {
        pay_funding(state, now);
    }
    if std::mem::take(&mut state.risky) && state.rules.liquidation {
        liquidate_all(state);
        state.risky = false;
    }
}

/// Ends the hour in every market.
fn pay_funding(state: &mut ExchangeState, now: WallMs) {
    let hour = WallMs::from_ms(now.ms() / HOUR_MS * HOUR_MS);
    for ix in (0..state.markets.len()).map(MarketIx) {
        let rate = state.markets[ix].premium.close(hour);
        if state.rules.funding {
            pay_rate(state, ix, rate);
        }
    }
    state.risky = true;
}

/// Pays the funding of a market: longs pay a positive rate, on the oracle.
fn pay_rate(state: &mut ExchangeState, ix: MarketIx, rate: Bps) {
    let market = &state.markets[ix];
    for account in &mut state.accounts {
        let balance = &mut account.balances[market.dex];
        let pos = balance.pos(ix);
        if pos == Pos::FLAT {
            continue;
        }
        let paid = share(pos.value(market.oracle), rate);
        let holding = balance.position_mut(ix, market.spec.leverage_max);
        holding.funding_ever += paid;
        holding.funding_open += paid;
        holding.funding_change += paid;
        if holding.leverage.cross {
            balance.cash -= paid;
        } else {
            holding.isolated_cash -= paid;
        }
        let payment = Payment { coin: CoinIx::FOREIGN, venue: state.now, received: -paid };
        let news = VenuePayment { payment, asset: market.spec.asset, pos, rate };
        keep(&mut account.fundings, news, FUNDINGS_KEPT);
        state.news.fills.push(Output::Funding(account.address, news));
    }
}

/// Liquidates whatever is below its maintenance margin.
fn liquidate_all(state: &mut ExchangeState) {
    for owner in (0..state.accounts.len()).map(AccountIx) {
        for dex in 0..state.accounts[owner].balances.len() {
            let balance = &state.accounts[owner].balances[dex];
            if balance.positions().iter().any(|holding| holding.pos != Pos::FLAT) {
                liquidate_cross(state, owner, dex);
                liquidate_isolated(state, owner, dex);
            }
        }
    }
}

/// Closes all cross positions of an account that is below their maintenance margin.
fn liquidate_cross(state: &mut ExchangeState, owner: AccountIx, dex: usize) {
    let standing = standing(&state.accounts[owner].balances[dex], owner, &state.markets, dex);
    if standing.maintenance <= standing.equity {
        return;
    }
    withdraw_all(state, owner, Some(dex), "liquidatedCanceled");
    for ix in (0..state.markets.len()).map(MarketIx) {
        if is_held(state, owner, dex, ix, true) {
            close_out(state, owner, ix);
        }
    }
}

/// Closes isolated positions whose own equity is below maintenance.
fn liquidate_isolated(state: &mut ExchangeState, owner: AccountIx, dex: usize) {
    for ix in (0..state.markets.len()).map(MarketIx) {
        let market = &state.markets[ix];
        if !is_held(state, owner, dex, ix, false) {
            continue;
        }
        let balance = &state.accounts[owner].balances[dex];
        let holding = balance.find(ix).expect("it is held");
        let size = market.mark.notional(holding.pos.size());
        if isolated_equity(holding, market.mark) < maintenance(size, market.spec.leverage_max) {
            withdraw_all(state, owner, Some(dex), "liquidatedCanceled");
            close_out(state, owner, ix);
        }
    }
}

/// Whether an account holds a position in a market of a dex, cross or isolated.
fn is_held(state: &ExchangeState, owner: AccountIx, dex: usize, ix: MarketIx, cross: bool) -> bool {
    let holding = state.accounts[owner].balances[dex].find(ix);
    state.markets[ix].dex == dex
        && holding.is_some_and(|held| held.pos != Pos::FLAT && held.leverage.cross == cross)
}

/// Takes whatever closes the position, at any price.
fn close_out(state: &mut ExchangeState, owner: AccountIx, ix: MarketIx) {
    let market = &state.markets[ix];
    let pos = state.accounts[owner].balances[market.dex].pos(ix);
    let Some(side) = pos.reducing() else { return };
    let limit = match side {
        Side::Bid => PX_MAX,
        Side::Ask => Px::from_e8(1),
    };
    let liquidation = Some(market.mark);
    let by = OrderRef { owner, oid: state.ids.oid(), cloid: None, liquidation };
    match_order(state, ix, TakerOrder { side, limit, remaining: pos.size(), order: Some(by) });
}

/// `rate` of `amount`, rounded to the nearest step.
fn share(amount: Usd, rate: Bps) -> Usd {
    let wide = i128::from(amount.e8()) * i128::from(rate.ubps());
    let part = div_round(wide, UBPS_WHOLE);
    Usd::from_e8(i64::try_from(part).expect("a rate is at most 4 %"))
}
