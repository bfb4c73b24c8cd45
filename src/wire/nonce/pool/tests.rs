use super::*;
use crate::wire::sign::hash::keccak;
use crate::wire::sign::{Signer, Source};

/// Stands in for the system's randomness.
fn randomness() -> impl FnMut(&mut [u8; 32]) -> bool {
    let mut n = 0u64;
    move |seed| {
        n += 1;
        *seed = keccak(&n.to_be_bytes());
        true
    }
}

fn preparer() -> Preparer {
    Signer::new(&[0x42; 32], Source::Testnet).expect("a key").preparer()
}

/// An entry that says which it is, and costs nothing to make.
fn numbered(n: u64) -> Prepared {
    let mut r = [0; 32];
    r[24..].copy_from_slice(&n.to_be_bytes());
    Prepared { a: Scalar::from(n + 1), b: Scalar::from(n + 2), r, odd: n % 2 == 1 }
}

/// Words of the pool that are not zero, its counters apart.
fn words_left(pool: &Pool) -> usize {
    let words = pool.slots.iter().flat_map(|slot| &slot.words);
    words.filter(|word| word.load(Ordering::Relaxed) != 0).count()
}

#[test]
fn a_pool_fills_up_runs_out_and_keeps_nothing() {
    let mut pool = Pool::new();
    let (mut filler, mut taker) = pool.split();
    let (mut preparer, mut randomness) = (preparer(), randomness());
    assert!(taker.take().is_none(), "an empty pool");
    assert_eq!(filler.refill(&mut preparer, &mut randomness, 3), 3);
    assert_eq!(filler.refill(&mut preparer, &mut randomness, SLOTS), SLOTS - 3);
    assert_eq!(filler.refill(&mut preparer, &mut randomness, SLOTS), 0, "a full pool");
    let first = taker.take().expect("it is full");
    let second = taker.take().expect("it is full");
    assert_ne!(first.r, second.r);
    assert_eq!(filler.ready(), SLOTS - 2);
    assert_eq!(filler.refill(&mut preparer, &mut randomness, SLOTS), 2, "room again");
    for _ in 0..SLOTS {
        assert!(taker.take().is_some());
    }
    assert!(taker.take().is_none(), "empty again");
    assert_eq!(words_left(&pool), 0, "what was taken is wiped");
}

#[test]
fn randomness_that_fails_fills_nothing() {
    let mut pool = Pool::new();
    let (mut filler, mut taker) = pool.split();
    assert_eq!(filler.refill(&mut preparer(), |_| false, 5), 0, "an error");
    assert_eq!(filler.refill(&mut preparer(), |_| true, 5), 0, "zeros");
    assert!(taker.take().is_none());
}

#[test]
fn entries_of_another_machine_are_thrown_away() {
    let mut pool = Pool::new();
    let (mut filler, mut taker) = pool.split();
    filler.set_generation(1);
    (0..5).for_each(|n| filler.push(&numbered(n)));
    assert_eq!(taker.take().expect("ours").r, numbered(0).r);
    filler.set_generation(2);
    assert!(taker.take().is_none(), "all that is left is of the first machine");
    assert_eq!(taker.discarded(), 4);
    filler.push(&numbered(7));
    assert_eq!(taker.take().expect("made here").r, numbered(7).r);
    assert_eq!(words_left(&pool), 0);
}

#[test]
fn two_threads_pass_every_entry_once_and_whole() {
    const ENTRIES: u64 = 20_000;
    let mut pool = Pool::new();
    let (mut filler, mut taker) = pool.split();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for n in 0..ENTRIES {
                while filler.ready() == SLOTS {
                    std::thread::yield_now();
                }
                filler.push(&numbered(n));
            }
        });
        for n in 0..ENTRIES {
            let got = loop {
                match taker.take() {
                    Some(prepared) => break prepared,
                    None => std::thread::yield_now(),
                }
            };
            let want = numbered(n);
            assert_eq!((got.r, got.odd), (want.r, want.odd), "entry {n}");
            assert!(got.a == want.a && got.b == want.b, "entry {n} is torn");
        }
    });
    assert_eq!(words_left(&pool), 0);
}

#[test]
fn no_nonce_signs_twice() {
    const SIGNATURES: usize = 8_192;
    let mut pool = Pool::new();
    let (mut filler, mut taker) = pool.split();
    let (mut preparer, mut randomness) = (preparer(), randomness());
    let mut signer = Signer::new(&[0x42; 32], Source::Testnet).expect("a key");
    let mut seen = std::collections::HashSet::new();
    for number in 0..SIGNATURES {
        // Refilled in uneven bites, so that every slot is used again and again.
        if number % 100 == 0 {
            filler.refill(&mut preparer, &mut randomness, 97);
        }
        let digest = keccak(&number.to_be_bytes());
        let signature = signer.sign(&digest, &mut taker);
        assert!(seen.insert(signature.r), "signature {number} repeats a nonce");
    }
    let counts = signer.counts();
    assert!(0 < counts.derived, "it ran dry at times: {counts:?}");
    assert_eq!(usize::try_from(counts.prepared + counts.derived), Ok(SIGNATURES));
}
