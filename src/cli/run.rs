//! `evenkeel run`.

use crate::cli::config::load::load_or_fail;
use crate::cli::show::ReportObserver;
use crate::cli::venue::scenario;
use crate::cli::{Exit, Failure};
use crate::engine::{Config, Engine};
use crate::host::file::state_dir;
use crate::host::guard::Guardian;
use crate::host::pin::Cores;
use crate::host::{Clock, Signals, file, lock};
use crate::market::RejectReason;
use crate::num::{Nanos, Usd};
use crate::ops::tune;
use crate::report::{self, RequestStats, SessionEnd, json, text};
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
/// The largest difference between our account and the venue's that rounding explains: a cent.
const CENT: Usd = Usd::from_e8(1_000_000);

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
    /// Its seed.
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

/// Runs a session and tells how it went.
///
/// # Errors
/// It cannot begin, was halted by risk, or does not reconcile with the venue.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let fail = |exit| move |why: String| Failure::new(exit, why);
    let config = settings(args)?;
    let signals = Signals::install().map_err(|error| Failure::new(Exit::Unexpected, error))?;
    let cores = Cores::query();
    let clock = Clock::start();
    let venue = Embedded::start(&args.coin, args.world, args.seed, clock.clone())
        .map_err(fail(Exit::Usage))?;
    for (lest, taken) in lock::harden() {
        if let Err(error) = taken {
            say!("evenkeel: {lest}: {error}");
        }
    }
    let secret = new_key()?;
    let journal = journal_path(args, &clock)?;
    let page = args.report.clone().unwrap_or_else(|| journal.with_extension("html"));
    let (session, opened) = open(args, config, &venue, &secret)?;
    first_table(&session).map_err(fail(Exit::Config))?;
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
        .map_err(|error| Failure::new(Exit::Unexpected, error))?;
    guardian.install();
    say!("evenkeel: {}", tune::summary());
    if opened.reference.is_none() && !opened.dex.is_empty() {
        say!("evenkeel: {} has no reference market: fair is its own book's", args.coin);
    }
    say!("evenkeel: {} on the embedded exchange, world {}", args.coin, args.world.name());
    say!("evenkeel: journal {}", journal.display());
    let mut watch = ReportObserver::new(report(args, &session, &opened, &clock), args.plain);
    watch.latch = latch;
    let finished = run_live(plan, watch).map_err(fail(Exit::Unexpected))?;
    guardian.dismiss();
    let verified = venue.stats().read().signatures_verified;
    let told = tell(args, finished, verified, &page, &opened);
    venue.finish().map_err(fail(Exit::Unexpected))?;
    told
}

/// A coin that risk has halted is not traded before a person says so.
fn refuse_halted(latch: Option<&Latch>) -> Result<(), Failure> {
    let Some(latch) = latch else { return Ok(()) };
    let why = latch.why().map_err(|error| Failure::new(Exit::Unexpected, error))?;
    let name = latch.name();
    why.map_or(Ok(()), |why| {
        let words = format!("risk has halted this ({why}); evenkeel resume {name} --reason ...");
        Err(Failure::new(Exit::Halted, words))
    })
}

/// A key of this session only: the embedded exchange opens an account for it.
fn new_key() -> Result<[u8; 32], Failure> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Failure::new(Exit::Key, error))?;
    Ok(secret)
}

/// Where the journal goes: a name by time, in a folder that is made when it is not there.
fn journal_path(args: &RunArgs, clock: &Clock) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.journal {
        return Ok(path.clone());
    }
    let folder = state_dir().join("sessions");
    file::make_folder(&folder).map_err(|error| {
        Failure::new(Exit::Unexpected, format!("{}: {error}", folder.display()))
    })?;
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
    let signer = Signer::new(secret, Source::Testnet)
        .map_err(|error| Failure::new(Exit::Key, error.to_string()))?;
    let account = signer.address();
    let opened = bootstrap::read(&Rest::new(&venue.rest()), &args.coin, account)
        .map_err(|error| Failure::new(Exit::Venue, error))?;
    let setup = opened.setup(config, account).map_err(|error| Failure::new(Exit::Config, error))?;
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
    report::Session::new(crate::cli::page::head(session, clock.wall(), command), opening)
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
    let named = crate::cli::page::write_page(report, page)?;
    say!("{}", text::summary(report).trim_end());
    let SignatureCounts { prepared, derived } = signed;
    say!("  {:<22} {prepared} prepared, {derived} derived when asked for\n", "signature nonces");
    if args.json {
        let object = json::RunReport::new(report, named);
        tell!("{}", serde_json::to_string(&object).expect("plain fields"));
    }
    let ours = engine.account().position.pnl_with(truth.value);
    let theirs = truth.equity - opened.account.equity;
    if truth.pos != engine.account().position.pos() || CENT < (ours - theirs).max(theirs - ours) {
        let words = format!(
            "our account and the venue's differ: position {:?} against {:?}, change of equity {:?} against {:?}",
            engine.account().position.pos(),
            truth.pos,
            ours,
            theirs
        );
        return Err(Failure::new(Exit::Mismatch, words));
    }
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

/// What the engine asked and the venue refused.
pub fn traffic(engine: &Engine) -> RequestStats {
    let counted = RejectReason::ALL.iter().zip(engine.account().reject_reasons);
    let rejects = counted.filter(|(_, count)| 0 < *count);
    RequestStats {
        requests: engine.gateway().requests_made(),
        orders: engine.gateway().orders_sent(),
        rejects: rejects.map(|(reason, count)| (reason.words().to_owned(), count)).collect(),
    }
}

/// A time such as `60s`, `2m`, `1h`.
///
/// # Errors
/// It is not one, or zero.
pub fn duration(text: &str) -> Result<Nanos, String> {
    let wrong = || format!("{text:?} is not a time such as 60s, 2m or 1h");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (digits, unit) = text.split_at(split);
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(wrong()),
    };
    match count.checked_mul(seconds).filter(|&s| s <= LONGEST_S) {
        Some(0) => Err("a session of zero length does nothing; the least is 1s".to_owned()),
        Some(seconds) => Ok(Nanos::from_secs(seconds)),
        None => Err(format!("{text:?} is longer than a year")),
    }
}

/// A year.
const LONGEST_S: u64 = 366 * 86_400;

/// Dollars such as `100` or `2500.50`.
///
/// # Errors
/// It is not a positive amount.
pub fn dollars(text: &str) -> Result<Usd, String> {
    match crate::num::text::read_e8(text.as_bytes()) {
        Ok(e8) if 0 < e8 => Ok(Usd::from_e8(e8)),
        Ok(_) => Err("capital must be positive".to_owned()),
        Err(error) => Err(error.to_string()),
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

    #[test]
    fn times_are_read_or_refused() {
        assert_eq!(duration("60s"), Ok(Nanos::from_secs(60)));
        assert_eq!(duration("2m"), Ok(Nanos::from_secs(120)));
        for wrong in ["0s", "", "s", "5", "5d", "-1s", "99999999999h", "1.5m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
