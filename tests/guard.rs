//! A panic in any thread of a real process: the guardian acts, then the process ends with code 70. And what
//! is no reason to end.

use evenkeel::engine::{Config, Setup, Sizing};
use evenkeel::host::guard::GuardianTask;
use evenkeel::host::pin::Cores;
use evenkeel::host::{Clock, Guardian, Signals};
use evenkeel::journal::fact::Fact;
use evenkeel::market::Address;
use evenkeel::num::{Nanos, Stamp};
use evenkeel::session::bootstrap;
use evenkeel::session::embedded::Embedded;
use evenkeel::session::header::SessionHeader;
use evenkeel::session::live::cancel_all::CancelAll;
use evenkeel::session::live::cold::Observer;
use evenkeel::session::live::config::SessionConfig;
use evenkeel::session::live::run::run;
use evenkeel::session::rest::Rest;
use evenkeel::venue::Scenario;
use evenkeel::wire::{Signer, Source};
use std::io::Write;
use std::process::{Command, Output};

/// Tells a child process of these tests what to play.
const PART: &str = "EVENKEEL_TEST_PART";

/// Says what it did, past the test harness, which would hold it back.
struct Loud;

impl GuardianTask for Loud {
    fn tend(&mut self) {}
    fn act(&mut self, why: &str) {
        let line = format!("cancelled everything: {why}\n");
        std::io::stdout().write_all(line.as_bytes()).expect("a pipe to the parent");
    }
}

/// Never done.
struct Stuck;

impl GuardianTask for Stuck {
    fn tend(&mut self) {}
    fn act(&mut self, _why: &str) {
        loop {
            std::thread::park();
        }
    }
}

/// Fails itself.
struct Broken;

impl GuardianTask for Broken {
    fn tend(&mut self) {}
    fn act(&mut self, _why: &str) {
        panic!("the guardian broke too");
    }
}

/// Runs the named test in a process of its own, which plays `part`.
fn child(test: &str, part: &str) -> Output {
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    command.args([test, "--exact", "--nocapture"]).env(PART, part);
    command.output().expect("a child process")
}

/// Panics in a thread called hot, with `watch` on guard.
fn play(watch: impl GuardianTask) {
    let guardian = Guardian::start(watch, Nanos::from_secs(1_000)).expect("a thread");
    guardian.install();
    let hot = std::thread::Builder::new().name("hot".to_owned());
    let hot = hot.spawn(|| panic!("an invariant broke")).expect("a thread");
    let _ = hot.join();
    unreachable!("the process has ended");
}

#[test]
fn a_panic_lets_the_guardian_act_and_ends_with_70() {
    const ME: &str = "a_panic_lets_the_guardian_act_and_ends_with_70";
    match std::env::var(PART).as_deref() {
        Ok("loud") => play(Loud),
        Ok("stuck") => play(Stuck),
        Ok("broken") => play(Broken),
        _ => {
            for part in ["loud", "stuck", "broken"] {
                let Output { status, stdout, stderr } = child(ME, part);
                let (told, said) = (text(&stdout), text(&stderr));
                assert_eq!(status.code(), Some(70), "{part}: {told}{said}");
                assert!(said.contains("an invariant broke"), "{part}: {said}");
                let acted = told.contains("cancelled everything") && told.contains("invariant");
                assert_eq!(acted, part == "loud", "{part}: {told}");
            }
        }
    }
}

/// Breaks once it has seen both sides rest for a while.
struct Breaks(u32);

impl Observer for Breaks {
    fn on_fact(&mut self, _at: Stamp, fact: &Fact) {
        if let Fact::Snapshot(seen) = fact
            && 2 <= seen.orders_live
        {
            self.0 += 1;
            assert!(self.0 < 20, "an invariant broke while {} orders rest", seen.orders_live);
        }
    }
    fn on_time(&mut self, _at: Stamp) {}
    fn on_notice(&mut self, _words: &str) {}
}

const SECRET: [u8; 32] = [5; 32];

fn account() -> Address {
    Signer::new(&SECRET, Source::Testnet).expect("a key").address()
}

/// Trades at a venue that another process serves, until the cold thread breaks.
fn trade(rest: &str, url: &str) {
    let (clock, rest) = (Clock::start(), Rest::new(rest));
    let opened = bootstrap::read(&rest, "HYPE", account()).expect("it answers");
    let config = Config::default();
    let sizing = Sizing::new(config.capital, config.multiple, &opened.spec, opened.mid);
    let setup = Setup::flat(config, opened.spec, sizing.expect("enough"), opened.mid);
    let session = SessionHeader {
        build: String::new(),
        venue: "embedded".to_owned(),
        world: None,
        account: account(),
        coins: vec!["HYPE".to_owned()],
        setup,
        nonce_after: 0,
    };
    let plan = SessionConfig {
        session,
        rest,
        url: url.to_owned(),
        dex: opened.dex,
        secret: SECRET.into(),
        kept: None,
        source: Source::Testnet,
        journal: None,
        duration: None,
        others: 2,
        cores: Cores::query(),
        signals: Signals::install().expect("handlers"),
        clock,
    };
    let guardian = Guardian::start(CancelAll::new(&plan), Nanos::from_secs(15)).expect("a thread");
    guardian.install();
    let _ = run(plan, Breaks(0));
    unreachable!("the process has ended");
}

#[test]
fn a_session_that_breaks_leaves_nothing_at_the_venue() {
    const ME: &str = "a_session_that_breaks_leaves_nothing_at_the_venue";
    if let Some((rest, url)) = std::env::var(PART).ok().as_deref().and_then(|p| p.split_once(' ')) {
        return trade(rest, url);
    }
    let venue = Embedded::start("HYPE", Scenario::Calm, 1, Clock::start()).expect("a port");
    let part = format!("{} {}", venue.address().rest(), venue.address().socket());
    let Output { status, stderr, .. } = child(ME, &part);
    let said = text(&stderr);
    assert_eq!(status.code(), Some(70), "{said}");
    assert!(said.contains("orders rest") && said.contains("has cancelled what rested"), "{said}");
    let user = account().to_string();
    let open = serde_json::json!({"type": "frontendOpenOrders", "user": user, "dex": ""});
    let open = Rest::new(&venue.address().rest()).info(&open).expect("it answers");
    assert_eq!(open.as_array().map(Vec::len), Some(0), "{open}");
    venue.finish().expect("served well");
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whoever reads the words may go away; a session must not end for it.
#[test]
fn a_session_without_readers_ends_in_good_order() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("unread");
    std::fs::create_dir_all(&folder).expect("a folder to write to");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("evenkeel"));
    command.args(["run", "--for", "3s", "--plain", "--json"]).env("EVENKEEL_STATE_DIR", &folder);
    command.stdout(writer.try_clone().expect("another end")).stderr(writer);
    let status = command.status().expect("it runs");
    assert_eq!(status.code(), Some(0));
}
