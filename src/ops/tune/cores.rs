//! Settings of the processor and its interrupts.

use super::finding::{Finding, Found};
use super::machine::Machine;
use crate::host::pin::{argument, cpu_list};

/// Leaving a deeper idle state takes longer than this many microseconds, which is as much as a tick.
const WAKE_MAX_US: i64 = 2;
/// How many of many names are told.
const NAMES_TOLD: usize = 6;
const CPU: &str = "sys/devices/system/cpu";

/// The line that adds a word to the kernel's command line.
fn kernel_word(word: &str) -> String {
    format!("add {word} to the kernel command line and reboot: tune.sh kernel")
}

/// The line that lets the script mend what can be mended at run time.
fn apply(hot: &str) -> String {
    format!("HOT_CPUS={hot} tune.sh apply")
}

/// The scheduler puts no other task on the hot cores.
pub fn isolcpus(machine: &Machine) -> Finding {
    let hot = machine.hot_list();
    let isolated = machine.read(&format!("{CPU}/isolated")).unwrap_or_default();
    Ok(Found {
        holds: machine.lists_hot(&isolated),
        evidence: format!("isolated: [{isolated}], wanted: {hot}"),
        fix: kernel_word(&format!("isolcpus=domain,managed_irq,{hot}")),
    })
}

/// No timer interrupts while one task runs.
pub fn nohz_full(machine: &Machine) -> Finding {
    let tickless = machine.read(&format!("{CPU}/nohz_full"));
    let tickless = tickless.ok_or("the kernel was built without NO_HZ_FULL")?;
    let hot = machine.hot_list();
    Ok(Found {
        holds: machine.lists_hot(&tickless),
        evidence: format!("nohz_full: [{tickless}], wanted: {hot}"),
        fix: kernel_word(&format!("nohz_full={hot}")),
    })
}

/// The kernel's deferred work runs elsewhere; `nohz_full` implies it.
pub fn rcu_nocbs(machine: &Machine) -> Finding {
    let line = machine.read("proc/cmdline").unwrap_or_default();
    let words = ["rcu_nocbs", "nohz_full"].map(|name| (name, argument(&line, name)));
    let named = words.iter().find(|(_, cores)| *cores == "all" || machine.lists_hot(cores));
    let neither = || "neither rcu_nocbs nor nohz_full names the hot cores".to_owned();
    let evidence = named.map_or_else(neither, |(name, cores)| format!("{name}={cores}"));
    Ok(Found {
        holds: named.is_some(),
        evidence: format!("command line: {evidence}"),
        fix: kernel_word(&format!("rcu_nocbs={}", machine.hot_list())),
    })
}

/// Interrupts of devices go to other cores.
pub fn irq_affinity(machine: &Machine) -> Finding {
    let (mut seen, mut on_hot) = (0, Vec::new());
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
        return Err("no interrupt shows where it goes".into());
    }
    let hot = machine.hot_list();
    let evidence = match on_hot.len() {
        0 => format!("none of {seen} interrupts goes to {hot}"),
        some => format!("{some} of {seen} go to {hot}: {}", first(&on_hot)),
    };
    Ok(Found { holds: on_hot.is_empty(), evidence, fix: apply(&hot) })
}

/// The first few of many.
fn first(names: &[String]) -> String {
    let more = if NAMES_TOLD < names.len() { " ..." } else { "" };
    format!("{}{more}", names[..names.len().min(NAMES_TOLD)].join(" "))
}

/// No other thread shares a hot core's execution units.
pub fn siblings(machine: &Machine) -> Finding {
    let mut shared = Vec::new();
    for core in &machine.hot {
        let path = format!("{CPU}/cpu{}/topology/thread_siblings_list", core.0);
        let siblings = machine.read(&path).ok_or("the machine does not tell")?;
        let others = cpu_list(&siblings).into_iter().filter(|other| other != core);
        shared.extend(others.map(|other| other.0.to_string()));
    }
    let (holds, siblings) = (shared.is_empty(), shared.join(","));
    let evidence = match holds {
        true => "no hot core has a sibling".to_owned(),
        false => format!("hot cores share their units with {siblings}"),
    };
    Ok(Found { holds, evidence, fix: format!("echo 0 > /{CPU}/cpuN/online for N of {siblings}") })
}

/// The hot cores run at full frequency.
pub fn governor(machine: &Machine) -> Finding {
    let mut lazy = Vec::new();
    for core in &machine.hot {
        let governor = machine.read(&format!("{CPU}/cpu{}/cpufreq/scaling_governor", core.0));
        let governor = governor.ok_or("no frequency scaling: usual in a virtual machine")?;
        if governor != "performance" {
            lazy.push(format!("core {}: {governor}", core.0));
        }
    }
    let holds = lazy.is_empty();
    let evidence = if holds { "performance".to_owned() } else { lazy.join(", ") };
    Ok(Found { holds, evidence, fix: apply(&machine.hot_list()) })
}

/// The hot cores do not fall asleep deeply.
pub fn c_states(machine: &Machine) -> Finding {
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
        return Err("no idle states: usual in a virtual machine".into());
    }
    let holds = deep.is_empty();
    let evidence = match holds {
        true => format!("no idle state takes over {WAKE_MAX_US} us to leave"),
        false => first(&deep),
    };
    Ok(Found { holds, evidence, fix: apply(&machine.hot_list()) })
}

/// The kernel trusts the counter that our clock reads.
pub fn clocksource(machine: &Machine) -> Finding {
    let folder = "sys/devices/system/clocksource/clocksource0";
    let current = machine.read(&format!("{folder}/current_clocksource"));
    let current = current.ok_or("the kernel does not tell")?;
    let available = machine.read(&format!("{folder}/available_clocksource")).unwrap_or_default();
    let evidence = format!("{current} (available: {available})");
    let holds = current == "tsc";
    if !holds && available.split(' ').all(|name| name != "tsc") {
        return Err(evidence.as_str().into());
    }
    Ok(Found { holds, evidence, fix: format!("echo tsc > /{folder}/current_clocksource") })
}
