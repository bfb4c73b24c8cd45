use super::*;
use std::io::Write;
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use tungstenite::protocol::Role;

/// Generous: a test fails by it only when nothing works at all.
const LIMIT: Nanos = Nanos::from_secs(20);

type TestServer = WebSocket<BlockingStream>;

/// A server that accepts one connection and does `script` with it; and a client of it.
fn pair(script: impl FnOnce(TestServer) + Send + 'static) -> (Socket, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let port = listener.local_addr().expect("bound").port();
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        script(tungstenite::accept(stream).expect("a handshake"));
    });
    let url = format!("ws://127.0.0.1:{port}/ws");
    (Socket::connect(&url, LIMIT).expect("connected"), server)
}

/// Reads until something has come, waiting in between.
fn next(socket: &mut Socket, poller: &mut Poller, into: &mut [u8]) -> Read {
    loop {
        match socket.read(into) {
            Read::Idle => poller.wait(LIMIT).expect("waited"),
            found => return found,
        }
    }
}

/// Reads with a poller of its own.
fn first(socket: &mut Socket, into: &mut [u8]) -> Read {
    let mut poller = Poller::new().expect("a handle");
    poller.watch(socket).expect("watched");
    next(socket, &mut poller, into)
}

#[test]
fn messages_go_both_ways_whole_and_in_order() {
    let (mut client, server) = pair(|mut server| {
        for _ in 0..3 {
            let message = server.read().expect("a message");
            server.send(message).expect("echoed");
        }
    });
    let mut poller = Poller::new().expect("a handle");
    poller.watch(&mut client).expect("watched");
    let long = "x".repeat(3 * READ_BUFFER);
    let texts = ["{}", &long, "{\"method\":\"ping\"}"];
    for text in texts {
        assert_eq!(client.send_text(text), Sent::Whole);
    }
    let mut into = vec![0; MESSAGE_MAX];
    for text in texts {
        assert_eq!(next(&mut client, &mut poller, &mut into), Read::Frame(text.len()));
        assert_eq!(&into[..text.len()], text.as_bytes());
    }
    server.join().expect("no panic");
}

#[test]
fn what_the_server_sends_right_after_the_handshake_is_not_lost() {
    let (mut client, server) = pair(|mut server| {
        server.send(Message::text("first")).expect("sent");
        server.flush().expect("flushed");
    });
    let mut into = [0; 8];
    assert_eq!(first(&mut client, &mut into), Read::Frame(5));
    server.join().expect("no panic");
}

#[test]
fn pings_are_answered_and_shown_as_life() {
    let (mut client, server) = pair(|mut server| {
        server.send(Message::Ping("42".into())).expect("sent");
        assert_eq!(server.read().expect("answer"), Message::Pong("42".into()));
        server.close(None).expect("closing");
    });
    let mut poller = Poller::new().expect("a handle");
    poller.watch(&mut client).expect("watched");
    let mut into = [0; 8];
    assert_eq!(next(&mut client, &mut poller, &mut into), Read::Alive);
    let end = next(&mut client, &mut poller, &mut into);
    assert_eq!(end, Read::Closed(Closed::Peer));
    server.join().expect("no panic");
}

#[test]
fn every_way_to_end_has_its_name() {
    let raw = |bytes: &'static [u8]| {
        move |mut server: TestServer| {
            server.get_mut().write_all(bytes).expect("written");
            server.get_mut().flush().expect("flushed");
        }
    };
    let closing: Box<dyn FnOnce(TestServer) + Send> = Box::new(|mut server: TestServer| {
        server.close(None).expect("closing");
        server.flush().expect("flushed");
    });
    let long = |mut server: TestServer| {
        server.send(Message::text("longer than the buffer")).expect("sent");
    };
    let broken = Closed::Broken(ErrorKind::ConnectionReset);
    let rows = [
        ("in good order", closing, Closed::Peer),
        ("end of stream", Box::new(drop), broken),
        ("end inside a frame", Box::new(raw(b"\x81\x05ab")), broken),
        ("a masked frame of a server", Box::new(raw(b"\x81\x81\0\0\0\0a")), Closed::Protocol),
        ("an unknown opcode", Box::new(raw(b"\x83\x01a")), Closed::Protocol),
        ("text that is not UTF-8", Box::new(raw(b"\x81\x01\xff")), Closed::Protocol),
        ("16 MiB announced", Box::new(raw(b"\x81\x7f\0\0\0\0\x01\0\0\0")), Closed::TooLarge),
        ("more than the caller's buffer", Box::new(long), Closed::TooLarge),
    ];
    for (what, script, want) in rows {
        let (mut client, server) = pair(script);
        assert_eq!(first(&mut client, &mut [0; 16]), Read::Closed(want), "{what}");
        server.join().expect("no panic");
    }
}

#[test]
fn a_peer_that_does_not_read_is_given_up() {
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let (mut client, server) = pair(move |_unread| {
        // Holds the connection open until the client is done.
        let _ = wait.recv();
    });
    let text = "x".repeat(WRITE_BACKLOG_MAX / 4);
    let mut partly = 0;
    let end = loop {
        match client.send_text(&text) {
            Sent::Whole => {}
            Sent::Partly => partly += 1,
            Sent::Closed(why) => break why,
        }
    };
    assert_eq!((end, 0 < partly), (Closed::Backlog, true));
    drop(done);
    server.join().expect("no panic");
}

#[test]
fn a_bell_ends_a_wait_before_and_during_it() {
    let mut poller = Poller::new().expect("a handle");
    let waker = poller.waker();
    waker.ring();
    poller.wait(LIMIT).expect("woken");
    let ringer = thread::spawn(move || waker.ring());
    poller.wait(LIMIT).expect("woken");
    ringer.join().expect("no panic");
}

#[test]
fn a_connection_that_does_not_come_about_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let port = listener.local_addr().expect("bound").port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").expect("written");
        // The listener closes here: later attempts are refused.
    });
    let url = format!("ws://127.0.0.1:{port}/");
    let fail = |url: &str| Socket::connect(url, LIMIT).expect_err("no server").to_string();
    let handshake = fail(&url);
    assert!(handshake.starts_with(&format!("{url}: connected, but")), "{handshake}");
    server.join().expect("no panic");
    let refused = fail(&url);
    assert!(refused.starts_with(&format!("{url}: cannot connect: ")), "{refused}");
    for url in ["http://127.0.0.1/", "wss://127.0.0.1/", "127.0.0.1", "ws://", "ws://:80/"] {
        let error = fail(url);
        assert!(error.contains("ws://host[:port]") || error.contains("cannot connect"), "{error}");
    }
}

/// The other role, so that a frame of a client is checked by the same library on both ends.
#[test]
fn a_client_masks_what_it_sends() {
    let (mut client, server) = pair(|server| {
        let stream = server.into_inner();
        let mut strict = WebSocket::from_raw_socket(stream, Role::Server, None);
        assert_eq!(strict.read().expect("masked"), Message::text("order"));
    });
    assert_eq!(client.send_text("order"), Sent::Whole);
    server.join().expect("no panic");
}
