//! `evenkeel run`: a session on the embedded exchange, or on a venue process.

use crate::cli::config::load::load_or_fail;
use crate::cli::page::{head, traffic, write_page};
use crate::cli::show::ReportObserver;
use crate::cli::words::{dollars, duration, scenario};
use crate::cli::{Exit, Failure, print};
use crate::engine::{Config, Engine};
use crate::host::file::state_dir;
use crate::host::guard::Guardian;
use crate::host::pin::Cores;
use crate::host::{Clock, Signals, file, lock};
use crate::market::Address;
use crate::num::{Nanos, Pos, Stamp, Usd};
use crate::ops::tune;
use crate::report::format::{exact, level};
use crate::report::{self, SessionEnd, json, text};
use crate::risk::OnStop;
use crate::session::accounting;
use crate::session::bootstrap::{self, Bootstrap};
use crate::session::embedded::Embedded;
use crate::session::exit::{ExitReason, Fault};
use crate::session::files::KeptState;
use crate::session::header::SessionHeader;
use crate::session::live::cancel_all::CancelAll;
use crate::session::live::config::SessionConfig;
use crate::session::live::run::{SessionResult, first_table, run as run_live};
use crate::session::rest::Rest;
use crate::session::state::key_file::{self, Secret};
use crate::session::state::latch::Latch;
use crate::session::state::nonce_mark::NonceMark;
use crate::session::state::session_lock::SessionLock;
use crate::session::state::store::StateFolder;
use crate::session::venue_address::VenueAddress;
use crate::venue::world::Scenario;
use crate::wire::sign::SignatureCounts;
use crate::wire::{Signer, Source};
use clap::Args;
use std::path::{Path, PathBuf};

/// The letter that a key signs with on a venue of play money.
const SOURCE: Source = Source::Testnet;
/// How often the guardian's connection is used, so that it stays open.
const TEND_EVERY: Nanos = Nanos::from_secs(15);

/// Make a market.
///
/// Without a venue: on an embedded exchange behind a real socket on loopback, with real signatures,
/// in a seeded world. The journal lies in the state folder (`EVENKEEL_STATE_DIR`, or XDG's).
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXAMPLE  evenkeel run --for 60s --plain --json")]
pub struct RunArgs {
    /// The venue: a process on this machine, such as `evenkeel venue` serves.
    #[arg(long, value_name = "http://127.0.0.1:PORT", conflicts_with_all = ["world", "seed"])]
    venue: Option<VenueAddress>,
    /// The file with the key that signs there, 0x and 64 hex digits; one is made and kept for the
    /// venue when not given.
    #[arg(long, value_name = "FILE", requires = "venue")]
    key_file: Option<PathBuf>,
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
    let state = state_dir().map_err(Failure::of(Exit::Usage))?;
    let state = StateFolder::on_disk(state);
    let signals = Signals::install().map_err(Failure::of(Exit::Unexpected))?;
    let cores = Cores::query();
    let clock = Clock::start();
    let venue = SessionVenue::open(args, &clock)?;
    for (lest, taken) in lock::harden() {
        if let Err(error) = taken {
            say!("evenkeel: {lest}: {error}");
        }
    }
    let secret = venue.key(args, &state)?;
    let signer = Signer::new(&secret, SOURCE).map_err(Failure::of(Exit::Key))?.address();
    let journal = journal_path(args, &state, &clock)?;
    let page = args.report.clone().unwrap_or_else(|| journal.with_extension("html"));
    let _lock = venue.lock(&state, signer, &args.coin)?;
    let (mut session, opened) = open(args, config, &venue, signer)?;
    first_table(&session).map_err(Failure::of(Exit::Config))?;
    let kept = venue.keep(&state, &mut session, clock.stamp())?;
    let plan = SessionConfig {
        session: session.clone(),
        rest: Rest::new(&venue.address().rest()),
        url: venue.address().socket(),
        dex: opened.dex.clone(),
        secret,
        source: SOURCE,
        journal: Some(journal.clone()),
        kept,
        duration: Some(args.duration),
        others: 2,
        cores,
        signals,
        clock: clock.clone(),
    };
    let guardian = Guardian::start(CancelAll::new(&plan), TEND_EVERY)
        .map_err(Failure::of(Exit::Unexpected))?;
    guardian.install();
    say!("evenkeel: {}", tune::summary());
    if opened.reference.is_none() && !opened.dex.is_empty() {
        say!("evenkeel: {} has no reference market: fair is its own book's", args.coin);
    }
    say!("evenkeel: {} on {}", args.coin, venue.in_words(args.world));
    say!("evenkeel: journal {}", journal.display());
    let watch = ReportObserver::new(report(args, &session, &opened, &clock), args.plain);
    let finished = run_live(plan, watch).map_err(Failure::of(Exit::Unexpected))?;
    guardian.dismiss();
    let told = tell(args, finished, venue.signatures_verified(), &page, &opened);
    venue.finish()?;
    told
}

/// Where a session trades.
enum SessionVenue {
    /// An exchange of its own, which ends with it.
    Embedded(Embedded),
    /// A process that outlives it.
    Process(VenueAddress),
}

impl SessionVenue {
    fn open(args: &RunArgs, clock: &Clock) -> Result<SessionVenue, Failure> {
        if let Some(address) = args.venue {
            return Ok(SessionVenue::Process(address));
        }
        let embedded = Embedded::start(&args.coin, args.world, args.seed, clock.clone());
        embedded.map(SessionVenue::Embedded).map_err(Failure::of(Exit::Usage))
    }

    fn address(&self) -> VenueAddress {
        match self {
            SessionVenue::Embedded(embedded) => embedded.address(),
            SessionVenue::Process(address) => *address,
        }
    }

    fn name(&self) -> String {
        match self {
            SessionVenue::Embedded(_) => "embedded".to_owned(),
            SessionVenue::Process(address) => address.to_string(),
        }
    }

    fn in_words(&self, world: Scenario) -> String {
        match self {
            SessionVenue::Embedded(_) => format!("the embedded exchange, world {}", world.name()),
            SessionVenue::Process(address) => address.to_string(),
        }
    }

    /// The key that signs: of this session only on an exchange of its own.
    fn key(&self, args: &RunArgs, state: &StateFolder) -> Result<Secret, Failure> {
        let secret = match (self, &args.key_file) {
            (SessionVenue::Embedded(_), _) => key_file::fresh(),
            (SessionVenue::Process(_), Some(path)) => key_file::read(path),
            (SessionVenue::Process(_), None) => key_file::kept(&state.path, &self.name()),
        };
        secret.map_err(Failure::of(Exit::Key))
    }

    /// Keeps other processes from signing with the same key or trading the same coin of an account.
    fn lock(
        &self,
        state: &StateFolder,
        signer: Address,
        coin: &str,
    ) -> Result<Option<SessionLock>, Failure> {
        match self {
            SessionVenue::Embedded(_) => Ok(None),
            SessionVenue::Process(_) => {
                let place = Latch::named(state, &format!("{}-{signer}-{coin}", self.name())).name();
                let taken = SessionLock::take(&state.path, &[signer.to_string(), place]);
                taken.map(Some).map_err(Failure::of(Exit::Usage))
            }
        }
    }

    /// Reads what earlier sessions kept: refuses to begin where risk has halted the coin, and says in
    /// the head of `session` which numbers of requests were used.
    fn keep(
        &self,
        state: &StateFolder,
        session: &mut SessionHeader,
        now: Stamp,
    ) -> Result<Option<KeptState>, Failure> {
        if let SessionVenue::Embedded(_) = self {
            return Ok(None);
        }
        let latch = Latch::for_session(state, session);
        refuse_halted(&latch)?;
        let begun = NonceMark::begin(state, session.account, now);
        let (nonce_mark, used) = begun.map_err(Failure::of(Exit::Unexpected))?;
        session.nonce_after = used;
        Ok(Some(KeptState { latch, nonce_mark }))
    }

    /// Signatures that the venue has verified, where it is ours to ask.
    fn signatures_verified(&self) -> u64 {
        match self {
            SessionVenue::Embedded(embedded) => embedded.stats().read().signatures_verified,
            SessionVenue::Process(_) => 0,
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            SessionVenue::Embedded(embedded) => {
                embedded.finish().map_err(Failure::of(Exit::Unexpected))
            }
            SessionVenue::Process(_) => Ok(()),
        }
    }
}

/// A coin that risk has halted is not traded before a person says so.
fn refuse_halted(latch: &Latch) -> Result<(), Failure> {
    let why = latch.why().map_err(Failure::of(Exit::Unexpected))?;
    let name = latch.name();
    why.map_or(Ok(()), |why| {
        let words = format!("risk has halted this ({why}); evenkeel resume {name} --reason ...");
        Err(Failure::new(Exit::Halted, words))
    })
}

/// Where the journal goes: a name by time and process, in a folder that is made when it is not there.
fn journal_path(args: &RunArgs, state: &StateFolder, clock: &Clock) -> Result<PathBuf, Failure> {
    if let Some(path) = &args.journal {
        return Ok(path.clone());
    }
    let folder = state.path.join("sessions");
    file::make_folder(&folder).map_err(Failure::about(Exit::Unexpected, &folder))?;
    let (began, process) = (clock.wall().ms(), std::process::id());
    let name = format!("{began}-{process}-{}.journal", args.coin.replace(':', "-"));
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
    venue: &SessionVenue,
    account: Address,
) -> Result<(SessionHeader, Bootstrap), Failure> {
    let rest = Rest::new(&venue.address().rest());
    let opened = bootstrap::read(&rest, &args.coin, account).map_err(Failure::of(Exit::Venue))?;
    let mut tag = [0; 8];
    getrandom::fill(&mut tag).map_err(Failure::of(Exit::Unexpected))?;
    let setup = opened.setup(config, u64::from_be_bytes(tag)).map_err(Failure::of(Exit::Config))?;
    let session = SessionHeader {
        build: env!("CARGO_PKG_VERSION").to_owned(),
        venue: venue.name(),
        world: args.venue.is_none().then(|| args.world.name().to_owned()),
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
    let command = session_command(args);
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
    let SessionResult { ending, at, engine, mut observer, venue, signed, .. } = finished;
    let report = &mut observer.session;
    report.requests = traffic(&engine);
    report.on_end(SessionEnd {
        at: at.mono,
        why: why(&ending, &engine, &args.coin),
        venue_position: venue.account.map(|account| account.pos),
        venue_equity: venue.account.map(|account| account.equity),
        open_orders: venue.open_orders.map(|open| open as u64),
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
    let (Some(account), Some(open_orders)) = (venue.account, venue.open_orders) else {
        let words = format!(
            "the venue did not say what is left; what may rest there is cancelled by: {}",
            session_command(args)
        );
        return Err(Failure::new(Exit::Venue, words));
    };
    accounting::compare(&engine.account().position, opened.account.equity, &account)
        .map_err(Failure::of(Exit::Mismatch))?;
    judge(&ending, open_orders, &engine, &args.coin)
}

/// The command that repeats a session; one that begins cancels what an earlier one has left.
fn session_command(args: &RunArgs) -> String {
    let RunArgs { venue, world, seed, coin, .. } = args;
    let place = venue.map_or_else(
        || format!("--world {} --seed {seed}", world.name()),
        |venue| format!("--venue {venue}"),
    );
    format!("evenkeel run {place} --coin {coin}")
}

/// The exit code of an ending.
fn judge(
    ending: &ExitReason,
    open_orders: usize,
    engine: &Engine,
    coin: &str,
) -> Result<(), Failure> {
    match ending {
        ExitReason::Stopped if open_orders == 0 => match left_open(engine, coin) {
            Some(left) if engine.setup().config.stop.on_stop == OnStop::Flatten => {
                Err(Failure::new(Exit::Halted, left))
            }
            Some(_) | None => Ok(()),
        },
        ExitReason::Stopped | ExitReason::CancelledByRest => {
            Err(Failure::new(Exit::Mismatch, format!("{open_orders} orders are left at the venue")))
        }
        ExitReason::Halted => Err(Failure::new(Exit::Halted, "risk halted the session")),
        ExitReason::Failed(Fault::Unrecorded) => {
            Err(Failure::new(Exit::Unexpected, Fault::Unrecorded))
        }
        ExitReason::Failed(fault @ (Fault::SenderStuck | Fault::JournalStuck)) => {
            Err(Failure::new(Exit::Broken, fault))
        }
    }
}

/// What is left of the position, in words: `left open: -1.6 HYPE, $41.84 short`.
fn left_open(engine: &Engine, coin: &str) -> Option<String> {
    let pos = engine.position_left()?;
    let way = if pos < Pos::FLAT { "short" } else { "long" };
    let value = level(engine.left_value(), 2);
    Some(format!("left open: {} {coin}, {value} {way}", exact(pos.e8())))
}

fn why(ending: &ExitReason, engine: &Engine, coin: &str) -> String {
    match ending {
        ExitReason::Stopped => match left_open(engine, coin) {
            None => "it was stopped in good order".to_owned(),
            Some(left) => format!("it was stopped; {left}"),
        },
        ExitReason::Halted => "risk halted it".to_owned(),
        ExitReason::Failed(fault) => fault.to_string(),
        ExitReason::CancelledByRest => "the stop took too long".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_refuses_the_next_start_until_a_person_gives_a_reason() {
        let state = std::env::temp_dir().join(format!("evenkeel-halt-{}", std::process::id()));
        let latch = Latch::named(&StateFolder::on_disk(state.clone()), "testnet-0xab-HYPE");
        assert!(refuse_halted(&latch).is_ok());
        latch.set("FLATTEN by dd").expect("written");
        let refused = refuse_halted(&latch).expect_err("halted");
        assert_eq!(refused.exit, Exit::Halted);
        assert!(refused.words.contains("FLATTEN by dd") && refused.words.contains(&latch.name()));
        latch.clear("looked into it").expect("cleared");
        assert!(refuse_halted(&latch).is_ok());
        std::fs::remove_dir_all(&state).expect("it was there");
    }
}
