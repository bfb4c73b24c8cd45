//! The least work that does the same: a scanner, copies of constants, four permutations, one
//! multiplication, one store. No model, no risk, no checks of anything but the frame.

use super::contract::{Arm, SECRET};
use super::digits;
use super::market::EPOCH_MS;
use super::verify;
use evenkeel::host::Clock;
use evenkeel::market::Address;
use evenkeel::wire::Source;
use evenkeel::wire::sign::address_of;
use evenkeel::wire::sign::hash::{agent_digest, keccak};
use k256::elliptic_curve::ff::PrimeField;
use k256::elliptic_curve::ops::Reduce;
use k256::elliptic_curve::point::AffineCoordinates;
use k256::elliptic_curve::scalar::IsHigh;
use k256::{FieldBytes, ProjectivePoint, Scalar};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Levels a side it has room for.
const LEVELS: usize = 20;
/// The asset's number in actions.
const ASSET: u8 = 159;
/// How long a request may take to arrive.
const EXPIRES_MS: u64 = 3_000;
/// Slots of its queue.
const SLOTS: usize = 64;
/// Nonces it prepares at once.
const NONCES: u64 = 256;

/// A price and a size in steps of 1e-8, and a count.
type Row = (i64, i64, u64);

/// Bytes that are appended to.
pub struct Bytes<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

/// A nonce that turns a signature into one multiplication.
struct Entry {
    a: Scalar,
    b: Scalar,
    r: FieldBytes,
    odd: bool,
}

/// A scanner, two buffers, a heap of nonces and a queue.
pub struct FloorArm {
    pub book: [[Row; LEVELS]; 2],
    pub packed: Bytes<512>,
    pub json: Bytes<1024>,
    /// What to place: the distance from the best price and the size, by side.
    pub wants: [(i64, i64); 2],
    entries: Vec<Entry>,
    queue: Vec<Bytes<1024>>,
    tail: AtomicUsize,
    head: usize,
    made: u64,
    named: u128,
    now_ms: u64,
    signer: Address,
}

impl<const N: usize> Bytes<N> {
    /// None.
    pub fn new() -> Bytes<N> {
        Bytes { bytes: [0; N], len: 0 }
    }

    /// What is there.
    pub fn get(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Only the first `len` of them.
    pub fn cut(&mut self, len: usize) {
        self.len = len;
    }

    #[inline(always)]
    fn put(&mut self, more: &[u8]) {
        self.bytes[self.len..self.len + more.len()].copy_from_slice(more);
        self.len += more.len();
    }

    /// A number in steps of 1e-8 as the venue wants it.
    fn decimal(&mut self, e8: i64) {
        let e8 = e8.unsigned_abs();
        self.whole(e8 / 100_000_000);
        let mut rest = e8 % 100_000_000;
        if rest != 0 {
            self.put(b".");
            let mut weight = 10_000_000;
            while rest != 0 {
                self.put(&[b'0' + u8::try_from(rest / weight).expect("a digit")]);
                rest %= weight;
                weight /= 10;
            }
        }
    }

    fn whole(&mut self, mut value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(value % 10).expect("a digit");
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.put(&digits[at..]);
    }

    fn hex<const M: usize>(&mut self, bytes: &[u8; M]) {
        for byte in bytes {
            let digit = |half: u8| half + if half < 10 { b'0' } else { b'a' - 10 };
            self.bytes[self.len] = digit(byte >> 4);
            self.bytes[self.len + 1] = digit(byte & 15);
            self.len += 2;
        }
    }
}

impl FloorArm {
    /// One without nonces; `prepare` makes them.
    pub fn new() -> FloorArm {
        FloorArm {
            book: [[(0, 0, 0); LEVELS]; 2],
            packed: Bytes::new(),
            json: Bytes::new(),
            wants: [(0, 0); 2],
            entries: Vec::new(),
            queue: (0..SLOTS).map(|_| Bytes::new()).collect(),
            tail: AtomicUsize::new(0),
            head: 0,
            made: 0,
            named: 0xe7e1 << 112,
            now_ms: EPOCH_MS,
            signer: address_of(&SECRET).expect("a key"),
        }
    }

    /// Frame to prices, strictly.
    pub fn scan(&mut self, frame: &[u8]) -> Option<()> {
        let mut rest = frame;
        lit(&mut rest, b"{\"channel\":\"")?;
        if rest.first() == Some(&b'b') {
            lit(&mut rest, b"bbo\",\"data\":{\"coin\":\"HYPE\",\"time\":")?;
            whole(&mut rest)?;
            lit(&mut rest, b",\"bbo\":[")?;
            self.book[0][0] = row(&mut rest)?;
            lit(&mut rest, b",")?;
            self.book[1][0] = row(&mut rest)?;
            return lit(&mut rest, b"]}}");
        }
        lit(&mut rest, b"l2Book\",\"data\":{\"coin\":\"HYPE\",\"time\":")?;
        whole(&mut rest)?;
        lit(&mut rest, b",\"levels\":[[")?;
        for side in 0..2 {
            for level in &mut self.book[side] {
                *level = row(&mut rest)?;
                if lit(&mut rest, b",").is_none() {
                    break;
                }
            }
            lit(&mut rest, b"]")?;
            let _ = lit(&mut rest, b",[");
        }
        lit(&mut rest, b"]}}")
    }

    /// Both notations of two orders.
    pub fn encode(&mut self) {
        let FloorArm { packed, json, book, wants, named, made, .. } = self;
        (packed.len, json.len) = (0, 0);
        *made += 1;
        json.put(b"{\"method\":\"post\",\"id\":");
        json.whole(*made);
        json.put(b",\"request\":{\"type\":\"action\",\"payload\":{\"action\":");
        json.put(b"{\"type\":\"order\",\"orders\":[");
        packed.put(b"\x83\xa4type\xa5order\xa6orders\x92");
        for side in 0..2 {
            *named += 1;
            let px = book[side][0].0 + wants[side].0;
            order(packed, json, side, px, wants[side].1, *named);
            json.put(if side == 0 { b"," } else { b"]" });
        }
        json.put(b",\"grouping\":\"na\"}");
        packed.put(b"\xa8grouping\xa2na");
        packed.put(&self.now_ms.to_be_bytes());
        packed.put(&[0, 0]);
        packed.put(&(self.now_ms + EXPIRES_MS).to_be_bytes());
    }

    /// Four permutations.
    pub fn hash(&self) -> [u8; 32] {
        agent_digest(Source::Testnet, &keccak(self.packed.get()))
    }

    /// One multiplication.
    pub fn sign(&mut self, digest: &[u8; 32]) -> ([u8; 32], [u8; 32], u8) {
        let Entry { a, b, r, odd } = self.entries.pop().expect("prepared before the block");
        let s = a * <Scalar as Reduce<FieldBytes>>::reduce(&(*digest).into()) + b;
        let high = bool::from(s.is_high());
        let s = if high { -s } else { s };
        (r.into(), s.to_bytes().into(), 27 + u8::from(odd != high))
    }

    /// What follows the action.
    pub fn frame(&mut self, (r, s, v): ([u8; 32], [u8; 32], u8)) {
        let (json, now) = (&mut self.json, self.now_ms);
        json.put(b",\"nonce\":");
        json.whole(now);
        json.put(b",\"signature\":{\"r\":\"0x");
        json.hex(&r);
        json.put(b"\",\"s\":\"0x");
        json.hex(&s);
        json.put(b"\",\"v\":");
        json.whole(u64::from(v));
        json.put(b"},\"vaultAddress\":null,\"expiresAfter\":");
        json.whole(now + EXPIRES_MS);
        json.put(b"}}}");
    }

    /// The bytes into a slot, and the slot's number published.
    pub fn push(&mut self) {
        let tail = self.tail.load(Ordering::Relaxed);
        let slot = &mut self.queue[tail % SLOTS];
        slot.len = 0;
        slot.put(self.json.get());
        self.tail.store(tail + 1, Ordering::Release);
    }

    fn work(&mut self, frame: &[u8]) {
        self.scan(frame).expect("a frame of ours");
        self.encode();
        let digest = self.hash();
        let signature = self.sign(&digest);
        self.frame(signature);
        self.push();
    }
}

impl Arm for FloorArm {
    fn prepare(&mut self) {
        self.entries.clear();
        self.entries.extend((1..=NONCES).map(|at| entry(self.made * NONCES + at)));
    }

    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn tick(&mut self, frame: &[u8], clock: &Clock) -> u64 {
        let start = clock.raw();
        self.work(frame);
        clock.between(start, clock.raw()).ns()
    }

    fn settle(&mut self, check: bool) {
        let slot = &self.queue[self.head % SLOTS];
        if check {
            verify::orders(slot.get(), self.signer, verify::ORDERS);
        }
        self.head += 1;
        self.now_ms += 1;
    }
}

/// A nonce of these benches: nobody must sign with such a number in earnest.
fn entry(number: u64) -> Entry {
    let key = Scalar::from_repr(SECRET.into()).expect("a key");
    let k = Scalar::from(number) * Scalar::from(u64::MAX) + Scalar::ONE;
    let point = ProjectivePoint::mul_by_generator(&k).to_affine();
    let r = Scalar::from_repr(point.x()).expect("below the order, but for a chance of 2^-128");
    let a = k.invert().expect("not zero");
    Entry { a, b: a * r * key, r: r.to_bytes(), odd: bool::from(point.y_is_odd()) }
}

fn order(
    packed: &mut Bytes<512>,
    json: &mut Bytes<1024>,
    side: usize,
    px: i64,
    qty: i64,
    name: u128,
) {
    packed.put(b"\x87\xa1a\xcc");
    packed.put(&[ASSET, 0xa1, b'b', 0xc3 - u8::from(side == 1), 0xa1, b'p']);
    json.put(if side == 0 {
        b"{\"a\":159,\"b\":true,\"p\":\""
    } else {
        b"{\"a\":159,\"b\":false,\"p\":\""
    });
    both(packed, json, px);
    packed.put(b"\xa1s");
    json.put(b"\",\"s\":\"");
    both(packed, json, qty);
    packed.put(b"\xa1r\xc2\xa1t\x81\xa5limit\x81\xa3tif\xa3Alo\xa1c\xd9\x220x");
    json.put(b"\",\"r\":false,\"t\":{\"limit\":{\"tif\":\"Alo\"}},\"c\":\"0x");
    let start = packed.len;
    packed.hex(&name.to_be_bytes());
    json.put(&packed.bytes[start..packed.len]);
    json.put(b"\"}");
}

/// A number as text in both notations.
fn both(packed: &mut Bytes<512>, json: &mut Bytes<1024>, e8: i64) {
    let start = json.len;
    json.decimal(e8);
    let text = &json.bytes[start..json.len];
    packed.put(&[0xa0 | u8::try_from(text.len()).expect("short")]);
    packed.put(text);
}

#[inline(always)]
fn lit<const N: usize>(rest: &mut &[u8], want: &[u8; N]) -> Option<()> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    (head == want).then(|| *rest = tail)
}

/// Bytes that hold any row, and what is read beyond its end.
const WINDOW: usize = 96;

#[inline(always)]
fn row(rest: &mut &[u8]) -> Option<Row> {
    let padded;
    let window = match rest.first_chunk() {
        Some(window) => window,
        None => {
            padded = pad(rest);
            &padded
        }
    };
    let (row, len) = row_in(window)?;
    *rest = rest.get(len..)?;
    Some(row)
}

#[inline(never)]
fn pad(rest: &[u8]) -> [u8; WINDOW] {
    let mut window = [0; WINDOW];
    window[..rest.len()].copy_from_slice(rest);
    window
}

#[inline(always)]
fn row_in(text: &[u8; WINDOW]) -> Option<(Row, usize)> {
    const PX: u64 = u64::from_le_bytes(*b"{\"px\":\"\0");
    const SIZE: u64 = u64::from_le_bytes(*b",\"sz\":\"\0");
    const COUNT: u64 = u64::from_le_bytes(*b",\"n\":\0\0\0");
    let word = |at: usize| u64::from_le_bytes(*part(text, at));
    let (px, px_len) = digits::read(part(text, 7))?;
    let size_at = 14 + px_len;
    let (size, size_len) = digits::read(part(text, size_at))?;
    let count_at = size_at + size_len + 5;
    let (count, len) = digits::count(word(count_at))?;
    let keys = (word(0) << 8 == PX << 8)
        & (word(size_at - 7) << 8 == SIZE << 8)
        & (word(count_at - 5) << 24 == COUNT << 24);
    let end = count_at + len;
    (keys && text[end & 63] == b'}').then_some(((px, size, count), end + 1))
}

#[inline(always)]
fn part<const N: usize>(text: &[u8; WINDOW], at: usize) -> &[u8; N] {
    text[at & 63..].first_chunk().expect("longer than 63 + N")
}

#[inline(always)]
fn whole(rest: &mut &[u8]) -> Option<u64> {
    let (mut value, mut len) = (0u64, 0);
    while let Some(&digit @ b'0'..=b'9') = rest.get(len) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        len += 1;
    }
    *rest = &rest[len..];
    (len != 0).then_some(value)
}
