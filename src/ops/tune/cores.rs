//! Settings of the processor and its interrupts.

use super::machine::Machine;
use super::{Found, list};
use crate::host::pin::{argument, cpu_list};

/// Leaving a deeper idle state takes longer than this many microseconds, which is as much as a tick.
const WAKE_MAX_US: i64 = 2;
const CPU: &str = "sys/devices/system/cpu";

/// The line that adds a word to the kernel's command line.
fn kernel_word(word: &str) -> String {
    format!("add {word} to the kernel command line and reboot: tune.sh kernel")
}

/// The scheduler puts no other task on the hot cores.
pub fn isolcpus(machine: &Machine) -> Found {
    let hot = list(&machine.hot);
    let isolated = machine.read(&format!("{CPU}/isolated")).unwrap_or_default();
    let evidence = format!("isolated: [{isolated}], wanted: {hot}");
    if machine.lists_hot(&isolated) {
        return Found::Ok(evidence);
    }
    Found::Off(evidence, kernel_word(&format!("isolcpus=domain,managed_irq,{hot}")))
}

/// No timer interrupts while one task runs.
pub fn nohz_full(machine: &Machine) -> Found {
    let Some(tickless) = machine.read(&format!("{CPU}/nohz_full")) else {
        return Found::NotApplicable("the kernel was built without NO_HZ_FULL".to_owned());
    };
    let hot = list(&machine.hot);
    let evidence = format!("nohz_full: [{tickless}], wanted: {hot}");
    if machine.lists_hot(&tickless) {
        return Found::Ok(evidence);
    }
    Found::Off(evidence, kernel_word(&format!("nohz_full={hot}")))
}

/// The kernel's deferred work runs elsewhere; `nohz_full` implies it.
pub fn rcu_nocbs(machine: &Machine) -> Found {
    let line = machine.read("proc/cmdline").unwrap_or_default();
    let hot = list(&machine.hot);
    for name in ["rcu_nocbs", "nohz_full"] {
        let value = argument(&line, name);
        if value == "all" || machine.lists_hot(value) {
            return Found::Ok(format!("command line: {name}={value}"));
        }
    }
    let evidence = "command line: neither rcu_nocbs nor nohz_full names the hot cores";
    Found::Off(evidence.to_owned(), kernel_word(&format!("rcu_nocbs={hot}")))
}

/// Interrupts of devices go to other cores.
pub fn irq_affinity(machine: &Machine) -> Found {
    let mut on_hot = Vec::new();
    let mut seen = 0;
    for irq in machine.names("proc/irq") {
        // Where it is delivered counts; what is allowed is only the fallback.
        let effective = machine.read(&format!("proc/irq/{irq}/effective_affinity_list"));
        let allowed = machine.read(&format!("proc/irq/{irq}/smp_affinity_list"));
        let cores = effective.filter(|cores| !cores.is_empty()).or(allowed);
        let Some(cores) = cores else { continue };
        seen += 1;
        if machine.touches_hot(&cores) {
            on_hot.push(irq);
        }
    }
    if seen == 0 {
        return Found::NotApplicable("no interrupt shows where it goes".to_owned());
    }
    let hot = list(&machine.hot);
    if on_hot.is_empty() {
        return Found::Ok(format!("none of {seen} interrupts goes to {hot}"));
    }
    let evidence = format!("{} of {seen} go to {hot}: {}", on_hot.len(), some(&on_hot));
    Found::Off(evidence, format!("HOT_CPUS={hot} tune.sh apply"))
}

/// The first few of many.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let more = if SHOWN < names.len() { " ..." } else { "" };
    format!("{}{more}", names[..names.len().min(SHOWN)].join(" "))
}

/// No other thread shares a hot core's execution units.
pub fn siblings(machine: &Machine) -> Found {
    let mut shared = Vec::new();
    for core in &machine.hot {
        let path = format!("{CPU}/cpu{}/topology/thread_siblings_list", core.0);
        let Some(siblings) = machine.read(&path) else {
            return Found::NotApplicable("the machine does not tell".to_owned());
        };
        let others = cpu_list(&siblings).into_iter().filter(|other| other != core);
        shared.extend(others.map(|other| other.0.to_string()));
    }
    if shared.is_empty() {
        return Found::Ok("no hot core has a sibling".to_owned());
    }
    let siblings = shared.join(",");
    let evidence = format!("hot cores share their units with {siblings}");
    Found::Off(evidence, format!("echo 0 > /{CPU}/cpuN/online for N of {siblings}"))
}

/// The hot cores run at full frequency.
pub fn governor(machine: &Machine) -> Found {
    let mut lazy = Vec::new();
    for core in &machine.hot {
        let path = format!("{CPU}/cpu{}/cpufreq/scaling_governor", core.0);
        let Some(governor) = machine.read(&path) else {
            let why = "no frequency scaling: usual in a virtual machine";
            return Found::NotApplicable(why.to_owned());
        };
        if governor != "performance" {
            lazy.push(format!("core {}: {governor}", core.0));
        }
    }
    if lazy.is_empty() {
        return Found::Ok("performance".to_owned());
    }
    Found::Off(lazy.join(", "), format!("HOT_CPUS={} tune.sh apply", list(&machine.hot)))
}

/// The hot cores do not fall asleep deeply.
pub fn c_states(machine: &Machine) -> Found {
    let (mut seen, mut deep) = (false, Vec::new());
    for core in &machine.hot {
        let folder = format!("{CPU}/cpu{}/cpuidle", core.0);
        for state in machine.names(&folder) {
            let value = |file: &str| machine.number(&format!("{folder}/{state}/{file}"));
            let (Some(latency), Some(disabled)) = (value("latency"), value("disable")) else {
                continue;
            };
            seen = true;
            if WAKE_MAX_US < latency && disabled == 0 {
                deep.push(format!("core {} {state}: {latency} us", core.0));
            }
        }
    }
    if !seen {
        return Found::NotApplicable("no idle states: usual in a virtual machine".to_owned());
    }
    if deep.is_empty() {
        return Found::Ok(format!("no idle state takes over {WAKE_MAX_US} us to leave"));
    }
    Found::Off(some(&deep), format!("HOT_CPUS={} tune.sh apply", list(&machine.hot)))
}

/// The kernel trusts the counter that our clock reads.
pub fn clocksource(machine: &Machine) -> Found {
    let folder = "sys/devices/system/clocksource/clocksource0";
    let Some(current) = machine.read(&format!("{folder}/current_clocksource")) else {
        return Found::NotApplicable("the kernel does not tell".to_owned());
    };
    let available = machine.read(&format!("{folder}/available_clocksource")).unwrap_or_default();
    let evidence = format!("{current} (available: {available})");
    if current == "tsc" {
        Found::Ok(evidence)
    } else if available.split(' ').any(|name| name == "tsc") {
        Found::Off(evidence, format!("echo tsc > /{folder}/current_clocksource"))
    } else {
        Found::NotApplicable(evidence)
    }
}
