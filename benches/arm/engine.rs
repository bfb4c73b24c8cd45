//! The product's own path: frame, decoder, engine, encoder, signer, ring.

use super::contract::{Arm, SECRET};
use super::market::{COIN, EPOCH_MS};
use super::venue::{self, Acceptance, AcceptingVenue, MID, canceled, opening};
use super::verify;
use evenkeel::engine::{Config, Engine, Setup};
use evenkeel::host::Clock;
use evenkeel::host::ring::{PoolIn, PoolOut, pool};
use evenkeel::journal::hot_writer::{Buffer, HotWriter};
use evenkeel::journal::record::{Entry, RequestHeader};
use evenkeel::market::{
    Action, AssetId, Bbo, CoinIx, Context, Event, Level, OrderUpdate, Reply, ReplyBody, Requests,
    Stream,
};
use evenkeel::model::glft;
use evenkeel::num::{Bps, Mono, Px, Q24, Qty, Side, Stamp, WallMs};
use evenkeel::session::live::message::Outbound;
use evenkeel::wire::decode::{Decoded, Decoder};
use evenkeel::wire::nonce::{NonceConsumer, NonceProducer, Pool, Preparer, Unprepared};
use evenkeel::wire::{Encoder, RequestNonce, Signer, Source};

/// Requests that may wait for the sender, as in a live session.
const REQUESTS: usize = 64;
/// Journal slots of the bench: taken out after every tick.
const SLOTS: usize = 64;
/// Between two messages.
const STEP_NS: u64 = 1_000_000;
/// Requests that may be spent: a bench trades nothing, and would be out of budget at once.
const GRACE: u32 = 1_000_000_000;

/// Which way a message takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// As in a live session: the scanner first, and a prepared nonce.
    Fast,
    /// simd-json's tape for everything, and RFC 6979.
    Plain,
}

/// An engine with what surrounds it on the hot thread.
pub struct EngineArm {
    pub engine: Box<Engine>,
    pub decoder: Decoder,
    pub encoder: Box<Encoder>,
    pub signer: Signer,
    pub nonce: RequestNonce,
    pub taker: NonceConsumer<'static>,
    pub requests: PoolIn<Outbound>,
    pub out: Requests,
    sent: PoolOut<Outbound>,
    filler: NonceProducer<'static>,
    preparer: Preparer,
    way: Way,
    now: u64,
    venue: AcceptingVenue,
    last: Vec<u8>,
    seed: u64,
    levels: usize,
    journal: Option<Journal>,
    /// The time, where it is the machine's.
    clock: Option<Clock>,
}

/// The journal's half on the hot thread, and whoever takes its slots.
struct Journal {
    scribe: HotWriter,
    slots: PoolIn<Buffer>,
    written: PoolOut<Buffer>,
}

/// What a session of these benches begins with: `levels` orders a side.
pub fn setup(levels: usize) -> Setup {
    let mut config = Config::default();
    config.size.levels = levels;
    config.size.resting_cap = Q24::ratio(1, 2); // Room for five levels.
    config.budget.grace = GRACE;
    Setup { tag: 9, ..venue::setup(config, AssetId(159)).expect("enough capital") }
}

impl EngineArm {
    /// One that quotes `levels` orders a side, a millisecond a message.
    pub fn new(way: Way, levels: usize) -> EngineArm {
        EngineArm::timed(way, levels, None)
    }

    /// One that lives by the machine's clock, if there is one.
    pub fn timed(way: Way, levels: usize, clock: Option<Clock>) -> EngineArm {
        let signer = Signer::new(&SECRET, Source::Testnet).expect("a key");
        let (requests, sent) = pool(REQUESTS, Outbound::default);
        // Lives as long as the process: a bench makes a handful of them.
        let (filler, taker) = Box::leak(Box::new(Pool::new())).split();
        let preparer = signer.preparer();
        let mut arm = EngineArm {
            engine: Box::new(Engine::new(setup(levels))),
            decoder: Decoder::new(&[COIN]),
            encoder: Box::new(Encoder::new(None)),
            signer,
            nonce: RequestNonce::after(0),
            taker,
            requests,
            out: Requests::new(),
            sent,
            filler,
            preparer,
            way,
            now: 1,
            venue: AcceptingVenue::default(),
            last: Vec::new(),
            seed: 0,
            levels,
            journal: None,
            clock,
        };
        arm.encoder.check_against(setup(levels).spec);
        arm.begin();
        arm
    }

    /// From here on every message and every request is recorded first, as in a live session.
    pub fn record(&mut self) {
        let (slots, written) = pool(SLOTS, Buffer::new);
        self.journal = Some(Journal { scribe: HotWriter::default(), slots, written });
    }

    /// Takes the place of the engine, which is given back; begins as that did.
    pub fn seat(&mut self, setup: Setup) -> Box<Engine> {
        let before = std::mem::replace(&mut self.engine, Box::new(Engine::new(setup)));
        self.begin();
        before
    }

    /// The other end of the ring, for a thread that sends; this one drains it no more.
    pub fn release(&mut self) -> PoolOut<Outbound> {
        std::mem::replace(&mut self.sent, pool(1, Outbound::default).1)
    }

    /// Time passes without a message.
    pub fn pass(&mut self, ms: u64) {
        self.now += ms;
    }

    fn coin(&self) -> CoinIx {
        self.engine.setup().coin
    }

    /// Both links are up, the venue has no orders of ours, there is a table and a witness of the price.
    fn begin(&mut self) {
        let wish = self.engine.table_wish(Mono::START).expect("none was made");
        let table = glft::table(&wish).expect("the priors make a table");
        opening().iter().for_each(|event| self.step(event));
        self.step(&Event::Table(self.coin(), &table));
        let px = Px::from_e8(MID);
        let told = Context { mark: px, oracle: px, funding: Bps::ZERO };
        self.step(&Event::Context(self.coin(), &told));
    }

    /// The moment of the next message.
    pub fn stamp(&self) -> Stamp {
        if let Some(clock) = &self.clock {
            return clock.stamp();
        }
        Stamp { mono: Mono::from_ns(self.now * STEP_NS), wall: WallMs::from_ms(self.wall_ms()) }
    }

    /// The venue's time of the next message.
    pub fn wall_ms(&self) -> u64 {
        self.clock.as_ref().map_or(EPOCH_MS + self.now, |clock| clock.wall().ms())
    }

    /// A step nobody times, answered by a venue that accepts everything.
    pub fn step(&mut self, event: &Event<'_>) {
        self.now += 1;
        self.out.clear();
        self.engine.step(self.stamp(), event, &mut self.out);
        self.accept();
    }

    /// The venue accepts what was sent, and says so.
    pub fn accept(&mut self) {
        let sent = self.out.clone();
        for request in &sent {
            let Acceptance { items, gone } = self.venue.accept(request);
            self.step(&Event::Reply(Reply { id: request.id, body: ReplyBody::Items(&items) }));
            let at = self.stamp().wall;
            let updates: Vec<OrderUpdate> =
                gone.iter().filter_map(|&cloid| canceled(&self.engine, cloid, at)).collect();
            if !updates.is_empty() {
                self.step(&Event::Orders(&updates));
            }
        }
    }

    /// A market with one side: everything of ours is cancelled, so that the next message with two
    /// sides has both of them placed.
    pub fn clear(&mut self) {
        let venue = WallMs::from_ms(self.wall_ms());
        let bid = Level { px: Px::from_e8(MID), qty: Qty::from_e8(MID), count: 1 };
        self.step(&Event::Bbo(self.coin(), &Bbo { venue, bid: Some(bid), ask: None }));
        if self.engine.wake() <= self.stamp().mono {
            self.step(&Event::Wake);
        }
        assert!(self.engine.account().orders.list().is_empty(), "something rests");
    }

    /// The message in the journal, if there is one.
    pub fn note(&mut self, at: Stamp, frame: &[u8]) {
        if let Some(journal) = &mut self.journal {
            journal.write(at, &Entry::Frame(Stream::Market, frame));
        }
    }

    /// From a frame in memory to signed requests in the ring: what is timed.
    pub fn work(&mut self, frame: &[u8]) {
        let at = self.stamp();
        self.out.clear();
        self.note(at, frame);
        let decoded = match self.way {
            Way::Fast => self.decoder.decode(Stream::Market, frame),
            Way::Plain => self.decoder.decode_tape(Stream::Market, frame),
        };
        let Ok(Decoded::Event(event)) = decoded else { panic!("a frame of ours is refused") };
        self.engine.step(at, &event, &mut self.out);
        self.send(at);
    }

    /// The request of an earlier tick into the ring, as if it were of this one.
    pub fn echo(&mut self) {
        let mut outbound = self.requests.take().expect("the sender keeps up");
        let id = self.out.first().map(|request| request.id).unwrap_or_default();
        outbound.set(id, false, &self.last, 0..0);
        self.requests.send(outbound);
    }

    /// What the port does with the requests of a step.
    pub fn send(&mut self, at: Stamp) {
        for request in &self.out {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            if let Some(journal) = &mut self.journal {
                let (id, nonce, expires) = (request.id, unsigned.nonce(), unsigned.expires());
                let sealed = RequestHeader { id, nonce, expires };
                journal.write(at, &Entry::Unsigned(sealed, unsigned.action()));
            }
            let signed = match self.way {
                Way::Fast => unsigned.sign(&mut self.signer, &mut self.taker),
                Way::Plain => unsigned.sign(&mut self.signer, &mut Unprepared),
            };
            let mut outbound = self.requests.take().expect("the sender keeps up");
            outbound.set(request.id, false, signed.frame(), signed.envelope_range());
            self.requests.send(outbound);
        }
    }

    /// What lies in the ring; the last of it is kept.
    pub fn drain(&mut self) -> usize {
        let mut count = 0;
        while let Some(outbound) = self.sent.receive() {
            self.last.clear();
            self.last.extend_from_slice(outbound.frame());
            self.sent.give_back(outbound);
            count += 1;
        }
        if let Some(Journal { written, .. }) = &mut self.journal {
            while let Some(slot) = written.receive() {
                written.give_back(slot);
            }
        }
        count
    }

    /// Fills the pool of nonces.
    pub fn refill(&mut self) {
        let mut entropy = entropy(&mut self.seed);
        self.filler.refill(&mut self.preparer, &mut entropy, usize::MAX);
    }

    /// Randomness that never repeats within a bench.
    pub fn entropy(&mut self) -> impl FnMut(&mut [u8; 32]) -> bool {
        entropy(&mut self.seed)
    }

    /// Where the orders of the last tick stand: price less the best bid's or ask's, and size.
    pub fn wanted(&self) -> [(i64, i64); 2] {
        let Action::Order(places) = &self.out[0].action else { panic!("orders were placed") };
        Side::BOTH.map(|side| {
            let place = places.iter().find(|place| place.side == side).expect("both sides");
            let best = self.engine.market().book().best(side).expect("both sides").px;
            (place.px.e8() - best.e8(), place.qty.e8())
        })
    }
}

impl Journal {
    fn write(&mut self, at: Stamp, entry: &Entry<'_>) {
        self.scribe.write(&mut self.slots, at, entry).expect("slots are taken out after a tick");
    }
}

impl Arm for EngineArm {
    fn prepare(&mut self) {
        self.refill();
    }

    fn now_ms(&self) -> u64 {
        self.wall_ms()
    }

    fn tick(&mut self, frame: &[u8], clock: &Clock) -> u64 {
        let start = clock.raw();
        self.work(frame);
        clock.between(start, clock.raw()).ns()
    }

    fn settle(&mut self, check: bool) {
        assert_eq!(self.out.len(), 1, "one request a tick");
        let orders = usize::try_from(self.out[0].action.cost()).expect("few");
        let sent = self.drain();
        assert!(sent == 1 && orders == 2 * self.levels, "{orders} orders a tick");
        if check {
            verify::orders(&self.last, self.signer.address(), orders);
        }
        self.accept();
        self.clear();
    }
}

/// Bytes that count.
fn entropy(seed: &mut u64) -> impl FnMut(&mut [u8; 32]) -> bool {
    |bytes| {
        *seed += 1;
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        true
    }
}
