//! The latch of the kill switch on disk: a halt survives a restart (MODEL 5), for each venue, account
//! and coin.

use super::plain_name;
use super::store::StateFolder;
use crate::session::header::SessionHeader;
use std::io;
use std::path::PathBuf;

/// How the file of a halt ends.
const HALTED: &str = "halted";
/// How it ends after a person let trading go on.
const RESUMED: &str = "resumed";

/// The place of one halt.
#[derive(Clone, Debug)]
pub struct Latch {
    folder: StateFolder,
    path: PathBuf,
}

impl Latch {
    /// The latch of a session's coin.
    pub fn for_session(folder: &StateFolder, session: &SessionHeader) -> Latch {
        let SessionHeader { venue, account, coins, .. } = session;
        Latch::named(folder, &format!("{venue}-{account}-{}", coins[0]))
    }

    /// The one of this name.
    pub fn named(folder: &StateFolder, name: &str) -> Latch {
        let path = folder.path.join("halts").join(plain_name(name)).with_extension(HALTED);
        Latch { folder: folder.clone(), path }
    }

    /// The name that `resume` takes.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Why trading is halted; none when it is not.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn why(&self) -> io::Result<Option<String>> {
        let text = self.folder.store.read(&self.path)?;
        Ok(text.map(|why| why.trim().to_owned()))
    }

    /// Halts, down to the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set(&self, why: &str) -> io::Result<()> {
        self.folder.store.write(&self.path, &format!("{why}\n"))
    }

    /// Lets trading go on, and keeps the halt with the reason beside it.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn clear(&self, reason: &str) -> io::Result<()> {
        let why = self.why()?.unwrap_or_default();
        let resumed = self.path.with_extension(RESUMED);
        self.folder.store.write(&resumed, &format!("{why}\n{reason}\n"))?;
        self.folder.store.remove(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_stays_until_a_person_gives_a_reason() {
        let state = std::env::temp_dir().join(format!("evenkeel-latch-{}", std::process::id()));
        let folder = StateFolder::on_disk(state.clone());
        let latch = Latch::named(&folder, "testnet-0xab-../../x:HYPE");
        assert_eq!(latch.name(), "testnet-0xab-------x-HYPE", "no way out of the folder");
        assert_eq!(latch.why().expect("readable"), None);
        latch.set("FLATTEN by dd").expect("written");
        let again = Latch::named(&folder, &latch.name());
        assert_eq!(again.why().expect("readable").as_deref(), Some("FLATTEN by dd"));
        again.clear("looked into it").expect("cleared");
        assert_eq!(latch.why().expect("readable"), None);
        let kept = std::fs::read_to_string(again.path.with_extension(RESUMED)).expect("kept");
        assert_eq!(kept, "FLATTEN by dd\nlooked into it\n");
        std::fs::remove_dir_all(&state).expect("it was there");
    }
}
