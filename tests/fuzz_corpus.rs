//! The seeds of the fuzz targets as an ordinary test: what fuzzing once found stays fixed.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::path::{Path, PathBuf};

/// A fuzz target: it panics when a promise is broken.
type Target = fn(&[u8]);

/// The targets and the folders of their seeds.
const TARGETS: [(&str, Target); 5] = [
    ("market", targets::market),
    ("user", targets::user),
    ("reply", targets::reply),
    ("scan", targets::scan),
    ("decimal", targets::decimal),
];

/// Mutated frames that the decoder and the engine are given on every run of the tests.
const MUTATED: u64 = 20_000;
/// What numbers become: the ends of their domains, and beyond.
const NUMBERS: [&str; 16] = [
    "0",
    "0.0",
    "1",
    "0.00000001",
    "0.0001",
    "99999.0",
    "100000.0",
    "9999999.9",
    "10000000.0",
    "1000000000.0",
    "9999999999999",
    "18446744073709551615",
    "-1",
    "-0.00000001",
    "1790232237",
    "1790235837145",
];

/// Numbers from a seed (SplitMix64, after Steele, Lea and Flood, 2014).
struct Draws(u64);

impl Draws {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(most.max(1)).expect("small"))
            .expect("small")
    }

    /// Changes digits, or whole numbers, or a byte.
    fn mutate(&mut self, frame: &mut Vec<u8>) {
        for _ in 0..=self.below(3) {
            let digits: Vec<usize> =
                (0..frame.len()).filter(|&at| frame[at].is_ascii_digit()).collect();
            if digits.is_empty() || self.below(16) == 0 {
                let at = self.below(frame.len());
                frame[at] = u8::try_from(self.below(256)).expect("a byte");
                continue;
            }
            let at = digits[self.below(digits.len())];
            if self.below(2) == 0 {
                frame[at] = b'0' + u8::try_from(self.below(10)).expect("a digit");
                continue;
            }
            let of_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
            let from = at - frame[..at].iter().rev().take_while(|byte| of_number(byte)).count();
            let to = at + frame[at..].iter().take_while(|byte| of_number(byte)).count();
            let number = NUMBERS[self.below(NUMBERS.len())];
            frame.splice(from..to, number.bytes());
        }
    }
}

/// No message that can be decoded ends the hot thread, whatever its numbers are.
/// `EVENKEEL_MUTATED` and `EVENKEEL_SEED` make more of them, and others.
#[test]
fn no_mutated_frame_ends_the_engine() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (count, seed) = (number("EVENKEEL_MUTATED").unwrap_or(MUTATED), number("EVENKEEL_SEED"));
    let all = ["market", "user", "reply"].into_iter().flat_map(seeds);
    let seeds: Vec<Vec<u8>> = all.map(|path| std::fs::read(path).expect("a seed")).collect();
    let mut draws = Draws(seed.unwrap_or(1));
    let mut frame = Vec::new();
    for turn in 0..count {
        frame.clone_from(&seeds[draws.below(seeds.len())]);
        if frame.is_empty() {
            continue;
        }
        draws.mutate(&mut frame);
        let told = std::panic::catch_unwind(|| targets::decode_step(&frame));
        assert!(told.is_ok(), "frame {turn}: {}", frame.escape_ascii());
    }
}

fn seeds(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{name}: {error}"));
    entries.map(|entry| entry.expect("an entry").path()).collect()
}

#[test]
fn every_seed_keeps_every_promise() {
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(2 < seeds.len(), "{name} has {} seeds", seeds.len());
        for seed in seeds {
            target(&std::fs::read(&seed).expect("a seed"));
        }
    }
}
