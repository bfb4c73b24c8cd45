//! How every session in virtual time is set up: an exchange with one market, our account with the
//! capital in it, and the delays between the two.

use crate::engine::Setup;
use crate::market::Address;
use crate::num::WallMs;
use crate::num::time::MS_NS;
use crate::session::simulated::{Delays, DirectPort, DirectSetup, MarketSource, SimulationError};
use crate::venue::{Exchange, ExchangeConfig, FillModel, MarketConfig, Rules};

/// The account that trades. Nobody signs in virtual time, so any address will do.
pub const ACCOUNT: Address = Address([7; 20]);
/// Leverage of that account: twice what is used.
pub(super) const LEVERAGE: u32 = 10;
/// Requests that an account which asks for no limit may make.
pub const UNLIMITED: u64 = u64::MAX / 4;

/// A venue with one market, before anything has happened.
pub(super) struct OneMarket<'a> {
    pub(super) coin: &'a str,
    pub(super) seed: u64,
    pub(super) start: WallMs,
    pub(super) rules: Rules,
    pub(super) fill_model: FillModel,
}

impl OneMarket<'_> {
    /// The session that `setup` describes on this market, which is moved by `source`.
    ///
    /// # Errors
    /// The recording behind `source` is damaged.
    pub(super) fn open(
        self,
        setup: &Setup,
        source: MarketSource,
        delays: Delays,
    ) -> Result<DirectPort, SimulationError> {
        let OneMarket { coin, seed, start, rules, fill_model } = self;
        let mut config = ExchangeConfig { rules, ..ExchangeConfig::bare(seed, start) };
        config.dexes[0].deposit = setup.config.capital;
        let (name, spec, mark) = (coin.to_owned(), setup.spec, setup.mark);
        config.markets.push(MarketConfig { name, dex: 0, spec, mark, fill_model });
        let mut exchange = Exchange::new(config);
        assert!(exchange.open_account(ACCOUNT), "a fresh exchange opens any account");
        let start_ns = start.ms() * MS_NS;
        DirectPort::new(DirectSetup {
            exchange,
            account: ACCOUNT,
            dex: 0,
            source,
            start_ns,
            delays,
        })
    }
}
