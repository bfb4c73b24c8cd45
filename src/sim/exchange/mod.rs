//! The exchange: time, actions and flow in; news out.

pub mod config;

use super::command::{Command, Envelope, Target};
use super::flow::Flow;
use super::output::{FillNews, FundingNews, Output, TradeNews};
use super::view::{
    AccountView, AgentView, Candle, ContextView, FundingView, OrderView, RateLimitView, Role,
};
use crate::market::{Address, AssetId, Bbo, BookFrame};
use crate::num::WallMs;
use config::ExchangeConfig;

/// The exchange in a box. Nothing in it happens by itself: callers move the time with
/// [`Exchange::advance`], in the order of time, and get the news of each block.
#[derive(Debug)]
pub struct Exchange {
    config: ExchangeConfig,
    now: WallMs,
    queue: Vec<Envelope>,
    flows: Vec<Flow>,
}

impl Exchange {
    /// An exchange with no accounts yet.
    #[must_use]
    pub fn new(config: ExchangeConfig) -> Exchange {
        Exchange { now: config.start, config, queue: Vec::new(), flows: Vec::new() }
    }

    /// What it is made of.
    #[must_use]
    pub fn config(&self) -> &ExchangeConfig {
        &self.config
    }

    /// Time of the last block or flow.
    #[must_use]
    pub fn now(&self) -> WallMs {
        self.now
    }

    /// Time of the next block.
    #[must_use]
    pub fn next_block(&self) -> WallMs {
        self.now
    }

    /// Opens and funds an account, as the first question about an address does. An agent's address
    /// never becomes an account. Gives whether it is one.
    pub fn open_account(&mut self, _address: Address) -> bool {
        false
    }

    /// Takes a signed action that arrived at `at`. What is wrong with it as a whole is answered at
    /// once; else it joins the next block.
    pub fn submit(&mut self, _at: WallMs, envelope: Envelope, _out: &mut Vec<Output>) {
        if !matches!(envelope.command, Command::Noop) {
            self.queue.push(envelope);
        }
    }

    /// Takes what other people do. Runs the blocks that are due before it.
    pub fn apply(&mut self, flow: Flow, _out: &mut Vec<Output>) {
        self.flows.push(flow);
    }

    /// Runs the blocks that are due up to and including `to`.
    pub fn advance(&mut self, to: WallMs, _out: &mut Vec<Output>) {
        self.now = to;
    }

    /// Money and positions of an account on a dex (its place in the config).
    #[must_use]
    pub fn account(&self, _address: Address, _dex: usize) -> Option<AccountView> {
        None
    }

    /// Open orders of an account on a dex, oldest first.
    #[must_use]
    pub fn open_orders(&self, _address: Address, _dex: usize) -> Vec<OrderView> {
        Vec::new()
    }

    /// An order of an account, open or of its last 2000; a reused name means the newest.
    #[must_use]
    pub fn order(&self, _address: Address, _which: Target) -> Option<OrderView> {
        None
    }

    /// The orders of an account, newest first.
    #[must_use]
    pub fn orders(&self, _address: Address) -> Vec<OrderView> {
        Vec::new()
    }

    /// Fills of an account, newest first, 2000 at most.
    pub fn fills(&self, _address: Address) -> impl DoubleEndedIterator<Item = &FillNews> {
        [].iter()
    }

    /// Funding of an account, newest first.
    pub fn fundings(&self, _address: Address) -> impl DoubleEndedIterator<Item = &FundingNews> {
        [].iter()
    }

    /// The address budget of an account; that of a fresh one when it is unknown.
    #[must_use]
    pub fn rate_limit(&self, _address: Address) -> RateLimitView {
        RateLimitView::default()
    }

    /// What an address is.
    #[must_use]
    pub fn role(&self, _address: Address) -> Role {
        Role::Missing
    }

    /// The agents of an account.
    #[must_use]
    pub fn agents(&self, _address: Address) -> Vec<AgentView> {
        Vec::new()
    }

    /// Writes the best levels of a market into `frame`: 20 a side, or 5 when `fast`. Gives whether
    /// the market exists.
    pub fn book(&self, _asset: AssetId, _fast: bool, _frame: &mut BookFrame) -> bool {
        false
    }

    /// The best prices of a market.
    #[must_use]
    pub fn bbo(&self, _asset: AssetId) -> Option<Bbo> {
        None
    }

    /// Recent trades of a market, newest first.
    pub fn trades(&self, _asset: AssetId) -> impl DoubleEndedIterator<Item = &TradeNews> {
        [].iter()
    }

    /// Minutes of a market, oldest first; the last one is running.
    pub fn candles(&self, _asset: AssetId) -> impl DoubleEndedIterator<Item = &Candle> {
        [].iter()
    }

    /// Funding of a market, oldest hour first.
    pub fn funding_history(
        &self,
        _asset: AssetId,
    ) -> impl DoubleEndedIterator<Item = &FundingView> {
        [].iter()
    }

    /// Mark, oracle, funding, interest and volume of a market.
    #[must_use]
    pub fn context(&self, _asset: AssetId) -> Option<ContextView> {
        None
    }
}
