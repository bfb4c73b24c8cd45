//! The same seed gives the same session: every request, byte for byte.

use evenkeel::drive::simulate::Machine;
use evenkeel::engine::{Config, Engine, Setup};
use evenkeel::lab::arena::{Stage, Terms, Watched, play};
use evenkeel::market::{Event, Requests, TableParams};
use evenkeel::num::{Mono, Stamp};
use evenkeel::risk::KillState;
use evenkeel::sim::Scenario;
use evenkeel::wire::{Encoder, RequestNonce};

/// An engine whose requests are encoded and summed up.
struct Summed {
    engine: Engine,
    encoder: Encoder,
    nonce: RequestNonce,
    requests: u64,
    hash: u64,
}

impl Summed {
    fn new(stage: &Stage, config: Config) -> Summed {
        let setup = Setup::flat(config, stage.spec, stage.sizing, stage.px);
        let mut encoder = Encoder::new(None);
        encoder.check_against(stage.spec);
        let (nonce, requests, hash) = (RequestNonce::after(0), 0, 0xcbf2_9ce4_8422_2325);
        Summed { engine: Engine::new(setup), encoder, nonce, requests, hash }
    }

    /// FNV-1a over everything that would be signed.
    fn sum(&mut self, at: Stamp, out: &Requests) {
        for request in out {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            let nonce = unsigned.nonce().to_be_bytes();
            for &byte in unsigned.action().iter().chain(&nonce) {
                self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            self.requests += 1;
        }
    }
}

impl Machine for Summed {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        self.engine.step(at, event, out);
        self.sum(at, out);
    }

    fn wake(&self) -> Mono {
        self.engine.wake()
    }

    fn table_wish(&self, now: Mono) -> Option<TableParams> {
        self.engine.table_wish(now)
    }

    fn must_sync(&self) -> bool {
        self.engine.must_sync()
    }
}

impl Watched for Summed {
    fn kill(&self) -> KillState {
        self.engine.kill()
    }

    fn response(&self) -> Option<f64> {
        self.engine.response()
    }
}

/// Requests and their hash of one session.
fn session(seed: u64) -> (u64, u64) {
    let config = Config::default();
    let stage = Stage::of(Scenario::Walk, &config);
    let mut summed = Summed::new(&stage, config);
    let (scenario, length_ms) = (Scenario::Walk, Scenario::Walk.length_ms());
    let terms = Terms { scenario, seed, length_ms, budget: true };
    play(&terms, &stage, &config, &mut summed).expect("the tables pass their checks");
    (summed.requests, summed.hash)
}

#[test]
fn a_seeded_session_repeats_to_the_byte() {
    let first = session(7);
    assert!(100 < first.0, "a session that does something: {first:?}");
    assert_eq!(session(7), first);
    assert_ne!(session(8).1, first.1, "another seed is another session");
}
