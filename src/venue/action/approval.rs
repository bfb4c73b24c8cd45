//! Approvals that an account signs as itself: agents, and fees of builders.

use super::text::AddressText;
use crate::num::WallMs;
use serde::{Deserialize, Serialize};

/// What separates an agent's name from its expiry.
const VALID_UNTIL: &str = " valid_until ";

/// Another key that may sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApproveAgent {
    /// The chain id of the EIP-712 domain: `0x` and hex digits.
    pub signature_chain_id: String,
    /// Which network it is for.
    pub hyperliquid_chain: Chain,
    pub agent_address: AddressText,
    /// Its name; absent means none, which is signed as an empty one.
    #[serde(default)]
    pub agent_name: Option<String>,
    /// The nonce that is signed; the envelope repeats it.
    pub nonce: u64,
}

/// A fee a builder may charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApproveBuilderFee {
    /// The chain id of the EIP-712 domain: `0x` and hex digits.
    pub signature_chain_id: String,
    /// Which network it is for.
    pub hyperliquid_chain: Chain,
    /// The most it may be, a percentage.
    pub max_fee_rate: String,
    pub builder: AddressText,
    /// The nonce that is signed; the envelope repeats it.
    pub nonce: u64,
}

/// The networks, as user-signed actions name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chain {
    Mainnet,
    /// Testnet; loopback venues too.
    Testnet,
}

impl Chain {
    /// Its name, as it is signed.
    pub fn name(self) -> &'static str {
        match self {
            Chain::Mainnet => "Mainnet",
            Chain::Testnet => "Testnet",
        }
    }
}

impl ApproveAgent {
    /// The agent's name and when it lapses: a name can end in ` valid_until <ms>` (PROTOCOL 5.2).
    pub fn name_and_expiry(&self) -> (&str, Option<WallMs>) {
        let given = self.agent_name.as_deref().unwrap_or_default();
        let split = given.rsplit_once(VALID_UNTIL);
        match split.map(|(name, until)| (name, until.parse().ok())) {
            Some((name, Some(until_ms))) => (name, Some(WallMs::from_ms(until_ms))),
            Some((_, None)) | None => (given, None),
        }
    }
}
