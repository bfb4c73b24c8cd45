use super::*;
use proptest::prelude::*;

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

fn head(text: &str) -> RequestHead {
    read_head(text.as_bytes()).expect("a readable head").expect("a whole head")
}

fn refusal(text: &str) -> u16 {
    match read_head(text.as_bytes()) {
        Err(refusal) => refusal.status,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn heads_are_routed() {
    let rows = [
        // what, head, route, body, keeps
        (
            "info",
            "POST /info HTTP/1.1\r\ncontent-length: 3\r\n\r\n",
            Route::Request(RestPath::Info),
            3,
            true,
        ),
        ("query", "POST /info?x=1 HTTP/1.1\r\n\r\n", Route::Request(RestPath::Info), 0, true),
        (
            "closing",
            "POST /exchange HTTP/1.1\r\nConnection: Close\r\n\r\n",
            Route::Request(RestPath::Exchange),
            0,
            false,
        ),
        ("old", "POST /exchange HTTP/1.0\r\n\r\n", Route::Request(RestPath::Exchange), 0, false),
        (
            "old kept",
            "POST /info HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            Route::Request(RestPath::Info),
            0,
            true,
        ),
        (
            "socket",
            "GET /ws HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            Route::Socket(KEY.to_owned()),
            0,
            true,
        ),
    ];
    for (what, text, route, body_len, keep_alive) in rows {
        let got = head(text);
        assert_eq!(
            (got.route, got.body_len, got.keep_alive),
            (route, body_len, keep_alive),
            "{what}"
        );
        assert_eq!(got.head_len, text.len(), "{what}");
        for cut in 0..text.len() {
            assert_eq!(read_head(&text.as_bytes()[..cut]), Ok(None), "{what} cut at {cut}");
        }
    }
}

#[test]
fn what_is_not_a_request_is_refused() {
    let many = format!("POST /info HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(65));
    let long = format!("POST /info HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(HEAD_MAX));
    let endless = format!("POST /{}", "b".repeat(HEAD_MAX));
    let rows = [
        ("garbage", "\u{1}\u{2}\r\n\r\n", 400),
        ("a lone word", "POST\r\n\r\n", 400),
        ("unknown path", "POST /nothing HTTP/1.1\r\n\r\n", 404),
        ("reads are posted", "GET /info HTTP/1.1\r\n\r\n", 405),
        ("the socket is got", "POST /ws HTTP/1.1\r\n\r\n", 405),
        ("chunked", "POST /info HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        ("length in words", "POST /info HTTP/1.1\r\nContent-Length: ten\r\n\r\n", 400),
        ("negative length", "POST /info HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (
            "two lengths",
            "POST /info HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            400,
        ),
        ("too long a body", "POST /info HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (
            "beyond 64 bits",
            "POST /info HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
            400,
        ),
        ("too many fields", &many, 431),
        ("too long a head", &long, 431),
        ("a head without end", &endless, 431),
        ("no upgrade", "GET /ws HTTP/1.1\r\n\r\n", 426),
        (
            "old version",
            "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            426,
        ),
        (
            "short key",
            "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abc\r\n\r\n",
            400,
        ),
    ];
    for (what, text, status) in rows {
        assert_eq!(refusal(text), status, "{what}");
    }
}

#[test]
fn the_handshake_of_the_standard() {
    let mut out = Vec::new();
    put_switch(&mut out, KEY);
    let text = String::from_utf8(out).expect("ASCII");
    assert!(text.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{text}");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_head(&bytes);
    }
}
