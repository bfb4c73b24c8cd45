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
    /// The account.
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

/// What a REST body in the journal answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RestQuery {
    /// `clearinghouseState`.
    Account = 1,
    /// `frontendOpenOrders`.
    OpenOrders = 2,
    /// `userFills`.
    Fills = 3,
    /// `userRateLimit`.
    Quota = 4,
}

impl RestQuery {
    /// All of them, in the order in which they are read: fills first, so that an order that is
    /// found gone has its fills already.
    pub const ALL: [RestQuery; 4] =
        [RestQuery::Fills, RestQuery::OpenOrders, RestQuery::Account, RestQuery::Quota];

    /// Its number in the journal.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// From its number.
    pub fn from_number(number: u8) -> Option<RestQuery> {
        RestQuery::ALL.into_iter().find(|body| body.number() == number)
    }
}
