use super::*;
use crate::host::file::{make_folder, write_whole};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};

const README: &str = include_str!("../../../tuning/README.md");
const UNIT: &str = include_str!("../../../tuning/evenkeel.service");
const SYSCTLS: &str = include_str!("../../../tuning/99-evenkeel.conf");
const CPU: &str = "sys/devices/system/cpu";

/// Files of a machine: path and text.
type Files = Vec<(String, String)>;

/// A machine made of files.
struct MachineFolder(PathBuf);

impl MachineFolder {
    fn new(files: &[(&str, &str)]) -> MachineFolder {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("evenkeel-tune-{}-{count}", std::process::id());
        let folder = MachineFolder(std::env::temp_dir().join(name));
        make_folder(&folder.0).expect("the temporary folder is writable");
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn write(&self, path: &str, text: &str) {
        write_whole(&self.0.join(path), text.as_bytes()).expect("ours");
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.join(path)).expect("there").trim().to_owned()
    }

    fn machine(&self) -> Machine {
        Machine { root: self.0.clone(), hot: vec![Core(2), Core(3)] }
    }

    fn status(&self, name: &str) -> KnobStatus {
        let knobs = check_on(&self.machine());
        knobs.into_iter().find(|knob| knob.name == name).expect("a knob of that name").status
    }

    /// Runs the script with this folder in place of the machine.
    fn tune(&self, command: &str) -> Output {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tuning/tune.sh");
        let mut shell = Command::new("sh");
        shell.args([script, command]).env("HOT_CPUS", "2-3").env("NIC", "none0");
        shell.env("STATE", self.0.join("state"));
        shell.env("SYS", self.0.join("sys")).env("PROC", self.0.join("proc"));
        shell.output().expect("a shell")
    }
}

impl Drop for MachineFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn each_setting_is_read_on_both_sides_of_its_bound() {
    use KnobStatus::{NotApplicable, Off, Ok};
    let cpu2 = |file: &str| format!("{CPU}/cpu2/{file}");
    let cpu3 = |file: &str| format!("{CPU}/cpu3/{file}");
    let irq = "proc/irq/30/effective_affinity_list";
    let limit = |soft: &str| format!("Max locked memory         {soft}   unlimited   bytes");
    let clock = "sys/devices/system/clocksource/clocksource0";
    let huge = "sys/kernel/mm/transparent_hugepage/enabled";
    let card = "sys/class/net/eth0/device/vendor";
    let files = |files: &[(&str, &str)]| {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    };
    let governor = |second: &str| {
        files(&[
            (&cpu2("cpufreq/scaling_governor"), "performance"),
            (&cpu3("cpufreq/scaling_governor"), second),
        ])
    };
    let idle = |latency: &str, disable: &str| {
        files(&[
            (&cpu2("cpuidle/state1/latency"), latency),
            (&cpu2("cpuidle/state1/disable"), disable),
        ])
    };
    let siblings = |of_3: &str| {
        let path = "topology/thread_siblings_list";
        files(&[(&cpu2(path), "2"), (&cpu3(path), of_3)])
    };
    let clocks = |current: &str, all: &str| {
        let (current_path, all_path) =
            (format!("{clock}/current_clocksource"), format!("{clock}/available_clocksource"));
        files(&[(&current_path, current), (&all_path, all)])
    };
    let swaps = |lines: &str, swappiness: &str| {
        files(&[("proc/swaps", lines), ("proc/sys/vm/swappiness", swappiness)])
    };
    let one = |path: &str, text: &str| files(&[(path, text)]);
    let isolated = format!("{CPU}/isolated");
    let tickless = format!("{CPU}/nohz_full");
    let limits = "proc/self/limits";
    let rows: Vec<(&str, Files, KnobStatus)> = vec![
        ("isolcpus", one(&isolated, "2-3"), Ok),
        ("isolcpus", one(&isolated, "2"), Off),
        ("isolcpus", vec![], Off),
        ("nohz_full", one(&tickless, "1-3"), Ok),
        ("nohz_full", one(&tickless, "(null)"), Off),
        ("nohz_full", vec![], NotApplicable),
        ("rcu_nocbs", one("proc/cmdline", "quiet rcu_nocbs=2,3"), Ok),
        ("rcu_nocbs", one("proc/cmdline", "quiet nohz_full=2,3"), Ok),
        ("rcu_nocbs", one("proc/cmdline", "rcu_nocbs=all"), Ok),
        ("rcu_nocbs", one("proc/cmdline", "rcu_nocbs=2"), Off),
        ("irq-affinity", one(irq, "0-1"), Ok),
        ("irq-affinity", one(irq, "0-2"), Off),
        ("irq-affinity", one("proc/irq/30/smp_affinity_list", "3"), Off),
        ("irq-affinity", vec![], NotApplicable),
        ("siblings", siblings("3"), Ok),
        ("siblings", siblings("1,3"), Off),
        ("siblings", vec![], NotApplicable),
        ("governor", governor("performance"), Ok),
        ("governor", governor("powersave"), Off),
        ("governor", vec![], NotApplicable),
        ("c-states", idle("2", "0"), Ok),
        ("c-states", idle("3", "1"), Ok),
        ("c-states", idle("3", "0"), Off),
        ("c-states", vec![], NotApplicable),
        ("clocksource", clocks("tsc", "tsc hpet"), Ok),
        ("clocksource", clocks("hpet", "tsc hpet"), Off),
        ("clocksource", clocks("kvm-clock", "kvm-clock"), NotApplicable),
        ("busy-poll", files(&[(card, "1"), ("proc/sys/net/core/busy_read", "50")]), Ok),
        ("busy-poll", files(&[(card, "1"), ("proc/sys/net/core/busy_read", "49")]), Off),
        ("busy-poll", one("proc/sys/net/core/busy_read", "0"), NotApplicable),
        ("coalescing", one(card, "1"), NotApplicable),
        ("transparent-huge-pages", one(huge, "always [madvise] never"), Ok),
        ("transparent-huge-pages", one(huge, "[always] madvise never"), Off),
        ("memory-lock", one(limits, &limit("unlimited")), Ok),
        ("memory-lock", one(limits, &limit("536870912")), Ok),
        ("memory-lock", one(limits, &limit("536870911")), Off),
        ("swap", swaps("Filename Type", "60"), Ok),
        ("swap", swaps("Filename Type\n/swap file", "60"), Off),
        ("swap", swaps("Filename Type\n/swap file", "10"), Ok),
        ("numa-balancing", one("proc/sys/kernel/numa_balancing", "0"), Ok),
        ("numa-balancing", one("proc/sys/kernel/numa_balancing", "1"), Off),
        ("numa-balancing", vec![], NotApplicable),
        ("watchdog", one("proc/sys/kernel/watchdog", "1"), Off),
    ];
    for (name, files, want) in rows {
        let files: Vec<_> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(MachineFolder::new(&files).status(name), want, "{name} with {files:?}");
    }
}

#[test]
fn a_knob_that_is_off_says_how_to_mend_it_and_no_other_does() {
    let folder = MachineFolder::new(&[("proc/sys/kernel/watchdog", "1\n")]);
    for knob in check_on(&folder.machine()) {
        assert_eq!(knob.fix.is_empty(), knob.status != KnobStatus::Off, "{knob}");
        assert!(!knob.evidence.is_empty(), "{}", knob.name);
    }
    let knobs = check_on(&folder.machine());
    let watchdog = knobs.iter().find(|knob| knob.name == "watchdog").expect("listed");
    assert_eq!(watchdog.fix, "sysctl -w kernel.watchdog=0");
}

#[test]
fn without_a_core_to_spare_the_cores_settings_do_not_apply() {
    let folder = MachineFolder::new(&[]);
    let machine = Machine { root: folder.0.clone(), hot: Vec::new() };
    let knobs = check_on(&machine);
    let none = knobs.iter().filter(|knob| knob.evidence.starts_with("one core")).count();
    assert_eq!(none, 7);
}

#[test]
fn this_machine_can_be_read() {
    assert_eq!(check().len(), KNOBS.len());
}

#[test]
fn every_knob_has_its_chapter() {
    let chapters: Vec<&str> = README.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let names: Vec<&str> = KNOBS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(chapters[..names.len()], names, "tuning/README.md, in order");
    for name in names {
        let chapter = README.split(&format!("## {name}\n")).nth(1).expect("a chapter");
        let chapter = chapter.split("\n## ").next().unwrap_or_default();
        for part in ["*Why.*", "*Check.*", "*Set.*", "*Undo.*"] {
            assert!(chapter.contains(part), "{name} lacks {part}");
        }
    }
}

#[test]
fn the_script_names_this_machines_cores() {
    assert!(SCRIPT.contains(SCRIPT_CORES), "the line to be replaced is there");
    let script = script_for(&[Core(3), Core(2)]);
    assert!(script.contains("\nHOT_CPUS=\"${HOT_CPUS:-2,3}\"\n"), "{script}");
    assert!(!script.contains(SCRIPT_CORES));
}

#[test]
fn the_unit_does_not_restart_what_a_person_must_see() {
    // PRODUCT: a service manager must not restart these.
    assert!(UNIT.contains("\nRestartPreventExitStatus=2 3 4 6 7 70\n"));
    for line in ["LimitMEMLOCK=infinity", "LimitCORE=0", "CPUAffinity=", "UMask=0077"] {
        assert!(UNIT.contains(&format!("\n{line}")), "{line}");
    }
}

#[test]
fn the_rx_wait_is_found_among_ethtools_words() {
    let text =
        "Coalesce parameters for eth0:\nAdaptive RX: on  TX: off\nrx-usecs: 8\nrx-frames: 0\n";
    assert_eq!(system::rx_usecs(text), Some(8));
    assert_eq!(system::rx_usecs("rx-usecs: n/a\n"), None);
    assert_eq!(system::rx_usecs(""), None);
}

#[test]
fn the_script_sets_and_puts_back() {
    let governor = format!("{CPU}/cpu2/cpufreq/scaling_governor");
    let other = format!("{CPU}/cpu0/cpufreq/scaling_governor");
    let (deep, light) =
        (format!("{CPU}/cpu3/cpuidle/state2"), format!("{CPU}/cpu3/cpuidle/state0"));
    let irq = "proc/irq/30/smp_affinity_list";
    let huge = "sys/kernel/mm/transparent_hugepage/enabled";
    // path, before, after apply, after undo
    let rows = [
        (governor.clone(), "powersave", "performance", "powersave"),
        (other, "powersave", "powersave", "powersave"),
        (format!("{deep}/latency"), "133", "133", "133"),
        (format!("{deep}/disable"), "0", "1", "0"),
        (format!("{light}/latency"), "2", "2", "2"),
        (format!("{light}/disable"), "0", "0", "0"),
        (format!("{CPU}/online"), "0-3", "0-3", "0-3"),
        (irq.to_owned(), "0-3", "0,1", "0-3"),
        ("proc/sys/net/core/busy_read".to_owned(), "0", "50", "0"),
        ("proc/sys/kernel/watchdog".to_owned(), "0", "0", "0"),
        (huge.to_owned(), "[always] madvise never", "madvise", "always"),
    ];
    let files: Vec<_> = rows.iter().map(|row| (row.0.as_str(), row.1)).collect();
    let folder = MachineFolder::new(&files);
    let all = |what: &str, want: &dyn Fn(usize) -> &'static str| {
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(folder.read(&row.0), want(at), "{} after {what}", row.0);
        }
    };
    assert_eq!(folder.tune("undo").status.code(), Some(1), "nothing to undo");
    let applied = folder.tune("apply");
    assert!(applied.status.success(), "{applied:?}");
    all("apply", &|at| rows[at].2);
    assert_eq!(folder.tune("apply").status.code(), Some(1), "not twice: undo would forget");
    assert!(folder.tune("undo").status.success());
    all("undo", &|at| rows[at].3);
    let kernel = folder.tune("kernel").stdout;
    let want = "isolcpus=domain,managed_irq,2-3 nohz_full=2-3 rcu_nocbs=2-3 irqaffinity=0,1\n";
    assert_eq!(String::from_utf8_lossy(&kernel), want);
    assert_eq!(folder.tune("").status.code(), Some(2));
}

#[test]
fn the_sysctl_file_sets_what_the_checks_want() {
    for line in SYSCTLS.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.split_once(" = ").expect("name = value");
        let path = format!("proc/sys/{}", name.replace('.', "/"));
        let card = ("sys/class/net/eth0/device/vendor", "1");
        let folder =
            MachineFolder::new(&[(&path, value), card, ("proc/swaps", "Filename\n/swap file")]);
        let knobs = check_on(&folder.machine());
        let said = format!("{name} = {value}");
        let holds = knobs.iter().any(|knob| knob.evidence == said && knob.status == KnobStatus::Ok);
        // Of the two for busy polling one is checked; the other is for programs that wait in poll.
        assert!(holds || name == "net.core.busy_poll", "{line}");
    }
}
