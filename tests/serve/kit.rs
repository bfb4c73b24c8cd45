//! A served exchange with a still market, and clients of it.

use evenkeel::host::Clock;
use evenkeel::market::{Level, Spec};
use evenkeel::num::{Offset, Px, Side, Usd, WallMs};
use evenkeel::venue::ActionWire;
use evenkeel::venue::api::{
    BindError, PushIntervals, RateLimits, Server, ServerConfig, ServiceConfig,
};
use evenkeel::venue::{ExchangeConfig, MarketConfig, MarketEvent, MarketEventKind};
use evenkeel::wire::nonce::Unprepared;
use evenkeel::wire::sign::hash::{action_hash, agent_digest};
use evenkeel::wire::{Signature, Signer, Source};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// How long a test waits for an answer before it fails.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Levels a side of every book, and dollars at each.
const LEVELS: i64 = 20;
const LEVEL_WORTH: Usd = Usd::from_e8(50_000 * 100_000_000);

static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::start);
static NONCE: AtomicU64 = AtomicU64::new(0);

/// A server on a thread of its own; it stops when this is dropped.
pub struct Served {
    pub addr: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Server>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

impl Served {
    /// Stops the server and gives it back.
    pub fn stop(mut self) -> Server {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("it runs").join().expect("the server did not panic")
    }
}

/// Serves with the venue's limits switched off and pushes every 50 ms.
pub fn serve() -> Served {
    serve_with(RateLimits::NONE)
}

/// Serves with these limits.
pub fn serve_with(limits: RateLimits) -> Served {
    let addr = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut server = bind(addr, limits, false).expect("a free port");
    let (addr, stop) = (server.local_addr(), Arc::new(AtomicBool::new(false)));
    let flag = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        server.run(|| flag.load(Ordering::Relaxed)).expect("it serves");
        server
    });
    Served { addr, stop, thread: Some(thread) }
}

/// Binds without serving.
pub fn bind(addr: SocketAddr, limits: RateLimits, allow_remote: bool) -> Result<Server, BindError> {
    let (service, clock) = (service_config(limits, CLOCK.wall()), CLOCK.clone());
    Server::bind(addr, ServerConfig { service, clock, allow_remote })
}

/// A still market that pushes every 50 ms.
pub fn service_config(rate_limits: RateLimits, start: WallMs) -> ServiceConfig {
    let mut exchange = ExchangeConfig::venue(evenkeel::venue::Catalogue::February2026, 7, start);
    exchange.rules.schedule_volume = Usd::ZERO;
    let markets = exchange.markets.clone();
    let flow_source = Box::new(move |at, flows: &mut Vec<MarketEvent>| {
        flows.extend(markets.iter().map(|market| MarketEvent {
            at,
            asset: market.spec.asset,
            what: still(market),
        }));
    });
    let push_intervals = PushIntervals { fast_ms: 50, slow_ms: 50, context_ms: 50, change_ms: 50 };
    ServiceConfig { exchange, flow_source, network: None, rate_limits, push_intervals }
}

/// A book that never moves: the mark in the middle, one price step between levels.
fn still(market: &MarketConfig) -> MarketEventKind {
    let spec = &market.spec;
    let side =
        |side: Side| (1..=LEVELS).map(|steps| level(spec, market.mark, side, steps)).collect();
    MarketEventKind::Quotes { bids: side(Side::Bid), asks: side(Side::Ask) }
}

fn level(spec: &Spec, mark: Px, side: Side, steps: i64) -> Level {
    let px = mark - Offset::from_e8(side.sign() * steps * spec.tick_e8(mark));
    Level { px, qty: spec.qty_worth(LEVEL_WORTH, px), count: 1 }
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }
}

/// A connection that speaks HTTP.
pub struct Http {
    pub stream: TcpStream,
    held: Vec<u8>,
}

impl Http {
    pub fn open(addr: SocketAddr) -> Http {
        let stream = TcpStream::connect(addr).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Http { stream, held: Vec::new() }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server takes it");
    }

    /// The next answer; none when the server closed the connection.
    pub fn answer(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = self.held.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.held[..end]).into_owned();
        let lower = head.to_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |text| text.parse().expect("a length"));
        while self.held.len() < end + length {
            self.more()?;
        }
        let body = String::from_utf8_lossy(&self.held[end..end + length]).into_owned();
        self.held.drain(..end + length);
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        Some(Answer { status: status.expect("a status line"), head, body })
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Vec<u8> {
        while self.held.len() < len {
            self.more().expect("more bytes");
        }
        self.held.drain(..len).collect()
    }

    fn more(&mut self) -> Option<()> {
        let mut chunk = [0; 4096];
        let len = match self.stream.read(&mut chunk) {
            Ok(len) => len,
            Err(wrong) if wrong.kind() == std::io::ErrorKind::ConnectionReset => 0,
            Err(wrong) => panic!("no answer: {wrong}"),
        };
        self.held.extend_from_slice(&chunk[..len]);
        (len != 0).then_some(())
    }

    pub fn post(&mut self, path: &str, body: &str) -> Answer {
        self.send(request(path, body).as_bytes());
        self.answer().expect("an answer")
    }

    pub fn info(&mut self, body: &Value) -> Value {
        let answer = self.post("/info", &body.to_string());
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        answer.json()
    }
}

/// A whole request.
pub fn request(path: &str, body: &str) -> String {
    let len = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len}\r\n\r\n{body}"
    )
}

/// A connection that speaks WebSocket.
pub struct Socket(pub WebSocket<TcpStream>);

impl Socket {
    pub fn open(addr: SocketAddr) -> Socket {
        let stream = Http::open(addr).stream;
        let (socket, _) =
            tungstenite::client(format!("ws://{addr}/ws"), stream).expect("an upgrade");
        Socket(socket)
    }

    pub fn say(&mut self, message: &Value) {
        self.text(&message.to_string());
    }

    pub fn text(&mut self, text: &str) {
        self.0.send(Message::text(text)).expect("the server takes it");
    }

    pub fn subscribe(&mut self, subscription: Value) {
        self.say(&json!({"method": "subscribe", "subscription": subscription}));
    }

    /// The next frame; none when the connection was closed.
    pub fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.read() {
                Ok(Message::Text(text)) => {
                    return Some(serde_json::from_str(&text).expect("frames are JSON"));
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(wrong))
                    if wrong.kind() == std::io::ErrorKind::WouldBlock =>
                {
                    panic!("no frame in time");
                }
                Err(_) => return None,
            }
        }
    }

    /// The next frame of a channel.
    pub fn on(&mut self, channel: &str) -> Value {
        loop {
            let frame = self.next().unwrap_or_else(|| panic!("closed before {channel}"));
            if frame["channel"] == channel {
                return frame["data"].clone();
            }
        }
    }

    pub fn is_closed(&mut self) -> bool {
        while let Some(frame) = self.next() {
            assert_ne!(frame["channel"], "error", "closed without a word, not {frame}");
        }
        true
    }
}

/// An account with a key.
pub struct Trader {
    pub signer: Signer,
    pub user: String,
}

impl Trader {
    /// Trader number `key`, whose account is not open yet.
    pub fn new(key: u8) -> Trader {
        let signer = Signer::new(&[key; 32], Source::Testnet).expect("a key");
        let user = signer.address().to_string();
        Trader { signer, user }
    }

    /// A trader whose account is open.
    pub fn known(key: u8, http: &mut Http) -> Trader {
        let trader = Trader::new(key);
        http.info(&json!({"type": "clearinghouseState", "user": trader.user}));
        trader
    }

    /// A signed envelope with a fresh nonce.
    pub fn sign(&mut self, action: Value) -> Value {
        self.sign_for(Source::Testnet, action)
    }

    pub fn sign_for(&mut self, source: Source, action: Value) -> Value {
        let typed: ActionWire = serde_json::from_value(action.clone()).expect("an action");
        let nonce = nonce();
        let hash = action_hash(&typed.msgpack(), nonce, None, None);
        let signature = self.signer.sign(&agent_digest(source, &hash), &mut Unprepared);
        json!({"action": action, "nonce": nonce, "signature": spelled(&signature), "vaultAddress": null})
    }

    /// Sends a signed action and gives the answer.
    pub fn act(&mut self, http: &mut Http, action: Value) -> Value {
        let envelope = self.sign(action).to_string();
        let answer = http.post("/exchange", &envelope);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}

/// A nonce that no other call gives, near the present.
pub fn nonce() -> u64 {
    let now = CLOCK.wall().ms();
    NONCE.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(now.max(last + 1))).ok();
    NONCE.fetch_add(1, Ordering::Relaxed)
}

pub fn spelled(signature: &Signature) -> Value {
    let hex = |word: &[u8; 32]| format!("0x{}", word.map(|byte| format!("{byte:02x}")).concat());
    json!({"r": hex(&signature.r), "s": hex(&signature.s), "v": signature.v})
}

/// One order of BTC (asset 0).
pub fn order(is_buy: bool, px: &str, qty: &str, tif: &str) -> Value {
    json!({
        "type": "order",
        "orders": [{"a": 0, "b": is_buy, "p": px, "s": qty, "r": false, "t": {"limit": {"tif": tif}}}],
        "grouping": "na",
    })
}
