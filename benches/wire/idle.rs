//! The hot loop of a live session with nothing to do, between two calls of `getpid`, which strace
//! shows: what happens between them is what an idle spin costs the system.

use super::hot::Hot;
use evenkeel::engine::Engine;
use evenkeel::host::Clock;
use evenkeel::host::socket::Poller;
use evenkeel::market::Requests;
use evenkeel::session::crank::{Turn, turn};
use evenkeel::session::live::hot::IdleStrategy;

/// Turns before those that count: the first pings, and shakes hands.
const WARM: usize = 64;

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
    let mut hot = Hot::new(engine.setup(), pace, Clock::start());
    let mut out = Requests::new();
    idle(WARM, &mut engine, &mut hot, &mut out);
    let _begins = std::process::id();
    let worked = idle(turns, &mut engine, &mut hot, &mut out);
    let _ends = std::process::id();
    println!("{turns} idle turns, and {worked} that worked");
}

/// Turns until so many found nothing; how many found something.
fn idle(turns: usize, engine: &mut Engine, hot: &mut Hot, out: &mut Requests) -> usize {
    let (mut idle, mut worked) = (0, 0);
    while idle < turns {
        match turn(engine, &mut hot.port, out).expect("nothing fails") {
            Turn::Idle => idle += 1,
            Turn::Handled | Turn::Stepped(_) => worked += 1,
            Turn::Ended => unreachable!("nobody asked for a stop"),
        }
    }
    worked
}
