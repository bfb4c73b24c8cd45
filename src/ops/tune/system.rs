//! Settings of network and memory.

use super::finding::{Finding, Found, sysctl};
use super::machine::Machine;

/// Microseconds a read polls the network card before it gives up: the kernel documentation's value.
const BUSY_POLL_US: i64 = 50;
/// Bytes the program may lock: its own need with the largest pools, four times over.
const LOCK_MIN: u64 = 512 << 20;
/// Above this the kernel prefers to swap a program out over forgetting cached files.
const SWAPPINESS_MAX: i64 = 10;

/// Reading a socket looks at the network card first.
pub fn busy_poll(machine: &Machine) -> Finding {
    if machine.interfaces().is_empty() {
        return Err("no network card".into());
    }
    sysctl(machine, "net.core.busy_read", |value| BUSY_POLL_US <= value, BUSY_POLL_US)
}

/// The network card hands packets over at once.
pub fn coalescing(machine: &Machine) -> Finding {
    let (mut seen, mut fixes) = (Vec::new(), Vec::new());
    for card in machine.interfaces() {
        let Some(text) = machine.ethtool("-c", &card) else { continue };
        let Some(wait_us) = rx_usecs(&text) else { continue };
        seen.push(format!("{card}: rx-usecs {wait_us}"));
        if wait_us != 0 {
            fixes.push(format!("ethtool -C {card} adaptive-rx off rx-usecs 0"));
        }
    }
    if seen.is_empty() {
        return Err("no card shows it to ethtool: not installed, or a virtual card".into());
    }
    Ok(Found { holds: fixes.is_empty(), evidence: seen.join(", "), fix: fixes.join("; ") })
}

/// How long a card waits for further packets, from the words of `ethtool -c`.
pub(super) fn rx_usecs(text: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix("rx-usecs:"))?;
    value.trim().parse().ok()
}

/// The kernel does not gather pages into huge ones behind our back.
pub fn huge_pages(machine: &Machine) -> Finding {
    let path = "sys/kernel/mm/transparent_hugepage/enabled";
    let modes = machine.read(path).ok_or("the kernel has no transparent huge pages")?;
    let holds = !modes.contains("[always]");
    Ok(Found { holds, evidence: modes, fix: format!("echo madvise > /{path}") })
}

/// The program may keep its pages in memory.
pub fn memory_lock(machine: &Machine) -> Finding {
    let limits = machine.read("proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max locked memory"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    let soft = soft.ok_or("the kernel shows no limit")?;
    Ok(Found {
        holds: soft.parse::<u64>().map_or(soft == "unlimited", |bytes| LOCK_MIN <= bytes),
        evidence: format!("max locked memory: {soft}"),
        fix: "ulimit -l unlimited, or LimitMEMLOCK=infinity in the service unit".to_owned(),
    })
}

/// Nothing is swapped out.
pub fn swap(machine: &Machine) -> Finding {
    let swaps = machine.read("proc/swaps").ok_or("the kernel has no swap")?;
    if swaps.lines().count() <= 1 {
        let evidence = "no swap in use".to_owned();
        return Ok(Found { holds: true, evidence, fix: String::new() });
    }
    sysctl(machine, "vm.swappiness", |value| value <= SWAPPINESS_MAX, SWAPPINESS_MAX)
}
