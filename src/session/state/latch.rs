//! The latch of the kill switch on disk: a halt survives a restart (MODEL 5), for each venue, account
//! and coin.

use super::plain_name;
use crate::host::file::write_whole;
use crate::session::header::SessionHeader;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// How the file of a halt ends.
const HALTED: &str = "halted";
/// How it ends after a person let trading go on.
const RESUMED: &str = "resumed";

/// The place of one halt.
#[derive(Clone, Debug)]
pub struct Latch(PathBuf);

impl Latch {
    /// A session's, below `state`.
    pub fn for_session(state: &Path, session: &SessionHeader) -> Latch {
        let SessionHeader { venue, account, coins, .. } = session;
        Latch::named(state, &format!("{venue}-{account}-{}", coins[0]))
    }

    /// The one of this name.
    pub fn named(state: &Path, name: &str) -> Latch {
        Latch(state.join("halts").join(plain_name(name)).with_extension(HALTED))
    }

    /// The name that `resume` takes.
    pub fn name(&self) -> String {
        self.0.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Why trading is halted; none when it is not.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    pub fn why(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(&self.0) {
            Ok(why) => Ok(Some(why.trim().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Halts, down to the disk.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set(&self, why: &str) -> io::Result<()> {
        write_whole(&self.0, format!("{why}\n").as_bytes())
    }

    /// Lets trading go on, and keeps the halt with the reason beside it.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn clear(&self, reason: &str) -> io::Result<()> {
        let why = self.why()?.unwrap_or_default();
        write_whole(&self.0.with_extension(RESUMED), format!("{why}\n{reason}\n").as_bytes())?;
        fs::remove_file(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_halt_stays_until_a_person_gives_a_reason() {
        let state = std::env::temp_dir().join(format!("evenkeel-latch-{}", std::process::id()));
        let latch = Latch::named(&state, "testnet-0xab-../../x:HYPE");
        assert_eq!(latch.name(), "testnet-0xab-------x-HYPE", "no way out of the folder");
        assert_eq!(latch.why().expect("readable"), None);
        latch.set("FLATTEN by dd").expect("written");
        let again = Latch::named(&state, &latch.name());
        assert_eq!(again.why().expect("readable").as_deref(), Some("FLATTEN by dd"));
        again.clear("looked into it").expect("cleared");
        assert_eq!(latch.why().expect("readable"), None);
        let kept = std::fs::read_to_string(again.0.with_extension(RESUMED)).expect("kept");
        assert_eq!(kept, "FLATTEN by dd\nlooked into it\n");
        std::fs::remove_dir_all(&state).expect("it was there");
    }
}
