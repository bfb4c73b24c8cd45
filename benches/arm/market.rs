//! Messages of a market, as the venue prints them: many different ones, so that no branch predictor
//! can learn one by heart.

use super::venue::{MID, TICK};
use evenkeel::num::text::server;

/// The coin all of them are about.
pub const COIN: &str = "HYPE";
/// A time of the venue; every message gets its own before it is used.
pub const EPOCH_MS: u64 = 1_790_000_000_000;
/// Digits of such a time.
const TIME_DIGITS: usize = 13;

/// A message and where its time stands in it.
#[derive(Clone)]
pub struct Message {
    /// Its bytes.
    pub bytes: Vec<u8>,
    times: Vec<usize>,
}

impl Message {
    /// From its text, with [`EPOCH_MS`] wherever a time is to be put.
    pub fn new(text: String) -> Message {
        let mark = EPOCH_MS.to_string();
        let times = text.match_indices(&mark).map(|(at, _)| at).collect();
        Message { bytes: text.into_bytes(), times }
    }

    /// The same of another coin, whose name is as long.
    pub fn of(&self, coin: &str) -> Message {
        let text = String::from_utf8_lossy(&self.bytes).replace(COIN, coin);
        Message { bytes: text.into_bytes(), times: self.times.clone() }
    }

    /// It, as of that time.
    pub fn at(&mut self, ms: u64) -> &[u8] {
        let digits = ms.to_string();
        for &at in &self.times {
            self.bytes[at..at + TIME_DIGITS].copy_from_slice(digits.as_bytes());
        }
        &self.bytes
    }
}

/// Numbers that look random and repeat on every machine (Knuth's multiplier).
pub struct Dice(pub u64);

impl Dice {
    /// The next, below `below`.
    pub fn below(&mut self, below: u64) -> i64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % below).expect("small")
    }

    fn level(&mut self, px: i64) -> String {
        let size = (1 + self.below(200_000)) * 1_000_000;
        let count = 1 + self.below(40);
        format!(r#"{{"px":"{}","sz":"{}","n":{count}}}"#, server(px), server(size))
    }

    /// Best prices around a random price. Within 16 bps, so that no move is one which waits for a
    /// witness (MODEL 5.3).
    fn touch(&mut self) -> [i64; 2] {
        let bid = MID + (self.below(80) - 40) * TICK;
        [bid, bid + (1 + self.below(3)) * TICK]
    }
}

/// Books of `depth` levels a side.
pub fn books(count: usize, depth: i64) -> Vec<Message> {
    let mut dice = Dice(1);
    let mut one = || {
        let [bid, ask] = dice.touch();
        let bids: Vec<String> = (0..depth).map(|at| dice.level(bid - at * TICK)).collect();
        let asks: Vec<String> = (0..depth).map(|at| dice.level(ask + at * TICK)).collect();
        let (bids, asks) = (bids.join(","), asks.join(","));
        let data = format!(r#""coin":"{COIN}","time":{EPOCH_MS},"levels":[[{bids}],[{asks}]]"#);
        Message::new(format!(r#"{{"channel":"l2Book","data":{{{data}}}}}"#))
    };
    (0..count).map(|_| one()).collect()
}

/// Best prices.
pub fn bbos(count: usize) -> Vec<Message> {
    let mut dice = Dice(2);
    let mut one = || {
        let [bid, ask] = dice.touch();
        let sides = format!("{},{}", dice.level(bid), dice.level(ask));
        let data = format!(r#""coin":"{COIN}","time":{EPOCH_MS},"bbo":[{sides}]"#);
        Message::new(format!(r#"{{"channel":"bbo","data":{{{data}}}}}"#))
    };
    (0..count).map(|_| one()).collect()
}

/// Trades, one to three a message.
pub fn trades(count: usize) -> Vec<Message> {
    let mut dice = Dice(3);
    let mut one = || {
        let rows: Vec<String> = (0..1 + dice.below(3)).map(|_| trade(&mut dice)).collect();
        Message::new(format!(r#"{{"channel":"trades","data":[{}]}}"#, rows.join(",")))
    };
    (0..count).map(|_| one()).collect()
}

fn trade(dice: &mut Dice) -> String {
    let (px, size) = (dice.touch()[0], (1 + dice.below(5_000)) * 1_000_000);
    let (side, tid) = (if dice.below(2) == 0 { "A" } else { "B" }, dice.below(1 << 30));
    let (px, size) = (server(px), server(size));
    let (hash, user) = ("7".repeat(64), "a".repeat(40));
    format!(
        r#"{{"coin":"{COIN}","side":"{side}","px":"{px}","sz":"{size}","time":{EPOCH_MS},"hash":"0x{hash}","tid":{tid},"users":["0x{user}","0x{user}"]}}"#
    )
}
