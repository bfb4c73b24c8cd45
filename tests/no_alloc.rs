//! Nothing is allocated per message once the buffers have seen each kind: a million in a row.

#[path = "support/venue.rs"]
mod venue;

use evenkeel::engine::{Config, Engine, Setup};
use evenkeel::market::{
    AssetId, Bbo, CoinIx, Event, Fill, Level, Oid, Reply, ReplyBody, Request, Requests, Stream, Tid,
};
use evenkeel::model::glft;
use evenkeel::num::{Mono, Pos, Px, Qty, Stamp, Usd, WallMs};
use evenkeel::session::live::cache_warmer::CacheWarmer;
use evenkeel::wire::decode::{Decoded, Decoder};
use evenkeel::wire::nonce::{Pool, Unprepared};
use evenkeel::wire::{Encoder, RequestNonce, Signer, Source};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use venue::{Acceptance, AcceptingVenue, MID, TICK, canceled, opening, setup};

/// Messages a run.
const DECODES: usize = 1_000_000;

/// The system's allocator, counting what each thread asks of it.
struct Counting;

thread_local! {
    static ASKED: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged; the counter is a plain cell of the
// calling thread, made without allocation.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: the caller promises what `GlobalAlloc` demands, and all of it is passed on.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: the caller promises what `GlobalAlloc` demands, and all of it is passed on.
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(memory, layout) }
    }

    // SAFETY: the caller promises what `GlobalAlloc` demands, and all of it is passed on.
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        // SAFETY: the caller's promises are passed on.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` asked for memory.
fn asked(work: impl FnOnce()) -> u64 {
    let before = ASKED.with(Cell::get);
    work();
    ASKED.with(Cell::get) - before
}

/// One message of every kind: the samples, damaged ones, and a long snapshot.
fn messages() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/samples/ws");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the samples") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a sample");
        all.extend(text.lines().map(|line| line.as_bytes().to_vec()));
    }
    let damaged: Vec<Vec<u8>> = all.iter().map(|line| line[..line.len() - 1].to_vec()).collect();
    let wrong = all.iter().map(|line| line.iter().map(|&b| if b == b'.' { b'e' } else { b }));
    let wrong: Vec<Vec<u8>> = wrong.map(Iterator::collect).collect();
    let blank: Vec<Vec<u8>> = all.iter().map(|line| [b" ", line.as_slice()].concat()).collect();
    all.extend(damaged);
    all.extend(wrong);
    all.extend(blank);
    all
}

#[test]
fn a_million_messages_without_an_allocation() {
    let messages = messages();
    let mut decoder = Decoder::new(&["BTC", "kPEPE", "xyz:SP500", "MATIC", "ETH", "hyna:HYPE"]);
    let mut events = 0u64;
    let mut run = |times: usize| {
        for message in messages.iter().cycle().take(times) {
            let decoded = decoder.decode(Stream::Market, message);
            events += u64::from(matches!(decoded, Ok(Decoded::Event(_))));
        }
    };
    run(messages.len());
    assert_eq!(asked(|| run(DECODES)), 0, "allocations in {DECODES} messages");
    assert!(DECODES as u64 / 8 < events, "only {events} events: the samples are not as they were");
}

#[test]
fn the_longest_snapshot_fits_the_buffers_from_the_start() {
    let row = r#"{"coin":"BTC","px":"79146.0","sz":"0.001","side":"A","time":1769940855551,"startPosition":"0.00093","dir":"Long > Short","closedPnl":"0.046128","hash":"0x5f8b9c337a197c4061050434769793020e020019151c9b1203544786391d562b","oid":308254271324,"crossed":false,"fee":"0.019785","builderFee":"0.007914","tid":404237815023429,"cloid":"0x50663504b0f4fedea00080176229d94f","feeToken":"USDC","twapId":null}"#;
    let rows = vec![row; 2000].join(",");
    let frame = format!(
        r#"{{"channel":"userFills","data":{{"isSnapshot":true,"user":"0x","fills":[{rows}]}}}}"#
    );
    let mut decoder = Decoder::new(&["BTC"]);
    let warm = br#"{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[null,null]},"x":0}"#;
    decoder.decode(Stream::Market, warm).expect("a message");
    let count = asked(|| {
        let decoded = decoder.decode(Stream::Market, frame.as_bytes());
        assert!(matches!(decoded, Ok(Decoded::Event(_))), "{decoded:?}");
    });
    assert_eq!(count, 0, "allocations for {} bytes", frame.len());
}

/// An engine, the bytes it sends, and a venue that accepts everything.
struct Floor {
    engine: Box<Engine>,
    encoder: Box<Encoder>,
    signer: Signer,
    nonce: RequestNonce,
    out: Requests,
    venue: AcceptingVenue,
    requests: u64,
}

impl Floor {
    fn new() -> Floor {
        let setup = setup(Config::default(), AssetId(4)).expect("enough capital");
        let setup = Setup { tag: 9, ..setup };
        let signer = Signer::new(&[7; 32], Source::Testnet).expect("a key");
        Floor {
            engine: Box::new(Engine::new(setup)),
            encoder: Box::new(Encoder::new(None)),
            signer,
            nonce: RequestNonce::after(0),
            out: Requests::new(),
            venue: AcceptingVenue::default(),
            requests: 0,
        }
    }

    /// Steps, encodes, now and then signs, and has the venue accept what was sent.
    fn tell(&mut self, at: Stamp, event: &Event<'_>) {
        self.out.clear();
        self.engine.step(at, event, &mut self.out);
        let sent = self.out.clone();
        for request in &sent {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            self.requests += 1;
            if self.requests.is_multiple_of(SIGN_EVERY) {
                let _ = unsigned.sign(&mut self.signer, &mut Unprepared);
            }
            self.answer(at, request);
        }
    }

    fn answer(&mut self, at: Stamp, request: &Request) {
        let Acceptance { items, gone } = self.venue.accept(request);
        let reply = Reply { id: request.id, body: ReplyBody::Items(&items) };
        self.step_only(at, &Event::Reply(reply));
        for cloid in gone {
            if let Some(update) = canceled(&self.engine, cloid, at.wall) {
                self.step_only(at, &Event::Orders(&[update]));
            }
        }
    }

    fn step_only(&mut self, at: Stamp, event: &Event<'_>) {
        self.out.clear();
        self.engine.step(at, event, &mut self.out);
    }

    /// Our nearest bid is filled by one lot.
    fn fill(&mut self, at: Stamp, number: u64) {
        let Some(order) = self.engine.account().orders.list().first() else { return };
        let place = order.place;
        let fill = Fill {
            coin: CoinIx(0),
            venue: at.wall,
            tid: Tid(number),
            oid: Oid(0),
            cloid: Some(place.cloid),
            side: place.side,
            px: place.px,
            qty: Qty::from_e8(1_000_000),
            fee: Usd::ZERO,
            closed: Usd::ZERO,
            start: Pos::FLAT,
            crossed: false,
        };
        self.tell(at, &Event::Fills { snapshot: false, fills: &[fill] });
    }

    /// One message: mostly the market, now and then a wake or a fill of ours.
    fn turn(&mut self, number: u64) {
        let mono = Mono::from_ns(1 + number * 20_000_000);
        let at = Stamp { mono, wall: WallMs::from_ms(1_790_000_000_000 + number * 20) };
        if number.is_multiple_of(5) {
            return self.tell(at, &Event::Wake);
        }
        if number.is_multiple_of(997) {
            return self.fill(at, number);
        }
        let wave = i64::try_from(number % 400).expect("small");
        let mid = MID + (wave - 200).abs() * 40_000;
        let level = |px: i64| {
            let px = Px::from_e8(px / TICK * TICK);
            Some(Level { px, qty: Qty::from_e8(4_000_000_000), count: 1 })
        };
        let bbo = Bbo { venue: at.wall, bid: level(mid - TICK), ask: level(mid + TICK) };
        self.tell(at, &Event::Bbo(CoinIx(0), &bbo));
    }
}

/// An RFC 6979 signature costs as much as dozens of steps.
const SIGN_EVERY: u64 = 200;

impl Floor {
    /// One that trades.
    fn open() -> Floor {
        let mut floor = Floor::new();
        let at = Stamp { mono: Mono::from_ns(1), wall: WallMs::from_ms(1_790_000_000_000) };
        opening().iter().for_each(|event| floor.tell(at, event));
        let wish = floor.engine.table_wish(at.mono).expect("none was made");
        let table = glft::table(&wish).expect("the priors make a table");
        floor.tell(at, &Event::Table(CoinIx(0), &table));
        floor
    }

    /// All that the engine knows, and all that was sent.
    fn whole(&self) -> String {
        format!("{:?} {:?} {}", self.engine, self.nonce, self.requests)
    }
}

/// Rounds of warm-up between the events of a live engine: `EVENKEEL_WARM_UPS`, or some.
fn warm_ups() -> u64 {
    let asked = std::env::var("EVENKEEL_WARM_UPS").ok();
    asked.map_or(10_000, |text| text.parse().expect("EVENKEEL_WARM_UPS is a number"))
}

#[test]
fn warm_ups_allocate_nothing_and_leave_a_live_engine_alone() {
    let (mut alone, mut beside) = (Floor::open(), Floor::open());
    let mut pool = Pool::new();
    let (mut filler, nonces) = pool.split();
    let (mut preparer, mut seed) = (CacheWarmer::preparer(), 0u64);
    let mut entropy = |bytes: &mut [u8; 32]| {
        seed += 1;
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        true
    };
    let mut shadow = CacheWarmer::new(beside.engine.setup(), nonces).expect("a table");
    filler.refill(&mut preparer, &mut entropy, 8);
    (0..8).for_each(|_| shadow.run_once());
    let rounds = warm_ups();
    for number in 0..rounds {
        filler.refill(&mut preparer, &mut entropy, 1);
        assert_eq!(asked(|| shadow.run_once()), 0, "allocations in round {number}");
        alone.turn(number);
        beside.turn(number);
    }
    assert_eq!(shadow.sent(), 8 + rounds, "each round signed");
    assert!(alone.whole() == beside.whole(), "what the live engine knows depends on the warm-ups");
}

#[test]
fn a_million_steps_and_what_they_send_without_an_allocation() {
    let mut floor = Floor::open();
    (0..10_000).for_each(|number| floor.turn(number));
    let before = floor.requests;
    let asked = asked(|| (10_000..10_000 + STEPS).for_each(|number| floor.turn(number)));
    assert_eq!(asked, 0, "allocations");
    assert!(1_000 < floor.requests - before, "it sent something: {}", floor.requests - before);
}

/// Steps of the run that is counted.
const STEPS: u64 = 1_000_000;
