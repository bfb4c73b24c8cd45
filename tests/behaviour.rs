//! Golden hashes of every decision: a change that is not meant to change what the engine does
//! leaves every row of `tests/golden/behaviour.txt` as it is.
//!
//! A row is a session: its name, the hash over all its requests with their times, and how many
//! there were. `EVENKEEL_WRITE_BEHAVIOUR=1 cargo test --test behaviour` writes the rows instead,
//! after a change that was meant to.

#[path = "behaviour/requests.rs"]
mod requests;

use evenkeel::backtest::recording::{FeedLatency, RecordedSession, RecordedTerms};
use evenkeel::backtest::runner::{ScenarioSession, SessionSpec};
use evenkeel::engine::Config;
use evenkeel::journal::{Entry, Reader};
use evenkeel::num::{Bps, Nanos};
use evenkeel::session::crank;
use evenkeel::session::replay::replay;
use evenkeel::venue::Scenario;
use flate2::read::GzDecoder;
use requests::{Sum, Summed};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The recordings of `docs/SCENARIOS.md`, which are not part of the repository.
const SHARED: [&str; 4] = [
    "hl_WLFI_20250904T1946",
    "hl_ETH_20251210T2110",
    "hl_BTC_20250904T1946",
    "aster_BNB_20251128T1034",
];
/// Short recordings in `tests/golden/recordings`.
const SHORT: [&str; 2] = ["venue_demo", "venue_trend"];
/// What a maker pays: the least and the most that matters (SCENARIOS 4).
const FEES: [(&str, Bps); 2] =
    [("1.5", Bps::from_ubps(1_500_000)), ("2.88", Bps::from_ubps(2_880_000))];
/// The first so many seeds of a scenario.
const SEEDS: u64 = 8;
/// A journal of a minute against the embedded exchange, as version 0.1.0 wrote it.
const JOURNAL: &str = "session_v0.1.0.journal";
/// How long a request takes to a recorded venue, and its answer back, as `evenkeel replay` has it.
const LATENCY: Nanos = Nanos::from_millis(50);

/// Tests that rewrite the file take turns.
static FILE: Mutex<()> = Mutex::new(());

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A line of the file.
fn row(name: &str, sum: &Sum) -> String {
    format!("{name} {} {}", sum.digits(), sum.count)
}

/// Compares the rows whose names begin with `group` with those of the file, or writes them there.
fn settle(group: &str, got: &[String]) {
    let path = golden().join("behaviour.txt");
    let _turn = FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let (want, others): (Vec<&str>, Vec<&str>) =
        text.lines().partition(|line| line.starts_with(group));
    if std::env::var_os("EVENKEEL_WRITE_BEHAVIOUR").is_some_and(|value| value == "1") {
        let mut rows = others;
        rows.extend(got.iter().map(String::as_str));
        rows.sort_unstable();
        fs::write(&path, rows.join("\n") + "\n").expect("the golden file can be written");
        return;
    }
    let [want, got] = [want, got.iter().map(String::as_str).collect()].map(by_name);
    let names: BTreeSet<_> = want.keys().chain(got.keys()).copied().collect();
    let differences =
        names.into_iter().filter(|name| want.get(name) != got.get(name)).map(|name| {
            let [want, got] = [&want, &got].map(|rows| rows.get(name).unwrap_or(&"no such row"));
            format!("{name}: want {want}, got {got}")
        });
    let differences: Vec<String> = differences.collect();
    assert!(differences.is_empty(), "decisions differ\n{}", differences.join("\n"));
}

/// Rows by their names.
fn by_name(rows: Vec<&str>) -> BTreeMap<&str, &str> {
    rows.into_iter().map(|row| row.split_once(' ').unwrap_or((row, ""))).collect()
}

/// A recorded market behind the delays and with the rules of `evenkeel replay FILE`.
fn recorded(file: &Path, fee_maker: Bps) -> RecordedSession {
    let terms = RecordedTerms {
        coin: None,
        sz_decimals: None,
        fees: [fee_maker, Bps::from_centi(450)],
        order_latency: LATENCY,
        feed_latency: FeedLatency::AsRecorded,
        requests: None,
        config: Config::default(),
    };
    RecordedSession::open(file, &terms).expect("a recording that can be read")
}

/// The rows of recordings in `folder`, at each fee.
fn recordings(group: &str, folder: &Path, names: &[&str]) -> Vec<String> {
    let mut rows = Vec::new();
    for name in names {
        for (words, fee) in FEES {
            let mut session = recorded(&folder.join(format!("{name}.jsonl.gz")), fee);
            let mut summed = Summed::new(session.setup);
            crank::run(&mut *summed, &mut session.simulation, |_, _, _| {})
                .expect("a sound recording");
            assert!(0 < summed.sum.count, "{name}: a session that does something");
            rows.push(row(&format!("{group}{name}/{words}"), &summed.sum));
        }
    }
    rows
}

/// The sessions of `evenkeel scenario NAME --seeds 8`.
fn scenario(scenario: Scenario, group: &str) {
    let session = |seed| {
        let length_ms = scenario.length_ms();
        let session = SessionSpec { scenario, seed, length_ms, budget: true };
        let session = ScenarioSession::open(&session, Config::default()).expect("enough capital");
        let mut summed = Summed::new(session.setup);
        session.play(&mut *summed).expect("the tables pass their checks");
        row(&format!("{group}{seed}"), &summed.sum)
    };
    settle(group, &(1..=SEEDS).map(session).collect::<Vec<_>>());
}

#[test]
fn recorded_markets_are_traded_as_ever() {
    let shared = std::env::var_os("EVENKEEL_SHARED").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let data = shared.unwrap_or(beside).join("data");
    if data.is_dir() {
        settle("recorded/", &recordings("recorded/", &data, &SHARED));
        return;
    }
    // Written past the capture of a passing test's output.
    let words = "behaviour: no ../shared/data here, the rows `recorded/` are skipped";
    writeln!(std::io::stderr(), "{words}").expect("standard error is open");
}

#[test]
fn short_recordings_are_traded_as_ever() {
    settle("short/", &recordings("short/", &golden().join("recordings"), &SHORT));
}

#[test]
fn feb24_is_traded_as_ever() {
    scenario(Scenario::Feb24, "feb24/");
}

#[test]
fn a_trend_is_traded_as_ever() {
    scenario(Scenario::Trend, "trend/");
}

#[test]
fn a_walk_is_traded_as_ever() {
    scenario(Scenario::Walk, "walk/");
}

#[test]
fn a_journal_of_version_0_1_0_replays() {
    let packed = fs::File::open(golden().join(format!("{JOURNAL}.gz"))).expect("the journal");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(JOURNAL);
    let mut plain = fs::File::create(&path).expect("a temporary file");
    std::io::copy(&mut GzDecoder::new(packed), &mut plain).expect("a sound gzip file");

    let verdict = replay(&path, &|_| false, &mut |_, _| {}).expect("a journal").verdict;
    assert_eq!(
        (&verdict.difference, verdict.truncated_bytes),
        (&None, 0),
        "it replays identically"
    );

    let (mut reader, mut sum) = (Reader::open(&path).expect("a journal"), Sum::default());
    while let Some(record) = reader.next().expect("sound records") {
        if let Entry::Unsigned(sealed, action) = record.entry {
            sum.add(record.at, sealed.id, sealed.nonce, sealed.expires, action);
        }
    }
    assert_eq!(sum.count, verdict.actions, "every request was compared");
    settle("journal/", &[row(&format!("journal/{JOURNAL}"), &sum)]);
}
