//! The highest request nonce that a signer may have used, kept ahead of what it uses: a session that
//! ends by itself or by kill -9 leaves no number that the next one could use again.

use super::plain_name;
use super::store::StateFolder;
use crate::market::Address;
use crate::num::{Mono, Nanos, Stamp};
use std::io;
use std::path::PathBuf;

/// How far ahead of the clock numbers are reserved, in milliseconds.
const AHEAD_MS: u64 = 60_000;
/// Numbers above the last mark that are reserved at least: a session that begins with the mark ahead
/// of its clock counts on from there.
const COUNT: u64 = 10_000;
/// How often more are reserved.
const EVERY: Nanos = Nanos::from_secs(20);

/// The mark of one signer.
#[derive(Debug)]
pub struct NonceMark {
    folder: StateFolder,
    path: PathBuf,
    /// Nothing above it has been used.
    reserved: u64,
    due: Mono,
}

impl NonceMark {
    /// Reads the mark of `signer`, and reserves what a session needs at first. Gives the
    /// number that all of the session's must be above, too.
    ///
    /// # Errors
    /// It cannot be read, is no number, or cannot be written.
    pub fn begin(
        folder: &StateFolder,
        signer: Address,
        now: Stamp,
    ) -> io::Result<(NonceMark, u64)> {
        let path = folder.path.join("nonces").join(plain_name(&signer.to_string()));
        let used = folder.store.read(&path)?.map_or(Ok(0), |text| {
            text.trim().parse().map_err(|_| {
                let words = format!("{}: {text:?} is no nonce mark", path.display());
                io::Error::new(io::ErrorKind::InvalidData, words)
            })
        })?;
        let mut mark = NonceMark { folder: folder.clone(), path, reserved: used, due: now.mono };
        mark.reserve_if_due(now)?;
        Ok((mark, used))
    }

    /// Reserves more, where it is time.
    ///
    /// # Errors
    /// The mark cannot be written; what was reserved before still holds.
    pub fn reserve_if_due(&mut self, now: Stamp) -> io::Result<()> {
        if now.mono < self.due {
            return Ok(());
        }
        self.due = now.mono + EVERY;
        let reserved = (now.wall.ms() + AHEAD_MS).max(self.reserved + COUNT);
        self.folder.store.write(&self.path, &format!("{reserved}\n"))?;
        self.reserved = reserved;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::WallMs;

    #[test]
    fn no_session_begins_below_what_another_reserved() {
        let state = std::env::temp_dir().join(format!("evenkeel-nonces-{}", std::process::id()));
        let folder = StateFolder::on_disk(state.clone());
        let signer = Address([3; 20]);
        let at = |mono_s: u64, wall_ms: u64| Stamp {
            mono: Mono::START + Nanos::from_secs(mono_s),
            wall: WallMs::from_ms(wall_ms),
        };
        let (mut mark, used) = NonceMark::begin(&folder, signer, at(0, 1_000_000)).expect("new");
        assert_eq!((used, mark.reserved), (0, 1_060_000));
        mark.reserve_if_due(at(19, 1_019_000)).expect("written");
        assert_eq!(mark.reserved, 1_060_000, "not yet");
        mark.reserve_if_due(at(20, 1_020_000)).expect("written");
        assert_eq!(mark.reserved, 1_080_000);
        // The clock went back an hour before the next session.
        let (mark, used) = NonceMark::begin(&folder, signer, at(0, 500_000)).expect("read");
        assert_eq!((used, mark.reserved), (1_080_000, 1_090_000));
        let (_, of_another) = NonceMark::begin(&folder, Address([4; 20]), at(0, 1)).expect("new");
        assert_eq!(of_another, 0);
        std::fs::write(&mark.path, "many").expect("written");
        let broken = NonceMark::begin(&folder, signer, at(0, 1)).expect_err("no number");
        assert!(broken.to_string().contains("\"many\" is no nonce mark"), "{broken}");
        std::fs::remove_dir_all(&state).expect("it was there");
    }
}
