//! What the fuzz targets do, one function each; `tests/fuzz_corpus.rs` replays the seeds with them.
//!
//! cargo-fuzz sets flags of its own, so the target must be named again, or the sixteen-byte numbers
//! of the fast lane are not in the build:
//!
//! ```text
//! export RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C target-cpu=x86-64-v2"
//! cargo fuzz run scan fuzz/corpus/scan fuzz/seeds/scan
//! ```

use evenkeel::engine::{Config, Engine, Setup, Sizing};
use evenkeel::market::table::ROWS_MAX;
use evenkeel::market::{
    AssetId, Bbo, CoinIx, Context, Event, Level, Link, Requests, Spec, Stream, Table,
};
use evenkeel::model::glft;
use evenkeel::num::text::{canonical, read_e8, read_whole, server};
use evenkeel::num::unit::PX_MAX;
use evenkeel::num::{Bps, Mono, Nanos, Px, Qty, Stamp, Usd, WallMs};
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

/// A session in BTC with quotes out, and how often it was told something since.
struct Quoting {
    fresh: Box<Engine>,
    engine: Box<Engine>,
    at: Stamp,
    told: u64,
    out: Requests,
}

thread_local! {
    static QUOTING: RefCell<Quoting> = RefCell::new(Quoting::new());
}

/// After so many messages the session begins anew: a halted one says little.
const BEGIN_ANEW: u64 = 24;

impl Quoting {
    fn new() -> Quoting {
        let capital = Usd::from_e8(1_000_000_000_000);
        let config = Config { capital, ..Config::default() };
        let (asset, centi) = (AssetId(0), Bps::from_centi);
        let (fee_maker, fee_taker) = (centi(150), centi(450));
        let spec = Spec { asset, sz_decimals: 5, leverage_max: 40, fee_maker, fee_taker };
        let mark = Px::from_e8(8_414_350_000_000);
        let sizing = Sizing::new(config.capital, config.multiple, &spec, mark).expect("enough");
        let setup = Setup {
            live: true,
            reference: Some(CoinIx(4)),
            ..Setup::flat(config, spec, sizing, mark)
        };
        let at = Stamp { mono: Mono::START, wall: WallMs::from_ms(1_790_232_237_000) };
        let engine = Box::new(Engine::new(setup));
        let mut quoting =
            Quoting { fresh: engine.clone(), engine, at, told: 0, out: Requests::new() };
        quoting.tell(&Event::Link(Stream::Market, Link::Up));
        quoting.tell(&Event::Link(Stream::Orders, Link::Up));
        quoting.tell(&Event::OpenOrders(&[]));
        let wish = quoting.engine.table_wish(at.mono).expect("none was made");
        let rows = [Bps::ZERO; ROWS_MAX];
        let mut table = Table { params: wish, bid: rows, ask: rows };
        glft::build(&wish, &mut table).expect("the priors make a table");
        quoting.tell(&Event::Table(CoinIx(0), &table));
        let context = Context { mark, oracle: mark, funding: Bps::ZERO };
        quoting.tell(&Event::Context(CoinIx(0), &context));
        let level =
            |px| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(100_000_000), count: 1 });
        let (bid, ask) = (level(8_414_300_000_000), level(8_414_400_000_000));
        quoting.tell(&Event::Bbo(CoinIx(0), &Bbo { venue: at.wall, bid, ask }));
        assert!(quoting.engine.quote().is_some(), "it quotes");
        quoting.fresh = quoting.engine.clone();
        quoting.told = 0;
        quoting
    }

    fn tell(&mut self, event: &Event<'_>) {
        self.out.clear();
        self.engine.step(self.at, event, &mut self.out);
        self.told += 1;
    }

    /// Steps the event, and lets a moment pass after every other one.
    fn hear(&mut self, decoded: Result<Decoded<'_>, DecodeError>) {
        let event = match decoded {
            Ok(Decoded::Event(event)) => event,
            Err(_) => Event::Garbled(Stream::Market),
            Ok(Decoded::Ack | Decoded::Quiet | Decoded::VenueError(_)) => return,
        };
        self.tell(&event);
        let ms = 1 + self.told % 7 * 90;
        let Stamp { mono, wall } = self.at;
        self.at = Stamp { mono: mono + Nanos::from_millis(ms), wall: wall.plus_ms(ms) };
        self.tell(&Event::Wake);
        if BEGIN_ANEW <= self.told {
            (*self.engine, self.told) = (Engine::clone(&self.fresh), 0);
            self.at = Stamp { mono: Mono::START, wall: WallMs::from_ms(1_790_232_237_000) };
        }
    }
}

/// Whatever is decoded, the engine takes it, and its estimators a moment later.
pub fn decode_step(data: &[u8]) {
    QUOTING.with_borrow_mut(|quoting| {
        FAST.with_borrow_mut(|decoder| {
            quoting.hear(decoder.decode(Stream::Market, data));
            if !data.starts_with(b"{\"channel") {
                quoting.hear(decoder.decode_account(data));
                quoting.hear(decoder.decode_open_orders(data));
                quoting.hear(decoder.decode_fills(data));
                quoting.hear(decoder.decode_quota(data));
            }
        });
    });
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
