//! What is promised of every step, each promise broken once on purpose; and what the world says, however
//! wild, which breaks none of them.

use super::*;
use crate::engine::decide::Draft;
use crate::engine::orders::requests::Batch;
use crate::engine::orders::requests::ClosingRequest;
use crate::market::event::{AccountSnapshot, VenuePosition};
use crate::market::{
    Allowance, BookFrame, Cloid, Context, Health, OrderStatus, OrderUpdate, Trade,
};
use crate::num::unit::{PX_MAX, QTY_MAX};
use arrayvec::ArrayVec;

/// An order of the size of the position limit and so many lots of the venue beyond it.
fn beyond(venue: &TestVenue, lots: i64) -> Place {
    let Setup { sizing, spec, .. } = *venue.engine.setup();
    let qty = Qty::from_e8(sizing.position_max.e8() + lots * spec.lot().e8());
    let px = Px::from_e8(MID - 10 * TICK);
    Place { cloid: Cloid(u128::MAX), side: Side::Bid, px, qty, tif: Tif::Alo, reduce_only: false }
}

/// Makes orders true that nobody admitted.
fn commit(venue: &mut TestVenue, place: Place) -> Requests {
    let (at, mut out) = (venue.now, Requests::new());
    venue.engine.state.commit(at, &Draft::unchecked(Batch::unchecked(&[place])), &mut out);
    out
}

#[test]
fn up_to_the_limit_a_batch_may_fill() {
    let mut venue = TestVenue::open();
    let place = beyond(&venue, 0);
    let requests = commit(&mut venue, place);
    assert_eq!(requests[0].action, Action::Order([place].into_iter().collect()));
    assert_eq!(requests[0].allows.qty_max, [place.qty; 2]);
}

#[test]
#[should_panic(expected = "more of Bid may fill than is allowed")]
fn beyond_the_limit_no_batch_may_fill() {
    let mut venue = TestVenue::open();
    let place = beyond(&venue, 1);
    commit(&mut venue, place);
}

#[test]
fn what_may_only_reduce_may_be_larger() {
    let mut venue = TestVenue::open();
    let place = Place { reduce_only: true, ..beyond(&venue, 1) };
    assert_eq!(commit(&mut venue, place).len(), 1);
}

#[test]
#[should_panic(expected = "Bid opens, and is to close")]
fn a_close_does_not_open() {
    let mut venue = quoting();
    let requests = venue.hit(Side::Bid, 2);
    venue.accept(&requests);
    let mut draft = Draft::default();
    let asked =
        ClosingRequest { side: Side::Bid, limit: Px::from_e8(MID), tif: Tif::Ioc, expires: true };
    venue.engine.state.close(venue.now.mono, asked, &mut draft);
}

/// What the encoder is told to assert follows from position and kill state, not from the orders.
#[test]
fn each_state_allows_its_own() {
    let mut venue = quoting();
    for _ in 0..2 {
        let requests = venue.hit(Side::Bid, 1);
        venue.accept(&requests);
    }
    let (most, held) = (setup().sizing.position_max.e8(), 160_000_000);
    // what is lost in ticks, the state that is reached, what it allows
    let rows = [
        (0, KillState::Run, ([most - held, most + held], [false; 2])),
        (-560, KillState::Reduce, ([0, held], [true; 2])),
        (-1_300, KillState::Flatten, ([0, held], [true; 2])),
    ];
    for (ticks, state, want) in rows {
        venue.moves(MID + ticks * TICK);
        venue.stays(MID + ticks * TICK);
        let allows = venue.engine.state.allowance();
        let got = (allows.qty_max.map(Qty::e8), allows.reduce_only);
        assert_eq!((venue.engine.kill().state, got), (state, want), "{ticks} ticks");
    }
    for command in [Command::Halt, Command::Stop] {
        venue.tell(&Event::Command(command));
        assert_eq!(venue.engine.state.allowance(), Allowance::NONE, "{command:?}");
    }
}

/// Numbers from a seed (SplitMix64, after Steele, Lea and Flood, 2014).
struct Draws(u64);

impl Draws {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.bits() % most
    }
}

/// One wild message: any price and size that the decoder takes, any order of messages.
fn wild(venue: &mut TestVenue, prng: &mut Draws) -> Requests {
    let base = venue.engine.setup().mark.e8();
    let around = |prng: &mut Draws| {
        let far = match prng.below(12) {
            0 => base / 1_000,
            1 => base.saturating_mul(1_000).min(PX_MAX.e8()),
            2 => 100,
            _ => base,
        };
        Px::from_e8(
            (far / 100 * 9 / 10 * (100 + prng.below(22) as i64)).max(1 + prng.below(9) as i64),
        )
    };
    let size = |prng: &mut Draws| {
        let most = (10_000_000 * i128::from(E8) * i128::from(E8) / i128::from(base)) as i64;
        Qty::from_e8((most.min(QTY_MAX.e8()) / 10i64.pow(prng.below(15) as u32)).max(1))
    };
    let side = |prng: &mut Draws| Side::BOTH[prng.below(2) as usize];
    let time = venue.now.wall.plus_ms(prng.below(3));
    let live: Vec<(Cloid, Option<Oid>)> = {
        let orders = venue.engine.account().orders.list().iter();
        orders.map(|order| (order.place.cloid, order.oid)).collect()
    };
    let named = |prng: &mut Draws| live.get(prng.below(8) as usize).map(|known| known.0);
    match prng.below(12) {
        0..=2 => {
            let (bid, ask) = (around(prng), around(prng));
            let level = |px, qty| Some(Level { px, qty, count: 1 });
            let (bid, ask) = (level(bid, size(prng)), level(ask, size(prng)));
            let bid = bid.filter(|_| prng.below(9) != 0);
            venue.tell(&Event::Bbo(CoinIx(0), &Bbo { venue: time, bid, ask }))
        }
        3 => {
            let (mark, oracle) = (around(prng), around(prng));
            let context = Context { mark, oracle, funding: Bps::ZERO };
            venue.tell(&Event::Context(CoinIx(0), &context))
        }
        4 => {
            let (px, qty, taker_buys) = (around(prng), size(prng), prng.below(2) == 0);
            let trade = Trade { venue: time, tid: Tid(prng.bits()), taker_buys, px, qty };
            venue.tell(&Event::Trades(CoinIx(0), &[trade]))
        }
        5 => {
            let fill = Fill {
                coin: CoinIx(prng.below(2) as u8),
                venue: time,
                tid: Tid(prng.below(50)),
                oid: Oid(prng.below(50)),
                cloid: named(prng),
                side: side(prng),
                px: around(prng),
                qty: size(prng),
                fee: Usd::from_e8(prng.below(1_000_000) as i64),
                closed: Usd::ZERO,
                start: Pos::FLAT,
                crossed: prng.below(2) == 0,
            };
            venue.tell(&Event::Fills { snapshot: prng.below(9) == 0, fills: &[fill] })
        }
        6 => {
            let statuses = [
                OrderStatus::Open,
                OrderStatus::Filled,
                OrderStatus::Canceled,
                OrderStatus::Rejected,
                OrderStatus::Triggered,
            ];
            let news = OrderUpdate {
                coin: CoinIx(0),
                oid: Oid(prng.below(50)),
                cloid: named(prng),
                side: side(prng),
                px: around(prng),
                qty: size(prng),
                qty_asked: size(prng),
                status: statuses[prng.below(5) as usize],
                venue: time,
            };
            venue.tell(&Event::Orders(&[news]))
        }
        7 => {
            let mut holdings = ArrayVec::new();
            let pos = Pos::from_e8(size(prng).e8() * (1 - 2 * prng.below(2) as i64));
            let (unrealised, value) = (Usd::ZERO, Usd::ZERO);
            holdings.push(VenuePosition { coin: CoinIx(0), pos, unrealised, value });
            let [equity, raw_cash, withdrawable] = [Usd::ZERO; 3];
            let account = AccountSnapshot { venue: time, equity, raw_cash, withdrawable, holdings };
            venue.tell(&Event::Account(&account))
        }
        8 => {
            let items: Vec<Item> = (0..prng.below(8))
                .map(|_| match prng.below(5) {
                    0 => Item::Resting(Oid(prng.below(50))),
                    1 => Item::Filled(Oid(prng.below(50))),
                    2 => Item::Canceled,
                    3 => Item::Waiting,
                    _ => Item::Rejected(RejectReason::ALL[prng.below(6) as usize]),
                })
                .collect();
            let id = venue.engine.gateway().requests_made().saturating_sub(prng.below(4));
            venue.reply(RequestId(id), ReplyBody::Items(&items))
        }
        9 => {
            let (used, cap) = (prng.bits(), prng.below(20_000));
            match prng.below(6) {
                0 => venue.tell(&Event::Health(Health::Quota { used, cap })),
                1 => venue.tell(&Event::Health(Health::Slow(prng.below(2) == 0))),
                2 => venue.tell(&Event::Link(Stream::Orders, Link::Down)),
                3 => venue.tell(&Event::Link(Stream::Market, Link::Down)),
                4 => venue.tell(&Event::Garbled(Stream::Market)),
                _ => {
                    venue.tell(&Event::Link(Stream::Market, Link::Up));
                    venue.tell(&Event::Link(Stream::Orders, Link::Up));
                    venue.tell(&Event::OpenOrders(&[]))
                }
            }
        }
        10 => {
            let mut frame = BookFrame { venue: time, ..BookFrame::EMPTY };
            let mid = around(prng).e8();
            for side in Side::BOTH {
                for level in 1..=prng.below(5) as i64 {
                    let px = Px::from_e8((mid - side.sign() * level * (mid / 5_000).max(1)).max(1));
                    let level_at = usize::from(frame.len[side.index()]);
                    frame.levels[side.index()][level_at] = Level { px, qty: size(prng), count: 1 };
                    frame.len[side.index()] += 1;
                }
            }
            venue.tell(&Event::Book(CoinIx(0), &frame))
        }
        _ => venue.pass(prng.below(3_000)),
    }
}

/// Quoting at a price of any size, with any grid, whatever capital that takes.
fn quoting_anywhere(prng: &mut Draws) -> TestVenue {
    let mut setup = setup();
    setup.spec.sz_decimals = prng.below(6) as u32;
    let mark = Px::from_e8(10i64.pow(3 + prng.below(12) as u32) + prng.below(1_000) as i64);
    setup.config.capital = Usd::from_e8(10i64.pow(10 + prng.below(4) as u32));
    setup.sizing = loop {
        match Sizing::new(setup.config.capital, 5, &setup.spec, mark) {
            Ok(sizing) => break sizing,
            Err(crate::engine::SizingError::TooSmall { needed, .. }) => {
                setup.config.capital = needed
            }
            Err(other) => panic!("{other}"),
        }
    };
    setup.mark = mark;
    let mut venue = TestVenue::with(setup);
    let tick = setup.spec.tick_e8(mark);
    let level = |px| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(40 * E8), count: 1 });
    let (bid, ask) = (level((mark.e8() - tick).max(1)), level(mark.e8() + tick));
    let bbo = Bbo { venue: venue.now.wall, bid, ask };
    let requests = venue.tell(&Event::Bbo(CoinIx(0), &bbo));
    venue.accept(&requests);
    venue
}

/// Whatever the venue says: no promise of ours breaks, and no number outgrows its products.
#[test]
fn no_word_of_the_world_breaks_a_promise() {
    let (mut steps, mut sent) = (0, 0);
    for seed in 0..400 {
        let mut prng = Draws(seed);
        let mut venue = quoting_anywhere(&mut prng);
        for _ in 0..200 {
            let requests = wild(&mut venue, &mut prng);
            (steps, sent) = (steps + 1, sent + requests.len());
            if prng.below(3) != 0 {
                venue.accept(&requests);
            }
        }
    }
    assert!(steps == 80_000 && 1_000 < sent, "{steps} steps, {sent} requests");
}
