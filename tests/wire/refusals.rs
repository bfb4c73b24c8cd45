//! What is refused, and in which words.

use crate::Both;
use evenkeel::wire::decode::FRAME_MAX;

#[test]
fn what_is_refused_and_in_which_words() {
    let bbo = |inner: &str| format!(r#"{{"channel":"bbo","data":{{{inner}}}}}"#);
    let level = |px: &str| {
        bbo(&format!(r#""coin":"BTC","time":1,"bbo":[null,{{"px":{px},"sz":"1.0","n":1}}]"#))
    };
    let update = |status: &str| {
        format!(
            r#"{{"channel":"orderUpdates","data":[{{"order":{{"coin":"BTC","side":"A","limitPx":"1.0","sz":"1.0","oid":1,"origSz":"1.0"}},"status":"{status}","statusTimestamp":1}}]}}"#
        )
    };
    let levels = vec![r#"{"px":"1.0","sz":"1.0","n":1}"#; 1_001].join(",");
    let rows = [
        ("nothing", String::new(), "the message is not JSON"),
        ("half a message", bbo("").replace("}}", "}"), "the message is not JSON"),
        ("prose", "Service Unavailable".to_owned(), "the message is not JSON"),
        ("two values", r#"{"channel":"pong"}{}"#.to_owned(), "the message is not JSON"),
        ("a list", "[1]".to_owned(), "the message must be an object"),
        ("no channel", "{}".to_owned(), "channel is missing"),
        ("a channel turned round", r#"{"channel":"usdrFills","data":{}}"#.to_owned(), "channel = \"usdrFills\" is not a known word"),
        ("a user event turned round", r#"{"channel":"user","data":{"fjlls":[]}}"#.to_owned(), "fills is missing"),
        ("no data", r#"{"channel":"bbo"}"#.to_owned(), "data is missing"),
        ("no coin", bbo(r#""time":1,"bbo":[null,null]"#), "coin is missing"),
        ("a strange coin", bbo(r#""coin":"btc","time":1,"bbo":[null,null]"#), "the coin \"btc\" is not one of ours"),
        ("two times", bbo(r#""coin":"BTC","time":1,"time":2,"bbo":[null,null]"#), "time is given twice"),
        ("a late time", bbo(r#""coin":"BTC","time":10000000000000,"bbo":[null,null]"#), "time must be milliseconds since 1970, before the year 2100"),
        ("a time before 1970", bbo(r#""coin":"BTC","time":-1,"bbo":[null,null]"#), "time must be a whole number that is not negative"),
        ("three sides", bbo(r#""coin":"BTC","time":1,"bbo":[null,null,null]"#), "bbo has 3 rows, at most 2 are allowed"),
        ("one side", bbo(r#""coin":"BTC","time":1,"bbo":[null]"#), "bbo must be a list of two"),
        ("a bare number", level("84143.0"), "px must be a text"),
        ("not a number", level(r#""NaN""#), "px = \"NaN\" is not a plain decimal number"),
        ("a power", level(r#""1e5""#), "px = \"1e5\" is not a plain decimal number"),
        ("too fine", level(r#""0.000000001""#), "px = \"0.000000001\" is more than 8 decimals"),
        ("no price", level(r#""0.0""#), "px must be above 0 and at most 10000000"),
        ("a price below nothing", level(r#""-1.0""#), "px must be above 0 and at most 10000000"),
        ("a huge price", level(r#""10000000.1""#), "px must be above 0 and at most 10000000"),
        ("a null price", level("null"), "px is missing"),
        ("a deep book", format!(r#"{{"channel":"l2Book","data":{{"coin":"BTC","time":1,"levels":[[{levels}],[]]}}}}"#), "levels has 1001 rows, at most 1000 are allowed"),
        ("an unknown state", update("opened"), "status = \"opened\" is not a known word"),
        ("two coins of trades", r#"{"channel":"trades","data":[{"coin":"BTC","side":"A","px":"1.0","sz":"1.0","time":1,"tid":1},{"coin":"ETH","side":"A","px":"1.0","sz":"1.0","time":1,"tid":1}]}"#.to_owned(), "the trades are of several coins, one is allowed"),
        ("an empty trade", r#"{"channel":"trades","data":[{"coin":"BTC","side":"A","px":"1.0","sz":"0.0","time":1,"tid":1}]}"#.to_owned(), "sz must be above 0 and at most 1000000000"),
        ("a strange side", r#"{"channel":"trades","data":[{"coin":"BTC","side":"C","px":"1.0","sz":"1.0","time":1,"tid":1}]}"#.to_owned(), "side = \"C\" is not a known word"),
        ("too long", " ".repeat(FRAME_MAX + 1), "the message has 1048577 bytes, at most 1048576 are allowed"),
    ];
    let mut both = Both::new(&["BTC", "ETH"]);
    for (what, frame, want) in rows {
        assert_eq!(both.agree(frame.as_bytes()), Err(want.to_owned()), "{what}");
    }
}

#[test]
fn a_book_deeper_than_the_venues_is_read_as_far_as_ours_goes() {
    let side = |from: i64, step: i64| {
        let rows =
            (0..100).map(|at| format!(r#"{{"px":"{}.0","sz":"1.0","n":1}}"#, from + step * at));
        rows.collect::<Vec<_>>().join(",")
    };
    let frame = format!(
        r#"{{"channel":"l2Book","data":{{"coin":"BTC","time":1,"levels":[[{}],[{}]]}}}}"#,
        side(5_000, -1),
        side(5_001, 1)
    );
    let mut both = Both::new(&["BTC"]);
    let read = both.agree(frame.as_bytes()).expect("a book");
    assert!(read.contains("len: [20, 20]") && read.contains("Px(498100000000)"), "{read}");
    assert!(!read.contains("Px(498000000000)"), "more than twenty levels: {read}");
}
