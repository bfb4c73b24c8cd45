//! 24 February 2026 from flat to 45 % short in a rising market, by the session's own prices, with the
//! position that the old system came to. What is judged are the bytes of the orders.

use super::venue::{MID, TICK, Venue, open_handed, setup};
use evenkeel::engine::Setup;
use evenkeel::num::{Bps, Pos, Px, Q24, Side};

/// Seconds after 13:24:02, the mid in 1e-4 dollars, how far takers reached in hundredths of a basis
/// point, and the position afterwards in hundredths of a coin (`feb24/fills.csv` and its README; a
/// position that nobody wrote down is the one before).
const SESSION: [(u64, i64, i64, i64); 25] = [
    (150, 262_035, 19, 40),
    (246, 261_905, 134, 453),
    (295, 261_945, 19, 453),
    (325, 262_085, 95, 299),
    (351, 262_210, 1_259, -455),
    (521, 262_035, 19, -455),
    (522, 261_955, 19, -455),
    (529, 261_800, 267, -455),
    (535, 261_475, 249, 99),
    (545, 261_605, 134, 99),
    (549, 261_635, 401, 99),
    (564, 262_030, 76, -241),
    (589, 262_355, 362, -367),
    (600, 262_645, 362, -754),
    (679, 262_675, 628, -754),
    (739, 262_905, 323, -754),
    (750, 263_155, 19, -754),
    (758, 263_120, 190, -754),
    (795, 263_215, 133, -808),
    (829, 263_555, 57, -808),
    (932, 263_915, 2_202, -808),
    (933, 263_915, 95, -808),
    (1_014, 264_135, 19, -808),
    (1_100, 264_585, 19, -808),
    (1_383, 265_175, 19, -865),
];
/// The mid at the end, by the last move that was measured, and the session's length.
const END: (u64, i64) = (1_537, 265_300);
/// The least risk aversion of MODEL 1.1, 1e-4, in 2^-44.
const G_LEAST_Q44: i64 = (1 << 44) / 10_000 + 1;
/// Steps of 1e-8 in 1e-4 dollars, and in a hundredth of a coin.
const PX_UNIT: i64 = 10_000;
const QTY_UNIT: i64 = 1_000_000;

/// Lets the mid go from one price to the next, second by second.
fn climb(venue: &mut Venue, from: (u64, i64), to: (u64, i64)) {
    let span = i64::try_from((to.0 - from.0).max(1)).expect("short");
    for second in 1..=span {
        let mid = (from.1 + (to.1 - from.1) * second / span) / TICK * TICK;
        venue.walk(1, mid, 0);
    }
}

/// The session through encoded orders, up to its last moment.
fn through(setup: Setup) -> Venue {
    let mut venue = Venue::open(Setup { pos: Pos::FLAT, ..setup });
    venue.builds = true;
    let mut at = (0, MID);
    for (second, mid, reach, pos) in SESSION {
        let mid = mid * PX_UNIT;
        climb(&mut venue, at, (second, mid));
        let pos = Pos::from_e8(pos * QTY_UNIT);
        let held = venue.engine.account().position.pos();
        let side = if pos < held { Side::Ask } else { Side::Bid };
        if pos != held {
            venue.swept(side, mid, mid / 1_000_000 * reach, pos);
        }
        at = (second, mid);
    }
    climb(&mut venue, at, (END.0, END.1 * PX_UNIT));
    assert_eq!(venue.engine.account().position.pos(), Pos::from_e8(-865 * QTY_UNIT));
    venue
}

/// How far bid and ask lie from fair, and a step of the grid.
fn distances(venue: &Venue) -> ([Option<Bps>; 2], Bps) {
    let fair = venue.engine.market().fair().expect("the book has two sides");
    let away = |px: i64| fair.bps_to(Px::from_e8(px)).abs();
    (venue.quotes().map(|px| px.map(away)), away(fair.e8() + TICK))
}

#[test]
fn the_whole_session_leads_to_quotes_that_bring_the_position_home() {
    for fee in [150, 288] {
        let mut setup = setup(open_handed(), 0).expect("enough capital");
        setup.spec.fee_maker = Bps::from_centi(fee);
        let venue = through(setup);
        let course = venue.engine.market().trend();
        assert!(course.opposed && Bps::from_int(20) < course.trend, "fee {fee}: {course:?}");
        let ([bid, ask], tick) = distances(&venue);
        let bid = bid.expect("the way home is quoted");
        assert!(bid <= Bps::from_centi(50) + tick, "fee {fee}: bid {bid:?} from fair");
        assert!(ask.is_none_or(|ask| Bps::from_int(25) <= ask), "fee {fee}: ask {ask:?} from fair");
    }
}

/// What the test above is worth: with as little skew as a configuration can have, and neither
/// asymmetry nor a response to the drift, the same session goes on selling within reach of takers.
#[test]
fn without_the_protections_the_same_session_goes_on_selling() {
    for fee in [150, 288] {
        let mut setup = setup(open_handed(), 0).expect("enough capital");
        setup.spec.fee_maker = Bps::from_centi(fee);
        setup.config.g_q44 = G_LEAST_Q44;
        let shape = &mut setup.config.shape;
        (shape.wrong_side, shape.reducing_side) = (Q24::ZERO, Q24::ZERO);
        (shape.rho_min, shape.rho_max) = (shape.rho_base, shape.rho_base);
        let ([_, ask], _) = distances(&through(setup));
        let ask = ask.expect("nothing holds it back");
        assert!(ask < Bps::from_int(15), "fee {fee}: ask {ask:?} from fair");
    }
}
