//! From the moment the venue sends a message to the moment it has read the whole order, over
//! loopback. The venue and the engine's sender share a thread, since three that spin are too many for
//! two cores; so the venue reads an order only after the sender's system call. All clients take turns.

mod hands;
mod hot;
pub mod idle;
mod venue;
pub mod way;

use crate::arm::contract::{Arm, SECRET};
use crate::arm::engine::{EngineArm, Way};
use crate::arm::market::{Message, bbos, books};
use crate::arm::verify;
use crate::kit::report::{self, Samples};
use evenkeel::host::Clock;
use evenkeel::host::pin::{Core, Cores};
use evenkeel::wire::sign::address_of;
use hands::{Desk, Hand, Manner, Patience};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use venue::{Line, framed};

/// Ticks a client, unless the command line says otherwise.
const TICKS: usize = 200_000;
/// Ticks a client has in a row: fewer than there are prepared nonces.
const BLOCK: usize = 200;
/// Blocks that are not counted.
const WARM: usize = 2;
/// Different frames of a kind.
const FRAMES: usize = 256;
/// One request in so many is verified; of the blocks that do not count, every one.
const CHECK_EVERY: usize = 97;
/// Between two messages, once the client has dealt with the last, in nanoseconds.
const GAP_NS: u64 = 30_000;
/// The clients and their names.
const WAYS: [(&str, Manner); 4] = [
    ("engine", Manner::Two),
    ("engine_shared_socket", Manner::One),
    ("conventional", Manner::Conventional),
    ("wire", Manner::Echo),
];

/// A client as the venue sees it.
struct Client {
    way: Manner,
    market: Line,
    /// Where orders come in, if not on the market's connection.
    orders: Option<Line>,
    hand: Option<Hand>,
    desk: Arc<Desk>,
    go: Sender<()>,
    thread: JoinHandle<()>,
    sent: u64,
}

impl Client {
    fn start(way: Manner, listener: &TcpListener, core: Option<Core>, wants: Wants) -> Client {
        let at = listener.local_addr().expect("it listens");
        let (desk, (go, going)) = (Arc::new(Desk::default()), channel());
        let theirs = Arc::clone(&desk);
        let (hand_in, hand) = channel();
        let (ready_in, ready) = channel();
        let thread = thread::spawn(move || {
            let _pinned = core.map(Core::pin_current);
            match way {
                Manner::Conventional => hands::conventional(wants, at, theirs, ready_in, going),
                Manner::Two | Manner::One | Manner::Echo => {
                    hands::engine(way, at, theirs, hand_in, going);
                }
            }
        });
        let market = Line::accept(listener);
        let orders = matches!(way, Manner::Two | Manner::Echo).then(|| Line::accept(listener));
        let hand = match way {
            Manner::Conventional => ready.recv().map(|()| None).expect("it connects"),
            Manner::Two | Manner::One | Manner::Echo => Some(hand.recv().expect("it connects")),
        };
        Client { way, market, orders, hand, desk, go, thread, sent: 0 }
    }

    /// One message, and the order it leads to; how long that took in nanoseconds, and the order.
    fn tick(&mut self, message: &mut Message, clock: &Clock, patience: &mut Patience) -> Tick {
        self.sent += 1;
        while self.desk.ready.load(Ordering::Acquire) != self.sent {
            patience.pause();
        }
        let frame = framed(message.at(self.desk.now_ms.load(Ordering::Relaxed)));
        let rest = clock.raw();
        while clock.between(rest, clock.raw()).ns() < GAP_NS {
            std::hint::spin_loop();
        }
        let start = clock.raw();
        self.market.send(&frame);
        if let Some(hand) = &mut self.hand {
            hand.pass(patience);
        }
        let line = self.orders.as_mut().unwrap_or(&mut self.market);
        while !line.look() {
            patience.pause();
        }
        let ns = clock.between(start, clock.raw()).ns();
        (ns, line.take())
    }
}

/// What to place: price less the best price, and size, by side.
type Wants = [(i64, i64); 2];
/// Nanoseconds, and a request.
type Tick = (u64, Vec<u8>);

/// One client's share of a run.
struct Row {
    samples: Samples,
    asked: u64,
}

/// All clients, books and best prices.
pub fn main() {
    let machine = report::machine();
    report::print_machine(&machine);
    // Read before any thread is pinned.
    let cores = Cores::query().choose(2);
    println!("# pinned: {cores:?} (clients, venue and sender)");
    let clock = Clock::start();
    let ticks = report::option("--ticks", TICKS);
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let (wants, core) = (wants(), cores.as_ref().map(|cores| cores[0]));
    let mut clients = WAYS.map(|(_, way)| Client::start(way, &listener, core, wants));
    let _pinned = cores.map(|cores| cores[1].pin_current());
    let mut book =
        run("l2Book 20+20, wire to wire", &mut clients, books(FRAMES, 20), ticks, &clock);
    let mut bbo = run("bbo, wire to wire", &mut clients, bbos(FRAMES), ticks / 4, &clock);
    for Client { go, thread, market, .. } in clients {
        drop((go, market));
        thread.join().expect("no client broke");
    }
    book.iter_mut().for_each(|row| row.samples.histogram());
    let ratios = json!({ "l2Book": ratios(&mut book), "bbo": ratios(&mut bbo) });
    println!("\nratios {ratios:#}");
    let [engine, wire] = [0, 3].map(|at: usize| book[at].samples.p50());
    report::write(
        "wire_to_wire",
        &json!({
            "machine": machine, "ticks": ticks,
            "arms": told(&mut book, ticks), "bbo": told(&mut bbo, ticks / 4),
            "sum_of_floors_ns": wire, "stages_ns": { "wire": wire, "engine": engine - wire },
            "ratios": ratios["l2Book"], "ratios_bbo": ratios["bbo"],
        }),
    );
}

/// What the engine places, for the one that has no model.
fn wants() -> Wants {
    let mut arm = EngineArm::new(Way::Fast, 1);
    arm.prepare();
    let mut first = bbos(1);
    arm.work(first[0].at(arm.now_ms()));
    arm.wanted()
}

/// All clients in turns.
fn run(
    title: &str,
    clients: &mut [Client],
    mut frames: Vec<Message>,
    ticks: usize,
    clock: &Clock,
) -> Vec<Row> {
    let signer = address_of(&SECRET).expect("a key");
    let row = |(name, _)| Row { samples: Samples::new(name, ticks + BLOCK), asked: 0 };
    let (mut rows, mut patience) = (WAYS.map(row), Patience::of(2));
    for block in 0..WARM + ticks.div_ceil(BLOCK) {
        for (client, row) in clients.iter_mut().zip(&mut rows) {
            let before = client.desk.asked.load(Ordering::Relaxed);
            client.go.send(()).expect("it waits for its turn");
            for at in 0..BLOCK {
                let place = (block * BLOCK + at) % FRAMES;
                let (ns, request) = client.tick(&mut frames[place], clock, &mut patience);
                if block < WARM || at % CHECK_EVERY == 0 {
                    verify::orders(&request, signer, verify::ORDERS);
                }
                if WARM <= block {
                    row.samples.add(ns);
                }
            }
            if WARM <= block {
                row.asked += client.desk.asked.load(Ordering::Relaxed) - before;
            }
        }
    }
    report::head(title);
    for (row, client) in rows.iter_mut().zip(clients) {
        let note = if client.way == Manner::Echo { "; no engine, one request" } else { "" };
        row.samples
            .print(&format!("{:.1} allocations a tick{note}", row.asked as f64 / ticks as f64));
    }
    rows.into()
}

fn told(rows: &mut [Row], ticks: usize) -> Value {
    let mut all = json!({});
    for row in rows {
        let mut one = row.samples.json();
        one["allocs_per_tick"] = json!(row.asked as f64 / ticks as f64);
        all[&row.samples.name] = one;
    }
    all
}

/// The figures that goals are set for.
fn ratios(rows: &mut [Row]) -> Value {
    let p50: Vec<f64> = rows.iter_mut().map(|row| row.samples.p50()).collect();
    let p99: Vec<f64> = rows.iter_mut().map(|row| row.samples.p99()).collect();
    json!({
        "conventional_over_engine_p50": p50[2] / p50[0],
        "conventional_over_engine_p99": p99[2] / p99[0],
        "shared_socket_over_engine_p50": p50[1] / p50[0],
        "shared_socket_over_engine_p99": p99[1] / p99[0],
        "engine_over_wire_p50": p50[0] / p50[3],
        "engine_p99_over_p50": p99[0] / p50[0],
    })
}
