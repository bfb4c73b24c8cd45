//! Settings of network and memory.

use super::Found;
use super::machine::Machine;

/// Microseconds a read polls the network card before it gives up: the kernel documentation's value.
const BUSY_POLL_US: i64 = 50;
/// Bytes the program may lock: its own need with the largest pools, four times over.
const LOCK_MIN: u64 = 512 << 20;
/// Above this the kernel prefers to swap a program out over forgetting cached files.
const SWAPPINESS_MAX: i64 = 10;

/// A number below `proc/sys` that should be `want` at least, at most, or exactly.
fn sysctl(machine: &Machine, name: &str, good: fn(i64) -> bool, want: i64) -> Found {
    let path = format!("proc/sys/{}", name.replace('.', "/"));
    let Some(value) = machine.number(&path) else {
        return Found::NotApplicable(format!("the kernel has no {name}"));
    };
    let evidence = format!("{name} = {value}");
    if good(value) {
        Found::Ok(evidence)
    } else {
        Found::Off(evidence, format!("sysctl -w {name}={want}"))
    }
}

/// Reading a socket looks at the network card first.
pub fn busy_poll(machine: &Machine) -> Found {
    if machine.interfaces().is_empty() {
        return Found::NotApplicable("no network card".to_owned());
    }
    sysctl(machine, "net.core.busy_read", |value| BUSY_POLL_US <= value, BUSY_POLL_US)
}

/// The network card hands packets over at once.
pub fn coalescing(machine: &Machine) -> Found {
    let interfaces = machine.interfaces();
    let mut slow = Vec::new();
    let mut seen = Vec::new();
    for interface in &interfaces {
        let Some(text) = machine.ethtool("-c", interface) else { continue };
        let Some(wait_us) = rx_usecs(&text) else { continue };
        seen.push(format!("{interface}: rx-usecs {wait_us}"));
        if wait_us != 0 {
            slow.push(interface.clone());
        }
    }
    if seen.is_empty() {
        let why = "no card shows it to ethtool: not installed, or a virtual card";
        return Found::NotApplicable(why.to_owned());
    }
    if slow.is_empty() {
        return Found::Ok(seen.join(", "));
    }
    let fix = |name: &String| format!("ethtool -C {name} adaptive-rx off rx-usecs 0");
    Found::Off(seen.join(", "), slow.iter().map(fix).collect::<Vec<_>>().join("; "))
}

/// How long a card waits for further packets, from the words of `ethtool -c`.
pub(super) fn rx_usecs(text: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix("rx-usecs:"))?;
    value.trim().parse().ok()
}

/// The kernel does not gather pages into huge ones behind our back.
pub fn huge_pages(machine: &Machine) -> Found {
    let path = "sys/kernel/mm/transparent_hugepage/enabled";
    let Some(modes) = machine.read(path) else {
        return Found::NotApplicable("the kernel has no transparent huge pages".to_owned());
    };
    if modes.contains("[always]") {
        return Found::Off(modes, format!("echo madvise > /{path}"));
    }
    Found::Ok(modes)
}

/// The program may keep its pages in memory.
pub fn memory_lock(machine: &Machine) -> Found {
    let limits = machine.read("proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max locked memory"));
    let Some(soft) = line.and_then(|line| line.split_whitespace().next()) else {
        return Found::NotApplicable("the kernel shows no limit".to_owned());
    };
    let evidence = format!("max locked memory: {soft}");
    let enough = soft.parse::<u64>().map_or(soft == "unlimited", |bytes| LOCK_MIN <= bytes);
    if enough {
        return Found::Ok(evidence);
    }
    let fix = "ulimit -l unlimited, or LimitMEMLOCK=infinity in the service unit";
    Found::Off(evidence, fix.to_owned())
}

/// Nothing is swapped out.
pub fn swap(machine: &Machine) -> Found {
    let Some(swaps) = machine.read("proc/swaps") else {
        return Found::NotApplicable("the kernel has no swap".to_owned());
    };
    if swaps.lines().count() <= 1 {
        return Found::Ok("no swap in use".to_owned());
    }
    sysctl(machine, "vm.swappiness", |value| value <= SWAPPINESS_MAX, SWAPPINESS_MAX)
}

/// The kernel does not move pages between memories to see who uses them.
pub fn numa_balancing(machine: &Machine) -> Found {
    sysctl(machine, "kernel.numa_balancing", |value| value == 0, 0)
}

/// No periodic interrupt to see whether a core hangs: a spinning core looks like one.
pub fn watchdog(machine: &Machine) -> Found {
    sysctl(machine, "kernel.watchdog", |value| value == 0, 0)
}
