//! Floor 7: the command line. Parses arguments, runs commands, prints results.

#[macro_use]
mod print;

mod config;
mod error;
mod explain;
mod import;
mod page;
mod replay;
mod report;
mod resume;
mod run;
mod scenario;
mod selftest;
mod show;
mod simulate;
mod tune;
mod venue;
mod words;

use clap::{Parser, Subcommand};
use error::{Exit, Failure};

/// A market maker for Hyperliquid perpetuals that a trader can leave alone with money.
///
/// Without a command it makes a market on an embedded exchange for two minutes: no keys, no network,
/// nothing to prepare. Ctrl+C ends it in good order.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, about, long_about, max_term_width = 100)]
#[command(after_help = "EXAMPLE  evenkeel run --for 60s --plain --json")]
struct Cli {
    #[command(subcommand)]
    command: Option<CliCommand>,
}

/// The commands, one variant each.
#[derive(Debug, Subcommand)]
enum CliCommand {
    /// Make a market in one coin.
    Run(run::RunArgs),
    /// Turn a recorded session or a recorded market through this build.
    Replay(replay::ReplayArgs),
    /// Turn a recorded market into a journal, which replays faster.
    Import(import::ImportArgs),
    /// Serve the simulated exchange on loopback, for other people's clients.
    Venue(venue::VenueArgs),
    /// Play a seeded market many times.
    Scenario(scenario::ScenarioArgs),
    /// Play sessions in which everything goes wrong, and look at what must hold.
    Simulate(simulate::SimulateArgs),
    /// Say how a quote came about, component by component.
    Explain(explain::ExplainArgs),
    /// Check this build against vectors that others computed.
    Selftest(selftest::SelftestArgs),
    /// Write a session's HTML report anew, from its journal.
    Report(report::ReportArgs),
    /// Let a coin be traded again after risk has halted it.
    Resume(resume::ResumeArgs),
    /// Check the machine's settings, or print a script that sets them.
    Tune(tune::TuneArgs),
    /// Check, show or begin a configuration.
    Config(config::ConfigArgs),
}

/// Runs the command that the arguments name, and returns the process's exit code.
pub fn main(words: impl Iterator<Item = std::ffi::OsString>) -> u8 {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error),
    };
    let bare = || Cli::parse_from(["evenkeel", "run", "--plain"]).command;
    let command = cli.command.or_else(bare).expect("these words name one");
    let done = match command {
        CliCommand::Run(args) => run::run(&args),
        CliCommand::Replay(args) => replay::run(&args),
        CliCommand::Import(args) => import::run(&args),
        CliCommand::Venue(args) => venue::run(&args),
        CliCommand::Scenario(args) => scenario::run(&args),
        CliCommand::Simulate(args) => simulate::run(&args),
        CliCommand::Explain(args) => explain::run(&args),
        CliCommand::Selftest(args) => selftest::run(&args),
        CliCommand::Report(args) => report::run(&args),
        CliCommand::Resume(args) => resume::run(&args),
        CliCommand::Tune(args) => tune::run(&args),
        CliCommand::Config(args) => config::run(&args),
    };
    match done {
        Ok(()) => Exit::Ok.code(),
        Err(failure) => {
            say!("evenkeel: {failure}");
            failure.exit.code()
        }
    }
}

/// Prints help or one line that says what is wrong with the arguments; returns the exit code.
fn misunderstood(error: &clap::Error) -> u8 {
    use clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if error.use_stderr() && error.kind() != DisplayHelpOnMissingArgumentOrSubcommand {
        say!("evenkeel: {}; see --help", one_line(&error.to_string()));
        return Exit::Usage.code();
    }
    // Nothing is left to do when the terminal is gone.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.code() } else { Exit::Ok.code() }
}

/// What clap says in a paragraph, as one line: what is wrong, and what is allowed.
fn one_line(text: &str) -> String {
    let wanted = text.lines().take_while(|line| !line.starts_with("Usage:"));
    let lines = wanted.map(|line| line.trim().trim_start_matches("error: "));
    let lines: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
    lines.join(", ").replace(":, ", ": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn what_clap_says_becomes_one_line() {
        let say = |words: &[&str]| {
            let words = ["evenkeel"].iter().chain(words);
            one_line(&Cli::try_parse_from(words).expect_err("wrong words").to_string())
        };
        // words, the sentence
        let rows: [(&[&str], &str); 4] = [
            (&["runn"], "unrecognized subcommand 'runn', tip: a similar subcommand exists: 'run'"),
            (
                &["run", "--for", "0s"],
                "invalid value '0s' for '--for <TIME>': a session of zero length does nothing; the least is 1s",
            ),
            (&["replay"], "the following required arguments were not provided: <FILE>"),
            (
                &["run", "--jsn"],
                "unexpected argument '--jsn' found, tip: a similar argument exists: '--json'",
            ),
        ];
        for (words, want) in rows {
            assert_eq!(say(words), want);
        }
    }
}
