//! What a session watches beside the market: account, clock, sources, the dead-man switch, the
//! reference market.

use super::*;
use crate::engine::monitor::DeadMan;
use crate::market::KillReason;
use crate::market::event::{AccountSnapshot, VenuePosition};
use crate::market::{Context, OpenOrder, RejectReason};

fn live() -> TestVenue {
    TestVenue::with(Setup { live: true, ..setup() })
}

impl TestVenue {
    /// The venue's word on our position.
    fn account(&mut self, pos: Pos) -> Requests {
        let mut holdings = arrayvec::ArrayVec::new();
        if pos != Pos::FLAT {
            holdings.push(VenuePosition {
                coin: CoinIx(0),
                pos,
                unrealised: Usd::ZERO,
                value: Usd::ZERO,
            });
        }
        let (time, zero) = (self.now.wall, Usd::ZERO);
        let account = AccountSnapshot {
            venue: time,
            equity: zero,
            raw_cash: zero,
            withdrawable: zero,
            holdings,
        };
        self.tell(&Event::Account(&account))
    }

    /// The venue's list of all that rests, as we believe it.
    fn open_orders(&mut self, but: usize) -> Requests {
        let orders = self.engine.account().orders.list().iter().skip(but);
        let rows: Vec<OpenOrder> = orders
            .map(|order| OpenOrder {
                coin: CoinIx(0),
                oid: order.oid.unwrap_or_default(),
                cloid: Some(order.place.cloid),
                side: order.place.side,
                px: order.place.px,
                qty: order.place.qty,
            })
            .collect();
        self.tell(&Event::OpenOrders(&rows))
    }

    fn context(&mut self, oracle: i64) -> Requests {
        let px = Px::from_e8(oracle);
        let context = Context { mark: px, oracle: px, funding: Bps::ZERO };
        self.tell(&Event::Context(CoinIx(0), &context))
    }

    /// Seconds of a market whose messages arrive `lag_ms` after the venue's time.
    fn lagging(&mut self, seconds: u64, lag_ms: u64) {
        for _ in 0..seconds {
            let requests = self.pass(1_000);
            self.accept(&requests);
            let wall = self.now.wall;
            self.now.wall = WallMs::from_ms(wall.ms() - lag_ms);
            let venue = self.now.wall;
            self.now.wall = wall;
            let level =
                |px| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(40 * E8), count: 1 });
            let bbo = Bbo { venue, bid: level(MID - TICK), ask: level(MID + TICK) };
            let requests = self.tell(&Event::Bbo(CoinIx(0), &bbo));
            self.accept(&requests);
        }
    }

    fn at(&self) -> (KillState, Option<KillReason>) {
        (self.engine.kill().state, self.engine.kill().reason)
    }
}

#[test]
fn a_position_the_venue_does_not_know_is_flattened_once_its_lists_agree_with_it() {
    let mut venue = quoting();
    let venue_position = Pos::from_e8(3 * E8);
    venue.account(venue_position);
    assert!(!venue.engine.must_sync(), "a fill may be on its way");
    venue.wait(1);
    assert!(venue.engine.must_sync(), "it was not: the lists are read");
    venue.open_orders(0);
    venue.account(venue_position);
    assert_eq!(venue.at(), (KillState::Run, None), "read too early to be sure");
    venue.wait(1);
    venue.open_orders(0);
    let requests = venue.account(venue_position);
    assert_eq!(venue.at(), (KillState::Flatten, Some(KillReason::Mismatch)));
    assert!(venue.engine.account().position.pos() == venue_position, "the venue's word counts");
    assert_eq!(venue.engine.account().position.pnl(Px::from_e8(MID)), Usd::ZERO, "at no gain");
    venue.accept(&requests);
    let requests = venue.pass(600);
    venue.accept(&requests);
    let [close] = venue.resting(Side::Ask)[..] else { panic!("one order closes it") };
    assert!(close.reduce_only && close.qty == venue_position.size());
}

#[test]
fn the_kill_switch_looks_ten_times_a_second_however_calm_it_is() {
    let mut venue = quoting();
    let age = |venue: &TestVenue| venue.engine.judged().and_then(|judged| judged.age_ms);
    for _ in 0..30 {
        venue.now.mono = venue.now.mono + Nanos::from_millis(1);
        venue.tell(&Event::Trades(CoinIx(0), &[]));
        let wake = venue.engine.wake();
        assert!(wake.since(venue.now.mono) <= Nanos::from_millis(100));
        venue.now.mono = wake;
        assert!(venue.tell(&Event::Wake).is_empty(), "nothing to do");
        assert_eq!(age(&venue), Some(wake.since(venue.engine.market().alive_at()).ms()));
    }
}

#[test]
fn a_fill_that_comes_late_is_no_mismatch() {
    let mut venue = quoting();
    let hit = venue.resting(Side::Bid)[0];
    venue.account(hit.qty.signed(Side::Bid));
    let requests = venue.hit(Side::Bid, 1);
    venue.accept(&requests);
    for _ in 0..5 {
        venue.wait(1);
        venue.open_orders(0);
        venue.account(hit.qty.signed(Side::Bid));
    }
    assert_eq!(venue.at(), (KillState::Run, None));
    assert!(!venue.engine.must_sync());
}

#[test]
fn an_order_the_venue_has_lost_is_doubted_then_gone() {
    let mut venue = quoting();
    venue.open_orders(1);
    assert_eq!(venue.engine.account().orders.oldest_unknown(), None, "too young to be missed");
    venue.wait(6);
    let lost = venue.engine.account().orders.list()[0].place.cloid;
    venue.open_orders(1);
    assert!(venue.engine.account().orders.oldest_unknown().is_some());
    assert!(!venue.engine.must_sync(), "the lists have just come");
    venue.wait(1);
    assert!(venue.engine.must_sync());
    venue.open_orders(1);
    let known = venue.engine.account().orders.list().iter().any(|o| o.place.cloid == lost);
    assert!(!known && venue.engine.account().orders.oldest_unknown().is_none());
}

#[test]
fn an_order_in_doubt_for_ten_seconds_reduces_and_its_side_stands_still() {
    let mut venue = quoting();
    let requests = venue.hit(Side::Bid, 1);
    venue.accept(&requests);
    venue.wait(31);
    let requests = venue.market(MID + 60 * TICK); // Moves both sides; nobody answers.
    assert!(!requests.is_empty());
    venue.wait(10);
    assert_eq!(venue.at(), (KillState::Run, None), "two seconds of silence, and eight of doubt");
    venue.wait(1);
    assert_eq!(venue.at(), (KillState::Reduce, Some(KillReason::Doubt)));
    let placed = |requests: &Requests| {
        requests.iter().any(|r| !matches!(r.action, Action::CancelByCloid(_)))
    };
    assert!(!placed(&venue.market(MID + 90 * TICK)), "both sides are in doubt: nothing is placed");
}

#[test]
fn our_clock_is_compared_with_the_venues_where_we_are_live() {
    // what, live, lag, state
    let rows = [
        ("usual", true, 100, (KillState::Run, None)),
        ("a long way", true, 500, (KillState::Run, None)),
        ("no way is as long", true, 1_500, (KillState::Pull, Some(KillReason::Clock))),
        ("three seconds", true, 3_000, (KillState::Pull, Some(KillReason::Clock))),
        ("a recording", false, 2_000, (KillState::Run, None)),
    ];
    for (what, live, lag_ms, want) in rows {
        let mut venue = TestVenue::with(Setup { live, ..setup() });
        venue.context(MID);
        venue.lagging(12, lag_ms);
        assert_eq!(venue.at(), want, "{what}");
    }
}

#[test]
fn one_late_message_is_no_offset() {
    let mut venue = live();
    venue.context(MID);
    venue.lagging(12, 50);
    venue.lagging(1, 3_000);
    assert_eq!(venue.at(), (KillState::Run, None));
}

#[test]
fn a_metric_without_a_source_pulls_after_ten_seconds_where_we_are_live() {
    // what, live, oracle, state
    let rows = [
        ("no oracle", true, 0, (KillState::Pull, Some(KillReason::Absent))),
        ("an oracle", true, MID, (KillState::Run, None)),
        ("a recording", false, 0, (KillState::Run, None)),
    ];
    for (what, live, oracle, want) in rows {
        let mut venue = TestVenue::with(Setup { live, ..setup() });
        if oracle != 0 {
            venue.context(oracle);
        }
        venue.lagging(9, 0);
        assert_eq!(venue.at(), (KillState::Run, None), "{what}");
        venue.lagging(2, 0);
        assert_eq!(venue.at(), want, "{what}");
        assert_eq!(venue.resting(Side::Bid).is_empty(), want.0 == KillState::Pull, "{what}");
    }
}

#[test]
fn the_venues_scheduled_cancel_is_kept_ahead_and_called_off_at_the_end() {
    fn set(requests: &Requests) -> Option<Option<u64>> {
        requests.iter().find_map(|request| match &request.action {
            Action::ScheduleCancel(when) => Some(when.map(WallMs::ms)),
            _ => None,
        })
    }
    let start = 1_790_000_000_000;
    let mut venue = live();
    venue.context(MID);
    assert_eq!(venue.engine.dead_man(), DeadMan::Set(Mono::from_ns(20_000_000_001)));
    venue.lagging(19, 0);
    assert_eq!(set(&venue.pass(1_000)), Some(Some(start + 20_000 + 60_000)), "20 s later again");
    assert_eq!(set(&venue.pass(1_000)), None);
    assert_eq!(set(&venue.tell(&Event::Command(Command::Stop))), Some(None), "called off");
    assert_eq!(set(&venue.pass(30_000)), None);

    let mut venue = live();
    venue.reply(RequestId(1), ReplyBody::Rejected(RejectReason::Schedule));
    assert_eq!(venue.engine.dead_man(), DeadMan::NotGranted);
    assert_eq!(set(&venue.pass(60_000)), None, "not granted, not asked again");
    assert_eq!(set(&TestVenue::open().pass(60_000)), None, "not where we are not live");

    let large = Config { capital: Usd::from_e8(5_000 * E8), ..Config::default() };
    let venue = TestVenue::with(Setup { live: true, config: large, ..setup() });
    assert_eq!(venue.engine.dead_man(), DeadMan::Set(Mono::from_ns(5_000_000_001)));
}

#[test]
fn a_move_of_the_reference_moves_both_quotes_the_same_way_and_an_old_one_does_not() {
    for (what, up) in [("up", 1), ("down", -1)] {
        for (who, lots) in [("long", 2), ("short", -2)] {
            let pos = Pos::from_e8(lots * setup().sizing.lot.e8());
            let at = |px: i64, age_ms: u64| {
                let reference = Some(CoinIx(1));
                let mut venue = TestVenue::with(Setup { reference, pos, ..setup() });
                let refer = |venue: &mut TestVenue, px: i64| {
                    let level =
                        |px| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(E8), count: 1 });
                    let time = venue.now.wall;
                    let bbo = Bbo { venue: time, bid: level(px - TICK), ask: level(px + TICK) };
                    let requests = venue.tell(&Event::Bbo(CoinIx(1), &bbo));
                    venue.accept(&requests);
                };
                refer(&mut venue, MID);
                let level =
                    |px| Some(Level { px: Px::from_e8(px), qty: Qty::from_e8(E8), count: 1 });
                let time = venue.now.wall;
                let wide =
                    Bbo { venue: time, bid: level(MID - 30 * TICK), ask: level(MID + 30 * TICK) };
                let requests = venue.tell(&Event::Bbo(CoinIx(0), &wide));
                venue.accept(&requests);
                refer(&mut venue, px);
                let fair = venue.engine.market().fair().expect("two sides");
                venue.wait(0);
                for _ in 0..age_ms / 100 {
                    let requests = venue.pass(100);
                    venue.accept(&requests);
                }
                let sides = Side::BOTH
                    .map(|side| venue.engine.quote().expect("quoted").sides[side.index()].px.e8());
                (fair.e8(), sides)
            };
            let (calm, moved, aged) =
                (at(MID, 0), at(MID + up * 20 * TICK, 0), at(MID + up * 20 * TICK, 1_100));
            let half = (moved.0 - calm.0) * up;
            assert!((half - 10 * TICK).abs() <= TICK / 10, "half of it: {half}, {who} {what}");
            for side in [0, 1] {
                assert!(0 < (moved.1[side] - calm.1[side]) * up, "{who} {what}, side {side}");
                assert_eq!(aged.1[side], calm.1[side], "{who} {what}: older than a second");
            }
        }
    }
}
