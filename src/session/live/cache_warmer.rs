//! A warm-up for idle time. What is not used for a millisecond is not in the processor's caches any
//! more, and the next message pays for that; so a made-up market is traded in between by an engine
//! of the same code with a state, a key and nonces of its own. Nothing of it leaves the process, and
//! it knows nothing of the session beside the setup.

use super::message::Outbound;
use crate::engine::orders::WorkingOrder;
use crate::engine::{Engine, Setup};
use crate::market::action::ORDERS_MAX;
use crate::market::{
    CoinIx, Context, Event, Item, Link, Oid, OrderStatus, OrderUpdate, Reply, ReplyBody, RequestId,
    Requests, Stream, Table,
};
use crate::model::glft::{self, BadTable};
use crate::num::text::server;
use crate::num::unit::E8;
use crate::num::{Bps, Mono, Nanos, Px, Side, Stamp, WallMs};
use crate::session::crank;
use crate::session::port::{Next, Port};
use crate::wire::decode::{Decoded, Decoder};
use crate::wire::nonce::{NonceConsumer, Preparer};
use crate::wire::{Encoder, RequestNonce, Signer, Source};
use arrayvec::ArrayVec;
use std::convert::Infallible;

/// After so long without a message one warm-up is made, and another each time as much has passed.
/// At a tenth of a millisecond ticks after a pause were a tenth faster still, but every eighth message
/// would come while one is being made.
pub const EVERY: Nanos = Nanos::from_ns(250_000);
/// Different books, so that no branch predictor learns one.
const BOOKS: i64 = 8;
/// Levels a side of a book.
const LEVELS: i64 = 20;
/// A made-up time of the venue, with as many digits as a real one.
const EPOCH_MS: u64 = 1_790_000_000_000;
/// Digits of such a time.
const TIME_DIGITS: usize = 13;
/// A made-up market never runs out of requests: it trades nothing, and would at once.
const GRACE: u32 = 1_000_000_000;
/// A key that is nobody's: what it signs goes nowhere.
const SECRET: [u8; 32] = [7; 32];
const COIN: &str = "SHADOW";

/// The engine that trades the made-up market, and that market.
pub struct CacheWarmer<'p> {
    engine: Box<Engine>,
    port: WarmUpPort<'p>,
}

/// The port of the made-up market: what surrounds an engine on the hot thread, and a venue that does
/// what it is asked for.
struct WarmUpPort<'p> {
    decoder: Decoder,
    encoder: Box<Encoder>,
    signer: Signer,
    nonce: RequestNonce,
    nonces: NonceConsumer<'p>,
    outbound: Box<Outbound>,
    table: Box<Table>,
    context: Context,
    books: Vec<WarmupMessage>,
    one_sided: WarmupMessage,
    now_ms: u64,
    oids: u64,
    turns: usize,
    sent: u64,
    stage: WarmUpStage,
    /// The request of the last message of the market, to be answered.
    asked: Option<(RequestId, u32)>,
    answers: ArrayVec<Item, ORDERS_MAX>,
    updates: ArrayVec<OrderUpdate, ORDERS_MAX>,
}

/// What the made-up market does next. Links, an empty list, a table and a witness of its price begin it; a round is a book,
/// the answer to what that made, a book with one side, the answer to the cancels, and news of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WarmUpStage {
    MarketUp,
    OrdersUp,
    NothingOpen,
    Table,
    Told,
    Book,
    Rests,
    OneSided,
    Cancelled,
    Updates,
    Pause,
}

/// A message, and where its time stands in it.
struct WarmupMessage {
    bytes: Vec<u8>,
    time_at: usize,
}

impl<'p> CacheWarmer<'p> {
    /// One for a session with this setup. `nonces` must be made for it ([`CacheWarmer::preparer`]).
    ///
    /// # Errors
    /// The setup makes no table that passes its checks.
    pub fn new(setup: &Setup, nonces: NonceConsumer<'p>) -> Result<CacheWarmer<'p>, BadTable> {
        let mut config = setup.config;
        config.budget.grace = GRACE;
        let own = Setup::flat(config, setup.spec, setup.sizing, setup.mark);
        let engine = Box::new(Engine::new(own));
        let wish = engine.table_wish(Mono::START).expect("it has no table");
        let mut encoder = Box::new(Encoder::new(None));
        encoder.check_against(own.spec);
        let port = WarmUpPort {
            decoder: Decoder::new(&[COIN]),
            encoder,
            signer: signer(),
            nonce: RequestNonce::after(0),
            nonces,
            outbound: Box::new(Outbound::default()),
            table: Box::new(glft::table(&wish)?),
            context: Context { mark: own.mark, oracle: own.mark, funding: Bps::ZERO },
            books: (0..BOOKS).map(|number| book(&own, number)).collect(),
            one_sided: one_sided(&own),
            now_ms: EPOCH_MS,
            oids: 0,
            turns: 0,
            sent: 0,
            stage: WarmUpStage::MarketUp,
            asked: None,
            answers: ArrayVec::new(),
            updates: ArrayVec::new(),
        };
        let mut warmer = CacheWarmer { engine, port };
        warmer.turn();
        Ok(warmer)
    }

    /// Makes nonces for its key.
    #[must_use]
    pub fn preparer() -> Preparer {
        signer().preparer()
    }

    /// Requests it signed so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.port.sent
    }

    /// One round: a book, both ladders signed, accepted, and cancelled again because a side of the
    /// market is gone. Without a prepared nonce there is none: to derive one takes too long.
    pub fn run_once(&mut self) {
        if !self.port.nonces.is_empty() {
            self.port.turns = (self.port.turns + 1) % self.port.books.len();
            self.port.stage = WarmUpStage::Book;
            self.turn();
        }
    }

    /// Turns the crank until the made-up market makes a pause.
    fn turn(&mut self) {
        let Ok(()) = crank::run(self.engine.as_mut(), &mut self.port, |_, _, _| {});
    }
}

impl Port<Engine> for WarmUpPort<'_> {
    type Error = Infallible;

    fn next(&mut self, _wake: Mono) -> Result<Next<'_>, Infallible> {
        use WarmUpStage::{
            Book, Cancelled, MarketUp, NothingOpen, OneSided, OrdersUp, Pause, Rests, Table, Told,
            Updates,
        };
        if self.stage == Pause {
            return Ok(Next::End);
        }
        let at = self.stamp();
        let (event, then) = match self.stage {
            MarketUp => (Event::Link(Stream::Market, Link::Up), OrdersUp),
            OrdersUp => (Event::Link(Stream::Orders, Link::Up), NothingOpen),
            NothingOpen => (Event::OpenOrders(&[]), Table),
            Table => (Event::Table(CoinIx(0), &self.table), Told),
            Told => (Event::Context(CoinIx(0), &self.context), Pause),
            Book | OneSided => {
                let is_book = self.stage == Book;
                self.stage = if is_book { Rests } else { Cancelled };
                let book = &mut self.books[self.turns];
                let message = if is_book { book } else { &mut self.one_sided };
                let decoded = self.decoder.decode(Stream::Market, message.at(self.now_ms));
                let Ok(Decoded::Event(event)) = decoded else { return Ok(Next::Handled) };
                return Ok(Next::Event(at, event));
            }
            Rests | Cancelled => {
                let rests = self.stage == Rests;
                let Some((id, items)) = self.asked.take() else {
                    self.stage = if rests { OneSided } else { Pause };
                    return Ok(Next::Handled);
                };
                self.answers.clear();
                for _ in 0..items {
                    self.oids += 1;
                    let oid = Oid(self.oids);
                    self.answers.push(if rests { Item::Resting(oid) } else { Item::Canceled });
                }
                let reply = Reply { id, body: ReplyBody::Items(&self.answers) };
                (Event::Reply(reply), if rests { OneSided } else { Updates })
            }
            Updates => (Event::Orders(&self.updates), Pause),
            Pause => unreachable!("it was looked at before"),
        };
        self.stage = then;
        Ok(Next::Event(at, event))
    }

    /// As the hot thread does it, but the bytes stay here.
    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), Infallible> {
        let answers_next = matches!(self.stage, WarmUpStage::Rests | WarmUpStage::Cancelled);
        if let Some(request) = requests.first().filter(|_| answers_next) {
            self.asked = Some((request.id, request.action.cost()));
        }
        for request in requests.iter().filter(|_| self.stage == WarmUpStage::Rests) {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            let signed = unsigned.sign(&mut self.signer, &mut self.nonces);
            self.outbound.set(request.id, false, signed.frame(), signed.envelope_range());
            self.sent += 1;
        }
        Ok(())
    }

    /// The news of the cancels is about what the engine has when they are answered.
    fn note(&mut self, _at: Stamp, engine: &Engine) -> Result<(), Infallible> {
        if self.stage == WarmUpStage::Updates {
            let venue = WallMs::from_ms(self.now_ms);
            let orders = engine.account().orders.list().iter();
            self.updates = orders.map(|order| canceled(order, venue)).collect();
        }
        Ok(())
    }
}

impl WarmUpPort<'_> {
    /// The next moment of the made-up time.
    fn stamp(&mut self) -> Stamp {
        self.now_ms += 1;
        let mono = Mono::from_ns((self.now_ms - EPOCH_MS) * 1_000_000);
        Stamp { mono, wall: WallMs::from_ms(self.now_ms) }
    }
}

/// A key that signs for nobody.
fn signer() -> Signer {
    Signer::new(&SECRET, Source::Testnet).expect("a number below the order of the curve")
}

/// News of a cancelled order.
fn canceled(order: &WorkingOrder, venue: WallMs) -> OrderUpdate {
    OrderUpdate {
        coin: CoinIx(0),
        oid: order.oid.unwrap_or_default(),
        cloid: Some(order.place.cloid),
        side: order.place.side,
        px: order.place.px,
        qty: order.place.qty.saturating_sub(order.filled),
        qty_asked: order.place.qty,
        status: OrderStatus::Canceled,
        venue,
    }
}

impl WarmupMessage {
    /// A message of a channel, whose time comes last but for what `rest` adds.
    fn new(channel: &str, rest: &str) -> WarmupMessage {
        let head = format!(r#"{{"channel":"{channel}","data":{{"coin":"{COIN}","time":"#);
        let bytes = format!("{head}{EPOCH_MS},{rest}}}}}").into_bytes();
        WarmupMessage { bytes, time_at: head.len() }
    }

    /// It, as of that time.
    fn at(&mut self, ms: u64) -> &[u8] {
        let mut left = ms;
        for digit in self.bytes[self.time_at..self.time_at + TIME_DIGITS].iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).expect("a digit");
            left /= 10;
        }
        &self.bytes
    }
}

/// One price of a book.
fn level(px: Px, number: i64) -> String {
    let size = server((number + 1) * E8);
    format!(r#"{{"px":"{}","sz":"{size}","n":{}}}"#, server(px.e8()), number % 15 + 1)
}

/// A book around the mark, `number` steps of the grid above it.
fn book(setup: &Setup, number: i64) -> WarmupMessage {
    let tick = setup.spec.tick_e8(setup.mark);
    let mid = setup.spec.snap(setup.mark, Side::Bid).e8() + number * tick;
    let side = |sign: i64| -> String {
        let px = |at: i64| Px::from_e8(mid + sign * (at + 1) * tick);
        let levels = (0..LEVELS).map(px).filter(|px| Px::ZERO < *px).zip(number..);
        levels.map(|(px, number)| level(px, number)).collect::<Vec<_>>().join(",")
    };
    WarmupMessage::new("l2Book", &format!(r#""levels":[[{}],[{}]]"#, side(-1), side(1)))
}

/// Best prices of which one is missing.
fn one_sided(setup: &Setup) -> WarmupMessage {
    let bid = level(setup.spec.snap(setup.mark, Side::Bid), 0);
    WarmupMessage::new("bbo", &format!(r#""bbo":[{bid},null]"#))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Config, Sizing};
    use crate::market::{AssetId, Spec};
    use crate::wire::nonce::Pool;

    #[test]
    fn every_round_signs_both_ladders_and_takes_them_back() {
        let spec = Spec {
            asset: AssetId(159),
            sz_decimals: 2,
            leverage_max: 10,
            fee_maker: Bps::from_centi(150),
            fee_taker: Bps::from_centi(450),
        };
        // Coins of very different prices: the made-up book must be one the decoder reads. Where a tick
        // is more than a price may jump (MODEL 5.3), nothing is quoted, here as in a session.
        for px in [120_000i64, 34_000_000, 26 * E8, 104_000 * E8] {
            let (config, px) = (Config::default(), Px::from_e8(px));
            let spec = Spec { sz_decimals: if px < Px::from_e8(E8) { 0 } else { 2 }, ..spec };
            let Ok(sizing) = Sizing::new(config.capital, config.multiple, &spec, px) else {
                continue; // Too dear for this capital: no session begins.
            };
            let mut pool = Pool::new();
            let (mut filler, nonces) = pool.split();
            let mut seed = 0;
            let entropy = |bytes: &mut [u8; 32]| {
                seed += 1;
                bytes[0] = seed;
                true
            };
            filler.refill(&mut CacheWarmer::preparer(), entropy, 5);
            let setup = Setup::flat(config, spec, sizing, px);
            let mut shadow = CacheWarmer::new(&setup, nonces).expect("a table");
            for round in 1..=7 {
                shadow.run_once();
                assert!(
                    shadow.engine.account().orders.list().is_empty(),
                    "something rests: {px:?}"
                );
                assert_eq!(shadow.sent(), round.min(5), "no nonce, no round at {px:?}");
            }
            let orders = 5 * 2 * u64::try_from(config.size.levels).expect("few");
            assert_eq!(shadow.engine.gateway().orders_sent(), orders, "both ladders at {px:?}");
        }
    }
}
