use super::*;
use serde_json::{Value, json};
use std::fs;

/// The published vectors, copied from the format's description.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/signing_vectors.json");

#[test]
fn every_published_vector_holds() {
    let report = run(Path::new(VECTORS)).expect("the vectors are in the tree");
    assert_eq!(report.first_failures, Vec::<String>::new());
    assert_eq!(report.failed, 0);
    // The SDK's own tests sign an action that no exchange has, three times.
    assert_eq!(report.skipped, BTreeMap::from([("dummy".to_owned(), 3)]));
    assert_eq!(report.passed, 294 + 8 + 10 + 187 + 11 + 197 + 159 + 13 + 10 - 3);
    assert!(60 < report.through_encoder, "the trading path saw {}", report.through_encoder);
}

/// One change a row to the published vectors, each of which must be noticed.
#[test]
fn a_wrong_vector_fails() {
    let rows: [(&str, &str, Value); 9] = [
        ("msgpack", "/l1/10/msgpack_hex", json!("80")),
        ("price", "/l1/10/action/orders/0/p", json!("38.124")),
        ("nonce", "/l1/11/nonce", json!(1)),
        ("signature", "/l1/12/r_padded", json!("0x01")),
        ("network", "/l1/13/is_mainnet", json!(false)),
        ("agent's name", "/user_signed/0/action/agentName", json!("someone-else")),
        ("spelling", "/float_to_wire/2/wire", json!("1.0")),
        ("price verdict", "/price_validity/0/valid", json!(false)),
        ("market number", "/asset_ids/5/asset", json!(140_005)),
    ];
    let text = fs::read_to_string(VECTORS).expect("the vectors are in the tree");
    let published: Value = serde_json::from_str(&text).expect("JSON");
    for (row, (what, at, wrong)) in rows.into_iter().enumerate() {
        let mut vectors = published.clone();
        *vectors.pointer_mut(at).expect(at) = wrong;
        let path = std::env::temp_dir().join(format!("evenkeel-{}-{row}.json", std::process::id()));
        fs::write(&path, vectors.to_string()).expect("a temporary file");
        let report = run(&path).expect("still vectors");
        fs::remove_file(&path).expect("it was written");
        assert_ne!(report.failed, 0, "{what}");
    }
}

#[test]
fn a_file_that_is_none_is_refused_in_words() {
    let missing = run(Path::new("/no/such/file")).expect_err("there is none");
    assert!(missing.to_string().starts_with("cannot read: "), "{missing}");
}
