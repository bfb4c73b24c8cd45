//! `evenkeel replay`: a journal or a recorded market, turned through this build.

mod market;

use crate::backtest::recording::is_imported;
use crate::cli::page::write_page;
use crate::cli::report::retold;
use crate::cli::{Exit, Failure, print};
use crate::report::{self, json};
use crate::session::replay::Verdict;
use clap::Args;
use market::{MarketArgs, recorded};
use std::path::PathBuf;

/// Turn a recorded session or a recorded market through this build.
///
/// A journal is replayed and every request compared, byte for byte. A `.jsonl.gz` of market data
/// drives the simulated exchange in virtual time, our orders standing in line behind what was there.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "EXIT     0 identical, or the market was replayed   2 unreadable   7 a difference\n\
                        EXAMPLE  evenkeel replay market.jsonl.gz --compare as-was,fixed:5 --json"
)]
pub struct ReplayArgs {
    /// A journal, or market data as .jsonl.gz or imported.
    file: PathBuf,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
    /// Where the HTML report goes.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    #[command(flatten)]
    market: MarketArgs,
}

/// Replays a file: fails when it cannot be read, or this build decides otherwise than the journal says.
pub fn run(args: &ReplayArgs) -> Result<(), Failure> {
    if args.file.extension().is_some_and(|ending| ending == "gz") || is_imported(&args.file) {
        return recorded(&args.file, &args.market, args.json, args.report.as_deref());
    }
    if !args.market.compare.is_empty() {
        let why = "--compare needs market data: in a journal the market has answered one quoter";
        return Err(Failure::new(Exit::Usage, why));
    }
    journal(args)
}

fn journal(args: &ReplayArgs) -> Result<(), Failure> {
    let (told, verdict) = retold(&args.file)?;
    let page = args.report.as_deref().map(|page| write_page(&told, page));
    tell(args, &told, &verdict, page.transpose()?);
    match verdict.difference {
        None => Ok(()),
        Some(difference) => {
            Err(Failure::new(Exit::Mismatch, format!("the replay differs {difference}")))
        }
    }
}

fn tell(args: &ReplayArgs, report: &report::Session, verdict: &Verdict, named: Option<String>) {
    let torn = verdict.truncated_bytes;
    if 0 < torn {
        say!("evenkeel: the last {torn} bytes are torn and were left out");
    }
    let end = if verdict.difference.is_none() { ", identical" } else { "" };
    say!("evenkeel: {} events, {} requests compared{end}", verdict.events, verdict.actions);
    if !args.json {
        return;
    }
    let object = json::ReplayReport {
        run: json::RunReport::new(report, named),
        identical: verdict.difference.is_none(),
        actions: verdict.actions,
        first_difference: verdict.difference.as_ref().map(ToString::to_string),
    };
    print::json(&object);
}
