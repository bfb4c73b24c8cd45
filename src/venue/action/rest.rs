//! Actions the exchange checks but mostly does not perform: what some client sends before its first
//! order, and the rest of the venue's list.

use super::text::{AddressText, Number};
use crate::num::WallMs;
use serde::{Deserialize, Serialize};

/// What separates an agent's name from its expiry.
const VALID_UNTIL: &str = " valid_until ";

/// An isolated position's leverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopUp {
    pub asset: u32,
    /// The leverage to reach, a decimal as text.
    pub leverage: Number,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveWeight {
    /// How many requests are bought.
    pub weight: u64,
    /// The address they are for; the signer's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<AddressText>,
}

/// A trade over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwapOrder {
    pub twap: Twap,
}

/// Terms of a trade over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twap {
    #[serde(rename = "a")]
    pub asset: u32,
    #[serde(rename = "b")]
    pub is_buy: bool,
    #[serde(rename = "s")]
    pub qty: Number,
    #[serde(rename = "r")]
    pub reduce_only: bool,
    #[serde(rename = "m")]
    pub minutes: u64,
    /// Whether the parts are traded at random moments.
    #[serde(rename = "t")]
    pub randomise: bool,
}

/// A trade over time to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwapCancel {
    #[serde(rename = "a")]
    pub asset: u32,
    #[serde(rename = "t")]
    pub twap: u64,
}

/// How an account holds its money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAbstraction {
    /// The mode as one letter, as clients send it.
    pub abstraction: String,
}

/// A bid for an earlier feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GossipBid {
    pub slot_id: u64,
    /// The IP address of the node that is to be served earlier.
    pub ip: String,
    pub max_gas: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetReferrer {
    pub code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSubAccount {
    pub name: String,
}

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
