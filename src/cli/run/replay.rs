//! `evenkeel replay`.

use super::live::traffic;
use super::market::{MarketArgs, recorded};
use super::show::Watch;
use crate::cli::{Exit, Failure};
use crate::drive::recorded::is_imported;
use crate::drive::replay::{ReplayError, Replayed, Verdict, replay};
use crate::drive::session::Session;
use crate::journal::fact::Fact;
use crate::num::{Mono, Stamp};
use crate::report::{self, Closing, Head, json};
use clap::Args;
use std::path::{Path, PathBuf};

/// Turn a recorded session or a recorded market through this build.
///
/// A journal is replayed and every request compared, byte for byte. A `.jsonl.gz` of market data
/// drives the simulated exchange in virtual time, our orders standing in line behind what was there.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "EXIT     0 identical, or the market was replayed   2 unreadable   7 a difference\n\
                        EXAMPLE  evenkeel replay session.journal --json"
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
    journal(args)
}

fn journal(args: &ReplayArgs) -> Result<(), Failure> {
    let mut facts: Vec<(Stamp, Fact)> = Vec::new();
    let told = replay(&args.file, &|_| false, &mut |at, fact| facts.push((at, *fact)));
    let Replayed { session, engine, verdict } =
        told.map_err(|error| unreadable(&args.file, &error))?;
    let mut watch = Watch::new(report(&session, &args.file), false);
    facts.iter().for_each(|(at, fact)| watch.take(*at, fact));
    watch.session.count(traffic(&engine));
    watch.session.close(Closing {
        at: facts.last().map_or(Mono::START, |(at, _)| at.mono),
        why: "the journal ended".to_owned(),
        skew_at_max: engine.skew_at(engine.setup().sizing.limit_lots()).unwrap_or_default(),
        ..Closing::default()
    });
    let page = args.report.as_deref().map(|page| super::write_page(&watch.session, page));
    let named = page.transpose()?.flatten();
    tell(args, &watch.session, &verdict, named);
    match verdict.difference {
        None => Ok(()),
        Some(difference) => {
            Err(Failure::new(Exit::Mismatch, format!("the replay differs {difference}")))
        }
    }
}

fn unreadable(file: &Path, error: &ReplayError) -> Failure {
    Failure::new(Exit::Usage, format!("{}: {error}", file.display()))
}

fn tell(args: &ReplayArgs, report: &report::Session, verdict: &Verdict, named: Option<String>) {
    let torn = verdict.torn_bytes;
    if 0 < torn {
        eprintln!("evenkeel: the last {torn} bytes are torn and were left out");
    }
    eprintln!("evenkeel: {} events, {} requests compared", verdict.events, verdict.actions);
    if !args.json {
        return;
    }
    let object = json::Replay {
        run: json::Run::of(report, named),
        identical: verdict.difference.is_none(),
        actions: verdict.actions,
        first_difference: verdict.difference.as_ref().map(ToString::to_string),
    };
    println!("{}", serde_json::to_string(&object).expect("plain fields"));
}

fn report(session: &Session, file: &Path) -> report::Session {
    let head = Head {
        venue: session.venue.clone(),
        coin: session.coins.first().cloned().unwrap_or_default(),
        world: session.world.clone(),
        position_max: session.setup.sizing.position_max,
        command: format!("evenkeel replay {}", file.display()),
        ..Head::default()
    };
    let opening = report::Opening { equity: session.setup.config.capital, pos: session.setup.pos };
    report::Session::new(head, opening)
}
