//! Messages of the protocol document and of public recordings, and what must come of them.

use crate::{Both, json::Json, sample};
use evenkeel::market::{
    CoinIx, Event, Health, Item, Oid, OrderStatus, RejectReason, ReplyBody, RequestId, Stream,
};
use evenkeel::num::{Px, Qty, Side};
use evenkeel::wire::decode::{Decoded, Decoder};

/// Coins of the samples.
const COINS: [&str; 7] = ["BTC", "kPEPE", "xyz:SP500", "MATIC", "ETH", "hyna:HYPE", "SOL"];

/// Files of socket messages.
const SOCKET: [&str; 17] = [
    "activeAssetCtx",
    "allDexsAssetCtxs",
    "allMids",
    "bbo",
    "candle",
    "error",
    "fastAssetCtxs",
    "l2Book",
    "orderUpdates",
    "pong",
    "post.action",
    "post",
    "protocol",
    "subscriptionResponse",
    "trades",
    "user.fills",
    "user.fills.liquidation",
];

/// All messages of the samples, those of the client too.
pub fn socket_lines() -> Vec<String> {
    let files = SOCKET.iter().map(|name| sample(&format!("ws/{name}.jsonl")));
    files.flat_map(|file| file.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_message_of_the_venue_decodes_and_none_of_ours() {
    let mut both = Both::new(&COINS);
    for line in socket_lines() {
        let got = both.agree(line.as_bytes());
        assert_eq!(got.is_ok(), line.starts_with("{\"channel\""), "{got:?} from {line}");
    }
    assert_eq!(both.decoder.unknown_keys(), 7, "method, id and request of our own messages");
}

#[test]
fn samples_say_what_they_say() {
    let rows = [
        // what, file, line, fragments of the event
        (
            "a bbo",
            "bbo",
            0,
            "Bbo(CoinIx(0), Bbo { venue: WallMs(1790232237145), bid: Some(Level { px: Px(8414300000000), qty: Qty(1025923000), count: 36 }), ask: Some(Level { px: Px(8414400000000), qty: Qty(5066422000), count: 18 }) })",
        ),
        ("a book", "l2Book", 1, "Level { px: Px(441300), qty: Qty(580364700000000), count: 11 }"),
        (
            "a delisted coin",
            "l2Book",
            3,
            "Book(CoinIx(3), BookFrame { venue: WallMs(1790232237073), fast: false, len: [0, 0]",
        ),
        (
            "a trade",
            "trades",
            0,
            "Trades(CoinIx(0), [Trade { venue: WallMs(1790232216193), tid: Tid(1045359869404765), taker_buys: false, px: Px(8414300000000), qty: Qty(36000) }])",
        ),
        (
            "a context",
            "activeAssetCtx",
            0,
            "Context(CoinIx(0), Context { mark: Px(8414800000000), oracle: Px(8419800000000), funding: Bps(18952) })",
        ),
        (
            "an order update",
            "orderUpdates",
            0,
            "[OrderUpdate { coin: CoinIx(4), oid: Oid(62014739273), cloid: None, side: Ask, px: Px(282250000000), qty: Qty(1000000), qty_asked: Qty(1000000), status: Canceled, venue: WallMs(1791318879266) }]",
        ),
        (
            "a spot fill",
            "user.fills",
            0,
            "Fills { snapshot: false, fills: [Fill { coin: CoinIx(255), venue: WallMs(1769920606068), tid: Tid(812806034449156), oid: Oid(308086083674), cloid: Some(0xd211f1c27288259290850338d22132a0), side: Bid, px: Px(3173700000), qty: Qty(31000000), fee: Usd(21699), closed: Usd(0), start: Pos(0), crossed: true }] }",
        ),
        (
            "a fill that turns the position",
            "user.fills",
            1,
            "fee: Usd(1978500), closed: Usd(4612800), start: Pos(93000), crossed: false",
        ),
        (
            "a liquidation",
            "user.fills.liquidation",
            0,
            "side: Ask, px: Px(6665300000000), qty: Qty(100000), fee: Usd(999700)",
        ),
        ("a pong", "pong", 1, "Event(Alive(Market))"),
        ("an acknowledgement", "subscriptionResponse", 0, "Ack"),
        (
            "a reply",
            "post.action",
            1,
            "Event(Reply(Reply { id: RequestId(256), body: Items([Resting(Oid(88383))]) }))",
        ),
        ("a read", "post", 1, "Quiet"),
        ("middles", "allMids", 0, "Quiet"),
        (
            "an account",
            "protocol",
            14,
            "Account(AccountSnapshot { venue: WallMs(1790232237145), equity: Usd(101250000000), raw_cash: Usd(95532000000), withdrawable: Usd(100106400000), holdings: [VenuePosition { coin: CoinIx(5), pos: Pos(150000000), unrealised: Usd(0), value: Usd(5718000000) }] })",
        ),
        (
            "open orders",
            "protocol",
            15,
            "OpenOrders([OpenOrder { coin: CoinIx(5), oid: Oid(77738308), cloid: Some(0x00000000000000000000000000000abc), side: Bid, px: Px(3812300000), qty: Qty(150000000) }])",
        ),
        (
            "a snapshot of fills",
            "protocol",
            7,
            "Fills { snapshot: true, fills: [Fill { coin: CoinIx(5), venue: WallMs(1758000000323), tid: Tid(164087028129848), oid: Oid(77738308)",
        ),
    ];
    let mut decoder = Decoder::new(&COINS);
    for (what, file, line, want) in rows {
        let text = sample(&format!("ws/{file}.jsonl"));
        let line = text.lines().nth(line).unwrap_or_else(|| panic!("{what}: no such line"));
        let got = format!("{:?}", decoder.decode(Stream::Market, line.as_bytes()));
        assert!(got.contains(want), "{what}\n got {got}\nwant {want}");
    }
}

#[test]
fn replies_keep_their_order_and_their_reasons() {
    let frame = r#"{"channel":"post","data":{"id":258,"response":{"type":"action","payload":
        {"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{"oid":7}},
        {"filled":{"totalSz":"0.02","avgPx":"1891.4","oid":8,"cloid":null}},
        {"error":"Insufficient margin to place order. asset=4"},"waitingForTrigger","success"]}}}}}}"#;
    let want = [
        Item::Resting(Oid(7)),
        Item::Filled(Oid(8)),
        Item::Rejected(RejectReason::Margin),
        Item::Waiting,
        Item::Canceled,
    ];
    let mut decoder = Decoder::new(&[]);
    match decoder.decode(Stream::Orders, frame.as_bytes()) {
        Ok(Decoded::Event(Event::Reply(reply))) => {
            assert_eq!((reply.id, reply.body), (RequestId(258), ReplyBody::Items(&want)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn answers_to_whole_requests() {
    let post =
        |inner: &str| format!(r#"{{"channel":"post","data":{{"id":1,"response":{inner}}}}}"#);
    let action = |payload: &str| post(&format!(r#"{{"type":"action","payload":{payload}}}"#));
    let rows = [
        (action(r#"{"status":"ok","response":{"type":"default"}}"#), ReplyBody::Done),
        (
            action(r#"{"status":"err","response":"Invalid nonce: duplicate nonce 17"}"#),
            ReplyBody::Rejected(RejectReason::Nonce),
        ),
        (
            action(r#"{"status":"ok","response":{"type":"twapOrder","data":{"status":{}}}}"#),
            ReplyBody::Unknown,
        ),
        (
            action(r#"{"status":"ok","response":{"type":"order","data":{"statuses":["later"]}}}"#),
            ReplyBody::Unknown,
        ),
        (
            post(r#"{"type":"error","payload":"429 Too Many Requests"}"#),
            ReplyBody::Rejected(RejectReason::RateLimit),
        ),
        (post(r#"{"type":"error","payload":"500 Internal Server Error"}"#), ReplyBody::Unknown),
    ];
    let mut both = Both::new(&[]);
    for (frame, want) in rows {
        let got = both.agree(frame.as_bytes());
        let want = format!("Event(Reply(Reply {{ id: RequestId(1), body: {want:?} }}))");
        assert_eq!(got, Ok(want), "{frame}");
    }
    let full = br#"{"channel":"error","data":"too many pending post requests id=1234"}"#;
    let want = "Event(Reply(Reply { id: RequestId(1234), body: Rejected(RateLimit) }))";
    assert_eq!(both.agree(full), Ok(want.to_owned()));
}

#[test]
fn funding_is_read_whoever_pays() {
    let frame = r#"{"channel":"userFundings","data":{"isSnapshot":true,"user":"0xabc","fundings":[{"time":1769940000000,"coin":"BTC","usdc":"-0.012345","szi":"0.5","fundingRate":"0.0000125","nSamples":null},{"time":1769943600000,"coin":"STRANGE","usdc":"1.5","szi":"-2.0","fundingRate":"-0.0001","nSamples":null}]}}"#;
    let mut both = Both::new(&["BTC"]);
    let foreign = CoinIx::FOREIGN;
    let want = format!(
        "Event(Funding {{ snapshot: true, payments: [Payment {{ coin: CoinIx(0), venue: WallMs(1769940000000), received: Usd(-1234500) }}, Payment {{ coin: {foreign:?}, venue: WallMs(1769943600000), received: Usd(150000000) }}] }})"
    );
    assert_eq!(both.agree(frame.as_bytes()), Ok(want));
    let nameless = frame.replace(r#""usdc":"-0.012345","#, "");
    assert_eq!(both.agree(nameless.as_bytes()), Err("usdc is missing".to_owned()));
}

#[test]
fn every_recorded_answer_of_the_exchange_is_understood() {
    let mut both = Both::new(&[]);
    for name in ["cancel.statuses", "order.statuses", "order.statuses.testnet", "default"] {
        let file: serde_json::Value =
            serde_json::from_str(&sample(&format!("exchange/{name}.json"))).expect("sample");
        let answers = file.as_array().cloned().unwrap_or_else(|| vec![file.clone()]);
        for answer in answers {
            let frame = format!(
                r#"{{"channel":"post","data":{{"id":3,"response":{{"type":"action","payload":{answer}}}}}}}"#
            );
            let got = both.agree(frame.as_bytes()).expect("an answer of the exchange");
            assert!(!got.contains("Unknown"), "{got} from {answer}");
        }
    }
}

#[test]
fn reads_at_the_start() {
    // file, what the decoder says to its body
    let rows = [
        ("clearinghouseState.2026", "equity: Usd(827257657293500), raw_cash: Usd(809987554744600)"),
        ("clearinghouseState", "time is missing"),
        ("openOrders", "OpenOrders(["),
        ("openOrders.reduceOnly", "OpenOrders([OpenOrder { coin: CoinIx(4)"),
        ("frontendOpenOrders", "OpenOrders(["),
        ("frontendOpenOrders.shrunk", "OpenOrders([OpenOrder { coin: CoinIx(4)"),
        ("userFills.variants", "Fills { snapshot: true, fills: [Fill { coin: CoinIx(255)"),
        ("userFills.dust_and_netting", "Fills { snapshot: true"),
        ("userFills", "tid is missing"),
        ("userFillsByTime", "tid is missing"),
    ];
    let mut both = Both::new(&COINS);
    for (name, want) in rows {
        let file: serde_json::Value =
            serde_json::from_str(&sample(&format!("info/{name}.json"))).expect("sample");
        let body = file["response"].to_string();
        let root: Json = serde_json::from_str(&body).expect("body");
        let (decoder, twin) = (&mut both.decoder, &both.twin);
        let (got, twin) = match name.split('.').next() {
            Some("clearinghouseState") => {
                (decoder.decode_account(body.as_bytes()), twin.account(&root))
            }
            Some("openOrders" | "frontendOpenOrders") => {
                (decoder.decode_open_orders(body.as_bytes()), twin.open_orders(&root))
            }
            _ => (decoder.decode_fills(body.as_bytes()), twin.fills(&root, true, false)),
        };
        let got = got.map(|decoded| format!("{decoded:?}")).map_err(|refusal| refusal.to_string());
        crate::settle(body.as_bytes(), &got, twin);
        let said = got.unwrap_or_else(|refusal| refusal);
        assert!(said.contains(want), "{name}\n got {said}\nwant {want}");
    }
}

#[test]
fn the_venues_count_of_requests_is_read() {
    let mut decoder = Decoder::new(&COINS);
    for (name, want) in [
        ("userRateLimit", (36_589_831_368, 170_043_731_737)),
        ("userRateLimit.2026", (2_890, 2_864_574)),
    ] {
        let file: serde_json::Value =
            serde_json::from_str(&sample(&format!("info/{name}.json"))).expect("sample");
        match decoder.decode_quota(file["response"].to_string().as_bytes()) {
            Ok(Decoded::Event(Event::Health(Health::Quota { used, cap }))) => {
                assert_eq!((used, cap), want, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let reserved = br#"{"nRequestsUsed":5,"nRequestsCap":10,"nRequestsSurplus":7}"#;
    let got = format!("{:?}", decoder.decode_quota(reserved).expect("as documented"));
    assert!(got.contains("Quota { used: 5, cap: 17 }"), "{got}");
    assert!(decoder.decode_quota(br#"{"nRequestsUsed":5}"#).is_err());
}

#[test]
fn foreign_numbers_never_spoil_our_rows() {
    let frame = r#"{"channel":"userFills","data":{"user":"0x1","fills":[
        {"coin":"@142","px":"0.0","sz":"99999999999999.0000086141","side":"A","time":9,"oid":1,
         "startPosition":"-0.0000086141","dir":"Spot Dust Conversion","closedPnl":"0.0",
         "crossed":true,"fee":"0.0","tid":0},
        {"coin":"BTC","px":"2.0","sz":"1.0","side":"B","time":8,"oid":2,"startPosition":"0.0",
         "dir":"Open Long","closedPnl":"0.0","crossed":false,"fee":"-0.000002","tid":3}]}}"#;
    let mut decoder = Decoder::new(&["BTC"]);
    match decoder.decode(Stream::Market, frame.as_bytes()) {
        Ok(Decoded::Event(Event::Fills { snapshot: false, fills: [ours, foreign] })) => {
            assert_eq!(
                (ours.coin, ours.side, ours.px),
                (CoinIx(0), Side::Bid, Px::from_e8(2_0000_0000))
            );
            assert_eq!(ours.fee.e8(), -200);
            assert_eq!(foreign.coin, CoinIx::FOREIGN);
            assert_eq!(foreign.qty, Qty::from_e8(100_000_000_000_000_000), "clamped");
            assert_eq!(foreign.start.e8(), -861);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn snapshots_come_out_oldest_first() {
    let fill = |time: u64, tid: u64| {
        format!(
            r#"{{"coin":"BTC","px":"2.0","sz":"1.0","side":"B","time":{time},"oid":2,"startPosition":"0.0","closedPnl":"0.0","crossed":false,"fee":"0.0","tid":{tid}}}"#
        )
    };
    let rows = [
        // snapshot, times, the tids 0 1 in the order they must come out
        (true, [2, 1], [1, 0]),
        (true, [1, 2], [0, 1]),
        (true, [1, 1], [1, 0]),
        (false, [1, 1], [0, 1]),
        (false, [1, 2], [0, 1]),
        (false, [2, 1], [1, 0]),
    ];
    let mut decoder = Decoder::new(&["BTC"]);
    for (snapshot, [first, second], want) in rows {
        let frame = format!(
            r#"{{"channel":"userFills","data":{{"isSnapshot":{snapshot},"user":"0x","fills":[{},{}]}}}}"#,
            fill(first, 0),
            fill(second, 1)
        );
        match decoder.decode(Stream::Market, frame.as_bytes()) {
            Ok(Decoded::Event(Event::Fills { snapshot: said, fills })) => {
                assert_eq!(said, snapshot);
                let got: Vec<u64> = fills.iter().map(|fill| fill.tid.0).collect();
                assert_eq!(got, want, "{frame}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn states_of_orders() {
    let rows = [
        ("open", OrderStatus::Open),
        ("filled", OrderStatus::Filled),
        ("triggered", OrderStatus::Triggered),
        ("selfTradeCanceled", OrderStatus::Canceled),
        ("badAloPxRejected", OrderStatus::Rejected),
    ];
    let mut decoder = Decoder::new(&["BTC"]);
    for (word, want) in rows {
        let frame = format!(
            r#"{{"channel":"orderUpdates","data":[{{"statusTimestamp":5,"status":"{word}","order":{{"oid":1,"origSz":"2.0","coin":"BTC","side":"A","limitPx":"1.0","sz":"0.0","tif":"Alo"}}}}]}}"#
        );
        match decoder.decode(Stream::Market, frame.as_bytes()) {
            Ok(Decoded::Event(Event::Orders([update]))) => assert_eq!(update.status, want),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_greeting_and_strangers_keys_are_tolerated() {
    let mut decoder = Decoder::new(&["BTC"]);
    let greeting = decoder.decode(Stream::Market, b"Websocket connection established.");
    assert!(matches!(greeting, Ok(Decoded::Quiet)));
    let grown = br#"{"channel":"bbo","seq":[{"a":1}],"data":{"coin":"BTC","time":1,"bbo":[null,null],"x":{}}}"#;
    assert!(matches!(decoder.decode(Stream::Market, grown), Ok(Decoded::Event(Event::Bbo(..)))));
    assert_eq!(decoder.unknown_keys(), 2);
}
