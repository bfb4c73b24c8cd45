//! What outlives a session, as files in the state folder.

pub mod key_file;
pub mod latch;
pub mod nonce_mark;
pub mod session_lock;
pub mod store;

/// A name as a file may have it. Coins are named by whoever lists them, so only letters, digits and
/// dashes of a name reach the disk.
fn plain_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    name.chars().map(plain).collect()
}
