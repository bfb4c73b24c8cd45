//! What is signed: the hash of an action, and the EIP-712 digest around it (PROTOCOL 4.1).

use crate::market::Address;
use crate::num::WallMs;
use keccak_asm::{Digest, Keccak256};

/// 32 bytes of keccak-256.
pub type Hash = [u8; 32];

/// The network a signature is for: a key of one never signs for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The main network, source letter `a`.
    Mainnet,
    /// The test network, source letter `b`; loopback venues use it too.
    Testnet,
}

/// Hash of the EIP-712 domain of every exchange action, on both networks: `Exchange`, `1`, 1337, zero.
const DOMAIN: Hash = hex32(b"d79297fcdf2ffcd4ae223d01edaa2ba214ff8f401d7c9300d995d17c82aa4040");
const AGENT: Hash = hex32(b"26f05c2f7239b6983075e58321292d77b3aa173d19b27257ac96ab362570f508");
const MAINNET: Hash = hex32(b"3ac225168df54212a25c1c01fd35bebfea408fdac2e31ddd6f80a4bbf9a5f1cb");
const TESTNET: Hash = hex32(b"b5553de315e0edf504d9150af82dafa5c4667fa618ed0a6f19c69b41166c5510");

/// The keccak-256 hash of `bytes`, 32 bytes.
#[must_use]
pub fn keccak(bytes: &[u8]) -> Hash {
    Keccak256::digest(bytes).into()
}

/// The hash of an action in msgpack with its nonce, vault and expiry: `connectionId`.
#[must_use]
pub fn action_hash(
    action: &[u8],
    nonce: u64,
    vault: Option<Address>,
    expires: Option<WallMs>,
) -> Hash {
    let mut hasher = Keccak256::new();
    hasher.update(action);
    put_trailer(nonce, vault, expires, |part| hasher.update(part));
    hasher.finalize().into()
}

/// Gives what follows the action in the bytes that are hashed, part by part.
pub(in crate::wire) fn put_trailer(
    nonce: u64,
    vault: Option<Address>,
    expires: Option<WallMs>,
    mut put: impl FnMut(&[u8]),
) {
    put(&nonce.to_be_bytes());
    match vault {
        Some(vault) => {
            put(&[1]);
            put(&vault.0);
        }
        None => put(&[0]),
    }
    if let Some(expires) = expires {
        put(&[0]);
        put(&expires.ms().to_be_bytes());
    }
}

/// What is signed for an action with this hash on this network.
#[must_use]
pub fn agent_digest(source: Source, connection_id: &Hash) -> Hash {
    let source = match source {
        Source::Mainnet => &MAINNET,
        Source::Testnet => &TESTNET,
    };
    let mut agent = [0; 96];
    agent[..32].copy_from_slice(&AGENT);
    agent[32..64].copy_from_slice(source);
    agent[64..].copy_from_slice(connection_id);
    typed_digest(&DOMAIN, &keccak(&agent))
}

/// The EIP-712 digest of a struct in a domain.
#[must_use]
pub(super) fn typed_digest(domain: &Hash, message: &Hash) -> Hash {
    let mut bytes = [0; 66];
    bytes[..2].copy_from_slice(b"\x19\x01");
    bytes[2..34].copy_from_slice(domain);
    bytes[34..].copy_from_slice(message);
    keccak(&bytes)
}

/// 32 bytes from 64 hex digits, at compile time.
pub(super) const fn hex32(digits: &[u8; 64]) -> Hash {
    let mut bytes = [0; 32];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = nibble(digits[2 * at]) << 4 | nibble(digits[2 * at + 1]);
        at += 1;
    }
    bytes
}

/// The value of a lower-case hex digit.
const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => panic!("a constant holds a byte that is no hex digit"),
    }
}
