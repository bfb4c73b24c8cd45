//! From the bytes of a frame in memory to a signed request in the sender's queue, beside three other
//! ways of doing it, in turns, in one process. `--ticks N` makes it shorter or longer.

use super::stages::Stages;
use super::stories;
use crate::arm::contract::Arm;
use crate::arm::conventional::ConventionalArm;
use crate::arm::engine::{EngineArm, Way};
use crate::arm::floor::FloorArm;
use crate::arm::market::{Message, bbos, books, trades};
use crate::kit::alloc;
use crate::kit::report::{self, Samples};
use evenkeel::host::Clock;
use serde_json::{Value, json};

/// Ticks an arm, unless the command line says otherwise.
const TICKS: usize = 200_000;
/// Ticks an arm has in a row: fewer than there are prepared nonces.
const BLOCK: usize = 250;
/// Different frames of a kind.
const FRAMES: usize = 256;
/// Blocks that are not counted.
const WARM: usize = 4;
/// The arms, in this order.
const NAMES: [&str; 5] = ["engine", "floor", "tape", "conventional", "conventional_payload"];

/// What makes two signed orders.
const TITLES: [&str; 2] = ["l2Book 20+20 to two signed orders", "bbo to two signed orders"];

/// All arms, wanting what the engine wants.
struct Arms {
    engine: EngineArm,
    floor: FloorArm,
    tape: EngineArm,
    conventional: [ConventionalArm; 2],
}

impl Arms {
    fn new() -> Arms {
        Arms {
            engine: EngineArm::new(Way::Fast, 1),
            floor: FloorArm::new(),
            tape: EngineArm::new(Way::Plain, 1),
            conventional: [false, true].map(ConventionalArm::new),
        }
    }

    /// Every arm places what the engine places: learned from one tick of it.
    fn agree(&mut self, message: &mut Message, clock: &Clock) {
        self.engine.prepare();
        let frame = message.at(self.engine.now_ms());
        self.engine.tick(frame, clock);
        let wants = self.engine.wanted();
        self.engine.settle(true);
        self.floor.wants = wants;
        self.conventional.iter_mut().for_each(|arm| arm.want(wants));
    }

    fn list(&mut self) -> [&mut dyn Arm; 5] {
        let [whole, payload] = &mut self.conventional;
        [&mut self.engine, &mut self.floor, &mut self.tape, whole, payload]
    }
}

/// One arm's share of a run.
struct Row {
    samples: Samples,
    asked: u64,
    ticks: u64,
}

/// The four ways, the stages of two of them, other messages, and pauses.
pub fn main() {
    let machine = report::machine();
    report::print_machine(&machine);
    let pinned = report::pin();
    println!("# pinned: {pinned}");
    let clock = Clock::start();
    let ticks = report::option("--ticks", TICKS);
    let mut arms = Arms::new();
    let mut stages = Stages::new();
    let [mut book, mut bbo] = run(&mut arms, &mut stages, ticks, &clock);
    let (stages, floors) = stages.tell();
    let engine = &mut arms.engine;
    let others = stories::tell(engine, &mut trades(FRAMES), &clock, ticks.min(20_000));
    let gaps = stories::gaps(engine, &mut books(FRAMES, 20), &clock, ticks.min(4_000));
    book.iter_mut().take(4).for_each(|row| row.samples.histogram());
    let ratios = ratios(&mut book, &mut bbo, floors.iter().sum(), &gaps);
    println!("\nratios {ratios:#}");
    report::write(
        "tick_to_quote",
        &json!({
            "machine": machine, "pinned": pinned, "ticks": ticks,
            "arms": rows(&mut book), "bbo": rows(&mut bbo), "others": others, "gaps": gaps,
            "sum_of_floors_ns": floors.iter().sum::<f64>(), "floors_ns": floors,
            "stages_ns": stages, "ratios": ratios,
        }),
    );
}

/// All arms in turns over the same frames, and both kinds of frames in turns.
fn run(arms: &mut Arms, stages: &mut Stages, ticks: usize, clock: &Clock) -> [Vec<Row>; 2] {
    let mut kinds = [books(FRAMES, 20), bbos(FRAMES)];
    let row = |name| Row { samples: Samples::new(name, ticks + BLOCK), asked: 0, ticks: 0 };
    let mut rows = [NAMES.map(row), NAMES.map(row)].map(Vec::from);
    for block in 0..WARM + ticks.div_ceil(BLOCK) {
        for (frames, rows) in kinds.iter_mut().zip(&mut rows) {
            arms.agree(&mut frames[0], clock);
            for (arm, row) in arms.list().into_iter().zip(rows) {
                turn(arm, row, frames, block, clock);
            }
        }
        if WARM <= block {
            stages.round(&mut arms.engine, clock);
        }
    }
    for (title, rows) in TITLES.iter().zip(&mut rows) {
        report::head(title);
        for row in rows {
            let allocations = row.asked as f64 / row.ticks as f64;
            row.samples.print(&format!("{allocations:.1} allocations a tick"));
        }
    }
    rows
}

/// A block of one arm. The last request is verified: before, it would chill the caches of a tick.
fn turn(arm: &mut dyn Arm, row: &mut Row, frames: &mut [Message], block: usize, clock: &Clock) {
    arm.prepare();
    for at in 0..BLOCK {
        let place = (block * BLOCK + at) % frames.len();
        let frame = frames[place].at(arm.now_ms());
        let before = alloc::asked();
        let ns = arm.tick(frame, clock);
        let asked = alloc::asked() - before;
        arm.settle(block < WARM || at + 1 == BLOCK);
        if WARM <= block {
            row.samples.add(ns);
            (row.asked, row.ticks) = (row.asked + asked, row.ticks + 1);
        }
    }
}

fn rows(rows: &mut [Row]) -> Value {
    let mut all = json!({});
    for row in rows {
        let mut one = row.samples.json();
        one["allocs_per_tick"] = json!(row.asked as f64 / row.ticks as f64);
        all[&row.samples.name] = one;
    }
    all
}

/// The figures that goals are set for.
fn ratios(book: &mut [Row], bbo: &mut [Row], floors: f64, gaps: &Value) -> Value {
    let p50 = |rows: &mut [Row], at: usize| rows[at].samples.p50();
    let p99 = |rows: &mut [Row], at: usize| rows[at].samples.p99();
    let engine = p50(book, 0);
    json!({
        "engine_over_sum_of_floors_p50": engine / floors,
        "engine_over_floor_p50": engine / p50(book, 1),
        "tape_over_engine_p50": p50(book, 2) / engine,
        "conventional_over_engine_p50": p50(book, 3) / engine,
        "conventional_over_engine_p99": p99(book, 3) / p99(book, 0),
        "conventional_payload_over_engine_p50": p50(book, 4) / engine,
        "engine_p99_over_p50": p99(book, 0) / engine,
        "bbo_over_book_p50": p50(bbo, 0) / engine,
        "gap_1ms_over_30us_p50": gaps["1 ms"]["p50"].as_f64().unwrap_or(0.0)
            / gaps["30 us"]["p50"].as_f64().unwrap_or(1.0),
    })
}
