//! One row a signal, position and direction: which way each encoded quote must have moved against
//! the same session without the signal.

use super::venue::{MID, TICK, Venue, open_handed, setup};
use evenkeel::engine::Setup;
use evenkeel::market::CoinIx;
use evenkeel::num::Side;

/// How one encoded quote changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moved {
    /// Its price is higher.
    Up,
    /// Its price is lower.
    Down,
    /// It stays.
    Stays,
    /// Higher or where it was: a floor or the grid may hold it.
    NotDown,
    /// Lower or where it was.
    NotUp,
    /// It is no more.
    Gone,
}
use Moved::{Down, Gone, NotDown, NotUp, Stays, Up};

impl Moved {
    fn holds(self, before: Option<i64>, after: Option<i64>) -> bool {
        let before = before.expect("quoted without the signal");
        match self {
            Up => after.is_some_and(|px| before < px),
            Down => after.is_some_and(|px| px < before),
            Stays => after == Some(before),
            NotDown => after.is_some_and(|px| before <= px),
            Gone => after.is_none(),
            NotUp => after.is_some_and(|px| px <= before),
        }
    }
}

/// A session that begins with `lots` and lives through `story`.
fn quotes(lots: i64, reference: bool, story: &dyn Fn(&mut Venue)) -> [Option<i64>; 2] {
    let setup = setup(open_handed(), lots).expect("enough capital");
    let setup = Setup { reference: reference.then_some(CoinIx(1)), ..setup };
    let mut venue = Venue::open(setup);
    story(&mut venue);
    venue.quotes()
}

/// Positions in lots of 24, large enough to oppose a trend.
const LONG: i64 = 6;
const SHORT: i64 = -6;

/// A trend of 60 bps in ten minutes, or none, that ends at the middle.
fn trend(sign: i64) -> impl Fn(&mut Venue) {
    move |venue| {
        let step = sign * 26_200;
        venue.walk(600, MID - 600 * step, step);
    }
}

fn still(venue: &mut Venue) {
    venue.walk(600, MID, 0);
}

type Row<'a> = (&'a str, i64, &'a dyn Fn(&mut Venue), &'a dyn Fn(&mut Venue), [Moved; 2]);

fn judge(signal: &str, reference: bool, rows: &[Row<'_>]) {
    for &(what, lots, without, with, want) in rows {
        let (before, after) = (quotes(lots, reference, without), quotes(lots, reference, with));
        for side in Side::BOTH.map(Side::index) {
            let (b, a) = (before[side], after[side]);
            assert!(
                want[side].holds(b, a),
                "{signal}, {what}, side {side}: {b:?} -> {a:?}, want {:?}",
                want[side]
            );
        }
    }
}

#[test]
fn inventory_leans_both_quotes_against_itself_whichever_way_the_market_goes() {
    for (what, by) in [("up", 20 * TICK), ("down", -20 * TICK)] {
        let jump = |venue: &mut Venue| venue.market(MID + by);
        let flat = quotes(0, false, &jump);
        for (who, lots, want) in [("long", LONG, [Down, Down]), ("short", SHORT, [Up, Up])] {
            let held = quotes(lots, false, &jump);
            for side in Side::BOTH.map(Side::index) {
                let (b, a) = (flat[side], held[side]);
                assert!(want[side].holds(b, a), "{who}, {what}, side {side}: {b:?} -> {a:?}");
            }
        }
    }
}

#[test]
fn the_trend_shifts_both_quotes_its_way_and_far_more_when_the_position_opposes_it() {
    let (up, down) = (trend(1), trend(-1));
    let rows: [Row<'_>; 4] = [
        ("long, up", LONG, &still, &up, [Up, NotDown]),
        ("long, down", LONG, &still, &down, [Down, NotUp]),
        ("short, up", SHORT, &still, &up, [NotDown, Up]),
        ("short, down", SHORT, &still, &down, [NotUp, Down]),
    ];
    judge("trend", false, &rows);
    // The wrong side's move, in ticks: a position with the trend takes 4 % of it, one against it 20
    // % or more.
    let moved = |lots: i64, sign: i64, side: Side| {
        let (before, after) = (quotes(lots, false, &still), quotes(lots, false, &trend(sign)));
        let [b, a] = [before, after].map(|quotes| quotes[side.index()].expect("quoted"));
        (a - b) * sign / TICK
    };
    for (lots, with, side) in [(LONG, 1, Side::Bid), (SHORT, -1, Side::Ask)] {
        let (along, against) = (moved(lots, with, side), moved(lots, -with, side));
        assert!(0 < along && 4 * along <= against, "{lots}: {along} along, {against} against");
    }
}

#[test]
fn urgency_lets_the_way_home_stand_nearer_than_any_floor() {
    // The floor of a reducing quote is 1 bps; opposed and urgent, it gives way.
    for (what, lots, sign, side) in
        [("long, down", 12, -1, Side::Ask), ("short, up", -12, 1, Side::Bid)]
    {
        let away = |story: &dyn Fn(&mut Venue)| {
            (MID - quotes(lots, false, story)[side.index()].expect("quoted")) * side.sign()
        };
        let (calm, pressed) = (away(&still), away(&trend(sign)));
        assert!(262_000 <= calm, "{what}: at least a basis point, {calm}");
        assert!(pressed < calm, "{what}: {pressed} against {calm}");
        // With the trend nothing presses.
        assert!(262_000 <= away(&trend(-sign)), "{what} reversed");
    }
}

#[test]
fn a_sweep_sets_back_the_side_it_hit_and_no_other() {
    // The swept side is compared after its own fills: they move the inventory as one fill a minute
    // apart does.
    let swept = |side: Side| {
        move |venue: &mut Venue| {
            venue.hit(side, 3);
            venue.market(MID);
        }
    };
    for (what, lots, side) in [
        ("long, bought more", LONG, Side::Bid),
        ("long, sold", LONG, Side::Ask),
        ("short, bought", SHORT, Side::Bid),
        ("short, sold more", SHORT, Side::Ask),
    ] {
        let after = quotes(lots, false, &swept(side));
        let adds = lots * side.sign() > 0;
        let (hit, other) = (after[side.index()], after[side.other().index()]);
        assert!(other.is_some(), "{what}: the other side stays");
        assert_eq!(hit.is_none(), adds, "{what}: an adding side is gone, a reducing one stays");
        if let Some(px) = hit {
            // Three lots fewer: what the model quotes there, twice as far.
            let calm = quotes(lots + 3 * side.sign(), false, &|venue| venue.market(MID));
            let calm = calm[side.index()].expect("quoted");
            assert!(px * side.sign() < calm * side.sign(), "{what}: {px} against {calm}");
        }
    }
}

#[test]
fn a_burst_of_takers_sets_back_the_side_it_hits_whoever_they_traded_with() {
    // Two minutes of one coin a second, then the fair price moves, then so many coins at once.
    let flow = |up: bool, coins: i64| {
        move |venue: &mut Venue| {
            for second in 0..120 {
                venue.trades(second % 2 == 0, &[10]);
                venue.walk(1, MID, 0);
            }
            venue.market(MID + if up { 20 * TICK } else { -20 * TICK });
            venue.pass(200);
            if 0 < coins {
                venue.trades(up, &[10 * coins]);
            }
        }
    };
    let calm = [flow(false, 0), flow(true, 0)];
    // what, coins, the hit side when it adds, when it reduces
    for (what, coins, adding) in [("a burst", 16, None), ("a large one", 60, Some(Gone))] {
        let [down, up] = [flow(false, coins), flow(true, coins)];
        let rows: [Row<'_>; 4] = [
            ("long, up", LONG, &calm[1], &up, [Stays, Up]),
            ("long, down", LONG, &calm[0], &down, [adding.unwrap_or(Down), Stays]),
            ("short, up", SHORT, &calm[1], &up, [Stays, adding.unwrap_or(Up)]),
            ("short, down", SHORT, &calm[0], &down, [Down, Stays]),
        ];
        judge(what, false, &rows);
    }
}

#[test]
fn the_reference_moves_both_quotes_its_way() {
    let refer = |by: i64| {
        move |venue: &mut Venue| {
            venue.touch(CoinIx(1), MID, 1, [9, 9]);
            venue.touch(CoinIx(0), MID, 30, [40, 40]);
            venue.pass(100);
            venue.touch(CoinIx(1), MID + by, 1, [9, 9]);
        }
    };
    let (calm, up, down) = (refer(0), refer(20 * TICK), refer(-20 * TICK));
    let rows: [Row<'_>; 4] = [
        ("long, up", LONG, &calm, &up, [Up, Up]),
        ("long, down", LONG, &calm, &down, [Down, Down]),
        ("short, up", SHORT, &calm, &up, [Up, Up]),
        ("short, down", SHORT, &calm, &down, [Down, Down]),
    ];
    judge("reference", true, &rows);
    judge("an absent reference", false, &rows.map(|(w, l, b, a, _)| (w, l, b, a, [Stays; 2])));
}

#[test]
fn sizes_at_the_touch_move_both_quotes_away_from_the_larger() {
    let sizes = |sizes: [i64; 2]| move |venue: &mut Venue| venue.touch(CoinIx(0), MID, 30, sizes);
    let (even, bids, asks) = (sizes([40, 40]), sizes([200, 40]), sizes([40, 200]));
    let rows: [Row<'_>; 4] = [
        ("long, many bids", LONG, &even, &bids, [Up, Up]),
        ("long, many asks", LONG, &even, &asks, [Down, Down]),
        ("short, many bids", SHORT, &even, &bids, [Up, Up]),
        ("short, many asks", SHORT, &even, &asks, [Down, Down]),
    ];
    judge("micro-price", false, &rows);
}

#[test]
fn a_position_above_its_limit_is_only_reduced() {
    for (what, lots, gone) in [("long", 25, [true, false]), ("short", -25, [false, true])] {
        let after = quotes(lots, false, &|venue| venue.market(MID));
        assert_eq!(after.map(|px| px.is_none()), gone, "{what}: {after:?}");
    }
}
