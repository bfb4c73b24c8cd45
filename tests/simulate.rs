//! Sessions with faults: every seed that ever showed something, and a number of others.

use assert_cmd::cargo::CommandCargoExt as _;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Seeds of every run of the tests; more with `EVENKEEL_SEEDS`.
const SEEDS: &str = "64";

/// What a run of the command says.
fn simulate(options: &[&str]) -> Value {
    let mut command = Command::cargo_bin("evenkeel").expect("built for tests");
    let output = command.arg("simulate").args(options).arg("--json").output().expect("it runs");
    let line = output.stdout.split(|&byte| byte == b'\n').find(|line| !line.is_empty());
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = line.unwrap_or_else(|| panic!("{options:?}: no JSON: {words}"));
    let told = serde_json::from_slice(line).expect("JSON");
    let code = output.status.code();
    assert!(code == Some(0) || code == Some(7), "{options:?}: {code:?} {words}");
    told
}

/// The invariants that a run violated.
fn violated(told: &Value) -> Vec<&str> {
    let rows = told["violations"].as_array().expect("a list");
    rows.iter().filter_map(|row| row["invariant"].as_str()).collect()
}

#[test]
fn seeds_that_once_failed_are_open_or_mended() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds.txt");
    let text = std::fs::read_to_string(path).expect("the seeds");
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut count = 0;
    for row in rows {
        let fields: Vec<&str> = row.split_whitespace().collect();
        let [kind, seed, minutes, invariant, state] = fields[..] else { panic!("{row:?}") };
        let mut options = vec!["--first-seed", seed, "--seeds", "1", "--minutes", minutes];
        match kind {
            "mixed" | "storm" => options.extend(["--profile", kind]),
            kind => options.extend(["--find", kind]),
        }
        let told = simulate(&options);
        let fails = violated(&told).contains(&invariant);
        match state {
            "open" => assert!(fails, "{row}: it holds: mark it `mended`"),
            "mended" => assert!(!fails, "{row}: it fails again: {told}"),
            state => panic!("{row}: {state:?} is neither open nor mended"),
        }
        count += 1;
    }
    assert!(10 <= count, "{count} seeds");
}

#[test]
fn sessions_with_faults_keep_their_promises() {
    let seeds = std::env::var("EVENKEEL_SEEDS").unwrap_or_else(|_| SEEDS.to_owned());
    let told = simulate(&["--seeds", &seeds, "--first-seed", "1"]);
    assert_eq!(violated(&told), [""; 0], "{told}");
    let number = |key: &str| told[key].as_f64().expect("a number");
    assert!(number("seeds") * 20.0 <= number("fills"), "it trades: {told}");
    assert!(0.5 <= number("quoted_share"), "it quotes: {told}");
    assert!(1.0 <= number("kills"), "processes were killed: {told}");
    let storm = simulate(&["--seeds", "16", "--profile", "storm"]);
    assert_eq!(violated(&storm), [""; 0], "{storm}");
}

#[test]
fn a_seed_gives_the_same_run_again() {
    let once = || simulate(&["--seeds", "4", "--first-seed", "90"])["io_sha256"].clone();
    assert_eq!(once(), once());
}

#[test]
fn wrong_words_are_refused() {
    let mut command = Command::cargo_bin("evenkeel").expect("built for tests");
    let output = command.args(["simulate", "--find", "f99"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("choose one of f01"));
}
