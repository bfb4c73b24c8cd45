//! What every session in virtual time has in common.

use crate::venue::World;
use std::sync::{Arc, Mutex};

/// The world of a session, which its venue turns and its score reads.
pub(super) type SharedWorld = Arc<Mutex<World>>;

/// Leverage of its account: twice what is used.
pub(super) const LEVERAGE: u32 = 10;
/// Requests that an account which asks for no limit may make.
pub const UNLIMITED: u64 = u64::MAX / 4;
