use super::*;
use crate::wire::sign::hash::keccak;
use crate::wire::sign::{Signer, Source, recover};
use proptest::prelude::*;
use std::collections::HashSet;

/// Half the order of the curve: no `s` is above it.
const HALF: &str = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";

fn signer() -> Signer {
    Signer::new(&[0x23; 32], Source::Testnet).expect("a key")
}

/// Stands in for the system's randomness: repeatable, never twice the same.
fn entropy(n: u64) -> [u8; 32] {
    keccak(&n.to_be_bytes())
}

/// Gives out what it was given, once.
struct One(Option<Prepared>);

impl NonceSource for One {
    fn take(&mut self) -> Option<Prepared> {
        self.0.take()
    }
}

#[test]
fn two_thousand_prepared_signatures() {
    let mut signer = signer();
    let mut preparer = signer.preparer();
    let mut seen = HashSet::new();
    let mut odd = 0;
    for n in 0..2000 {
        let digest = keccak(&entropy(n));
        let mut one = One(preparer.prepare(&entropy(n)));
        assert!(one.0.is_some(), "entropy {n} is fine");
        let signature = signer.sign(&digest, &mut one);
        assert_eq!(recover(&digest, &signature), Some(signer.address()), "signature {n}");
        let s = signature.s.map(|byte| format!("{byte:02x}")).concat();
        assert!(s.as_str() <= HALF, "signature {n} is in the upper half");
        assert!(seen.insert(signature.r), "r of signature {n} was used before");
        odd += usize::from(signature.v == 28);
    }
    // Both values of v occur, each about half the time: 1000 +- 5 standard deviations of 22.
    assert!((890..1110).contains(&odd), "{odd} of 2000 are odd");
    assert_eq!((signer.counts().prepared, signer.counts().derived), (2000, 0));
}

#[test]
fn without_a_prepared_nonce_the_signature_is_deterministic() {
    let (mut one, mut other) = (signer(), signer());
    let digest = keccak(b"the same bytes");
    assert_eq!(one.sign(&digest, &mut Unprepared), other.sign(&digest, &mut Unprepared));
    assert_eq!((one.counts().prepared, one.counts().derived), (0, 1));
}

#[test]
fn broken_randomness_is_noticed_and_good_randomness_is_hedged() {
    let mut preparer = signer().preparer();
    assert!(preparer.prepare(&[0; 32]).is_none(), "zeros");
    assert!(preparer.prepare(&[0xab; 32]).is_none(), "constant");
    let first = preparer.prepare(&entropy(1)).expect("fine");
    assert!(preparer.prepare(&entropy(1)).is_none(), "the same as before");
    preparer.prepare(&entropy(2)).expect("fine");
    // The same bytes after others are not noticed, but the counter makes another nonce of them.
    let again = preparer.prepare(&entropy(1)).expect("fine");
    assert_ne!(first.r(), again.r());
    // Another key makes another nonce of the same bytes and counter.
    let mut stranger = Signer::new(&[0x24; 32], Source::Testnet).expect("a key").preparer();
    assert_ne!(first.r(), stranger.prepare(&entropy(1)).expect("fine").r());
}

#[test]
#[should_panic(expected = "about to be used twice")]
#[cfg(debug_assertions)]
fn a_nonce_used_twice_stops_a_debug_build() {
    let mut signer = signer();
    for _ in 0..2 {
        // Two preparers that start alike: what a fork or a copied machine would do.
        let mut one = One(signer.preparer().prepare(&entropy(1)));
        let _ = signer.sign(&keccak(b"message"), &mut one);
    }
}

#[test]
#[should_panic(expected = "nonces rise")]
fn no_number_follows_the_last_one() {
    RequestNonce::after(u64::MAX).next(WallMs::from_ms(1));
}

proptest! {
    #[test]
    fn request_numbers_rise_and_stay_near_the_clock(
        last in 0u64..2_000_000_000_000,
        clock in proptest::collection::vec(0u64..2_000_000_000_000, 1..50),
    ) {
        let mut nonce = RequestNonce::after(last);
        let mut before = last;
        for ms in clock {
            let next = nonce.next(WallMs::from_ms(ms));
            prop_assert!(before < next && ms <= next);
            prop_assert!(next == ms || next == before + 1);
            before = next;
        }
        prop_assert_eq!(nonce.last(), before);
    }
}
