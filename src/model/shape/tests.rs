use super::*;
use crate::num::Qty;
use crate::num::unit::{E8, UBPS};
use proptest::prelude::*;

const CONFIG: fn() -> ShapeConfig = ShapeConfig::default;

/// A flat book in a quiet market: table 4.6 bps a side, fee 1.5.
fn quiet() -> ShapeInputs {
    ShapeInputs {
        table: [Bps::from_centi(460); 2],
        half_spread: Bps::from_centi(460),
        n: Lots::ZERO,
        q_max: Lots::from_int(24),
        trend: Bps::ZERO,
        opposed: false,
        continuation_p: Q24::ratio(1, 2),
        urgency: Q24::ZERO,
        multiplier: [Q24::ONE; 2],
        fee: Bps::from_centi(150),
        room: [Bps::from_centi(90); 2],
    }
}

fn distances(inputs: &ShapeInputs) -> [i64; 2] {
    compose(inputs, &CONFIG()).map(|at| at.distance.ubps())
}

#[test]
fn each_step_does_its_own_part() {
    let h = 4_600_000;
    let long = Lots::from_int(6);
    // psi at u = 0.25: r = 1/3, 1 - (2/3)^2 = 5/9.
    let (wrong, reducing) = (h + h * 3 * 5 / 9, h - h * 8 * 5 / 90);
    let rows: [(&str, ShapeInputs, [i64; 2]); 9] = [
        ("quiet", quiet(), [h, h]),
        (
            "long: the bid goes out, the ask comes in",
            ShapeInputs { n: long, ..quiet() },
            [wrong, reducing],
        ),
        ("short: the mirror image", ShapeInputs { n: -long, ..quiet() }, [reducing, wrong]),
        (
            "an uptrend moves both up by 4 %",
            ShapeInputs { trend: Bps::from_int(10), ..quiet() },
            [h - 400_000, h + 400_000],
        ),
        (
            "a cascade on the ask widens the ask",
            ShapeInputs { multiplier: [Q24::ONE, Q24::ratio(2, 1)], ..quiet() },
            [h, 2 * h],
        ),
        (
            "the floor of adding orders",
            ShapeInputs { table: [Bps::from_int(2); 2], half_spread: Bps::from_int(2), ..quiet() },
            [2_500_000; 2],
        ),
        (
            "the fee lifts that floor",
            ShapeInputs {
                table: [Bps::from_int(2); 2],
                half_spread: Bps::from_int(2),
                fee: Bps::from_centi(288),
                ..quiet()
            },
            [3_380_000; 2],
        ),
        (
            "a quarter of a lot is no position for the floors",
            ShapeInputs {
                table: [Bps::from_int(2); 2],
                half_spread: Bps::from_int(2),
                n: Lots::from_q20(Q20_ONE / 4),
                ..quiet()
            },
            [2_500_000; 2],
        ),
        (
            "fair at the ask: the bid stays a tick behind it",
            ShapeInputs { room: [Bps::from_int(-6), Bps::from_int(9)], ..quiet() },
            [6_000_000, h],
        ),
    ];
    for (what, inputs, want) in rows {
        let got = distances(&inputs);
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() <= 2), "{what}: {got:?}");
    }
}

#[test]
fn the_highest_floor_counts() {
    let low = ShapeInputs { table: [Bps::ZERO; 2], half_spread: Bps::ZERO, ..quiet() };
    let (short, config) = (Lots::from_int(-2), CONFIG());
    let rows = [
        ("configured", low, config.floor_add),
        ("fee", ShapeInputs { fee: Bps::from_int(3), ..low }, Bps::from_centi(350)),
        ("reducing", ShapeInputs { n: short, ..low }, config.floor_reduce),
        ("touch", ShapeInputs { room: [Bps::from_int(-8); 2], ..low }, Bps::from_int(8)),
    ];
    for (what, inputs, want) in rows {
        assert_eq!(compose(&inputs, &config)[0].distance, want, "{what}");
    }
    let parts = compose(&quiet(), &config)[0].parts;
    assert_eq!((parts.floor, parts.post_only), (Bps::ZERO, Bps::ZERO), "far above all of them");
}

#[test]
fn at_45_percent_the_sides_are_at_least_ten_to_one() {
    // MODEL 4.2, cause RC4: wrong >= 3.5 h, reducing <= 0.33 h, before floors.
    let inputs = ShapeInputs { n: Lots::from_q20(Q20_ONE * 108 / 10), ..quiet() };
    let [bid, ask] = compose(&inputs, &CONFIG());
    let h = inputs.half_spread.ubps();
    assert!(h * 35 / 10 <= (bid.parts.table + bid.parts.envelope).ubps());
    assert!((ask.parts.table + ask.parts.envelope).ubps() <= h * 33 / 100);
}

#[test]
fn the_post_mortem_state_shifts_by_15_7_bps() {
    let inputs = ShapeInputs {
        trend: Bps::from_int(38),
        opposed: true,
        continuation_p: Q24::ratio(678, 1_000),
        urgency: Q24::ratio(33, 10),
        n: Lots::from_q20(-Q20_ONE * 108 / 10),
        ..quiet()
    };
    let (got, rho) = shift(&inputs, &CONFIG());
    assert!(
        (got.ubps() - 15_684_500).abs() < 5
            && (rho - Q24::ratio(41_275, 100_000)).abs() < Q24::from_bits(4)
    );
    let [bid, _] = compose(&inputs, &CONFIG());
    assert_eq!(bid.distance.ubps(), 340_000, "the reducing floor gives way to urgency");
}

fn any_inputs() -> impl Strategy<Value = ShapeInputs> {
    let bps = |most: i64| -most * UBPS..most * UBPS;
    let sides = (1i64..60 * UBPS, 1i64..9 * UBPS, bps(3), bps(3));
    let belief = (bps(200), any::<bool>(), 0..=1i64 << 24, 0..=5i64 << 24);
    let cascade = (1i64 << 24..2 << 24, 1i64 << 24..2 << 24);
    (sides, belief, cascade, -24 * Q20_ONE..24 * Q20_ONE).prop_map(|(sides, belief, cascade, n)| {
        let skew = n.clamp(-sides.0, sides.0);
        ShapeInputs {
            table: [Bps::from_ubps(sides.0 + skew), Bps::from_ubps(sides.0 - skew)],
            half_spread: Bps::from_ubps(sides.0),
            n: Lots::from_q20(n),
            q_max: Lots::from_int(24),
            trend: Bps::from_ubps(belief.0),
            opposed: belief.1,
            continuation_p: Q24::from_bits(belief.2),
            urgency: Q24::from_bits(belief.3),
            multiplier: [Q24::from_bits(cascade.0), Q24::from_bits(cascade.1)],
            fee: Bps::from_ubps(sides.1.min(sides.0)),
            room: [Bps::from_ubps(sides.2), Bps::from_ubps(sides.3)],
        }
    })
}

proptest! {
    #[test]
    fn components_add_up_and_the_pair_earns_its_fees(inputs in any_inputs()) {
        let quotes = compose(&inputs, &CONFIG());
        for at in &quotes {
            prop_assert_eq!(at.parts.sum(), at.distance);
            prop_assert!(at.parts.envelope == Bps::ZERO || inputs.n != Lots::ZERO);
        }
        let width = quotes[0].distance + quotes[1].distance;
        prop_assert!(2 * inputs.fee.ubps() - 8 <= width.ubps());
    }

    #[test]
    fn mirrored_inputs_give_mirrored_quotes(inputs in any_inputs()) {
        let flip = |pair: [Bps; 2]| [pair[1], pair[0]];
        let mirrored = ShapeInputs {
            table: flip(inputs.table),
            n: -inputs.n,
            trend: -inputs.trend,
            multiplier: [inputs.multiplier[1], inputs.multiplier[0]],
            room: flip(inputs.room),
            ..inputs
        };
        let [bid, ask] = compose(&inputs, &CONFIG());
        prop_assert_eq!(compose(&mirrored, &CONFIG()), [ask, bid]);
    }

    #[test]
    fn the_shift_follows_the_trend_and_grows_with_both_inputs(inputs in any_inputs(), p: bool) {
        let (now, rho) = shift(&inputs, &CONFIG());
        prop_assert!(0 <= now.ubps() * inputs.trend.ubps().signum());
        prop_assert!(now.abs() <= Bps::from_int(25));
        if inputs.opposed {
            prop_assert!(Q24::ratio(20, 100) <= rho && rho <= Q24::ratio(50, 100));
            let (more_p, more_u) = (Q24::ONE, Q24::ratio(5, 1));
            let more = if p {
                ShapeInputs { continuation_p: more_p, ..inputs }
            } else {
                ShapeInputs { urgency: more_u, ..inputs }
            };
            prop_assert!(rho <= shift(&more, &CONFIG()).1);
        }
    }

    #[test]
    fn a_larger_long_never_bids_closer_nor_asks_farther(n in 0i64..23 * Q20_ONE, more in 1i64..Q20_ONE) {
        let at = |n: i64| distances(&ShapeInputs { n: Lots::from_q20(n), ..quiet() });
        // Crossing the deadband changes the ask's floor, downward.
        let (low, high) = (at(n), at(n + more));
        prop_assert!(low[0] <= high[0] && high[1] <= low[1]);
    }
}

/// Ten coins of limit, lots of 0.4, minimum 0.3, steps of 0.01.
fn plain(role: Role, position: i64) -> SizeInputs {
    SizeInputs {
        role,
        position: Qty::from_e8(position),
        position_max: Qty::from_e8(10 * E8),
        lot: Qty::from_e8(40_000_000),
        step: Qty::from_e8(1_000_000),
        minimum: Qty::from_e8(30_000_000),
        factor: Q24::ONE,
        room: Qty::from_e8(10 * E8),
        held: Qty::ZERO,
        reduce_only: false,
    }
}

#[test]
fn ladders_are_cut_from_the_outside() {
    use Role::{Adding, Reducing};
    let (adding, reducing) = (plain(Adding, 0), plain(Reducing, E8 / 10));
    let rows: [(&str, SizeInputs, &[i64]); 12] = [
        ("flat: three lots", adding, &[40, 40, 40]),
        ("suppressed: nothing", SizeInputs { factor: Q24::ZERO, ..adding }, &[]),
        (
            "half: one and a half lots, the half is too small",
            SizeInputs { factor: Q24::ratio(1, 2), ..adding },
            &[40],
        ),
        (
            "a third: a lone order may be below a lot",
            SizeInputs { factor: Q24::ratio(27, 100), ..adding },
            &[32],
        ),
        ("a quarter is just the minimum", SizeInputs { factor: Q24::ratio(1, 4), ..adding }, &[30]),
        ("less is nothing", SizeInputs { factor: Q24::ratio(24, 100), ..adding }, &[]),
        (
            "the position limit cuts",
            SizeInputs { room: Qty::from_e8(75_000_000), ..adding },
            &[40, 35],
        ),
        ("what is held counts", SizeInputs { held: Qty::from_e8(E8), ..adding }, &[40]),
        ("at 90 % the adding side is a fifth: too small", plain(Adding, 9 * E8), &[]),
        ("a small position is not thrown through zero", reducing, &[40]),
        ("reduce-only: the remainder closes", SizeInputs { reduce_only: true, ..reducing }, &[10]),
        ("reduce-only: nothing may add", SizeInputs { reduce_only: true, ..adding }, &[]),
    ];
    for (what, inputs, want) in rows {
        let got: Vec<i64> = ladder(&inputs, &SizeConfig::default())
            .iter()
            .map(|qty| qty.e8() / 1_000_000)
            .collect();
        assert_eq!(got, want, "{what}");
    }
}

proptest! {
    #[test]
    fn ladders_keep_their_promises(
        adding: bool, position in 0i64..12 * E8, lot in 1i64..200, minimum in 1i64..200,
        factor in 0i64..=1 << 24, room in 0i64..10 * E8, held in 0i64..3 * E8, reduce_only: bool,
        levels in 1usize..=5,
    ) {
        let step = 1_000_000;
        let inputs = SizeInputs {
            lot: Qty::from_e8(lot * step),
            minimum: Qty::from_e8(minimum * step),
            factor: Q24::from_bits(factor),
            room: Qty::from_e8(room),
            held: Qty::from_e8(held),
            reduce_only,
            ..plain(if adding { Role::Adding } else { Role::Reducing }, position)
        };
        let orders = ladder(&inputs, &SizeConfig { levels, ..SizeConfig::default() });
        let sum: i64 = orders.iter().map(|qty| qty.e8()).sum();
        prop_assert!(orders.len() <= levels && sum <= room);
        prop_assert!(orders.iter().all(|qty| qty.e8() % step == 0 && 0 < qty.e8()));
        prop_assert!(orders.windows(2).all(|pair| pair[1] <= pair[0]), "nearest first");
        prop_assert!(orders.len() < 2 || orders.iter().all(|qty| minimum * step * 11 / 10 <= qty.e8()));
        prop_assert!(reduce_only || orders.iter().all(|qty| minimum * step <= qty.e8()));
        let cap = match (adding, reduce_only) {
            (true, true) => 0,
            (true, false) => (E8 * 3 / 2).min((10 * E8 - position).max(0)),
            (false, true) => position,
            (false, false) => position + E8 / 2,
        };
        prop_assert!(sum == 0 || sum + held <= cap, "{sum} and {held} are above {cap}");
    }
}
