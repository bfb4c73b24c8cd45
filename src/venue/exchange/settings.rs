//! What accounts set: scheduled cancels, leverage, margin of isolated positions, agents.

use super::resting::withdraw_all;
use super::state::ExchangeState;
use crate::market::{Address, AssetId};
use crate::num::time::DAY_MS;
use crate::num::{Pos, Usd, WallMs};
use crate::venue::account::AgentView;
use crate::venue::account::balance::{Leverage, margin_of};
use crate::venue::account::margin::{isolated_equity, standing};
use crate::venue::account::signer::SignerState;
use crate::venue::action::approval::ApproveAgent;
use crate::venue::action::{UpdateIsolatedMargin, UpdateLeverage};
use crate::venue::index::{AccountIx, MarketIx};
use crate::venue::reject::Reject;

/// Named agents an account may have (PROTOCOL 5.2).
const AGENTS_NAMED_MAX: u32 = 3;
/// An agent lapses after this, unless it says otherwise: 90 days.
const AGENT_DEFAULT_MS: u64 = 90 * DAY_MS;
/// An agent may last this long at most: 180 days.
const AGENT_LONGEST_MS: u64 = 180 * DAY_MS;
/// Steps of 1e-8 in a millionth.
const MICRO_E8: i64 = 100;
/// An isolated position keeps at least a tenth of its size as margin (PROTOCOL 12.4).
const KEEP_TENTHS: i64 = 1;

/// Sets or clears the time at which everything is cancelled.
pub(super) fn schedule(
    state: &mut ExchangeState,
    owner: AccountIx,
    at: Option<WallMs>,
) -> Result<(), Reject> {
    state.accounts[owner].schedule.set(at, state.now)?;
    state.scheduled = [state.scheduled, at].into_iter().flatten().min();
    Ok(())
}

/// Cancels everything of accounts whose time has come.
pub(super) fn fire_schedules(state: &mut ExchangeState) {
    if state.scheduled.is_none_or(|at| state.now < at) {
        return;
    }
    for at in 0..state.accounts.len() {
        if state.accounts[at].schedule.fire(state.now) {
            withdraw_all(state, AccountIx(at), None, "scheduledCancel");
        }
    }
    state.scheduled = state.accounts.iter().filter_map(|account| account.schedule.at).min();
}

/// Sets leverage and margin mode of a market.
pub(super) fn set_leverage(
    state: &mut ExchangeState,
    owner: AccountIx,
    &UpdateLeverage { asset, is_cross: cross, leverage: value }: &UpdateLeverage,
) -> Result<(), Reject> {
    let asset = AssetId(asset);
    let ix = state.market_ix_of(asset).ok_or(Reject::UnknownAsset(asset))?;
    let (dex, leverage_max) = (state.markets[ix].dex, state.markets[ix].spec.leverage_max);
    if !(1..=leverage_max).contains(&value) {
        return Err(Reject::LeverageValue);
    }
    let balance = &mut state.accounts[owner].balances[dex];
    let holding = balance.position_mut(ix, leverage_max);
    let before = *holding;
    if before.pos != Pos::FLAT && before.leverage.cross != cross {
        return Err(Reject::LeverageSwitch);
    }
    holding.leverage = Leverage { cross, value };
    if before.leverage.value <= value || cover_leverage(state, owner, ix) {
        return Ok(());
    }
    let balance = &mut state.accounts[owner].balances[dex];
    *balance.position_mut(ix, leverage_max) = before;
    Err(Reject::Margin(asset))
}

/// Whether the margin covers a lower leverage; moves what an isolated position lacks.
fn cover_leverage(state: &mut ExchangeState, owner: AccountIx, ix: MarketIx) -> bool {
    let market = &state.markets[ix];
    let (dex, mark, leverage_max) = (market.dex, market.mark, market.spec.leverage_max);
    let balance = &state.accounts[owner].balances[dex];
    let standing = standing(balance, owner, &state.markets, dex);
    let holding = balance.find(ix).expect("its leverage was just set");
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
    let balance = &mut state.accounts[owner].balances[dex];
    balance.cash -= lacks;
    balance.position_mut(ix, leverage_max).isolated_cash += lacks;
    true
}

/// Moves margin into (or out of) an isolated position.
pub(super) fn move_margin(
    state: &mut ExchangeState,
    owner: AccountIx,
    &UpdateIsolatedMargin { asset, micro_usd, .. }: &UpdateIsolatedMargin,
) -> Result<(), Reject> {
    let asset = AssetId(asset);
    let ix = state.market_ix_of(asset).ok_or(Reject::UnknownAsset(asset))?;
    let market = &state.markets[ix];
    let (dex, mark, leverage_max) = (market.dex, market.mark, market.spec.leverage_max);
    let balance = &state.accounts[owner].balances[dex];
    let holding = balance
        .find(ix)
        .filter(|holding| holding.pos != Pos::FLAT && !holding.leverage.cross)
        .ok_or(Reject::NotIsolated)?;
    let amount = micro_usd.checked_mul(MICRO_E8).map(Usd::from_e8);
    let amount = amount.ok_or(Reject::Margin(asset))?;
    let size = mark.notional(holding.pos.size());
    let keep = margin_of(size, holding.leverage.value).max(size.share_floor(KEEP_TENTHS, 10));
    let spare = isolated_equity(holding, mark) - keep;
    let withdrawable = standing(balance, owner, &state.markets, dex).withdrawable();
    if withdrawable < amount || (amount < Usd::ZERO && spare < -amount) {
        return Err(Reject::Margin(asset));
    }
    let balance = &mut state.accounts[owner].balances[dex];
    balance.cash -= amount;
    balance.position_mut(ix, leverage_max).isolated_cash += amount;
    Ok(())
}

/// Lets another key sign for an account; the zero address takes a name back.
pub(super) fn approve(
    state: &mut ExchangeState,
    owner: AccountIx,
    approval: &ApproveAgent,
) -> Result<(), Reject> {
    let (now, agent) = (state.now, approval.agent_address.0);
    let (name, until) = approval.name_and_expiry();
    let until = until.unwrap_or_else(|| now.plus_ms(AGENT_DEFAULT_MS));
    if until <= now || now.plus_ms(AGENT_LONGEST_MS) < until {
        return Err(Reject::AgentExpired);
    }
    let revoked = agent == Address::default();
    if !revoked {
        check_agent(state, owner, agent, name)?;
    }
    let agents = &mut state.accounts[owner].agents;
    if let Some(at) = agents.iter().position(|old| old.name == name) {
        let old = agents.remove(at);
        state.signers.remove(&old.address);
    }
    if !revoked {
        state.index.remove(&agent);
        state.signers.insert(agent, SignerState::new(owner, Some(until)));
        state.accounts[owner].agents.push(AgentView {
            name: name.to_owned(),
            address: agent,
            until,
        });
    }
    Ok(())
}

/// Whether `agent` is free, and the account has room for another name.
fn check_agent(
    state: &ExchangeState,
    owner: AccountIx,
    agent: Address,
    name: &str,
) -> Result<(), Reject> {
    let account = &state.accounts[owner];
    let renewed = account.agents.iter().any(|old| old.address == agent && old.name == name);
    let acted = state
        .account_of(agent)
        .is_some_and(|(_, other)| !other.history.all().is_empty() || !other.agents.is_empty());
    if (state.master_of(agent).is_some() && !renewed) || acted {
        return Err(Reject::AgentUsed);
    }
    let live = account.live_agents(state.now);
    let others = live.filter(|old| !old.name.is_empty() && old.name != name).count();
    let room = u32::try_from(others).is_ok_and(|others| others < AGENTS_NAMED_MAX);
    if !name.is_empty() && !room {
        return Err(Reject::TooManyAgents(AGENTS_NAMED_MAX));
    }
    Ok(())
}
