//! The machine's settings that decide about the tail: which hold, and the line that mends the rest.
//!
//! `tuning/README.md` says why each of them matters, how to check it and how to undo it. Nothing here
//! changes the machine: [`script`] prints what `tuning/tune.sh` would do, for a person to read first.

mod cores;
mod finding;
mod machine;
mod system;

use crate::host::pin::{Core, Cores};
use finding::Check::{self, Probe, Sysctl};
use machine::{Machine, list};
use std::fmt;
use std::path::Path;

/// Whether a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobStatus {
    /// The setting holds here.
    Ok,
    /// The setting does not hold.
    Off,
    /// This machine has no such setting.
    NotApplicable,
}

/// One setting of the machine, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// Its name, also its heading in `tuning/README.md`.
    pub name: &'static str,
    /// Whether the setting holds on this machine.
    pub status: KnobStatus,
    /// What was read, and where.
    pub evidence: String,
    /// The line that mends it; empty unless it is off.
    pub fix: String,
}

/// Every setting, in the order of `tuning/README.md`: whether it needs a core to spare, its check.
const KNOBS: &[(&str, bool, Check)] = &[
    ("isolcpus", true, Probe(cores::isolcpus)),
    ("nohz_full", true, Probe(cores::nohz_full)),
    ("rcu_nocbs", true, Probe(cores::rcu_nocbs)),
    ("irq-affinity", true, Probe(cores::irq_affinity)),
    ("siblings", true, Probe(cores::siblings)),
    ("governor", true, Probe(cores::governor)),
    ("c-states", true, Probe(cores::c_states)),
    ("clocksource", false, Probe(cores::clocksource)),
    ("busy-poll", false, Probe(system::busy_poll)),
    ("coalescing", false, Probe(system::coalescing)),
    ("transparent-huge-pages", false, Probe(system::huge_pages)),
    ("memory-lock", false, Probe(system::memory_lock)),
    ("swap", false, Probe(system::swap)),
    // The kernel does not move pages between memories to see who uses them.
    ("numa-balancing", false, Sysctl("kernel.numa_balancing", |value| value == 0, 0)),
    // No periodic interrupt to see whether a core hangs: a spinning core looks like one.
    ("watchdog", false, Sysctl("kernel.watchdog", |value| value == 0, 0)),
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
            true => Err("one core: there is none to spare".into()),
            false => check.find(machine),
        };
        let (status, evidence, fix) = match found {
            Ok(found) if found.holds => (KnobStatus::Ok, found.evidence, String::new()),
            Ok(found) => (KnobStatus::Off, found.evidence, found.fix),
            Err(absent) => (KnobStatus::NotApplicable, absent.0, String::new()),
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
