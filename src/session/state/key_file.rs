//! Keys for venues on this machine: a file with a raw key, or one that is made and kept for a venue.
//!
//! A raw key in a file is good for play money only; that is all a venue on loopback has.

use super::plain_name;
use crate::host::file::{create_private, is_ours, make_folder};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Bytes of a key.
const KEY_BYTES: usize = 32;
/// Longer than any key file with its line end.
const TEXT_MAX: u64 = 256;
/// Others may do nothing with the file.
const OTHERS: u32 = 0o077;

/// A private key, wiped when it is dropped.
pub type Secret = Zeroizing<[u8; KEY_BYTES]>;

/// Why a key cannot be had. None of it repeats a digit.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read or made.
    #[error("{}: {why}", path.display())]
    Io {
        /// The key file or its folder.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Others than its owner may read or write it.
    #[error("{0} may be read by others; close it: chmod 600 {0}")]
    Open(String),
    /// It belongs to somebody else.
    #[error("{0} belongs to another user; the key must be your own: chown \"$(id -un)\" {0}")]
    Owner(String),
    /// It holds no key.
    #[error("{0} holds no key: one line of 0x and 64 hex digits is expected")]
    Form(String),
    /// The system gives no randomness.
    #[error("no randomness for a key: {0}")]
    Entropy(getrandom::Error),
}

/// Reads a key from a file that only its owner can read.
///
/// # Errors
/// It cannot be read, others can read it, or it holds no key.
pub fn read(path: &Path) -> Result<Secret, KeyFileError> {
    let io = |why| KeyFileError::Io { path: path.to_owned(), why };
    let name = || path.display().to_string();
    // Not waiting for whoever writes a pipe, and not following a link to somewhere else.
    let flags = libc::O_NONBLOCK | libc::O_NOFOLLOW;
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(io)?;
    let about = file.metadata().map_err(io)?;
    if !about.is_file() {
        return Err(KeyFileError::Form(name()));
    }
    if about.mode() & OTHERS != 0 {
        return Err(KeyFileError::Open(name()));
    }
    if !is_ours(&about) {
        return Err(KeyFileError::Owner(name()));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(TEXT_MAX).read_to_string(&mut text).map_err(io)?;
    key_of(text.trim_end()).ok_or_else(|| KeyFileError::Form(name()))
}

/// The key that is kept for `venue` in the state folder; made when it is not there.
///
/// # Errors
/// As [`read`], or it cannot be made.
pub fn kept(state: &Path, venue: &str) -> Result<Secret, KeyFileError> {
    let path = state.join("keys").join(plain_name(venue)).with_extension("key");
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?,
        Ok(_) | Err(_) => {}
    }
    read(&path)
}

/// A key that nobody has had before.
///
/// # Errors
/// The system gives no randomness.
pub fn fresh() -> Result<Secret, KeyFileError> {
    let mut secret = Secret::default();
    getrandom::fill(&mut *secret).map_err(KeyFileError::Entropy)?;
    Ok(secret)
}

fn make(path: &Path) -> Result<(), KeyFileError> {
    let secret = fresh()?;
    let mut text = Zeroizing::new(String::from("0x"));
    for byte in *secret {
        text.push_str(&format!("{byte:02x}"));
    }
    text.push('\n');
    let folder = path.parent().unwrap_or(Path::new("."));
    let made = make_folder(folder).and_then(|()| create_private(path));
    let written = made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|why| KeyFileError::Io { path: path.to_owned(), why })
}

fn key_of(text: &str) -> Option<Secret> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 2 * KEY_BYTES)?;
    let mut secret = Secret::default();
    for (byte, pair) in secret.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_is_made_once_for_each_venue_and_read_again() {
        let state = std::env::temp_dir().join(format!("evenkeel-keys-{}", std::process::id()));
        let [one, again, other] = ["http://127.0.0.1:1", "http://127.0.0.1:1", "http://[::1]:1"]
            .map(|venue| kept(&state, venue).expect("it is made"));
        assert!(one == again && one != other);
        let path = state.join("keys/http---127-0-0-1-1.key");
        assert_eq!(fs::metadata(&path).expect("there").mode() & 0o777, 0o600);
        fs::remove_dir_all(&state).expect("it was there");
    }

    #[test]
    fn what_is_no_private_key_file_is_refused() {
        let path = std::env::temp_dir().join(format!("evenkeel-key-{}", std::process::id()));
        let digits = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
        // contents, mode, a part of the complaint or none
        let rows = [
            (format!("0x{digits}\n"), 0o600, ""),
            (format!("0x{digits}"), 0o400, ""),
            (format!("0x{digits}"), 0o640, "chmod 600"),
            (format!("0x{digits}"), 0o604, "chmod 600"),
            (digits.to_owned(), 0o600, "64 hex digits"),
            (format!("0x{digits}00"), 0o600, "64 hex digits"),
            (format!("0x{}g", &digits[1..]), 0o600, "64 hex digits"),
            (String::new(), 0o600, "64 hex digits"),
        ];
        for (text, mode, part) in rows {
            fs::write(&path, &text).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
            match read(&path) {
                Ok(_) => assert_eq!(part, "", "{text}"),
                Err(error) => {
                    let words = error.to_string();
                    assert!(!part.is_empty() && words.contains(part), "{text}: {words}");
                    assert!(!words.contains("0123456789"), "no digit of a key: {words}");
                }
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("ours");
        }
        fs::remove_file(&path).expect("it was there");
        assert!(matches!(read(&path), Err(KeyFileError::Io { .. })));
        assert!(read(&std::env::temp_dir()).is_err(), "a folder is no key");
    }
}
