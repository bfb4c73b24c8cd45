//! What else happens to an engine, and what a tick costs after a pause.

use crate::arm::contract::Arm;
use crate::arm::engine::EngineArm;
use crate::arm::market::{COIN, Message, bbos};
use crate::kit::report::{self, Samples};
use evenkeel::host::Clock;
use evenkeel::market::event::Command;
use evenkeel::market::{Action, Event};
use evenkeel::num::Side;
use evenkeel::session::live::cache_warmer::{self, CacheWarmer};
use evenkeel::wire::nonce::Pool;
use serde_json::{Value, json};

/// Pauses between two ticks, in nanoseconds, and whether the thread keeps itself warm meanwhile.
const GAPS: [(&str, u64, bool); 4] = [
    ("none", 0, false),
    ("30 us", 30_000, false),
    ("1 ms, cold", 1_000_000, false),
    ("1 ms", 1_000_000, true),
];

/// Ticks with the same pause in a row.
const BLOCK: usize = 50;

/// Times trades, a fill that moves our quotes, and a kill that cancels everything.
pub fn tell(arm: &mut EngineArm, trades: &mut [Message], clock: &Clock, ticks: usize) -> Value {
    report::head("other messages, engine");
    let mut all = json!({});
    let mut samples = Samples::new("trades", ticks);
    for tick in 0..ticks {
        arm.clear();
        let place = tick % trades.len();
        let frame = trades[place].at(arm.now_ms());
        samples.add(arm.tick(frame, clock));
        arm.drain();
    }
    samples.print("no orders: the market has one side");
    all["trades"] = samples.json();
    let mut samples = Samples::new("user fill to requote", ticks);
    let mut quotes = bbos(256);
    for tick in 0..ticks {
        fill(arm, &mut quotes, tick, |arm, frame| samples.add(arm.tick(frame, clock)));
    }
    samples.print("frame by the tape; what the fill changes is sent anew");
    all["fill"] = samples.json();
    let mut samples = Samples::new("kill to cancel-all", ticks);
    for tick in 0..ticks {
        kill(arm, &mut quotes, tick, |arm, event| {
            let at = arm.stamp();
            arm.out.clear();
            let start = clock.raw();
            arm.engine.step(at, event, &mut arm.out);
            arm.send(at);
            samples.add(clock.between(start, clock.raw()).ns());
        });
    }
    samples.print("a command; one request cancels all");
    all["kill"] = samples.json();
    all
}

/// Both orders rest; most of the bid, or the next time of the ask, is filled.
pub fn fill(
    arm: &mut EngineArm,
    quotes: &mut [Message],
    tick: usize,
    work: impl FnOnce(&mut EngineArm, &[u8]),
) {
    let before = arm.engine.clone();
    quote(arm, quotes, tick);
    let side = Side::BOTH[tick % 2];
    let orders = arm.engine.account().orders.list();
    let order = orders.iter().find(|order| order.place.side == side).expect("both rest");
    let (place, oid) = (order.place, order.oid.unwrap_or_default().0);
    let text = |e8: i64| String::from_utf8_lossy(&evenkeel::num::text::server(e8)).into_owned();
    // Not all of it: a side that is swept is quoted no more for a while.
    let (px, qty) = (text(place.px.e8()), text(place.qty.e8() * 3 / 4));
    let (name, letter) = (format!("{:032x}", place.cloid.0), ["B", "A"][tick % 2]);
    let (time, hash) = (arm.now_ms(), "5".repeat(64));
    let row = format!(
        r#"{{"coin":"{COIN}","px":"{px}","sz":"{qty}","side":"{letter}","time":{time},"startPosition":"0.0","dir":"Open Long","closedPnl":"0.0","hash":"0x{hash}","oid":{oid},"crossed":false,"fee":"0.0","tid":{time},"cloid":"0x{name}","feeToken":"USDC","twapId":null}}"#
    );
    let user = "b".repeat(40);
    let frame = format!(
        r#"{{"channel":"userFills","data":{{"isSnapshot":false,"user":"0x{user}","fills":[{row}]}}}}"#
    );
    work(arm, frame.as_bytes());
    let known = arm.engine.account().position.count();
    let orders = arm.engine.account().orders.list();
    assert!(!arm.out.is_empty(), "{known} fills known, {frame}: nothing changed of {orders:?}");
    arm.drain();
    arm.engine = before;
    arm.clear();
}

/// Both orders rest; a person halts.
pub fn kill(
    arm: &mut EngineArm,
    quotes: &mut [Message],
    tick: usize,
    work: impl FnOnce(&mut EngineArm, &Event<'_>),
) {
    let before = arm.engine.clone();
    quote(arm, quotes, tick);
    work(arm, &Event::Command(Command::Halt));
    let all = matches!(&arm.out[0].action, Action::CancelByCloid(cloids) if cloids.len() == 2);
    assert!(all && arm.out.len() == 1, "everything is cancelled");
    arm.drain();
    arm.engine = before;
    arm.clear();
}

/// Two orders are placed and rest.
pub fn quote(arm: &mut EngineArm, quotes: &mut [Message], tick: usize) {
    arm.prepare();
    let place = tick % quotes.len();
    let frame = quotes[place].at(arm.now_ms());
    arm.work(frame);
    arm.drain();
    arm.accept();
}

/// Ticks of the engine after pauses in which the thread spins on the clock, alone and with the
/// warm-ups that a live session makes meanwhile.
pub fn gaps(arm: &mut EngineArm, books: &mut [Message], clock: &Clock, ticks: usize) -> Value {
    report::head("l2Book tick after a pause, engine");
    // Lives as long as the process, as the arm's own does.
    let (mut filler, taker) = Box::leak(Box::new(Pool::new())).split();
    let mut preparer = CacheWarmer::preparer();
    let mut shadow = CacheWarmer::new(arm.engine.setup(), taker).expect("the priors make a table");
    let mut rows = GAPS.map(|(name, ..)| Samples::new(name, ticks + BLOCK));
    for block in 0..ticks.div_ceil(BLOCK) {
        for ((_, gap, warms), samples) in GAPS.iter().zip(&mut rows) {
            arm.prepare();
            filler.refill(&mut preparer, &mut arm.entropy(), usize::MAX);
            for tick in 0..BLOCK {
                let place = (block * BLOCK + tick) % books.len();
                let frame = books[place].at(arm.now_ms());
                pause(clock, *gap, warms.then_some(&mut shadow));
                samples.add(arm.tick(frame, clock));
                arm.settle(false);
            }
        }
    }
    let mut all = json!({});
    for samples in &mut rows {
        samples.print("");
        all[&samples.name] = samples.json();
    }
    all
}

/// Spins for so long, as the hot thread does while nothing comes.
fn pause(clock: &Clock, gap: u64, mut shadow: Option<&mut CacheWarmer<'_>>) {
    let (start, mut warm_at) = (clock.raw(), cache_warmer::EVERY.ns());
    loop {
        let passed = clock.between(start, clock.raw()).ns();
        if gap <= passed {
            return;
        }
        match &mut shadow {
            Some(shadow) if warm_at <= passed => {
                warm_at += cache_warmer::EVERY.ns();
                shadow.run_once();
            }
            Some(_) | None => std::hint::spin_loop(),
        }
    }
}
