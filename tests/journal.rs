//! The journal from outside: what is written is read, and no damage goes unnoticed.

use evenkeel::journal::fact::{End, Filled};
use evenkeel::journal::record::{FILE_HEAD, HEAD, PIECE_MAX, RequestHeader};
use evenkeel::journal::{
    Buffer, BufferPool, Entry, Fact, HotWriter, ReadError, Reader, Truncated, Writer,
};
use evenkeel::market::event::Command;
use evenkeel::market::{Cloid, CoinIx, Link, Oid, RequestId, Stream, TableParams, Tid};
use evenkeel::num::{Mono, Pos, Px, Qty, Side, Stamp, Usd, WallMs};
use proptest::prelude::*;
use std::io::Read;

/// An entry that owns its bytes.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a few dozen in a test")]
enum Owned {
    Session(Vec<u8>),
    Frame(Stream, Vec<u8>),
    Wake,
    Table(TableParams, u64),
    Rest(u8, Vec<u8>),
    Link(Stream, Link),
    Command(Command),
    Alive(Stream),
    Slow(bool),
    Recording(Vec<u8>),
    Market(Vec<u8>),
    Unsigned(RequestHeader, Vec<u8>),
    Fault(u8, Vec<u8>),
    Fact(Fact),
}

impl Owned {
    fn entry(&self) -> Entry<'_> {
        match self {
            Owned::Session(bytes) => Entry::Session(bytes),
            Owned::Frame(stream, bytes) => Entry::Frame(*stream, bytes),
            Owned::Wake => Entry::Wake,
            Owned::Table(params, hash) => Entry::Table(*params, *hash),
            Owned::Rest(what, bytes) => Entry::Rest(*what, bytes),
            Owned::Link(stream, link) => Entry::Link(*stream, *link),
            Owned::Command(command) => Entry::Command(*command),
            Owned::Alive(stream) => Entry::Alive(*stream),
            Owned::Slow(slow) => Entry::Slow(*slow),
            Owned::Recording(bytes) => Entry::Recording(bytes),
            Owned::Market(bytes) => Entry::Market(bytes),
            Owned::Unsigned(sealed, bytes) => Entry::Unsigned(*sealed, bytes),
            Owned::Fault(what, bytes) => Entry::Fault(*what, bytes),
            Owned::Fact(fact) => Entry::Fact(*fact),
        }
    }

    fn of(entry: Entry<'_>) -> Owned {
        match entry {
            Entry::Session(bytes) => Owned::Session(bytes.to_vec()),
            Entry::Frame(stream, bytes) => Owned::Frame(stream, bytes.to_vec()),
            Entry::Wake => Owned::Wake,
            Entry::Table(params, hash) => Owned::Table(params, hash),
            Entry::Rest(what, bytes) => Owned::Rest(what, bytes.to_vec()),
            Entry::Link(stream, link) => Owned::Link(stream, link),
            Entry::Command(command) => Owned::Command(command),
            Entry::Alive(stream) => Owned::Alive(stream),
            Entry::Slow(slow) => Owned::Slow(slow),
            Entry::Recording(bytes) => Owned::Recording(bytes.to_vec()),
            Entry::Market(bytes) => Owned::Market(bytes.to_vec()),
            Entry::Unsigned(sealed, bytes) => Owned::Unsigned(sealed, bytes.to_vec()),
            Entry::Fault(what, bytes) => Owned::Fault(what, bytes.to_vec()),
            Entry::Fact(fact) => Owned::Fact(fact),
        }
    }
}

fn stream() -> impl Strategy<Value = Stream> {
    prop_oneof![Just(Stream::Market), Just(Stream::Orders)]
}

/// Bytes of the usual lengths, and of those around a split.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let around = prop_oneof![PIECE_MAX - 30..PIECE_MAX + 3, 2 * PIECE_MAX - 2..2 * PIECE_MAX + 3];
    let length = prop_oneof![4 => 0..200usize, 1 => around];
    (length, any::<u8>()).prop_map(|(length, first)| {
        (0..length).map(|i| first.wrapping_add(u8::try_from(i % 251).expect("below 251"))).collect()
    })
}

fn table() -> impl Strategy<Value = Owned> {
    (any::<[i64; 6]>(), any::<[u64; 3]>()).prop_map(|(words, [seq, half, hash])| {
        let [g_q44, x_q44, kappa_q44, a_q44, sigma_q44, fee_ubps] = words;
        let params = TableParams { seq, g_q44, x_q44, kappa_q44, a_q44, sigma_q44, fee_ubps, half };
        Owned::Table(params, hash)
    })
}

fn filled() -> impl Strategy<Value = Owned> {
    let ids = (any::<u8>(), any::<[u64; 3]>(), any::<Option<u128>>());
    (ids, any::<[i64; 6]>(), 0..i64::MAX, any::<[bool; 2]>()).prop_map(
        |(
            (coin, [tid, oid, venue], cloid),
            [px, fee, closed, pos, mid, fair],
            qty,
            [buy, crossed],
        )| {
            Owned::Fact(Fact::Filled(Filled {
                coin: CoinIx(coin),
                side: if buy { Side::Bid } else { Side::Ask },
                crossed,
                tid: Tid(tid),
                oid: Oid(oid),
                cloid: cloid.map(Cloid),
                venue: WallMs::from_ms(venue),
                px: Px::from_e8(px),
                qty: Qty::from_e8(qty),
                fee: Usd::from_e8(fee),
                closed: Usd::from_e8(closed),
                pos: Pos::from_e8(pos),
                mid: Px::from_e8(mid),
                fair: Px::from_e8(fair),
            }))
        },
    )
}

fn owned() -> impl Strategy<Value = Owned> {
    let commands = prop_oneof![Just(Command::Stop), Just(Command::Flatten), Just(Command::Halt)];
    let unsigned = (any::<[u64; 2]>(), any::<Option<u64>>(), bytes());
    prop_oneof![
        bytes().prop_map(Owned::Session),
        (stream(), bytes()).prop_map(|(stream, bytes)| Owned::Frame(stream, bytes)),
        Just(Owned::Wake),
        table(),
        (any::<u8>(), bytes()).prop_map(|(what, bytes)| Owned::Rest(what, bytes)),
        (stream(), any::<bool>())
            .prop_map(|(stream, up)| Owned::Link(stream, if up { Link::Up } else { Link::Down })),
        commands.prop_map(Owned::Command),
        stream().prop_map(Owned::Alive),
        any::<bool>().prop_map(Owned::Slow),
        bytes().prop_map(Owned::Recording),
        bytes().prop_map(Owned::Market),
        unsigned.prop_map(|([id, nonce], expires, bytes)| {
            let expires = expires.map(WallMs::from_ms);
            Owned::Unsigned(RequestHeader { id: RequestId(id), nonce, expires }, bytes)
        }),
        (any::<u8>(), bytes()).prop_map(|(what, bytes)| Owned::Fault(what, bytes)),
        filled(),
        any::<[u64; 6]>().prop_map(|[steps, requests, fills, rejects, dropped, state_hash]| {
            let end = End { steps, requests, fills, rejects, dropped, state_hash };
            Owned::Fact(Fact::End(end))
        }),
    ]
}

fn stamp() -> impl Strategy<Value = Stamp> {
    (any::<u64>(), any::<u64>())
        .prop_map(|(ns, ms)| Stamp { mono: Mono::from_ns(ns), wall: WallMs::from_ms(ms) })
}

fn session() -> impl Strategy<Value = Vec<(Stamp, Owned)>> {
    proptest::collection::vec((stamp(), owned()), 0..20)
}

/// Writes through the cold thread's door.
fn written(session: &[(Stamp, Owned)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).expect("memory takes all");
    for (at, owned) in session {
        writer.enter(*at, &owned.entry()).expect("memory takes all");
    }
    writer.finish().expect("memory takes all")
}

/// Slots that go straight to a writer, as in a simulation.
struct Direct(Writer<Vec<u8>>);

impl BufferPool for Direct {
    fn free(&self) -> usize {
        usize::MAX
    }
    fn take(&mut self) -> Option<Box<Buffer>> {
        Some(Box::default())
    }
    fn send(&mut self, mut slot: Box<Buffer>) {
        self.0.append(&mut slot).expect("memory takes all");
    }
}

/// What a reader makes of bytes: the records, and how it ended.
type Outcome = (Vec<(Stamp, Owned)>, Result<Option<Truncated>, ReadError>);

fn outcome(source: impl Read) -> Outcome {
    let mut records = Vec::new();
    let mut reader = match Reader::new(source) {
        Ok(reader) => reader,
        Err(error) => return (records, Err(error)),
    };
    loop {
        match reader.next() {
            Ok(Some(record)) => records.push((record.at, Owned::of(record.entry))),
            Ok(None) => return (records, Ok(reader.truncated())),
            Err(error) => return (records, Err(error)),
        }
    }
}

/// A source that gives few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let some = into.len().min(self.1).min(self.0.len());
        self.0.read(&mut into[..some])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(session in session(), drip in 1usize..5000) {
        let bytes = written(&session);
        prop_assert_eq!(outcome(bytes.as_slice()), (session.clone(), Ok(None)));
        prop_assert_eq!(outcome(Drip(&bytes, drip)), (session, Ok(None)));
    }

    #[test]
    fn both_doors_give_the_same_records(session in session()) {
        let mut direct = Direct(Writer::new(Vec::new()).expect("memory takes all"));
        let mut scribe = HotWriter::default();
        for (at, owned) in &session {
            prop_assert_eq!(scribe.write(&mut direct, *at, &owned.entry()), Ok(()));
        }
        scribe.flush(&mut direct);
        let bytes = direct.0.finish().expect("memory takes all");
        prop_assert_eq!(outcome(bytes.as_slice()), (session, Ok(None)));
    }

    #[test]
    fn every_truncation_reads_a_prefix(session in session()) {
        let bytes = written(&session);
        let stride = (bytes.len() / 200).max(1);
        for length in (FILE_HEAD..bytes.len()).step_by(stride) {
            let (records, end) = outcome(&bytes[..length]);
            prop_assert!(session.starts_with(&records), "{} of {} bytes", length, bytes.len());
            let lost = end.expect("a cut is no damage").map_or(0, |torn| torn.bytes);
            // What was read and what is torn off together are the file.
            let read = written(&records).len() as u64;
            prop_assert_eq!(read + lost, length as u64);
        }
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed(session in session(), seed in any::<u64>()) {
        let mut bytes = written(&session);
        let stride = (bytes.len() / 200).max(1);
        for at in (0..bytes.len()).step_by(stride) {
            let bit = 1 << (seed.wrapping_add(at as u64) % 8);
            bytes[at] ^= bit;
            let (records, end) = outcome(bytes.as_slice());
            bytes[at] ^= bit;
            prop_assert!(session.starts_with(&records), "byte {}", at);
            prop_assert!(end != Ok(None), "byte {}", at);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(mut noise in proptest::collection::vec(any::<u8>(), 0..5000)) {
        let _ = outcome(noise.as_slice());
        let mut bytes = written(&[]);
        bytes.append(&mut noise);
        let _ = outcome(bytes.as_slice());
    }
}

/// Three wakes, a second apart.
fn three() -> (Vec<(Stamp, Owned)>, Vec<u8>) {
    let at = |ns| Stamp { mono: Mono::from_ns(ns), wall: WallMs::from_ms(ns) };
    let session = (0..3).map(|second| (at(second), Owned::Wake)).collect::<Vec<_>>();
    let bytes = written(&session);
    (session, bytes)
}

#[test]
fn damage_is_told_from_a_torn_tail() {
    let (session, bytes) = three();
    let place = |record: usize| FILE_HEAD + record * HEAD;
    let at = |record: usize| place(record) as u64;
    let damaged = |record, what| Err(ReadError::Damaged { offset: at(record), what });
    let torn = |record, bytes| Ok(Some(Truncated { offset: at(record), bytes }));
    let edit = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        bytes
    };
    let order = "records are missing, or not in their order";
    let sum = "a record whose checksum is wrong";
    // what, bytes, records read, end
    let rows = [
        ("untouched", bytes.clone(), 3, Ok(None)),
        ("the last record cut", edit(&|b| b.truncate(place(3) - 1)), 2, torn(2, 31)),
        ("the last record flipped", edit(&|b| b[place(3) - 1] ^= 1), 2, torn(2, 32)),
        ("zeros behind", edit(&|b| b.extend([0; 5000])), 3, torn(3, 5000)),
        ("the middle flipped", edit(&|b| b[place(2) - 1] ^= 1), 1, damaged(1, sum)),
        (
            "a length in the middle beyond the end",
            edit(&|b| b[place(1) + 5] ^= 1),
            1,
            damaged(1, "a record that is cut short"),
        ),
        (
            "a length no writer makes",
            edit(&|b| b[place(0) + 7] ^= 1),
            0,
            damaged(0, "a header no writer makes"),
        ),
        ("one taken out", edit(&|b| drop(b.drain(place(1)..place(2)))), 1, damaged(1, order)),
        ("one doubled", edit(&|b| b.extend_from_within(place(2)..)), 3, damaged(3, order)),
    ];
    for (what, bytes, read, end) in rows {
        assert_eq!(outcome(bytes.as_slice()), (session[..read].to_vec(), end), "{what}");
    }
}

#[test]
fn a_tail_longer_than_any_writer_leaves_is_damage() {
    let (_, mut bytes) = three();
    let offset = bytes.len() as u64;
    bytes.resize(bytes.len() + evenkeel::journal::read::TAIL_MAX + 1, 0);
    let what = "a record whose checksum is wrong";
    assert_eq!(outcome(bytes.as_slice()).1, Err(ReadError::Damaged { offset, what }));
}

#[test]
fn other_files_are_refused_with_a_sentence() {
    let mut later = written(&[]);
    later[8] = 2;
    let crc = crc32fast::hash(&later[..12]).to_le_bytes();
    later[12..16].copy_from_slice(&crc);
    let rows: [(&str, &[u8], &str); 3] = [
        ("empty", b"", "not a journal: it does not begin with EVENKEEL; import other formats"),
        ("text", b"time,price,size\n1,2,3\n", "not a journal: it does not begin"),
        ("a later version", &later, "a journal of version 2; this program reads version 1"),
    ];
    for (what, bytes, want) in rows {
        let error = outcome(bytes).1.expect_err(what).to_string();
        assert!(error.starts_with(want), "{what}: {error}");
    }
}

#[test]
fn kinds_of_a_later_minor_version_are_passed_over() {
    let (session, mut bytes) = three();
    let second = FILE_HEAD + HEAD;
    bytes[second + 8] = 200;
    let crc = crc32fast::hash(&bytes[second + 4..second + HEAD]).to_le_bytes();
    bytes[second..second + 4].copy_from_slice(&crc);
    let mut reader = Reader::new(bytes.as_slice()).expect("a journal");
    for at in [session[0].0, session[2].0] {
        assert_eq!(reader.next().expect("intact").expect("there").at, at);
    }
    assert_eq!(reader.next(), Ok(None));
    assert_eq!(reader.truncated(), None);
}

#[test]
fn a_file_is_private_and_never_written_over() {
    use std::os::unix::fs::MetadataExt;
    let name = format!("evenkeel-journal-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut writer = Writer::create(&path).expect("a file");
    writer.enter(Stamp::default(), &Owned::Wake.entry()).expect("room");
    writer.finish().expect("room");
    let mode = std::fs::metadata(&path).expect("there").mode() & 0o777;
    let again = Writer::create(&path).err().map(|error| error.to_string());
    let read = outcome(std::fs::File::open(&path).expect("there"));
    std::fs::remove_file(&path).expect("ours");
    assert_eq!(mode, 0o600);
    assert_eq!(again.as_deref(), Some("the journal exists already; name another file"));
    assert_eq!(read, (vec![(Stamp::default(), Owned::Wake)], Ok(None)));
}
