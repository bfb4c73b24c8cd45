//! A recorded market as a venue: `evenkeel replay FILE.jsonl.gz`.

use super::live::{dollars, traffic};
use super::show::ReportObserver;
use crate::backtest::compare::{Baseline, ComparisonRow, play};
use crate::backtest::recording::{
    FeedLatency, Reading, RecordingEvents, RecordingInfo, RecordingReader,
};
use crate::backtest::runner::UNLIMITED;
use crate::cli::{Exit, Failure};
use crate::engine::{Config, Engine, Setup, Sizing};
use crate::host::Clock;
use crate::host::lock::small_pages;
use crate::journal::MarketMessage;
use crate::market::{Address, AssetId, Book, Spec};
use crate::num::{Bps, Mono, Nanos, Pos, Px, Usd};
use crate::report::format::money;
use crate::report::{self, SessionEnd, SessionInfo, json as objects, text};
use crate::session::crank;
use crate::session::facts::Noted;
use crate::session::simulated::{Delays, DirectPort, DirectSetup, MarketSource};
use crate::venue::{Exchange, ExchangeConfig, FillModel, FlowTime, MarketConfig};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The asset's number on the simulated exchange; a recording does not have one.
const ASSET: AssetId = AssetId(0);
/// The account that trades. Nobody signs in virtual time, so any address will do.
const ACCOUNT: Address = Address([7; 20]);
/// Leverage of the account: twice what is used.
const LEVERAGE: u32 = 10;
/// Hundredths in a unit.
const HUNDREDTHS: i64 = 1_000_000;
/// Nanoseconds in a millisecond.
const MS_NS: u64 = 1_000_000;
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
    #[arg(long, default_value = "1.5", value_parser = bps, allow_hyphen_values = true)]
    fee_bps: Bps,
    /// What a taker pays, in bps.
    #[arg(long, default_value = "4.5", value_parser = bps, allow_hyphen_values = true)]
    taker_fee_bps: Bps,
    /// How long a request takes to the venue.
    #[arg(long, default_value_t = 50, value_name = "MS")]
    order_latency_ms: u64,
    /// How long the market takes to us; as recorded when not given.
    #[arg(long, value_name = "MS")]
    feed_latency_ms: Option<u64>,
    /// Dollars at risk.
    #[arg(long, default_value = "100", value_parser = dollars, value_name = "DOLLARS")]
    capital: Usd,
    /// Others to trade the same market, and a table: as-was, fixed:BPS.
    #[arg(long, value_name = "WHO", value_delimiter = ',', conflicts_with = "observe")]
    pub(super) compare: Vec<Baseline>,
    /// Only keep the book of what was recorded: nothing trades.
    #[arg(long)]
    observe: bool,
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
    let unreadable =
        |error: crate::backtest::recording::RecordingError| Failure::new(Exit::Usage, error);
    let reel = RecordingReader::open(file, args.coin.as_deref()).map_err(unreadable)?;
    let facts = reel.info().clone();
    if args.observe {
        return observe(reel, &clock, began, as_json);
    }
    let (setup, mut simulation) = stage(file, args, reel, None)?;
    let mut watch = ReportObserver::new(report(file, &facts, &setup), false);
    let engine = trade(setup, &mut simulation, &mut watch, &facts)?;
    let took = clock.mono().since(began);
    close(&engine, &simulation, &mut watch.session);
    let named = page.map(|page| super::write_page(&watch.session, page)).transpose()?.flatten();
    say!("{}", text::summary(&watch.session));
    let causes = simulation.causes();
    let crossed = watch.session.ledger().last().map_or(Usd::ZERO, |mid| causes.crossed_pnl(mid));
    say!(
        "evenkeel: fills by cause: {} traded through, {} queue reached, {} book crossed; PnL without the last {}",
        causes.traded_through,
        causes.queue_reached,
        causes.book_crossed,
        money(watch.session.parts().total - crossed, 4)
    );
    let events = simulation.frames();
    let ours = ComparisonRow::new(watch.session.ledger(), &setup, &simulation);
    let arms = compare(file, args, ours)?;
    if as_json {
        let object = objects::MarketReplayReport {
            run: objects::RunReport::new(&watch.session, named),
            events,
            events_per_s: super::rate(events, took),
            arms,
        };
        tell!("{}", serde_json::to_string(&object).expect("plain fields"));
    }
    say!("evenkeel: {events} messages, {:.0} a second", super::rate(events, took));
    reconcile(&engine, &simulation)
}

/// The engine beside the others that were asked for, each on a market of its own: a table, and the
/// figures by name. Nothing when nobody was asked for.
fn compare(
    file: &Path,
    args: &MarketArgs,
    ours: ComparisonRow,
) -> Result<BTreeMap<String, Value>, Failure> {
    let mut arms = BTreeMap::new();
    if args.compare.is_empty() {
        return Ok(arms);
    }
    say!("{}\n{}", ComparisonRow::LEGEND, ours.row("engine"));
    arms.insert("engine".to_owned(), json!(ours));
    for &rival in &args.compare {
        let reel = RecordingReader::open(file, args.coin.as_deref());
        let reel = reel.map_err(|error| Failure::new(Exit::Usage, error))?;
        let (setup, mut simulation) = stage(file, args, reel, Some(UNLIMITED))?;
        let arm = play(rival, &setup, &mut simulation);
        let arm = arm.map_err(|why| Failure::new(Exit::Usage, why))?;
        say!("{}", arm.row(&rival.to_string()));
        arms.insert(rival.to_string(), json!(arm));
    }
    Ok(arms)
}

/// Keeps the book of the whole recording and tells how fast that went.
fn observe(
    mut reel: RecordingReader,
    clock: &Clock,
    began: Mono,
    as_json: bool,
) -> Result<(), Failure> {
    let (mut book, mut events, mut unusable) = (Book::default(), 0u64, 0u64);
    while let Some(heard) = reel.next().map_err(|error| Failure::new(Exit::Usage, error))? {
        events += 1;
        let taken = match &heard.content {
            MarketMessage::Touch(bbo) => book.touch(bbo),
            MarketMessage::Book(frame) => book.replace(frame),
            MarketMessage::Trades(..)
            | MarketMessage::Context(_)
            | MarketMessage::Alive
            | MarketMessage::Other => Ok(()),
        };
        unusable += u64::from(taken.is_err());
    }
    let rate = super::rate(events, clock.mono().since(began));
    if as_json {
        tell!("{}", json!({ "events": events, "events_per_s": rate, "unused_books": unusable }));
    }
    say!(
        "evenkeel: {events} messages observed, {rate:.0} a second; {unusable} books were old or impossible"
    );
    Ok(())
}

/// The exchange behind the recording, and what the engine begins with. The address may make
/// `requests` before it has traded; as many as the venue grants when not given.
fn stage(
    file: &Path,
    args: &MarketArgs,
    reel: RecordingReader,
    requests: Option<u64>,
) -> Result<(Setup, DirectPort), Failure> {
    let facts = reel.info();
    let mid = facts.first_mid.ok_or_else(|| {
        Failure::new(Exit::Usage, format!("{}: no book with two sides", file.display()))
    })?;
    let spec = Spec {
        asset: ASSET,
        sz_decimals: args.sz_decimals.unwrap_or(facts.sz_decimals),
        leverage_max: LEVERAGE,
        fee_maker: args.fee_bps,
        fee_taker: args.taker_fee_bps,
    };
    let config = Config { capital: args.capital, ..Config::default() };
    let sizing = Sizing::new(config.capital, config.multiple, &spec, mid)
        .map_err(|error| Failure::new(Exit::Config, error))?;
    let setup = Setup::flat(config, spec, sizing, mid);
    let [from, _] = facts.span;
    let mut exchange = bare(facts, &spec, mid, args.capital, from);
    if let Some(requests) = requests {
        exchange.rules.budget_initial = requests;
    }
    let mut exchange = Exchange::new(exchange);
    let opened = exchange.open_account(ACCOUNT);
    assert!(opened, "a fresh exchange opens any account");
    let delay = args
        .feed_latency_ms
        .map_or(FeedLatency::AsRecorded, |ms| FeedLatency::Fixed(Nanos::from_millis(ms)));
    let reading = Reading { delay, asset: ASSET };
    let order = Nanos::from_millis(args.order_latency_ms);
    let simulation = DirectPort::new(DirectSetup {
        exchange,
        account: ACCOUNT,
        dex: 0,
        source: MarketSource::Recorded(RecordingEvents::new(reel, reading).moments()),
        start_ns: from.ms() * MS_NS,
        delays: Delays { order, feed: order },
    });
    let simulation = simulation.map_err(|error| Failure::new(Exit::Usage, error))?;
    Ok((setup, simulation))
}

fn bare(
    facts: &RecordingInfo,
    spec: &Spec,
    mid: Px,
    capital: Usd,
    from: crate::num::WallMs,
) -> ExchangeConfig {
    let mut config = ExchangeConfig::bare(1, from);
    config.rules.flow = FlowTime::AtOnce;
    config.rules.funding = false;
    config.dexes[0].deposit = capital;
    config.markets.push(MarketConfig {
        name: facts.coin.clone(),
        dex: 0,
        spec: *spec,
        mark: mid,
        fill_model: FillModel::Recorded,
    });
    config
}

/// Turns the crank over the whole recording.
fn trade(
    setup: Setup,
    simulation: &mut DirectPort,
    watch: &mut ReportObserver,
    facts: &RecordingInfo,
) -> Result<Box<Engine>, Failure> {
    let mut engine = Box::new(Engine::new(setup));
    let mut noted = Noted::default();
    let bar = bar(facts);
    let (mut steps, mut last) = (0u64, None);
    let run = crank::run(engine.as_mut(), simulation, |at, engine: &Engine, simulation| {
        if noted.is_due(engine, at.mono) {
            let told: Result<(), std::convert::Infallible> =
                noted.on_step(engine, at.mono, Nanos::ZERO, |fact| {
                    watch.report_fact(at, fact);
                    Ok(())
                });
            let Ok(()) = told;
        } else if let Some(mid) = engine.market().book().mid().filter(|mid| Some(*mid) != last) {
            last = Some(mid);
            watch.session.mid(at.mono, mid);
        }
        steps += 1;
        if steps.is_multiple_of(BAR_EVERY) {
            bar.set_position(simulation.frames());
        }
    });
    bar.finish_and_clear();
    run.map_err(|why| Failure::new(Exit::Usage, why))?;
    Ok(engine)
}

/// A progress bar over the messages; hidden where nobody looks.
fn bar(facts: &RecordingInfo) -> ProgressBar {
    let bar = ProgressBar::new(facts.messages());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} messages, {eta} left");
    bar.with_style(style.expect("the template is sound"))
}

fn close(engine: &Engine, simulation: &DirectPort, report: &mut report::Session) {
    let (account, dex) = simulation.account();
    let view = simulation.exchange().account(account, dex);
    report.requests = traffic(engine);
    report.on_end(SessionEnd {
        at: report.now(),
        why: "the recording ended".to_owned(),
        venue_position: Some(venue_pos(simulation)),
        venue_equity: view.map(|view| view.all.account_value),
        open_orders: count(simulation.exchange().open_orders(account, dex).len()),
        signatures_verified: 0,
        skew_at_max: engine.skew_at(engine.setup().sizing.limit_lots()).unwrap_or_default(),
    });
}

fn count(orders: usize) -> u64 {
    u64::try_from(orders).unwrap_or(u64::MAX)
}

/// Our position as the exchange has it.
fn venue_pos(simulation: &DirectPort) -> Pos {
    let (account, dex) = simulation.account();
    let view = simulation.exchange().account(account, dex);
    view.and_then(|view| view.positions.first().map(|view| view.held.pos)).unwrap_or(Pos::FLAT)
}

/// Whether the engine's account is the exchange's, to the cent.
fn reconcile(engine: &Engine, simulation: &DirectPort) -> Result<(), Failure> {
    let (account, dex) = simulation.account();
    let Some(view) = simulation.exchange().account(account, dex) else {
        return Err(Failure::new(Exit::Mismatch, "the exchange has lost our account"));
    };
    let position = &engine.account().position;
    let value = view.all.account_value - view.all.raw_usd;
    let ours = position.pnl_with(value);
    let theirs = view.all.account_value - engine.setup().config.capital;
    let off = (ours - theirs).max(theirs - ours);
    if position.pos() == venue_pos(simulation) && off <= Usd::from_e8(HUNDREDTHS) {
        return Ok(());
    }
    let words = format!(
        "our account and the exchange's differ: position {:?} against {:?}, PnL {ours:?} against {theirs:?}",
        position.pos(),
        venue_pos(simulation)
    );
    Err(Failure::new(Exit::Mismatch, words))
}

fn report(file: &Path, facts: &RecordingInfo, setup: &Setup) -> report::Session {
    let name =
        file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let head = SessionInfo {
        venue: name,
        coin: facts.coin.clone(),
        world: None,
        began: facts.span[0],
        position_max: setup.sizing.position_max,
        command: format!("evenkeel replay {}", file.display()),
    };
    let opening = report::Opening { equity: setup.config.capital, pos: Pos::FLAT };
    report::Session::new(head, opening)
}

/// Basis points such as `1.5` or `-0.2`.
///
/// # Errors
/// It is not a decimal, or beyond 100 bps either way.
fn bps(text: &str) -> Result<Bps, String> {
    let e8 = crate::num::text::read_e8(text.as_bytes()).map_err(|error| error.to_string())?;
    let fee = Bps::from_ubps(e8 / 100);
    if Bps::from_int(100) < fee.abs() {
        return Err("a fee lies between -100 and 100 bps".to_owned());
    }
    Ok(fee)
}
