//! A message as most programs read one: serde_json into owned types, texts into floats.

use serde::Deserialize;

/// A message with its numbers read; of trades, the first side has them.
pub struct Reading {
    /// Whose it is.
    pub coin: String,
    /// The venue's time.
    pub time: u64,
    /// Prices of both sides.
    pub sides: [Vec<Price>; 2],
}

/// One price, what rests there, and of how many orders it is.
pub type Price = (f64, f64, u64);

#[derive(Deserialize)]
#[serde(tag = "channel", content = "data")]
enum Feed {
    #[serde(rename = "l2Book")]
    Book { coin: String, time: u64, levels: [Vec<LevelData>; 2] },
    #[serde(rename = "bbo")]
    Bbo { coin: String, time: u64, bbo: [Option<LevelData>; 2] },
    #[serde(rename = "trades")]
    Trades(Vec<TradeData>),
}

#[derive(Deserialize)]
struct LevelData {
    px: String,
    sz: String,
    n: u64,
}

#[derive(Deserialize)]
struct TradeData {
    coin: String,
    side: String,
    px: String,
    sz: String,
    time: u64,
    hash: String,
    tid: u64,
    users: [String; 2],
}

/// Reads a message.
pub fn read(text: &str) -> Reading {
    match serde_json::from_str(text).expect("a message") {
        Feed::Book { coin, time, levels } => Reading { coin, time, sides: levels.map(prices) },
        Feed::Bbo { coin, time, bbo } => {
            Reading { coin, time, sides: bbo.map(|level| prices(level.into_iter().collect())) }
        }
        Feed::Trades(trades) => {
            let (coin, time) = (trades[0].coin.clone(), trades[0].time);
            let rows = trades.iter().map(|trade| {
                let whole = trade.hash.len() == 66 && trade.users[0].len() == trade.users[1].len();
                assert!(whole && (trade.side == "A" || trade.side == "B"), "a trade");
                (number(&trade.px), number(&trade.sz), trade.tid)
            });
            Reading { coin, time, sides: [rows.collect(), Vec::new()] }
        }
    }
}

fn prices(levels: Vec<LevelData>) -> Vec<Price> {
    let read = |level: &LevelData| (number(&level.px), number(&level.sz), level.n);
    levels.iter().map(read).collect()
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}
