//! What accounts and markets are at a moment, with the news that comes of changing them.

use super::block::BlockOutbox;
use super::ids::Ids;
use crate::market::{Address, AssetId};
use crate::num::Usd;
use crate::num::WallMs;
use crate::venue::account::Account;
use crate::venue::account::budget::AddressBudget;
use crate::venue::account::signer::SignerState;
use crate::venue::book::Market;
use crate::venue::config::{ExchangeConfig, Rules};
use crate::venue::index::{AccountIx, MarketIx};
use std::collections::BTreeMap;

/// The exchange at a moment, without its time-table.
///
/// Invariant: every account has a signer of its address, and no address is both an account's and an
/// agent's.
#[derive(Debug)]
pub(super) struct ExchangeState {
    pub(super) now: WallMs,
    pub(super) rules: Rules,
    pub(super) markets: Vec<Market>,
    market_by_asset: BTreeMap<AssetId, MarketIx>,
    /// All accounts, in the order of their opening.
    pub(super) accounts: Vec<Account>,
    /// Accounts by address. An address that became an agent is not here.
    pub(super) index: BTreeMap<Address, AccountIx>,
    pub(super) signers: BTreeMap<Address, SignerState>,
    pub(super) ids: Ids,
    pub(super) news: BlockOutbox,
    /// The next scheduled cancel of all accounts.
    pub(super) scheduled: Option<WallMs>,
    /// Whether an account may have fallen below maintenance.
    pub(super) risky: bool,
}

impl ExchangeState {
    pub(super) fn new(config: &ExchangeConfig) -> ExchangeState {
        let markets = config.markets.iter();
        let places = (0..markets.len()).map(MarketIx);
        ExchangeState {
            now: config.start,
            rules: config.rules,
            markets: markets.clone().map(|market| Market::new(market, config.start)).collect(),
            market_by_asset: markets.map(|market| market.spec.asset).zip(places).collect(),
            accounts: Vec::new(),
            index: BTreeMap::new(),
            signers: BTreeMap::new(),
            ids: Ids::new(config.seed),
            news: BlockOutbox::default(),
            scheduled: None,
            risky: false,
        }
    }

    /// Opens and funds an account; gives whether the address is one.
    pub(super) fn open_account(
        &mut self,
        address: Address,
        deposits: impl Iterator<Item = Usd>,
    ) -> bool {
        if self.index.contains_key(&address) {
            return true;
        }
        if self.signers.contains_key(&address) || address == Address::default() {
            return false;
        }
        let owner = AccountIx(self.accounts.len());
        let budget = AddressBudget::new(self.rules.budget_initial, self.rules.budget_hourly);
        self.accounts.push(Account::new(address, deposits, budget));
        self.index.insert(address, owner);
        self.signers.insert(address, SignerState::new(owner, None));
        true
    }

    /// The account of an address.
    pub(super) fn account_of(&self, address: Address) -> Option<(AccountIx, &Account)> {
        let owner = *self.index.get(&address)?;
        Some((owner, &self.accounts[owner]))
    }

    /// The account an address is an agent of.
    pub(super) fn master_of(&self, address: Address) -> Option<&Account> {
        let signer = self.signers.get(&address).filter(|signer| signer.is_agent())?;
        Some(&self.accounts[signer.account])
    }

    /// The place of a market.
    pub(super) fn market_ix_of(&self, asset: AssetId) -> Option<MarketIx> {
        self.market_by_asset.get(&asset).copied()
    }
}
