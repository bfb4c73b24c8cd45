//! `evenkeel scenario`: many seeded sessions and their figures.

use crate::backtest::scenario::{
    Figures, Quoting, ScenarioJob, StrategyResults, ablation, run as play,
};
use crate::cli::print::bar;
use crate::cli::words::scenario;
use crate::cli::{Exit, Failure};
use crate::engine::Config;
use crate::venue::Scenario;
use clap::{Args, ValueEnum};

/// What the engine can be compared with here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Compare {
    /// The system it replaces.
    AsWas,
}

/// Play a seeded market many times, and tell how the engine fared.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 played   2 bad arguments\n\
                        EXAMPLE  evenkeel scenario trend --seeds 400 --compare as-was --json")]
pub struct ScenarioArgs {
    /// The market: feb24, trend, walk, ...
    #[arg(value_parser = scenario)]
    name: Scenario,
    /// How many sessions to play.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seeds: u64,
    /// The seed of the first one; the others follow.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=u64::MAX / 2))]
    first_seed: u64,
    /// Hours of each session, one world going on into the next; 25 minutes when not given.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    hours: Option<u64>,
    /// Another quoter on the same seeds.
    #[arg(long, value_enum)]
    compare: Option<Compare>,
    /// Instead: every protection alone, and every one missing.
    #[arg(long, conflicts_with = "compare")]
    ablation: bool,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// Plays; refuses settings whose table fails its checks.
pub fn run(args: &ScenarioArgs) -> Result<(), Failure> {
    let ScenarioArgs { name, seeds, first_seed, hours, .. } = *args;
    let job = ScenarioJob { scenario: name, seeds, first_seed, hours, config: Config::default() };
    let failed = Failure::of(Exit::Config);
    let object = if args.ablation {
        let bar = bar(seeds * ablation::rows(), "sessions");
        let rows = ablation::table(&job, &|| bar.inc(1)).map_err(failed)?;
        bar.finish_and_clear();
        rows.iter().for_each(|row| row.figures.results.iter().for_each(|one| tell(&row.name, one)));
        ablation::json(&job, &rows)
    } else {
        let strategies = match args.compare {
            Some(Compare::AsWas) => &[Quoting::Engine, Quoting::AsWas][..],
            None => &[Quoting::Engine],
        };
        let bar = bar(seeds * strategies.len() as u64, "sessions");
        let figures = play(&job, strategies, &|| bar.inc(1)).map_err(failed)?;
        bar.finish_and_clear();
        tell_all(&figures);
        figures.json()
    };
    if args.json {
        tell!("{object}");
    }
    Ok(())
}

fn tell_all(figures: &Figures) {
    figures.results.iter().for_each(|one| tell(one.who.name(), one));
    if let Some(pairs) = figures.pairs() {
        say!("paired: {:+.3} dollars (se {:.3})", pairs.better_usd, pairs.error_usd);
    }
}

fn tell(name: &str, result: &StrategyResults) {
    let (pnl, end) = (result.spread(|o| o.pnl_usd), result.spread(|o| 100.0 * o.end_q.abs()));
    let drawdown = result.spread(|o| 100.0 * o.drawdown);
    say!(
        "{name:14} pnl {:+.3} dollars (sd {:.3}, min {:+.2}), end {:.1} % of the limit (p95 {:.1}), \
         drawdown {:.2} % (p95 {:.2}), {:.1} fills, {:.2} requests a dollar",
        pnl.mean,
        pnl.sd,
        pnl.min,
        end.mean,
        end.p95,
        drawdown.mean,
        drawdown.p95,
        result.spread(|o| o.fills).mean,
        result.requests_per_usd(),
    );
}
