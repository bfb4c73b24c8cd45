//! 24 February 2026: the sweep, and the short in a rising market.

use super::*;

/// 13:29:53 on 24 February: one taker order takes all that rests on a side.
#[test]
fn a_sweep_of_the_ladder_clears_its_side_for_three_minutes_and_leaves_the_other() {
    for (levels, side) in [1, 2, 3, 5].into_iter().flat_map(|n| Side::BOTH.map(|side| (n, side))) {
        let mut setup = setup();
        setup.config.size.levels = levels;
        let mut venue = quoting_with(setup);
        let requests = venue.hit(side, levels);
        venue.accept(&requests);
        for _ in 0..10 {
            let requests = venue.market(MID);
            venue.accept(&requests);
        }
        assert!(venue.resting(side).is_empty(), "{side:?} of {levels} is suppressed");
        assert!(!venue.resting(side.other()).is_empty(), "the way home stays open");
        let cascade = &venue.engine.cascade()[side.index()];
        assert!(180_000 <= cascade.until_ms() - venue.now.mono.ms(), "for 180 s");
        venue.wait(179);
        assert!(venue.resting(side).is_empty(), "{side:?} of {levels} is suppressed to the end");
    }
}

/// Short 45 % of the limit, in hundredths of a coin.
const SHORT: i64 = -865;

/// The state of the post-mortem: what the old system quoted at 1.50 and 4.17 bps.
#[test]
fn the_case_of_24_february_is_quoted_as_it_must_be() {
    for fee in [150, 288] {
        let mut setup = setup();
        setup.spec.fee_maker = Bps::from_centi(fee);
        setup.pos = Pos::from_e8(SHORT * E8 / 100);
        let venue = quoting_with(setup);
        let signals = quote::QuoteSignals {
            trend: Bps::from_int(38),
            opposed: true,
            continuation_p: Q24::ratio(678, 1_000),
            urgency: Q24::ratio(33, 10),
            ..quote::QuoteSignals::NONE
        };
        let exposure = crate::risk::Exposure { pos: setup.pos, open: [Qty::ZERO; 2] };
        let theta = [Bps::ZERO; 2];
        let allowed = quote::QuoteLimits { exposure, reduce_only: false, theta, signals };
        let table = venue.engine.table().expect("it came");
        let quoted = quote::quote(&setup, venue.engine.market(), table, &allowed);
        let [bid, ask] = quoted.expect("the book has two sides").0.sides;
        assert!(bid.distance <= Bps::from_centi(50), "fee {fee}: {bid:?}");
        assert!(Bps::from_int(25) <= ask.distance, "fee {fee}: {ask:?}");
        let tick = Px::from_e8(MID).bps_to(Px::from_e8(MID + TICK));
        assert!(bid.distance + bid.parts.rounding <= Bps::from_centi(50) + tick, "{bid:?}");
    }
}

/// The same, driven there: a short of 45 % from the start, and a market that rises by 38 bps.
#[test]
fn a_rising_market_brings_a_short_engine_to_the_case() {
    let mut setup = setup();
    setup.pos = Pos::from_e8(SHORT * E8 / 100);
    let budget = &mut setup.config.budget;
    (budget.theta_min, budget.theta_max, budget.grace) = (Bps::ZERO, Bps::ZERO, 1_000_000);
    let mut venue = quoting_with(setup);
    for second in 1..=600 {
        venue.wait(1);
        let mid = (MID + MID / 10_000 * 38 * second / 600) / TICK * TICK;
        let requests = venue.market(mid);
        venue.accept(&requests);
    }
    let course = venue.engine.market().trend();
    assert!(course.opposed && Bps::from_int(20) < course.trend, "{course:?}");
    let fair = venue.engine.market().fair().expect("the book has two sides");
    let away = |place: &Place| fair.bps_to(place.px).abs();
    let bid = venue.resting(Side::Bid)[0];
    let tick = fair.bps_to(Px::from_e8(fair.e8() + TICK));
    assert!(away(&bid) <= Bps::from_centi(50) + tick, "{bid:?} around {fair:?}");
    let asks = venue.resting(Side::Ask);
    assert!(asks.iter().all(|ask| Bps::from_int(25) <= away(ask)), "{asks:?} around {fair:?}");
}
