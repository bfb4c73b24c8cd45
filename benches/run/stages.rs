//! The parts of a tick one by one: the engine's by reading the clock between them, the floor's in
//! batches, because most of them are shorter than the clock's step.

use crate::arm::contract::Arm;
use crate::arm::engine::EngineArm;
use crate::arm::floor::FloorArm;
use crate::arm::market::{Message, books};
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
/// Ticks of the engine between two batches of the floor.
const TICKS: usize = 25;

/// What was measured, little by little, in between the arms: a machine that changes its speed does so
/// for all of them.
pub struct Stages {
    arm: FloorArm,
    books: Vec<Message>,
    frames: Vec<Vec<u8>>,
    next: usize,
    engine: [Vec<f64>; 7],
    floor: [Vec<f64>; 6],
}

impl Stages {
    /// Nothing was measured yet.
    pub fn new() -> Stages {
        let arm = FloorArm::new();
        let mut frames = books(256, 20);
        let frames = frames.iter_mut().map(|frame| frame.at(arm.now_ms()).to_vec()).collect();
        let (engine, floor) = (Default::default(), Default::default());
        Stages { arm, books: books(256, 20), frames, next: 0, engine, floor }
    }

    /// Some ticks of the engine, and a batch of every stage of the floor.
    pub fn round(&mut self, engine: &mut EngineArm, clock: &Clock) {
        let reading = reading(clock);
        engine.prepare(); // Two nonces a tick: one of them signs for nobody.
        for tick in 0..TICKS {
            let place = (self.next + tick) % self.books.len();
            let frame = self.books[place].at(engine.now_ms()).to_vec();
            let marks = marks(engine, &frame, clock);
            for (at, list) in self.engine.iter_mut().enumerate() {
                list.push(clock.between(marks[at], marks[at + 1]).ns() as f64 - reading);
            }
            engine.settle(false);
        }
        let signature = ([7; 32], [7; 32], 27);
        self.batch(0, clock, |arm, frame| arm.scan(black_box(frame)).expect("a frame"));
        self.batch(1, clock, |arm, _| arm.encode());
        self.batch(2, clock, |arm, _| {
            black_box(arm.hash());
        });
        self.batch(3, clock, |arm, _| {
            black_box(arm.sign(&[9; 32]));
        });
        let encoded = self.arm.json.get().len();
        self.batch(4, clock, |arm, _| {
            arm.json.cut(encoded);
            arm.frame(black_box(signature));
        });
        self.batch(5, clock, |arm, _| arm.push());
    }

    fn batch(&mut self, stage: usize, clock: &Clock, call: impl Fn(&mut FloorArm, &[u8])) {
        self.arm.prepare();
        let start = clock.raw();
        for _ in 0..BATCH {
            self.next = (self.next + 1) % self.frames.len();
            call(&mut self.arm, &self.frames[self.next]);
        }
        self.floor[stage].push(clock.between(start, clock.raw()).ns() as f64 / BATCH as f64);
    }

    /// Prints the stages; gives the engine's by name and the floor's in order, in nanoseconds.
    pub fn tell(self) -> (Value, [f64; 6]) {
        let mut mine = self.engine.map(median);
        mine[5] -= mine[3] + mine[4]; // The call that completes the frame hashes and signs again.
        let floors = self.floor.map(median);
        println!(
            "\nstages of an l2Book tick, ns (medians: of the engine's calls, of the floor's batches)"
        );
        for (name, ns) in STAGES.iter().zip(mine) {
            let floor = FLOORS.iter().position(|floor| floor == name).map_or(0.0, |at| floors[at]);
            println!("{name:<10} {ns:>8.0} {floor:>8.0}");
        }
        let sums = [mine.iter().sum::<f64>(), floors.iter().sum()];
        println!("{:<10} {:>8.0} {:>8.0}", "sum", sums[0], sums[1]);
        let mut all = json!({});
        STAGES.iter().zip(mine).for_each(|(name, ns)| all[name] = json!(ns));
        (all, floors)
    }
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}

/// What two readings of the clock in a row are apart.
fn reading(clock: &Clock) -> f64 {
    let mut total = Nanos::ZERO;
    (0..BATCH).for_each(|_| total += clock.between(clock.raw(), clock.raw()));
    total.ns() as f64 / BATCH as f64
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
    outbound.set(request.id, false, signed.frame(), signed.envelope_range());
    arm.requests.send(outbound);
    [start, decode, step, encode, hash, sign, framed, clock.raw()]
}
