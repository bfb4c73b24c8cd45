//! What the kernel shows of a machine.

use crate::host::pin::{Core, cpu_list};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A machine, seen through its `/proc` and `/sys`.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Where they are; `/` but in tests.
    pub root: PathBuf,
    /// The cores meant for spinning threads.
    pub hot: Vec<Core>,
}

impl Machine {
    /// A small file's text without surrounding space; none when it cannot be read.
    pub fn read(&self, path: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.root.join(path)).ok()?;
        Some(text.trim().to_owned())
    }

    /// A file that holds one number.
    pub fn number(&self, path: &str) -> Option<i64> {
        self.read(path)?.parse().ok()
    }

    /// Names in a folder, sorted; empty when there is none.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.root.join(folder)) else { return Vec::new() };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        names
    }

    /// The hot cores in the kernel's notation.
    pub fn hot_list(&self) -> String {
        list(&self.hot)
    }

    /// Whether every hot core is in a list of the kernel's notation.
    pub fn lists_hot(&self, list: &str) -> bool {
        let listed = cpu_list(list);
        self.hot.iter().all(|core| listed.contains(core))
    }

    /// Whether any hot core is in such a list.
    pub fn touches_hot(&self, list: &str) -> bool {
        cpu_list(list).iter().any(|core| self.hot.contains(core))
    }

    /// The network interfaces that are hardware.
    pub fn interfaces(&self) -> Vec<String> {
        let hardware =
            |name: &String| self.root.join("sys/class/net").join(name).join("device").exists();
        self.names("sys/class/net").into_iter().filter(hardware).collect()
    }

    /// What `ethtool` says about an interface; none when it is not installed or knows nothing, and
    /// always in tests, whose machines are folders.
    pub fn ethtool(&self, option: &str, interface: &str) -> Option<String> {
        if self.root != Path::new("/") {
            return None;
        }
        let output = Command::new("ethtool").args([option, interface]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Cores in the kernel's notation.
pub fn list(cores: &[Core]) -> String {
    let mut numbers: Vec<usize> = cores.iter().map(|core| core.0).collect();
    numbers.sort_unstable();
    numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}
