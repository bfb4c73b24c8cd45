//! One session of one quoter in a simulated market, in virtual time, and its score.
//!
//! The quoter hears only what the venue would say. The same seed gives every quoter the same
//! prices and the same taker orders.

mod score;
mod scored_strategy;
#[cfg(test)]
mod tests;

pub use score::Outcome;
pub use scored_strategy::ScoredStrategy;

use crate::engine::{Config, Sizing};
use crate::market::{Address, CoinIx, Spec};
use crate::num::unit::E8;
use crate::num::{Nanos, Px, Usd, WallMs};
use crate::session::crank;
use crate::session::simulated::{self, Delays, DirectPort, MarketSource, SimulationError};
use crate::venue::{Exchange, ExchangeConfig, Instrument, Rules, Scenario, World};
use score::Score;

/// When sessions begin: 13:24:02 on 24 February 2026.
const START: WallMs = WallMs::from_ms(1_771_939_442_000);
/// Price of HYPE at the start (SCENARIOS 1).
const PRICE: Px = Px::from_e8(2_620_000_000);
/// Decimals of a size of HYPE.
const SZ_DECIMALS: u32 = 2;
/// Leverage.
const LEVERAGE: u32 = 10;
/// From a request to the exchange (SCENARIOS 1).
const ORDER_LATENCY: Nanos = Nanos::from_millis(200);
/// Nanoseconds in a millisecond.
const MS_NS: u64 = 1_000_000;
/// The coin.
const COIN: &str = "HYPE";
/// The account.
const ACCOUNT: Address = Address([0x42; 20]);
/// Requests that an account which asks for no limit may make.
pub const UNLIMITED: u64 = u64::MAX / 4;

/// A session to play.
#[derive(Clone, Copy, Debug)]
pub struct SessionSpec {
    /// The market.
    pub scenario: Scenario,
    /// Its seed.
    pub seed: u64,
    /// How long it lasts, in milliseconds; a world goes on with one session after another.
    pub length_ms: u64,
    /// Whether the request budget holds. The old system had none.
    pub budget: bool,
}

/// What a quoter is told before it begins.
#[derive(Clone, Copy, Debug)]
pub struct QuoterSetup {
    /// The coin's index in events.
    pub coin: CoinIx,
    /// Rules and fees of the instrument.
    pub spec: Spec,
    /// Order size and position limit.
    pub sizing: Sizing,
    /// The price at the start.
    pub px: Px,
    /// The money there is.
    pub capital: Usd,
}

impl QuoterSetup {
    /// The stage of a scenario under `config`.
    ///
    /// # Panics
    /// If the capital is too small for the instrument: the settings are refused before.
    pub fn new(scenario: Scenario, config: &Config) -> QuoterSetup {
        let [fee_maker, fee_taker] = scenario.fees();
        let mut exchange = ExchangeConfig::bare(0, START);
        let asset = exchange.add(0, COIN, SZ_DECIMALS, LEVERAGE, PRICE);
        let spec =
            Spec { asset, sz_decimals: SZ_DECIMALS, leverage_max: LEVERAGE, fee_maker, fee_taker };
        let sizing = Sizing::new(config.capital, config.multiple, &spec, PRICE);
        let sizing = sizing.expect("the capital of a scenario is enough for its instrument");
        QuoterSetup { coin: CoinIx(0), spec, sizing, px: PRICE, capital: config.capital }
    }
}

/// Plays a session to its end.
///
/// # Errors
/// A table of the quoter fails its checks.
pub fn play(
    terms: &SessionSpec,
    stage: &QuoterSetup,
    config: &Config,
    quoter: &mut impl ScoredStrategy,
) -> Result<Outcome, SimulationError> {
    let rules = exchange(stage, terms.seed, terms.budget.then_some(config));
    let mut simulation = simulation(terms, stage, rules);
    let mut score = Score::new(stage, config, &simulation);
    crank::run(quoter, &mut simulation, |at, quoter, simulation| {
        score.look(at, quoter, simulation)
    })?;
    Ok(score.outcome())
}

/// The venue with its people, before anything has happened.
fn simulation(terms: &SessionSpec, stage: &QuoterSetup, config: ExchangeConfig) -> DirectPort {
    let SessionSpec { scenario, seed, length_ms, .. } = *terms;
    let mut exchange = Exchange::new(config);
    exchange.open_account(ACCOUNT);
    let ground = Instrument { spec: stage.spec, px: stage.px };
    let world = Box::new(World::new(scenario, seed, START, ground));
    DirectPort::new(simulated::DirectSetup {
        exchange,
        account: ACCOUNT,
        dex: 0,
        source: MarketSource::World(world, START.plus_ms(length_ms)),
        start_ns: START.ms() * MS_NS,
        delays: Delays { order: ORDER_LATENCY, feed: Nanos::ZERO },
    })
    .expect("a synthetic crowd reads no file")
}

/// The exchange of a stage: one market, one dex, the capital in it.
fn exchange(stage: &QuoterSetup, seed: u64, budget: Option<&Config>) -> ExchangeConfig {
    let mut config = ExchangeConfig::bare(seed, START);
    config.add(0, COIN, stage.spec.sz_decimals, stage.spec.leverage_max, stage.px);
    config.markets[0].spec = stage.spec;
    config.dexes[0].deposit = stage.capital;
    config.rules = Rules {
        // The steady state: what was traded within the hour, and the little it takes to begin.
        budget_initial: budget.map_or(UNLIMITED, |config| u64::from(config.budget.grace)),
        budget_hourly: budget.is_some(),
        funding: false,
        liquidation: false,
        ..Rules::default()
    };
    config
}

/// Dollars in a whole.
fn dollars(usd: Usd) -> f64 {
    usd.e8() as f64 / E8 as f64
}
