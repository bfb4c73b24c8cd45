use super::order::NewOrder;
use super::*;
use crate::market::AssetId;
use crate::num::{Px, Qty, Side};
use serde_json::{Value, json};

fn action(value: &Value) -> ActionWire {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// An order with this price and size.
fn order(px: &str, qty: &str) -> Value {
    json!({"a": 5, "b": false, "p": px, "s": qty, "r": true, "t": {"limit": {"tif": "Gtc"}},
        "c": "0x00000000000000000000000000000ABC"})
}

/// An action that places these orders.
fn placing(orders: &[Value]) -> Value {
    json!({"type": "order", "orders": orders, "grouping": "na"})
}

#[test]
fn the_order_of_keys_and_the_spelling_do_not_matter() {
    let spellings = [
        r#"{"type":"order","orders":[{"a":1,"b":true,"p":"1.5","s":"2","r":false,"t":{"trigger":{"isMarket":true,"triggerPx":"3","tpsl":"sl"}},"c":"0x0000000000000000000000000000000a"}],"grouping":"na","builder":{"b":"0x00000000000000000000000000000000000000ff","f":1}}"#,
        r#"{"builder":{"f":1,"b":"0x00000000000000000000000000000000000000FF"},"grouping":"na","orders":[{"c":"0x0000000000000000000000000000000A","t":{"trigger":{"tpsl":"sl","triggerPx":"3.0","isMarket":true}},"s":"2.000","r":false,"p":"01.50","b":true,"a":1}],"type":"order"}"#,
    ];
    let actions = spellings.map(|text| serde_json::from_str::<ActionWire>(text).expect("an order"));
    assert_eq!(actions[0].msgpack(), actions[1].msgpack());
    assert_eq!(serde_json::to_string(&actions[1]).expect("JSON"), spellings[0]);
}

#[test]
fn flags_that_are_off_are_not_signed() {
    let cancel = json!({"type": "cancel", "cancels": [{"a": 0, "o": 1}]});
    let off = json!({"type": "cancel", "cancels": [{"a": 0, "o": 1}], "f": false});
    let on = json!({"type": "cancel", "cancels": [{"a": 0, "o": 1}], "f": true});
    assert_eq!(action(&cancel).msgpack(), action(&off).msgpack());
    assert_ne!(action(&cancel).msgpack(), action(&on).msgpack());
    assert!(action(&on).msgpack().ends_with(b"\xa1f\xc3"));
}

#[test]
fn what_has_no_meaning_is_refused() {
    let rows = [
        ("another type", json!({"type": "withdraw3"})),
        ("no type", json!({"cancels": []})),
        (
            "a number for a price",
            placing(&[json!({"a": 5, "b": false, "p": 1.5, "s": "1",
            "r": true, "t": {"limit": {"tif": "Gtc"}}})]),
        ),
        (
            "another tif",
            placing(&[json!({"a": 5, "b": false, "p": "1.5", "s": "1",
            "r": true, "t": {"limit": {"tif": "Po"}}})]),
        ),
        ("a negative market", json!({"type": "cancel", "cancels": [{"a": -1, "o": 1}]})),
        (
            "a short cloid",
            json!({"type": "cancelByCloid", "cancels": [{"asset": 1, "cloid": "0x1"}]}),
        ),
        (
            "no size",
            placing(&[json!({"a": 5, "b": false, "p": "1.5", "r": true,
            "t": {"limit": {"tif": "Gtc"}}})]),
        ),
        ("another grouping", json!({"type": "order", "orders": [], "grouping": "all"})),
    ];
    for (what, value) in rows {
        assert!(serde_json::from_value::<ActionWire>(value).is_err(), "{what}");
    }
}

#[test]
fn an_order_is_read_once() {
    let want = NewOrder {
        asset: AssetId(5),
        side: Side::Ask,
        px: Px::from_e8(150_000_000),
        qty: Qty::from_e8(200_000_000),
        tif: Tif::Gtc,
        reduce_only: true,
        cloid: Some(Cloid(0xabc)),
    };
    let wire = serde_json::from_value(order("1.50", "2")).expect("an order");
    assert_eq!(NewOrder::read(&wire), Ok(want));
}

#[test]
fn every_kind_has_its_terms() {
    use ActionClass::{Canceling, Making, Taking};
    let cloid = "0x00000000000000000000000000000001";
    let agent = json!({"type": "approveAgent", "hyperliquidChain": "Testnet",
        "signatureChainId": "0x1", "agentAddress": "0x0000000000000000000000000000000000000001",
        "agentName": null, "nonce": 1});
    let mut alo = order("1.5", "2");
    alo["t"] = json!({"limit": {"tif": "Alo"}});
    let rows = [
        (placing(&[order("1.50", "2")]), Taking, 1, 1),
        (placing(&[alo.clone(), alo.clone()]), Making, 2, 2),
        (placing(&[alo.clone(), order("1", "1")]), Taking, 2, 2),
        (placing(&[]), Making, 0, 0),
        (json!({"type": "order", "orders": [alo], "grouping": {"p": 100}}), Making, 1, 1),
        (json!({"type": "cancel", "cancels": [{"a": 5, "o": 9}], "f": true}), Canceling, 1, 0),
        (
            json!({"type": "cancelByCloid", "cancels": [{"asset": 5, "cloid": cloid}]}),
            Canceling,
            1,
            0,
        ),
        (json!({"type": "modify", "oid": cloid, "order": alo, "a": true}), Making, 1, 1),
        (
            json!({"type": "batchModify", "modifies": [{"oid": 9, "order": order("1.5", "2")}]}),
            Taking,
            1,
            1,
        ),
        (json!({"type": "scheduleCancel"}), Making, 1, 0),
        (
            json!({"type": "updateLeverage", "asset": 5, "isCross": true, "leverage": 3}),
            Making,
            1,
            0,
        ),
        (
            json!({"type": "updateIsolatedMargin", "asset": 5, "isBuy": true, "ntli": -7}),
            Making,
            1,
            0,
        ),
        (json!({"type": "noop"}), Making, 1, 0),
        (json!({"type": "setReferrer", "code": "X"}), Making, 1, 0),
        (agent, Making, 1, 0),
    ];
    for (value, class, items, orders) in rows {
        let want = ActionTerms { class, items, orders };
        assert_eq!(action(&value).terms(), Ok(want), "{value}");
    }
}

#[test]
fn a_name_can_end_in_an_expiry() {
    let rows = [
        (None, "", None),
        (Some("mm"), "mm", None),
        (Some("mm valid_until 12"), "mm", Some(12)),
        (Some("mm valid_until soon"), "mm valid_until soon", None),
    ];
    for (given, name, until) in rows {
        let value = json!({"type": "approveAgent", "hyperliquidChain": "Testnet",
            "signatureChainId": "0x1", "agentAddress": "0x0000000000000000000000000000000000000001",
            "agentName": given, "nonce": 1});
        let ActionWire::ApproveAgent(approval) = action(&value) else { panic!("{value}") };
        assert_eq!(approval.name_and_expiry(), (name, until.map(WallMs::from_ms)), "{value}");
    }
}

#[test]
fn numbers_we_cannot_hold_are_refused_by_the_grid_and_the_lot() {
    // A whole ten-millionth of a coin of anything is off every lot, and no price is so fine.
    let (bad_px, bad_qty) = (Px::from_e8(1), Qty::from_e8(1));
    let (px, qty) = (Px::from_e8(150_000_000), Qty::from_e8(200_000_000));
    let rows = [
        ("fine", "1.5", "2", px, qty),
        ("zero stays zero", "1.5", "0", px, Qty::ZERO),
        ("a price too fine", "1.500000001", "2", bad_px, qty),
        ("a size too fine", "1.5", "2.000000001", px, bad_qty),
        ("a price of words", "abc", "2", bad_px, qty),
        ("a size in exponents", "1.5", "1e3", px, bad_qty),
        ("a price below zero", "-1.5", "2", bad_px, qty),
        ("a price of zero", "0", "2", bad_px, qty),
        ("a size below zero", "1.5", "-2", px, bad_qty),
        ("a price of a hundred trillion", "100000000000000", "2", bad_px, qty),
        ("the highest price", "10000000", "2", Px::from_e8(1_000_000_000_000_000), qty),
        ("above it", "10000001", "2", bad_px, qty),
        (
            "worth more than anybody has",
            "10000000",
            "1001",
            Px::from_e8(1_000_000_000_000_000),
            bad_qty,
        ),
    ];
    for (what, px_text, qty_text, px, qty) in rows {
        let wire = serde_json::from_value(order(px_text, qty_text)).expect(what);
        let read = NewOrder::read(&wire).map(|order| (order.px, order.qty));
        assert_eq!(read, Ok((px, qty)), "{what}");
    }
}

#[test]
fn what_the_exchange_does_not_have_is_said() {
    let trigger = json!({"a": 5, "b": false, "p": "1", "s": "1", "r": true,
        "t": {"trigger": {"isMarket": true, "triggerPx": "1", "tpsl": "tp"}}});
    let exits = json!({"type": "order", "orders": [order("1", "1")], "grouping": "normalTpsl"});
    let rows = [
        (placing(&[trigger]), "trigger orders: not part of this simulated exchange"),
        (exits, "Unexpected number of trigger orders"),
        (
            json!({"type": "twapCancel", "a": 1, "t": 2}),
            "twapCancel: not part of this simulated exchange",
        ),
    ];
    for (value, want) in rows {
        let refused = action(&value).terms().map(drop).map_err(|why| why.to_string());
        assert_eq!(refused, Err(want.to_owned()), "{value}");
    }
}

#[test]
fn a_number_has_one_spelling() {
    let rows = [
        ("1.50", "1.5"),
        ("100.0", "100"),
        ("007", "7"),
        ("-0.0", "0"),
        ("-0.50", "-0.5"),
        ("1e5", "1e5"),
        ("0.1234567890", "0.123456789"),
        ("123456789012345678900", "123456789012345678900"),
    ];
    for (spelled, canonical) in rows {
        assert_eq!(Number::read(spelled).to_string(), canonical);
    }
}
