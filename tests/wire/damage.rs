//! Damaged messages: flipped bits, missing ends, wrong types. Never a panic, and the twin agrees.

use crate::{Both, samples};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::RefCell;

/// Damaged messages a run.
const CASES: u32 = 12_000;

/// One thing that can happen to a message.
#[derive(Clone, Debug)]
enum Damage {
    /// A bit is flipped.
    Flip(usize, u8),
    /// The rest is missing.
    Cut(usize),
    /// A byte is another one, of those that mean something in JSON.
    Byte(usize, u8),
    /// The value behind a colon is another one.
    Value(usize, &'static str),
    /// A stretch is there twice.
    Twice(usize, usize),
}

/// Values that belong nowhere, or belong elsewhere.
const STRANGE: [&str; 18] = [
    "null",
    "true",
    "0",
    "-0",
    "-7",
    "1.5",
    "1e400",
    "18446744073709551616",
    "\"\"",
    "\"NaN\"",
    "\"-1.0\"",
    "\"1e5\"",
    "\"0.000000001\"",
    "\"99999999999999999999\"",
    "\"\\u0042\"",
    "[]",
    "{}",
    "[[],[]]",
];

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<usize>(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        any::<usize>().prop_map(Damage::Cut),
        (any::<usize>(), prop::sample::select(b"{}[]\",:\\0129.-+eE \x00\xff".as_slice()))
            .prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (any::<usize>(), prop::sample::select(STRANGE.as_slice()))
            .prop_map(|(at, value)| Damage::Value(at, value)),
        (any::<usize>(), 1..40usize).prop_map(|(at, len)| Damage::Twice(at, len)),
    ]
}

impl Damage {
    fn done_to(&self, frame: &mut Vec<u8>) {
        let len = frame.len().max(1);
        match *self {
            _ if frame.is_empty() => {}
            Damage::Flip(at, bit) => frame[at % len] ^= 1 << bit,
            Damage::Cut(at) => frame.truncate(at % len),
            Damage::Byte(at, byte) => frame[at % len] = byte,
            Damage::Value(at, value) => replace_value(frame, at, value),
            Damage::Twice(at, size) => {
                let from = at % len;
                let copy = frame[from..(from + size).min(len)].to_vec();
                frame.splice(from..from, copy);
            }
        }
    }
}

/// Puts `value` in place of what follows one of the colons, up to the next end of a value.
fn replace_value(frame: &mut Vec<u8>, at: usize, value: &str) {
    let colons: Vec<usize> = (0..frame.len()).filter(|&at| frame[at] == b':').collect();
    let Some(&colon) = colons.get(at % colons.len().max(1)) else { return };
    let tail = &frame[colon + 1..];
    let end = tail.iter().position(|byte| b",}]".contains(byte)).unwrap_or(tail.len());
    frame.splice(colon + 1..colon + 1 + end, value.bytes());
}

#[test]
fn damaged_messages_never_panic_and_the_twin_agrees() {
    let lines = samples::socket_lines();
    let coins = ["BTC", "kPEPE", "xyz:SP500", "MATIC", "ETH", "hyna:HYPE", "SOL"];
    let both = RefCell::new(Both::new(&coins));
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let input = (prop::sample::select(lines), prop::collection::vec(damage(), 1..4));
    let run = TestRunner::new(config).run(&input, |(line, damages)| {
        let mut frame = line.into_bytes();
        damages.iter().for_each(|damage| damage.done_to(&mut frame));
        let _ = both.borrow_mut().agree(&frame);
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
