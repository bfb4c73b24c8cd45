//! The exchange: time, actions and flow in; news out.

mod admission;
mod block;
mod cancel_modify;
mod flow;
mod ids;
mod matching;
mod order;
mod settlement;

use super::account::budget::AddressBudget;
use super::account::{Account, AccountIx};
use super::config::{ExchangeConfig, FlowTime, MarketConfig};
use super::market_event::MarketEvent;
use super::output::Output;
use crate::market::{Address, AssetId};
use crate::num::WallMs;
use crate::venue::book::{Market, MarketIx};
use admission::{QueuedAction, SignerState};
use block::{BlockClock, BlockOutbox};
use ids::Ids;
use std::collections::BTreeMap;

/// The exchange in a box. Nothing in it happens by itself: callers move the time with
/// [`Exchange::advance`], in the order of time, and get the news of each block.
#[derive(Debug)]
pub struct Exchange {
    config: ExchangeConfig,
    /// All markets.
    pub(in crate::venue) markets: Vec<Market>,
    /// Markets by asset id, sorted.
    market_by_asset: Vec<(AssetId, MarketIx)>,
    /// All accounts.
    pub(in crate::venue) accounts: Vec<Account>,
    /// Accounts by address. An address that became an agent is not here.
    index: BTreeMap<Address, AccountIx>,
    signers: BTreeMap<Address, SignerState>,
    clock: BlockClock,
    ids: Ids,
    /// Actions for the next block, in the order in which they came.
    queue: Vec<QueuedAction>,
    /// The world's flow for the next block, with its place among the actions.
    flows: Vec<(u64, MarketEvent)>,
    arrivals: u64,
    outbox: BlockOutbox,
    /// The next scheduled cancel of all accounts.
    scheduled: Option<WallMs>,
    /// Whether an account may have fallen below maintenance.
    risky: bool,
}

impl Exchange {
    /// An exchange with no accounts yet.
    pub fn new(config: ExchangeConfig) -> Exchange {
        let markets =
            config.markets.iter().map(|market| Market::new(market, config.start)).collect();
        let named = |(at, market): (usize, &MarketConfig)| (market.spec.asset, MarketIx(at));
        let mut market_by_asset: Vec<_> = config.markets.iter().enumerate().map(named).collect();
        market_by_asset.sort_unstable();
        Exchange {
            clock: BlockClock::new(config.seed, config.start, config.spacing),
            ids: Ids::new(config.seed),
            config,
            markets,
            market_by_asset,
            accounts: Vec::new(),
            index: BTreeMap::new(),
            signers: BTreeMap::new(),
            queue: Vec::new(),
            flows: Vec::new(),
            arrivals: 0,
            outbox: BlockOutbox::default(),
            scheduled: None,
            risky: false,
        }
    }

    /// What it is made of.
    pub fn config(&self) -> &ExchangeConfig {
        &self.config
    }

    /// Time of the last block or flow.
    pub fn now(&self) -> WallMs {
        self.clock.now
    }

    /// Time of the next block.
    pub fn next_block(&self) -> WallMs {
        self.clock.next
    }

    /// Opens and funds an account, as the first question about an address does. An agent's address
    /// never becomes an account. Gives whether it is one.
    pub fn open_account(&mut self, address: Address) -> bool {
        if self.index.contains_key(&address) {
            return true;
        }
        if self.signers.contains_key(&address) || address == Address::default() {
            return false;
        }
        let owner = AccountIx(self.accounts.len());
        let rules = self.config.rules;
        let deposits = self.config.dexes.iter().map(|dex| dex.deposit);
        let budget = AddressBudget::new(rules.budget_initial, rules.budget_hourly);
        self.accounts.push(Account::new(address, deposits, budget));
        self.index.insert(address, owner);
        self.signers.insert(address, SignerState::account(owner));
        true
    }

    /// Runs the blocks that are due up to and including `to`.
    pub fn advance(&mut self, to: WallMs, out: &mut Vec<Output>) {
        while self.clock.next <= to {
            self.run_block(out);
        }
    }

    /// Runs the blocks that are due before `at`.
    fn catch_up(&mut self, at: WallMs, out: &mut Vec<Output>) {
        while self.clock.next < at {
            if self.is_idle() {
                return self.clock.skip_to(at);
            }
            self.run_block(out);
        }
    }

    /// Whether blocks would be empty until somebody acts: nobody could tell whether they were. In a
    /// synthetic market the world acts in every one.
    fn is_idle(&self) -> bool {
        let is_recorded = match self.config.rules.flow {
            FlowTime::AtOnce => true,
            FlowTime::InBlock => false,
        };
        is_recorded && self.queue.is_empty() && self.scheduled.is_none() && self.outbox.is_clear()
    }

    /// The account of an address.
    pub(in crate::venue) fn account_of(&self, address: Address) -> Option<(AccountIx, &Account)> {
        let owner = *self.index.get(&address)?;
        Some((owner, &self.accounts[owner.0]))
    }

    /// The account an address is an agent of.
    pub(in crate::venue) fn master_of(&self, address: Address) -> Option<&Account> {
        let signer = self.signers.get(&address).filter(|signer| signer.is_agent())?;
        Some(&self.accounts[signer.account.0])
    }

    /// The place of a market.
    pub(in crate::venue) fn market_ix_of(&self, asset: AssetId) -> Option<MarketIx> {
        let at = self.market_by_asset.binary_search_by_key(&asset, |&(asset, _)| asset).ok()?;
        Some(self.market_by_asset[at].1)
    }

    /// A market by its id.
    pub(in crate::venue) fn market(&self, asset: AssetId) -> Option<&Market> {
        self.market_ix_of(asset).map(|ix| &self.markets[ix.0])
    }
}

#[cfg(test)]
mod tests;
