//! The fast lane of `wire::scan` against the JSON parser: messages of the exact layout, and messages
//! one small change away from it.

use evenkeel::market::{Event, Stream};
use evenkeel::wire::decode::{DecodeError, Decoded, Decoder};
use proptest::test_runner::{Config, TestRunner};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::cell::RefCell;

/// Coins of the messages.
const COINS: [&str; 3] = ["BTC", "hyna:HYPE", "kPEPE"];
/// Cases of an ordinary run; `EVENKEEL_SCAN_CASES` asks for more.
const CASES: u64 = 100_000;
/// Seed of the cases.
const SEED: u64 = 20_260_924;

/// Whether two results are the same.
fn same(fast: &Result<Decoded<'_>, DecodeError>, slow: &Result<Decoded<'_>, DecodeError>) -> bool {
    match (fast, slow) {
        (Err(fast), Err(slow)) => fast == slow,
        (Ok(Decoded::Event(fast)), Ok(Decoded::Event(slow))) => match (fast, slow) {
            (Event::Bbo(a, fast), Event::Bbo(b, slow)) => a == b && fast == slow,
            (Event::Book(a, fast), Event::Book(b, slow)) => a == b && fast == slow,
            (Event::Trades(a, fast), Event::Trades(b, slow)) => a == b && fast == slow,
            _ => false,
        },
        (Ok(Decoded::Quiet), Ok(Decoded::Quiet)) => true,
        _ => false,
    }
}

/// A decoder of each kind.
struct Lanes {
    fast: Decoder,
    slow: Decoder,
    events: u64,
}

impl Lanes {
    fn new(coins: &[&str]) -> Lanes {
        Lanes { fast: Decoder::new(coins), slow: Decoder::new(coins), events: 0 }
    }

    fn agree(&mut self, frame: &[u8]) {
        let fast = self.fast.decode(Stream::Market, frame);
        let slow = self.slow.decode_tape(Stream::Market, frame);
        assert!(same(&fast, &slow), "fast {fast:?}\nslow {slow:?}\n{}", frame.escape_ascii());
        self.events += u64::from(fast.is_ok());
    }
}

/// Makes messages of the exact layout.
struct Maker(Xoshiro256PlusPlus);

impl Maker {
    fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    fn digits(&mut self, max: u64) -> String {
        let len = 1 + self.below(max);
        (0..len).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }

    fn decimal(&mut self) -> String {
        let whole = self.digits(9);
        let whole = whole.trim_start_matches('0');
        format!("{}.{}", if whole.is_empty() { "0" } else { whole }, self.digits(8))
    }

    fn level(&mut self) -> String {
        let (px, qty, count) = (self.decimal(), self.decimal(), self.below(100));
        format!(r#"{{"px":"{px}","sz":"{qty}","n":{count}}}"#)
    }

    fn levels(&mut self, end: u64) -> String {
        let len = self.below(end);
        (0..len).map(|_| self.level()).collect::<Vec<_>>().join(",")
    }

    fn side(&mut self) -> String {
        if self.below(8) == 0 { "null".to_owned() } else { self.level() }
    }

    fn hex(&mut self, len: usize) -> String {
        (0..len).map(|_| char::from(b"0123456789abcdef"[self.below(16) as usize])).collect()
    }

    fn trade(&mut self, coin: &str) -> String {
        let side = if self.below(2) == 0 { "A" } else { "B" };
        let (px, qty, tid) = (self.decimal(), self.decimal(), self.0.next_u64() >> 14);
        let (hash, buyer, seller) = (self.hex(64), self.hex(40), self.hex(40));
        format!(
            r#"{{"coin":"{coin}","side":"{side}","px":"{px}","sz":"{qty}","time":1790232216193,"hash":"0x{hash}","tid":{tid},"users":["0x{buyer}","0x{seller}"]}}"#
        )
    }

    fn frame(&mut self) -> String {
        let coin = COINS[self.below(3) as usize];
        let time = 1_790_232_000_000 + self.below(1_000_000);
        match self.below(4) {
            0 => {
                let (bid, ask) = (self.side(), self.side());
                format!(
                    r#"{{"channel":"bbo","data":{{"coin":"{coin}","time":{time},"bbo":[{bid},{ask}]}}}}"#
                )
            }
            1 => {
                let len = 1 + self.below(4);
                let rows = (0..len).map(|_| self.trade(coin)).collect::<Vec<_>>().join(",");
                format!(r#"{{"channel":"trades","data":[{rows}]}}"#)
            }
            _ => {
                let depth = if self.below(4) == 0 { 23 } else { 6 };
                let (bids, asks) = (self.levels(depth), self.levels(depth));
                let fast = [r#","fast":true"#, r#","fast":false"#, ""][self.below(3) as usize];
                format!(
                    r#"{{"channel":"l2Book","data":{{"coin":"{coin}","time":{time},"levels":[[{bids}],[{asks}]]{fast}}}}}"#
                )
            }
        }
    }

    /// A change or none: of a byte, of a bit, of the length, of the spelling of a number.
    fn changed(&mut self, frame: String) -> Vec<u8> {
        const TELLING: &[u8] = b"{}[]\",:\\0123456789.-+eEnulB \x00\x7f\xc3";
        let mut frame = frame.into_bytes();
        for _ in 0..self.below(3) {
            let at = self.below(frame.len() as u64) as usize;
            let telling = TELLING[self.below(TELLING.len() as u64) as usize];
            match self.below(6) {
                0 => frame[at] = telling,
                1 => frame.insert(at, telling),
                2 => drop(frame.remove(at)),
                3 => frame[at] ^= 1 << self.below(8),
                4 => frame.insert(at, frame[at]),
                _ => frame.truncate(at.max(1)),
            }
        }
        frame
    }
}

#[test]
fn the_lanes_agree_on_layouts_and_near_misses() {
    let cases = std::env::var("EVENKEEL_SCAN_CASES").ok().and_then(|text| text.parse().ok());
    let cases: u64 = cases.unwrap_or(CASES);
    let mut maker = Maker(Xoshiro256PlusPlus::seed_from_u64(SEED));
    let mut lanes = Lanes::new(&COINS);
    for _ in 0..cases {
        let frame = maker.frame();
        let frame = maker.changed(frame);
        lanes.agree(&frame);
    }
    println!("{cases} cases, {} of them events", lanes.events);
    assert!(cases / 8 < lanes.events, "hardly any of the cases was an event");
}

#[test]
fn any_text_as_a_price_reads_the_same_by_both_lanes() {
    let lanes = RefCell::new(Lanes::new(&COINS));
    let config = Config { cases: 4_000, failure_persistence: None, ..Config::default() };
    let text = "-?[0-9]{0,12}\\.?[0-9]{0,10}|[0-9.eE+\\-NaInf_]{0,20}";
    let run = TestRunner::new(config).run(&(text, text), |(px, qty)| {
        let frame = format!(
            r#"{{"channel":"bbo","data":{{"coin":"BTC","time":1,"bbo":[null,{{"px":"{px}","sz":"{qty}","n":1}}]}}}}"#
        );
        lanes.borrow_mut().agree(frame.as_bytes());
        Ok(())
    });
    run.unwrap_or_else(|failure| panic!("{failure}"));
}
