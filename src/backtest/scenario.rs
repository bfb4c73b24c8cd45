//! Many sessions of one scenario, the engine beside the system it replaces, pair by pair.

pub mod ablation;
mod figures;
#[cfg(test)]
mod tests;

pub use figures::{Figures, StrategyResults};

use crate::backtest::as_was::AsWas;
use crate::backtest::baseline::BaselineStrategy;
use crate::backtest::runner::{Outcome, ScenarioSession, SessionSpec};
use crate::engine::{Config, Engine};
use crate::num::time::HOUR_MS;
use crate::session::simulated::SimulationError;
use crate::venue::Scenario;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// The quoter that trades a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quoting {
    Engine,
    /// The system it replaces.
    AsWas,
}

impl Quoting {
    pub const fn name(self) -> &'static str {
        match self {
            Quoting::Engine => "engine",
            Quoting::AsWas => "as-was",
        }
    }
}

/// A batch of sessions to play.
#[derive(Clone, Copy, Debug)]
pub struct ScenarioJob {
    pub scenario: Scenario,
    pub seeds: u64,
    /// The first one's seed; the others follow.
    pub first_seed: u64,
    /// Hours of each session; those of the scenario when not given.
    pub hours: Option<u64>,
    /// The engine's settings; capital and limits hold for both.
    pub config: Config,
}

/// Plays the sessions of `job` with each of `strategies`, on all cores. `done` hears of each session that
/// is over, from the thread that played it.
///
/// The result does not depend on how many cores there are.
///
/// # Errors
/// The settings make a table that fails its checks.
pub fn run(
    job: &ScenarioJob,
    strategies: &[Quoting],
    done: &(impl Fn() + Sync),
) -> Result<Figures, SimulationError> {
    let play = |&who: &Quoting| {
        let outcomes = sessions(job, |seed| session(job, seed, who), done)?;
        Ok(StrategyResults { who, outcomes })
    };
    let results = strategies.iter().map(play).collect::<Result<_, SimulationError>>()?;
    Ok(Figures { scenario: job.scenario, seeds: job.seeds, first_seed: job.first_seed, results })
}

/// One session.
///
/// # Errors
/// As [`run`].
pub fn session(job: &ScenarioJob, seed: u64, who: Quoting) -> Result<Outcome, SimulationError> {
    let ScenarioJob { scenario, hours, config, .. } = *job;
    let length_ms = hours.map_or(scenario.length_ms(), |hours| hours * HOUR_MS);
    let session = SessionSpec { scenario, seed, length_ms, budget: who == Quoting::Engine };
    let session = ScenarioSession::open(&session, config)?;
    let setup = session.setup;
    match who {
        Quoting::Engine => session.play(&mut *Box::new(Engine::new(setup))),
        Quoting::AsWas => {
            let sizes = if scenario == Scenario::Feb24 {
                AsWas::feb24_sizes()
            } else {
                AsWas::lots(setup.sizing.lot)
            };
            let mut as_was = BaselineStrategy::new(&setup, AsWas::new(&setup, sizes));
            session.play(&mut as_was)
        }
    }
}

/// Plays sessions on all cores; outcomes come in the order of their seeds.
fn sessions(
    job: &ScenarioJob,
    one: impl Fn(u64) -> Result<Outcome, SimulationError> + Sync,
    done: &(impl Fn() + Sync),
) -> Result<Vec<Outcome>, SimulationError> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(0);
    let work = || {
        let mut played = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if job.seeds <= number {
                return played;
            }
            played.push((number, one(job.first_seed + number)));
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
