//! Signatures: the key lives here and prints as `***`.
//!
//! secp256k1 by `k256`. A signature takes a prepared nonce when there is one (one multiplication and
//! one addition, see [`super::nonce`]) and derives its nonce by RFC 6979 when there is none.

pub mod hash;
pub mod user;

use super::nonce::{NonceSource, Prepared, Preparer};
use crate::market::Address;
use k256::ecdsa::{RecoveryId, SigningKey, VerifyingKey};
use k256::elliptic_curve::scalar::IsHigh;
use k256::elliptic_curve::sec1::ToSec1Point;
use std::fmt;

pub use hash::{Hash, Source};

/// `v` of a signature whose nonce point has an even y; one more when it is odd.
const V_EVEN: u8 = 27;
/// Signatures whose nonces are remembered in debug builds, to catch one used twice.
#[cfg(debug_assertions)]
const TAGS: usize = 1024;

/// A signature as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The nonce point's x, big-endian.
    pub r: Hash,
    /// The proof, big-endian, in the lower half of its range.
    pub s: Hash,
    /// 27 or 28: whether the nonce point's y is odd.
    pub v: u8,
}

/// Why bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadKey;

/// A key that can sign, for one network.
pub struct Signer {
    key: SigningKey,
    address: Address,
    source: Source,
    counts: SignatureCounts,
    #[cfg(debug_assertions)]
    used: Used,
}

/// How the signatures were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignatureCounts {
    /// With a prepared nonce.
    pub prepared: u64,
    /// With a nonce derived on the spot, because none was prepared.
    pub derived: u64,
}

impl fmt::Display for BadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a secp256k1 key: it must be 32 bytes, above zero and below the order")
    }
}

impl std::error::Error for BadKey {}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Signer { address, source, .. } = self;
        write!(f, "Signer {{ key: ***, address: {address}, source: {source:?} }}")
    }
}

impl Signer {
    /// A signer with this secret, for one network. The caller wipes its copy of the secret.
    ///
    /// # Errors
    /// The secret is zero or not below the order of the curve.
    pub fn new(secret: &[u8; 32], source: Source) -> Result<Signer, BadKey> {
        let key = SigningKey::from_slice(secret).map_err(|_| BadKey)?;
        let address = address_of_key(key.verifying_key());
        Ok(Signer {
            key,
            address,
            source,
            counts: SignatureCounts::default(),
            #[cfg(debug_assertions)]
            used: Used::new(),
        })
    }

    /// The address that signatures recover to.
    pub fn address(&self) -> Address {
        self.address
    }

    /// The network it signs for.
    pub fn source(&self) -> Source {
        self.source
    }

    /// How its signatures were made so far.
    pub fn counts(&self) -> SignatureCounts {
        self.counts
    }

    /// What prepares nonces for this key on another thread. It holds a copy of the key.
    pub fn preparer(&self) -> Preparer {
        Preparer::new(*self.key.as_nonzero_scalar())
    }

    /// Signs a digest: with a prepared nonce, or by RFC 6979 when there is none. Never waits.
    pub fn sign(&mut self, digest: &Hash, nonces: &mut impl NonceSource) -> Signature {
        let prepared = nonces.take().and_then(|prepared| self.sign_prepared(digest, &prepared));
        match prepared {
            Some(signature) => {
                self.counts.prepared += 1;
                signature
            }
            None => {
                self.counts.derived += 1;
                self.sign_derived(digest)
            }
        }
    }

    /// `s = A·z + B` with the lower of `s` and `-s`. None with a chance of 2^-256.
    fn sign_prepared(&mut self, digest: &Hash, prepared: &Prepared) -> Option<Signature> {
        #[cfg(debug_assertions)]
        self.used.claim(prepared.r());
        let s = prepared.answer(digest);
        let high = bool::from(s.is_high());
        let s = if high { -s } else { s };
        if bool::from(s.is_zero()) {
            return None;
        }
        let odd = prepared.is_odd() != high;
        Some(Signature { r: *prepared.r(), s: s.to_bytes().into(), v: v_of(odd) })
    }

    /// A deterministic signature (RFC 6979, SHA-256), in the lower half.
    fn sign_derived(&self, digest: &Hash) -> Signature {
        let (signature, id) = self.key.sign_prehash_recoverable(digest);
        let (r, s) = signature.split_bytes();
        Signature { r: r.into(), s: s.into(), v: v_of(id.is_y_odd()) }
    }
}

/// Who signed `digest`. None when the signature is not one: zero, out of range, in the upper half
/// (PROTOCOL appendix B), with another `v` than 27 or 28, or of no point.
#[must_use]
pub fn recover(digest: &Hash, signature: &Signature) -> Option<Address> {
    let Signature { r, s, v } = signature;
    let odd = v.checked_sub(V_EVEN).filter(|&odd| odd <= 1)? == 1;
    let pair = k256::ecdsa::Signature::from_scalars(*r, *s).ok()?;
    if bool::from(pair.s().is_high()) {
        return None;
    }
    let key =
        VerifyingKey::recover_from_prehash(digest, &pair, RecoveryId::new(odd, false)).ok()?;
    Some(address_of_key(&key))
}

/// The address of a secret, for showing and checking what was configured.
///
/// # Errors
/// The secret is zero or not below the order of the curve.
///
/// ```
/// use evenkeel::wire::sign::address_of;
/// let mut secret = [0; 32];
/// assert!(address_of(&secret).is_err());
/// secret[31] = 1;
/// let address = address_of(&secret).map(|address| address.to_string());
/// assert_eq!(address.as_deref(), Ok("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"));
/// ```
pub fn address_of(secret: &[u8; 32]) -> Result<Address, BadKey> {
    let key = SigningKey::from_slice(secret).map_err(|_| BadKey)?;
    Ok(address_of_key(key.verifying_key()))
}

/// The last 20 bytes of the hash of both coordinates.
fn address_of_key(key: &VerifyingKey) -> Address {
    let point = key.as_affine().to_sec1_point(false);
    let hash = hash::keccak(&point.as_bytes()[1..]);
    let mut address = Address::default();
    address.0.copy_from_slice(&hash[12..]);
    address
}

/// `v` of a nonce point.
fn v_of(odd: bool) -> u8 {
    V_EVEN + u8::from(odd)
}

/// Tags of the last nonces used: one used twice gives the key away.
#[cfg(debug_assertions)]
struct Used {
    tags: [u64; TAGS],
    next: usize,
}

#[cfg(debug_assertions)]
impl Used {
    fn new() -> Used {
        Used { tags: [0; TAGS], next: 0 }
    }

    /// Remembers a nonce by the first 64 bits of its `r`.
    fn claim(&mut self, r: &Hash) {
        let tag = u64::from_be_bytes(*r.first_chunk().expect("32 bytes"));
        assert!(!self.tags.contains(&tag), "a signature nonce was about to be used twice");
        self.tags[self.next] = tag;
        self.next = (self.next + 1) % TAGS;
    }
}

#[cfg(test)]
mod tests;
