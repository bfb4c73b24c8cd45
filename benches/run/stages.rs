//! The parts of a tick one by one: the engine's by reading the clock between them, the floor's in
//! batches, because most of them are shorter than the clock's step.

use crate::arm::contract::Arm;
use crate::arm::engine::EngineArm;
use crate::arm::floor::FloorArm;
use crate::arm::market::books;
use evenkeel::host::Clock;
use evenkeel::market::Stream;
use evenkeel::num::Nanos;
use evenkeel::wire::decode::Decoded;
use evenkeel::wire::sign::hash::agent_digest;
use serde_json::{Value, json};
use std::hint::black_box;

/// Names of the floor's stages; a step is no part of it.
const FLOORS: [&str; 6] = ["decode", "encode", "hash", "sign", "frame", "push"];
/// Names of the engine's.
const STAGES: [&str; 7] = ["decode", "step", "encode", "hash", "sign", "frame", "push"];
/// Calls a reading of the clock: as many nonces as the floor has.
const BATCH: usize = 200;
/// Batches of each floor; half of them took no longer than what is given.
const BATCHES: usize = 201;

/// Prints the stages; gives the engine's by name and the floor's in order, in nanoseconds.
pub fn measure(
    engine: &mut EngineArm,
    floor: &mut FloorArm,
    clock: &Clock,
    ticks: usize,
) -> (Value, [f64; 6]) {
    let mine = engine_stages(engine, clock, ticks);
    let floors = floor_stages(floor, clock);
    println!("\nstages of an l2Book tick, ns (engine: median of single calls; floor: of batches)");
    for (name, ns) in STAGES.iter().zip(mine) {
        let floor = FLOORS.iter().position(|floor| floor == name).map_or(0.0, |at| floors[at]);
        println!("{name:<10} {ns:>8.0} {floor:>8.0}");
    }
    println!("{:<10} {:>8.0} {:>8.0}", "sum", mine.iter().sum::<f64>(), floors.iter().sum::<f64>());
    let mut all = json!({});
    STAGES.iter().zip(mine).for_each(|(name, ns)| all[name] = json!(ns));
    (all, floors)
}

/// What two readings of the clock in a row are apart.
fn reading(clock: &Clock) -> f64 {
    let mut total = Nanos::ZERO;
    (0..BATCH).for_each(|_| total = total + clock.between(clock.raw(), clock.raw()));
    total.ns() as f64 / BATCH as f64
}

fn engine_stages(arm: &mut EngineArm, clock: &Clock, ticks: usize) -> [f64; 7] {
    let mut frames = books(256, 20);
    let mut samples: [Vec<f64>; 7] = Default::default();
    let reading = reading(clock);
    for tick in 0..ticks {
        if tick % 100 == 0 {
            arm.prepare(); // Two nonces a tick: one of them signs for nobody.
        }
        let place = tick % frames.len();
        let frame = frames[place].at(arm.now_ms()).to_vec();
        let marks = marks(arm, &frame, clock);
        for (at, list) in samples.iter_mut().enumerate() {
            list.push(clock.between(marks[at], marks[at + 1]).ns() as f64 - reading);
        }
        arm.settle(false);
    }
    let mut median = samples.map(|mut list| {
        list.sort_by(f64::total_cmp);
        list[ticks / 2]
    });
    median[5] -= median[3] + median[4]; // The call that completes the frame hashes and signs again.
    median
}

/// The clock before, between and after the stages of a tick.
fn marks(arm: &mut EngineArm, frame: &[u8], clock: &Clock) -> [u64; 8] {
    let at = arm.stamp();
    arm.out.clear();
    let start = clock.raw();
    let decoded = arm.decoder.decode(Stream::Market, frame);
    let decode = clock.raw();
    let Ok(Decoded::Event(event)) = decoded else { panic!("a frame of ours is refused") };
    arm.engine.step(at, &event, &mut arm.out);
    let step = clock.raw();
    let request = &arm.out[0];
    let unsigned = arm.encoder.build(request, arm.nonce.next(at.wall));
    let encode = clock.raw();
    let digest = agent_digest(arm.signer.source(), &unsigned.hash());
    let hash = clock.raw();
    black_box(arm.signer.sign(&digest, &mut arm.taker));
    let sign = clock.raw();
    let signed = unsigned.sign(&mut arm.signer, &mut arm.taker);
    let framed = clock.raw();
    let mut outbound = arm.requests.take().expect("the sender keeps up");
    outbound.set(request.id, signed.frame());
    arm.requests.send(outbound);
    [start, decode, step, encode, hash, sign, framed, clock.raw()]
}

fn floor_stages(arm: &mut FloorArm, clock: &Clock) -> [f64; 6] {
    let mut frames = books(256, 20);
    let frames: Vec<Vec<u8>> =
        frames.iter_mut().map(|frame| frame.at(arm.now_ms()).to_vec()).collect();
    let mut next = 0;
    let mut stage = |arm: &mut FloorArm, call: &mut dyn FnMut(&mut FloorArm, &[u8])| {
        let mut all: Vec<f64> = (0..BATCHES)
            .map(|_| {
                arm.prepare();
                let start = clock.raw();
                for _ in 0..BATCH {
                    next = (next + 1) % frames.len();
                    call(arm, &frames[next]);
                }
                clock.between(start, clock.raw()).ns() as f64 / BATCH as f64
            })
            .collect();
        all.sort_by(f64::total_cmp);
        all[BATCHES / 2]
    };
    let signature = ([7; 32], [7; 32], 27);
    let decode = stage(arm, &mut |arm, frame| arm.scan(black_box(frame)).expect("a frame of ours"));
    let encode = stage(arm, &mut |arm, _| arm.encode());
    let hash = stage(arm, &mut |arm, _| {
        black_box(arm.hash());
    });
    let sign = stage(arm, &mut |arm, _| {
        black_box(arm.sign(&[9; 32]));
    });
    let encoded = arm.json.get().len();
    let frame = stage(arm, &mut |arm, _| {
        arm.json.cut(encoded);
        arm.frame(black_box(signature));
    });
    let push = stage(arm, &mut |arm, _| arm.push());
    [decode, encode, hash, sign, frame, push]
}
