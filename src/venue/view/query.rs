//! Questions to the exchange, and their answers.

use super::{
    AccountView, AddressRole, AgentView, Candle, ContextView, FundingView, Leverage, OrderView,
    PositionView, RateLimitView, Summary,
};
use crate::market::event::DEPTH;
use crate::market::{Address, AssetId, Bbo, BookFrame};
use crate::num::fix::div_round;
use crate::num::unit::E8;
use crate::num::{Pos, Qty, Side, Usd};
use crate::venue::account::AccountIx;
use crate::venue::account::balance::{AccountPosition, margin_of};
use crate::venue::account::margin::{
    MarginState, isolated_equity, liquidation, maintenance, standing,
};
use crate::venue::book::Market;
use crate::venue::command::Target;
use crate::venue::exchange::Exchange;
use crate::venue::output::{FillNews, FundingNews, TradeNews};

/// Levels of a fast book.
const FAST_DEPTH: usize = 5;

impl Exchange {
    /// Money and positions of an account on a dex (its place in the config).
    pub fn account(&self, address: Address, dex: usize) -> Option<AccountView> {
        let (owner, account) = self.account_of(address)?;
        let purse = account.balances.get(dex)?;
        let stands = standing(purse, owner, &self.markets, dex);
        let held = purse.positions().iter().filter(|holding| holding.pos != Pos::FLAT);
        let positions: Vec<_> = held
            .map(|holding| position(holding, &self.markets[holding.market.0], &stands))
            .collect();
        let cross = Summary {
            account_value: stands.equity,
            notional: stands.notional,
            raw_usd: purse.cash,
            margin_used: stands.margin,
        };
        let all = positions.iter().filter(|p| !p.leverage.cross).fold(cross, with_isolated);
        let (at, maintenance) = (self.now(), stands.maintenance);
        let withdrawable = stands.withdrawable();
        Some(AccountView { at, all, cross, maintenance, withdrawable, positions })
    }

    /// Leverage of an account in a market; the default when the account is unknown.
    pub fn leverage(&self, address: Address, asset: AssetId) -> Option<Leverage> {
        let (ix, pit) = (self.market_ix_of(asset)?, self.market(asset)?);
        let (_, account) = self.account_of(address)?;
        Some(account.balances[pit.dex].leverage(ix, pit.spec.leverage_max))
    }

    /// Open orders of an account on a dex, oldest first.
    pub fn open_orders(&self, address: Address, dex: usize) -> Vec<OrderView> {
        let Some((owner, _)) = self.account_of(address) else { return Vec::new() };
        let pits = self.markets.iter().filter(|pit| pit.dex == dex);
        let mut orders: Vec<_> = pits.flat_map(|pit| open_in(pit, owner)).collect();
        orders.sort_unstable_by_key(|order| order.news.oid);
        orders
    }

    /// An order of an account, open or of its last 2000; a reused name means the newest.
    pub fn order(&self, address: Address, which: Target) -> Option<OrderView> {
        let (owner, account) = self.account_of(address)?;
        let open = || self.markets.iter().flat_map(|pit| open_in(pit, owner));
        let named = |order: &OrderView| match which {
            Target::Oid(oid) => order.news.oid == oid,
            Target::Cloid(cloid) => order.news.cloid == Some(cloid),
        };
        // An order can rest for longer than its account's history reaches.
        account.history.find(which).cloned().or_else(|| open().find(named))
    }

    /// The last 2000 orders of an account, newest first.
    pub fn orders(&self, address: Address) -> impl DoubleEndedIterator<Item = &OrderView> {
        self.account_of(address).into_iter().flat_map(|(_, account)| account.history.all()).rev()
    }

    /// Fills of an account, newest first, 2000 at most.
    pub fn fills(&self, address: Address) -> impl DoubleEndedIterator<Item = &FillNews> {
        self.account_of(address).into_iter().flat_map(|(_, account)| &account.fills).rev()
    }

    /// Funding of an account, newest first, 500 at most.
    pub fn fundings(&self, address: Address) -> impl DoubleEndedIterator<Item = &FundingNews> {
        self.account_of(address).into_iter().flat_map(|(_, account)| &account.fundings).rev()
    }

    /// The address budget of an account; that of a fresh one when it is unknown.
    pub fn rate_limit(&self, address: Address) -> RateLimitView {
        let Some((_, account)) = self.account_of(address) else {
            let cap = self.config().rules.budget_initial;
            return RateLimitView { cap, ..RateLimitView::default() };
        };
        let (used, cap) = account.budget.state();
        let (volume, ever) = (account.budget.volume(), account.budget.ever());
        RateLimitView { volume, used, cap, ever }
    }

    /// What an address is.
    pub fn role(&self, address: Address) -> AddressRole {
        match (self.account_of(address), self.master_of(address)) {
            (Some(_), _) => AddressRole::User,
            (None, Some(master)) => AddressRole::Agent(master.address),
            (None, None) => AddressRole::Missing,
        }
    }

    /// The agents of an account that have not lapsed.
    pub fn agents(&self, address: Address) -> Vec<AgentView> {
        let account = self.account_of(address).map(|(_, account)| account);
        account.into_iter().flat_map(|account| account.live_agents(self.now())).cloned().collect()
    }

    /// Writes the best levels of a market into `frame`: 20 a side, or 5 when `fast`. Gives whether
    /// the market exists.
    pub fn book(&self, asset: AssetId, fast: bool, frame: &mut BookFrame) -> bool {
        let Some(pit) = self.market(asset) else { return false };
        pit.frame(self.now(), fast, if fast { FAST_DEPTH } else { DEPTH }, frame);
        true
    }

    /// The best prices of a market.
    pub fn bbo(&self, asset: AssetId) -> Option<Bbo> {
        Some(self.market(asset)?.bbo(self.now()))
    }

    /// Recent trades of a market, newest first.
    pub fn trades(&self, asset: AssetId) -> impl DoubleEndedIterator<Item = &TradeNews> {
        self.market(asset).into_iter().flat_map(|pit| &pit.tape.trades).rev()
    }

    /// Minutes of a market, oldest first; the last one is running.
    pub fn candles(&self, asset: AssetId) -> impl DoubleEndedIterator<Item = &Candle> {
        self.market(asset).into_iter().flat_map(|pit| &pit.tape.candles)
    }

    /// Funding of a market, oldest hour first, 500 at most.
    pub fn funding_history(&self, asset: AssetId) -> impl DoubleEndedIterator<Item = &FundingView> {
        self.market(asset).into_iter().flat_map(|pit| &pit.premium.hours)
    }

    /// Mark, oracle, funding, interest and volume of a market.
    pub fn context(&self, asset: AssetId) -> Option<ContextView> {
        let (ix, pit) = (self.market_ix_of(asset)?, self.market(asset)?);
        let (day_volume, day_base) = pit.tape.day_volume;
        let impact = pit.impact();
        let longs = self.accounts.iter().map(|account| account.balances[pit.dex].pos(ix));
        let open_interest = longs.filter(|pos| Pos::FLAT < *pos).map(Pos::size);
        Some(ContextView {
            funding: pit.premium.rate(),
            open_interest: open_interest.fold(Qty::ZERO, |sum, size| sum + size),
            day_ago: pit.tape.first,
            day_volume,
            day_base,
            premium: pit.premium.now(impact, pit.oracle),
            oracle: pit.oracle,
            mark: pit.mark,
            mid: pit.mid().or(pit.tape.last),
            impact,
        })
    }

    /// The orders of an account that could increase its position, by side, for `activeAssetData`.
    pub fn resting(&self, address: Address, asset: AssetId) -> [Qty; 2] {
        let owner = self.account_of(address).map(|(owner, _)| owner);
        match (owner, self.market(asset)) {
            (Some(owner), Some(pit)) => pit.resting(owner),
            (None, _) | (_, None) => [Qty::ZERO; 2],
        }
    }
}

/// A position at mark (PROTOCOL 9.4).
fn position(holding: &AccountPosition, pit: &Market, stands: &MarginState) -> PositionView {
    let (mark, leverage_max) = (pit.mark, pit.spec.leverage_max);
    let value = mark.notional(holding.pos.size());
    let unrealised = holding.unrealised(mark);
    let at_entry = margin_of(Usd::from_e8(holding.cost.e8().abs()), holding.leverage.value);
    let own = isolated_equity(holding, mark);
    let (margin_used, spare) = match holding.leverage.cross {
        true => (margin_of(value, holding.leverage.value), stands.equity - stands.maintenance),
        false => (own, own - maintenance(value, leverage_max)),
    };
    PositionView {
        asset: pit.spec.asset,
        pos: holding.pos,
        leverage: holding.leverage,
        raw_usd: holding.isolated_cash,
        entry: holding.entry(),
        value,
        unrealised,
        return_on_equity_e8: ratio_e8(unrealised, at_entry),
        liquidation: liquidation(holding, mark, leverage_max, spare),
        margin_used,
        leverage_max,
        funding_ever: holding.funding_ever,
        funding_open: holding.funding_open,
        funding_change: holding.funding_change,
    }
}

/// A summary with an isolated position added.
fn with_isolated(sum: Summary, position: &PositionView) -> Summary {
    Summary {
        account_value: sum.account_value + position.margin_used,
        notional: sum.notional + position.value,
        raw_usd: sum.raw_usd + position.raw_usd,
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

/// The resting orders of an account in a market.
fn open_in(pit: &Market, owner: AccountIx) -> impl Iterator<Item = OrderView> {
    let sides = Side::BOTH.into_iter().map(move |side| (side, pit.side(side).orders()));
    let all = sides.flat_map(|(side, slots)| slots.iter().map(move |slot| (side, &slot.order)));
    all.filter(move |(_, order)| order.owner == owner).map(|(side, order)| OrderView {
        news: order.news(pit.spec.asset, side, "open", order.placed),
        tif: order.tif,
    })
}
