//! What the exchange answers about accounts and markets: sums that nothing else needs.

use super::state::ExchangeState;
use crate::market::{Address, AssetId};
use crate::num::fix::div_round;
use crate::num::unit::E8;
use crate::num::{Bps, Pos, Px, Qty, Side, Usd, WallMs};
use crate::venue::account::Account;
use crate::venue::account::balance::{AccountPosition, margin_of};
use crate::venue::account::margin::{
    MarginState, isolated_equity, liquidation, maintenance, standing,
};
use crate::venue::book::Market;
use crate::venue::index::{AccountIx, MarketIx};
use crate::venue::output::OrderNews;

/// Money and positions of an account on one dex (PROTOCOL 9.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountView {
    /// Time of the last block.
    pub at: WallMs,
    /// The summary with isolated positions.
    pub all: Summary,
    /// The summary without isolated positions.
    pub cross: Summary,
    /// Maintenance margin of the cross positions.
    pub maintenance: Usd,
    /// What could be withdrawn.
    pub withdrawable: Usd,
    /// Positions, in the order of the markets.
    pub positions: Vec<PositionView>,
}

/// Sums over the positions of an account on one dex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Cash net of the cost of positions, plus positions at mark.
    pub account_value: Usd,
    /// Sum of the sizes of positions at mark.
    pub notional: Usd,
    /// Cash net of the cost of positions.
    pub raw_usd: Usd,
    /// Sum of the margins in use.
    pub margin_used: Usd,
}

/// A position of an account, at the market's mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    pub asset: AssetId,
    pub held: AccountPosition,
    /// Its size at mark.
    pub value: Usd,
    pub unrealised: Usd,
    /// Profit over the margin at entry, in steps of 1e-8.
    pub return_on_equity_e8: i64,
    /// Where it would be liquidated, when that is a positive price.
    pub liquidation: Option<Px>,
    pub margin_used: Usd,
    /// The market's highest leverage.
    pub leverage_max: u32,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressRole {
    /// Nobody asked about it yet.
    Missing,
    User,
    /// An agent of this account.
    Agent(Address),
}

/// What a market shows beside its book (`activeAssetCtx`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextView {
    /// Running estimate of the hour's funding rate.
    pub funding: Bps,
    /// Open interest of the accounts, in coins.
    pub open_interest: Qty,
    /// Price a day ago, or at the start.
    pub day_ago: Px,
    /// Volume of the day in dollars.
    pub day_volume: Usd,
    /// Volume of the day in coins.
    pub day_base: Qty,
    /// Premium over the oracle; none without a two-sided book.
    pub premium: Option<Bps>,
    pub oracle: Px,
    pub mark: Px,
    /// Middle of the book, or the last trade.
    pub mid: Option<Px>,
    /// Prices at which the impact notional trades: sold and bought.
    pub impact: Option<[Px; 2]>,
}

/// Money and positions of an account on a dex (its place in the config).
pub(super) fn account(
    state: &ExchangeState,
    owner: AccountIx,
    account: &Account,
    dex: usize,
) -> Option<AccountView> {
    let balance = account.balances.get(dex)?;
    let stands = standing(balance, owner, &state.markets, dex);
    let held = balance.positions().iter().filter(|held| held.pos != Pos::FLAT);
    let positions: Vec<_> =
        held.map(|held| position(held, &state.markets[held.market], &stands)).collect();
    let cross = Summary {
        account_value: stands.equity,
        notional: stands.notional,
        raw_usd: balance.cash,
        margin_used: stands.margin,
    };
    let isolated = positions.iter().filter(|position| !position.held.leverage.cross);
    Some(AccountView {
        at: state.now,
        all: isolated.fold(cross, with_isolated),
        cross,
        maintenance: stands.maintenance,
        withdrawable: stands.withdrawable(),
        positions,
    })
}

/// Mark, oracle, funding, interest and volume of a market.
pub(super) fn context(state: &ExchangeState, ix: MarketIx) -> ContextView {
    let market = &state.markets[ix];
    let (day_volume, day_base) = market.tape.day_volume;
    let impact = market.impact();
    let held = state.accounts.iter().map(|account| account.balances[market.dex].pos(ix));
    let longs = held.filter(|pos| Pos::FLAT < *pos).map(Pos::size);
    ContextView {
        funding: market.premium.rate(),
        open_interest: longs.fold(Qty::ZERO, |sum, size| sum + size),
        day_ago: market.tape.first,
        day_volume,
        day_base,
        premium: market.premium.now(impact, market.oracle),
        oracle: market.oracle,
        mark: market.mark,
        mid: market.mid().or(market.tape.last),
        impact,
    }
}

/// The resting orders of an account in a market.
pub(super) fn open_in(market: &Market, owner: AccountIx) -> impl Iterator<Item = OrderNews> {
    let slots = Side::BOTH.into_iter().flat_map(|side| market.side(side).orders());
    let mine = slots.map(|slot| slot.order).filter(move |order| order.owner == owner);
    mine.map(|order| OrderNews { order, status: "open", since: order.placed })
}

/// A position at mark (PROTOCOL 9.4).
fn position(held: &AccountPosition, market: &Market, stands: &MarginState) -> PositionView {
    let (mark, leverage_max) = (market.mark, market.spec.leverage_max);
    let value = mark.notional(held.pos.size());
    let unrealised = held.unrealised(mark);
    let at_entry = margin_of(Usd::from_e8(held.cost.e8().abs()), held.leverage.value);
    let own = isolated_equity(held, mark);
    let (margin_used, spare) = match held.leverage.cross {
        true => (margin_of(value, held.leverage.value), stands.equity - stands.maintenance),
        false => (own, own - maintenance(value, leverage_max)),
    };
    PositionView {
        asset: market.spec.asset,
        held: *held,
        value,
        unrealised,
        return_on_equity_e8: ratio_e8(unrealised, at_entry),
        liquidation: liquidation(held, mark, leverage_max, spare),
        margin_used,
        leverage_max,
    }
}

/// A summary with an isolated position added.
fn with_isolated(sum: Summary, position: &PositionView) -> Summary {
    Summary {
        account_value: sum.account_value + position.margin_used,
        notional: sum.notional + position.value,
        raw_usd: sum.raw_usd + position.held.isolated_cash,
        margin_used: sum.margin_used + position.margin_used,
    }
}

/// `part / whole` in steps of 1e-8; zero of nothing.
fn ratio_e8(part: Usd, whole: Usd) -> i64 {
    if whole <= Usd::ZERO {
        return 0;
    }
    let wide = div_round(i128::from(part.e8()) * i128::from(E8), i128::from(whole.e8()));
    i64::try_from(wide).unwrap_or(i64::MAX)
}
