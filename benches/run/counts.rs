//! What is counted instead of timed: instructions of one thing at a time, between the two ends of
//! [`measured`], for `scripts/instructions`; and the hot loop with nothing to do, for
//! `scripts/idle-syscalls`. Seeds are fixed, so that every run counts the same.

use crate::arm::contract::Arm;
use crate::arm::engine::{EngineArm, Way, setup};
use crate::arm::market::{COIN, Message, bbos, books, trades};
use crate::kit::report;
use crate::wire::{idle, way};
use evenkeel::engine::Engine;
use evenkeel::market::Stream;
use evenkeel::wire::decode::{Decoded, Decoder};
use std::hint::black_box;

/// Calls, unless the command line says otherwise.
const CALLS: usize = 256;
/// Different messages of a kind.
const FRAMES: usize = 64;
/// Calls before those that count.
const WARM: usize = 64;
/// Calls for which the prepared nonces last.
const BLOCK: usize = 200;
/// What can be counted.
const NAMES: [&str; 9] = [
    "decode_book",
    "decode_bbo",
    "decode_trades",
    "step_book",
    "step_bbo",
    "sign",
    "tick_book",
    "tick_bbo",
    "walk_bbo",
];

/// Makes the calls that `--of NAME` asks for.
pub fn main() {
    let (of, calls) = (report::word("--of"), report::option("--calls", CALLS));
    match of.as_deref() {
        Some("decode_book") => decode(books(FRAMES, 20), calls),
        Some("decode_bbo") => decode(bbos(FRAMES), calls),
        Some("decode_trades") => decode(trades(FRAMES), calls),
        Some("step_book") => tick(books(FRAMES, 20), calls, Part::Step),
        Some("step_bbo") => tick(bbos(FRAMES), calls, Part::Step),
        Some("sign") => tick(books(FRAMES, 20), calls, Part::Sign),
        Some("tick_book") => tick(books(FRAMES, 20), calls, Part::All),
        Some("tick_bbo") => tick(bbos(FRAMES), calls, Part::All),
        Some("walk_bbo") => way::walk(calls, |call| measured(call)),
        Some("idle_spin") => idle::spin(calls, Engine::new(setup(1))),
        Some("idle_wait") => idle::wait(calls, Engine::new(setup(1))),
        None | Some(_) => println!("--of NAME, of {NAMES:?}, idle_spin, idle_wait; --calls N"),
    }
}

/// Between its two ends instructions are counted: valgrind knows it by its name.
#[inline(never)]
fn measured(call: impl FnOnce()) {
    call();
}

/// A call that counts, or one before them.
fn call(at: usize, call: impl FnOnce()) {
    if at < WARM { call() } else { measured(call) }
}

fn decode(mut frames: Vec<Message>, calls: usize) {
    let mut decoder = Decoder::new(&[COIN]);
    let frames: Vec<Vec<u8>> =
        frames.iter_mut().map(|frame| frame.at(crate::arm::market::EPOCH_MS).to_vec()).collect();
    for at in 0..WARM + calls {
        let frame = frames[at % frames.len()].as_slice();
        call(at, || {
            let decoded = decoder.decode(Stream::Market, black_box(frame));
            assert!(matches!(black_box(decoded), Ok(Decoded::Event(_))), "an event");
        });
    }
}

/// Which part of a tick counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The engine's turn.
    Step,
    /// Request to signed bytes in the ring.
    Sign,
    /// All of it.
    All,
}

fn tick(mut frames: Vec<Message>, calls: usize, part: Part) {
    let mut arm = EngineArm::new(Way::Fast, 1);
    arm.clear();
    for at in 0..WARM + calls {
        if at % BLOCK == 0 {
            arm.prepare();
        }
        let place = at % frames.len();
        let frame = frames[place].at(arm.now_ms());
        match part {
            Part::All => call(at, || arm.work(frame)),
            Part::Step | Part::Sign => pieces(&mut arm, frame, at, part),
        }
        arm.settle(false);
    }
}

/// A tick of which a piece counts.
fn pieces(arm: &mut EngineArm, frame: &[u8], at: usize, part: Part) {
    let stamp = arm.stamp();
    arm.out.clear();
    let EngineArm { decoder, engine, out, .. } = arm;
    let Ok(Decoded::Event(event)) = decoder.decode(Stream::Market, frame) else {
        panic!("a frame of ours is refused")
    };
    let mut step = || engine.step(stamp, &event, out);
    if part == Part::Step {
        call(at, step)
    } else {
        step()
    }
    if part == Part::Sign { call(at, || arm.send(stamp)) } else { arm.send(stamp) }
}
