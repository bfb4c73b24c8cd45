//! What stands at the head of a journal: everything a replay needs to begin as the session did.

use crate::engine::Setup;
use crate::market::Address;
use serde::{Deserialize, Serialize};

/// The session record's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionHeader {
    /// Version of the program that wrote it.
    pub build: String,
    /// Where it traded: `embedded`, `testnet`, `mainnet`, or a file.
    pub venue: String,
    /// The embedded exchange's world, where there is one.
    pub world: Option<String>,
    /// The account that trades.
    pub account: Address,
    /// The full names of the coins, by [`crate::market::CoinIx`].
    pub coins: Vec<String>,
    /// What the engine began with.
    pub setup: Setup,
    /// The highest request nonce used before.
    pub nonce_after: u64,
}

impl SessionHeader {
    /// As the bytes of the record.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain fields with text keys")
    }

    /// From the bytes of the record.
    ///
    /// # Errors
    /// They are not what [`SessionHeader::to_bytes`] made: the sentence says where.
    pub fn from_bytes(bytes: &[u8]) -> Result<SessionHeader, String> {
        serde_json::from_slice(bytes).map_err(|error| format!("the session record: {error}"))
    }
}
