//! The same seed gives the same session: every request, byte for byte.

#[path = "behaviour/requests.rs"]
mod requests;

use evenkeel::backtest::runner::{ScenarioSession, SessionSpec};
use evenkeel::engine::Config;
use evenkeel::venue::Scenario;
use requests::Summed;

/// Requests and their hash of one session.
fn session(seed: u64) -> (u64, String) {
    let (scenario, length_ms) = (Scenario::Walk, Scenario::Walk.length_ms());
    let session = SessionSpec { scenario, seed, length_ms, budget: true };
    let session = ScenarioSession::open(&session, Config::default()).expect("enough capital");
    let mut summed = Summed::new(session.setup);
    session.play(&mut *summed).expect("the tables pass their checks");
    (summed.sum.count, summed.sum.digits())
}

#[test]
fn a_seeded_session_repeats_to_the_byte() {
    let first = session(7);
    assert!(100 < first.0, "a session that does something: {first:?}");
    assert_eq!(session(7), first);
    assert_ne!(session(8).1, first.1, "another seed is another session");
}
