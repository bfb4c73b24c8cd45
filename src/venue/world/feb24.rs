//! The taker orders of 24 February 2026, from `feb24/fills.csv`: 57 fills of 25 orders.

use crate::num::Side;

/// A taker order of the session.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecordedSweep {
    /// Milliseconds after 13:24:02 UTC.
    pub(super) at_ms: i64,
    /// The mid then, in steps of 1e-8 dollars.
    pub(super) mid_e8: i64,
    /// The largest distance recorded for it, in micro basis points.
    pub(super) reach_ubps: i64,
    /// How far the mid moved against the maker in the 5 seconds after, in micro basis points.
    pub(super) adverse_ubps: i64,
    /// The side of the taker.
    pub(super) taker: Side,
}

/// Steps of 1e-8 in the 1e-4 dollars of the table.
const PX_UNIT: i64 = 10_000;
/// Micro basis points in the thousandths of the table.
const BPS_UNIT: i64 = 1_000;

const fn recorded_sweep(
    at_ms: i64,
    mid: i64,
    reach: i64,
    adverse: i64,
    taker: Side,
) -> RecordedSweep {
    RecordedSweep {
        at_ms,
        mid_e8: mid * PX_UNIT,
        reach_ubps: reach * BPS_UNIT,
        adverse_ubps: adverse * BPS_UNIT,
        taker,
    }
}

/// A taker sold: the maker bought.
const SOLD: Side = Side::Ask;
/// A taker bought: the maker sold.
const BOUGHT: Side = Side::Bid;

/// The 25 orders. Sides as the case file lists them; the others are those against which the mid
/// moved next. After the last one no mid is known: the session was rising, so it bought.
pub(super) const RECORDED_SWEEPS: [RecordedSweep; 25] = [
    // at ms, mid in 1e-4 dollars, reach and adverse move in 1e-3 bps, the taker
    recorded_sweep(150_906, 262_035, 191, 2_671, SOLD),
    recorded_sweep(246_761, 261_905, 1_336, 3_055, SOLD),
    recorded_sweep(295_622, 261_945, 191, 5_345, BOUGHT),
    recorded_sweep(325_172, 262_085, 954, 3_243, BOUGHT),
    recorded_sweep(351_060, 262_210, 12_585, 2_670, BOUGHT),
    recorded_sweep(521_112, 262_035, 191, 11_449, SOLD),
    recorded_sweep(522_243, 261_955, 191, 8_398, SOLD),
    recorded_sweep(529_189, 261_800, 2_674, 6_303, SOLD),
    recorded_sweep(535_957, 261_475, 2_486, 7_266, SOLD),
    recorded_sweep(545_728, 261_605, 1_338, 12_806, BOUGHT),
    recorded_sweep(549_888, 261_635, 4_013, 12_422, BOUGHT),
    recorded_sweep(564_903, 262_030, 763, 21_562, BOUGHT),
    recorded_sweep(589_500, 262_355, 3_621, 11_435, BOUGHT),
    recorded_sweep(600_206, 262_645, 3_617, 15_230, BOUGHT),
    recorded_sweep(679_677, 262_675, 6_282, 1_713, BOUGHT),
    recorded_sweep(739_569, 262_905, 3_233, 6_276, BOUGHT),
    recorded_sweep(750_894, 263_155, 190, 1_710, SOLD),
    recorded_sweep(758_806, 263_120, 1_900, 5_131, BOUGHT),
    recorded_sweep(795_778, 263_215, 1_330, 6_079, BOUGHT),
    recorded_sweep(829_688, 263_555, 569, 2_846, BOUGHT),
    recorded_sweep(932_733, 263_915, 22_023, 568, BOUGHT),
    recorded_sweep(932_996, 263_915, 947, 568, BOUGHT),
    recorded_sweep(1_014_774, 264_135, 189, 1_893, BOUGHT),
    recorded_sweep(1_100_840, 264_585, 189, 3_402, BOUGHT),
    recorded_sweep(1_383_312, 265_175, 189, 4_714, BOUGHT),
];

/// How long after an order its adverse move was measured.
const AFTER_MS: i64 = 5_000;
/// A measured move is left out when another price is known this near to it.
const NEAR_MS: i64 = 1_000;

/// Where the price is known to have been: milliseconds, and micro basis points from the first mid.
pub(super) fn waypoints() -> Vec<(i64, i64)> {
    let mut points: Vec<(i64, i64)> =
        RECORDED_SWEEPS.iter().map(|sweep| (sweep.at_ms, from_first(sweep))).collect();
    for sweep in &RECORDED_SWEEPS {
        let at_ms = sweep.at_ms + AFTER_MS;
        if points.iter().all(|(known_ms, _)| NEAR_MS < known_ms.abs_diff(at_ms) as i64) {
            points.push((at_ms, from_first(sweep) + sweep.taker.sign() * sweep.adverse_ubps));
        }
    }
    points.sort_unstable();
    points
}

/// A mid's distance from the first one, in micro basis points.
fn from_first(sweep: &RecordedSweep) -> i64 {
    use crate::num::Px;
    Px::from_e8(RECORDED_SWEEPS[0].mid_e8).bps_to(Px::from_e8(sweep.mid_e8)).ubps()
}
