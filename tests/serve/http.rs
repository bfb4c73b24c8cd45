//! Requests whole, in pieces, several at once, and what is none.

use crate::kit::{Http, bind, request, serve, serve_with};
use evenkeel::venue::api::{BODY_MAX, BindError, HEAD_MAX, RateLimits};
use std::net::{Shutdown, SocketAddr};

const STATUS: &str = r#"{"type":"exchangeStatus"}"#;

#[test]
fn malformed_requests_are_refused_and_cost_the_connection() {
    let served = serve();
    let long = format!("POST /info HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(HEAD_MAX));
    let many = format!("POST /info HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
    let big = format!("POST /info HTTP/1.1\r\nContent-Length: {}\r\n\r\n", BODY_MAX + 1);
    let upgrade = |version: &str, key: &str| {
        format!(
            "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: {version}\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
    };
    let rows = [
        ("garbage", "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), 400),
        ("TLS", "\u{16}\u{3}\u{1}".to_owned(), 400),
        ("no such path", "POST /nothing HTTP/1.1\r\n\r\n".to_owned(), 404),
        ("a page", "GET / HTTP/1.1\r\n\r\n".to_owned(), 404),
        ("a read that is got", "GET /info HTTP/1.1\r\n\r\n".to_owned(), 405),
        ("a socket that is posted", "POST /ws HTTP/1.1\r\n\r\n".to_owned(), 405),
        ("chunks", "POST /info HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), 411),
        ("an odd length", "POST /info HTTP/1.1\r\nContent-Length: x\r\n\r\n".to_owned(), 400),
        ("too long a body", big, 413),
        ("too long a head", long, 431),
        ("too many fields", many, 431),
        ("no upgrade", "GET /ws HTTP/1.1\r\n\r\n".to_owned(), 426),
        ("an upgrade of old", upgrade("8", "dGhlIHNhbXBsZSBub25jZQ=="), 426),
        ("an upgrade with a bad key", upgrade("13", "abc"), 400),
    ];
    for (what, text, status) in rows {
        let mut http = Http::open(served.addr);
        http.send(text.as_bytes());
        let answer = http.answer().unwrap_or_else(|| panic!("{what}: no answer"));
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert!(!answer.body.is_empty() && answer.head.contains("Connection: close"), "{what}");
        assert!(http.answer().is_none(), "{what}: closed afterwards");
    }
    let mut http = Http::open(served.addr);
    assert_eq!(http.post("/info", STATUS).status, 200, "the server lives");
}

#[test]
fn bodies_that_ask_nothing_are_422_and_keep_the_connection() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let near = format!("{{\"type\":\"{}\"}}", "x".repeat(BODY_MAX - 20));
    let rows = ["", "{", "[]", "7", r#"{"type":"weather"}"#, r#"{"user":"0x1"}"#, &near];
    for path in ["/info", "/exchange"] {
        for body in rows {
            let answer = http.post(path, body);
            assert_eq!(answer.status, 422, "{path} {:.40}", body);
            assert!(answer.body.starts_with("Failed to deserialize the JSON body"), "{answer:?}");
            assert!(answer.head.contains("Content-Type: text/plain"), "{answer:?}");
        }
    }
    let answer = http.post("/info", STATUS);
    assert!(answer.head.contains("Content-Type: application/json\r\n"), "{answer:?}");
}

#[test]
fn requests_arrive_in_any_pieces() {
    let served = serve();
    let whole = request("/info", STATUS);
    let mut http = Http::open(served.addr);
    http.stream.set_nodelay(true).expect("an option");
    for byte in whole.as_bytes() {
        http.send(&[*byte]);
    }
    assert_eq!(http.answer().expect("an answer").status, 200, "byte by byte");
    let both = whole.repeat(3);
    let (one, other) = both.split_at(whole.len() + 10);
    http.send(one.as_bytes());
    assert_eq!(http.answer().expect("an answer").status, 200, "the first of three");
    http.send(other.as_bytes());
    for _ in 0..2 {
        assert_eq!(http.answer().expect("an answer").status, 200, "the others");
    }
}

#[test]
fn many_at_once_are_answered_in_order() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let table = |id: u32| request("/info", &format!("{{\"type\":\"marginTable\",\"id\":{id}}}"));
    let all: String = (1..=40).map(table).collect();
    http.send(all.as_bytes());
    for id in 1..=40 {
        let tiers = http.answer().expect("an answer").json();
        assert_eq!(tiers["marginTiers"][0]["maxLeverage"], id);
    }
}

#[test]
fn a_client_that_asks_first_may_send_its_body() {
    let served = serve();
    let mut http = Http::open(served.addr);
    let head = format!(
        "POST /info HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        STATUS.len()
    );
    http.send(head.as_bytes());
    assert_eq!(http.answer().expect("leave").status, 100);
    http.send(STATUS.as_bytes());
    assert_eq!(http.answer().expect("an answer").status, 200);
}

#[test]
fn connections_end_as_asked() {
    let served = serve();
    let mut http = Http::open(served.addr);
    http.send(b"POST /info HTTP/1.1\r\nConnection: close\r\nContent-Length: 25\r\n\r\n");
    http.send(STATUS.as_bytes());
    assert_eq!(http.answer().expect("an answer").status, 200);
    assert!(http.answer().is_none(), "closed when asked to");
    let mut http = Http::open(served.addr);
    http.send(request("/info", STATUS).as_bytes());
    http.stream.shutdown(Shutdown::Write).expect("half a close");
    assert_eq!(http.answer().expect("an answer").status, 200, "half closed, still answered");
    assert!(http.answer().is_none());
    let mut http = Http::open(served.addr);
    http.send(b"POST /info HTTP/1.1\r\nContent-Le");
    http.stream.shutdown(Shutdown::Write).expect("half a close");
    assert!(http.answer().is_none(), "half a request is none");
}

#[test]
fn budgets_are_429() {
    let served = serve_with(RateLimits { weight: 41, ..RateLimits::VENUE });
    let mut http = Http::open(served.addr);
    let statuses = [0; 3].map(|_| http.post("/info", r#"{"type":"meta"}"#).status);
    assert_eq!(statuses, [200, 200, 429]);
}

#[test]
fn only_this_machine_and_only_one_server_a_port() {
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = bind(everywhere, RateLimits::NONE, false).err().expect("not without a flag");
    assert!(matches!(refused, BindError::Remote(_)));
    assert!(refused.to_string().contains("127.0.0.1"), "{refused}");
    assert!(bind(everywhere, RateLimits::NONE, true).is_ok(), "with the flag");
    let served = serve();
    let taken = bind(served.addr, RateLimits::NONE, false).err().expect("the port is taken");
    assert!(taken.to_string().contains("is in use"), "{taken}");
}
