//! Two kinds of nonce: the number of a request, and the secret of a signature.
//!
//! The secret can be prepared before the message is known. An entry `(A, B, r)` with `A = k⁻¹` and
//! `B = k⁻¹·r·d` turns a signature into `s = A·z + B`, a thousandth of the usual work. Such an entry
//! is worth as much as the key (`d = B·A⁻¹·r⁻¹`), and two messages under one entry give the key
//! away. Hence: entries live in memory only, are handed over once, and are wiped when taken.

pub mod pool;

use super::sign::Hash;
use crate::num::WallMs;
use k256::elliptic_curve::ff::{FromUniformBytes, PrimeField};
use k256::elliptic_curve::ops::{Invert, Reduce};
use k256::elliptic_curve::point::AffineCoordinates;
use k256::{FieldBytes, NonZeroScalar, ProjectivePoint, Scalar};
use keccak_asm::{Digest, Keccak512};
use zeroize::Zeroize;

pub use pool::{NonceConsumer, NonceProducer, Pool};

/// Bytes of a block of Keccak-512.
const KECCAK512_BLOCK: usize = 72;
/// Separates this use of the hash from every other.
const TAG: &[u8] = b"evenkeel signature nonce 1";

/// The numbers of requests: strictly increasing, close to the clock (PROTOCOL 6). One owner per
/// key, or two requests get the same number.
#[derive(Debug)]
pub struct RequestNonce {
    last: u64,
}

/// Where prepared nonces come from. Each one is given out once.
pub trait NonceSource {
    /// The next prepared nonce, or none when there is none: the signer then derives one itself.
    fn take(&mut self) -> Option<Prepared>;
}

/// No prepared nonces: every signature is RFC 6979.
#[derive(Clone, Copy, Debug)]
pub struct Unprepared;

/// One prepared nonce. It cannot be copied, and wipes itself.
pub struct Prepared {
    a: Scalar,
    b: Scalar,
    r: Hash,
    odd: bool,
}

/// Makes prepared nonces for one key, on a thread that has time. Holds a copy of the key.
pub struct Preparer {
    key: NonZeroScalar,
    counter: u64,
    last_entropy: [u8; 32],
}

impl RequestNonce {
    /// Continues after `last`, the highest number that was ever used, or 0.
    #[must_use]
    pub fn after(last: u64) -> RequestNonce {
        RequestNonce { last }
    }

    /// The number for a request made at `wall`.
    ///
    /// ```
    /// use evenkeel::{num::WallMs, wire::RequestNonce};
    /// let mut nonce = RequestNonce::after(7);
    /// let numbers = [5, 10, 10, 9].map(|ms| nonce.next(WallMs::from_ms(ms)));
    /// assert_eq!(numbers, [8, 10, 11, 12]);
    /// ```
    pub fn next(&mut self, wall: WallMs) -> u64 {
        let before = self.last;
        self.last = wall.ms().max(before.saturating_add(1));
        assert!(before < self.last, "nonces rise: {before}, at {wall:?}");
        self.last
    }

    /// The highest number used, to be kept for the next session.
    pub fn last(&self) -> u64 {
        self.last
    }
}

impl NonceSource for Unprepared {
    fn take(&mut self) -> Option<Prepared> {
        None
    }
}

impl Prepared {
    /// `r` of the signature this nonce makes. It is secret until the signature is sent.
    pub(super) fn r(&self) -> &Hash {
        &self.r
    }

    /// Whether the nonce point's y is odd.
    pub(super) fn is_odd(&self) -> bool {
        self.odd
    }

    /// `A·z + B`, not yet in the lower half.
    pub(super) fn answer(&self, digest: &Hash) -> Scalar {
        self.a * <Scalar as Reduce<FieldBytes>>::reduce(&(*digest).into()) + self.b
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // `r` says nothing without the other two, and is sent in clear with the signature.
        self.a.zeroize();
        self.b.zeroize();
    }
}

impl Preparer {
    /// Prepares nonces for `key`.
    pub(super) fn new(key: NonZeroScalar) -> Preparer {
        Preparer { key, counter: 0, last_entropy: [0; 32] }
    }

    /// Prepares one nonce from 32 bytes of the system's randomness, hedged with the key and a
    /// counter: bad randomness alone does not repeat a nonce within a process.
    ///
    /// None when the randomness is visibly broken (constant, or the same as the last time), and
    /// with a chance of 2^-128 when the point is of no use. The signer then derives its nonces.
    pub fn prepare(&mut self, entropy: &[u8; 32]) -> Option<Prepared> {
        let constant = entropy.iter().all(|byte| *byte == entropy[0]);
        if constant || *entropy == self.last_entropy {
            return None;
        }
        self.last_entropy = *entropy;
        self.counter += 1;
        let mut k = Option::<NonZeroScalar>::from(NonZeroScalar::new(self.secret(entropy)))?;
        let prepared = self.entry(&k);
        k.zeroize();
        prepared
    }

    /// `k`, uniform: 512 bits of a keyed hash, reduced.
    fn secret(&self, entropy: &[u8; 32]) -> Scalar {
        let mut hasher = Keccak512::new();
        let mut key = self.key.to_bytes();
        hasher.update(TAG);
        hasher.update(key);
        hasher.update(self.counter.to_be_bytes());
        hasher.update(entropy);
        let mut wide: [u8; 64] = hasher.finalize_reset().into();
        let k = <Scalar as FromUniformBytes<64>>::from_uniform_bytes(&wide);
        // The hasher keeps its last block: overwrite it, and have the compiler believe it matters.
        hasher.update([0; KECCAK512_BLOCK - 1]);
        std::hint::black_box(&mut hasher);
        key.zeroize();
        wide.zeroize();
        k
    }

    /// The entry of a nonce: `k⁻¹`, `k⁻¹·r·d`, and the point it belongs to.
    fn entry(&self, k: &NonZeroScalar) -> Option<Prepared> {
        let point = ProjectivePoint::mul_by_generator(k.as_ref()).to_affine();
        // An x beyond the order would need a third value of `v`, which the venue does not know.
        let r = Option::<Scalar>::from(Scalar::from_repr(point.x()))?;
        if bool::from(r.is_zero()) {
            return None;
        }
        let mut inverse: NonZeroScalar = Invert::invert(k);
        let a = *inverse;
        let b = a * r * *self.key;
        inverse.zeroize();
        Some(Prepared { a, b, r: r.to_bytes().into(), odd: bool::from(point.y_is_odd()) })
    }
}

impl Drop for Preparer {
    fn drop(&mut self) {
        self.key.zeroize();
        self.last_entropy.zeroize();
    }
}

#[cfg(test)]
mod tests;
