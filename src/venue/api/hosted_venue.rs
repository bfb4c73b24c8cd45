//! The exchange with the source of background flow, and its markets by name and number.

use crate::market::AssetId;
use crate::num::WallMs;
use crate::venue::{DexConfig, Exchange, ExchangeConfig, MarketConfig, MarketEvent, Output};

/// Appends the market events up to a block's time; times never decrease.
pub type FlowSource = Box<dyn FnMut(WallMs, &mut Vec<MarketEvent>) + Send>;

pub struct HostedVenue {
    pub exchange: Exchange,
    flow_source: FlowSource,
}

impl HostedVenue {
    pub fn new(config: ExchangeConfig, flow_source: FlowSource) -> HostedVenue {
        HostedVenue { exchange: Exchange::new(config), flow_source }
    }

    /// Runs the next block if it is due; gives whether it was, and adds its news to `out`.
    pub fn run_block(&mut self, now: WallMs, out: &mut Vec<Output>) -> bool {
        let block = self.exchange.next_block();
        if now < block {
            return false;
        }
        let mut flows = Vec::new();
        (self.flow_source)(block, &mut flows);
        for flow in flows {
            self.exchange.apply(flow, out);
        }
        self.exchange.advance(block, out);
        true
    }

    pub fn market(&self, name: &str) -> Option<&MarketConfig> {
        self.exchange.config().markets.iter().find(|market| market.name == name)
    }

    pub fn market_of(&self, asset: AssetId) -> Option<&MarketConfig> {
        self.exchange.config().markets.iter().find(|market| market.spec.asset == asset)
    }

    /// The name of a market; the exchange never speaks of one it does not have.
    pub fn name_of(&self, asset: AssetId) -> &str {
        self.market_of(asset).map_or("?", |market| &market.name)
    }

    /// All markets of a dex, in the order of their numbers.
    pub fn universe(&self, dex: usize) -> impl Iterator<Item = &MarketConfig> {
        self.exchange.config().markets.iter().filter(move |market| market.dex == dex)
    }

    /// The place of a dex; the first one has the empty name.
    pub fn dex(&self, name: &str) -> Option<usize> {
        self.dexes().iter().position(|dex| dex.name == name)
    }

    pub fn dexes(&self) -> &[DexConfig] {
        &self.exchange.config().dexes
    }

    /// The name of the token in which a market pays fees.
    pub fn token_of(&self, asset: AssetId) -> &str {
        self.market_of(asset).map_or("USDC", |market| &self.dexes()[market.dex].token_name)
    }
}
