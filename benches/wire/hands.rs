//! The clients: each on a thread of its own, which sleeps while it is another's turn.

use super::BLOCK;
use crate::arm::contract::Arm;
use crate::arm::conventional::{Trader, next};
use crate::arm::engine::{EngineArm, Way};
use crate::arm::market::bbos;
use crate::kit::alloc;
use evenkeel::host::ring::PoolOut;
use evenkeel::host::socket::{Read, Sent, Socket};
use evenkeel::num::Nanos;
use evenkeel::session::live::message::Outbound;
use futures_util::SinkExt;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use tokio_tungstenite::tungstenite::Message;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Utf8Bytes, WebSocket};

/// Bytes of a message at most.
const ROOM: usize = 16 << 10;
/// What `host::socket` gives tungstenite to read into.
const READ_BUFFER: usize = 16 << 10;
/// How long a handshake may take.
const PATIENCE: Nanos = Nanos::from_secs(5);
/// Looks between two of which the core is lent to others, where there are few.
const LOOKS: u32 = 16;

/// The ways that are compared, in this order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// The engine, market and orders on connections of their own.
    Two,
    /// The engine, both on one connection: the sender writes where the hot thread reads.
    One,
    /// No engine: a request made before is sent for every message.
    Echo,
    /// The conventional stack.
    Conventional,
}

/// What a client tells the venue while it works.
#[derive(Default)]
pub struct Desk {
    /// Messages it has had, and the one it is ready for.
    pub ready: AtomicU64,
    /// The venue's time the next one must carry.
    pub now_ms: AtomicU64,
    /// Allocations so far, from the message in memory to the request handed on.
    pub asked: AtomicU64,
}

/// What of a client works on the venue's thread: the sender.
pub struct Hand {
    sent: PoolOut<Outbound>,
    pen: Pen,
}

/// What a sender writes with.
enum Pen {
    Own(Box<Socket>),
    Shared(Box<WebSocket<TcpStream>>),
}

/// Waits for others without keeping the core from them.
pub struct Patience {
    scarce: bool,
    looks: u32,
}

impl Patience {
    /// For `threads` that spin.
    pub fn of(threads: usize) -> Patience {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Patience { scarce: cores <= threads, looks: 0 }
    }

    /// Once more.
    pub fn pause(&mut self) {
        self.looks = self.looks.wrapping_add(1);
        if self.scarce && self.looks.is_multiple_of(LOOKS) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

impl Desk {
    fn ready(&self, for_message: u64, now_ms: u64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
        self.ready.store(for_message, Ordering::Release);
    }

    /// A block of messages, each dealt with by `work`, which says what it allocated.
    fn block(&self, seen: &mut u64, mut work: impl FnMut() -> (u64, u64), now_ms: u64) {
        self.ready(*seen + 1, now_ms);
        for at in 0..BLOCK {
            let (asked, now_ms) = work();
            self.asked.fetch_add(asked, Ordering::Relaxed);
            *seen += 1;
            if at + 1 < BLOCK {
                self.ready(*seen + 1, now_ms);
            }
        }
    }
}

impl Hand {
    /// Sends the request that the engine hands on, as soon as it does.
    pub fn pass(&mut self, patience: &mut Patience) {
        let outbound = loop {
            if let Some(outbound) = self.sent.receive() {
                break outbound;
            }
            patience.pause();
        };
        let text = std::str::from_utf8(outbound.frame()).expect("ASCII");
        match &mut self.pen {
            Pen::Own(socket) => assert_eq!(socket.send_text(text), Sent::Whole, "it fits"),
            Pen::Shared(web) => {
                web.send(tungstenite::Message::Text(Utf8Bytes::from(text))).expect("it fits");
            }
        }
        self.sent.give_back(outbound);
    }
}

/// What the hot thread reads from.
enum Eye {
    Own(Box<Socket>),
    Shared(Box<WebSocket<TcpStream>>),
}

impl Eye {
    /// The next message, in `into`.
    fn wait(&mut self, into: &mut [u8], patience: &mut Patience) -> usize {
        loop {
            let seen = match self {
                Eye::Own(socket) => match socket.read(into) {
                    Read::Frame(len) => Some(len),
                    Read::Idle | Read::Alive => None,
                    Read::Closed(why) => panic!("closed: {why}"),
                },
                Eye::Shared(web) => match web.read() {
                    Ok(tungstenite::Message::Text(text)) => {
                        into[..text.len()].copy_from_slice(text.as_bytes());
                        Some(text.len())
                    }
                    Ok(_) => None,
                    Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => None,
                    Err(error) => panic!("closed: {error}"),
                },
            };
            match seen {
                Some(len) => return len,
                None => patience.pause(),
            }
        }
    }
}

/// Connects, and hands the sender's half over.
fn connect(way: Manner, at: SocketAddr, sent: PoolOut<Outbound>, hand: &Sender<Hand>) -> Eye {
    let url = format!("ws://{at}/ws");
    let own = || Box::new(Socket::connect(&url, PATIENCE).expect("the venue listens"));
    let (eye, pen) = match way {
        Manner::One => {
            let stream = TcpStream::connect(at).expect("the venue listens");
            stream.set_nodelay(true).expect("a socket");
            let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
            let config = Some(config.write_buffer_size(0));
            let shaken = tungstenite::client::client_with_config(&url, stream, config);
            let (web, _) = shaken.expect("a handshake");
            let other = web.get_ref().try_clone().expect("a handle");
            other.set_nonblocking(true).expect("a socket");
            let pen = WebSocket::from_raw_socket(other, Role::Client, config);
            (Eye::Shared(Box::new(web)), Pen::Shared(Box::new(pen)))
        }
        Manner::Two | Manner::Echo | Manner::Conventional => (Eye::Own(own()), Pen::Own(own())),
    };
    hand.send(Hand { sent, pen }).expect("the venue waits for it");
    eye
}

/// The engine's hot thread.
pub fn engine(way: Manner, at: SocketAddr, desk: Arc<Desk>, hand: Sender<Hand>, go: Receiver<()>) {
    let mut arm = EngineArm::new(Way::Fast, 1);
    arm.prepare();
    let mut first = bbos(1);
    arm.work(first[0].at(arm.now_ms()));
    arm.settle(true);
    let mut eye = connect(way, at, arm.release(), &hand);
    let (mut bytes, mut seen, mut patience) = (vec![0; ROOM], 0, Patience::of(2));
    while go.recv().is_ok() {
        arm.prepare();
        let now_ms = arm.now_ms();
        let work = || {
            let len = eye.wait(&mut bytes, &mut patience);
            let before = alloc::asked();
            match way {
                Manner::Echo => arm.echo(),
                Manner::Two | Manner::One | Manner::Conventional => arm.work(&bytes[..len]),
            }
            let asked = alloc::asked() - before;
            if way != Manner::Echo {
                arm.accept();
                arm.clear();
            }
            (asked, arm.now_ms())
        };
        desk.block(&mut seen, work, now_ms);
    }
}

/// The conventional client: one thread, one runtime, one connection.
pub fn conventional(
    wants: [(i64, i64); 2],
    at: SocketAddr,
    desk: Arc<Desk>,
    ready: Sender<()>,
    go: Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.expect("a runtime");
    let (mut trader, mut seen) = (Trader::new(), 0);
    trader.want(wants);
    let mut socket = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(at).await.expect("the venue listens");
        stream.set_nodelay(true).expect("a socket");
        let url = format!("ws://{at}/ws");
        tokio_tungstenite::client_async(url, stream).await.expect("a handshake").0
    });
    ready.send(()).expect("the venue waits for it");
    while go.recv().is_ok() {
        let now_ms = trader.now_ms();
        let work = || {
            let asked = runtime.block_on(async {
                let Message::Text(text) = next(&mut socket).await else { panic!("a text") };
                let before = alloc::asked();
                let request = trader.trade(&text);
                socket.send(Message::text(request)).await.expect("the venue reads");
                alloc::asked() - before
            });
            trader.pass();
            (asked, trader.now_ms())
        };
        desk.block(&mut seen, work, now_ms);
    }
}
