//! Nothing is allocated per message once the buffers have seen each kind: a million in a row.

use evenkeel::market::Stream;
use evenkeel::wire::decode::{Decoded, Decoder};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

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
