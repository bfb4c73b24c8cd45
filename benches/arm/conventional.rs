//! What a good programmer writes with the usual crates: a tokio runtime of one thread,
//! tokio-tungstenite, serde_json into owned types as in the venue's own SDK, floats, rmp-serde, sha3,
//! k256 with RFC 6979.

use super::contract::{Arm, SECRET};
use super::feed;
use super::market::{COIN, EPOCH_MS};
use super::verify;
use evenkeel::host::Clock;
use evenkeel::market::Address;
use evenkeel::wire::sign::address_of;
use futures_util::{Stream, StreamExt};
use k256::ecdsa::SigningKey;
use serde::Serialize;
use sha3::{Digest, Keccak256};
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// The asset's number in actions.
const ASSET: u32 = 159;
/// How long a request may take to arrive.
const EXPIRES_MS: u64 = 3_000;
/// A short text frame without mask, as a server sends it.
const TEXT_FRAME: u8 = 0x81;
/// The length that says that two bytes of length follow.
const LENGTH_FOLLOWS: u8 = 126;

#[derive(Serialize)]
struct ActionData {
    r#type: &'static str,
    orders: Vec<OrderData>,
    grouping: &'static str,
}

#[derive(Serialize)]
struct OrderData {
    a: u32,
    b: bool,
    p: String,
    s: String,
    r: bool,
    t: KindData,
    c: String,
}

#[derive(Serialize)]
struct KindData {
    limit: LimitData,
}

#[derive(Serialize)]
struct LimitData {
    tif: &'static str,
}

#[derive(Serialize)]
struct Post<'a> {
    method: &'static str,
    id: u64,
    request: PostRequest<'a>,
}

#[derive(Serialize)]
struct PostRequest<'a> {
    r#type: &'static str,
    payload: Payload<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    action: &'a ActionData,
    nonce: u64,
    signature: SignatureData,
    vault_address: Option<String>,
    expires_after: u64,
}

#[derive(Serialize)]
struct SignatureData {
    r: String,
    s: String,
    v: u8,
}

/// A wire that is memory: what is put in comes out as if it had been received.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<u8>>>);

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut waiting = self.0.lock().expect("nobody panics");
        if waiting.is_empty() {
            return Poll::Pending;
        }
        let count = waiting.len().min(buffer.remaining());
        buffer.put_slice(&waiting[..count]);
        waiting.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The conventional stack.
pub struct ConventionalArm {
    runtime: Runtime,
    socket: WebSocketStream<Wire>,
    wire: Wire,
    trader: Trader,
    requests: mpsc::UnboundedSender<String>,
    sent: mpsc::UnboundedReceiver<String>,
    signer: Address,
    /// Whether its time begins with the message, after the framing.
    payload: bool,
}

/// What turns a message into a request.
pub struct Trader {
    key: SigningKey,
    /// What to place: the distance from the best price and the size, by side, in units.
    wants: [(f64, f64); 2],
    now_ms: u64,
    made: u64,
    named: u128,
    /// Hashes of the domain, of the type and of the source letter.
    constants: [[u8; 32]; 3],
}

/// Those hashes (PROTOCOL 4.1).
const CONSTANTS: [&str; 3] = [
    "d79297fcdf2ffcd4ae223d01edaa2ba214ff8f401d7c9300d995d17c82aa4040",
    "26f05c2f7239b6983075e58321292d77b3aa173d19b27257ac96ab362570f508",
    "b5553de315e0edf504d9150af82dafa5c4667fa618ed0a6f19c69b41166c5510",
];

impl ConventionalArm {
    /// One whose time begins with the frame in memory, or with `payload` the message in it.
    pub fn new(payload: bool) -> ConventionalArm {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let wire = Wire::default();
        let stream = WebSocketStream::from_raw_socket(wire.clone(), Role::Client, None);
        let socket = runtime.block_on(stream);
        let (requests, sent) = mpsc::unbounded_channel();
        let signer = address_of(&SECRET).expect("a key");
        ConventionalArm {
            runtime,
            socket,
            wire,
            trader: Trader::new(),
            requests,
            sent,
            signer,
            payload,
        }
    }

    /// What to place, as the engine did.
    pub fn want(&mut self, wants: [(i64, i64); 2]) {
        self.trader.want(wants);
    }
}

impl Trader {
    /// One that wants nothing yet.
    pub fn new() -> Trader {
        let key = SigningKey::from_slice(&SECRET).expect("a key");
        let wants = [(0.0, 0.0); 2];
        let constants = CONSTANTS.map(hex);
        Trader { key, wants, now_ms: EPOCH_MS, made: 0, named: 1 << 100, constants }
    }

    /// What to place: price less the best price, and size, by side.
    pub fn want(&mut self, wants: [(i64, i64); 2]) {
        self.wants = wants.map(|(off, qty)| (off as f64 / 1e8, qty as f64 / 1e8));
    }

    /// The venue's time of the next message.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// A millisecond passes.
    pub fn pass(&mut self) {
        self.now_ms += 1;
    }

    /// A message to a request.
    pub fn trade(&mut self, text: &str) -> String {
        let message = feed::read(text);
        assert!(message.coin == COIN && 0 < message.time, "a message of our coin");
        let best = [0, 1].map(|side| message.sides[side][0].0);
        self.request(best)
    }

    fn request(&mut self, best: [f64; 2]) -> String {
        let orders = [0, 1].map(|side| self.order(side, best[side])).into();
        let action = ActionData { r#type: "order", orders, grouping: "na" };
        let (nonce, expires_after) = (self.now_ms, self.now_ms + EXPIRES_MS);
        let mut packed = rmp_serde::to_vec_named(&action).expect("it packs");
        packed.extend(nonce.to_be_bytes());
        packed.extend([0, 0]);
        packed.extend(expires_after.to_be_bytes());
        let signature = self.sign(&Keccak256::digest(&packed).into());
        self.made += 1;
        let payload =
            Payload { action: &action, nonce, signature, vault_address: None, expires_after };
        let request = PostRequest { r#type: "action", payload };
        let post = Post { method: "post", id: self.made, request };
        serde_json::to_string(&post).expect("it is JSON")
    }

    fn order(&mut self, side: usize, best: f64) -> OrderData {
        self.named += 1;
        let (off, qty) = self.wants[side];
        let p = text(best + off);
        let t = KindData { limit: LimitData { tif: "Alo" } };
        OrderData {
            a: ASSET,
            b: side == 0,
            p,
            s: text(qty),
            r: false,
            t,
            c: format!("0x{:032x}", self.named),
        }
    }

    fn sign(&self, connection: &[u8; 32]) -> SignatureData {
        let [domain, agent, source] = &self.constants;
        let message = Keccak256::digest([*agent, *source, *connection].concat());
        let digest = Keccak256::digest([b"\x19\x01", &domain[..], &message[..]].concat());
        let (signature, id) = self.key.sign_prehash_recoverable(&digest);
        let digits = format!("{signature:x}");
        let (r, s) = digits.split_at(digits.len() / 2);
        SignatureData { r: format!("0x{r}"), s: format!("0x{s}"), v: 27 + u8::from(id.is_y_odd()) }
    }
}

impl Arm for ConventionalArm {
    fn prepare(&mut self) {}

    fn now_ms(&self) -> u64 {
        self.trader.now_ms()
    }

    fn tick(&mut self, frame: &[u8], clock: &Clock) -> u64 {
        let mut wire = self.wire.0.lock().expect("nobody panics");
        let length = u16::try_from(frame.len()).expect("a short frame").to_be_bytes();
        match frame.len() {
            0..126 => wire.extend([TEXT_FRAME, length[1]]),
            126.. => wire.extend([TEXT_FRAME, LENGTH_FOLLOWS, length[0], length[1]]),
        }
        wire.extend(frame);
        drop(wire);
        let (socket, trader, requests) = (&mut self.socket, &mut self.trader, &self.requests);
        let payload = self.payload;
        let begun = clock.raw();
        self.runtime.block_on(async {
            let message = next(socket).await;
            let start = if payload { clock.raw() } else { begun };
            let Message::Text(text) = message else { panic!("a text") };
            requests.send(trader.trade(&text)).expect("the other end is there");
            clock.between(start, clock.raw()).ns()
        })
    }

    fn settle(&mut self, check: bool) {
        let request = self.sent.try_recv().expect("one request a tick");
        if check {
            verify::orders(request.as_bytes(), self.signer, verify::ORDERS);
        }
        self.trader.pass();
    }
}

/// The next message of a socket.
pub async fn next(
    socket: &mut (impl Stream<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin),
) -> Message {
    pin!(socket).next().await.expect("a message").expect("a message")
}

/// Five significant figures are enough for every price of these benches.
fn text(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn hex(digits: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).expect("hex"))
}
