//! What a tick costs as there is more of something: instruments on one hot thread, levels of the
//! book, levels of the quote, the journal. Variants of one thing take turns.

use crate::arm::contract::Arm;
use crate::arm::engine::{EngineArm, Way, setup};
use crate::arm::market::{COIN, Message, bbos, books};
use crate::kit::report::{self, Samples};
use evenkeel::engine::{Engine, Setup};
use evenkeel::host::Clock;
use evenkeel::market::{CoinIx, Event, Stream};
use evenkeel::wire::decode::{Decoded, Decoder};
use serde_json::{Value, json};

/// Ticks a variant, unless the command line says otherwise.
const TICKS: usize = 50_000;
/// Ticks a variant has in a row: fewer than there are prepared nonces.
const BLOCK: usize = 200;
/// Blocks that are not counted.
const WARM: usize = 4;
/// Different frames of a kind.
const FRAMES: usize = 256;
/// Names of instruments.
const COINS: [&str; 8] = [COIN, "COIA", "COIB", "COIC", "COID", "COIE", "COIF", "COIG"];

/// A hot thread with some engines, and the messages it gets.
struct Variant {
    arm: EngineArm,
    /// By coin. The one whose turn it is changes places with the arm's.
    engines: Vec<Box<Engine>>,
    frames: Vec<Message>,
    samples: Samples,
}

impl Variant {
    fn new(name: String, ticks: usize, levels: usize, coins: usize, frames: &[Message]) -> Variant {
        let mut arm = EngineArm::new(Way::Fast, levels);
        arm.decoder = Decoder::new(&COINS[..coins]);
        let seats = (0..coins).map(|at| {
            let coin = CoinIx(u8::try_from(at).expect("at most eight"));
            Setup { coin, tag: 9 + u64::from(coin.0), ..setup(levels) }
        });
        let before: Vec<Box<Engine>> = seats.map(|seat| arm.seat(seat)).collect();
        // Each seat gave back the engine before it: the last one sits, the first was of no coin.
        let last = std::mem::replace(&mut arm.engine, before[0].clone());
        let engines = before.into_iter().skip(1).chain([last]).collect();
        let named = |(at, frame): (usize, &Message)| frame.of(COINS[at % coins]);
        let frames = frames.iter().enumerate().map(named).collect();
        Variant { arm, engines, frames, samples: Samples::new(&name, ticks + BLOCK) }
    }

    /// A block of ticks; each coin has its turn.
    fn turn(&mut self, block: usize, clock: &Clock) {
        self.arm.prepare();
        for at in 0..BLOCK {
            let place = (block * BLOCK + at) % self.frames.len();
            let frame = self.frames[place].at(self.arm.now_ms());
            let start = clock.raw();
            let coin = route(&mut self.arm, &mut self.engines, frame);
            let ns = clock.between(start, clock.raw()).ns();
            self.arm.settle(block < WARM || at + 1 == BLOCK);
            std::mem::swap(&mut self.arm.engine, &mut self.engines[coin]);
            if WARM <= block {
                self.samples.add(ns);
            }
        }
    }
}

/// A message to the engine of its coin, and what that wants sent, signed, into the ring.
fn route(arm: &mut EngineArm, engines: &mut [Box<Engine>], frame: &[u8]) -> usize {
    let at = arm.stamp();
    arm.out.clear();
    arm.note(at, frame);
    let decoded = arm.decoder.decode(Stream::Market, frame);
    let Ok(Decoded::Event(event)) = decoded else { panic!("a frame of ours is refused") };
    let (Event::Book(coin, _) | Event::Bbo(coin, _)) = event else { panic!("a book or a bbo") };
    let coin = usize::from(coin.0);
    std::mem::swap(&mut arm.engine, &mut engines[coin]);
    arm.engine.step(at, &event, &mut arm.out);
    arm.send(at);
    coin
}

/// Everything that can grow.
pub fn main() {
    let machine = report::machine();
    report::print_machine(&machine);
    println!("# pinned: {}", report::pin());
    let clock = Clock::start();
    let ticks = report::option("--ticks", TICKS);
    let (book, bbo) = (books(FRAMES, 20), bbos(FRAMES));
    let counts = [1, 2, 4, 8];
    let plain = |name: String, levels, coins, frames: &[Message]| {
        Variant::new(name, ticks, levels, coins, frames)
    };
    let all = [
        ("instruments_book", counts.map(|n| plain(format!("{n}"), 1, n, &book)).into()),
        ("instruments_bbo", counts.map(|n| plain(format!("{n}"), 1, n, &bbo)).into()),
        (
            "book_depth",
            [5, 10, 20, 100].map(|n| plain(format!("{n}"), 1, 1, &books(FRAMES, n))).into(),
        ),
        ("quote_levels", [1, 2, 3, 4, 5].map(|n| plain(format!("{n}"), n, 1, &book)).into()),
        ("journal", [false, true].map(|on| journal(on, ticks, &book)).into()),
    ];
    let mut told = json!({ "machine": machine });
    for (name, variants) in all {
        told[name] = compare(name, variants, ticks, &clock);
    }
    report::write("scale", &told);
}

fn journal(on: bool, ticks: usize, frames: &[Message]) -> Variant {
    let name = if on { "on" } else { "off" };
    let mut variant = Variant::new(name.to_owned(), ticks, 1, 1, frames);
    if on {
        variant.arm.record();
    }
    variant
}

/// All variants in turns; each against the first.
fn compare(name: &str, mut variants: Vec<Variant>, ticks: usize, clock: &Clock) -> Value {
    for block in 0..WARM + ticks.div_ceil(BLOCK) {
        variants.iter_mut().for_each(|variant| variant.turn(block, clock));
    }
    report::head(name);
    let mut all = json!({});
    let [p50, p99] = [variants[0].samples.p50(), variants[0].samples.p99()];
    for Variant { samples, .. } in &mut variants {
        let against = [samples.p50() / p50, samples.p99() / p99];
        samples.print(&format!("p50 x {:.2}, p99 x {:.2}", against[0], against[1]));
        all[&samples.name] = samples.json();
        all[&samples.name]["p50_against_first"] = json!(against[0]);
        all[&samples.name]["p99_against_first"] = json!(against[1]);
    }
    all
}
