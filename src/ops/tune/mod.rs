//! The machine's settings that decide about the tail: which hold, and the line that mends the rest.
//!
//! `tuning/README.md` says why each of them matters, how to check it and how to undo it. Nothing here
//! changes the machine: [`script`] prints what `tuning/tune.sh` would do, for a person to read first.

mod cores;
mod machine;
mod system;

use crate::host::pin::{Core, Cores};
use machine::Machine;
use std::fmt;
use std::path::Path;

/// Whether a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobStatus {
    /// It does.
    Ok,
    /// It does not.
    Off,
    /// This machine has no such setting.
    NotApplicable,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Its name, also its heading in `tuning/README.md`.
    pub name: &'static str,
    /// Whether it holds.
    pub status: KnobStatus,
    /// What was read, and where.
    pub evidence: String,
    /// The line that mends it; empty unless it is off.
    pub fix: String,
}

/// What a check found: evidence, and the mending line when it does not hold.
enum Found {
    Ok(String),
    Off(String, String),
    NotApplicable(String),
}

/// A check of one setting.
type Check = fn(&Machine) -> Found;

/// Every setting, in the order of `tuning/README.md`: whether it needs a core to spare, its check.
const KNOBS: &[(&str, bool, Check)] = &[
    ("isolcpus", true, cores::isolcpus),
    ("nohz_full", true, cores::nohz_full),
    ("rcu_nocbs", true, cores::rcu_nocbs),
    ("irq-affinity", true, cores::irq_affinity),
    ("siblings", true, cores::siblings),
    ("governor", true, cores::governor),
    ("c-states", true, cores::c_states),
    ("clocksource", false, cores::clocksource),
    ("busy-poll", false, system::busy_poll),
    ("coalescing", false, system::coalescing),
    ("transparent-huge-pages", false, system::huge_pages),
    ("memory-lock", false, system::memory_lock),
    ("swap", false, system::swap),
    ("numa-balancing", false, system::numa_balancing),
    ("watchdog", false, system::watchdog),
];

/// The script, with the cores of its own machine to be filled in.
const SCRIPT: &str = include_str!("../../../tuning/tune.sh");
/// The line of the script that names the cores when nobody else does.
const SCRIPT_CORES: &str = "HOT_CPUS=\"${HOT_CPUS:-1}\"";

/// Reads every setting of this machine.
pub fn check() -> Vec<Knob> {
    check_on(&Machine { root: Path::new("/").to_owned(), hot: hot_cores(&Cores::query()) })
}

/// Which settings hold and which are off, in one line.
pub fn summary() -> String {
    let knobs = check();
    let which = |status| knobs.iter().filter(move |knob| knob.status == status);
    let [ok, off] = [KnobStatus::Ok, KnobStatus::Off]
        .map(|status| which(status).map(|knob| knob.name).collect::<Vec<_>>().join(" "));
    format!("tuning holds: {ok}; off: {off}")
}

/// The cores meant for spinning threads: the hot one and the sender's where there are four or more,
/// the hot one where there are two or three, none on a single core.
fn hot_cores(cores: &Cores) -> Vec<Core> {
    let spinning = match cores.count() {
        1 => 0,
        2 | 3 => 1,
        _ => 2,
    };
    cores.choose(spinning).unwrap_or_default()
}

/// Reads every setting of a machine.
fn check_on(machine: &Machine) -> Vec<Knob> {
    let knob = |&(name, needs_spare, check): &(&'static str, bool, Check)| {
        let found = match needs_spare && machine.hot.is_empty() {
            true => Found::NotApplicable("one core: there is none to spare".to_owned()),
            false => check(machine),
        };
        let (status, evidence, fix) = match found {
            Found::Ok(evidence) => (KnobStatus::Ok, evidence, String::new()),
            Found::Off(evidence, fix) => (KnobStatus::Off, evidence, fix),
            Found::NotApplicable(why) => (KnobStatus::NotApplicable, why, String::new()),
        };
        Knob { name, status, evidence, fix }
    };
    KNOBS.iter().map(knob).collect()
}

/// A script that sets what can be set at run time on this machine's cores, and undoes it. It is
/// `tuning/tune.sh` with the cores filled in.
pub fn script() -> String {
    script_for(&hot_cores(&Cores::query()))
}

/// The script for these cores.
fn script_for(hot: &[Core]) -> String {
    let cores = format!("HOT_CPUS=\"${{HOT_CPUS:-{}}}\"", list(hot));
    SCRIPT.replace(SCRIPT_CORES, &cores)
}

/// Cores in the kernel's notation.
fn list(cores: &[Core]) -> String {
    let mut numbers: Vec<usize> = cores.iter().map(|core| core.0).collect();
    numbers.sort_unstable();
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

impl KnobStatus {
    /// The word of `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            KnobStatus::Ok => "ok",
            KnobStatus::Off => "off",
            KnobStatus::NotApplicable => "not_applicable",
        }
    }
}

impl fmt::Display for Knob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<15} {:<23} {}", self.status.word(), self.name, self.evidence)?;
        if self.fix.is_empty() { Ok(()) } else { write!(f, "\n{:<39} fix: {}", "", self.fix) }
    }
}

#[cfg(test)]
mod tests;
