//! `evenkeel run`: a session on the embedded exchange.

use crate::cli::config::load::load_or_fail;
use crate::cli::page::{head, traffic, write_page};
use crate::cli::show::ReportObserver;
use crate::cli::words::{dollars, duration, scenario};
use crate::cli::{Exit, Failure, print};
use crate::engine::Config;
use crate::host::file::state_dir;
use crate::host::guard::Guardian;
use crate::host::pin::Cores;
use crate::host::{Clock, Signals, file, lock};
use crate::num::{Nanos, Usd};
use crate::ops::tune;
use crate::report::{self, SessionEnd, json, text};
use crate::session::accounting;
use crate::session::bootstrap::{self, Bootstrap};
use crate::session::embedded::Embedded;
use crate::session::exit::ExitReason;
use crate::session::header::SessionHeader;
use crate::session::live::cancel_all::CancelAll;
use crate::session::live::run::{SessionConfig, SessionResult, first_table, run as run_live};
use crate::session::rest::Rest;
use crate::session::state::latch::Latch;
use crate::venue::world::Scenario;
use crate::wire::sign::SignatureCounts;
use crate::wire::{Signer, Source};
use clap::Args;
use std::path::{Path, PathBuf};

/// How often the guardian's connection is used, so that it stays open.
const TEND_EVERY: Nanos = Nanos::from_secs(15);

/// Make a market.
///
/// Without a venue: on an embedded exchange behind a real socket on loopback, with real signatures,
/// in a seeded world. The journal lies in the state folder (`EVENKEEL_STATE_DIR`, or XDG's).
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXAMPLE  evenkeel run --for 60s --plain --json")]
pub struct RunArgs {
    /// The world the embedded exchange plays.
    #[arg(long, default_value = "demo", value_parser = scenario)]
    world: Scenario,
    /// The seed of the world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The coin to trade.
    #[arg(long, default_value = "HYPE")]
    coin: String,
    /// Settings; `evenkeel config init FILE` begins one.
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Dollars the session may put at risk; every limit is a share of it. 100 when nothing says
    /// otherwise.
    #[arg(long, value_parser = dollars, value_name = "DOLLARS")]
    capital: Option<Usd>,
    /// How long, such as 60s or 2m.
    #[arg(long = "for", value_parser = duration, default_value = "2m", value_name = "TIME")]
    duration: Nanos,
    /// A line a second, also when nobody looks.
    #[arg(long)]
    plain: bool,
    /// Print one JSON object on standard output at the end.
    #[arg(long)]
    json: bool,
    /// Where the HTML report goes; beside the journal when not given.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Where the journal goes.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

/// Runs a session and tells how it went: fails when it cannot begin, was halted by risk, or does not
/// reconcile with the venue.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let config = settings(args)?;
    let signals = Signals::install().map_err(Failure::of(Exit::Unexpected))?;
    let cores = Cores::query();
    let clock = Clock::start();
    let venue = Embedded::start(&args.coin, args.world, args.seed, clock.clone())
        .map_err(Failure::of(Exit::Usage))?;
    for (lest, taken) in lock::harden() {
        if let Err(error) = taken {
            say!("evenkeel: {lest}: {error}");
        }
    }
    let secret = new_key()?;
    let journal = journal_path(args, &clock)?;
    let page = args.report.clone().unwrap_or_else(|| journal.with_extension("html"));
    let (session, opened) = open(args, config, &venue, &secret)?;
    first_table(&session).map_err(Failure::of(Exit::Config))?;
    let plan = SessionConfig {
        session: session.clone(),
        rest: Rest::new(&venue.rest()),
        url: venue.socket(),
        dex: opened.dex.clone(),
        secret,
        source: Source::Testnet,
        journal: Some(journal.clone()),
        duration: Some(args.duration),
        others: 2,
        cores,
        signals,
        clock: clock.clone(),
    };
    let latch = Latch::for_session(&state_dir(), &session);
    refuse_halted(latch.as_ref())?;
    let guardian = Guardian::start(CancelAll::new(&plan), TEND_EVERY)
        .map_err(Failure::of(Exit::Unexpected))?;
    guardian.install();
    say!("evenkeel: {}", tune::summary());
    if opened.reference.is_none() && !opened.dex.is_empty() {
        say!("evenkeel: {} has no reference market: fair is its own book's", args.coin);
    }
    say!("evenkeel: {} on the embedded exchange, world {}", args.coin, args.world.name());
    say!("evenkeel: journal {}", journal.display());
    let mut watch = ReportObserver::new(report(args, &session, &opened, &clock), args.plain);
    watch.latch = latch;
    let finished = run_live(plan, watch).map_err(Failure::of(Exit::Unexpected))?;
    guardian.dismiss();
    let verified = venue.stats().read().signatures_verified;
    let told = tell(args, finished, verified, &page, &opened);
    venue.finish().map_err(Failure::of(Exit::Unexpected))?;
    told
}

/// A coin that risk has halted is not traded before a person says so.
fn refuse_halted(latch: Option<&Latch>) -> Result<(), Failure> {
    let Some(latch) = latch else { return Ok(()) };
    let why = latch.why().map_err(Failure::of(Exit::Unexpected))?;
    let name = latch.name();
    why.map_or(Ok(()), |why| {
        let words = format!("risk has halted this ({why}); evenkeel resume {name} --reason ...");
        Err(Failure::new(Exit::Halted, words))
    })
}

/// A key of this session only: the embedded exchange opens an account for it.
fn new_key() -> Result<[u8; 32], Failure> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(Failure::of(Exit::Key))?;
    Ok(secret)
}

/// Where the journal goes: a name by time, in a folder that is made when it is not there.
fn journal_path(args: &RunArgs, clock: &Clock) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.journal {
        return Ok(path.clone());
    }
    let folder = state_dir().join("sessions");
    file::make_folder(&folder).map_err(Failure::about(Exit::Unexpected, &folder))?;
    let name = format!("{}-{}.journal", clock.wall().ms(), args.coin.replace(':', "-"));
    Ok(folder.join(name))
}

/// Flags over the environment over the file over the defaults.
fn settings(args: &RunArgs) -> Result<Config, Failure> {
    let mut config = load_or_fail(args.config.as_deref())?.config;
    if let Some(capital) = args.capital {
        config.capital = capital;
    }
    Ok(config)
}

/// What the session begins with, read from the venue.
fn open(
    args: &RunArgs,
    config: Config,
    venue: &Embedded,
    secret: &[u8; 32],
) -> Result<(SessionHeader, Bootstrap), Failure> {
    let signer = Signer::new(secret, Source::Testnet).map_err(Failure::of(Exit::Key))?;
    let account = signer.address();
    let opened = bootstrap::read(&Rest::new(&venue.rest()), &args.coin, account)
        .map_err(Failure::of(Exit::Venue))?;
    let setup = opened.setup(config, account).map_err(Failure::of(Exit::Config))?;
    let session = SessionHeader {
        build: env!("CARGO_PKG_VERSION").to_owned(),
        venue: "embedded".to_owned(),
        world: Some(args.world.name().to_owned()),
        account,
        coins: opened.coins(),
        setup,
        nonce_after: 0,
    };
    Ok((session, opened))
}

fn report(
    args: &RunArgs,
    session: &SessionHeader,
    opened: &Bootstrap,
    clock: &Clock,
) -> report::Session {
    let RunArgs { world, seed, coin, .. } = args;
    let command = format!("evenkeel run --world {} --seed {seed} --coin {coin}", world.name());
    let opening = report::Opening { equity: session.setup.config.capital, pos: opened.account.pos };
    report::Session::new(head(session, clock.wall(), command), opening)
}

/// Tells how it went: words, JSON, a page; and whether it was as it should be.
fn tell(
    args: &RunArgs,
    finished: SessionResult<ReportObserver>,
    verified: u64,
    page: &Path,
    opened: &Bootstrap,
) -> Result<(), Failure> {
    let SessionResult {
        ending,
        at,
        engine,
        mut observer,
        venue_account: truth,
        open_orders,
        signed,
        ..
    } = finished;
    let report = &mut observer.session;
    report.requests = traffic(&engine);
    report.on_end(SessionEnd {
        at: at.mono,
        why: why(&ending),
        venue_position: Some(truth.pos),
        venue_equity: Some(truth.equity),
        open_orders: u64::try_from(open_orders).unwrap_or(u64::MAX),
        signatures_verified: verified,
        skew_at_max: engine.skew_at(engine.setup().sizing.limit_lots()).unwrap_or_default(),
    });
    let named = write_page(report, page)?;
    say!("{}", text::summary(report).trim_end());
    let SignatureCounts { prepared, derived } = signed;
    say!("  {:<22} {prepared} prepared, {derived} derived when asked for\n", "signature nonces");
    if args.json {
        print::json(&json::RunReport::new(report, Some(named)));
    }
    accounting::compare(&engine.account().position, opened.account.equity, &truth)
        .map_err(Failure::of(Exit::Mismatch))?;
    judge(&ending, open_orders)
}

/// The exit code of an ending.
fn judge(ending: &ExitReason, open_orders: usize) -> Result<(), Failure> {
    match ending {
        ExitReason::Stopped if open_orders == 0 => Ok(()),
        ExitReason::Stopped | ExitReason::CancelledByRest => {
            Err(Failure::new(Exit::Mismatch, format!("{open_orders} orders are left at the venue")))
        }
        ExitReason::Halted => Err(Failure::new(Exit::Halted, "risk halted the session")),
        ExitReason::Failed(fault) => Err(Failure::new(Exit::Broken, fault)),
    }
}

fn why(ending: &ExitReason) -> String {
    match ending {
        ExitReason::Stopped => "it was stopped in good order".to_owned(),
        ExitReason::Halted => "risk halted it".to_owned(),
        ExitReason::Failed(fault) => fault.to_string(),
        ExitReason::CancelledByRest => "the stop took too long".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::fact::{Fact, Turned};
    use crate::market::CoinIx;
    use crate::market::{KillReason, KillState, KillStatus};
    use crate::num::Stamp;
    use crate::session::live::cold::Observer;

    #[test]
    fn a_halt_that_the_journal_tells_refuses_the_next_start() {
        let state = std::env::temp_dir().join(format!("evenkeel-halt-{}", std::process::id()));
        let latch = Latch::named(&state, "testnet-0xab-HYPE");
        let report =
            report::Session::new(report::SessionInfo::default(), report::Opening::default());
        let mut watch = ReportObserver::new(report, false);
        watch.latch = Some(latch.clone());
        for (state, halted) in
            [(KillState::Reduce, false), (KillState::Pull, false), (KillState::Flatten, true)]
        {
            let to = KillStatus { state, reason: Some(KillReason::Drawdown) };
            let (coin, from, equity) = (CoinIx(0), KillState::Run, Usd::ZERO);
            let turned = Turned { coin, from, to, equity, peak: equity };
            watch.on_fact(Stamp::default(), &Fact::Turned(turned));
            let refused = refuse_halted(Some(&latch));
            assert_eq!(refused.is_err(), halted, "{state:?}");
        }
        let refused = refuse_halted(Some(&latch)).expect_err("halted");
        assert_eq!(refused.exit, Exit::Halted);
        assert!(refused.words.contains("FLATTEN by dd") && refused.words.contains(&latch.name()));
        latch.clear("looked into it").expect("cleared");
        assert!(refuse_halted(Some(&latch)).is_ok() && refuse_halted(None).is_ok());
        std::fs::remove_dir_all(&state).expect("it was there");
    }
}
