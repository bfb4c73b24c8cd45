//! Everything that would be signed in a session, as one hash.

use evenkeel::backtest::runner::ScoredStrategy;
use evenkeel::engine::{Engine, Setup};
use evenkeel::market::KillStatus;
use evenkeel::market::{Event, RequestId, Requests, TableParams};
use evenkeel::num::{Mono, Stamp, WallMs};
use evenkeel::session::crank::Strategy;
use evenkeel::wire::{Encoder, RequestNonce};
use sha3::{Digest, Sha3_256};

/// Requests, counted and hashed.
#[derive(Default)]
pub struct Sum {
    pub count: u64,
    hash: Sha3_256,
}

impl Sum {
    /// Takes in a request: when it was made, and all of it that is signed or sent.
    pub fn add(
        &mut self,
        at: Stamp,
        id: RequestId,
        nonce: u64,
        expires: Option<WallMs>,
        action: &[u8],
    ) {
        let expires = expires.map_or(0, WallMs::ms);
        let length = u64::try_from(action.len()).expect("an action is short");
        for number in [at.mono.ns(), at.wall.ms(), id.0, nonce, expires, length] {
            self.hash.update(number.to_be_bytes());
        }
        self.hash.update(action);
        self.count += 1;
    }

    /// The first sixteen digits of the hash.
    pub fn digits(&self) -> String {
        let hash = self.hash.clone().finalize();
        hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An engine whose requests are encoded and summed up.
pub struct Summed {
    pub sum: Sum,
    engine: Engine,
    encoder: Encoder,
    nonce: RequestNonce,
}

impl Summed {
    pub fn new(setup: Setup) -> Box<Summed> {
        let mut encoder = Encoder::new(None);
        encoder.check_against(setup.spec);
        let (sum, nonce) = (Sum::default(), RequestNonce::after(0));
        Box::new(Summed { sum, engine: Engine::new(setup), encoder, nonce })
    }
}

impl Strategy for Summed {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        self.engine.step(at, event, out);
        for request in &*out {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            let (nonce, expires) = (unsigned.nonce(), unsigned.expires());
            self.sum.add(at, request.id, nonce, expires, unsigned.action());
        }
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

impl ScoredStrategy for Summed {
    fn kill(&self) -> KillStatus {
        self.engine.kill()
    }

    fn response(&self) -> Option<f64> {
        self.engine.response()
    }
}
