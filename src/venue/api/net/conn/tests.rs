use super::*;
use std::io::Write;
use std::net::{TcpListener, TcpStream as Peer};

/// When every connection here is accepted.
const START: WallMs = WallMs::from_ms(1_000_000);
const UPGRADE: &[u8] = b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A client, and its connection at the server.
fn pair() -> (Peer, Conn) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let peer = Peer::connect(listener.local_addr().expect("an address")).expect("it listens");
    let (stream, _) = listener.accept().expect("the peer waits");
    stream.set_nonblocking(true).expect("an option");
    (peer, Conn::new(TcpStream::from_std(stream), START))
}

/// What the server hears of `bytes`; loopback hands them over at once.
fn hear(peer: &mut Peer, conn: &mut Conn, bytes: &[u8], now: WallMs) -> Option<ClientInput> {
    peer.write_all(bytes).expect("the server takes it");
    conn.wake();
    conn.next(now).expect("the connection stands")
}

#[test]
fn a_slow_client_has_ten_seconds_and_a_silent_one_seventy_five() {
    // what, bytes sent, last ms at which it lives
    let rows: [(&str, &[u8], u64); 3] = [
        ("nothing", b"", 74_999),
        ("half a head", b"POST /info HTTP/1.1\r\nConte", 9_999),
        ("half a body", b"POST /info HTTP/1.1\r\nContent-Length: 9\r\n\r\n{", 9_999),
    ];
    for (what, bytes, lives_ms) in rows {
        let (mut peer, mut conn) = pair();
        assert!(hear(&mut peer, &mut conn, bytes, START).is_none(), "{what}");
        assert!(!conn.is_overdue(START.plus_ms(lives_ms)), "{what}");
        assert!(conn.is_overdue(START.plus_ms(lives_ms + 1)), "{what}");
    }
}

#[test]
fn a_byte_now_and_then_buys_no_time() {
    let (mut peer, mut conn) = pair();
    for second in 0..9 {
        let now = START.plus_ms(second * 1_000);
        assert!(hear(&mut peer, &mut conn, b"P", now).is_none());
        assert!(!conn.is_overdue(now));
    }
    assert!(conn.is_overdue(START.plus_ms(10_000)));
}

#[test]
fn a_socket_lives_by_what_the_server_says() {
    let (mut peer, mut conn) = pair();
    assert!(matches!(hear(&mut peer, &mut conn, UPGRADE, START), Some(ClientInput::Opened)));
    let mut conn = conn.upgrade();
    assert_eq!(conn.drain(START), Ok(()));
    assert!(!conn.is_overdue(START.plus_ms(59_999)) && conn.is_overdue(START.plus_ms(60_000)));
    let later = START.plus_ms(50_000);
    assert_eq!(conn.say("{}".into(), later), Ok(()));
    assert_eq!(conn.drain(later), Ok(()));
    assert!(!conn.is_overdue(later.plus_ms(59_999)), "it was spoken to");
    assert!(conn.is_overdue(later.plus_ms(60_000)));
}

#[test]
fn a_client_that_takes_nothing_has_ten_seconds() {
    let (mut peer, mut conn) = pair();
    assert!(matches!(hear(&mut peer, &mut conn, UPGRADE, START), Some(ClientInput::Opened)));
    let mut conn = conn.upgrade();
    let long = "x".repeat(64 * 1024);
    // Loopback takes some megabytes before it takes no more.
    while conn.is_dry() {
        assert_eq!(conn.say(long.as_str().into(), START), Ok(()));
        assert_eq!(conn.drain(START), Ok(()));
    }
    assert!(!conn.is_overdue(START.plus_ms(9_999)) && conn.is_overdue(START.plus_ms(10_000)));
}

#[test]
fn answers_go_to_requests_only() {
    let answer = HttpAnswer::json(&serde_json::json!({}));
    let (mut peer, mut conn) = pair();
    conn.answer(&answer, START);
    assert!(conn.is_dry(), "nobody asked");
    assert_eq!(conn.say("{}".into(), START), Err(ConnClosed), "not a socket");
    let request = b"POST /info HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
    let two = request.repeat(2);
    assert!(
        matches!(hear(&mut peer, &mut conn, &two, START), Some(ClientInput::Request(RestPath::Info, body)) if body == b"{}")
    );
    assert!(matches!(conn.next(START), Ok(None)), "the second waits for the first");
    assert!(!conn.is_ready());
    conn.answer(&answer, START);
    assert!(conn.is_ready());
    assert!(matches!(conn.next(START), Ok(Some(ClientInput::Request(RestPath::Info, _)))));
}
