//! Names the exchange gives: orders, trades, transactions.

use crate::market::{Oid, Tid};
use crate::venue::prng::{GOLDEN, mix};

/// The first oid, of mainnet's size in 2026 (PROTOCOL, wire conventions).
const OID_FIRST: u64 = 480_000_000_000;
/// Bits of a trade's name.
const TID_BITS: u32 = 50;
/// Counters behind the names. Trades and transactions have names that look random, as hashes do,
/// and never repeat within a transaction counter of 64 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    seed: u64,
    oid: u64,
    tid: u64,
    hash: u64,
}

impl Ids {
    pub(super) fn new(seed: u64) -> Ids {
        Ids { seed, oid: OID_FIRST, tid: 0, hash: 0 }
    }

    /// A name for an order; each is larger than the one before.
    pub(super) fn oid(&mut self) -> Oid {
        self.oid += 1;
        Oid(self.oid)
    }

    /// A name for a trade, of 50 bits.
    pub(super) fn tid(&mut self) -> Tid {
        self.tid += 1;
        Tid(mix((self.seed ^ self.tid).wrapping_mul(GOLDEN)) >> (u64::BITS - TID_BITS))
    }

    /// A number for a transaction.
    pub(super) fn hash(&mut self) -> u64 {
        self.hash += 1;
        mix((!self.seed ^ self.hash).wrapping_mul(GOLDEN))
    }
}
