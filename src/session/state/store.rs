//! The folder that outlives sessions, and what is behind it: a disk, or memory in a simulation.

use crate::host::file::write_whole;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

/// Small files that are read and replaced whole.
pub trait Store: Debug + Send + Sync {
    /// The text of a file; none where there is no such file.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn read(&self, path: &Path) -> io::Result<Option<String>>;

    /// Replaces a file, down to the disk, or leaves it as it was.
    ///
    /// # Errors
    /// It cannot be written.
    fn write(&self, path: &Path, text: &str) -> io::Result<()>;

    /// Removes a file that is there.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The state folder. Clones share what is behind it.
#[derive(Clone, Debug)]
pub struct StateFolder {
    /// Where the folder lies.
    pub path: PathBuf,
    /// What is behind it.
    pub store: Arc<dyn Store>,
}

impl StateFolder {
    /// A folder on the disk.
    #[must_use]
    pub fn on_disk(path: PathBuf) -> StateFolder {
        StateFolder { path, store: Arc::new(Disk) }
    }
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
struct Disk;

impl Store for Disk {
    fn read(&self, path: &Path) -> io::Result<Option<String>> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        write_whole(path, text.as_bytes())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// A disk in memory, which can be full. Clones are one disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk(Arc<Mutex<MemoryFiles>>);

#[derive(Debug, Default)]
struct MemoryFiles {
    files: BTreeMap<PathBuf, String>,
    is_full: bool,
}

impl MemoryDisk {
    /// A folder on this disk.
    #[must_use]
    pub fn folder(&self) -> StateFolder {
        StateFolder { path: PathBuf::from("/state"), store: Arc::new(self.clone()) }
    }

    /// From here on nothing can be written, or everything again.
    pub fn set_full(&self, is_full: bool) {
        self.files().is_full = is_full;
    }

    /// Whether nothing can be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.files().is_full
    }

    fn files(&self) -> MutexGuard<'_, MemoryFiles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryDisk {
    fn read(&self, path: &Path) -> io::Result<Option<String>> {
        Ok(self.files().files.get(path).cloned())
    }

    fn write(&self, path: &Path, text: &str) -> io::Result<()> {
        let mut files = self.files();
        if files.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        files.files.insert(path.to_owned(), text.to_owned());
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.files().files.remove(path);
        removed.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_disk_behave_alike() {
        let path = std::env::temp_dir().join(format!("evenkeel-store-{}", std::process::id()));
        let memory = MemoryDisk::default();
        for folder in [StateFolder::on_disk(path.clone()), memory.folder()] {
            let file = folder.path.join("halts/one");
            assert_eq!(folder.store.read(&file).expect("no file is no error"), None);
            folder.store.write(&file, "text").expect("there is room");
            assert_eq!(folder.store.read(&file).expect("it is there").as_deref(), Some("text"));
            folder.store.remove(&file).expect("it is there");
            assert!(folder.store.remove(&file).is_err(), "only once");
        }
        memory.set_full(true);
        let folder = memory.folder();
        let refused = folder.store.write(&folder.path, "text").expect_err("no room");
        assert_eq!((refused.kind(), memory.is_full()), (io::ErrorKind::StorageFull, true));
        fs::remove_dir_all(&path).expect("it was there");
    }
}
