//! What the venue would do with a request: read it, hash it anew, recover who signed it.

use evenkeel::market::Address;
use evenkeel::num::WallMs;
use evenkeel::wire::Source;
use evenkeel::wire::sign::hash::{action_hash, agent_digest};
use evenkeel::wire::sign::{Hash, Signature, recover};
use serde_json::Value;

/// Orders a tick leads to, with one level a side.
pub const ORDERS: usize = 2;

/// Insists that `frame` holds `count` post-only orders with names, signed by `signer`.
pub fn orders(frame: &[u8], signer: Address, count: usize) {
    let (action, found) = read(frame);
    assert_eq!(found, signer, "signed by somebody else: {}", frame.escape_ascii());
    let orders = action["orders"].as_array().expect("a list of orders");
    assert_eq!(orders.len(), count, "{action}");
    for order in orders {
        assert_eq!(order["t"]["limit"]["tif"], "Alo", "{action}");
        assert!(order["c"].as_str().is_some_and(|name| name.starts_with("0x")), "{action}");
    }
}

/// The action of a request, and who signed it.
pub fn read(frame: &[u8]) -> (Value, Address) {
    let frame: Value = serde_json::from_slice(frame).expect("a request is JSON");
    let payload = &frame["request"]["payload"];
    let packed = rmp_serde::to_vec_named(&payload["action"]).expect("JSON packs");
    let nonce = payload["nonce"].as_u64().expect("a nonce");
    let expires = payload["expiresAfter"].as_u64().map(WallMs::from_ms);
    let digest = agent_digest(Source::Testnet, &action_hash(&packed, nonce, None, expires));
    let part = |name: &str| hash_of(payload["signature"][name].as_str().expect("a text"));
    let v = payload["signature"]["v"].as_u64().and_then(|v| u8::try_from(v).ok()).expect("27, 28");
    let signature = Signature { r: part("r"), s: part("s"), v };
    let signer = recover(&digest, &signature).expect("a signature of somebody");
    (payload["action"].clone(), signer)
}

fn hash_of(text: &str) -> Hash {
    let digits = text.strip_prefix("0x").expect("hex");
    let mut hash = Hash::default();
    let padded = format!("{digits:0>64}");
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&padded[2 * at..2 * at + 2], 16).expect("hex digits");
    }
    hash
}
