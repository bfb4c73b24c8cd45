//! Floor 6: words in, words out.

pub mod error;
pub mod run;

use clap::{Parser, Subcommand};
pub use error::{Exit, Failure};

/// A market maker for Hyperliquid perpetuals that a trader can leave alone with money.
///
/// Without a command it makes a market on an embedded exchange for two minutes: no keys, no network,
/// nothing to prepare. Ctrl+C ends it in good order.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, about, long_about, max_term_width = 100)]
#[command(after_help = "EXAMPLE  evenkeel run --for 60s --plain --json")]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a market.
    Run(run::live::RunArgs),
    /// Turn a recorded session or a recorded market through this build.
    Replay(run::replay::ReplayArgs),
    /// Serve the simulated exchange on loopback, for other people's clients.
    Venue(run::venue::VenueArgs),
}

/// Does what the words say, and gives the process's exit code.
#[must_use]
pub fn main(words: impl Iterator<Item = std::ffi::OsString>) -> u8 {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to do when the terminal is gone.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.code() } else { Exit::Ok.code() };
        }
    };
    let command = cli.command.unwrap_or_else(|| Command::Run(run::live::RunArgs::default()));
    let done = match command {
        Command::Run(args) => run::live::run(&args),
        Command::Replay(args) => run::replay::run(&args),
        Command::Venue(args) => run::venue::run(&args),
    };
    match done {
        Ok(()) => Exit::Ok.code(),
        Err(failure) => {
            eprintln!("evenkeel: {failure}");
            failure.exit.code()
        }
    }
}
