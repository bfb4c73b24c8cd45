use super::*;
use crate::market::tape::Sweep;
use crate::num::unit::E8;
use crate::num::{Px, Side, WallMs};
use proptest::prelude::*;

fn cascade() -> Cascade {
    Cascade::new(CascadeConfig::default())
}

#[test]
fn ladder_sweeps_suppress_what_single_fills_cannot() {
    let sweep = |orders, taken, rested_orders, rested| LadderSweep {
        orders,
        taken: Qty::from_e8(taken),
        rested_orders,
        rested: Qty::from_e8(rested),
    };
    let rows = [
        ("two of three orders, 60 %", sweep(2, 60, 3, 100), CascadeStage::Suppress),
        ("a bit less", sweep(2, 59, 3, 100), CascadeStage::Normal),
        ("one of three, however large", sweep(1, 80, 3, 100), CascadeStage::Normal),
        ("the lone order, all of it", sweep(1, 100, 1, 100), CascadeStage::Suppress),
        ("part of the lone order", sweep(1, 99, 1, 100), CascadeStage::Normal),
        ("nothing", sweep(0, 0, 0, 0), CascadeStage::Normal),
    ];
    for (what, sweep, want) in rows {
        let mut cascade = cascade();
        cascade.on_sweep(1_000, &sweep);
        assert_eq!(cascade.stage(), want, "{what}");
    }
}

#[test]
fn only_the_adding_side_stays_away_and_comes_back_slowly() {
    let mut cascade = cascade();
    cascade.on_burst(0, BurstLevel::Suppress);
    let rows = [
        // ms, role, multiplier and size in percent
        (179_999, Role::Adding, (200, 0)),
        (179_999, Role::Reducing, (200, 100)),
        (180_000, Role::Adding, (200, 25)),
        (180_000, Role::Reducing, (100, 100)),
        (300_000, Role::Adding, (137, 63)),
        (659_999, Role::Adding, (102, 98)),
        (660_000, Role::Adding, (100, 100)),
    ];
    for (at_ms, role, want) in rows {
        let Effect { multiplier, size } = cascade.effect(at_ms, role);
        let percent = |q: Q24| (q.bits() * 100 + (1 << 23)) >> 24;
        assert_eq!((percent(multiplier), percent(size)), want, "{role:?} at {at_ms} ms");
    }
}

#[test]
fn a_small_limit_judges_sizes_as_shares_of_it() {
    let config = CascadeConfig::default();
    assert_eq!(config.for_limit(Lots::from_int(12)), config);
    let small = config.for_limit(Lots::from_int(8));
    assert!((small.widen_size.q20() - Q20_ONE * 144 / 100).abs() <= 1);
    assert_eq!(small.suppress_size, Lots::from_int(2));
}

proptest! {
    #[test]
    fn holds_stay_within_two_and_five_minutes(
        steps in prop::collection::vec((0u64..90_000, 1i64..3 * Q20_ONE), 1..120),
    ) {
        let mut cascade = cascade();
        let mut now_ms = 0;
        for (dt, size) in steps {
            now_ms += dt;
            cascade.on_fill(now_ms, Lots::from_q20(size));
            if cascade.stage() == CascadeStage::Suppress {
                let left = cascade.until_ms() - now_ms;
                prop_assert!(0 < left && left <= 300_000, "{left} ms left");
            }
            let adding = cascade.effect(now_ms, Role::Adding);
            let reducing = cascade.effect(now_ms, Role::Reducing);
            prop_assert!(Q24::ONE <= reducing.multiplier && reducing.multiplier <= adding.multiplier);
            prop_assert!(adding.size <= reducing.size && reducing.size == Q24::ONE, "home stays open");
        }
    }
}

fn order(taker: Side, coins: i64) -> Sweep {
    let px = Px::from_e8(30 * E8);
    let qty = Qty::from_e8(coins * E8);
    Sweep { venue: WallMs::from_ms(1), taker, first: px, worst: px, qty }
}

/// Ten minutes of one coin every two seconds, by turns from either side, at a steady fair price.
fn steady(every_ms: u64) -> (FlowDetector, u64) {
    let mut flow = FlowDetector::new(FlowConfig::default());
    let mut now_ms = 0;
    for turn in 0..600_000 / every_ms {
        now_ms += every_ms;
        let taker = Side::BOTH[usize::from(turn % 2 == 0)];
        let levels = flow.on_sweeps(now_ms, Px::from_e8(30 * E8), VARIANCE, &[order(taker, 1)]);
        assert_eq!(levels, [None; 2], "usual flow is no burst, at {now_ms} ms");
    }
    (flow, now_ms)
}

/// One basis point a square root of a second.
const VARIANCE: i64 = 1_000_000_000_000;

#[test]
fn bursts_hit_one_side_and_need_a_move_to_suppress() {
    let (up, down) = (Px::from_e8(30 * E8 + E8 / 50), Px::from_e8(30 * E8 - E8 / 50));
    let at = Px::from_e8(30 * E8);
    // Usual: half a coin a second. Six times that is 6 coins in the window of two seconds.
    let rows = [
        ("five coins are not much", Side::Bid, 5, at, [None, None]),
        ("seven bought widen the asks", Side::Bid, 7, at, [None, Some(BurstLevel::Widen)]),
        ("seven sold widen the bids", Side::Ask, 7, at, [Some(BurstLevel::Widen), None]),
        ("many, but fair stands", Side::Bid, 20, at, [None, Some(BurstLevel::Widen)]),
        ("many, and 6.7 bps up", Side::Bid, 20, up, [None, Some(BurstLevel::Suppress)]),
        ("many, but fair went the other way", Side::Bid, 20, down, [None, Some(BurstLevel::Widen)]),
        ("sold, and down", Side::Ask, 20, down, [Some(BurstLevel::Suppress), None]),
    ];
    for (what, taker, coins, fair, want) in rows {
        let (mut flow, now_ms) = steady(2_000);
        let got = flow.on_sweeps(now_ms + 1_000, fair, VARIANCE, &[order(taker, coins)]);
        assert_eq!(got, want, "{what}");
    }
}

#[test]
fn a_thin_market_and_a_cold_start_are_no_bursts() {
    let (mut flow, now_ms) = steady(60_000);
    let fair = Px::from_e8(30 * E8);
    let one = flow.on_sweeps(now_ms + 60_000, fair, VARIANCE, &[order(Side::Bid, 1)]);
    assert_eq!(one, [None; 2], "an average order after a minute of nothing");
    let ten = flow.on_sweeps(now_ms + 61_000, fair, VARIANCE, &[order(Side::Bid, 10)]);
    assert_eq!(ten, [None, Some(BurstLevel::Widen)], "ten times the average order");
    let mut cold = FlowDetector::new(FlowConfig::default());
    for now_ms in [0, 30_000, 59_000] {
        let levels = cold.on_sweeps(now_ms, fair, VARIANCE, &[order(Side::Ask, 50)]);
        assert_eq!(levels, [None; 2], "nothing is unusual in the first minute");
    }
}
