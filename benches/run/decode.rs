//! A message to an event: the scanner, simd-json's tape, and serde_json into owned types, in turns.

use crate::arm::feed;
use crate::arm::market::{self, COIN, Message, bbos, books, trades};
use crate::kit::report::{self, Samples};
use evenkeel::host::Clock;
use evenkeel::market::Stream;
use evenkeel::wire::decode::{Decoded, Decoder};
use serde_json::{Value, json};
use std::hint::black_box;

/// Messages a way, unless the command line says otherwise.
const MESSAGES: usize = 200_000;
/// Messages a way has in a row.
const BLOCK: usize = 250;
/// Messages of a kind.
const FRAMES: usize = 256;
/// The ways, in this order.
const NAMES: [&str; 4] = ["scanner", "tape", "serde_json owned", "serde_json owned, adjacent"];

/// All kinds of messages.
pub fn main() {
    let machine = report::machine();
    report::print_machine(&machine);
    let clock = Clock::start();
    let count = report::option("--messages", MESSAGES);
    let kinds = [("l2Book", books(FRAMES, 20)), ("bbo", bbos(FRAMES)), ("trades", trades(FRAMES))];
    let mut all = json!({ "machine": machine, "kinds": {} });
    for (kind, mut messages) in kinds {
        let mut rows = compare(&mut messages, count, &clock);
        report::head(kind);
        rows.iter_mut().for_each(|row| row.print(""));
        rows[0].histogram();
        all["kinds"][kind] = told(&mut rows);
        println!("{kind} ratios {:#}", all["kinds"][kind]["ratios"]);
    }
    report::write("decode", &all);
}

/// All ways in turns.
fn compare(messages: &mut [Message], count: usize, clock: &Clock) -> [Samples; 4] {
    let mut rows = NAMES.map(|name| Samples::new(name, count + BLOCK));
    let mut decoder = Decoder::new(&[COIN]);
    let mut ms = market::EPOCH_MS;
    for block in 0..1 + count.div_ceil(BLOCK) {
        for (way, row) in rows.iter_mut().enumerate() {
            for at in 0..BLOCK {
                ms += 1;
                let place = (block * BLOCK + at) % messages.len();
                let frame = messages[place].at(ms);
                let start = clock.raw();
                read(way, &mut decoder, black_box(frame));
                let ns = clock.between(start, clock.raw()).ns();
                if 0 < block {
                    row.add(ns);
                }
            }
        }
    }
    rows
}

#[inline]
fn read(way: usize, decoder: &mut Decoder, frame: &[u8]) {
    let decoded = match way {
        0 => decoder.decode(Stream::Market, frame),
        1 => decoder.decode_tape(Stream::Market, frame),
        _ => {
            let text = std::str::from_utf8(frame).expect("ASCII");
            let text = black_box(text);
            let read = if way == 2 { feed::read(text) } else { feed::read_adjacent(text) };
            assert!(read.coin == COIN && 0 < read.time && !read.sides[0].is_empty(), "a message");
            return;
        }
    };
    assert!(matches!(black_box(decoded), Ok(Decoded::Event(_))), "an event");
}

fn told(rows: &mut [Samples; 4]) -> Value {
    let [scanner, tape, owned, adjacent] = rows;
    json!({
        "arms": {
            "scanner": scanner.json(), "tape": tape.json(),
            "serde_json_owned": owned.json(), "serde_json_adjacent": adjacent.json(),
        },
        "ratios": {
            "tape_over_scanner_p50": tape.p50() / scanner.p50(),
            "owned_over_scanner_p50": owned.p50() / scanner.p50(),
            "adjacent_over_scanner_p50": adjacent.p50() / scanner.p50(),
            "owned_over_scanner_p99": owned.p99() / scanner.p99(),
        },
    })
}
