//! Digests of user-signed actions. The product never makes one: only the exchange in a box checks
//! them (PROTOCOL 5.1).

use super::hash::{Hash, hex32, keccak, typed_digest};
use crate::market::Address;

/// keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)").
const DOMAIN: Hash = hex32(b"8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f");
/// keccak256("HyperliquidTransaction:ApproveAgent(string hyperliquidChain,address agentAddress,
/// string agentName,uint64 nonce)").
const APPROVE_AGENT: Hash =
    hex32(b"4464abf6148f115d79362d98320081aa2ae8a5c840083cb65820bffc21394378");
/// The name of the domain.
const NAME: &[u8] = b"HyperliquidSignTransaction";
/// The version of the domain.
const VERSION: &[u8] = b"1";
/// The type of the approval of a builder's fee, as the official SDK signs it.
const APPROVE_BUILDER_FEE: &[u8] = b"HyperliquidTransaction:ApproveBuilderFee(\
    string hyperliquidChain,string maxFeeRate,address builder,uint64 nonce)";

/// Where a user-signed action belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domain<'a> {
    /// `signatureChainId` as a number.
    pub chain_id: u64,
    /// `hyperliquidChain`: `Mainnet` or `Testnet`.
    pub chain: &'a str,
}

/// What the master signs to let `agent` sign for it. An unnamed agent has the name `""`.
#[must_use]
pub fn approve_agent_digest(domain: Domain<'_>, agent: Address, name: &str, nonce: u64) -> Hash {
    let chain = keccak(domain.chain.as_bytes());
    let words = [APPROVE_AGENT, chain, address(agent), keccak(name.as_bytes()), number(nonce)];
    typed_digest(&separator(domain.chain_id), &keccak(words.as_flattened()))
}

/// What the master signs to let `builder` charge up to `rate` (a percentage such as `0.001%`).
#[must_use]
pub fn approve_builder_fee_digest(
    domain: Domain<'_>,
    builder: Address,
    rate: &str,
    nonce: u64,
) -> Hash {
    let (kind, chain) = (keccak(APPROVE_BUILDER_FEE), keccak(domain.chain.as_bytes()));
    let words = [kind, chain, keccak(rate.as_bytes()), address(builder), number(nonce)];
    typed_digest(&separator(domain.chain_id), &keccak(words.as_flattened()))
}

/// Hash of the domain; the verifying contract is the zero address.
fn separator(chain_id: u64) -> Hash {
    let words = [DOMAIN, keccak(NAME), keccak(VERSION), number(chain_id), [0; 32]];
    keccak(words.as_flattened())
}

/// A number as a 32-byte word.
fn number(value: u64) -> Hash {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&value.to_be_bytes());
    word
}

/// An address as a 32-byte word.
fn address(value: Address) -> Hash {
    let mut word = [0; 32];
    word[12..].copy_from_slice(&value.0);
    word
}
