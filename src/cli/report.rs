//! `evenkeel report`: a journal's session as it was told.

use crate::cli::page::{head, traffic, write_page};
use crate::cli::show::ReportObserver;
use crate::cli::{Exit, Failure, print};
use crate::journal::fact::Fact;
use crate::num::{Mono, Stamp, WallMs};
use crate::report::{self, SessionEnd, json, text};
use crate::session::live::cold::Observer as _;
use crate::session::replay::{Replayed, Verdict, replay};
use clap::Args;
use std::path::{Path, PathBuf};

/// Write a session's HTML report anew, from its journal.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 written   2 unreadable\n\
                        EXAMPLE  evenkeel report session.journal --output session.html")]
pub struct ReportArgs {
    /// The journal of the session.
    session: PathBuf,
    /// Where the page goes; beside the journal when not given.
    #[arg(long, short, value_name = "FILE.html")]
    output: Option<PathBuf>,
    /// Print one JSON object on standard output: what `run` printed.
    #[arg(long)]
    json: bool,
}

/// Writes the report of a recorded session.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let (told, verdict) = retold(&args.session)?;
    if let Some(difference) = verdict.difference {
        say!("evenkeel: told up to where this build differs, {difference}");
    }
    let beside = args.session.with_extension("html");
    let named = write_page(&told, args.output.as_deref().unwrap_or(&beside))?;
    say!("{}", text::summary(&told));
    if args.json {
        print::json(&json::RunReport::new(&told, Some(named)));
    }
    Ok(())
}

/// A journal's session as it is told, and how this build compares.
pub fn retold(file: &Path) -> Result<(report::Session, Verdict), Failure> {
    let mut facts: Vec<(Stamp, Fact)> = Vec::new();
    let told = replay(file, &|_| false, &mut |at, fact| facts.push((at, *fact)));
    let Replayed { session, engine, verdict } = told.map_err(Failure::about(Exit::Usage, file))?;
    let (setup, command) = (session.setup, format!("evenkeel replay {}", file.display()));
    let opening = report::Opening { equity: setup.config.capital, pos: setup.pos };
    let head = head(&session, WallMs::default(), command);
    let mut watch = ReportObserver::new(report::Session::new(head, opening), false);
    facts.iter().for_each(|(at, fact)| watch.on_fact(*at, fact));
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
