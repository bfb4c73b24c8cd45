//! The exchange: time, actions and flow in; news out.

mod admission;
mod block;
mod flow;
mod ids;
mod matching;
mod order;
mod perform;
pub(super) mod query;
mod resting;
mod settings;
mod settlement;
mod state;

use super::account::balance::Leverage;
use super::account::budget::RateLimitView;
use super::account::{Account, AgentView};
use super::action::{ActionClass, Envelope, OrderKey};
use super::book::Market;
use super::book::funding::FundingView;
use super::book::tape::Candle;
use super::config::{ExchangeConfig, FlowTime};
use super::market_event::MarketEvent;
use super::output::{Answer, OrderNews, Output, VenueFill, VenuePayment, VenueTrade};
use super::reject::Reject;
use crate::market::{Address, AssetId, Bbo, BookFrame};
use crate::num::{Qty, WallMs};
use admission::{QueuedAction, admit};
use block::BlockClock;
use flow::on_market_event;
use perform::perform;
use query::{AccountView, AddressRole, ContextView, open_in};
use settings::fire_schedules;
use settlement::fund_and_liquidate;
use state::ExchangeState;

/// An action that comes after it expired costs five requests instead of one (PROTOCOL 10.2).
const STALE_EXTRA: usize = 4;

/// The exchange in a box. Nothing in it happens by itself: callers move the time with
/// [`Exchange::advance`], in the order of time, and get the news of each block.
#[derive(Debug)]
pub struct Exchange {
    config: ExchangeConfig,
    state: ExchangeState,
    clock: BlockClock,
    /// Actions for the next block, in the order in which they came.
    queue: Vec<QueuedAction>,
    /// The world's flow for the next block, with its place among the actions.
    flows: Vec<(u64, MarketEvent)>,
    arrivals: u64,
}

impl Exchange {
    /// An exchange with no accounts yet.
    pub fn new(config: ExchangeConfig) -> Exchange {
        Exchange {
            clock: BlockClock::new(config.seed, config.start, config.spacing),
            state: ExchangeState::new(&config),
            config,
            queue: Vec::new(),
            flows: Vec::new(),
            arrivals: 0,
        }
    }

    /// What it is made of.
    pub fn config(&self) -> &ExchangeConfig {
        &self.config
    }

    /// Time of the last block or flow.
    pub fn now(&self) -> WallMs {
        self.state.now
    }

    /// Time of the next block.
    pub fn next_block(&self) -> WallMs {
        self.clock.next
    }

    /// Opens and funds an account, as the first question about an address does. An agent's address
    /// never becomes an account. Gives whether it is one.
    pub fn open_account(&mut self, address: Address) -> bool {
        let deposits = self.config.dexes.iter().map(|dex| dex.deposit);
        self.state.open_account(address, deposits)
    }

    /// Takes a signed action that arrived at `at`. What is wrong with it as a whole is answered at
    /// once; else it joins the next block. Runs the blocks that are due before it.
    pub fn submit(&mut self, at: WallMs, envelope: Envelope, out: &mut Vec<Output>) {
        self.catch_up(at, out);
        let at = at.max(self.state.now);
        let ticket = envelope.ticket;
        match admit(&mut self.state, at, self.arrivals + 1, envelope) {
            Ok(pending) => {
                self.arrivals = pending.arrival;
                self.queue.push(pending);
            }
            Err(denied) => {
                out.push(Output::Answer { ticket, answer: Answer::Rejected(denied) });
            }
        }
    }

    /// Takes what other people do. Runs the blocks that are due before it.
    pub fn apply(&mut self, flow: MarketEvent, out: &mut Vec<Output>) {
        self.catch_up(flow.at, out);
        match self.config.rules.flow {
            FlowTime::AtOnce => {
                self.state.now = self.state.now.max(flow.at);
                on_market_event(&mut self.state, flow);
                self.close(out);
            }
            FlowTime::InBlock => {
                self.arrivals += 1;
                self.flows.push((self.arrivals, flow));
            }
        }
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
        is_recorded && self.queue.is_empty() && self.state.scheduled.is_none()
    }

    /// Runs the next block, its parts in the order of PROTOCOL 12.7.
    fn run_block(&mut self, out: &mut Vec<Output>) {
        let before = self.state.now;
        self.state.now = self.clock.next_block();
        assert!(before <= self.state.now, "time goes back from {before:?}");
        let (queue, flows) = (std::mem::take(&mut self.queue), std::mem::take(&mut self.flows));
        let of = |class| queue.iter().filter(move |pending| pending.terms.class == class);
        of(ActionClass::Making).for_each(|pending| self.execute(pending));
        of(ActionClass::Canceling).for_each(|pending| self.execute(pending));
        fire_schedules(&mut self.state);
        let mut taking = of(ActionClass::Taking).peekable();
        for (arrival, flow) in flows {
            while let Some(pending) = taking.next_if(|pending| pending.arrival < arrival) {
                self.execute(pending);
            }
            on_market_event(&mut self.state, flow);
        }
        taking.for_each(|pending| self.execute(pending));
        self.close(out);
    }

    /// Executes an action and notes its answer.
    fn execute(&mut self, pending: &QueuedAction) {
        let QueuedAction { owner, ticket, expires, terms, .. } = *pending;
        let answer = if expires.is_some_and(|expires| expires < self.state.now) {
            let extra = u64::try_from(STALE_EXTRA * terms.items);
            let extra = extra.expect("an action has few items");
            self.state.accounts[owner].budget.count(self.state.now, extra);
            Answer::Rejected(Reject::Expired)
        } else {
            perform(&mut self.state, owner, &pending.action)
        };
        assert!(terms.orders <= terms.items, "more orders than items: {terms:?}");
        self.state.news.answers.push(Output::Answer { ticket, answer });
    }

    /// Ends a block, or a moment of the world's flow between two.
    fn close(&mut self, out: &mut Vec<Output>) {
        let state = &mut self.state;
        fund_and_liquidate(state, self.clock.hour_began(state.now));
        for market in &mut state.markets {
            if let Some(bbo) = market.changed_bbo(state.now) {
                state.news.public.push(Output::Bbo(market.spec.asset, bbo));
            }
        }
        state.news.flush(out);
    }

    /// Money and positions of an account on a dex (its place in the config).
    pub fn account(&self, address: Address, dex: usize) -> Option<AccountView> {
        let (owner, account) = self.state.account_of(address)?;
        query::account(&self.state, owner, account, dex)
    }

    /// Leverage of an account in a market.
    pub fn leverage(&self, address: Address, asset: AssetId) -> Option<Leverage> {
        let ix = self.state.market_ix_of(asset)?;
        let (market, account) = (&self.state.markets[ix], self.account_of(address)?);
        Some(account.balances[market.dex].leverage(ix, market.spec.leverage_max))
    }

    /// Open orders of an account on a dex, oldest first.
    pub fn open_orders(&self, address: Address, dex: usize) -> Vec<OrderNews> {
        let Some((owner, _)) = self.state.account_of(address) else { return Vec::new() };
        let markets = self.state.markets.iter().filter(|market| market.dex == dex);
        let mut orders: Vec<_> = markets.flat_map(|market| open_in(market, owner)).collect();
        orders.sort_unstable_by_key(|news| news.order.oid);
        orders
    }

    /// An order of an account, open or of its last 2000; a reused name means the newest.
    pub fn order(&self, address: Address, key: impl Into<OrderKey>) -> Option<OrderNews> {
        let ((owner, account), key) = (self.state.account_of(address)?, key.into());
        let open = || self.state.markets.iter().flat_map(|market| open_in(market, owner));
        // An order can rest for longer than its account's history reaches.
        account.history.find(key).copied().or_else(|| open().find(|news| news.order.is(key)))
    }

    /// The last 2000 orders of an account, newest first.
    pub fn orders(&self, address: Address) -> impl DoubleEndedIterator<Item = &OrderNews> {
        self.account_of(address).into_iter().flat_map(|account| account.history.all()).rev()
    }

    /// Fills of an account, newest first, 2000 at most.
    pub fn fills(&self, address: Address) -> impl DoubleEndedIterator<Item = &VenueFill> {
        self.account_of(address).into_iter().flat_map(|account| &account.fills).rev()
    }

    /// Funding of an account, newest first, 500 at most.
    pub fn fundings(&self, address: Address) -> impl DoubleEndedIterator<Item = &VenuePayment> {
        self.account_of(address).into_iter().flat_map(|account| &account.fundings).rev()
    }

    /// The address budget of an account; that of a fresh one when it is unknown.
    pub fn rate_limit(&self, address: Address) -> RateLimitView {
        let fresh = RateLimitView { cap: self.config.rules.budget_initial, ..Default::default() };
        self.account_of(address).map_or(fresh, |account| account.budget.view())
    }

    /// What an address is.
    pub fn role(&self, address: Address) -> AddressRole {
        match (self.account_of(address), self.state.master_of(address)) {
            (Some(_), _) => AddressRole::User,
            (None, Some(master)) => AddressRole::Agent(master.address),
            (None, None) => AddressRole::Missing,
        }
    }

    /// The agents of an account that have not lapsed.
    pub fn agents(&self, address: Address) -> Vec<AgentView> {
        let account = self.account_of(address).into_iter();
        account.flat_map(|account| account.live_agents(self.now())).cloned().collect()
    }

    /// Writes the best levels of a market into `frame`: 20 a side, or 5 when `fast`. Gives whether
    /// the market exists.
    pub fn book(&self, asset: AssetId, fast: bool, frame: &mut BookFrame) -> bool {
        let Some(market) = self.market(asset) else { return false };
        market.frame(self.now(), fast, frame);
        true
    }

    /// The best prices of a market.
    pub fn bbo(&self, asset: AssetId) -> Option<Bbo> {
        Some(self.market(asset)?.bbo(self.now()))
    }

    /// Recent trades of a market, newest first.
    pub fn trades(&self, asset: AssetId) -> impl DoubleEndedIterator<Item = &VenueTrade> {
        self.market(asset).into_iter().flat_map(|market| &market.tape.trades).rev()
    }

    /// Minutes of a market, oldest first; the last one is running.
    pub fn candles(&self, asset: AssetId) -> impl DoubleEndedIterator<Item = &Candle> {
        self.market(asset).into_iter().flat_map(|market| &market.tape.candles)
    }

    /// Funding of a market, oldest hour first, 500 at most.
    pub fn funding_history(&self, asset: AssetId) -> impl DoubleEndedIterator<Item = &FundingView> {
        self.market(asset).into_iter().flat_map(|market| &market.premium.hours)
    }

    /// Mark, oracle, funding, interest and volume of a market.
    pub fn context(&self, asset: AssetId) -> Option<ContextView> {
        Some(query::context(&self.state, self.state.market_ix_of(asset)?))
    }

    /// The orders of an account that could increase its position, by side, for `activeAssetData`.
    pub fn resting(&self, address: Address, asset: AssetId) -> [Qty; 2] {
        let owner = self.state.account_of(address).map(|(owner, _)| owner);
        let resting = owner.zip(self.market(asset)).map(|(owner, market)| market.resting(owner));
        resting.unwrap_or_default()
    }

    fn account_of(&self, address: Address) -> Option<&Account> {
        self.state.account_of(address).map(|(_, account)| account)
    }

    fn market(&self, asset: AssetId) -> Option<&Market> {
        self.state.market_ix_of(asset).map(|ix| &self.state.markets[ix])
    }
}

#[cfg(test)]
mod tests;
