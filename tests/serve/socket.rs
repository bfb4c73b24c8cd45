//! Subscriptions, and everything that costs a connection.

use crate::kit::{Http, Socket, serve, serve_with};
use evenkeel::venue::api::{MESSAGE_MAX, RateLimits};
use serde_json::{Value, json};
use std::io::Write;
use tungstenite::Message;

const USER: &str = "0x14791697260e4c9a71f18484c9f997b308e59325";

#[test]
fn topics_are_acknowledged_and_begin() {
    let served = serve();
    let user = |kind: &str| json!({"type": kind, "user": USER});
    // subscription, channel of its first frame, pointer, what stands there
    let rows = [
        (json!({"type": "l2Book", "coin": "BTC"}), "l2Book", "/levels/0/0/px", json!("84142.0")),
        (
            json!({"type": "l2Book", "coin": "hyna:HYPE", "fast": true}),
            "l2Book",
            "/fast",
            json!(true),
        ),
        (
            json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 5, "mantissa": 5}),
            "l2Book",
            "/levels/1/0/px",
            json!("84145.0"),
        ),
        (json!({"type": "bbo", "coin": "BTC"}), "bbo", "/bbo/1/px", json!("84144.0")),
        (json!({"type": "allMids"}), "allMids", "/mids/BTC", json!("84143.0")),
        (json!({"type": "allMids", "dex": "hyna"}), "allMids", "/dex", json!("hyna")),
        (
            json!({"type": "activeAssetCtx", "coin": "BTC"}),
            "activeAssetCtx",
            "/ctx/markPx",
            json!("84143.0"),
        ),
        (json!({"type": "assetCtxs"}), "assetCtxs", "/ctxs/0/midPx", json!("84143.0")),
        (json!({"type": "allDexsAssetCtxs"}), "allDexsAssetCtxs", "/ctxs/1/0", json!("hyna")),
        (
            json!({"type": "activeAssetData", "user": USER, "coin": "BTC"}),
            "activeAssetData",
            "/markPx",
            json!("84143.0"),
        ),
        (user("userFills"), "userFills", "/isSnapshot", json!(true)),
        (user("userFundings"), "userFundings", "/fundings", json!([])),
        (user("userHistoricalOrders"), "userHistoricalOrders", "/orderHistory", json!([])),
        (
            user("userNonFundingLedgerUpdates"),
            "userNonFundingLedgerUpdates",
            "/isSnapshot",
            json!(true),
        ),
        (user("userTwapSliceFills"), "userTwapSliceFills", "/twapSliceFills", json!([])),
        (user("userTwapHistory"), "userTwapHistory", "/history", json!([])),
        (user("twapStates"), "twapStates", "/states", json!([])),
        (
            user("clearinghouseState"),
            "clearinghouseState",
            "/clearinghouseState/withdrawable",
            json!("10000.0"),
        ),
        (
            json!({"type": "openOrders", "user": USER, "dex": "hyna"}),
            "openOrders",
            "/dex",
            json!("hyna"),
        ),
        (
            user("allDexsClearinghouseState"),
            "allDexsClearinghouseState",
            "/clearinghouseStates/1/0",
            json!("hyna"),
        ),
        (user("spotState"), "spotState", "/spotState/balances", json!([])),
        (user("webData3"), "webData3", "/userState/user", json!(USER)),
    ];
    for (subscription, channel, pointer, want) in rows {
        let mut socket = Socket::open(served.addr);
        socket.subscribe(subscription.clone());
        let ack = socket.next().expect("an acknowledgement");
        assert_eq!(ack["channel"], "subscriptionResponse", "{subscription}");
        let echo = &ack["data"]["subscription"];
        let sent = subscription.as_object().expect("an object");
        assert!(sent.iter().all(|(key, value)| echo[key] == *value), "{subscription}: {echo}");
        let first = socket.on(channel);
        assert_eq!(first.pointer(pointer), Some(&want), "{subscription}: {first}");
    }
}

#[test]
fn books_keep_coming_and_states_only_when_they_change() {
    let served = serve();
    let mut socket = Socket::open(served.addr);
    socket.subscribe(json!({"type": "clearinghouseState", "user": USER}));
    socket.on("clearinghouseState");
    socket.subscribe(json!({"type": "l2Book", "coin": "HYPE", "fast": true}));
    let mut last = 0;
    let mut repeats = 0;
    for _ in 0..6 {
        loop {
            let frame = socket.next().expect("a frame");
            match frame["channel"].as_str() {
                Some("l2Book") => {
                    let at = frame["data"]["time"].as_u64().expect("a time");
                    assert!(last <= at, "time does not go back");
                    last = at;
                    break;
                }
                Some("clearinghouseState") => repeats += 1,
                _ => {}
            }
        }
    }
    assert!(repeats <= 1, "an idle account was pushed {repeats} times");
}

#[test]
fn errors_are_told_and_the_connection_lives() {
    let served = serve();
    let mut socket = Socket::open(served.addr);
    let bbo = json!({"type": "bbo", "coin": "BTC"});
    socket.subscribe(bbo.clone());
    socket.on("subscriptionResponse");
    let unsubscribe = json!({"method": "unsubscribe", "subscription": bbo});
    let odd = |text: &str| format!("Error parsing JSON into valid websocket request: {text}");
    let several = r#"{"method":"subscribe","subscription":{"type":"bbo","coin":["BTC","ETH"]}}"#;
    // Refused since August 2026, by a frame like that of an unknown type.
    let dropped =
        json!({"method": "subscribe", "subscription": {"type": "webData2", "user": USER}});
    let dropped = dropped.to_string();
    let rows = [
        (
            json!({"method": "subscribe", "subscription": bbo}).to_string(),
            "Already subscribed: {\"type\":\"bbo\",\"coin\":\"BTC\"}".to_owned(),
        ),
        ("hello".to_owned(), odd("hello")),
        (dropped.clone(), odd(&dropped)),
        (several.to_owned(), odd(several)),
    ];
    for (sent, told) in rows {
        socket.text(&sent);
        assert_eq!(socket.on("error"), told.as_str());
    }
    socket.say(&unsubscribe);
    assert_eq!(socket.on("subscriptionResponse")["method"], "unsubscribe");
    socket.say(&unsubscribe);
    assert_eq!(socket.on("error"), "Already unsubscribed: {\"type\":\"bbo\",\"coin\":\"BTC\"}");
    socket.0.send(Message::Binary(vec![0xff, 0x00].into())).expect("sent");
    assert!(socket.on("error").as_str().is_some_and(|text| text.starts_with("Error parsing")));
    socket.say(&json!({"method": "ping"}));
    assert_eq!(socket.next().expect("a pong"), json!({"channel": "pong"}));
}

#[test]
fn bad_subscriptions_cost_the_connection_and_no_other() {
    let served = serve();
    let mut other = Socket::open(served.addr);
    let rows = [
        json!({"type": "l2Book", "coin": "NOSUCHCOIN"}),
        json!({"type": "trades", "coin": "btc"}),
        json!({"type": "bbo", "coin": "hype"}),
        json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 6}),
        json!({"type": "l2Book", "coin": "BTC", "nSigFigs": 4, "mantissa": 2}),
        json!({"type": "allMids", "dex": "nowhere"}),
    ];
    for subscription in rows {
        let mut socket = Socket::open(served.addr);
        socket.subscribe(subscription.clone());
        assert!(socket.next().is_none(), "{subscription}");
    }
    other.say(&json!({"method": "ping"}));
    assert_eq!(other.next().expect("a pong")["channel"], "pong");
}

#[test]
fn questions_over_the_socket() {
    let served = serve();
    let mut socket = Socket::open(served.addr);
    let post = |id: u64, payload: Value| json!({"method": "post", "id": id, "request": {"type": "info", "payload": payload}});
    socket.say(&post(7, json!({"type": "l2Book", "coin": "NOPE"})));
    let want =
        json!({"id": 7, "response": {"type": "info", "payload": {"type": "l2Book", "data": null}}});
    assert_eq!(socket.on("post"), want);
    socket.say(&post(8, json!({"type": "allMids"})));
    assert_eq!(socket.on("post")["response"]["payload"]["data"]["BTC"], "84143.0");
    socket.say(&post(9, json!({"type": "weather"})));
    let reply = socket.on("post");
    assert_eq!((&reply["id"], &reply["response"]["type"]), (&json!(9), &json!("error")));
}

#[test]
fn bounds_of_a_connection() {
    let served = serve_with(RateLimits {
        topics: 12,
        users: 10,
        posts: 0,
        messages: 40,
        ..RateLimits::NONE
    });
    let mut socket = Socket::open(served.addr);
    for user in 0..=10 {
        socket.subscribe(json!({"type": "orderUpdates", "user": format!("0x{user:040x}")}));
    }
    assert_eq!(socket.on("error"), "Cannot track more than 10 total users.");
    for coin in ["BTC", "ETH", "SOL"] {
        socket.subscribe(json!({"type": "trades", "coin": coin}));
    }
    assert_eq!(socket.on("error"), "Cannot subscribe to more than 12 topics.");
    let payload = json!({"action": {"type": "noop"}, "nonce": 1});
    socket.say(
        &json!({"method": "post", "id": 1234, "request": {"type": "action", "payload": payload}}),
    );
    assert_eq!(socket.on("error"), "too many pending post requests id=1234");
    for _ in 0..40 {
        // The server hangs up in between; what is written then is lost.
        let _ = socket.0.send(Message::text(r#"{"method":"ping"}"#));
    }
    assert!(socket.is_closed(), "too many messages in a minute");
}

#[test]
fn frames_that_break_the_rules_cost_the_connection() {
    let served = serve();
    let rows: [(&str, Vec<u8>); 4] = [
        ("not masked", vec![0x81, 0x02, b'{', b'}']),
        ("an unknown opcode", vec![0x83, 0x80, 0, 0, 0, 0]),
        ("a reserved bit", vec![0xc1, 0x80, 0, 0, 0, 0]),
        ("a frame of 16 MiB", vec![0x81, 0xff, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
    ];
    for (what, bytes) in rows {
        let mut socket = Socket::open(served.addr);
        socket.0.get_mut().write_all(&bytes).expect("sent");
        assert!(socket.is_closed(), "{what}");
    }
    let mut socket = Socket::open(served.addr);
    let long = "x".repeat(MESSAGE_MAX + 1);
    // The server may hang up before it has read all of it.
    let _ = socket.0.send(Message::text(long));
    assert!(socket.is_closed(), "too long a message");
    let mut http = Http::open(served.addr);
    assert_eq!(http.post("/info", r#"{"type":"exchangeStatus"}"#).status, 200, "the server lives");
}

#[test]
fn a_client_that_does_not_read_is_closed() {
    let served = serve();
    let mut socket = Socket::open(served.addr);
    let question = json!({"method": "post", "id": 1, "request": {"type": "info", "payload": {"type": "userFees", "user": USER}}});
    let text = question.to_string();
    // Each answer is about a kilobyte; the server and both socket buffers hold some ten megabytes.
    let most = 200_000;
    let sent =
        (0..most).take_while(|_| socket.0.send(Message::text(text.as_str())).is_ok()).count();
    assert!(sent < most, "still connected after {sent} unread answers");
    let mut other = Socket::open(served.addr);
    other.say(&json!({"method": "ping"}));
    assert_eq!(other.next().expect("a pong")["channel"], "pong");
}

#[test]
fn the_first_frame_may_come_with_the_upgrade() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut bytes = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".to_vec();
    bytes.extend_from_slice(&[0x81, 0x80 | 17, 0, 0, 0, 0]);
    bytes.extend_from_slice(br#"{"method":"ping"}"#);
    http.send(&bytes);
    let answer = http.answer().expect("an upgrade");
    assert_eq!(answer.status, 101);
    assert!(
        answer.head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        "{answer:?}"
    );
    assert!(!answer.head.to_lowercase().contains("extensions"), "{answer:?}");
    assert_eq!(&http.take(20)[2..], br#"{"channel":"pong"}"#);
}
