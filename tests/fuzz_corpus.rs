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
