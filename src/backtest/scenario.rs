//! Many sessions of one scenario, the engine beside the system it replaces, pair by pair.

pub mod ablation;
mod figures;
#[cfg(test)]
mod tests;

pub use figures::{Figures, Pairs, Spread, StrategyResults};

use crate::backtest::as_was::{AsWas, AsWasConfig};
use crate::backtest::runner::{Outcome, QuoterSetup, SessionSpec, play};
use crate::engine::{Config, Engine, Setup};
use crate::session::simulated::SimulationError;
use crate::venue::Scenario;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Milliseconds of an hour.
const HOUR_MS: u64 = 3_600_000;

/// Who quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quoting {
    /// This engine.
    Engine,
    /// The system it replaces.
    AsWas,
}

impl Quoting {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Quoting::Engine => "engine",
            Quoting::AsWas => "as-was",
        }
    }
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioJob {
    /// The market.
    pub scenario: Scenario,
    /// How many sessions.
    pub seeds: u64,
    /// The first one's seed; the others follow.
    pub first_seed: u64,
    /// Hours of each session; those of the scenario when not given.
    pub hours: Option<u64>,
    /// The engine's settings; capital and limits hold for both.
    pub config: Config,
}

/// Plays the sessions of `ask` with each of `arms`, on all cores. `done` hears of each session that
/// is over, from the thread that played it.
///
/// The result does not depend on how many cores there are.
///
/// # Errors
/// The settings make a table that fails its checks.
pub fn run(
    ask: &ScenarioJob,
    arms: &[Quoting],
    done: &(impl Fn() + Sync),
) -> Result<Figures, SimulationError> {
    let play = |&who: &Quoting| {
        let outcomes = sessions(ask, |seed| session(ask, seed, who), done)?;
        Ok(StrategyResults { who, outcomes })
    };
    let arms = arms.iter().map(play).collect::<Result<_, SimulationError>>()?;
    Ok(Figures { scenario: ask.scenario, seeds: ask.seeds, first_seed: ask.first_seed, arms })
}

/// One session.
///
/// # Errors
/// As [`run`].
pub fn session(ask: &ScenarioJob, seed: u64, who: Quoting) -> Result<Outcome, SimulationError> {
    let stage = QuoterSetup::new(ask.scenario, &ask.config);
    let length_ms = ask.hours.map_or(ask.scenario.length_ms(), |hours| hours * HOUR_MS);
    let terms =
        SessionSpec { scenario: ask.scenario, seed, length_ms, budget: who == Quoting::Engine };
    match who {
        Quoting::Engine => {
            let setup = Setup::flat(ask.config, stage.spec, stage.sizing, stage.px);
            let mut engine = Box::new(Engine::new(setup));
            play(&terms, &stage, &ask.config, &mut *engine)
        }
        Quoting::AsWas => {
            let mut as_was = AsWas::quoter(as_was(&stage, ask.scenario), stage.capital);
            play(&terms, &stage, &ask.config, &mut as_was)
        }
    }
}

/// What the old system traded.
fn as_was(stage: &QuoterSetup, scenario: Scenario) -> AsWasConfig {
    let sizes = if scenario == Scenario::Feb24 {
        AsWasConfig::feb24_sizes()
    } else {
        AsWasConfig::lots(stage.sizing.lot)
    };
    let position_max = stage.sizing.position_max;
    AsWasConfig { coin: stage.coin, spec: stage.spec, sizes, position_max }
}

/// Plays sessions on all cores; outcomes come in the order of their seeds.
fn sessions(
    ask: &ScenarioJob,
    one: impl Fn(u64) -> Result<Outcome, SimulationError> + Sync,
    done: &(impl Fn() + Sync),
) -> Result<Vec<Outcome>, SimulationError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(0);
    let work = || {
        let mut played = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if ask.seeds <= number {
                return played;
            }
            played.push((number, one(ask.first_seed + number)));
            done();
        }
    };
    let mut all: Vec<(u64, Result<Outcome, SimulationError>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().flat_map(join).collect()
    });
    all.sort_unstable_by_key(|&(number, _)| number);
    all.into_iter().map(|(_, outcome)| outcome).collect()
}
