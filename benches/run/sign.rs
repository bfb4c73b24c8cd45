//! A signature with a prepared nonce beside one of RFC 6979, and the hash we use beside another, in
//! turns. Short calls are timed in batches.

use crate::kit::report::{self, Samples};
use evenkeel::host::Clock;
use evenkeel::wire::nonce::{Pool, Unprepared};
use evenkeel::wire::sign::hash::keccak;
use evenkeel::wire::{Signer, Source};
use serde_json::json;
use sha3::{Digest, Keccak256};
use std::hint::black_box;

/// Rounds, unless the command line says otherwise.
const ROUNDS: usize = 2_000;
/// Calls a reading of the clock; RFC 6979 is long enough for one.
const BATCH: usize = 100;
/// Signatures by RFC 6979 a round.
const DERIVED: usize = 4;
/// Bytes that are hashed for two orders.
const ACTION: [u8; 213] = [0x5a; 213];

/// Signatures and hashes.
pub fn main() {
    let machine = report::machine();
    report::print_machine(&machine);
    let clock = Clock::start();
    let rounds = report::option("--rounds", ROUNDS);
    let mut signer = Signer::new(&[7; 32], Source::Testnet).expect("a key");
    let mut pool = Pool::new();
    let (mut filler, mut taker) = pool.split();
    let (mut preparer, mut seed) = (signer.preparer(), 0u64);
    let names = ["prepared", "RFC 6979", "keccak-asm, 213 bytes", "sha3, 213 bytes"];
    let mut rows = names.map(|name| Samples::new(name, rounds * DERIVED));
    for round in 0..rounds {
        let mut randomness = |bytes: &mut [u8; 32]| {
            seed += 1;
            *bytes = keccak(&seed.to_be_bytes());
            true
        };
        filler.refill(&mut preparer, &mut randomness, usize::MAX);
        let mut digest = keccak(&round.to_be_bytes());
        rows[0].add(batch(&clock, BATCH, || digest = signer.sign(&digest, &mut taker).s));
        for _ in 0..DERIVED {
            rows[1].add(batch(&clock, 1, || digest = signer.sign(&digest, &mut Unprepared).s));
        }
        rows[2].add(batch(&clock, BATCH, || digest = keccak(black_box(&ACTION))));
        let mut other = || digest = Keccak256::digest(black_box(ACTION)).into();
        rows[3].add(batch(&clock, BATCH, &mut other));
        assert_eq!(digest, keccak(&ACTION), "both hashes are the same function");
    }
    let counts = signer.counts();
    assert_eq!(usize::try_from(counts.prepared), Ok(rounds * BATCH), "every one was prepared");
    report::head("a signature or a hash; all but RFC 6979 are means of a hundred");
    rows.iter_mut().for_each(|row| row.print(""));
    rows.iter_mut().for_each(Samples::histogram);
    let ratios = json!({
        "derived_over_prepared_p50": rows[1].p50() / rows[0].p50(),
        "derived_over_prepared_p99": rows[1].p99() / rows[0].p99(),
        "sha3_over_keccak_asm_p50": rows[3].p50() / rows[2].p50(),
    });
    println!("\nratios {ratios:#}");
    let mut arms = json!({});
    rows.iter_mut().for_each(|row| arms[row.name.clone()] = row.json());
    report::write("sign", &json!({ "machine": machine, "arms": arms, "ratios": ratios }));
}

/// Nanoseconds a call.
fn batch(clock: &Clock, count: usize, mut call: impl FnMut()) -> u64 {
    let start = clock.raw();
    (0..count).for_each(|_| call());
    clock.between(start, clock.raw()).ns() / u64::try_from(count).expect("small")
}
