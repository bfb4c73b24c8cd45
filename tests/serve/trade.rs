//! Signed actions over HTTP and over the socket.

use crate::kit::{Http, Socket, Trader, order, serve};
use evenkeel::wire::Source;
use serde_json::{Value, json};

fn status(answer: &Value, item: usize) -> &Value {
    &answer["response"]["data"]["statuses"][item]
}

fn oid(answer: &Value) -> u64 {
    status(answer, 0)["resting"]["oid"].as_u64().unwrap_or_else(|| panic!("no oid: {answer}"))
}

#[test]
fn an_order_rests_and_goes() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut trader = Trader::known(1, &mut http);
    let answer = trader.act(&mut http, order(true, "80000", "0.001", "Alo"));
    assert_eq!(answer["response"]["type"], "order");
    let oid = oid(&answer);
    let open = http.info(&json!({"type": "openOrders", "user": trader.user}));
    assert_eq!(
        (&open[0]["oid"], &open[0]["limitPx"], &open[0]["sz"]),
        (&json!(oid), &json!("80000.0"), &json!("0.001"))
    );
    let front = http.info(&json!({"type": "frontendOpenOrders", "user": trader.user}));
    assert_eq!((&front[0]["tif"], &front[0]["orderType"]), (&json!("Alo"), &json!("Limit")));
    let cancel = json!({"type": "cancel", "cancels": [{"a": 0, "o": oid}, {"a": 0, "o": 1}]});
    let answer = trader.act(&mut http, cancel);
    assert_eq!(status(&answer, 0), "success");
    assert!(status(&answer, 1)["error"].as_str().is_some_and(|text| text.contains("never placed")));
    let status = http.info(&json!({"type": "orderStatus", "user": trader.user, "oid": oid}));
    assert_eq!(status["order"]["status"], "canceled");
    let counts = served.stop().stats().read();
    assert_eq!((counts.signatures_verified, counts.orders, counts.rejects), (2, 1, 1));
}

#[test]
fn a_fill_reaches_every_channel() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut trader = Trader::known(2, &mut http);
    let mut socket = Socket::open(served.addr);
    for kind in ["orderUpdates", "userFills", "userEvents", "userHistoricalOrders", "notification"]
    {
        socket.subscribe(json!({"type": kind, "user": trader.user}));
        socket.on("subscriptionResponse");
    }
    socket.subscribe(json!({"type": "trades", "coin": "BTC"}));
    socket.on("subscriptionResponse");
    let answer = trader.act(&mut http, order(true, "84200", "0.01", "Ioc"));
    assert_eq!(status(&answer, 0)["filled"]["avgPx"], "84144.0");
    let update = socket.on("orderUpdates");
    let fill = socket.on("user")["fills"][0].clone();
    let trade = socket.on("trades")[0].clone();
    assert_eq!(
        (&update[0]["status"], &update[0]["order"]["sz"]),
        (&json!("filled"), &json!("0.0"))
    );
    let want = [
        ("px", "84144.0"),
        ("sz", "0.01"),
        ("side", "B"),
        ("dir", "Open Long"),
        ("fee", "0.378648"),
        ("feeToken", "USDC"),
    ];
    for (key, value) in want {
        assert_eq!(fill[key], value, "{key} of {fill}");
    }
    assert_eq!((&fill["tid"], &fill["hash"]), (&trade["tid"], &trade["hash"]));
    assert_eq!(trade["users"][0], trader.user.as_str());
    let fills = http.info(&json!({"type": "userFills", "user": trader.user}));
    assert_eq!(fills[0], fill);
    let recent = http.info(&json!({"type": "recentTrades", "coin": "BTC"}));
    assert_eq!(recent[0], trade);
    let range = json!({"coin": "BTC", "interval": "1h", "startTime": 0});
    let candles = http.info(&json!({"type": "candleSnapshot", "req": range}));
    assert_eq!(
        (&candles[0]["c"], &candles[0]["i"], &candles[0]["s"]),
        (&json!("84144.0"), &json!("1h"), &json!("BTC"))
    );
    let state = http.info(&json!({"type": "clearinghouseState", "user": trader.user}));
    assert_eq!(state["assetPositions"][0]["position"]["szi"], "0.01");
    let mut late = Socket::open(served.addr);
    late.subscribe(json!({"type": "userFills", "user": trader.user}));
    let snapshot = late.on("userFills");
    assert_eq!((&snapshot["isSnapshot"], &snapshot["fills"][0]), (&json!(true), &fill));
    late.subscribe(json!({"type": "trades", "coin": "BTC"}));
    assert_eq!(late.on("trades")[0], trade, "recent trades are repeated");
}

#[test]
fn whoever_signs_is_who_acts() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut trader = Trader::known(3, &mut http);
    let mut stranger = Trader::new(4);
    let good = || order(true, "80000", "0.001", "Alo");
    let mut tampered = trader.sign(good());
    tampered["action"]["orders"][0]["s"] = json!("0.002");
    let mut later = trader.sign(good());
    later["nonce"] = json!(later["nonce"].as_u64().expect("a nonce") + 1);
    let mut vault = trader.sign(good());
    vault["vaultAddress"] = json!("0x1719884eb866cb12b2287399b15f7db5e7d775ea");
    let mut nobody = trader.sign(good());
    nobody["signature"] = json!({"r": "0x0", "s": "0x0", "v": 27});
    let rows = [
        ("a stranger", stranger.sign(good()), "does not exist"),
        ("tampered", tampered, "does not exist"),
        ("another nonce", later, "does not exist"),
        ("a vault added", vault, "0x"),
        ("no signature", nobody, "recover"),
    ];
    for (what, envelope, text) in rows {
        let answer = http.post("/exchange", &envelope.to_string()).json();
        let told = answer["response"].as_str().unwrap_or_default();
        assert!(answer["status"] == "err" && told.contains(text), "{what}: {answer}");
        assert!(!told.contains(&trader.user), "{what}: {answer}");
    }
    assert_eq!(http.info(&json!({"type": "openOrders", "user": trader.user})), json!([]));
    let mainnet = trader.sign_for(Source::Mainnet, good());
    oid(&http.post("/exchange", &mainnet.to_string()).json());
    let again = http.post("/exchange", &mainnet.to_string()).json();
    assert!(
        again["response"].as_str().is_some_and(|text| text.contains("duplicate nonce")),
        "{again}"
    );
    let counts = served.stop().stats().read();
    assert_eq!((counts.signatures_verified, counts.signatures_refused), (2, 5));
}

#[test]
fn actions_over_the_socket_are_answered_by_number_after_their_news() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut trader = Trader::known(5, &mut http);
    let mut socket = Socket::open(served.addr);
    socket.subscribe(json!({"type": "orderUpdates", "user": trader.user}));
    socket.on("subscriptionResponse");
    let post = |id: u64, action: &Value| json!({"method": "post", "id": id, "request": {"type": "action", "payload": action}});
    socket.say(&post(256, &trader.sign(order(true, "80000", "0.001", "Alo"))));
    let news = socket.next().expect("news");
    assert_eq!(
        (&news["channel"], &news["data"][0]["status"]),
        (&json!("orderUpdates"), &json!("open"))
    );
    let reply = socket.on("post");
    assert_eq!((&reply["id"], &reply["response"]["type"]), (&json!(256), &json!("action")));
    let oid = oid(&reply["response"]["payload"]);
    assert_eq!(news["data"][0]["order"]["oid"], oid);
    socket.say(&post(7, &json!({"action": {"type": "order"}, "nonce": 1})));
    let reply = socket.on("post");
    assert_eq!((&reply["id"], &reply["response"]["type"]), (&json!(7), &json!("error")));
    let schedule = json!({"type": "scheduleCancel", "time": crate::kit::nonce() + 1_000});
    socket.say(&post(8, &trader.sign(schedule)));
    let reply = socket.on("post");
    assert_eq!(reply["response"]["payload"]["status"], "err", "too early: {reply}");
}

#[test]
fn what_the_exchange_does_not_deal_in_is_refused_in_words() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut trader = Trader::known(6, &mut http);
    let twap = json!({"type": "twapOrder", "twap": {"a": 0, "b": true, "s": "1", "r": false, "m": 5, "t": false}});
    let answer = trader.act(&mut http, twap);
    assert!(answer["status"] == "err" && answer["response"].is_string(), "{answer}");
    let answer = trader.act(&mut http, json!({"type": "noop"}));
    assert_eq!(answer, json!({"status": "ok", "response": {"type": "default"}}));
}

/// An action, changed in one place.
fn with(mut action: Value, pointer: &str, value: Value) -> Value {
    *action.pointer_mut(pointer).expect("a place") = value;
    action
}

/// The words of a refusal, of the whole action or of its first item.
fn words(answer: &Value) -> String {
    let whole = answer["response"].as_str();
    whole.or_else(|| status(answer, 0)["error"].as_str()).unwrap_or_default().to_owned()
}

#[test]
fn refusals_are_in_the_venues_words() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let mut trader = Trader::known(7, &mut http);
    let order = |px: &str, qty: &str, tif: &str| order(true, px, qty, tif);
    let cancels: Vec<_> = (1..=201).map(|oid| json!({"a": 0, "o": oid})).collect();
    let new = order("80000", "0.001", "Alo")["orders"][0].clone();
    let past = json!({"type": "scheduleCancel", "time": 1});
    let lever = |leverage: u32| json!({"type": "updateLeverage", "asset": 0, "isCross": true, "leverage": leverage});
    let rows = [
        (
            "crossing post-only",
            order("84200", "0.001", "Alo"),
            "Post only order would have immediately matched, bbo was 84142@84144. asset=0",
        ),
        (
            "IOC without a match",
            order("80000", "0.001", "Ioc"),
            "Order could not immediately match against any resting orders. asset=0",
        ),
        (
            "too small",
            order("80000", "0.0001", "Alo"),
            "Order must have minimum value of $10. asset=0",
        ),
        (
            "six figures",
            order("80000.1", "0.001", "Alo"),
            "Price must be divisible by tick size. asset=0",
        ),
        ("too many decimals", order("80000.12", "0.001", "Alo"), "Order has invalid price."),
        ("half a lot", order("80000", "0.001005", "Alo"), "Order has invalid size."),
        ("nothing", order("80000", "0", "Alo"), "Order has zero size."),
        ("too much", order("80000", "30", "Alo"), "Insufficient margin to place order. asset=0"),
        (
            "no position to reduce",
            with(order("80000", "0.001", "Gtc"), "/orders/0/r", json!(true)),
            "Reduce only order would increase position. asset=0",
        ),
        ("no such market", with(order("80000", "0.001", "Gtc"), "/orders/0/a", json!(77)), "asset"),
        ("no orders", with(order("80000", "0.001", "Gtc"), "/orders", json!([])), ""),
        (
            "nothing to cancel",
            json!({"type": "cancel", "cancels": [{"a": 0, "o": 1}]}),
            "Order was never placed, already canceled, or filled. asset=0",
        ),
        (
            "no such cloid",
            json!({"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": "0x00000000000000000000000000000abc"}]}),
            "Order was never placed, already canceled, or filled. asset=0",
        ),
        (
            "nothing to modify",
            json!({"type": "modify", "oid": 1, "order": new}),
            "Cannot modify canceled or filled order",
        ),
        (
            "nothing to modify in a batch",
            json!({"type": "batchModify", "modifies": [{"oid": 1, "order": new}]}),
            "Cannot modify canceled or filled order",
        ),
        (
            "201 items",
            json!({"type": "cancel", "cancels": cancels}),
            "Signed action over weight limit of 200.",
        ),
        ("too high a leverage", lever(1_000), "Invalid leverage value"),
        ("no leverage", lever(0), "Invalid leverage value"),
        (
            "nothing isolated",
            json!({"type": "updateIsolatedMargin", "asset": 0, "isBuy": true, "ntli": 1_000_000}),
            "Position does not use isolated margin.",
        ),
        (
            "a time in the past",
            past,
            "Scheduled cancel time too early, must be at least 5 seconds from now.",
        ),
    ];
    for (what, action, want) in rows {
        let answer = trader.act(&mut http, action);
        let got = words(&answer);
        assert!(!got.is_empty() && got.contains(want), "{what}: {answer}");
    }
    assert_eq!(http.info(&json!({"type": "openOrders", "user": trader.user})), json!([]));
}
