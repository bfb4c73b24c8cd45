//! What the code checks of itself.

use crate::sizes::lines;
use crate::source::{Source, is_test_file};
use crate::tables::{ASSERTS, ASSERTS_MIN};

/// Assertions and lines of a module, tests not counted.
#[derive(Clone, Copy)]
pub struct Density {
    /// `assert!` and its kin; those on constants count, `unreachable!` does not.
    pub asserts: usize,
    /// Lines.
    pub lines: usize,
}

impl Density {
    /// Of these files.
    pub fn of<'a>(sources: impl Iterator<Item = &'a Source> + Clone) -> Density {
        let asserts = sources.clone().map(count).sum();
        Density { asserts, lines: lines(sources) }
    }

    /// Assertions in a thousand lines, and its tenths.
    pub fn per_thousand(self) -> f64 {
        self.asserts as f64 * 1_000.0 / self.lines.max(1) as f64
    }
}

/// Assertions of a file outside of its tests.
fn count(source: &Source) -> usize {
    if is_test_file(&source.path) {
        return 0;
    }
    let pairs = source.tokens.windows(2).filter(|pair| !pair[0].test && pair[1].is('!'));
    pairs.filter(|pair| pair[0].word().is_some_and(|word| ASSERTS.contains(&word))).count()
}

/// Complaints about modules with too few; the empty name is all of `src`.
pub fn few(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (room, least) in ASSERTS_MIN {
        let got = of_room(sources, room).per_thousand();
        if got < *least {
            let place = format!("src/{room}");
            complaints.push(format!("{place}: {got:.1} asserts per 1,000 lines; at least {least}"));
        }
    }
    complaints
}

/// Of a module, or of all of `src`.
pub fn of_room(sources: &[Source], room: &str) -> Density {
    let is_there = |source: &&Source| {
        source.path.starts_with("src/") && (room.is_empty() || source.room() == room)
    };
    Density::of(sources.iter().filter(is_there))
}
