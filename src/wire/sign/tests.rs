use super::*;
use crate::wire::nonce::Unprepared;
use hash::{action_hash, agent_digest, hex32, keccak};
use proptest::prelude::*;
use sha3::Digest as _;
use user::{Domain, approve_agent_digest};

/// The order of the curve.
const ORDER: Hash = hex32(b"fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
/// The key of the format's worked example.
const KEY: Hash = hex32(b"0123456789012345678901234567890123456789012345678901234567890123");

fn signer(source: Source) -> Signer {
    Signer::new(&KEY, source).expect("a key")
}

/// `n - s`: the same signature in the other half.
fn other_half(s: &Hash) -> Hash {
    let mut borrow = 0;
    let mut flipped = [0; 32];
    for at in (0..32).rev() {
        let diff = i16::from(ORDER[at]) - i16::from(s[at]) - borrow;
        borrow = i16::from(diff < 0);
        flipped[at] = u8::try_from(diff.rem_euclid(256)).expect("a byte");
    }
    flipped
}

#[test]
fn the_worked_example_of_the_format() {
    // PROTOCOL 4.5, vector 10.
    let packed = b"\x83\xa4type\xa5order\xa6orders\x91\x87\xa1a\xce\x00\x02\x22\xe4\xa1b\xc3\xa1p\xa638.123\
        \xa1s\xa31.5\xa1r\xc2\xa1t\x81\xa5limit\x81\xa3tif\xa3Alo\xa1c\xd9\x220x0000000000000000000000000\
        0000abc\xa8grouping\xa2na";
    assert_eq!(packed.len(), 117);
    let hash = action_hash(packed, 1_758_000_000_123, None, None);
    assert_eq!(hash, hex32(b"f095fe46995e67fdb85b9946e477c7ce5b5c213a4d41968f463ba8bdaaf3651a"));
    let digest = agent_digest(Source::Mainnet, &hash);
    assert_eq!(digest, hex32(b"bb7c41647cb5b5880ac8dde37a8480a1ad55e0a0e98c3b4236365b6eac56f437"));
    let signature = signer(Source::Mainnet).sign(&digest, &mut Unprepared);
    let want = Signature {
        r: hex32(b"ac0ba4ff98ad25b099adaf1cb1a204197317709ff21da1dee6965e466c779b0c"),
        s: hex32(b"0771c315e39a63a8b0534e4ac003fa28bcffa16cd3391aa678b66579110d4de4"),
        v: 28,
    };
    assert_eq!(signature, want);
}

#[test]
fn a_signature_that_is_none_recovers_to_nobody() {
    let digest = keccak(b"anything");
    let mut signer = signer(Source::Testnet);
    let good = signer.sign(&digest, &mut Unprepared);
    assert_eq!(recover(&digest, &good), Some(signer.address()));
    let other_v = 55 - good.v;
    let mirrored = Signature { s: other_half(&good.s), v: other_v, ..good };
    // The mirrored pair is a valid signature of ordinary ECDSA; the venue wants the lower half.
    let pair = k256::ecdsa::Signature::from_scalars(mirrored.r, mirrored.s).expect("in range");
    assert!(bool::from(pair.s().is_high()));
    let rows = [
        ("upper half", mirrored),
        ("upper half, same v", Signature { s: other_half(&good.s), ..good }),
        ("v 0", Signature { v: 0, ..good }),
        ("v 1", Signature { v: 1, ..good }),
        ("v 26", Signature { v: 26, ..good }),
        ("v 29", Signature { v: 29, ..good }),
        ("v 255", Signature { v: 255, ..good }),
        ("r zero", Signature { r: [0; 32], ..good }),
        ("s zero", Signature { s: [0; 32], ..good }),
        ("r at the order", Signature { r: ORDER, ..good }),
        ("s at the order", Signature { s: ORDER, ..good }),
        ("r beyond", Signature { r: [0xff; 32], ..good }),
    ];
    for (what, signature) in rows {
        assert_eq!(recover(&digest, &signature), None, "{what}");
    }
    // Half of all numbers are the x of no point.
    let pointless = (1..=20).map(|r| Signature { r: [r; 32], ..good });
    let pointless = pointless.filter(|signature| recover(&digest, signature).is_none()).count();
    assert!((4..=16).contains(&pointless), "{pointless} of 20");
    let swapped = recover(&digest, &Signature { v: other_v, ..good });
    assert_ne!(swapped, Some(signer.address()), "the other v");
}

#[test]
fn a_key_is_never_printed_and_never_out_of_range() {
    let printed = format!("{:?}", signer(Source::Mainnet));
    let want = "Signer { key: ***, address: 0x14791697260e4c9a71f18484c9f997b308e59325, \
                source: Mainnet }";
    assert_eq!(printed, want);
    for secret in [[0; 32], ORDER, [0xff; 32]] {
        assert!(Signer::new(&secret, Source::Mainnet).is_err());
        assert!(address_of(&secret).is_err());
    }
}

#[test]
fn a_signature_for_one_network_is_a_strangers_on_the_other() {
    let hash = keccak(b"an action");
    let mut signer = signer(Source::Testnet);
    let signature = signer.sign(&agent_digest(Source::Testnet, &hash), &mut Unprepared);
    let on = |source| recover(&agent_digest(source, &hash), &signature);
    assert_eq!(on(Source::Testnet), Some(signer.address()));
    assert_ne!(on(Source::Mainnet), Some(signer.address()));
}

#[test]
fn the_precomputed_constants_are_what_they_claim() {
    // An agent's struct with everything spelled out (PROTOCOL 4.1).
    let kind = |text: &str| keccak(text.as_bytes());
    let domain = [
        kind("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
        kind("Exchange"),
        kind("1"),
        hex32(b"0000000000000000000000000000000000000000000000000000000000000539"),
        [0; 32],
    ];
    for (source, letter) in [(Source::Mainnet, "a"), (Source::Testnet, "b")] {
        let id = keccak(b"some action");
        let agent = [kind("Agent(string source,bytes32 connectionId)"), kind(letter), id];
        let head = b"\x19\x01".to_vec();
        let spelled =
            [head, keccak(domain.as_flattened()).to_vec(), keccak(agent.as_flattened()).to_vec()];
        assert_eq!(agent_digest(source, &id), keccak(&spelled.concat()));
    }
}

#[test]
fn an_approval_depends_on_all_it_says() {
    let agent = Address([7; 20]);
    let here = Domain { chain_id: 421_614, chain: "Mainnet" };
    let base = approve_agent_digest(here, agent, "mm", 5);
    let rows = [
        ("chain id", approve_agent_digest(Domain { chain_id: 42_161, ..here }, agent, "mm", 5)),
        ("network", approve_agent_digest(Domain { chain: "Testnet", ..here }, agent, "mm", 5)),
        ("agent", approve_agent_digest(here, Address([8; 20]), "mm", 5)),
        ("name", approve_agent_digest(here, agent, "", 5)),
        ("nonce", approve_agent_digest(here, agent, "mm", 6)),
    ];
    for (what, digest) in rows {
        assert_ne!(digest, base, "{what}");
    }
}

proptest! {
    #[test]
    fn the_hash_is_everybody_elses(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
        let oracle: Hash = sha3::Keccak256::digest(&bytes).into();
        prop_assert_eq!(keccak(&bytes), oracle);
    }

    #[test]
    fn hashing_in_parts_is_hashing_at_once(
        action in proptest::collection::vec(any::<u8>(), 0..300),
        nonce: u64,
        vault in proptest::option::of(any::<[u8; 20]>()),
        expires in proptest::option::of(any::<u64>()),
    ) {
        let mut whole = action.clone();
        whole.extend(nonce.to_be_bytes());
        match vault {
            Some(vault) => {
                whole.push(1);
                whole.extend(vault);
            }
            None => whole.push(0),
        }
        if let Some(expires) = expires {
            whole.push(0);
            whole.extend(expires.to_be_bytes());
        }
        let expires = expires.map(crate::num::WallMs::from_ms);
        prop_assert_eq!(action_hash(&action, nonce, vault.map(Address), expires), keccak(&whole));
    }
}
