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

/// As the venue's own Rust SDK has it: the name of the channel beside the data, so that serde keeps
/// all of a message in memory before it knows what it is.
#[derive(Deserialize)]
#[serde(tag = "channel")]
enum Feed {
    #[serde(rename = "l2Book")]
    Book { data: BookData },
    #[serde(rename = "bbo")]
    Bbo { data: BboData },
    #[serde(rename = "trades")]
    Trades { data: Vec<TradeData> },
}

/// With the data as the content of what the channel names: serde keeps nothing, if that comes first.
#[derive(Deserialize)]
#[serde(tag = "channel", content = "data")]
enum Adjacent {
    #[serde(rename = "l2Book")]
    Book(BookData),
    #[serde(rename = "bbo")]
    Bbo(BboData),
    #[serde(rename = "trades")]
    Trades(Vec<TradeData>),
}

#[derive(Deserialize)]
struct BookData {
    coin: String,
    time: u64,
    levels: Vec<Vec<LevelData>>,
}

#[derive(Deserialize)]
struct BboData {
    coin: String,
    time: u64,
    bbo: Vec<Option<LevelData>>,
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
    users: (String, String),
}

/// Reads a message as the venue's SDK does.
pub fn read(text: &str) -> Reading {
    match serde_json::from_str(text).expect("a message") {
        Feed::Book { data } => book(data),
        Feed::Bbo { data } => bbo(data),
        Feed::Trades { data } => trades(&data),
    }
}

/// Reads a message with less to keep.
pub fn read_adjacent(text: &str) -> Reading {
    match serde_json::from_str(text).expect("a message") {
        Adjacent::Book(data) => book(data),
        Adjacent::Bbo(data) => bbo(data),
        Adjacent::Trades(data) => trades(&data),
    }
}

fn book(BookData { coin, time, levels }: BookData) -> Reading {
    let mut sides = levels.into_iter().map(prices);
    Reading { coin, time, sides: std::array::from_fn(|_| sides.next().unwrap_or_default()) }
}

fn bbo(BboData { coin, time, bbo }: BboData) -> Reading {
    let mut sides = bbo.into_iter().map(|level| prices(level.into_iter().collect()));
    Reading { coin, time, sides: std::array::from_fn(|_| sides.next().unwrap_or_default()) }
}

fn trades(trades: &[TradeData]) -> Reading {
    let (coin, time) = (trades[0].coin.clone(), trades[0].time);
    let rows = trades.iter().map(|trade| {
        let whole = trade.hash.len() == 66 && trade.users.0.len() == trade.users.1.len();
        assert!(whole && (trade.side == "A" || trade.side == "B"), "a trade");
        (number(&trade.px), number(&trade.sz), trade.tid)
    });
    Reading { coin, time, sides: [rows.collect(), Vec::new()] }
}

fn prices(levels: Vec<LevelData>) -> Vec<Price> {
    let read = |level: &LevelData| (number(&level.px), number(&level.sz), level.n);
    levels.iter().map(read).collect()
}

fn number(text: &str) -> f64 {
    text.parse().expect("a number")
}
