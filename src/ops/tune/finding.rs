//! What a check of a setting finds.

use super::machine::Machine;

/// A setting that the machine has.
pub struct Found {
    /// Whether the setting holds on this machine.
    pub holds: bool,
    /// What was read, and where.
    pub evidence: String,
    /// The line that mends it when it does not hold.
    pub fix: String,
}

/// Why a machine has no such setting.
pub struct Absent(pub String);

impl From<&str> for Absent {
    fn from(why: &str) -> Absent {
        Absent(why.to_owned())
    }
}

pub type Finding = Result<Found, Absent>;

/// How a setting is read.
#[derive(Clone, Copy)]
pub enum Check {
    /// A number below `proc/sys`: its name, which values are good, the value that mends it.
    Sysctl(&'static str, fn(i64) -> bool, i64),
    /// What no single number says: a function that reads it.
    Probe(fn(&Machine) -> Finding),
}

impl Check {
    pub fn find(self, machine: &Machine) -> Finding {
        match self {
            Check::Sysctl(name, good, want) => sysctl(machine, name, good, want),
            Check::Probe(probe) => probe(machine),
        }
    }
}

pub fn sysctl(machine: &Machine, name: &str, good: fn(i64) -> bool, want: i64) -> Finding {
    let value = machine.number(&format!("proc/sys/{}", name.replace('.', "/")));
    let value = value.ok_or_else(|| Absent(format!("the kernel has no {name}")))?;
    let evidence = format!("{name} = {value}");
    Ok(Found { holds: good(value), evidence, fix: format!("sysctl -w {name}={want}") })
}
