//! A recorded market as a venue: `evenkeel replay FILE.jsonl.gz`.

use crate::backtest::compare::{Baseline, ComparisonRow, play};
use crate::backtest::recording::{
    FeedLatency, RecordedSession, RecordedSessionError, RecordedTerms, RecordingReader,
};
use crate::backtest::session::UNLIMITED;
use crate::cli::page::{rate, traffic, write_page};
use crate::cli::print::{self, bar};
use crate::cli::words::{dollars, latency, maker_fee, taker_fee};
use crate::cli::{Exit, Failure};
use crate::engine::{Config, Engine};
use crate::host::Clock;
use crate::host::lock::small_pages;
use crate::market::{Book, OwnedEvent};
use crate::num::{Bps, Nanos, Pos, Usd};
use crate::report::format::money;
use crate::report::{self, SessionEnd, SessionInfo, json as objects, text};
use crate::session::accounting;
use crate::session::bootstrap::VenueAccount;
use crate::session::simulated::{DirectPort, VenueTruth};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The bar moves after so many steps.
const BAR_EVERY: u64 = 4_096;

/// How a recorded market is traded.
#[derive(Clone, Debug, Args)]
pub struct MarketArgs {
    /// The coin, where the file holds several.
    #[arg(long)]
    coin: Option<String>,
    /// Decimals of a size; inferred when not given.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=5))]
    sz_decimals: Option<u32>,
    /// What a maker pays, in bps.
    #[arg(long, default_value = "1.5", value_parser = maker_fee, allow_hyphen_values = true)]
    fee_bps: Bps,
    /// What a taker pays, in bps.
    #[arg(long, default_value = "4.5", value_parser = taker_fee, allow_hyphen_values = true)]
    taker_fee_bps: Bps,
    /// How long a request takes to the venue.
    #[arg(long, default_value = "50", value_parser = latency, value_name = "MS")]
    order_latency_ms: Nanos,
    /// How long the market takes to us; as recorded when not given.
    #[arg(long, value_parser = latency, value_name = "MS")]
    feed_latency_ms: Option<Nanos>,
    /// Capital at risk, in dollars.
    #[arg(long, default_value = "100", value_parser = dollars, value_name = "DOLLARS")]
    capital: Usd,
    /// Others to trade the same market, and a table: as-was, fixed:BPS.
    #[arg(long, value_name = "WHO", value_delimiter = ',', conflicts_with = "observe")]
    pub(super) compare: Vec<Baseline>,
    /// Only keep the book of what was recorded: nothing trades.
    #[arg(long)]
    observe: bool,
}

impl MarketArgs {
    /// What they ask for; `requests` as in [`RecordedTerms`].
    fn terms(&self, requests: Option<u64>) -> RecordedTerms<'_> {
        RecordedTerms {
            coin: self.coin.as_deref(),
            sz_decimals: self.sz_decimals,
            fees: [self.fee_bps, self.taker_fee_bps],
            order_latency: self.order_latency_ms,
            feed_latency: self.feed_latency_ms.map_or(FeedLatency::AsRecorded, FeedLatency::Fixed),
            requests,
            config: Config { capital: self.capital, ..Config::default() },
        }
    }
}

/// Trades a recorded market and tells how it went.
///
/// # Errors
/// The file cannot be read, or the account does not reconcile with the exchange's.
pub fn recorded(
    file: &Path,
    args: &MarketArgs,
    as_json: bool,
    page: Option<&Path>,
) -> Result<(), Failure> {
    small_pages();
    let clock = Clock::start();
    let began = clock.mono();
    if args.observe {
        return observe(file, args, &clock, as_json);
    }
    let mut session = RecordedSession::open(file, &args.terms(None)).map_err(refused)?;
    let mut report = report(file, &session);
    let (bar, mut steps) = (bar(session.info.messages(), "messages"), 0u64);
    let traded = session.trade(&mut report, |messages| {
        steps += 1;
        if steps.is_multiple_of(BAR_EVERY) {
            bar.set_position(messages);
        }
    });
    bar.finish_and_clear();
    let engine = traded.map_err(Failure::of(Exit::Usage))?;
    let took = clock.mono().since(began);
    let RecordedSession { setup, simulation, .. } = session;
    close(&engine, &simulation, &mut report);
    let named = page.map(|page| write_page(&report, page)).transpose()?;
    say!("{}", text::summary(&report));
    let causes = simulation.causes();
    let crossed = report.ledger().last().map_or(Usd::ZERO, |mid| causes.crossed_pnl(mid));
    say!(
        "evenkeel: fills by cause: {} traded through, {} queue reached, {} book crossed; PnL without the last {}",
        causes.traded_through,
        causes.queue_reached,
        causes.book_crossed,
        money(report.parts().total - crossed, 4)
    );
    let events = simulation.frames();
    let ours = ComparisonRow::new(report.ledger(), &setup, &simulation);
    let results = compare(file, args, ours)?;
    if as_json {
        let object = objects::MarketReplayReport {
            run: objects::RunReport::new(&report, named),
            events,
            events_per_s: rate(events, took),
            arms: results,
        };
        print::json(&object);
    }
    say!("evenkeel: {events} messages, {:.0} a second", rate(events, took));
    let position = &engine.account().position;
    accounting::compare(position, setup.config.capital, &account(&simulation))
        .map_err(Failure::of(Exit::Mismatch))
}

/// The engine beside the others that were asked for, each on a market of its own: a table, and the
/// figures by name. Nothing when nobody was asked for.
fn compare(
    file: &Path,
    args: &MarketArgs,
    ours: ComparisonRow,
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut results = BTreeMap::new();
    if args.compare.is_empty() {
        return Ok(results);
    }
    say!("{}\n{}", ComparisonRow::LEGEND, ours.row("engine"));
    results.insert("engine".to_owned(), json!(ours));
    for &rival in &args.compare {
        let session = RecordedSession::open(file, &args.terms(Some(UNLIMITED)));
        let RecordedSession { setup, mut simulation, .. } = session.map_err(refused)?;
        let result = play(rival, &setup, &mut simulation);
        let result = result.map_err(Failure::of(Exit::Usage))?;
        say!("{}", result.row(&rival.to_string()));
        results.insert(rival.to_string(), json!(result));
    }
    Ok(results)
}

/// Keeps the book of the whole recording and tells how fast that went.
fn observe(file: &Path, args: &MarketArgs, clock: &Clock, as_json: bool) -> Result<(), Failure> {
    let began = clock.mono();
    let mut recording =
        RecordingReader::open(file, args.coin.as_deref()).map_err(Failure::of(Exit::Usage))?;
    let (mut book, mut events, mut unusable) = (Book::default(), 0u64, 0u64);
    while let Some(message) = recording.next().map_err(Failure::of(Exit::Usage))? {
        events += 1;
        let taken = if let Some(OwnedEvent::Bbo(_, bbo)) = &message.event {
            book.touch(bbo)
        } else if let Some(OwnedEvent::Book(_, frame)) = &message.event {
            book.replace(frame)
        } else {
            Ok(())
        };
        unusable += u64::from(taken.is_err());
    }
    let speed = rate(events, clock.mono().since(began));
    if as_json {
        tell!("{}", json!({ "events": events, "events_per_s": speed, "unused_books": unusable }));
    }
    say!(
        "evenkeel: {events} messages observed, {speed:.0} a second; {unusable} books were old or impossible"
    );
    Ok(())
}

/// A refused recording is a wrong argument; too little capital, a wrong setting.
fn refused(error: RecordedSessionError) -> Failure {
    let exit = match error {
        RecordedSessionError::Capital(_) => Exit::Config,
        RecordedSessionError::Recording(_) | RecordedSessionError::Simulation(_) => Exit::Usage,
    };
    Failure::new(exit, error)
}

/// Our account as the exchange has it.
fn account(simulation: &DirectPort) -> VenueAccount {
    let (account, dex) = simulation.account();
    let view = simulation.exchange().account(account, dex).expect("it was opened with the session");
    let (equity, value) = (view.all.account_value, view.all.account_value - view.all.raw_usd);
    let pos = view.positions.first().map_or(Pos::FLAT, |view| view.held.pos);
    VenueAccount { equity, pos, value }
}

fn close(engine: &Engine, simulation: &DirectPort, report: &mut report::Session) {
    let (address, dex) = simulation.account();
    let theirs = account(simulation);
    report.requests = traffic(engine);
    report.on_end(SessionEnd {
        at: report.now(),
        why: "the recording ended".to_owned(),
        venue_position: Some(theirs.pos),
        venue_equity: Some(theirs.equity),
        open_orders: Some(simulation.exchange().open_orders(address, dex).len() as u64),
        signatures_verified: 0,
        skew_at_max: engine.skew_at(engine.setup().sizing.limit_lots()).unwrap_or_default(),
    });
}

fn report(file: &Path, RecordedSession { info, setup, .. }: &RecordedSession) -> report::Session {
    let name =
        file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let head = SessionInfo {
        venue: name,
        coin: info.coin.clone(),
        world: None,
        began: info.span[0],
        position_max: setup.sizing.position_max,
        command: format!("evenkeel replay {}", file.display()),
    };
    let opening = report::Opening { equity: setup.config.capital, pos: Pos::FLAT };
    report::Session::new(head, opening)
}
