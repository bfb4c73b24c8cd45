//! The hot loop of a live session with nothing to do, between two calls of `getpid`, which strace
//! shows: what happens between them is what an idle spin costs the system.

use super::venue::Line;
use crate::arm::contract::SECRET;
use crate::arm::market::COIN;
use evenkeel::engine::Engine;
use evenkeel::host::ring::{pool, ring};
use evenkeel::host::socket::{MESSAGE_MAX, Poller, Socket};
use evenkeel::host::{Clock, Signals};
use evenkeel::journal::hot_writer::Buffer;
use evenkeel::market::{CoinIx, Requests};
use evenkeel::num::Nanos;
use evenkeel::session::live::cache_warmer::CacheWarmer;
use evenkeel::session::live::hot::{HotState, HotThread, IdleStrategy, Rings};
use evenkeel::session::live::message::{ColdReply, Inbound, Outbound};
use evenkeel::session::port::{Turn, turn};
use evenkeel::wire::decode::Decoder;
use evenkeel::wire::nonce::Pool;
use evenkeel::wire::{Encoder, RequestNonce, Signer, Source};
use std::net::TcpListener;
use std::thread;

/// Boxes of each ring: nobody takes anything out.
const BOXES: usize = 1024;
/// Turns before those that count: the first pings, and shakes hands.
const WARM: usize = 64;
/// How long a handshake may take.
const PATIENCE: Nanos = Nanos::from_secs(5);

/// As on a machine with a core for each thread.
pub fn spin(turns: usize, engine: Engine) {
    run(turns, engine, IdleStrategy::Spin);
}

/// As on a machine with fewer.
pub fn wait(turns: usize, engine: Engine) {
    let waiter = || Poller::new().expect("a handle");
    run(turns, engine, IdleStrategy::Wait { waiter: waiter(), sender: waiter().waker() });
}

fn run(turns: usize, mut engine: Engine, pace: IdleStrategy) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("it listens"));
    let venue = thread::spawn(move || Line::accept(&listener));
    let socket = Socket::connect(&url, PATIENCE).expect("the venue listens");
    let _line = venue.join().expect("a handshake");
    let (requests, _sent) = pool(BOXES, Outbound::default);
    let (_answers_in, answers) = pool(1, Inbound::default);
    let (slots, _written) = pool(BOXES, Buffer::new);
    let ((asks, _asked), (mut news_in, news)) = (ring(BOXES), ring(1));
    assert!(news_in.push(ColdReply::Market(Box::new(socket))).is_ok(), "there is room");
    let mut pool = Pool::new();
    let (_filler, nonces) = pool.split();
    let mut warm = Pool::new();
    let (mut filler, taker) = warm.split();
    filler.refill(&mut CacheWarmer::preparer(), |seed| getrandom::fill(seed).is_ok(), usize::MAX);
    let spins = matches!(pace, IdleStrategy::Spin);
    let shadow = spins.then(|| CacheWarmer::new(engine.setup(), taker).expect("a table"));
    let mut port = HotThread {
        clock: Clock::start(),
        rings: Rings { requests, answers, cold_requests: asks, cold_replies: news, slots, nonces },
        idle: pace,
        cache_warmer: shadow,
        signals: Signals::install().expect("handlers"),
        deadline: None,
        decoder: Decoder::new(&[COIN]),
        encoder: Encoder::new(None),
        signer: Signer::new(&SECRET, Source::Testnet).expect("a key"),
        nonce: RequestNonce::after(0),
        coin: CoinIx(0),
        state: HotState::new(MESSAGE_MAX),
    };
    let mut out = Requests::new();
    idle(WARM, &mut engine, &mut port, &mut out);
    let _begins = std::process::id();
    let worked = idle(turns, &mut engine, &mut port, &mut out);
    let _ends = std::process::id();
    println!("{turns} idle turns, and {worked} that worked");
}

/// Turns until so many found nothing; how many found something.
fn idle(turns: usize, engine: &mut Engine, port: &mut HotThread<'_>, out: &mut Requests) -> usize {
    let (mut idle, mut worked) = (0, 0);
    while idle < turns {
        match turn(engine, port, out).expect("nothing fails") {
            Turn::Idle => idle += 1,
            Turn::Worked => worked += 1,
        }
    }
    worked
}
