use super::scan::scan;
use super::*;
use crate::market::{Level, Link};
use crate::num::Px;
use crate::session::simulated::{RecordingEvent, TimedEvent};
use crate::venue::MarketEventKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A file of a test, gone when the test ends.
struct Temp(PathBuf);

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn temp(name: &str, bytes: &[u8]) -> Temp {
    let path = std::env::temp_dir().join(format!("evenkeel-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).expect("a temporary file can be written");
    Temp(path)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).expect("memory takes it");
    gzip.finish().expect("memory takes it")
}

fn bbo(time: u64, bid: &str, ask: &str, recv_ms: u64) -> String {
    format!(
        r#"{{"channel":"bbo","data":{{"coin":"X","time":{time},"bbo":[{{"px":"{bid}","sz":"2.0","n":0}},{{"px":"{ask}","sz":"3.5","n":0}}]}},"recv_ns":{recv_ms}000000}}"#
    )
}

fn book(time: u64, bids: &[&str], asks: &[&str], recv_ms: u64) -> String {
    let side = |levels: &[&str]| {
        let rows = levels.iter().map(|px| format!(r#"{{"px":"{px}","sz":"2.25","n":1}}"#));
        rows.collect::<Vec<_>>().join(",")
    };
    let (bids, asks) = (side(bids), side(asks));
    format!(
        r#"{{"channel":"l2Book","data":{{"coin":"X","time":{time},"levels":[[{bids}],[{asks}]]}},"recv_ns":{recv_ms}000000}}"#
    )
}

fn trades(prints: &[(u64, &str, &str, &str)], recv_ms: u64) -> String {
    let row = |(time, side, px, sz): &(u64, &str, &str, &str)| {
        format!(
            r#"{{"coin":"X","side":"{side}","px":"{px}","sz":"{sz}","time":{time},"hash":"0x0","tid":{},"users":["0x0","0x0"]}}"#,
            time * 1_000 + sz.parse::<f64>().map_or(0, |sz| (sz * 8.0) as u64)
        )
    };
    let rows = prints.iter().map(row).collect::<Vec<_>>().join(",");
    format!(r#"{{"channel":"trades","data":[{rows}],"recv_ns":{recv_ms}000000}}"#)
}

/// All moments of lines, each in a few words.
fn story(name: &str, lines: &[String], delay: FeedLatency) -> Vec<String> {
    let file = temp(name, &gzip(&lines.join("\n")));
    let recording = RecordingReader::open(&file.0, None).expect("it is sound");
    let journal = file.0.with_extension("journal");
    let recorded = RecordingEvents::new(recording, delay);
    let told = tell_all(recorded);
    import(&file.0, None, &journal).expect("it is sound");
    let journal = Temp(journal);
    let recording = RecordingReader::open(&journal.0, Some("X")).expect("it was imported");
    assert_eq!(tell_all(RecordingEvents::new(recording, delay)), told, "imported");
    told
}

/// All moments in words; messages are numbered.
fn tell_all(recorded: RecordingEvents) -> Vec<String> {
    let mut count = 0;
    let moments = recorded.map(|moment| moment.expect("it is sound"));
    let moments = moments.filter(|moment| moment.what != RecordingEvent::Pong);
    moments.map(|moment| tell(&moment, &mut count)).collect()
}

fn tell(moment: &TimedEvent, count: &mut u64) -> String {
    let ms = moment.at_ns / 1_000_000;
    match &moment.what {
        RecordingEvent::Link(link) => format!("{ms} {link:?}"),
        RecordingEvent::Pong => format!("{ms} pong"),
        RecordingEvent::Message(_) => {
            *count += 1;
            format!("{ms} line {count}")
        }
        RecordingEvent::Market(flow) => match &flow.what {
            MarketEventKind::Quotes { bids, asks } => format!("{ms} {}/{}", best(bids), best(asks)),
            MarketEventKind::Taker { side, limit, qty } => {
                format!("{ms} {side:?} {} x {}", text(*limit), text(Px::from_e8(qty.e8())))
            }
            MarketEventKind::Marks { mark, .. } => format!("{ms} mark {}", text(*mark)),
        },
    }
}

fn best(levels: &[Level]) -> String {
    levels.first().map_or("-".to_owned(), |level| text(level.px))
}

fn text(px: Px) -> String {
    String::from_utf8(crate::num::text::canonical(px.e8()).to_vec()).expect("digits")
}

#[test]
fn trades_meet_the_book_they_took_from() {
    // The best price of block 1100 is received before its trades.
    let sweep = [(1_100, "B", "11", "1.5"), (1_100, "B", "11", "2"), (1_100, "B", "11.5", "1")];
    let lines = [
        bbo(1_000, "10", "11", 1_400),
        bbo(1_100, "10", "12", 1_500),
        trades(&sweep, 1_510),
        trades(&[(1_100, "A", "10", "0.5")], 1_520),
    ];
    let market = [
        "1000 10/11",
        "1000 mark 10.5",
        "1100 Bid 11 x 3.5",
        "1100 Bid 11.5 x 1",
        "1100 Ask 10 x 0.5",
        "1100 10/12",
    ];
    let recorded = ["1400 line 1", "1500 line 2", "1510 line 3", "1520 line 4"];
    let got = story("pairs", &lines, FeedLatency::AsRecorded);
    assert_eq!(got, [&market[..], &recorded].concat());
    let near = ["1050 line 1", "1150 line 2", "1150 line 3", "1150 line 4"];
    let got = story("near", &lines, FeedLatency::Fixed(Nanos::from_millis(50)));
    let want = [&market[..2], &near[..1], &market[2..], &near[1..]].concat();
    assert_eq!(got, want, "a nearer feed hears sooner, and the market is the same");
}

#[test]
fn a_best_price_corrects_an_older_snapshot_and_not_a_newer_one() {
    let lines = [
        book(1_000, &["10", "9"], &["11", "12"], 1_300),
        bbo(1_200, "9.5", "11", 1_310),
        book(1_100, &["10", "9", "8"], &["11", "12"], 1_320), // Older than the bbo before it.
        bbo(1_150, "7", "13", 1_330),                         // Old too.
        book(1_300, &["9.7"], &["9.9"], 1_340),
    ];
    let got = story("corrects", &lines, FeedLatency::AsRecorded);
    let books: Vec<&str> =
        got.iter().map(String::as_str).filter(|line| line.contains('/')).collect();
    assert_eq!(books, ["1000 10/11", "1100 10/11", "1150 7/13", "1200 9.5/11", "1300 9.7/9.9"]);
}

#[test]
fn pauses_are_broken_links_and_repeated_trades_are_left_out() {
    let lines = [
        trades(&[(90_000, "A", "10", "9")], 101_000), // From before the subscription.
        bbo(100_500, "10", "11", 101_100),
        trades(&[(101_000, "B", "11", "1")], 101_500),
        bbo(116_100, "10", "11", 116_500), // Fifteen seconds: no pause.
        bbo(132_000, "10", "11", 132_400),
        trades(
            &[(101_000, "B", "11", "1"), (129_000, "B", "11", "2"), (132_100, "A", "10", "3")],
            132_500,
        ),
    ];
    let got = story("pauses", &lines, FeedLatency::AsRecorded);
    let of = |word: &str| -> Vec<&str> {
        got.iter().map(String::as_str).filter(|line| line.contains(word)).collect()
    };
    assert_eq!(of("Down"), ["116500 Down"]);
    assert_eq!(of("Up"), ["132400 Up"]);
    assert_eq!(of(" x "), ["101000 Bid 11 x 1", "129000 Bid 11 x 2", "132100 Ask 10 x 3"]);
    let at = |what: &str| got.iter().position(|line| line == what).expect("it happens");
    assert!(at("116500 line 4") < at("116500 Down") && at("132400 Up") < at("132400 line 5"));
}

#[test]
fn a_silence_on_a_living_link_has_pongs() {
    let lines = [
        bbo(1_000, "10", "11", 1_400),
        bbo(3_000, "10", "11", 3_000),
        bbo(19_000, "10", "11", 19_100),
    ];
    let file = temp("pongs", &gzip(&lines.join("\n")));
    let recording = RecordingReader::open(&file.0, None).expect("it is sound");
    let moments = RecordingEvents::new(recording, FeedLatency::AsRecorded)
        .map(|moment| moment.expect("it is sound"));
    let pongs = moments.filter(|moment| moment.what == RecordingEvent::Pong);
    let ms: Vec<u64> = pongs.map(|moment| moment.at_ns / 1_000_000).collect();
    assert_eq!(ms, [1_900, 2_400, 2_900], "and none while the link is down");
}

#[test]
fn a_clock_that_is_behind_is_put_forward() {
    let lines = [bbo(5_000, "10", "11", 3_500), bbo(5_100, "10", "12", 3_590)];
    let got = story("behind", &lines, FeedLatency::AsRecorded);
    let frames: Vec<&str> =
        got.iter().map(String::as_str).filter(|line| line.contains("line")).collect();
    assert_eq!(frames, ["5010 line 1", "5100 line 2"]);
}

#[test]
fn what_is_in_it_is_found_out() {
    let lines = [book(1, &["10.05", "9.5"], &["11"], 2), trades(&[(1, "A", "10.05", "0.125")], 3)];
    let file = temp("info", &gzip(&lines.join("\n")));
    let info = scan(&file.0, Some("X"), &mut |_| {}).expect("it is sound");
    assert_eq!((info.sz_decimals, info.tick_e8, info.levels), (3, 5_000_000, 2));
    assert_eq!((info.books, info.touches, info.trade_messages, info.trades), (1, 0, 1, 1));
    assert_eq!((info.trade_mean.e8(), info.sizeless), (12_500_000, 0));
    assert_eq!(info.first_mid.map(text), Some("10.525".to_owned()));
}

#[test]
fn what_is_wrong_is_said_in_a_sentence() {
    let good = bbo(1_000, "10", "11", 1_400);
    let other = good.replace("\"X\"", "\"Y\"");
    let mut cut = gzip(&vec![good.clone(); 2_000].join("\n"));
    cut.truncate(cut.len() / 2);
    let mut flipped = gzip(&good);
    let last = flipped.len() - 6;
    flipped[last] ^= 0xff; // In the checksum.
    let crossed = format!("{good}\n{}", bbo(1_100, "11", "11", 1_500));
    // what, bytes, coin, the sentence after the file's name
    let rows: [(&str, Vec<u8>, Option<&str>, &str); 11] = [
        (
            "stamp",
            gzip(
                &good
                    .replace("{\"channel", "{\"recv_ns\":5,\"channel")
                    .replace(",\"recv_ns\":1400000000", ""),
            ),
            None,
            "line 1: has recv_ns elsewhere than as a whole number at its end",
        ),
        ("no bytes", vec![], None, "is empty"),
        ("no lines", gzip(""), None, "is empty"),
        ("plain", good.clone().into_bytes(), None, "is not a gzip file; a recording is"),
        ("cut", cut, None, "the gzip stream ends in its middle; the file must be whole"),
        ("damaged", flipped, None, "the gzip stream is damaged"),
        ("other", gzip(&good), Some("HYPE"), "has no HYPE; its coins are X"),
        (
            "two",
            gzip(&format!("{good}\n{other}")),
            None,
            "has several coins, name one of them: X, Y",
        ),
        ("pongs", gzip(r#"{"channel":"pong"}"#), None, "has no market data"),
        ("crossed", gzip(&crossed), None, "line 2: shows a book with best bid 11 and best ask 11;"),
        ("words", gzip(&format!("{good}\nhello")), None, "line 2: "),
    ];
    for (what, bytes, coin, want) in rows {
        let file = temp(what, &bytes);
        let error = scan(&file.0, coin, &mut |_| {}).expect_err(what).to_string();
        assert!(error.starts_with(&format!("{}: ", file.0.display())), "{what}: {error}");
        assert!(error.contains(want), "{what}: {error}");
    }
    let missing =
        scan(Path::new("/nowhere/x.jsonl.gz"), None, &mut |_| {}).expect_err("it is not there");
    assert!(missing.to_string().contains("cannot be read"), "{missing}");
}

/// The shared recordings, when they are there.
fn shared() -> Option<PathBuf> {
    let shared = std::env::var("EVENKEEL_SHARED").map(PathBuf::from);
    let shared =
        shared.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into());
    let data = shared.join("data");
    if data.join("stats.json").is_file() {
        return Some(data);
    }
    eprintln!("skipped: {} has no recordings", data.display());
    None
}

#[test]
fn the_shared_recordings_hold_what_their_statistics_say() {
    let Some(data) = shared() else { return };
    let text = std::fs::read_to_string(data.join("stats.json")).expect("it is there");
    let rows: Vec<serde_json::Value> = serde_json::from_str(&text).expect("it is JSON");
    for row in rows.iter().filter(|row| row["bytes"].as_u64() < Some(2_000_000)) {
        let name = row["file"].as_str().expect("a name");
        // One file has all coins; of HYPE it has 202 trades.
        let coin = row["coins"].as_array().is_none().then_some("HYPE");
        let info =
            scan(&data.join(name), coin, &mut |_| {}).unwrap_or_else(|error| panic!("{error}"));
        let counts = [info.books, info.touches, info.trades, u64::from(info.levels)];
        let want = ["l2Book", "bbo", "trades", "l2_levels"].map(|key| row[key].as_u64());
        match coin {
            Some(_) => assert_eq!(info.trades, 202, "{name}"),
            None => assert_eq!(counts.map(Some), want, "{name}"),
        }
    }
}

#[test]
fn recorded_trades_lie_on_their_side_of_the_book_before_them() {
    let Some(data) = shared() else { return };
    let file = data.join("hl_WLFI_20250904T1946.jsonl.gz");
    let recording = RecordingReader::open(&file, None).expect("it is sound");
    let info = recording.info().clone();
    let mut mid = None;
    let mut sides: BTreeMap<bool, u32> = BTreeMap::new();
    let (mut last_ns, mut downs, mut frames) = (0, 0, 0);
    for moment in RecordingEvents::new(recording, FeedLatency::AsRecorded) {
        let moment = moment.expect("it is sound");
        assert!(last_ns <= moment.at_ns, "moments come in the order of time");
        last_ns = moment.at_ns;
        match moment.what {
            RecordingEvent::Link(link) => downs += u32::from(link == Link::Down),
            RecordingEvent::Message(_) => frames += 1,
            RecordingEvent::Pong => {}
            RecordingEvent::Market(flow) => match flow.what {
                MarketEventKind::Quotes { bids, asks } => mid = Some(bids[0].px.mid(asks[0].px)),
                MarketEventKind::Taker { side, limit, .. } => {
                    if let Some(mid) = mid {
                        *sides.entry(!mid.beats(limit, side)).or_default() += 1;
                    }
                }
                MarketEventKind::Marks { .. } => {}
            },
        }
    }
    let (right, wrong) = (sides[&true], sides[&false]);
    // 96 % with every print counted; a taker's prints at one price are one here.
    assert!(wrong * 19 < right, "{wrong} of {} takers paid less than the mid", wrong + right);
    assert_eq!(frames, info.books + info.touches + info.trade_messages);
    assert_eq!(downs, 1, "the reconnect at 19:58:12");
}
