use super::*;
use crate::wire::Signer;
use crate::wire::nonce::Unprepared;
use crate::wire::sign::hash::{action_hash, agent_digest};
use serde_json::{Value, json};

/// A vault.
const VAULT: &str = "0x1719884eb866cb12b2287399b15f7db5e7d775ea";

fn signer() -> Signer {
    Signer::new(&[0x11; 32], Source::Testnet).expect("a key")
}

/// A signature as JSON, padded.
fn spelled(signature: &Signature) -> Value {
    let hex = |word: &Hash| format!("0x{}", word.map(|byte| format!("{byte:02x}")).concat());
    json!({"r": hex(&signature.r), "s": hex(&signature.s), "v": signature.v})
}

/// An envelope around a schedule, properly signed.
fn signed(vault: Option<&str>, expires_ms: Option<u64>) -> Value {
    let action = json!({"type": "scheduleCancel", "time": 123_456});
    let packed = serde_json::from_value::<ActionWire>(action.clone()).expect("an action").msgpack();
    let address = vault.and_then(|vault| Address::read(vault.to_lowercase().as_bytes()));
    let hash = action_hash(&packed, 5, address, expires_ms.map(WallMs::from_ms));
    let signature = signer().sign(&agent_digest(Source::Testnet, &hash), &mut Unprepared);
    json!({"action": action, "nonce": 5, "signature": spelled(&signature),
        "vaultAddress": vault, "expiresAfter": expires_ms})
}

/// Who an envelope is from.
fn from(envelope: &Value) -> Result<Option<Address>, String> {
    let opened = open(envelope.to_string().as_bytes()).map_err(|error| error.to_string())?;
    Ok(opened.signer(Source::Testnet))
}

/// An envelope with one value changed, or taken out.
fn with(mut envelope: Value, at: &str, value: Option<Value>) -> Value {
    match value {
        Some(value) => *envelope.pointer_mut(at).expect(at) = value,
        None => {
            let map = envelope.as_object_mut().expect("an object");
            map.remove(at.trim_start_matches('/')).expect(at);
        }
    }
    envelope
}

#[test]
fn the_signer_is_known_and_only_of_what_was_signed() {
    let (us, plain) = (Ok(Some(signer().address())), signed(None, None));
    let full = signed(Some(VAULT), Some(99));
    let rows = [
        ("plain", plain.clone(), true),
        ("full", full.clone(), true),
        (
            "vault in capitals",
            with(
                full.clone(),
                "/vaultAddress",
                Some(json!(VAULT.to_uppercase().replace("0X", "0x"))),
            ),
            true,
        ),
        (
            "nulls left out",
            with(with(plain.clone(), "/vaultAddress", None), "/expiresAfter", None),
            true,
        ),
        ("another nonce", with(plain.clone(), "/nonce", Some(json!(6))), false),
        ("another time", with(plain.clone(), "/action/time", Some(json!(123_457))), false),
        ("a vault nobody signed", with(plain.clone(), "/vaultAddress", Some(json!(VAULT))), false),
        ("an expiry nobody signed", with(plain.clone(), "/expiresAfter", Some(json!(99))), false),
        ("the vault left out", with(full.clone(), "/vaultAddress", None), false),
        ("another expiry", with(full, "/expiresAfter", Some(json!(98))), false),
        ("another v", with(plain.clone(), "/signature/v", Some(json!(29))), false),
        ("v of old clients", with(plain, "/signature/v", Some(json!(0))), false),
    ];
    for (what, envelope, ours) in rows {
        assert_eq!(from(&envelope) == us, ours, "{what}");
    }
}

#[test]
fn an_envelope_without_meaning_is_told_so() {
    let plain = signed(None, None);
    let rows = [
        ("not JSON", json!("{"), "invalid type"),
        ("no action", with(plain.clone(), "/action", None), "missing field `action`"),
        ("no nonce", with(plain.clone(), "/nonce", None), "missing field `nonce`"),
        ("a negative nonce", with(plain.clone(), "/nonce", Some(json!(-1))), "invalid value"),
        ("no signature", with(plain.clone(), "/signature", None), "missing field `signature`"),
        (
            "r of 65 digits",
            with(plain.clone(), "/signature/r", Some(json!(format!("0x{:065}", 1)))),
            "0x and 1 to 64 hex digits",
        ),
        ("r of none", with(plain.clone(), "/signature/r", Some(json!("0x"))), "1 to 64 hex digits"),
        ("r with a sign", with(plain.clone(), "/signature/r", Some(json!("0x+1"))), "hex digits"),
        ("s of words", with(plain.clone(), "/signature/s", Some(json!("0xzz"))), "hex digits"),
        ("v beyond a byte", with(plain.clone(), "/signature/v", Some(json!(283))), "u8"),
        ("a short vault", with(plain, "/vaultAddress", Some(json!("0x17"))), "40 hex digits"),
    ];
    let prefix = "Failed to deserialize the JSON body into the target type: ";
    for (what, envelope, why) in rows {
        let refused = from(&envelope).expect_err(what);
        assert!(refused.starts_with(prefix) && refused.contains(why), "{what}: {refused}");
    }
    assert!(open(b"\xff\xfe").is_err() && open(b"").is_err());
}

#[test]
fn a_signature_can_lack_its_leading_zeros() {
    let rows = [
        ("0x1", Some(1)),
        ("0x01", Some(1)),
        ("0xAb", Some(0xab)),
        ("0x0000000000000000000000000000000000000000000000000000000000000007", Some(7)),
        ("0x00000000000000000000000000000000000000000000000000000000000000007", None),
        ("1", None),
        ("", None),
    ];
    for (text, want) in rows {
        assert_eq!(read_word(text).map(|word| word[31]), want, "{text}");
    }
}

#[test]
fn an_approval_is_its_accounts_and_covers_nothing_else() {
    let approval = json!({"type": "approveAgent", "hyperliquidChain": "Testnet",
        "signatureChainId": "0x66eee", "agentAddress": VAULT, "agentName": "mm", "nonce": 5});
    let agent = Address::read(VAULT.as_bytes()).expect("an address");
    let domain = Domain { chain_id: 421_614, chain: "Testnet" };
    let digest = approve_agent_digest(domain, agent, "mm", 5);
    let signature = signer().sign(&digest, &mut Unprepared);
    let body = json!({"action": approval, "nonce": 5, "signature": spelled(&signature),
        "vaultAddress": null, "expiresAfter": null});
    let us = Ok(Some(signer().address()));
    assert_eq!(from(&body), us);
    assert_ne!(from(&with(body.clone(), "/action/agentName", Some(json!("mn")))), us);
    assert_ne!(from(&with(body.clone(), "/action/hyperliquidChain", Some(json!("Mainnet")))), us);
    let rows = [
        ("another nonce around it", with(body.clone(), "/nonce", Some(json!(6)))),
        ("a vault", with(body.clone(), "/vaultAddress", Some(json!(VAULT)))),
        ("an expiry", with(body.clone(), "/expiresAfter", Some(json!(9)))),
        ("a chain of words", with(body.clone(), "/action/signatureChainId", Some(json!("main")))),
    ];
    for (what, envelope) in rows {
        assert!(from(&envelope).is_err(), "{what}");
    }
    let opened = open(body.to_string().as_bytes()).expect("it is well-formed");
    let task = opened.envelope(3, signer().address());
    assert_eq!((task.ticket, task.nonce, task.vault, task.expires), (3, 5, None, None));
}
