//! Distributions, the table and the histogram they are printed as, and the machine they are from.

use evenkeel::host::pin::Cores;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Nanoseconds of many calls of one thing.
pub struct Samples {
    /// What was timed.
    pub name: String,
    ns: Vec<u64>,
    sorted: bool,
}

/// The shares that are printed.
const SHARES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)];
/// Buckets of the histogram for each doubling.
const STEPS: f64 = 4.0;
/// Width of its longest bar.
const BAR: u64 = 60;

impl Samples {
    /// None yet; room for `count`, so that none is made while something is timed.
    pub fn new(name: &str, count: usize) -> Samples {
        Samples { name: name.to_owned(), ns: Vec::with_capacity(count), sorted: true }
    }

    /// One more.
    pub fn add(&mut self, ns: u64) {
        self.ns.push(ns);
        self.sorted = false;
    }

    /// The value that this share of the calls does not exceed.
    pub fn at(&mut self, share: f64) -> u64 {
        if !self.sorted {
            self.ns.sort_unstable();
            self.sorted = true;
        }
        let place = (self.ns.len() as f64 * share) as usize;
        self.ns.get(place.min(self.ns.len().saturating_sub(1))).copied().unwrap_or(0)
    }

    /// Half of the calls took no longer.
    pub fn p50(&mut self) -> f64 {
        self.at(0.5) as f64
    }

    /// All but one in a hundred took no longer.
    pub fn p99(&mut self) -> f64 {
        self.at(0.99) as f64
    }

    /// The percentiles by name.
    pub fn json(&mut self) -> Value {
        let mut row = json!({ "count": self.ns.len() });
        for (name, share) in SHARES {
            row[name] = json!(self.at(share));
        }
        row
    }

    /// A line of the table.
    pub fn print(&mut self, note: &str) {
        let [p50, p90, p99, p999] = SHARES.map(|(_, share)| self.at(share));
        let (name, count) = (&self.name, self.ns.len());
        println!("{name:<34} {p50:>8} {p90:>8} {p99:>8} {p999:>8} {count:>8}  {note}");
    }

    /// Where the calls lie, in quarters of a doubling.
    pub fn histogram(&mut self) {
        println!("\n{} (ns, logarithmic)", self.name);
        let bucket = |ns: u64| ((ns.max(1) as f64).log2() * STEPS) as u64;
        let (low, high) = (bucket(self.at(0.0)), bucket(self.at(0.9995)));
        let mut counts = vec![0u64; (high - low + 1) as usize];
        for ns in &self.ns {
            counts[(bucket(*ns).min(high) - low) as usize] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or(1).max(1);
        for (place, count) in (low..).zip(counts).filter(|(_, count)| 0 < *count) {
            let from = ((place as f64) / STEPS).exp2();
            println!(
                "{from:>9.0} {count:>8} {}",
                "#".repeat((count * BAR).div_ceil(most) as usize)
            );
        }
    }
}

/// The head of the table.
pub fn head(title: &str) {
    println!("\n{title}");
    let columns = ["p50", "p90", "p99", "p99.9", "count"].map(|name| format!("{name:>8}"));
    println!("{:<34} {}", "ns", columns.join(" "));
}

/// What the figures depend on.
pub fn machine() -> Value {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let isolated = read("/sys/devices/system/cpu/isolated");
    let isolated = if isolated.is_empty() { "none".to_owned() } else { isolated };
    let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
    json!({
        "cpu": model, "cores": cores, "isolated_cores": isolated,
        "kernel": read("/proc/sys/kernel/osrelease"), "load_at_start": load,
        "caution": "a shared virtual machine: compare arms of one run, never two runs",
    })
}

/// The bench on one core of its own, as far as there is one.
pub fn pin() -> bool {
    let cores = Cores::query().choose(1).unwrap_or_default();
    cores.last().is_some_and(|core| core.pin_current().is_ok())
}

/// Prints what [`machine`] found.
pub fn print_machine(machine: &Value) {
    for (key, value) in machine.as_object().into_iter().flatten() {
        println!("# {key}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
}

/// Writes `target/evenkeel/NAME.json`.
pub fn write(name: &str, value: &Value) {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(target).join("evenkeel");
    let path = folder.join(name).with_extension("json");
    let text = format!("{value:#}\n");
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, text));
    match written {
        Ok(()) => println!("\nwritten: {}", path.display()),
        Err(error) => println!("\nnot written: {}: {error}", path.display()),
    }
}

/// The word behind `name` on the command line.
pub fn word(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}

/// The number behind `name` on the command line, or `usual`.
pub fn option(name: &str, usual: usize) -> usize {
    word(name).and_then(|word| word.parse().ok()).unwrap_or(usual)
}
