//! Files: written whole or not at all, private from their first byte, in the places users expect.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Read and write for the owner, nothing for others.
const PRIVATE_FILE: u32 = 0o600;
/// As [`PRIVATE_FILE`], for folders.
const PRIVATE_FOLDER: u32 = 0o700;
/// The program's name in the folders of the XDG base directory specification.
const NAME: &str = "evenkeel";

/// Replaces the file at `path` by `bytes`, or leaves it as it was: a private temporary file beside it
/// is written, synced and renamed. Missing folders are made.
///
/// # Errors
/// Any of those steps failed; the old file is untouched.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let temporary = beside(path);
    let written = write_new(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What was being reported matters more than a left-over temporary file.
        let _ = fs::remove_file(&temporary);
        return written;
    }
    // The rename itself lasts only once the folder is on disk.
    if folder.as_os_str().is_empty() { Ok(()) } else { File::open(folder)?.sync_all() }
}

/// Opens a file that must not exist yet, private from its first byte whatever the umask.
///
/// # Errors
/// It exists (even as a dangling link), or cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path)
}

/// Whether a file belongs to the user this process runs as.
pub fn is_ours(about: &Metadata) -> bool {
    // SAFETY: geteuid reads nothing of ours and cannot fail.
    about.uid() == unsafe { libc::geteuid() }
}

/// Makes a private folder, with its parents; one that exists is left as it is.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(path)
}

/// A variable that must hold an absolute path does not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is {value:?}; it must be an absolute path")]
pub struct RelativeFolder {
    name: &'static str,
    value: PathBuf,
}

/// Where journals, nonce marks and latches live: `EVENKEEL_STATE_DIR`, else
/// `$XDG_STATE_HOME/evenkeel`, else `~/.local/state/evenkeel`.
///
/// # Errors
/// `EVENKEEL_STATE_DIR` is a relative path: a session started elsewhere would not see its halts.
pub fn state_dir() -> Result<PathBuf, RelativeFolder> {
    let environment = |name: &str| std::env::var_os(name).map(PathBuf::from);
    place("EVENKEEL_STATE_DIR", "XDG_STATE_HOME", ".local/state", &environment)
}

/// The first of: our own variable, the standard's, the standard's default under home. The standard
/// says to ignore relative paths in its own; an empty variable counts as none.
fn place(
    own: &'static str,
    xdg: &str,
    under_home: &str,
    get: &dyn Fn(&str) -> Option<PathBuf>,
) -> Result<PathBuf, RelativeFolder> {
    if let Some(value) = get(own).filter(|value| !value.as_os_str().is_empty()) {
        return if value.is_absolute() {
            Ok(value)
        } else {
            Err(RelativeFolder { name: own, value })
        };
    }
    let absolute = |name: &str| get(name).filter(|path| path.is_absolute());
    let home = || absolute("HOME").unwrap_or_else(|| PathBuf::from("/")).join(under_home);
    Ok(absolute(xdg).unwrap_or_else(home).join(NAME))
}

/// A name in the same folder that no other write of any process uses.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{count}.tmp", std::process::id()));
    path.with_file_name(name)
}

/// Writes a file that must not exist, down to the disk.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
