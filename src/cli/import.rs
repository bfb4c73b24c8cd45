//! `evenkeel import`: turns a recording into a journal that replays faster.

use crate::backtest::recording::import;
use crate::cli::page::rate;
use crate::cli::{Exit, Failure};
use crate::host::Clock;
use clap::Args;
use std::path::PathBuf;

/// Turn a recorded market into a journal, decoded and checked once: a replay of it is faster.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 imported   2 unreadable, not sound, or the journal exists\n\
                        EXAMPLE  evenkeel import market.jsonl.gz market.journal")]
pub struct ImportArgs {
    /// Messages of the venue, one a line, gzipped (.jsonl.gz).
    file: PathBuf,
    /// The journal to make; it must not exist.
    journal: PathBuf,
    /// The coin, where the file holds several.
    #[arg(long)]
    coin: Option<String>,
}

/// Imports a sound recording into a journal that is not there yet.
pub fn run(args: &ImportArgs) -> Result<(), Failure> {
    let clock = Clock::start();
    let began = clock.mono();
    let facts = import(&args.file, args.coin.as_deref(), &args.journal)
        .map_err(Failure::of(Exit::Usage))?;
    let speed = rate(facts.messages(), clock.mono().since(began));
    say!(
        "evenkeel: {} messages of {} imported into {}, {speed:.0} a second",
        facts.messages(),
        facts.coin,
        args.journal.display()
    );
    Ok(())
}
