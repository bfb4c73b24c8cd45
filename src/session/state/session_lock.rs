//! Two processes that sign with one key, or trade one coin of one account, would undo each other: a
//! lock of the system stands for as long as the process lives, however it ends.

use super::plain_name;
use crate::host::file::make_folder;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The locks of a session, held until it is dropped.
#[derive(Debug)]
pub struct SessionLock {
    _files: Vec<File>,
}

/// Why a session may not begin.
#[derive(Debug, thiserror::Error)]
pub enum SessionLockError {
    /// Another process holds a lock.
    #[error("process {process} already trades here ({}); stop it, or use another EVENKEEL_STATE_DIR and key", path.display())]
    Held {
        /// The file of the lock.
        path: PathBuf,
        /// Who holds it, as it said itself.
        process: String,
    },
    /// The file cannot be made or locked.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file of the lock.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

impl SessionLock {
    /// Takes the locks of all `names` below `state`.
    ///
    /// # Errors
    /// Another process holds one, or one cannot be made.
    pub fn take(state: &Path, names: &[String]) -> Result<SessionLock, SessionLockError> {
        let folder = state.join("locks");
        let one = |name: &String| {
            let path = folder.join(plain_name(name)).with_extension("lock");
            lock(&path).map_err(|error| match error {
                TryLockError::WouldBlock => SessionLockError::Held { process: holder(&path), path },
                TryLockError::Error(why) => SessionLockError::Io { path, why },
            })
        };
        let files = names.iter().map(one).collect::<Result<Vec<File>, _>>()?;
        Ok(SessionLock { _files: files })
    }
}

fn lock(path: &Path) -> Result<File, TryLockError> {
    make_folder(path.parent().unwrap_or(Path::new("."))).map_err(TryLockError::Error)?;
    // The file stays for good: a lock on a file without a name excludes nobody.
    let open = File::options().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = open.map_err(TryLockError::Error)?;
    file.try_lock()?;
    let said =
        file.set_len(0).and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
    said.map_err(TryLockError::Error)?;
    Ok(file)
}

/// The process that said it holds the lock.
fn holder(path: &Path) -> String {
    let mut text = String::new();
    // The number is for people; without it the refusal is as good.
    let _ = File::open(path).and_then(|mut file| file.read_to_string(&mut text));
    if text.is_empty() { "?".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time() {
        let state = std::env::temp_dir().join(format!("evenkeel-locks-{}", std::process::id()));
        let names = ["signer".to_owned(), "venue account coin".to_owned()];
        let held = SessionLock::take(&state, &names).expect("nobody holds them");
        let refused = SessionLock::take(&state, &names[1..]).expect_err("one is held");
        let own = format!("process {} already trades here", std::process::id());
        assert!(refused.to_string().contains(&own), "{refused}");
        drop(held);
        SessionLock::take(&state, &names).expect("they are free again");
        std::fs::remove_dir_all(&state).expect("it was there");
    }
}
