//! One session of one quoter in a simulated market, in virtual time, and its score.
//!
//! The quoter hears only what the venue would say. The same seed gives every quoter the same
//! prices and the same taker orders.

mod score;
mod scored_strategy;
#[cfg(test)]
mod tests;

pub use score::{Outcome, dollars};
pub use scored_strategy::ScoredStrategy;

use crate::backtest::session::{LEVERAGE, OneMarket, UNLIMITED};
use crate::engine::{Config, Setup, Sizing};
use crate::market::{AssetId, Spec};
use crate::num::{Nanos, Px, WallMs};
use crate::session::crank;
use crate::session::simulated::{Delays, DirectPort, MarketSource, SimulationError};
use crate::venue::{FillModel, Instrument, Rules, Scenario, World};
use score::Score;

/// When sessions begin: 13:24:02 on 24 February 2026.
const START: WallMs = WallMs::from_ms(1_771_939_442_000);
/// Price of HYPE at the start (SCENARIOS 1).
const PRICE: Px = Px::from_e8(2_620_000_000);
/// Decimals of a size of HYPE.
const SZ_DECIMALS: u32 = 2;
/// From a request to the exchange (SCENARIOS 1).
const ORDER_LATENCY: Nanos = Nanos::from_millis(200);

/// A session to play.
#[derive(Clone, Copy, Debug)]
pub struct SessionSpec {
    /// The scenario that is played.
    pub scenario: Scenario,
    /// The seed of its prices and taker orders.
    pub seed: u64,
    /// How long it lasts, in milliseconds; a world goes on with one session after another.
    pub length_ms: u64,
    /// Whether the request budget holds. The old system had none.
    pub budget: bool,
}

/// What a quoter of a scenario is told before it begins.
///
/// # Panics
/// If the capital is too small for the instrument: the settings are refused before.
pub fn setup(scenario: Scenario, config: Config) -> Setup {
    let ([fee_maker, fee_taker], sz_decimals) = (scenario.fees(), SZ_DECIMALS);
    let (asset, leverage_max) = (AssetId(0), LEVERAGE);
    let spec = Spec { asset, sz_decimals, leverage_max, fee_maker, fee_taker };
    let sizing = Sizing::new(config.capital, config.multiple, &spec, PRICE);
    let sizing = sizing.expect("the capital of a scenario is enough for its instrument");
    Setup::flat(config, spec, sizing, PRICE)
}

/// Plays a session to its end.
///
/// # Errors
/// A table of the quoter fails its checks.
pub fn play(
    session: &SessionSpec,
    setup: &Setup,
    strategy: &mut impl ScoredStrategy,
) -> Result<Outcome, SimulationError> {
    let mut simulation = open(session, setup, rules(session, &setup.config))?;
    let mut score = Score::new(setup, &simulation);
    crank::run(strategy, &mut simulation, |at, strategy, simulation| {
        score.look(at, strategy, simulation)
    })?;
    Ok(score.outcome())
}

/// The venue with its people, before anything has happened.
fn open(session: &SessionSpec, setup: &Setup, rules: Rules) -> Result<DirectPort, SimulationError> {
    let SessionSpec { scenario, seed, length_ms, .. } = *session;
    let instrument = Instrument { spec: setup.spec, px: setup.mark };
    let world = Box::new(World::new(scenario, seed, START, instrument));
    let (coin, fill_model) = ("HYPE", FillModel::Synthetic);
    let market = OneMarket { coin, seed, start: START, rules, fill_model };
    let delays = Delays { order: ORDER_LATENCY, feed: Nanos::ZERO };
    market.open(setup, MarketSource::World(world, START.plus_ms(length_ms)), delays)
}

/// The venue's rules in a scenario.
fn rules(session: &SessionSpec, config: &Config) -> Rules {
    Rules {
        // The steady state: what was traded within the hour, and the little it takes to begin.
        budget_initial: if session.budget { u64::from(config.budget.grace) } else { UNLIMITED },
        budget_hourly: session.budget,
        funding: false,
        liquidation: false,
        ..Rules::default()
    }
}
