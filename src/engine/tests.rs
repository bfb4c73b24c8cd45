//! Stories of the whole engine: messages in, encoded orders out.

mod audit;
mod case;
mod draft;
mod monitor;
mod promises;
mod rejected;

use super::*;
use crate::market::KillState;
use crate::market::event::Command;
use crate::market::table::ROWS_MAX;
use crate::market::{
    Action, AssetId, Bbo, Fill, Item, Level, Oid, Place, Reply, ReplyBody, RequestId, Spec, Tid,
    Tif,
};
use crate::num::unit::E8;
use crate::num::{Bps, Pos, Px, Qty, Usd, WallMs};

const MID: i64 = 2_620_000_000;
const TICK: i64 = 100_000;

fn setup() -> Setup {
    let spec = Spec {
        asset: AssetId(4),
        sz_decimals: 2,
        leverage_max: 10,
        fee_maker: Bps::from_centi(150),
        fee_taker: Bps::from_centi(450),
    };
    let config = Config::default();
    let px = Px::from_e8(MID);
    let sizing = Sizing::new(config.capital, config.multiple, &spec, px).expect("enough");
    Setup { tag: 9, ..Setup::flat(config, spec, sizing, px) }
}

/// An engine and the venue it believes in: every order it places rests.
struct TestVenue {
    engine: Engine,
    now: Stamp,
    out: Requests,
    oids: u64,
    tids: u64,
}

impl TestVenue {
    /// Both links up, nothing open, a table, a market.
    fn open() -> TestVenue {
        TestVenue::with(setup())
    }

    /// The same with another setup.
    fn with(setup: Setup) -> TestVenue {
        let now = Stamp { mono: Mono::from_ns(1), wall: WallMs::from_ms(1_790_000_000_000) };
        let engine = Engine::new(setup);
        let mut venue = TestVenue { engine, now, out: Requests::new(), oids: 0, tids: 0 };
        venue.tell(&Event::Link(Stream::Market, Link::Up));
        if !setup.live {
            venue.snapshot(setup.mark.e8()); // A live session has read the mark.
        }
        venue.tell(&Event::Link(Stream::Orders, Link::Up));
        venue.tell(&Event::OpenOrders(&[]));
        let wish = venue.engine.table_wish(venue.now.mono).expect("none was made");
        let rows = [Bps::ZERO; ROWS_MAX];
        let mut table = Table { params: wish, bid: rows, ask: rows };
        glft::build(&wish, &mut table).expect("the priors make a table");
        venue.tell(&Event::Table(CoinIx(0), &table));
        venue
    }

    fn tell(&mut self, event: &Event<'_>) -> Requests {
        self.out.clear();
        self.engine.step(self.now, event, &mut self.out);
        self.out.clone()
    }

    fn pass(&mut self, ms: u64) -> Requests {
        let Stamp { mono, wall } = self.now;
        self.now = Stamp { mono: mono + Nanos::from_millis(ms), wall: wall.plus_ms(ms) };
        self.tell(&Event::Wake)
    }

    /// Seconds pass while the market's connection lives.
    fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            let requests = self.pass(1_000);
            self.accept(&requests);
            let requests = self.tell(&Event::Alive(Stream::Market));
            self.accept(&requests);
        }
    }

    /// A snapshot of the book with one level a side: the second source of a price.
    fn snapshot(&mut self, mid: i64) -> Requests {
        let level = |px| Level { px: Px::from_e8(px), qty: Qty::from_e8(40 * E8), count: 1 };
        let half = TICK.min(mid / 1_000);
        let mut frame = BookFrame { venue: self.now.wall, len: [1; 2], ..BookFrame::EMPTY };
        (frame.levels[0][0], frame.levels[1][0]) = (level(mid - half), level(mid + half));
        self.tell(&Event::Book(CoinIx(0), &frame))
    }

    /// A move that both streams of the book show.
    fn moves(&mut self, mid: i64) -> Requests {
        let first = self.market(mid);
        self.accept(&first);
        self.snapshot(mid);
        let woken = self.pass(500);
        self.accept(&woken);
        self.market(mid)
    }

    /// A market that stays while a PULL lasts and 2 s more.
    fn stays(&mut self, mid: i64) -> Requests {
        for _ in 0..4 {
            let requests = self.pass(600);
            self.accept(&requests);
            let requests = self.market(mid);
            self.accept(&requests);
        }
        self.market(mid)
    }

    fn market(&mut self, mid: i64) -> Requests {
        let level = |px| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(40 * E8), count: 1 });
        let venue = self.now.wall;
        let bbo = Bbo { venue, bid: level(mid - TICK), ask: level(mid + TICK) };
        self.tell(&Event::Bbo(CoinIx(0), &bbo))
    }

    /// The venue accepts everything in `requests`, and what is sent in answer to its answers: what
    /// rests does so by reply.
    fn accept(&mut self, requests: &Requests) {
        let mut queue: std::collections::VecDeque<_> = requests.iter().cloned().collect();
        while let Some(request) = queue.pop_front() {
            let mut items = Vec::new();
            match &request.action {
                Action::Order(places) => places.iter().for_each(|_| {
                    self.oids += 1;
                    items.push(Item::Resting(Oid(self.oids)));
                }),
                Action::BatchModify(replaces) => {
                    for replace in replaces {
                        self.oids += 1;
                        items.push(Item::Resting(Oid(self.oids)));
                        queue.extend(self.ended(replace.old));
                    }
                }
                Action::CancelByCloid(cloids) => {
                    for &cloid in cloids {
                        items.push(Item::Canceled);
                        queue.extend(self.ended(cloid));
                    }
                }
                Action::ScheduleCancel(_) => {
                    self.reply(request.id, ReplyBody::Done);
                    continue;
                }
                other => panic!("no answer to {other:?}"),
            }
            queue.extend(self.reply(request.id, ReplyBody::Items(&items)));
        }
    }

    fn reply(&mut self, id: RequestId, body: ReplyBody<'_>) -> Requests {
        self.tell(&Event::Reply(Reply { id, body }))
    }

    /// News that an order is cancelled with nothing filled.
    fn ended(&mut self, cloid: crate::market::Cloid) -> Requests {
        let orders = self.engine.account().orders.list();
        let Some(order) = orders.iter().find(|order| order.place.cloid == cloid) else {
            return Requests::new();
        };
        let news = crate::market::OrderUpdate {
            coin: CoinIx(0),
            oid: order.oid.unwrap_or_default(),
            cloid: Some(cloid),
            side: order.place.side,
            px: order.place.px,
            qty: order.place.qty.saturating_sub(order.filled),
            qty_asked: order.place.qty,
            status: crate::market::OrderStatus::Canceled,
            venue: self.now.wall,
        };
        self.tell(&Event::Orders(&[news]))
    }

    /// Our nearest orders of a side are hit, `count` of them, in one message.
    fn hit(&mut self, side: Side, count: usize) -> Requests {
        let mut orders: Vec<Place> = self.resting(side);
        orders.truncate(count);
        let fills: Vec<Fill> = orders.iter().map(|place| self.fill(place)).collect();
        self.tell(&Event::Fills { snapshot: false, fills: &fills })
    }

    fn fill(&mut self, place: &Place) -> Fill {
        self.tids += 1;
        Fill {
            coin: CoinIx(0),
            venue: self.now.wall,
            tid: Tid(self.tids),
            oid: Oid(10_000 + self.tids),
            cloid: Some(place.cloid),
            side: place.side,
            px: place.px,
            qty: place.qty,
            fee: Usd::ZERO,
            closed: Usd::ZERO,
            start: Pos::FLAT,
            crossed: false,
        }
    }

    /// What the engine believes rests on a side, nearest first.
    fn resting(&self, side: Side) -> Vec<Place> {
        let orders = self.engine.account().orders.list().iter();
        let mut places: Vec<Place> =
            orders.map(|order| order.place).filter(|place| place.side == side).collect();
        places.sort_by_key(|place| -place.px.e8() * side.sign());
        places
    }
}

/// Quoting at `MID` with everything accepted.
fn quoting() -> TestVenue {
    quoting_with(setup())
}

fn quoting_with(setup: Setup) -> TestVenue {
    let mut venue = TestVenue::with(setup);
    let requests = venue.market(MID);
    venue.accept(&requests);
    venue
}

/// Distance of the nearest order of a side from the middle, in bps.
fn distance(venue: &TestVenue, side: Side) -> f64 {
    let nearest = venue.resting(side)[0].px.e8() as f64;
    (MID as f64 - nearest) / MID as f64 * 1e4 * side.sign() as f64
}

#[test]
fn nothing_is_quoted_before_everything_is_known() {
    let mut engine = Engine::new(setup());
    let mut out = Requests::new();
    let at = Stamp { mono: Mono::from_ns(1), wall: WallMs::from_ms(1_790_000_000_000) };
    let bbo = Bbo { venue: at.wall, bid: None, ask: None };
    engine.step(at, &Event::Link(Stream::Market, Link::Up), &mut out);
    engine.step(at, &Event::Bbo(CoinIx(0), &bbo), &mut out);
    assert!(out.is_empty() && engine.must_sync(), "no orders link, no list, no table, no book");
}

#[test]
fn a_quiet_market_is_quoted_on_both_sides_beyond_the_floor() {
    let venue = quoting();
    for side in Side::BOTH {
        let rests = venue.resting(side);
        assert_eq!(rests.len(), 3, "{side:?}");
        assert!(2.5 <= distance(&venue, side), "{side:?} stands at {}", distance(&venue, side));
        assert!(rests.iter().all(|place| setup().spec.on_grid(place.px)));
    }
    let [bid, ask] = Side::BOTH.map(|side| distance(&venue, side));
    assert!((bid - ask).abs() < 0.5, "flat and quiet: symmetric");
}

#[test]
fn a_fill_moves_both_sides_against_the_position_on_a_frozen_market() {
    for side in Side::BOTH {
        let mut venue = quoting();
        let before = Side::BOTH.map(|side| distance(&venue, side));
        let requests = venue.hit(side, 1);
        assert!(!requests.is_empty(), "a position-only change requotes");
        venue.accept(&requests);
        let after = Side::BOTH.map(|side| distance(&venue, side));
        assert!(before[side.index()] < after[side.index()], "the side that was hit steps back");
        let other = side.other().index();
        assert!(after[other] < before[other], "the other side comes nearer");
    }
}

/// A venue that refuses for want of budget is not asked again for ten seconds, and its refusals do
/// not add up to a reason to close the position.
#[test]
fn an_exhausted_budget_is_waited_for() {
    let mut venue = quoting();
    let mut asked = 0;
    for _ in 0..100 {
        venue.pass(100);
        let requests = venue.tell(&Event::Link(Stream::Market, Link::Up));
        asked += requests.len();
        for request in requests.iter() {
            venue.reply(request.id, ReplyBody::Rejected(crate::market::RejectReason::RateLimit));
        }
        let moved = venue.market(MID + 60 * TICK);
        asked += moved.len();
        for request in moved.iter() {
            venue.reply(request.id, ReplyBody::Rejected(crate::market::RejectReason::RateLimit));
        }
    }
    assert!((1..=4).contains(&asked), "{asked} requests in ten seconds");
    assert!(venue.engine.kill().state < KillState::Flatten, "{:?}", venue.engine.kill());
}

#[test]
fn what_is_sent_never_exceeds_the_limit_even_if_all_of_it_fills() {
    let mut venue = quoting();
    let limit = setup().sizing.position_max;
    for round in 0..200 {
        let requests = venue.hit(Side::Bid, 1);
        venue.accept(&requests);
        venue.wait(31);
        let requests = venue.market(MID - round);
        venue.accept(&requests);
        let exposure = venue.engine.account().exposure();
        for side in Side::BOTH {
            assert!(exposure.worst(side).size() <= limit, "round {round}: {exposure:?}");
        }
    }
    assert!(Pos::FLAT < venue.engine.account().position.pos());
}

#[test]
fn a_loss_from_the_first_fill_reduces_then_flattens_and_latches() {
    let mut venue = quoting();
    for _ in 0..3 {
        let requests = venue.hit(Side::Bid, 1);
        venue.accept(&requests);
        venue.wait(31);
        let requests = venue.market(MID);
        venue.accept(&requests);
    }
    let held = venue.engine.account().position.pos();
    assert!(Pos::from_e8(E8) < held && held < Pos::from_e8(3 * E8), "{held:?}");
    // Of $100, 0.75 % is lost here, and 1.5 % is not.
    let fall = 100_000_000 * E8 / held.e8() / TICK * TICK;
    venue.moves(MID - fall);
    let requests = venue.stays(MID - fall);
    venue.accept(&requests);
    assert_eq!(venue.engine.kill().state, KillState::Reduce);
    assert!(venue.resting(Side::Bid).is_empty(), "nothing adds");
    assert!(venue.resting(Side::Ask).iter().all(|place| place.reduce_only));
    let requests = venue.moves(MID - 2 * fall);
    venue.accept(&requests);
    assert_eq!(venue.engine.kill().state, KillState::Flatten);
    let requests = venue.market(MID - 2 * fall);
    venue.accept(&requests);
    let [close] = venue.resting(Side::Ask)[..] else { panic!("one order at the touch") };
    assert!(close.reduce_only && close.qty == held.size() && close.tif == Tif::Alo);
    let requests = venue.pass(2_100);
    let crossing = requests.iter().any(|request| match &request.action {
        Action::Order(places) => places.iter().all(|place| place.tif == Tif::Ioc),
        _ => false,
    });
    assert!(crossing, "after two seconds it crosses: {requests:?}");
    venue.accept(&requests);
    venue.market(MID);
    assert!(KillState::Flatten <= venue.engine.kill().state, "it does not come back by itself");
}

#[test]
fn a_stop_cancels_everything_and_is_done_when_the_venue_says_so() {
    let mut venue = quoting();
    let requests = venue.tell(&Event::Command(Command::Stop));
    assert!(!venue.engine.is_done());
    venue.accept(&requests);
    assert!(venue.engine.is_done());
    assert!(venue.market(MID).is_empty(), "nothing is quoted any more");
}

/// What a position is worth does not become what it was worth when the session began.
#[test]
fn a_lost_market_link_is_no_loss() {
    let mut venue = quoting();
    for _ in 0..6 {
        let requests = venue.hit(Side::Bid, 1);
        venue.accept(&requests);
    }
    for step in 1..=100 {
        let requests = venue.market(MID + step * 20 * TICK);
        venue.accept(&requests);
        venue.wait(1);
    }
    let (before, pos) = (venue.engine.equity(), venue.engine.account().position.pos());
    let gain = pos.value(Px::from_e8(2_000 * TICK));
    assert!(Usd::from_e8(3 * E8 / 2) < gain, "enough that its loss would be fatal: {gain:?}");
    venue.tell(&Event::Link(Stream::Market, Link::Down));
    assert_eq!(venue.engine.equity(), before);
    assert!(venue.engine.kill().state < KillState::Flatten, "{:?}", venue.engine.kill());
}

#[test]
fn a_lost_market_link_pulls_every_quote() {
    let mut venue = quoting();
    let requests = venue.tell(&Event::Link(Stream::Market, Link::Down));
    let [request] = requests.as_slice() else { panic!("one cancel: {requests:?}") };
    assert!(matches!(&request.action, Action::CancelByCloid(cloids) if cloids.len() == 6));
}

#[test]
fn within_the_threshold_nothing_is_sent() {
    let mut venue = quoting();
    venue.pass(100);
    assert!(venue.market(MID + TICK).is_empty(), "0.4 bps are not worth a request");
    assert!(!venue.market(MID + 60 * TICK).is_empty(), "23 bps are");
}
