//! The venue without sockets: what goes in decides what comes out.

use crate::kit::{Trader, nonce, order, service_config};
use evenkeel::num::WallMs;
use evenkeel::venue::api::{
    ClientOutput, RateLimits, RestPath, ServerCounts, VenueService, Verify,
};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The client whose signatures are trusted, and one that asks over HTTP.
const TRADER: usize = 1;
const READER: usize = 2;

/// A venue after its first block.
fn open(limits: RateLimits, start: WallMs) -> VenueService {
    let mut service = VenueService::new(service_config(limits, start), start);
    while !service.is_open() {
        service.advance(service.next_due());
    }
    service
}

/// Plays a session and gives all that was said, and what was counted after each action.
fn play(trader: &Trader, actions: &[String]) -> (Vec<(usize, ClientOutput)>, Vec<ServerCounts>) {
    let start = WallMs::from_ms(nonce());
    let mut service = open(RateLimits::VENUE, start);
    let mut said = Vec::new();
    let mut counts = Vec::new();
    service.connect(TRADER, HERE, Verify::Trusted(trader.signer.address()));
    service.connect(READER, HERE, Verify::All);
    service.on_upgrade(TRADER, start);
    for topic in ["orderUpdates", "userFills", "clearinghouseState"] {
        let subscription = json!({"type": topic, "user": trader.user});
        let message = json!({"method": "subscribe", "subscription": subscription}).to_string();
        service.on_text(TRADER, message.as_bytes(), start);
    }
    for coin in ["BTC", "HYPE"] {
        let subscription = json!({"type": "l2Book", "coin": coin, "fast": true});
        let message = json!({"method": "subscribe", "subscription": subscription}).to_string();
        service.on_text(TRADER, message.as_bytes(), start);
    }
    for action in actions {
        let now = service.next_due();
        service.on_text(TRADER, action.as_bytes(), now);
        counts.push(service.counts());
        service.advance(now);
        said.extend(service.take_outputs());
    }
    let question = json!({"type": "clearinghouseState", "user": trader.user}).to_string();
    service.on_http(READER, RestPath::Info, question.as_bytes(), service.next_due());
    said.extend(service.take_outputs());
    (said, counts)
}

fn post(id: u64, action: &Value) -> String {
    json!({"method": "post", "id": id, "request": {"type": "action", "payload": action}})
        .to_string()
}

#[test]
fn a_trusted_signer_is_verified_now_and_then() {
    let mut trader = Trader::new(41);
    let mut forged = trader.sign(order(true, "80000", "0.001", "Alo"));
    forged["action"]["orders"][0]["s"] = json!("0.002");
    let cancel = json!({"type": "cancel", "cancels": [{"a": 0, "o": 1}]});
    let mut actions: Vec<String> =
        (0..66).map(|id| post(id, &trader.sign(order(true, "80000", "0.001", "Alo")))).collect();
    actions.push(post(66, &forged));
    actions.push(post(67, &trader.sign(cancel)));
    let (said, counts) = play(&trader, &actions);
    let verified: Vec<usize> = (1..counts.len())
        .filter(|&at| counts[at - 1].signatures_verified < counts[at].signatures_verified)
        .collect();
    assert_eq!(
        (counts[0].signatures_verified, verified),
        (1, vec![64, 67]),
        "first, 64th, cancels"
    );
    let last = counts[counts.len() - 1];
    assert_eq!((last.signatures_trusted, last.signatures_refused, last.orders), (65, 0, 67));
    let (client, answer) = said.last().expect("an answer");
    let ClientOutput::Http(answer) = answer else { panic!("not HTTP: {answer:?}") };
    assert_eq!((*client, answer.status, answer.content_type), (READER, 200, "application/json"));
}

#[test]
fn the_same_inputs_say_the_same_bytes() {
    let trader = Trader::new(42);
    let ping = json!({"method": "ping"}).to_string();
    let script = vec![ping; 200];
    let play = || {
        let start = WallMs::from_ms(1_790_000_000_000);
        let mut service = open(RateLimits::NONE, start);
        service.connect(TRADER, HERE, Verify::All);
        for topic in ["webData3", "clearinghouseState", "openOrders"] {
            let subscription = json!({"type": topic, "user": trader.user});
            let message = json!({"method": "subscribe", "subscription": subscription}).to_string();
            service.on_text(TRADER, message.as_bytes(), start);
        }
        for coin in ["HYPE", "BTC", "ETH", "SOL"] {
            for topic in ["l2Book", "bbo", "trades", "activeAssetCtx"] {
                let subscription = json!({"type": topic, "coin": coin});
                let message = json!({"method": "subscribe", "subscription": subscription});
                service.on_text(TRADER, message.to_string().as_bytes(), start);
            }
        }
        for message in &script {
            let now = service.next_due();
            service.advance(now);
            service.on_text(TRADER, message.as_bytes(), now);
        }
        service.take_outputs().collect::<Vec<_>>()
    };
    let (one, other) = (play(), play());
    assert!(1_000 < one.len() && one == other, "{} and {} outputs", one.len(), other.len());
}

#[test]
fn who_is_closed_hears_nothing_more() {
    let start = WallMs::from_ms(1_790_000_000_000);
    let mut service = open(RateLimits { sockets: 1, ..RateLimits::VENUE }, start);
    for client in [TRADER, READER] {
        service.connect(client, HERE, Verify::All);
        service.on_upgrade(client, start);
    }
    service.on_text(READER, br#"{"method":"ping"}"#, start);
    let said: Vec<_> = service.take_outputs().collect();
    assert_eq!(said, [(READER, ClientOutput::Close)], "one new socket a minute");
    service.closed(READER);
    service.on_text(TRADER, br#"{"method":"ping"}"#, start);
    assert_eq!(service.take_outputs().count(), 1);
}
