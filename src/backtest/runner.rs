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

use crate::backtest::session::{LEVERAGE, SharedWorld, UNLIMITED};
use crate::engine::{Config, Setup, Sizing};
use crate::market::Spec;
use crate::market::event::Command;
use crate::num::{Nanos, Px, Usd, WallMs};
use crate::session::crank;
use crate::session::port::Port;
use crate::session::simulated::{
    Delays, DirectPort, DirectSetup, MarketSource, Network, PortSetup, SimulatedPort,
    SimulationError, VenueTruth,
};
use crate::venue::api::{FlowSource, PushIntervals, RateLimits, ServiceConfig};
use crate::venue::world::ScenarioVenue;
use crate::venue::{ExchangeConfig, Instrument, Rules, Scenario, World};
use crate::wire::{Signer, Source};
use score::Score;
use std::sync::{Arc, Mutex, PoisonError};

/// When sessions begin: 13:24:02 on 24 February 2026.
const START: WallMs = WallMs::from_ms(1_771_939_442_000);
/// Price of HYPE at the start (SCENARIOS 1).
const PRICE: Px = Px::from_e8(2_620_000_000);
/// Decimals of a size of HYPE.
const SZ_DECIMALS: u32 = 2;
/// From a request to the exchange, and back (SCENARIOS 1).
const DELAYS: Delays = Delays { order: Nanos::from_millis(200), feed: Nanos::ZERO };
/// The key of everybody who trades in virtual time.
const SECRET: [u8; 32] = [7; 32];

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

/// A session before its first event.
pub struct ScenarioSession<P> {
    /// What a quoter begins with.
    pub setup: Setup,
    port: P,
    world: SharedWorld,
}

impl ScenarioSession<SimulatedPort> {
    /// A session like a live one: in bytes, with everything read from the venue.
    ///
    /// # Errors
    /// The capital is too small for the instrument.
    pub fn open(session: &SessionSpec, config: Config) -> Result<Self, SimulationError> {
        ScenarioSession::with_rules(session, config, rules(session, &config))
    }

    fn with_rules(
        session: &SessionSpec,
        config: Config,
        rules: Rules,
    ) -> Result<Self, SimulationError> {
        let exchange = exchange(session, config.capital, rules);
        let (world, flow_source) = world(session, exchange.markets[0].spec);
        let service = ServiceConfig {
            exchange,
            flow_source,
            network: Some(Source::Testnet),
            rate_limits: RateLimits::NONE,
            push_intervals: PushIntervals::VENUE,
        };
        let signer = Signer::new(&SECRET, Source::Testnet).expect("a sound key");
        let mut network = Network::new(service, signer.address(), START, DELAYS, None);
        let bootstrap = network.bootstrap(session.scenario.venue().coin)?;
        let setup = bootstrap.setup(config, session.seed).map_err(SimulationError::Capital)?;
        let until = START.plus_ms(session.length_ms);
        let (seed, nonce_after) = (session.seed, 0);
        let port = PortSetup {
            secret: SECRET,
            until,
            killed: None,
            last_command: Command::Abandon,
            seed,
            nonce_after,
            files: None,
        };
        let port = SimulatedPort::new(network, &bootstrap, port);
        Ok(ScenarioSession { setup, port, world })
    }
}

impl ScenarioSession<DirectPort> {
    /// A session in structures: for sweeps, more than twice as fast.
    ///
    /// # Errors
    /// The capital is too small for the instrument.
    pub fn direct(session: &SessionSpec, config: Config) -> Result<Self, SimulationError> {
        let exchange = exchange(session, config.capital, rules(session, &config));
        let spec = exchange.markets[0].spec;
        let sizing = Sizing::new(config.capital, config.multiple, &spec, PRICE)
            .map_err(SimulationError::Capital)?;
        let (world, flow_source) = world(session, spec);
        let port = DirectPort::open(DirectSetup {
            exchange,
            source: MarketSource::World(flow_source, START.plus_ms(session.length_ms)),
            delays: DELAYS,
        })?;
        Ok(ScenarioSession { setup: Setup::flat(config, spec, sizing, PRICE), port, world })
    }
}

impl<P: VenueTruth> ScenarioSession<P> {
    /// Plays it to its end.
    ///
    /// # Errors
    /// A table of the quoter fails its checks.
    pub fn play<S: ScoredStrategy>(self, strategy: &mut S) -> Result<Outcome, SimulationError>
    where
        P: Port<S, Error = SimulationError>,
    {
        self.play_on(strategy).map(|(outcome, _)| outcome)
    }

    /// As [`ScenarioSession::play`]; the venue is given back as the session left it.
    fn play_on<S: ScoredStrategy>(
        mut self,
        strategy: &mut S,
    ) -> Result<(Outcome, P), SimulationError>
    where
        P: Port<S, Error = SimulationError>,
    {
        let mut score = Score::new(&self.setup, self.world);
        crank::run(strategy, &mut self.port, |at, strategy, port| score.look(at, strategy, port))?;
        Ok((score.outcome(), self.port))
    }
}

/// The world of a session, and what the venue asks it in every block.
fn world(session: &SessionSpec, spec: Spec) -> (SharedWorld, FlowSource) {
    let instrument = Instrument { spec, px: PRICE };
    let world = World::new(session.scenario, session.seed, START, instrument);
    let world = Arc::new(Mutex::new(world));
    let asked = Arc::clone(&world);
    let next = move |block, flows: &mut Vec<_>| {
        asked.lock().unwrap_or_else(PoisonError::into_inner).next(block, flows);
    };
    (world, Box::new(next))
}

/// The venue of a session: one market, and accounts that open with the capital.
fn exchange(session: &SessionSpec, capital: Usd, rules: Rules) -> ExchangeConfig {
    let ScenarioVenue { dex, coin, referral_discount_e8 } = session.scenario.venue();
    let bare = ExchangeConfig::bare(session.seed, START);
    let mut config = ExchangeConfig { rules, referral_discount_e8, ..bare };
    config.dexes.iter_mut().for_each(|dex| dex.deposit = capital);
    config.add(dex, coin, SZ_DECIMALS, LEVERAGE, PRICE);
    config
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
