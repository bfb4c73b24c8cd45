//! Nonces of signatures from a seed, so that a session repeats byte for byte. Only a simulation can
//! make them; a session that trades takes its randomness from the system.

use crate::venue::prng::{Prng, Purpose};
use crate::wire::Signer;
use crate::wire::nonce::{NonceSource, Prepared, Preparer};

/// Nonces of signatures from a seed.
pub(super) struct SeededNonces {
    preparer: Preparer,
    prng: Prng,
}

impl SeededNonces {
    pub(super) fn new(signer: &Signer, seed: u64) -> SeededNonces {
        SeededNonces { preparer: signer.preparer(), prng: Prng::new(seed, Purpose::Signatures) }
    }
}

impl NonceSource for SeededNonces {
    fn take(&mut self) -> Option<Prepared> {
        let mut entropy = [0; 32];
        for chunk in entropy.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.prng.bits().to_le_bytes());
        }
        self.preparer.prepare(&entropy)
    }
}
