//! Hostile stories: venue, network and clock do what they do on a bad day.
//!
//! Each test asserts what the engine does, even where that is a fault. The comment above it says
//! the fault in one sentence, then what is right, by the row of the findings (A3: table A, row 3)
//! and the section of MODEL. The mend of a fault turns its assertions round.

use super::*;
use crate::market::KillReason;
use crate::market::event::{AccountSnapshot, VenuePosition};
use crate::market::{
    Context, Health, OpenOrder, OrderStatus, OrderUpdate, RejectReason, Request, Trade,
};

/// The kill switch: its state and the reason.
fn at(venue: &TestVenue) -> (KillState, Option<KillReason>) {
    let kill = venue.engine.kill();
    (kill.state, kill.reason)
}

fn position(venue: &TestVenue) -> i64 {
    venue.engine.account().position.pos().e8()
}

fn budget(venue: &TestVenue) -> i64 {
    venue.engine.account().budget.left(&setup().config.budget)
}

/// What a port answers to a request that it never wrote.
fn not_sent() -> ReplyBody<'static> {
    ReplyBody::Rejected(RejectReason::NotSent)
}

/// How many requests place or move orders.
fn count_orders(requests: &Requests) -> usize {
    let places = |action: &Action| matches!(action, Action::Order(_) | Action::BatchModify(_));
    requests.iter().filter(|request| places(&request.action)).count()
}

/// The order of a request that crosses.
fn crossing(request: &Request) -> Option<Place> {
    match &request.action {
        Action::Order(places) => places.first().copied().filter(|place| place.tif == Tif::Ioc),
        _ => None,
    }
}

fn accept_one(venue: &mut TestVenue, request: &Request) {
    venue.accept(&std::iter::once(request.clone()).collect());
}

/// Both best prices, `coins` at each.
fn book(time: WallMs, [bid, ask]: [i64; 2], coins: i64) -> Bbo {
    let level = |px| Level { px: Px::from_e8(px), qty: Qty::from_e8(coins * E8), count: 1 };
    Bbo { venue: time, bid: Some(level(bid)), ask: Some(level(ask)) }
}

/// The market at `MID`, stamped by the venue with `time`.
fn stamped(venue: &mut TestVenue, time: WallMs) -> Requests {
    let bbo = book(time, [MID - TICK, MID + TICK], 40);
    venue.tell(&Event::Bbo(CoinIx(0), &bbo))
}

/// A best price at the engine's own time.
fn best(venue: &mut TestVenue, coin: u8, prices: [i64; 2], coins: i64) -> Requests {
    let bbo = book(venue.now.wall, prices, coins);
    venue.tell(&Event::Bbo(CoinIx(coin), &bbo))
}

fn oracle(venue: &mut TestVenue, mark: i64, oracle: i64) -> Requests {
    let (mark, oracle) = (Px::from_e8(mark), Px::from_e8(oracle));
    venue.tell(&Event::Context(CoinIx(0), &Context { mark, oracle, funding: Bps::ZERO }))
}

/// Time passes, the market is told, all requests are accepted. How many place orders.
fn tick(venue: &mut TestVenue, ms: u64, mid: i64) -> usize {
    let woken = venue.pass(ms);
    venue.accept(&woken);
    let told = venue.market(mid);
    venue.accept(&told);
    count_orders(&woken) + count_orders(&told)
}

/// Twelve seconds of a quiet market: clock and sources are known.
fn settled(live: bool) -> TestVenue {
    let mut venue = TestVenue::with(Setup { live, ..setup() });
    let requests = oracle(&mut venue, MID, MID);
    venue.accept(&requests);
    for _ in 0..12 {
        tick(&mut venue, 1_000, MID);
    }
    venue
}

/// Long by hits of the nearest bid, one message each.
fn long(hits: usize) -> TestVenue {
    let mut venue = quoting();
    for _ in 0..hits {
        let requests = venue.hit(Side::Bid, 1);
        venue.accept(&requests);
    }
    venue
}

/// Long 1.6, and told to close it.
fn flattening() -> TestVenue {
    let mut venue = long(3);
    let requests = venue.tell(&Event::Command(Command::Flatten));
    venue.accept(&requests);
    venue
}

/// A3: what fills after a flat session was told to close is closed: FLATTEN lasts until it is proven
/// quiet (MODEL 5.1).
#[test]
fn t01_killed_while_flat_then_filled() {
    let mut venue = quoting();
    let bids = venue.resting(Side::Bid);
    let cancels = venue.tell(&Event::Command(Command::Flatten));
    assert_eq!(at(&venue), (KillState::Flatten, Some(KillReason::Command)));
    assert_eq!(cancels.len(), 1);
    let fills: Vec<Fill> = bids.iter().map(|place| venue.fill(place)).collect();
    venue.tell(&Event::Fills { snapshot: false, fills: &fills });
    venue.accept(&cancels);
    assert_eq!(position(&venue), 240_000_000);
    for step in 0..120 {
        let requests = if step % 2 == 0 { venue.pass(100) } else { venue.market(MID) };
        for request in requests.iter() {
            match crossing(request) {
                Some(place) => {
                    let fill = venue.fill(&place);
                    venue.tell(&Event::Fills { snapshot: false, fills: &[fill] });
                }
                None => accept_one(&mut venue, request),
            }
        }
    }
    assert_eq!((at(&venue).0, position(&venue)), (KillState::Halted, 0));
    assert!(venue.engine.is_done());
    let late = venue.fill(&bids[0]);
    venue.tell(&Event::Fills { snapshot: false, fills: &[late] });
    assert_eq!(at(&venue).0, KillState::Flatten, "a late fill opens the closing again");
}

/// A deviation takes the quotes away for a while and never closes a position (MODEL 5.1).
#[test]
fn t01_a_deviation_pulls_and_then_comes_home() {
    let mut venue = long(2);
    let requests = oracle(&mut venue, MID, MID - MID / 50);
    venue.accept(&requests);
    let mut seen = vec![at(&venue)];
    for _ in 0..600 {
        tick(&mut venue, 100, MID);
        if seen.last() != Some(&at(&venue)) {
            seen.push(at(&venue));
        }
    }
    let why = Some(KillReason::Deviation);
    assert_eq!(seen, [(KillState::Pull, why), (KillState::Reduce, why)]);
    assert!(!venue.resting(Side::Ask).is_empty() && venue.resting(Side::Bid).is_empty());
}

/// A1: each "down" of the orders link made another cancel of everything and charged it to the budget.
/// No request is built for a link that is down but cancels, at most two a second; one that was never
/// written costs nothing, and quotes are back as soon as the link is (MODEL 5.4, 5.5).
#[test]
fn t02_orders_link_down_is_no_request_storm() {
    let mut venue = quoting();
    assert_eq!(budget(&venue), 194);
    let mut cancels = Vec::new();
    for _ in 0..1_000 {
        let mut told = venue.tell(&Event::Link(Stream::Orders, Link::Down)).to_vec();
        told.extend(venue.pass(10).to_vec());
        while let Some(request) = told.pop() {
            assert!(matches!(request.action, Action::CancelByCloid(_)), "{request:?}");
            cancels.push(venue.now.mono.ms());
            told.extend(venue.reply(request.id, not_sent()).to_vec());
        }
        tick(&mut venue, 0, MID);
    }
    assert_eq!(
        cancels,
        [0, 500, 1_000, 2_000, 4_000, 8_000].map(|ms| ms + cancels[0] - cancels[0] % 10)
    );
    assert_eq!(budget(&venue), 194, "nothing of it was written");
    assert_eq!(
        (at(&venue), venue.engine.account().rejects(venue.now.mono)),
        ((KillState::Run, None), 0)
    );
    assert_eq!(Side::BOTH.map(|side| venue.resting(side).len()), [3, 3], "nothing was in doubt");
    let up = venue.tell(&Event::Link(Stream::Orders, Link::Up));
    assert_eq!((count_orders(&up), venue.engine.must_sync()), (0, true), "first the lists");
    venue.accept(&up);
    let back = venue.tell(&Event::OpenOrders(&[]));
    assert_eq!(count_orders(&back), 1, "quoting at once");
    assert_eq!(at(&venue), (KillState::Run, None));
}

/// What was under way when the link broke is in doubt once, and is free as soon as the port says that
/// it was never written.
#[test]
fn what_was_never_sent_is_free_at_once_and_waits() {
    let mut venue = TestVenue::open();
    let placed = venue.market(MID);
    assert_eq!(count_orders(&placed), 1);
    venue.tell(&Event::Link(Stream::Orders, Link::Down));
    assert_eq!(venue.resting(Side::Bid).len(), 3, "in doubt");
    let cancels: Vec<Request> = venue.pass(600).to_vec();
    assert!(count_orders(&cancels.iter().cloned().collect()) == 0 && cancels.len() == 1);
    venue.reply(placed[0].id, not_sent());
    assert_eq!(Side::BOTH.map(|side| venue.resting(side).len()), [0, 0]);
    venue.reply(cancels[0].id, not_sent());
    assert_eq!(budget(&venue), 200);
    assert_eq!(venue.engine.account().rejects(venue.now.mono), 0);

    let mut venue = TestVenue::open();
    let mut asked = Vec::new();
    for tenth in 0..100 {
        let mut told = venue.pass(100).to_vec();
        told.extend(venue.market(MID).to_vec());
        for request in told {
            asked.push(tenth);
            let again = venue.reply(request.id, not_sent());
            assert!(again.is_empty(), "at once: {again:?}");
        }
    }
    assert_eq!(asked, [0, 3, 8, 18, 38, 78], "the link is said to be up, and takes nothing");
}

/// A23: a person's halt while the link for orders is down and a position is on.
#[test]
fn closing_without_a_link_for_orders_is_no_storm() {
    let mut venue = long(3);
    venue.tell(&Event::Link(Stream::Orders, Link::Down));
    let mut told = venue.tell(&Event::Command(Command::Flatten)).to_vec();
    let mut sent = Vec::new();
    for _ in 0..600 {
        told.extend(venue.pass(100).to_vec());
        told.extend(venue.market(MID).to_vec());
        while let Some(request) = told.pop() {
            sent.push(request.action.clone());
            told.extend(venue.reply(request.id, not_sent()).to_vec());
        }
    }
    let closing = sent.iter().filter(|action| matches!(action, Action::Order(_))).count();
    assert!(sent.len() <= 40 && 5 <= closing, "{closing} of {} in a minute", sent.len());
}

/// A4: the age of the book counts from the last frame taken; pongs and what is said of the market
/// beside its book prove nothing of it (MODEL 5.4).
#[test]
fn t03_a_dead_coin_stream_is_pulled() {
    let mut venue = settled(true);
    for second in 1..=9 {
        let woken = venue.pass(1_000);
        venue.accept(&woken);
        for alive in [venue.tell(&Event::Alive(Stream::Market)), oracle(&mut venue, MID, MID)] {
            venue.accept(&alive);
        }
        let silent = (KillState::Pull, Some(KillReason::Stale));
        let expected = if second < 2 { (KillState::Run, None) } else { silent };
        assert_eq!(at(&venue), expected, "{second} s after the coin's last word");
        let rest = if second < 2 { [3, 3] } else { [0, 0] };
        assert_eq!(Side::BOTH.map(|side| venue.resting(side).len()), rest, "{second} s");
    }
    let mut recording = settled(false);
    for _ in 0..60 {
        recording.wait(1);
        assert_eq!(at(&recording), (KillState::Run, None), "its silence is a quiet market");
    }
}

/// A4: a frame that is refused as old proves no life: quotes do not stand 57 bps off the market.
#[test]
fn refused_frames_are_no_life() {
    for live in [false, true] {
        let mut venue = settled(live);
        for tenth in 1..=14 {
            let requests = venue.pass(100);
            venue.accept(&requests);
            let time = WallMs::from_ms(venue.now.wall.ms() - 5_000);
            let requests = stamped(&mut venue, time);
            venue.accept(&requests);
            assert_eq!(venue.engine.judged().and_then(|judged| judged.age_ms), Some(100 * tenth));
        }
    }
}

/// A4: a market link that is half-open ends in a latched FLATTEN after 10 s, and no reconnect ends
/// it. Right: the link is found dead by a ping, PULL lasts while it is down, and only a market that
/// is proven to live is a reason to close (MODEL 5.4).
#[test]
fn t04_a_half_open_link_latches_flatten() {
    let mut venue = long(2);
    for tenth in 1..=110 {
        let requests = venue.pass(100);
        venue.accept(&requests);
        let expected = match tenth {
            ..15 => (KillState::Run, None),
            15..100 => (KillState::Pull, Some(KillReason::Stale)),
            _ => (KillState::Flatten, Some(KillReason::Stale)),
        };
        assert_eq!(at(&venue), expected, "{tenth} tenths of a second of silence");
    }
    venue.tell(&Event::Link(Stream::Market, Link::Down));
    venue.tell(&Event::Link(Stream::Market, Link::Up));
    let requests = venue.market(MID);
    venue.accept(&requests);
    assert_eq!(at(&venue), (KillState::Flatten, Some(KillReason::Stale)), "after a reconnect");
}

/// A16: a position above the limit that was there before the session is sold at market. Right: the
/// start refuses it, or `--adopt` takes it and works it down post-only (MODEL 5.6).
#[test]
fn t05_a_position_at_the_start_is_sold() {
    let held = 5 * setup().sizing.position_max.e8();
    let mut venue = TestVenue::with(Setup { pos: Pos::from_e8(held), ..setup() });
    let requests = venue.market(MID);
    venue.accept(&requests);
    let mut sent = Vec::new();
    for _ in 0..40 {
        for told in [false, true] {
            let requests = if told { venue.market(MID) } else { venue.pass(100) };
            for request in requests.iter() {
                if let Action::Order(places) = &request.action {
                    sent.extend(places.iter().map(|it| (it.side, it.px, it.qty, it.tif)));
                }
            }
            venue.accept(&requests);
        }
    }
    assert_eq!(at(&venue), (KillState::Flatten, Some(KillReason::Position)));
    let sale = |px| (Side::Ask, Px::from_e8(px), Qty::from_e8(held), Tif::Ioc);
    assert_eq!(held, 9_540_000_000);
    assert_eq!(sent, [2_617_400_000; 2].map(sale), "it waits for each answer");
}

/// B1: what is decoded is safe in every product and ratio made of it, and what is not is garbled
/// (MODEL 5.3, last line).
#[test]
fn t06_no_number_breaks_the_hot_thread() {
    let cases: [(&str, fn()); 9] = [
        ("an oracle of 1e-8", || {
            oracle(&mut quoting(), MID, 1);
        }),
        ("an oracle of 1e-7", || {
            oracle(&mut quoting(), MID, 10);
        }),
        ("a mark of 1e7 with a position", || {
            let mut venue = quoting();
            venue.hit(Side::Bid, 1);
            oracle(&mut venue, 10_000_000 * E8, MID);
            assert_eq!(at(&venue), (KillState::Run, None));
        }),
        ("a trade of 1e9 coins at $100", || print(&mut quoting(), 100, 1_000_000_000)),
        ("a trade at $1e7 on a coin of $0.0005", || {
            print(&mut penny(), 10_000_000, 1_000);
        }),
        ("a fill of 1e9 coins at $100", || {
            let mut venue = quoting();
            let place = venue.resting(Side::Bid)[0];
            let (qty, px) = (Qty::from_e8(1_000_000_000 * E8), Px::from_e8(100 * E8));
            let fill = Fill { qty, px, ..venue.fill(&place) };
            venue.tell(&Event::Fills { snapshot: false, fills: &[fill] });
        }),
        ("a reference of 1e-8", || {
            let mut venue = TestVenue::with(Setup { reference: Some(CoinIx(1)), ..setup() });
            best(&mut venue, 1, [1, 2], 1);
            venue.market(MID);
        }),
        ("a bid of 1e-8 under an ask of 26.2", || {
            let mut venue = quoting();
            venue.pass(1_000);
            best(&mut venue, 0, [1, MID], 1);
            ignored(&venue);
        }),
        ("a bid of 1e-8 under an ask of 2e-8", || {
            let mut venue = quoting();
            venue.pass(1_000);
            best(&mut venue, 0, [1, 2], 1);
            venue.pass(1_000);
            ignored(&venue);
            venue.market(MID);
            venue.pass(1_000);
        }),
    ];
    for (what, case) in cases {
        assert!(std::panic::catch_unwind(case).is_ok(), "{what}");
    }
}

/// Quoting in a coin worth $0.0005.
fn penny() -> TestVenue {
    let mut setup = setup();
    setup.spec.sz_decimals = 0;
    setup.mark = Px::from_e8(50_000);
    setup.sizing = Sizing::new(setup.config.capital, 5, &setup.spec, setup.mark).expect("enough");
    let mut venue = TestVenue::with(setup);
    for _ in 0..3 {
        venue.pass(1_000);
        best(&mut venue, 0, [49_900, 50_100], 4_000_000);
    }
    venue
}

/// Somebody buys: one public trade of this size.
fn print(venue: &mut TestVenue, dollars: i64, coins: i64) {
    let (px, qty) = (Px::from_e8(dollars * E8), Qty::from_e8(coins * E8));
    let trade = Trade { venue: venue.now.wall.plus_ms(1), tid: Tid(1), taker_buys: true, px, qty };
    venue.tell(&Event::Trades(CoinIx(0), &[trade]));
}

/// An absurd price is not even doubted: its message counts as garbled.
fn ignored(venue: &TestVenue) {
    assert_eq!(venue.engine.market().fair(), Some(Px::from_e8(MID)));
    assert_ne!(venue.engine.kill().reason, Some(KillReason::Suspect));
    assert!(venue.engine.must_sync(), "something was missed");
}

/// A9: one best price of 0.5 s, of -20 %, +25 % or half the price, costs nothing and halts nothing.
/// The orders that it moves away from stay for 300 ms (MODEL 5.3).
#[test]
fn one_absurd_price_loses_nothing() {
    for (mid, spared) in [
        (MID * 4 / 5, Side::Ask),
        (MID * 5 / 4, Side::Bid),
        (MID / 2, Side::Ask),
        (MID * 2, Side::Bid),
    ] {
        for side in Side::BOTH {
            let mut venue = quoting();
            let requests = venue.hit(side, 2);
            venue.accept(&requests);
            let (equity, rested) = (venue.engine.equity(), venue.resting(spared));
            let told = venue.market(mid);
            assert_eq!(count_orders(&told), 0, "{mid}");
            venue.accept(&told);
            assert_eq!(venue.resting(spared), rested, "{mid}: they are farther than before");
            assert_eq!(venue.resting(spared.other()), [], "{mid}");
            for _ in 0..5 {
                let requests = venue.pass(100);
                venue.accept(&requests);
                assert_eq!(count_orders(&requests), 0, "{mid}");
                assert_eq!(at(&venue), (KillState::Pull, Some(KillReason::Suspect)), "{mid}");
                assert_eq!(venue.engine.equity(), equity, "{mid}");
            }
            assert_eq!(venue.resting(spared), [], "{mid}: not longer than that");
            let back: usize = (0..40).map(|_| tick(&mut venue, 1_000, MID)).sum();
            assert_eq!(at(&venue), (KillState::Run, None), "{mid}");
            assert!(0 < back, "{mid}: it quotes again");
        }
    }
}

/// A9: a true gap of -3 % in one block is trusted within 3 s, while oracle and mark stand still or
/// follow 3 s late (MODEL 5.3).
#[test]
fn a_true_gap_is_trusted_within_three_seconds() {
    let there = MID - MID * 3 / 100;
    for both in [false, true] {
        let mut venue = settled(false);
        let mut trusted = None;
        for tenth in 0..=31 {
            venue.market(there);
            if both && tenth % 5 == 0 {
                venue.snapshot(there);
            }
            oracle(&mut venue, MID, MID);
            let fair = venue.engine.market().fair().map(Px::e8);
            if trusted.is_none() && fair == Some(there) {
                trusted = Some(tenth);
            }
            venue.pass(100);
        }
        assert_eq!(trusted, Some(if both { 5 } else { 30 }), "in tenths of a second; both {both}");
    }
}

/// A4, A8: one best price from the future is not taken, and the next ones are (MODEL 5.4).
#[test]
fn t07_one_bbo_of_the_future_changes_nothing() {
    for (live, ahead_ms) in [(false, 1_000), (false, 3_600_000), (true, 1_000), (true, 3_000)] {
        let mut venue = settled(live);
        let time = venue.now.wall.plus_ms(ahead_ms);
        let requests = stamped(&mut venue, time);
        assert_eq!(requests.len(), 0);
        for second in 1..=60 {
            tick(&mut venue, 1_000, MID - 78 * TICK);
            assert_eq!(at(&venue), (KillState::Run, None), "live {live}, {second} s");
            let fair = venue.engine.market().fair();
            assert_eq!(fair, Some(Px::from_e8(MID - 78 * TICK)), "live {live}, {second} s");
        }
    }
}

/// A14: a cancel that overtakes its order is answered "never placed". It is made again as soon as the
/// order shows as resting (MODEL 5.5).
#[test]
fn t08_a_cancel_that_overtakes_its_order() {
    let mut venue = TestVenue::open();
    let placed = venue.market(MID);
    let cancels = venue.tell(&Event::Command(Command::Halt));
    let [cancel] = cancels.as_slice() else { panic!("one cancel: {cancels:?}") };
    assert_eq!(cancel.action.cost(), 6);
    let gone = [const { Item::Rejected(RejectReason::Gone) }; 6];
    let again = venue.reply(cancel.id, ReplyBody::Items(&gone));
    assert!(again.is_empty(), "they have not shown: {again:?}");
    let rests: Vec<Item> = (1..=6).map(|oid| Item::Resting(Oid(oid))).collect();
    let again = venue.reply(placed[0].id, ReplyBody::Items(&rests));
    assert_eq!(again.iter().map(|request| request.action.cost()).sum::<u32>(), 6, "at once");
    venue.accept(&again);
    assert!(venue.engine.account().orders.list().is_empty());
    assert_eq!(at(&venue), (KillState::Halted, Some(KillReason::Command)));
}

/// A13: orders in doubt were taken for gone 1.7 s before they could have expired, and as many were sent
/// anew. They are gone only by a list asked for after their expiry and 2 s more (MODEL 5.5).
#[test]
fn t09_a_doubt_is_not_settled_before_the_request_expires() {
    let mut venue = TestVenue::open();
    let placed = venue.market(MID);
    let expires = placed[0].expires.expect("an expiry").ms();
    venue.pass(50);
    venue.tell(&Event::Link(Stream::Orders, Link::Down));
    venue.tell(&Event::Link(Stream::Orders, Link::Up));
    let mut asked = Vec::new();
    let again = loop {
        venue.pass(50);
        venue.market(MID);
        if venue.engine.must_sync() {
            asked.push(venue.now.wall.ms() + 3_000 - expires);
            let again = venue.tell(&Event::OpenOrders(&[]));
            if 0 < count_orders(&again) {
                break again;
            }
        }
        let open = venue.engine.account().exposure().open;
        assert_eq!(open, [Qty::from_e8(240_000_000); 2], "in doubt, so they count");
    };
    assert_eq!(count_orders(&again), 1);
    assert_eq!(
        asked,
        [100, 1_100, 2_100, 4_100, 5_000],
        "the lists, in milliseconds since they were sent"
    );
}

/// A8: the way of a message is no fault of our clock (MODEL 5.4).
#[test]
fn t10_a_distant_host_comes_back_from_a_pull() {
    let run = (KillState::Run, None);
    let stale = (KillState::Pull, Some(KillReason::Stale));
    let cases = [200, 340, 360, 450, 520, 900].map(|lag_ms| (lag_ms, [run, stale, run]));
    for (lag_ms, expected) in cases {
        let mut venue = TestVenue::with(Setup { live: true, ..setup() });
        oracle(&mut venue, MID, MID);
        let wait = |venue: &mut TestVenue, seconds: u64| {
            for _ in 0..seconds {
                let requests = venue.pass(1_000);
                venue.accept(&requests);
                let time = WallMs::from_ms(venue.now.wall.ms() - lag_ms);
                let requests = stamped(venue, time);
                venue.accept(&requests);
            }
            at(venue)
        };
        let before = wait(&mut venue, 12);
        let requests = venue.pass(1_600);
        venue.accept(&requests);
        let silent = at(&venue);
        let later = wait(&mut venue, 3_600);
        assert_eq!([before, silent, later], expected, "messages {lag_ms} ms old");
    }
}

/// A11: a low budget takes all quotes away, and with them the fills that would earn it back; the
/// position stays. Right: REDUCE with one order moved by modify (MODEL 5.1).
#[test]
fn t11_a_low_budget_pulls_for_ever_with_a_position() {
    let mut venue = long(3);
    let requests = venue.tell(&Event::Health(Health::Quota { used: 9_501, cap: 10_000 }));
    venue.accept(&requests);
    let sent: usize = (0..3_600).map(|_| tick(&mut venue, 1_000, MID)).sum();
    assert_eq!(at(&venue), (KillState::Pull, Some(KillReason::Budget)), "an hour later");
    assert_eq!((position(&venue), sent), (160_000_000, 0));
    assert!(venue.engine.account().orders.list().is_empty());
}

/// Answers requests as a venue does whose bid is `bid`: what reaches it is filled, what does not finds
/// nobody, everything else rests. How many orders were placed, and the limits of those that crossed.
fn trade(venue: &mut TestVenue, requests: &[Request], bid: i64, limits: &mut Vec<i64>) -> usize {
    let mut placed = 0;
    for request in requests {
        placed += count_orders(&std::iter::once(request.clone()).collect());
        let Some(place) = crossing(request) else {
            accept_one(venue, request);
            continue;
        };
        limits.push(place.px.e8());
        let more = if place.px.e8() <= bid {
            venue.reply(request.id, ReplyBody::Items(&[Item::Filled(Oid(9_000))]));
            let fill = venue.fill(&place);
            venue.tell(&Event::Fills { snapshot: false, fills: &[fill] })
        } else {
            let items = [Item::Rejected(RejectReason::NothingToMatch)];
            venue.reply(request.id, ReplyBody::Items(&items))
        };
        placed += trade(venue, &more, bid, limits);
    }
    placed
}

/// Lets `seconds` pass in a market whose best prices stand, until the engine is done. After how many
/// tenths of a second it was, and the limits of the orders that crossed.
fn come_home(venue: &mut TestVenue, best_prices: [i64; 2], seconds: u64) -> (u64, Vec<i64>) {
    let mut limits = Vec::new();
    for tenth in 0..10 * seconds {
        if venue.engine.is_done() {
            return (tenth, limits);
        }
        let woken = venue.pass(100);
        trade(venue, &woken, best_prices[0], &mut limits);
        let told = best(venue, 0, best_prices, 40);
        trade(venue, &told, best_prices[0], &mut limits);
    }
    (10 * seconds, limits)
}

/// A6: a stop never ends a FLATTEN (MODEL 5.7).
#[test]
fn t12_a_stop_lets_a_flatten_go_on() {
    for stop in [Command::Stop, Command::StopNow] {
        let mut venue = flattening();
        let requests = venue.pass(100);
        venue.accept(&requests);
        assert_eq!(at(&venue), (KillState::Flatten, Some(KillReason::Command)));
        let requests = venue.tell(&Event::Command(stop));
        venue.accept(&requests);
        assert!(venue.engine.is_stopping() && !venue.engine.is_done());
        let (tenths, limits) = come_home(&mut venue, [MID - TICK, MID + TICK], 60);
        assert_eq!((position(&venue), at(&venue).0), (0, KillState::Halted), "{stop:?}");
        assert!(tenths < 50 && limits.len() == 1, "{tenths} tenths of a second, {limits:?}");
    }
}

/// A6, A22: a stop cancels what adds at once and comes home: at the touch as long as its patience lasts,
/// then as FLATTEN. A second one has no patience, a third leaves the position (MODEL 5.7).
#[test]
fn a_stop_comes_home() {
    let stops = [Command::Stop, Command::StopNow, Command::Abandon];
    // stops, the position after them, after how many tenths of a second it is done
    let rows: [(&[Command], i64, std::ops::Range<u64>); 4] = [
        (&stops[..1], 0, 330..350),
        (&stops[..2], 0, 30..50),
        (&stops[1..2], 0, 30..50),
        (&stops, 160_000_000, 0..10),
    ];
    for (stops, left, range) in rows {
        let mut venue = long(3);
        for stop in stops {
            let requests = venue.tell(&Event::Command(*stop));
            venue.accept(&requests);
        }
        let adds = |place: &Place| !place.reduce_only;
        assert!(!Side::BOTH.iter().any(|side| venue.resting(*side).iter().any(adds)), "{stops:?}");
        let (tenths, limits) = come_home(&mut venue, [MID - TICK, MID + TICK], 60);
        assert_eq!(position(&venue), left, "{stops:?}");
        assert!(range.contains(&tenths), "{stops:?}: {tenths} tenths of a second, {limits:?}");
        assert!(venue.engine.is_done() && venue.engine.is_stopping());
        assert_eq!(venue.engine.position_left().map(Pos::e8), (left != 0).then_some(left));
    }
}

/// A6: what a maker's price closes is not closed by crossing (MODEL 5.7).
#[test]
fn a_stop_waits_at_the_touch() {
    let mut venue = long(3);
    let requests = venue.tell(&Event::Command(Command::Stop));
    venue.accept(&requests);
    tick(&mut venue, 1_000, MID);
    let [close] = venue.resting(Side::Ask)[..] else { panic!("one order") };
    assert!(close.reduce_only && close.tif == Tif::Alo && close.qty.e8() == 160_000_000);
    assert_eq!(close.px.e8(), MID + TICK);
    assert!(venue.resting(Side::Bid).is_empty());
    venue.hit(Side::Ask, 1);
    assert!(venue.engine.is_done() && position(&venue) == 0);
    assert_eq!(at(&venue).0, KillState::Run, "risk has nothing to do with it");
}

/// What a stop cannot bring home in its limit stays, and is told (MODEL 5.7).
#[test]
fn a_stop_gives_up_at_its_limit() {
    let mut venue = long(3);
    let nobody = [MID / 2, MID + TICK];
    let requests = venue.tell(&Event::Command(Command::Stop));
    venue.accept(&requests);
    assert_eq!(venue.engine.stop_limit(), Nanos::from_secs(200));
    let mut limits = Vec::new();
    for _ in 0..1_799 {
        let woken = venue.pass(100);
        trade(&mut venue, &woken, 0, &mut limits);
        let told = best(&mut venue, 0, nobody, 40);
        trade(&mut venue, &told, 0, &mut limits);
    }
    assert!(!venue.engine.is_done(), "three minutes are not over");
    let requests = venue.pass(101);
    venue.accept(&requests);
    assert!(venue.engine.is_done() && venue.engine.position_left().is_some());
    assert_eq!(venue.engine.stop_limit(), Nanos::from_secs(20));
    assert!(limits.len() < 200, "{} orders that cross", limits.len());
}

/// `keep` cancels everything and leaves the position (MODEL 5.7).
#[test]
fn a_stop_that_keeps_leaves_the_position() {
    let mut with = setup();
    with.config.stop.on_stop = crate::risk::OnStop::Keep;
    let mut venue = quoting_with(with);
    let requests = venue.hit(Side::Bid, 1);
    venue.accept(&requests);
    let requests = venue.tell(&Event::Command(Command::Stop));
    assert_eq!(count_orders(&requests), 0);
    venue.accept(&requests);
    assert!(venue.engine.is_done() && venue.engine.position_left().is_some());
}

/// A10: after six orders that found nobody, the limit follows the touch (MODEL 5.2).
#[test]
fn t15_a_wide_spread_is_crossed_in_the_end() {
    let mut venue = flattening();
    let bid = MID - MID / 100;
    let (tenths, limits) = come_home(&mut venue, [bid, MID + MID / 100], 60);
    let ladder: Vec<i64> = limits.iter().map(|px| (MID - px) * 10_000 / MID).collect();
    assert_eq!(ladder, [9, 19, 39, 79, 79, 79, 100], "bps from fair");
    assert_eq!((at(&venue).0, position(&venue)), (KillState::Halted, 0));
    assert!(tenths < 50, "{tenths} tenths of a second");
}

/// A10: a touch beyond the reach is not crossed; the position rests at the best own price until it comes
/// near (MODEL 5.2).
#[test]
fn a_touch_beyond_the_reach_is_waited_for() {
    let mut venue = flattening();
    oracle(&mut venue, MID, MID);
    let far = [MID / 2, MID + MID / 1_000];
    let (_, limits) = come_home(&mut venue, far, 60);
    assert!(limits.len() <= 8, "{limits:?}");
    assert!(limits.iter().all(|px| far[0] < *px), "{limits:?}");
    let [close] = venue.resting(Side::Ask)[..] else { panic!("one order") };
    assert!(close.tif == Tif::Alo && close.reduce_only);
    let (tenths, _) = come_home(&mut venue, [MID - MID / 100, MID + MID / 1_000], 10);
    assert!(tenths < 20 && position(&venue) == 0, "{tenths} tenths of a second");
}

/// A15: fills from before the session that come as a snapshot after the first order are counted
/// again. Right: fills older than the opening, by venue time, are known whenever they come (MODEL
/// 5.5).
#[test]
fn t16_a_snapshot_after_the_first_order_is_applied() {
    let mut venue = quoting();
    assert_eq!(position(&venue), 0);
    let fill = |index: u64| Fill {
        coin: CoinIx(0),
        venue: WallMs::from_ms(1_780_000_000_000 + index),
        tid: Tid(900_000 + index),
        oid: Oid(5),
        cloid: None,
        side: Side::Bid,
        px: Px::from_e8(MID),
        qty: Qty::from_e8(E8),
        fee: Usd::from_e8(1_000_000),
        closed: Usd::ZERO,
        start: Pos::FLAT,
        crossed: false,
    };
    let history: Vec<Fill> = (0..50).map(fill).collect();
    let requests = venue.tell(&Event::Fills { snapshot: true, fills: &history });
    assert_eq!((position(&venue), requests.len()), (5_000_000_000, 1));
    assert_eq!(at(&venue), (KillState::Flatten, Some(KillReason::Position)));
}

/// A17: two sessions of one account with the same tag give their orders the same names. Right: the
/// tag is made of account, coin, the session's start and chance (MODEL 5.6).
#[test]
fn t17_names_repeat_over_sessions() {
    let names = || {
        let mut venue = TestVenue::open();
        venue.market(MID);
        let orders = venue.engine.account().orders.list().iter();
        orders.map(|order| order.place.cloid).collect::<Vec<_>>()
    };
    let first = names();
    assert_eq!(first.len(), 6);
    assert_eq!(first, names());
}

/// A12: a cancel refused for want of budget was not made again for 20 s, while six orders rested
/// blind. It is made once after 1 s, and then every 10 s (MODEL 5.5).
#[test]
fn t18_a_refused_cancel_is_repeated_after_a_second() {
    let mut venue = quoting();
    let mut requests = venue.tell(&Event::Link(Stream::Market, Link::Down)).to_vec();
    assert_eq!(requests.len(), 1);
    let mut tenths = Vec::new();
    for tenth in 0..300 {
        for request in std::mem::take(&mut requests) {
            assert!(matches!(request.action, Action::CancelByCloid(_)), "{request:?}");
            tenths.push(tenth);
            venue.reply(request.id, ReplyBody::Rejected(RejectReason::RateLimit));
        }
        requests = venue.pass(100).to_vec();
    }
    assert_eq!(tenths, [0, 10, 110, 210]);
    assert_eq!(venue.engine.account().orders.list().len(), 6);
}

/// A12, A21: cancels that are refused for good go on ever less often, and a signer that the venue does
/// not know places nothing.
#[test]
fn an_unknown_signer_places_nothing_and_cancels_now_and_then() {
    let mut venue = quoting();
    let moved = venue.market(MID + 60 * TICK);
    assert_eq!(count_orders(&moved), 1);
    let mut told = moved.to_vec();
    let mut sent = Vec::new();
    for tenth in 0..3_000 {
        for request in std::mem::take(&mut told) {
            let refused = ReplyBody::Rejected(RejectReason::Signer);
            told.extend(venue.reply(request.id, refused).to_vec());
            sent.push((tenth, request));
        }
        told.extend(venue.pass(100).to_vec());
        told.extend(venue.market(MID + 60 * TICK).to_vec());
    }
    assert!(venue.engine.is_signer_refused());
    let placed = sent
        .iter()
        .filter(|(_, request)| matches!(request.action, Action::Order(_) | Action::BatchModify(_)));
    assert_eq!(placed.count(), 1, "the one that was refused");
    assert!(sent.len() <= 130, "{} in five minutes", sent.len());
}

/// Post-only orders refused in a fast market count as rejects: seven take all quotes away for as
/// long as they are counted. Right: no BadAloPx is among the rejects (MODEL 5.1).
#[test]
fn t19_post_only_refusals_pull() {
    let mut venue = quoting();
    let requests = venue.hit(Side::Bid, 2);
    venue.accept(&requests);
    let (mut mid, mut refused, mut changes) = (MID, 0, Vec::new());
    let mut told = at(&venue);
    let mut requests = Vec::new();
    for tenth in 0..100 {
        requests.extend(venue.pass(100).to_vec());
        mid -= 5 * TICK;
        requests.extend(venue.market(mid).to_vec());
        for request in std::mem::take(&mut requests) {
            match &request.action {
                Action::BatchModify(replaces) => {
                    refused += replaces.len();
                    let items = vec![Item::Rejected(RejectReason::ReplaceFailed); replaces.len()];
                    requests.extend(venue.reply(request.id, ReplyBody::Items(&items)).to_vec());
                    for replace in replaces {
                        requests.extend(venue.ended(replace.old).to_vec());
                    }
                }
                Action::Order(places) => {
                    refused += places.len();
                    let items = vec![Item::Rejected(RejectReason::WouldCross); places.len()];
                    requests.extend(venue.reply(request.id, ReplyBody::Items(&items)).to_vec());
                }
                _ => accept_one(&mut venue, &request),
            }
        }
        if at(&venue) != told {
            told = at(&venue);
            changes.push((tenth, told));
        }
    }
    assert_eq!(refused, 5);
    assert_eq!(changes, [(3, (KillState::Pull, Some(KillReason::Rejects)))], "in tenths");
}

/// A16: a fill that is not ours becomes our position, is counted as nobody's, and quoting goes on.
/// Right: the position is right at once, adding stops, and `on_foreign` says what follows (MODEL
/// 5.6).
#[test]
fn t20_a_foreign_trade_is_adopted() {
    let mut venue = quoting();
    let fill = Fill {
        coin: CoinIx(0),
        venue: venue.now.wall.plus_ms(1),
        tid: Tid(77),
        oid: Oid(4_711),
        cloid: None,
        side: Side::Ask,
        px: Px::from_e8(MID),
        qty: Qty::from_e8(3 * E8),
        fee: Usd::ZERO,
        closed: Usd::ZERO,
        start: Pos::FLAT,
        crossed: true,
    };
    let requests = venue.tell(&Event::Fills { snapshot: false, fills: &[fill] });
    assert_eq!(at(&venue), (KillState::Run, None));
    assert_eq!((position(&venue), requests.len()), (-3 * E8, 2));
    assert_eq!(venue.engine.account().other_coin_fills, 0);
}

/// One account message that is late made the lists be read every second for a minute: 162 of the
/// venue's weight each time. After a doubt reads are 1, 2, 4, .. 30 s apart (MODEL 5.5).
#[test]
fn t21_the_account_says_another_position_for_a_while() {
    let mut venue = quoting();
    let mut holdings = arrayvec::ArrayVec::new();
    let (pos, zero) = (Pos::from_e8(E8), Usd::ZERO);
    holdings.push(VenuePosition { coin: CoinIx(0), pos, unrealised: zero, value: zero });
    let time = venue.now.wall;
    let account =
        AccountSnapshot { venue: time, equity: zero, raw_cash: zero, withdrawable: zero, holdings };
    venue.tell(&Event::Account(&account));
    let mut reads = Vec::new();
    for second in 1..=120 {
        tick(&mut venue, 1_000, MID);
        if venue.engine.must_sync() {
            reads.push(second);
            let rows: Vec<_> =
                Side::BOTH.into_iter().flat_map(|side| venue.resting(side)).collect();
            let rows: Vec<_> = rows.iter().map(listed).collect();
            venue.tell(&Event::OpenOrders(&rows));
        }
    }
    assert_eq!(reads, [1, 2, 4, 8, 16, 32, 62, 92]);
}

/// A row of the venue's list of open orders.
fn listed(place: &Place) -> OpenOrder {
    let Place { cloid, side, px, qty, .. } = *place;
    OpenOrder { coin: CoinIx(0), oid: Oid(99), cloid: Some(cloid), side, px, qty }
}

/// A closing order that is said to be filled was filled by half, since the venue cut it to the
/// position: a list that was asked for after its end settles the rest (MODEL 5.5).
#[test]
fn t22_an_ioc_cut_by_reduce_only_is_awaited() {
    let mut venue = flattening();
    let mut ioc = None;
    for step in 0..120 {
        let requests = if step % 2 == 0 { venue.pass(100) } else { venue.market(MID) };
        for request in requests.iter() {
            match crossing(request) {
                Some(place) => ioc = Some((request.id, place)),
                None => accept_one(&mut venue, request),
            }
        }
        if ioc.is_some() {
            break;
        }
    }
    let (id, place) = ioc.expect("it crosses");
    assert_eq!(place.qty, Qty::from_e8(160_000_000));
    let news = OrderUpdate {
        coin: CoinIx(0),
        oid: Oid(1),
        cloid: Some(place.cloid),
        side: place.side,
        px: place.px,
        qty: Qty::ZERO,
        qty_asked: place.qty,
        status: OrderStatus::Filled,
        venue: venue.now.wall,
    };
    venue.reply(id, ReplyBody::Items(&[Item::Filled(Oid(1))]));
    venue.tell(&Event::Orders(&[news]));
    let half = Fill { qty: Qty::from_e8(place.qty.e8() / 2), ..venue.fill(&place) };
    venue.tell(&Event::Fills { snapshot: false, fills: &[half] });
    assert_eq!(at(&venue), (KillState::Flatten, Some(KillReason::Command)));
    let open = venue.engine.account().exposure().open;
    assert_eq!(open, [Qty::ZERO, Qty::from_e8(80_000_000)]);
    assert!(venue.engine.must_sync(), "other fills of it may have been missed");
    venue.tell(&Event::OpenOrders(&[]));
    let left = venue.engine.account().orders.list();
    assert!(left.iter().all(|order| order.place.cloid != place.cloid), "there were none");
    assert!(left.iter().all(|order| order.place.qty.e8() == 80_000_000), "the rest goes on");
}

/// A7: a clock 5 s behind pulls and closes nothing (MODEL 5.1), and yet all orders that would bring the
/// position home have expired when they are made, since that clock times them. Right: expiry is the
/// venue's time + 5 s for closing orders, and two go without one after an "expired" (MODEL 5.2).
#[test]
fn t23_a_clock_behind_cannot_close() {
    let mut venue = TestVenue::with(Setup { live: true, ..setup() });
    oracle(&mut venue, MID, MID);
    let (mut sent, mut late) = (0, 0);
    venue.engine.state.account.adopt(Pos::from_e8(2 * E8), Px::from_e8(MID));
    for _ in 0..60 {
        let mut requests = venue.pass(1_000).to_vec();
        let time = venue.now.wall.plus_ms(5_000);
        requests.extend(stamped(&mut venue, time).to_vec());
        for request in &requests {
            let Some(expires) = request.expires else {
                accept_one(&mut venue, request);
                continue;
            };
            sent += 1;
            late += u32::from(expires.ms() < time.ms());
            if let Action::Order(places) = &request.action {
                let items = vec![Item::Rejected(RejectReason::Expired); places.len()];
                venue.reply(request.id, ReplyBody::Items(&items));
            }
        }
    }
    assert_eq!(at(&venue), (KillState::Reduce, Some(KillReason::Rejects)));
    assert!(0 < sent && sent == late, "{late} of {sent}");
    assert_eq!(position(&venue), 2 * E8);
    let told = venue.tell(&Event::Command(Command::Flatten));
    let mut requests: Vec<Request> = told.to_vec();
    for _ in 0..100 {
        for request in std::mem::take(&mut requests) {
            let Some(place) = crossing(&request).filter(|_| request.expires.is_none()) else {
                let is_late = request.expires.is_some_and(|it| it < venue.now.wall.plus_ms(5_500));
                if is_late && let Action::Order(places) = &request.action {
                    let items = vec![Item::Rejected(RejectReason::Expired); places.len()];
                    requests.extend(venue.reply(request.id, ReplyBody::Items(&items)).to_vec());
                } else {
                    accept_one(&mut venue, &request);
                }
                continue;
            };
            let fill = venue.fill(&place);
            venue.tell(&Event::Fills { snapshot: false, fills: &[fill] });
        }
        requests.extend(venue.pass(100).to_vec());
        let time = venue.now.wall.plus_ms(5_500);
        requests.extend(stamped(&mut venue, time).to_vec());
    }
    assert_eq!(position(&venue), 0, "closed by an order without an expiry");
}
