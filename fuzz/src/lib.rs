//! What the fuzz targets do, one function each; `tests/fuzz_corpus.rs` replays the seeds with them.
//!
//! cargo-fuzz sets flags of its own, so the target must be named again, or the sixteen-byte numbers
//! of the fast lane are not in the build:
//!
//! ```text
//! export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C target-cpu=x86-64-v2"
//! cargo fuzz run scan fuzz/corpus/scan fuzz/seeds/scan
//! ```

use evenkeel::market::{Event, Stream};
use evenkeel::num::text::{canonical, read_e8, read_whole, server};
use evenkeel::num::unit::PX_MAX;
use evenkeel::wire::decode::{DecodeError, Decoded, Decoder};
use std::cell::RefCell;

/// Coins of the seeds.
const COINS: [&str; 8] = ["BTC", "kPEPE", "xyz:SP500", "MATIC", "ETH", "hyna:HYPE", "SOL", "WLFI"];

thread_local! {
    static FAST: RefCell<Decoder> = RefCell::new(Decoder::new(&COINS));
    static SLOW: RefCell<Decoder> = RefCell::new(Decoder::new(&COINS));
}

/// Market data never panics, and what comes out lies in its domain.
pub fn market(data: &[u8]) {
    FAST.with_borrow_mut(|decoder| check(decoder.decode(Stream::Market, data)));
}

/// Messages of our account never panic, from the socket or as the body of a read.
pub fn user(data: &[u8]) {
    FAST.with_borrow_mut(|decoder| {
        check(decoder.decode(Stream::Market, data));
        check(decoder.decode_account(data));
        check(decoder.decode_open_orders(data));
        check(decoder.decode_fills(data));
        check(decoder.decode_quota(data));
    });
}

/// Replies never panic.
pub fn reply(data: &[u8]) {
    FAST.with_borrow_mut(|decoder| check(decoder.decode(Stream::Orders, data)));
}

/// The fast lane and the JSON parser agree.
pub fn scan(data: &[u8]) {
    FAST.with_borrow_mut(|fast| {
        SLOW.with_borrow_mut(|slow| {
            let fast = fast.decode(Stream::Market, data);
            let slow = slow.decode_tape(Stream::Market, data);
            assert!(same(&fast, &slow), "fast {fast:?}\nslow {slow:?}\n{}", data.escape_ascii());
        });
    });
}

/// Number texts never panic, and what is read is written and read again the same.
pub fn decimal(data: &[u8]) {
    if let Ok(e8) = read_e8(data) {
        assert_eq!(read_e8(&canonical(e8)), Ok(e8));
        assert_eq!(read_e8(&server(e8)), Ok(e8));
    }
    let _ = read_whole(data);
    // The same text as a price and a size of a book, by both lanes.
    let level = [br#"{"px":""#, data, br#"","sz":""#, data, br#"","n":1}"#].concat();
    let head = br#"{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[null,"#;
    scan(&[head.as_slice(), &level, b"]}}"].concat());
}

/// Insists that an event is one the engine may be given.
fn check(decoded: Result<Decoded<'_>, DecodeError>) {
    match decoded {
        Ok(Decoded::Event(Event::Trades(_, trades))) => {
            assert!(!trades.is_empty());
            assert!(trades.iter().all(|trade| 0 < trade.px.e8() && trade.px <= PX_MAX));
            assert!(trades.iter().all(|trade| 0 < trade.qty.e8()));
        }
        Ok(Decoded::Event(Event::Book(_, book))) => {
            let used = book.levels.iter().zip(book.len);
            for (levels, len) in used {
                let (meant, rest) = levels.split_at(usize::from(len));
                assert!(meant.iter().all(|level| 0 < level.px.e8() && level.px <= PX_MAX));
                assert!(rest.iter().all(|level| level.px.e8() == 0 && level.qty.e8() == 0));
            }
        }
        Ok(_) => {}
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

/// Whether two results are the same; by value where the fast lane has a say, else by their print.
fn same(fast: &Result<Decoded<'_>, DecodeError>, slow: &Result<Decoded<'_>, DecodeError>) -> bool {
    match (fast, slow) {
        (Err(fast), Err(slow)) => fast == slow,
        (Ok(Decoded::Event(fast)), Ok(Decoded::Event(slow))) => match (fast, slow) {
            (Event::Bbo(a, fast), Event::Bbo(b, slow)) => a == b && fast == slow,
            (Event::Book(a, fast), Event::Book(b, slow)) => a == b && fast == slow,
            (Event::Trades(a, fast), Event::Trades(b, slow)) => a == b && fast == slow,
            _ => format!("{fast:?}") == format!("{slow:?}"),
        },
        _ => format!("{fast:?}") == format!("{slow:?}"),
    }
}
