//! One account: money, orders past and present, budget, agents.

pub(crate) mod balance;
pub(crate) mod budget;
pub(crate) mod history;
pub(crate) mod margin;
pub(crate) mod schedule;
pub(crate) mod signer;

use super::index::AccountIx;
use super::output::{VenueFill, VenuePayment};
use crate::market::Address;
use crate::num::{Usd, WallMs};
use balance::Balance;
use budget::AddressBudget;
use history::History;
use schedule::Schedule;
use std::collections::VecDeque;
use std::ops::{Index, IndexMut};

/// Fills kept (PROTOCOL 9.2).
pub(crate) const FILLS_KEPT: usize = 2_000;
/// Funding payments kept an account, the newest.
pub(crate) const FUNDINGS_KEPT: usize = 500;
/// Open orders an account without volume may have (PROTOCOL 10.3).
const OPEN_BASE: i64 = 1_000;
/// Volume that gives one more.
const OPEN_VOLUME: i64 = 5_000_000 * crate::num::unit::E8;
/// Open orders an account may have at most.
const OPEN_MAX: i64 = 5_000;

/// An agent of an account: a key that may sign for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    /// Its name; empty for the unnamed one.
    pub name: String,
    pub address: Address,
    /// When the approval lapses.
    pub until: WallMs,
}

/// One account of the exchange: money, orders, budget, agents.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) address: Address,
    /// Cash and positions, by the place of the dex.
    pub(crate) balances: Vec<Balance>,
    pub(crate) history: History,
    pub(crate) budget: AddressBudget,
    pub(crate) schedule: Schedule,
    pub(crate) agents: Vec<AgentView>,
    /// Number of resting orders.
    pub(crate) open: usize,
    /// Its newest fills, oldest first.
    pub(crate) fills: VecDeque<VenueFill>,
    /// Funding payments, oldest first.
    pub(crate) fundings: VecDeque<VenuePayment>,
}

impl Account {
    /// A fresh account with a deposit on each dex.
    pub(crate) fn new(
        address: Address,
        deposits: impl Iterator<Item = Usd>,
        budget: AddressBudget,
    ) -> Account {
        Account {
            address,
            balances: deposits.map(Balance::new).collect(),
            history: History::default(),
            budget,
            schedule: Schedule::default(),
            agents: Vec::new(),
            open: 0,
            fills: VecDeque::new(),
            fundings: VecDeque::new(),
        }
    }

    /// Whether one more order may rest; with 1000 open, no more reduce-only ones (PROTOCOL 10.3).
    pub(crate) fn may_open(&self, reduce_only: bool) -> bool {
        let more = self.budget.volume().e8() / OPEN_VOLUME;
        let limit = if reduce_only { OPEN_BASE } else { (OPEN_BASE + more).min(OPEN_MAX) };
        i64::try_from(self.open).is_ok_and(|open| open < limit)
    }

    /// Agents that have not lapsed at `at`.
    pub(crate) fn live_agents(&self, at: WallMs) -> impl Iterator<Item = &AgentView> {
        self.agents.iter().filter(move |agent| at < agent.until)
    }
}

impl Index<AccountIx> for Vec<Account> {
    type Output = Account;
    fn index(&self, ix: AccountIx) -> &Account {
        &self[ix.0]
    }
}

impl IndexMut<AccountIx> for Vec<Account> {
    fn index_mut(&mut self, ix: AccountIx) -> &mut Account {
        &mut self[ix.0]
    }
}
