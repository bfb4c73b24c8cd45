//! A panic in any thread of a real process: the guardian acts, then the process ends with code 70.

use evenkeel::host::Guardian;
use evenkeel::host::guard::Watch;
use evenkeel::num::Nanos;
use std::io::Write;
use std::process::{Command, Output};

/// Tells a child process of these tests what to play.
const PART: &str = "EVENKEEL_TEST_PART";

/// Says what it did, past the test harness, which would hold it back.
struct Loud;

impl Watch for Loud {
    fn tend(&mut self) {}
    fn act(&mut self, why: &str) {
        let line = format!("cancelled everything: {why}\n");
        std::io::stdout().write_all(line.as_bytes()).expect("a pipe to the parent");
    }
}

/// Never done.
struct Stuck;

impl Watch for Stuck {
    fn tend(&mut self) {}
    fn act(&mut self, _why: &str) {
        loop {
            std::thread::park();
        }
    }
}

/// Fails itself.
struct Broken;

impl Watch for Broken {
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
fn play(watch: impl Watch) {
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

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
