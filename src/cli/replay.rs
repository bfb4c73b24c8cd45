//! `evenkeel replay`.

mod market;

use crate::backtest::recording::is_imported;
use crate::cli::run::traffic;
use crate::cli::show::ReportObserver;
use crate::cli::{Exit, Failure};
use crate::journal::fact::Fact;
use crate::num::{Mono, Stamp, WallMs};
use crate::report::{self, SessionEnd, json, text};
use crate::session::replay::{Replayed, Verdict, replay};
use clap::Args;
use market::{MarketArgs, recorded};
use std::path::{Path, PathBuf};

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

/// Replays a file.
///
/// # Errors
/// It cannot be read, or this build decides otherwise than the journal says.
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
    let page = args.report.as_deref().map(|page| crate::cli::page::write_page(&told, page));
    let named = page.transpose()?.flatten();
    tell(args, &told, &verdict, named);
    match verdict.difference {
        None => Ok(()),
        Some(difference) => {
            Err(Failure::new(Exit::Mismatch, format!("the replay differs {difference}")))
        }
    }
}

/// Write a session's HTML report anew, from its journal.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 written   2 unreadable\n\
                        EXAMPLE  evenkeel report session.journal --output session.html")]
pub struct ReportArgs {
    /// The journal.
    session: PathBuf,
    /// Where the page goes; beside the journal when not given.
    #[arg(long, short, value_name = "FILE.html")]
    output: Option<PathBuf>,
    /// Print one JSON object on standard output: what `run` printed.
    #[arg(long)]
    json: bool,
}

/// Writes the report of a recorded session.
///
/// # Errors
/// The journal cannot be read, or the page not be written.
pub fn report(args: &ReportArgs) -> Result<(), Failure> {
    let (told, verdict) = retold(&args.session)?;
    if let Some(difference) = verdict.difference {
        say!("evenkeel: told up to where this build differs, {difference}");
    }
    let beside = args.session.with_extension("html");
    let named = crate::cli::page::write_page(&told, args.output.as_deref().unwrap_or(&beside))?;
    say!("{}", text::summary(&told));
    if args.json {
        let object = json::RunReport::new(&told, named);
        tell!("{}", serde_json::to_string(&object).expect("plain fields"));
    }
    Ok(())
}

/// A journal's session as it is told, and how this build compares.
fn retold(file: &Path) -> Result<(report::Session, Verdict), Failure> {
    let mut facts: Vec<(Stamp, Fact)> = Vec::new();
    let told = replay(file, &|_| false, &mut |at, fact| facts.push((at, *fact)));
    let Replayed { session, engine, verdict } =
        told.map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", file.display())))?;
    let (setup, command) = (session.setup, format!("evenkeel replay {}", file.display()));
    let opening = report::Opening { equity: setup.config.capital, pos: setup.pos };
    let head = crate::cli::page::head(&session, WallMs::default(), command);
    let mut watch = ReportObserver::new(report::Session::new(head, opening), false);
    facts.iter().for_each(|(at, fact)| watch.report_fact(*at, fact));
    watch.session.requests = traffic(&engine);
    watch.session.on_end(SessionEnd {
        at: facts.last().map_or(Mono::START, |(at, _)| at.mono),
        why: "the journal ended".to_owned(),
        venue_position: engine.venue_position(),
        skew_at_max: engine.skew_at(engine.setup().sizing.limit_lots()).unwrap_or_default(),
        ..SessionEnd::default()
    });
    Ok((watch.session, verdict))
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
    tell!("{}", serde_json::to_string(&object).expect("plain fields"));
}
