//! The ring that carries prepared nonces from the thread that makes them to the one that signs.
//!
//! A ring of its own, because a general one moves an entry out and leaves its bytes behind. Here
//! every word of a slot is an atomic, so that the taker can wipe it before anything else happens,
//! without `unsafe`. One filler, one taker, neither can be cloned, neither waits.
//!
//! The memory is worth as much as the key: whoever owns the pool keeps it out of core dumps and
//! swap and away from child processes. It is never written anywhere.

use super::{NonceSource, Prepared, Preparer};
use k256::elliptic_curve::scalar::FromUintUnchecked;
use k256::{Scalar, U256};
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::{Zeroize, Zeroizing};

/// Entries of a pool: a minute's work for a busy session, and small enough for a second-level cache.
pub const SLOTS: usize = 256;
/// Words of an entry: A, B, r, and the parity of y.
const WORDS: usize = 3 * LIMBS + 1;
/// Words of a number of 32 bytes.
const LIMBS: usize = 4;

/// The memory of a pool, in pages of its own so that they can be locked.
#[repr(C, align(4096))]
pub struct Pool {
    slots: [NonceSlot; SLOTS],
    /// Entries ever put in; written by the filler.
    filled: Counter,
    /// Entries ever taken out; written by the taker.
    taken: Counter,
    /// The process and boot the entries must come from.
    generation: AtomicU64,
}

/// One entry, or zeros.
struct NonceSlot {
    words: [AtomicU64; WORDS],
    generation: AtomicU64,
}

/// A counter on a cache line of its own.
#[repr(align(64))]
struct Counter(AtomicU64);

/// The half that puts nonces in. One thread's.
pub struct NonceProducer<'p> {
    pool: &'p Pool,
}

/// The half that takes nonces out. One thread's.
pub struct NonceConsumer<'p> {
    pool: &'p Pool,
    discarded: u64,
}

impl Pool {
    /// A pool that holds no entry.
    #[must_use]
    pub const fn new() -> Pool {
        Pool {
            slots: [const { NonceSlot::empty() }; SLOTS],
            filled: Counter(AtomicU64::new(0)),
            taken: Counter(AtomicU64::new(0)),
            generation: AtomicU64::new(0),
        }
    }

    /// Its two halves. They end with the borrow, so there are never two of a kind.
    pub fn split(&mut self) -> (NonceProducer<'_>, NonceConsumer<'_>) {
        let pool = &*self;
        (NonceProducer { pool }, NonceConsumer { pool, discarded: 0 })
    }

    /// The slot of an entry.
    fn slot(&self, entry: u64) -> &NonceSlot {
        let slots = u64::try_from(SLOTS).expect("a small constant");
        &self.slots[usize::try_from(entry % slots).expect("below SLOTS")]
    }
}

impl Default for Pool {
    fn default() -> Pool {
        Pool::new()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.slots.iter().for_each(NonceSlot::wipe);
        // Wiping memory that is about to go is no effect to the compiler unless somebody looks.
        std::hint::black_box(&self.slots);
    }
}

impl NonceProducer<'_> {
    /// Entries that are ready.
    pub fn ready(&self) -> usize {
        let taken = self.pool.taken.0.load(Ordering::Acquire);
        let filled = self.pool.filled.0.load(Ordering::Relaxed);
        usize::try_from(filled - taken).expect("never more than SLOTS are ready")
    }

    /// Says which process, boot and machine this is, as a number the caller makes of them. Entries
    /// of any other are discarded when they come up: a copy of a machine must not reuse a nonce.
    pub fn set_generation(&mut self, generation: u64) {
        self.pool.generation.store(generation, Ordering::Release);
    }

    /// Puts in up to `at_most` entries, each from 32 fresh bytes of the system's randomness that
    /// `entropy` writes. Says how many; fewer when the pool is full or the randomness fails.
    pub fn refill(
        &mut self,
        preparer: &mut Preparer,
        mut entropy: impl FnMut(&mut [u8; 32]) -> bool,
        at_most: usize,
    ) -> usize {
        let room = (SLOTS - self.ready()).min(at_most);
        let mut seed = Zeroizing::new([0; 32]);
        for done in 0..room {
            let prepared = if entropy(&mut seed) { preparer.prepare(&seed) } else { None };
            match prepared {
                Some(prepared) => self.push(&prepared),
                None => return done,
            }
        }
        room
    }

    /// Puts one entry in; the caller saw that there is room.
    fn push(&mut self, prepared: &Prepared) {
        let filled = self.pool.filled.0.load(Ordering::Relaxed);
        let slot = self.pool.slot(filled);
        slot.write(prepared, self.pool.generation.load(Ordering::Relaxed));
        self.pool.filled.0.store(filled + 1, Ordering::Release);
    }
}

impl NonceConsumer<'_> {
    /// Whether nothing is ready.
    pub fn is_empty(&self) -> bool {
        let taken = self.pool.taken.0.load(Ordering::Relaxed);
        taken == self.pool.filled.0.load(Ordering::Acquire)
    }

    /// Entries thrown away because they came from another process or boot.
    pub fn discarded(&self) -> u64 {
        self.discarded
    }
}

impl NonceSource for NonceConsumer<'_> {
    fn take(&mut self) -> Option<Prepared> {
        loop {
            let taken = self.pool.taken.0.load(Ordering::Relaxed);
            if taken == self.pool.filled.0.load(Ordering::Acquire) {
                return None;
            }
            let slot = self.pool.slot(taken);
            let current = self.pool.generation.load(Ordering::Acquire);
            let from = slot.generation.load(Ordering::Relaxed);
            let prepared = slot.read();
            slot.wipe();
            self.pool.taken.0.store(taken + 1, Ordering::Release);
            if from == current {
                return Some(prepared);
            }
            self.discarded += 1;
        }
    }
}

impl NonceSlot {
    const fn empty() -> NonceSlot {
        NonceSlot { words: [const { AtomicU64::new(0) }; WORDS], generation: AtomicU64::new(0) }
    }

    fn write(&self, prepared: &Prepared, generation: u64) {
        let (numbers, rest) = self.words.as_chunks::<LIMBS>();
        let Prepared { a, b, r, odd } = prepared;
        for (words, number) in
            numbers.iter().zip([U256::from(a), U256::from(b), U256::from_be_slice(r)])
        {
            let mut limbs = number.to_words();
            words.iter().zip(limbs).for_each(|(word, limb)| word.store(limb, Ordering::Relaxed));
            limbs.zeroize();
        }
        rest[0].store(u64::from(*odd), Ordering::Relaxed);
        self.generation.store(generation, Ordering::Relaxed);
    }

    fn read(&self) -> Prepared {
        let (numbers, rest) = self.words.as_chunks::<LIMBS>();
        let r = load(&numbers[2]).to_be_bytes().into();
        let odd = rest[0].load(Ordering::Relaxed) == 1;
        Prepared { a: scalar(&numbers[0]), b: scalar(&numbers[1]), r, odd }
    }

    /// Makes it zeros. The filler may read them, so they are really written.
    fn wipe(&self) {
        self.words.iter().for_each(|word| word.store(0, Ordering::Relaxed));
    }
}

fn load(words: &[AtomicU64; LIMBS]) -> U256 {
    U256::from_words(words.each_ref().map(|word| word.load(Ordering::Relaxed)))
}

/// Reads a number below the order, which is what the filler stored.
fn scalar(words: &[AtomicU64; LIMBS]) -> Scalar {
    let mut number = load(words);
    let scalar = Scalar::from_uint_unchecked(number);
    number.zeroize();
    scalar
}

#[cfg(test)]
mod tests;
