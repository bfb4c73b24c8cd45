//! What each protection is worth: alone, and missing from the full set.

use super::{Figures, Quoting, ScenarioJob, run};
use crate::engine::Config;
use crate::num::fix::Q44_ONE;
use crate::num::{Lots, Q24};
use crate::session::simulated::SimulationError;
use serde_json::{Value, json};

/// The least risk aversion of the table's domain (MODEL 1.1): next to no skew.
const G_LEAST_Q44: i64 = Q44_ONE / 10_000;
/// A size that nothing reaches.
const NEVER: Lots = Lots::from_int(1 << 30);
/// A time that no session reaches: thirty years.
const FOR_EVER_MS: u64 = 1_000_000_000_000;

/// A protection that can be switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Inventory moves the quotes.
    Skew,
    /// The adding side stands further out than the reducing one.
    Asymmetry,
    /// Quotes follow a trend against the position.
    Drift,
    /// A side that was swept stays away.
    Cascade,
    /// One side rests no more than a sweep may cost, and less with inventory.
    Caps,
    /// The kill switch and its flattening.
    Kill,
}

impl Protection {
    /// Every protection, in the order of the table's rows.
    pub const ALL: [Protection; 6] = [
        Protection::Skew,
        Protection::Asymmetry,
        Protection::Drift,
        Protection::Cascade,
        Protection::Caps,
        Protection::Kill,
    ];

    pub fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// The settings without it.
    pub fn without(self, mut config: Config) -> Config {
        match self {
            Protection::Skew => config.g_q44 = G_LEAST_Q44,
            Protection::Asymmetry => {
                (config.shape.wrong_side, config.shape.reducing_side) = (Q24::ZERO, Q24::ZERO);
            }
            Protection::Drift => {
                let shape = &mut config.shape;
                (shape.rho_base, shape.rho_min, shape.rho_max) = (Q24::ZERO, Q24::ZERO, Q24::ZERO);
            }
            Protection::Cascade => {
                let cascade = &mut config.cascade;
                (cascade.widen_fills, cascade.suppress_fills) = (usize::MAX, usize::MAX);
                (cascade.widen_size, cascade.suppress_size) = (NEVER, NEVER);
                cascade.ladder_orders = usize::MAX;
                config.flow.warm_ms = FOR_EVER_MS;
            }
            Protection::Caps => {
                (config.size.resting_cap, config.size.adding_slope) = (Q24::ONE, Q24::ZERO);
            }
            Protection::Kill => {
                let kill = &mut config.kill;
                (kill.drawdown_soft_ppm, kill.drawdown_hard_ppm) = (u32::MAX, u32::MAX);
                kill.loss_hard_ppm = u32::MAX;
            }
        }
        config
    }
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct AblationRow {
    /// Which protections there are, in words.
    pub name: String,
    pub figures: Figures,
}

/// The whole table: none, each alone, all but each, all. `done` hears of every session.
///
/// # Errors
/// As [`run`].
pub fn table(
    job: &ScenarioJob,
    done: &(impl Fn() + Sync),
) -> Result<Vec<AblationRow>, SimulationError> {
    let missing = |gone: &dyn Fn(Protection) -> bool| {
        let gone = Protection::ALL.into_iter().filter(|&fix| gone(fix));
        gone.fold(job.config, |config, fix| fix.without(config))
    };
    let mut rows = vec![("none".to_owned(), missing(&|_| true))];
    rows.extend(
        Protection::ALL.map(|one| (format!("only {}", one.name()), missing(&|fix| fix != one))),
    );
    rows.extend(
        Protection::ALL.map(|one| (format!("no {}", one.name()), missing(&|fix| fix == one))),
    );
    rows.push(("all".to_owned(), job.config));
    let play = |(name, config)| {
        let figures = run(&ScenarioJob { config, ..*job }, &[Quoting::Engine], done)?;
        Ok(AblationRow { name, figures })
    };
    rows.into_iter().map(play).collect()
}

/// Sessions that [`table`] plays for each seed.
pub const fn rows() -> u64 {
    2 * Protection::ALL.len() as u64 + 2
}

/// The table as JSON: one object a row, with the figures of ACCEPTANCE.
pub fn json(job: &ScenarioJob, rows: &[AblationRow]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| json!({"fixes": row.name, "engine": row.figures.json()["arms"]["engine"]}))
        .collect();
    json!({
        "schema": 1,
        "scenario": job.scenario.name(),
        "seeds": job.seeds,
        "first_seed": job.first_seed,
        "ablation": rows,
    })
}
