//! Cores: which there are, which are kept free of other work, and pinning a thread to one.

use std::path::Path;

/// The cores this process may use, read once in `main`: a thread started by a pinned thread sees
/// only its parent's core, and two busy threads on one core would wait for each other for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cores {
    usable: Vec<Core>,
    isolated: Vec<Core>,
}

/// A core, by the system's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Core(pub usize);

/// The system refused to pin a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("core {}: the system refused to pin a thread to it", .0 .0)]
pub struct NotPinned(pub Core);

impl Cores {
    /// Reads the cores. Call it in `main`, before any thread is pinned.
    pub fn query() -> Cores {
        let ids = core_affinity::get_core_ids().unwrap_or_default();
        let usable: Vec<Core> = ids.into_iter().map(|id| Core(id.id)).collect();
        let isolated = cpu_list(&read(Path::new("/sys/devices/system/cpu/isolated")));
        Cores { usable, isolated }
    }

    /// How many there are; at least 1.
    pub fn count(&self) -> usize {
        self.usable.len().max(1)
    }

    /// Whether there are fewer cores than threads that want to spin: then they must wait for their
    /// sockets instead, or the spinning one keeps the others from working.
    pub fn scarce(&self, threads: usize) -> bool {
        self.count() < threads
    }

    /// Cores for `threads` spinning threads: isolated ones first, then from the highest number down,
    /// since interrupts prefer the lowest. None when they are scarce.
    pub fn choose(&self, threads: usize) -> Option<Vec<Core>> {
        if self.scarce(threads) || self.usable.is_empty() {
            return None;
        }
        let mut order = self.usable.clone();
        order.sort_by_key(|core| (!self.isolated.contains(core), std::cmp::Reverse(*core)));
        order.truncate(threads);
        Some(order)
    }
}

impl Core {
    /// Pins the calling thread here.
    ///
    /// # Errors
    /// The system refused: the core does not exist or is outside the process's set.
    pub fn pin_current(self) -> Result<(), NotPinned> {
        let pinned = core_affinity::set_for_current(core_affinity::CoreId { id: self.0 });
        if pinned { Ok(()) } else { Err(NotPinned(self)) }
    }
}

/// The value of `name=value` on the kernel's command line; empty when it is not there.
pub fn argument<'a>(command_line: &'a str, name: &str) -> &'a str {
    let value = |word: &'a str| word.strip_prefix(name)?.strip_prefix('=');
    command_line.split_ascii_whitespace().find_map(value).unwrap_or_default()
}

/// Cores from the kernel's notation, `0,2-4`; words that are not numbers (`(null)`, `domain`) name
/// no core.
pub fn cpu_list(text: &str) -> Vec<Core> {
    /// More cores than any machine has: a bound on what a range can ask for.
    const CORES_MAX: usize = 8192;
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?.min(CORES_MAX)))
    };
    let ranges = text.trim().split(',').filter_map(range);
    ranges.flat_map(|(from, to)| (from..=to).map(Core)).collect()
}

/// A small file's text without surrounding space; empty when it cannot be read.
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lists_are_read() {
        let cores = |ids: &[usize]| ids.iter().copied().map(Core).collect::<Vec<_>>();
        let rows = [
            ("empty", "", cores(&[])),
            ("one", "3\n", cores(&[3])),
            ("a range", "2-4", cores(&[2, 3, 4])),
            ("both", "0,2-3", cores(&[0, 2, 3])),
            ("flags before the list", "domain,managed_irq,1", cores(&[1])),
            ("nothing", "(null)", cores(&[])),
            ("the wrong way round", "4-2", cores(&[])),
        ];
        for (what, text, want) in rows {
            assert_eq!(cpu_list(text), want, "{what}");
        }
        assert_eq!(argument("quiet isolcpus=1 rcu_nocbs=1-2", "rcu_nocbs"), "1-2");
        assert_eq!(argument("quiet", "rcu_nocbs"), "");
    }

    #[test]
    fn isolated_cores_are_chosen_first_and_scarcity_is_told() {
        let usable: Vec<Core> = (0..4).map(Core).collect();
        let cores = Cores { usable, isolated: vec![Core(1)] };
        assert_eq!(cores.choose(2), Some(vec![Core(1), Core(3)]));
        assert_eq!(cores.choose(5), None);
        assert!(cores.scarce(5) && !cores.scarce(4));
    }

    #[test]
    fn a_thread_is_pinned_and_an_impossible_core_is_refused() {
        let first = Cores::query().choose(1).expect("one core at least")[0];
        let pinned = std::thread::spawn(move || first.pin_current()).join();
        assert_eq!(pinned.expect("no panic"), Ok(()));
        let beyond = std::thread::spawn(|| Core(1000).pin_current()).join().expect("no panic");
        assert_eq!(beyond, Err(NotPinned(Core(1000))));
    }
}
