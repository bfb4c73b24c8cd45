//! One turn of the engine, by what happened: the message is read before, and nothing is sent.

use super::stories;
use crate::arm::contract::Arm;
use crate::arm::engine::{EngineArm, Way};
use crate::arm::market::{Message, bbos, books, trades};
use crate::kit::alloc;
use crate::kit::report::{self, Samples};
use evenkeel::engine::Engine;
use evenkeel::host::Clock;
use evenkeel::market::{Event, Requests, Stream};
use evenkeel::num::Stamp;
use evenkeel::wire::decode::Decoded;
use serde_json::{Value, json};

/// Turns of each kind, unless the command line says otherwise.
const TURNS: usize = 20_000;
/// Different messages of a kind.
const FRAMES: usize = 256;
/// Turns of each kind that are not counted.
const WARM: usize = 500;
/// Between two messages of a quiet market.
const QUIET_MS: u64 = 100;
/// Such messages in a second; then the engine is woken.
const BBOS: usize = 9;

/// The turns of one kind.
struct Row {
    samples: Samples,
    note: &'static str,
    asked: u64,
    seen: usize,
}

impl Row {
    fn new(name: &str, turns: usize, note: &'static str) -> Row {
        Row { samples: Samples::new(name, turns), note, asked: 0, seen: 0 }
    }

    /// Times one turn.
    fn turn(&mut self, arm: &mut EngineArm, event: &Event<'_>, clock: &Clock) {
        let at = arm.stamp();
        self.step(&mut arm.engine, at, event, &mut arm.out, clock);
    }

    /// Times the turn a message leads to.
    fn message(&mut self, arm: &mut EngineArm, frame: &[u8], clock: &Clock) {
        let at = arm.stamp();
        let decoded = arm.decoder.decode(Stream::Market, frame);
        let Ok(Decoded::Event(event)) = decoded else { panic!("a frame of ours is refused") };
        self.step(&mut arm.engine, at, &event, &mut arm.out, clock);
    }

    fn step(
        &mut self,
        engine: &mut Engine,
        at: Stamp,
        event: &Event<'_>,
        out: &mut Requests,
        clock: &Clock,
    ) {
        out.clear();
        let before = alloc::asked();
        let start = clock.raw();
        engine.step(at, event, out);
        let ns = clock.between(start, clock.raw()).ns();
        self.seen += 1;
        if WARM < self.seen {
            self.samples.add(ns);
            self.asked += alloc::asked() - before;
        }
    }
}

/// Every kind of event that matters for a quote.
pub fn main() {
    let machine = report::machine();
    report::print_machine(&machine);
    println!("# pinned: {}", report::pin());
    let clock = Clock::start();
    let turns = report::option("--turns", TURNS) + WARM;
    let mut arm = EngineArm::new(Way::Fast, 1);
    let mut rows = [
        requotes("l2Book 20+20, two orders", books(FRAMES, 20), &mut arm, turns, &clock),
        requotes("bbo, two orders", bbos(FRAMES), &mut arm, turns, &clock),
        still("bbo, nothing changes", &mut arm, turns, &clock),
        without("trades, nothing to quote", &mut arm, turns, &clock),
        filled("fill, requote", &mut arm, turns, &clock),
        seconds("wake of the second", &mut arm, turns.min(2_000 + WARM), &clock),
        killed("kill, cancel of all", &mut arm, turns, &clock),
    ];
    report::head("Engine::step alone");
    let mut kinds = json!({});
    for Row { samples, note, asked, seen } in &mut rows {
        let allocations = *asked as f64 / (*seen - WARM) as f64;
        samples.print(&format!("{allocations:.1} allocations; {note}"));
        let mut told = samples.json();
        told["allocs"] = json!(allocations);
        kinds[&samples.name] = told;
    }
    rows.iter_mut().take(3).for_each(|row| row.samples.histogram());
    let p50 = |rows: &mut [Row], at: usize| rows[at].samples.p50();
    let ratios: Value = json!({
        "bbo_over_book_p50": p50(&mut rows, 1) / p50(&mut rows, 0),
        "still_over_requote_p50": p50(&mut rows, 2) / p50(&mut rows, 1),
        "book_p99_over_p50": rows[0].samples.p99() / p50(&mut rows, 0),
    });
    println!("\nratios {ratios:#}");
    report::write("step", &json!({ "machine": machine, "kinds": kinds, "ratios": ratios }));
}

/// Messages that have both sides placed.
fn requotes(
    name: &str,
    mut frames: Vec<Message>,
    arm: &mut EngineArm,
    turns: usize,
    clock: &Clock,
) -> Row {
    let mut row = Row::new(name, turns, "before it the market had one side");
    arm.clear();
    for turn in 0..turns {
        let place = turn % frames.len();
        let frame = frames[place].at(arm.now_ms());
        row.message(arm, frame, clock);
        assert!(arm.out.len() == 1 && arm.out[0].action.cost() == 2, "two orders in one request");
        arm.accept();
        arm.clear();
    }
    row
}

/// Both orders rest, and the best prices come again.
fn still(name: &str, arm: &mut EngineArm, turns: usize, clock: &Clock) -> Row {
    let mut row = Row::new(name, turns, "both orders rest where they should");
    let mut quotes = bbos(1);
    stories::quote(arm, &mut quotes, 0);
    for _ in 0..turns {
        arm.pass(1);
        let frame = quotes[0].at(arm.now_ms());
        row.message(arm, frame, clock);
        assert!(arm.out.is_empty(), "nothing changes");
        if arm.engine.wake() <= arm.stamp().mono {
            arm.step(&Event::Wake);
        }
    }
    arm.clear();
    row
}

/// Trades of a market with one side.
fn without(name: &str, arm: &mut EngineArm, turns: usize, clock: &Clock) -> Row {
    let mut row = Row::new(name, turns, "the market has one side");
    let mut frames = trades(FRAMES);
    for turn in 0..turns {
        arm.clear();
        let place = turn % frames.len();
        let frame = frames[place].at(arm.now_ms());
        row.message(arm, frame, clock);
    }
    row
}

/// Both orders rest; most of one is filled.
fn filled(name: &str, arm: &mut EngineArm, turns: usize, clock: &Clock) -> Row {
    let mut row = Row::new(name, turns, "three quarters of a side, bid and ask in turn");
    let mut quotes = bbos(FRAMES);
    for turn in 0..turns {
        stories::fill(arm, &mut quotes, turn, |arm, frame| row.message(arm, frame, clock));
    }
    row
}

/// Both orders rest in a market that stands still; once a second the estimators step.
fn seconds(name: &str, arm: &mut EngineArm, turns: usize, clock: &Clock) -> Row {
    let mut row = Row::new(name, turns, "estimators, drift filter, inputs of the table");
    let mut quotes = bbos(1);
    stories::quote(arm, &mut quotes, 0);
    for _ in 0..turns {
        for _ in 0..BBOS {
            arm.pass(QUIET_MS);
            let frame = quotes[0].at(arm.now_ms()).to_vec();
            arm.work(&frame);
            arm.drain();
            arm.accept();
        }
        arm.pass(QUIET_MS);
        row.turn(arm, &Event::Wake, clock);
        arm.accept();
    }
    arm.clear();
    row
}

/// Both orders rest; a person halts.
fn killed(name: &str, arm: &mut EngineArm, turns: usize, clock: &Clock) -> Row {
    let mut row = Row::new(name, turns, "one request cancels both");
    let mut quotes = bbos(FRAMES);
    for turn in 0..turns {
        stories::kill(arm, &mut quotes, turn, |arm, event| row.turn(arm, event, clock));
    }
    row
}
