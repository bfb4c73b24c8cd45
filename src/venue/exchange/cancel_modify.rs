//! Everything accounts can change that is not a fresh order.

use super::Exchange;
use super::admission::SignerState;
use crate::market::{Address, AssetId, Tif};
use crate::num::{Pos, Qty, Side, Usd, WallMs};
use crate::venue::Reject;
use crate::venue::account::AccountIx;
use crate::venue::account::balance::margin_of;
use crate::venue::account::margin::{isolated_equity, standing};
use crate::venue::book::MarketIx;
use crate::venue::command::{Replacement, Target};
use crate::venue::output::Status;
use crate::venue::view::{AgentView, Leverage};

/// Named agents an account may have (PROTOCOL 5.2).
const AGENTS_NAMED_MAX: u32 = 3;
/// An agent lapses after this, unless it says otherwise: 90 days.
const AGENT_DEFAULT_MS: u64 = 90 * DAY_MS;
/// An agent may last this long at most: 180 days.
const AGENT_LONGEST_MS: u64 = 180 * DAY_MS;
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Steps of 1e-8 in a millionth.
const MICRO_E8: i64 = 100;
/// An isolated position keeps at least a tenth of its size as margin (PROTOCOL 12.4).
const KEEP_TENTHS: i64 = 1;

impl Exchange {
    /// Cancels an order.
    pub(super) fn cancel(
        &mut self,
        owner: AccountIx,
        asset: AssetId,
        target: Target,
    ) -> Result<Status, Reject> {
        let (ix, side, at) = self.locate(owner, asset, target).ok_or(Reject::Gone(asset))?;
        self.withdraw(ix, side, at, "canceled");
        Ok(Status::Success)
    }

    /// Puts an order in another's place (PROTOCOL 7.5). A GTC order that would take is refused like
    /// a post-only one, and IOC orders have no place here, unless `always` is set.
    pub(super) fn replace(
        &mut self,
        owner: AccountIx,
        replacement: &Replacement,
    ) -> Result<Status, Reject> {
        let Replacement { old, new, always } = replacement;
        match self.locate(owner, new.asset, *old) {
            Some((ix, side, at)) => self.withdraw(ix, side, at, "canceled"),
            None if *always => {}
            None => return Err(Reject::ModifyGone),
        }
        let placed = match new.tif {
            Tif::Ioc if !always => Err(Reject::NothingToMatch(new.asset)),
            Tif::Alo | Tif::Ioc | Tif::Gtc => self.place(owner, new, !always),
        };
        placed.map_err(|inner| Reject::ModifyFailed(Box::new(inner)))
    }

    /// Takes an order out of the book and tells its account why.
    pub(super) fn withdraw(&mut self, ix: MarketIx, side: Side, at: usize, status: &'static str) {
        let order = self.markets[ix.0].side_mut(side).remove(at);
        self.accounts[order.owner.0].open -= 1;
        self.tell(ix, side, &order, status);
    }

    /// Takes all orders of an account out of the books, of one dex or of all.
    pub(super) fn withdraw_all(&mut self, owner: AccountIx, dex: Option<usize>, why: &'static str) {
        for at in 0..self.markets.len() {
            let ix = MarketIx(at);
            if self.accounts[owner.0].open == 0
                || dex.is_some_and(|dex| self.markets[at].dex != dex)
            {
                continue;
            }
            for side in Side::BOTH {
                let mine = |half: &crate::venue::book::book_side::BookSide| {
                    half.orders().iter().position(|slot| slot.order.owner == owner)
                };
                while let Some(at) = mine(self.markets[ix.0].side(side)) {
                    self.withdraw(ix, side, at, why);
                }
            }
        }
    }

    /// Sets or clears the time at which everything is cancelled.
    pub(super) fn schedule(&mut self, owner: AccountIx, at: Option<WallMs>) -> Result<(), Reject> {
        self.accounts[owner.0].schedule.set(at, self.clock.now)?;
        self.scheduled = [self.scheduled, at].into_iter().flatten().min();
        Ok(())
    }

    /// Cancels everything of accounts whose time has come.
    pub(super) fn fire_schedules(&mut self) {
        if self.scheduled.is_none_or(|at| self.clock.now < at) {
            return;
        }
        for at in 0..self.accounts.len() {
            if self.accounts[at].schedule.fire(self.clock.now) {
                self.withdraw_all(AccountIx(at), None, "scheduledCancel");
            }
        }
        self.scheduled = self.accounts.iter().filter_map(|account| account.schedule.at).min();
    }

    /// Sets leverage and margin mode of a market.
    pub(super) fn set_leverage(
        &mut self,
        owner: AccountIx,
        asset: AssetId,
        cross: bool,
        value: u32,
    ) -> Result<(), Reject> {
        let ix = self.market_ix_of(asset).ok_or(Reject::UnknownAsset(asset))?;
        let (dex, leverage_max) = (self.markets[ix.0].dex, self.markets[ix.0].spec.leverage_max);
        if !(1..=leverage_max).contains(&value) {
            return Err(Reject::LeverageValue);
        }
        let purse = &mut self.accounts[owner.0].balances[dex];
        let holding = purse.position_mut(ix, leverage_max);
        let before = *holding;
        if before.pos != Pos::FLAT && before.leverage.cross != cross {
            return Err(Reject::LeverageSwitch);
        }
        holding.leverage = Leverage { cross, value };
        if before.leverage.value <= value || self.cover_leverage(owner, ix) {
            return Ok(());
        }
        let purse = &mut self.accounts[owner.0].balances[dex];
        *purse.position_mut(ix, leverage_max) = before;
        Err(Reject::Margin(asset))
    }

    /// Whether the margin covers a lower leverage; moves what an isolated position lacks.
    fn cover_leverage(&mut self, owner: AccountIx, ix: MarketIx) -> bool {
        let pit = &self.markets[ix.0];
        let (dex, mark, leverage_max) = (pit.dex, pit.mark, pit.spec.leverage_max);
        let purse = &self.accounts[owner.0].balances[dex];
        let standing = standing(purse, owner, &self.markets, dex);
        let holding = purse.find(ix).expect("its leverage was just set");
        let size = mark.notional(holding.pos.size());
        if holding.leverage.cross || size == Usd::ZERO {
            return standing.reserved <= standing.equity;
        }
        let lacks = margin_of(size, holding.leverage.value) - isolated_equity(holding, mark);
        if lacks <= Usd::ZERO {
            return true;
        }
        if standing.withdrawable() < lacks {
            return false;
        }
        let purse = &mut self.accounts[owner.0].balances[dex];
        purse.cash -= lacks;
        purse.position_mut(ix, leverage_max).isolated_cash += lacks;
        true
    }

    /// Moves margin into (or out of) an isolated position.
    pub(super) fn move_margin(
        &mut self,
        owner: AccountIx,
        asset: AssetId,
        micro_usd: i64,
    ) -> Result<(), Reject> {
        let ix = self.market_ix_of(asset).ok_or(Reject::UnknownAsset(asset))?;
        let pit = &self.markets[ix.0];
        let (dex, mark, leverage_max) = (pit.dex, pit.mark, pit.spec.leverage_max);
        let purse = &self.accounts[owner.0].balances[dex];
        let holding = purse
            .find(ix)
            .filter(|holding| holding.pos != Pos::FLAT && !holding.leverage.cross)
            .ok_or(Reject::NotIsolated)?;
        let amount = micro_usd.checked_mul(MICRO_E8).map(Usd::from_e8);
        let amount = amount.ok_or(Reject::Margin(asset))?;
        let size = mark.notional(holding.pos.size());
        let keep = margin_of(size, holding.leverage.value).max(size.share_floor(KEEP_TENTHS, 10));
        let spare = isolated_equity(holding, mark) - keep;
        let withdrawable = standing(purse, owner, &self.markets, dex).withdrawable();
        if withdrawable < amount || (amount < Usd::ZERO && spare < -amount) {
            return Err(Reject::Margin(asset));
        }
        let purse = &mut self.accounts[owner.0].balances[dex];
        purse.cash -= amount;
        purse.position_mut(ix, leverage_max).isolated_cash += amount;
        Ok(())
    }

    /// Lets another key sign for an account; the zero address takes a name back.
    pub(super) fn approve(
        &mut self,
        owner: AccountIx,
        agent: Address,
        name: String,
        until: Option<WallMs>,
    ) -> Result<(), Reject> {
        let now = self.clock.now;
        let until = until.unwrap_or_else(|| now.plus_ms(AGENT_DEFAULT_MS));
        if until <= now || now.plus_ms(AGENT_LONGEST_MS) < until {
            return Err(Reject::AgentExpired);
        }
        let revoked = agent == Address::default();
        if !revoked {
            self.check_agent(owner, agent, &name)?;
        }
        let agents = &mut self.accounts[owner.0].agents;
        if let Some(at) = agents.iter().position(|old| old.name == name) {
            let old = agents.remove(at);
            self.signers.remove(&old.address);
        }
        if !revoked {
            self.index.remove(&agent);
            self.signers.insert(agent, SignerState::agent(owner, until));
            self.accounts[owner.0].agents.push(AgentView { name, address: agent, until });
        }
        Ok(())
    }

    /// Whether `agent` is free, and the account has room for another name.
    fn check_agent(&self, owner: AccountIx, agent: Address, name: &str) -> Result<(), Reject> {
        let account = &self.accounts[owner.0];
        let renewed = account.agents.iter().any(|old| old.address == agent && old.name == name);
        let acted = self
            .account_of(agent)
            .is_some_and(|(_, other)| !other.history.all().is_empty() || !other.agents.is_empty());
        if (self.master_of(agent).is_some() && !renewed) || acted {
            return Err(Reject::AgentUsed);
        }
        let live = account.live_agents(self.clock.now);
        let others = live.filter(|old| !old.name.is_empty() && old.name != name).count();
        let room = u32::try_from(others).is_ok_and(|others| others < AGENTS_NAMED_MAX);
        if !name.is_empty() && !room {
            return Err(Reject::TooManyAgents(AGENTS_NAMED_MAX));
        }
        Ok(())
    }

    /// Where an order of an account rests.
    fn locate(
        &self,
        owner: AccountIx,
        asset: AssetId,
        target: Target,
    ) -> Option<(MarketIx, Side, usize)> {
        let ix = self.market_ix_of(asset)?;
        let at = |side: Side| {
            let at = self.markets[ix.0].side(side).find(owner, target)?;
            Some((self.markets[ix.0].side(side).orders()[at].order.oid, (ix, side, at)))
        };
        let found = Side::BOTH.into_iter().filter_map(at).max_by_key(|(oid, _)| *oid);
        found.map(|(_, place)| place)
    }

    /// Shrinks and cancels reduce-only orders that exceed the position (PROTOCOL 12.9): the newest
    /// may have all of it, older ones what is left, whole or not at all.
    pub(super) fn tidy_reduce_only(&mut self, owner: AccountIx, ix: MarketIx) {
        let pos = self.accounts[owner.0].balances[self.markets[ix.0].dex].pos(ix);
        for side in Side::BOTH {
            let mut room = if pos.reducing() == Some(side) { pos.size() } else { Qty::ZERO };
            let mut newer = None;
            while let Some((at, oid)) = self.markets[ix.0].side(side).reduce_only(owner, newer) {
                let order = self.markets[ix.0].side(side).orders()[at].order;
                let first = newer.replace(oid).is_none();
                if order.qty <= room {
                    room = room.saturating_sub(order.qty);
                } else if first && Qty::ZERO < room {
                    self.markets[ix.0].side_mut(side).order_mut(at).qty = room;
                    self.accounts[owner.0].history.shorten(oid, room);
                    room = Qty::ZERO;
                } else {
                    self.withdraw(ix, side, at, "reduceOnlyCanceled");
                }
            }
        }
    }
}
