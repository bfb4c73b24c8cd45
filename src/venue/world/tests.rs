use super::script::STEP_MS;
use super::*;
use crate::market::{AssetId, Level};
use crate::num::Px;

const START: WallMs = WallMs::from_ms(1_771_939_442_000);
/// Sessions a statistic is taken over.
const SEEDS: u64 = 16;

/// Times of blocks as an exchange has them: 40 ms and an exponential wait of 30 ms in the mean.
#[derive(Clone, Debug)]
struct Blocks {
    rng: Prng,
    start: WallMs,
    at_us: u64,
}

/// The shortest time between blocks.
const BLOCK_MIN_MS: u64 = 40;
/// What is random of it, in the mean: blocks come every 70 ms.
const BLOCK_RANDOM_MS: i64 = 30;

impl Blocks {
    fn new(seed: u64, start: WallMs) -> Blocks {
        Blocks { rng: Prng::new(seed, Purpose::Blocks), start, at_us: 0 }
    }
}

impl Iterator for Blocks {
    type Item = WallMs;
    fn next(&mut self) -> Option<WallMs> {
        let wait_us = self.rng.wait_us(BLOCK_RANDOM_MS).unsigned_abs();
        self.at_us += BLOCK_MIN_MS * 1_000 + wait_us;
        Some(self.start.plus_ms(self.at_us / 1_000))
    }
}

/// An instrument with `sz_decimals` at `px_e8`.
fn instrument(sz_decimals: u32, px_e8: i64) -> Instrument {
    let fee = Bps::ZERO;
    let spec =
        Spec { asset: AssetId(7), sz_decimals, leverage_max: 10, fee_maker: fee, fee_taker: fee };
    Instrument { spec, px: Px::from_e8(px_e8) }
}

fn hype() -> Instrument {
    instrument(2, 2_620_000_000)
}

/// Efficient price and mid in bps, sampled every `every_ms` of a session, and its taker orders.
struct SampledSession {
    fair: Vec<f64>,
    mid: Vec<f64>,
    takers: Vec<(u64, Side, f64)>, // ms, side, bps from the mid before
}

fn session(scenario: Scenario, seed: u64, every_ms: u64) -> SampledSession {
    let mut world = World::new(scenario, seed, START, hype());
    let (mut fair, mut mid, mut out) = (Vec::new(), Vec::new(), Vec::new());
    for ms in (0..=scenario.length_ms() - STEP_MS as u64).step_by(every_ms as usize) {
        world.next(START.plus_ms(ms), &mut out);
        fair.push(world.path.fair().ubps() as f64 / 1e6);
        mid.push(world.path.mid().ubps() as f64 / 1e6);
    }
    let takers = Script::write(&scenario.params(), seed).sweeps;
    let takers =
        takers.iter().map(|t| (t.at_ms as u64, t.side, t.reach_ubps as f64 / 1e6)).collect();
    SampledSession { fair, mid, takers }
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64, f64) {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    (n, mean, values.map(|v| (v - mean).powi(2)).sum::<f64>() / n)
}

#[test]
fn volatility_noise_flow_and_reach_are_as_described() {
    let sessions: Vec<SampledSession> =
        (0..SEEDS).map(|seed| session(Scenario::Quiet, seed, 1_000)).collect();
    let steps: Vec<f64> =
        sessions.iter().flat_map(|s| s.fair.windows(2).map(|w| w[1] - w[0])).collect();
    let (n, mean, variance) = moments(steps.iter().copied());
    // Diffusion 1, and impact: 2 * 0.0426 /s * 0.22^2 * 2 * 2.857^2 * (1 + 1/12) = 0.073.
    assert!(mean.abs() < 5.0 * (1.073 / n).sqrt(), "drift of a quiet market: {mean}");
    assert!((variance - 1.073).abs() < 5.0 * 1.073 * (2.5 / n).sqrt(), "variance {variance}");

    let noise: Vec<f64> =
        sessions.iter().flat_map(|s| s.mid.iter().zip(&s.fair).map(|(m, f)| m - f)).collect();
    let (n, mean, variance) = moments(noise.iter().copied());
    // Samples 1 s apart under a memory of 3 s: a sixth of them are independent.
    assert!(mean.abs() < 5.0 * 0.4 / (n / 6.0).sqrt(), "mean noise {mean}");
    assert!((variance.sqrt() - 0.4).abs() < 0.02, "noise {}", variance.sqrt());

    let takers: Vec<_> = sessions.iter().flat_map(|s| &s.takers).collect();
    let expected = 0.03 * 0.35f64.exp() * 1_500.0 * SEEDS as f64;
    for side in Side::BOTH {
        let count = takers.iter().filter(|taker| taker.1 == side).count() as f64;
        assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{count}, not {expected}");
    }
    let (n, mean, _) = moments(takers.iter().map(|taker| taker.2));
    assert!((mean + 1.0 - 1.0 / 0.35).abs() < 5.0 / 0.35 / n.sqrt(), "mean reach {mean}");
    let deep = takers.iter().filter(|taker| 7.0 < taker.2).count() as f64 / n;
    assert!((deep - (-8.0 * 0.35f64).exp()).abs() < 5.0 * (0.061 / n).sqrt(), "beyond 7: {deep}");
}

#[test]
fn a_reverting_market_stays_near_its_start() {
    let fairs = (0..SEEDS).flat_map(|seed| session(Scenario::Calm, seed, 1_000).fair);
    let (_, mean, variance) = moments(fairs.collect::<Vec<_>>().into_iter());
    // sigma^2 / (2 ln 2 / 90 s) = 1.073 / 0.0154 = 69.7; a session holds about 6 independent values.
    assert!((variance.sqrt() - 8.35).abs() < 1.8, "deviation {}", variance.sqrt());
    assert!(mean.abs() < 3.5, "mean {mean}");
}

#[test]
fn trends_arrive_where_they_must_with_flow_and_cascades_behind_them() {
    // scenario, at the half (where tied), at the end, bps
    let rows = [
        (Scenario::Trend, None, 38.0),
        (Scenario::TrendDown, None, -38.0),
        (Scenario::VShape, Some(38.0), 0.0),
        (Scenario::Toxic, None, 38.0),
        (Scenario::Hot, None, 38.0),
    ];
    for (scenario, half, end) in rows {
        for seed in 0..4 {
            let path = session(scenario, seed, 50).fair;
            // The last sample lies one step before the end, where a bridge has a step left.
            let last = path[path.len() - 1];
            assert!((last - end).abs() < 3.0, "{} seed {seed} ends at {last}", scenario.name());
            if let Some(half) = half {
                let there = path[path.len() / 2];
                assert!((there - half).abs() < 0.01, "half way at {there}");
            }
        }
    }
    for (scenario, side) in [(Scenario::Trend, Side::Bid), (Scenario::TrendDown, Side::Ask)] {
        let takers: Vec<_> = (0..SEEDS).flat_map(|s| session(scenario, s, 60_000).takers).collect();
        let with = takers.iter().filter(|taker| taker.1 == side).count() as f64;
        let against = takers.len() as f64 - with;
        // 25 % more and 25 % less for nine tenths of the time, and 25 cascade orders a session.
        let ratio = (with - 25.0 * SEEDS as f64) / against;
        assert!((1.35..1.85).contains(&ratio), "{}: {ratio} with it to 1 against", scenario.name());
    }
}

#[test]
fn a_cascade_is_a_second_of_orders_and_a_jump() {
    for seed in 0..SEEDS {
        let script = Script::write(&Scenario::Trend.params(), seed);
        let burst: Vec<&ScriptedSweep> =
            script.sweeps.iter().filter(|t| t.passing_ubps != 0).collect();
        let second = burst.iter().position(|t| 10_000 < t.at_ms - burst[0].at_ms);
        let (one, two) = burst.split_at(second.expect("there are two cascades"));
        assert!(
            (250_000..=450_000).contains(&one[0].at_ms.div_euclid(1_000).saturating_mul(1_000))
        );
        for cascade in [one, two] {
            let span = cascade[cascade.len() - 1].at_ms - cascade[0].at_ms;
            assert!((10..=15).contains(&cascade.len()) && span < 1_000);
            let sum = |f: &dyn Fn(&ScriptedSweep) -> i64| cascade.iter().map(|t| f(t)).sum::<i64>();
            assert!((sum(&|t| t.lasting_ubps) - 6_000_000).abs() < 15, "for good: 6 bps");
            assert!((sum(&|t| t.passing_ubps) - 5_000_000).abs() < 15, "for a while: 5 bps");
        }
    }
    let quiet = Script::write(&Scenario::Quiet.params(), 1);
    assert!(quiet.sweeps.iter().all(|taker| taker.passing_ubps == 0));
    let walk = (0..SEEDS).map(|seed| Script::write(&Scenario::Walk.params(), seed));
    let sides: i64 = walk.flat_map(|s| s.sweeps).map(|t| t.passing_ubps.signum()).sum();
    assert!(sides.abs() < 12 * 2 * SEEDS as i64, "cascades of a walk take either side");
}

#[test]
fn the_recorded_session_goes_through_its_mids() {
    let points = feb24::waypoints();
    for seed in 0..3 {
        let path = session(Scenario::Feb24, seed, STEP_MS as u64).fair;
        for &(at_ms, ubps) in &points {
            let (got, want) = (path[(at_ms / STEP_MS) as usize], ubps as f64 / 1e6);
            assert!((got - want).abs() < 0.001, "seed {seed} at {at_ms}: {got}, not {want}");
        }
        let takers = session(Scenario::Feb24, seed, 60_000).takers;
        for sweep in &feb24::RECORDED_SWEEPS {
            let want = (sweep.at_ms as u64, sweep.taker, sweep.reach_ubps as f64 / 1e6);
            assert!(takers.contains(&want), "{want:?} is in the flow");
        }
    }
}

#[test]
fn the_table_is_the_file() {
    let shared = std::env::var("EVENKEEL_SHARED").map(std::path::PathBuf::from);
    let shared =
        shared.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../shared").into());
    let Ok(text) = std::fs::read_to_string(shared.join("feb24/fills.csv")) else {
        eprintln!("skipped: {} has no feb24/fills.csv", shared.display());
        return;
    };
    let mut orders: Vec<[f64; 4]> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<f64> =
            line.split(',').skip(1).map(|cell| cell.parse().expect("a number")).collect();
        let [at, mid, depth, adverse] = [cells[0], cells[1], cells[2], cells[3]];
        match orders.last_mut() {
            Some(last) if last[0] == at => last[2] = last[2].max(depth),
            _ => orders.push([at, mid, depth, adverse]),
        }
    }
    assert_eq!(orders.len(), feb24::RECORDED_SWEEPS.len());
    for (sweep, [at, mid, depth, adverse]) in feb24::RECORDED_SWEEPS.iter().zip(orders) {
        assert_eq!(START.plus_ms(sweep.at_ms as u64).ms(), at as u64);
        assert_eq!(sweep.mid_e8, (mid * 1e8).round() as i64, "mid at {at}");
        assert_eq!(sweep.reach_ubps, (depth * 1e6).round() as i64, "reach at {at}");
        assert_eq!(sweep.adverse_ubps, (adverse * 1e6).round() as i64, "adverse move at {at}");
    }
}

/// Everything a world says in a time, at the blocks given.
fn flow(world: &mut World, blocks: impl Iterator<Item = WallMs>) -> Vec<MarketEvent> {
    let mut out = Vec::new();
    blocks.for_each(|block| world.next(block, &mut out));
    out
}

#[test]
fn blocks_and_quoters_change_neither_prices_nor_takers() {
    let until = START.plus_ms(200_000);
    for scenario in [Scenario::Feb24, Scenario::Trend, Scenario::Demo] {
        let new = || World::new(scenario, 5, START, hype());
        let (mut one, mut two) = (new(), new());
        let random =
            flow(&mut one, Blocks::new(5, START).take_while(|&at| at < until).chain([until]));
        let even = flow(&mut two, (1..=1_000).map(|n| START.plus_ms(n * 200)));
        assert_eq!(takers(&random), takers(&even), "{}", scenario.name());
        assert_eq!((one.mid(), one.fair()), (two.mid(), two.fair()), "{}", scenario.name());
    }
}

/// The scripted taker orders: those before the book of their block, not the bargains after it.
fn takers(flow: &[MarketEvent]) -> Vec<MarketEventKind> {
    let mut quoted = WallMs::default();
    let mut takers = Vec::new();
    for MarketEvent { at, what, .. } in flow {
        match what {
            MarketEventKind::Quotes { .. } => quoted = *at,
            MarketEventKind::Taker { .. } if quoted < *at => takers.push(what.clone()),
            MarketEventKind::Taker { .. } | MarketEventKind::Marks { .. } => {}
        }
    }
    takers
}

fn best(levels: &[Level]) -> Px {
    levels.first().expect("a book has levels").px
}

#[test]
fn every_instrument_has_a_valid_book_one_step_from_the_mid() {
    // sz decimals, price: BTC, HYPE, WLFI, and one whose price grid changes at 100.
    for (sz, px) in
        [(5, 9_612_300_000_000), (2, 2_620_000_000), (0, 18_650_000), (2, 10_000_000_000)]
    {
        let instrument = instrument(sz, px);
        let mut world = World::new(Scenario::Hot, 3, START, instrument);
        for block in Blocks::new(3, START).take(500) {
            let mut out = Vec::new();
            world.next(block, &mut out);
            let quotes = out.iter().find_map(|f| match &f.what {
                MarketEventKind::Quotes { bids, asks } => Some((bids, asks)),
                MarketEventKind::Taker { .. } | MarketEventKind::Marks { .. } => None,
            });
            let (bids, asks) = quotes.expect("a book in every block");
            let tick = instrument.spec.tick_e8(best(asks));
            assert!((best(asks) - best(bids)).e8() <= 3 * tick, "{out:?}");
            assert!(best(bids) < world.mid() && world.mid() < best(asks));
            for (side, levels) in [(Side::Bid, bids), (Side::Ask, asks)] {
                assert!(15 <= levels.len() && levels.len() <= 20);
                assert!(levels.windows(2).all(|w| w[0].px.beats(w[1].px, side)));
                assert!(levels.iter().all(|l| instrument.spec.on_grid(l.px)));
                assert!(levels.iter().all(|l| instrument.spec.whole_lots(l.qty) && 0 < l.count));
            }
        }
    }
}

#[test]
fn bargains_lie_beyond_the_fee_and_never_touch_other_makers() {
    let mut world = World::new(Scenario::Hot, 4, START, hype());
    let mut out = Vec::new();
    for block in Blocks::new(4, START).take(300) {
        out.clear();
        world.next(block, &mut out);
        let quoted = out.iter().position(|f| matches!(f.what, MarketEventKind::Quotes { .. }));
        let bargains = &out[quoted.expect("a book in every block") + 1..];
        for (side, flow) in [(Side::Bid, &bargains[0]), (Side::Ask, &bargains[1])] {
            let MarketEventKind::Taker { side: taker, limit, .. } = flow.what else {
                panic!("{flow:?}")
            };
            let reach = world.mid().bps_to(limit).ubps() * side.sign();
            assert_eq!(taker, side);
            assert!((-4_900_000..=-4_500_000).contains(&reach), "{reach}");
        }
    }
}

#[test]
fn the_demo_moves_its_best_prices_in_every_block() {
    let mut world = World::new(Scenario::Demo, 2, START, hype());
    let flow = flow(&mut world, Blocks::new(2, START).take(2_000));
    let bests: Vec<Px> = flow
        .iter()
        .filter_map(|f| match &f.what {
            MarketEventKind::Quotes { bids, .. } => Some(best(bids)),
            MarketEventKind::Taker { .. } | MarketEventKind::Marks { .. } => None,
        })
        .collect();
    assert!(bests.len() == 2_000 && bests.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn a_world_goes_on_after_its_session_without_a_jump() {
    let mut world = World::new(Scenario::Trend, 9, START, hype());
    let mut mids = Vec::new();
    for s in 0..3_100 {
        world.next(START.plus_ms(s * 1_000), &mut Vec::new());
        mids.push(world.path.fair().ubps());
    }
    assert!(
        (mids[1_500] - 38_000_000).abs() < 500_000 && (mids[3_000] - 76_000_000).abs() < 500_000
    );
    assert!(mids.windows(2).all(|w| (w[1] - w[0]).abs() < 15_000_000));
}

/// FNV-1a over the numbers of what a world says, whatever their fields are called.
fn hash(flow: &[MarketEvent]) -> u64 {
    let text = format!("{flow:?}");
    text.bytes()
        .filter(|byte| !byte.is_ascii_alphabetic())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}

#[test]
fn a_seed_repeats_on_every_machine() {
    let got: Vec<(&str, u64)> = Scenario::ALL
        .into_iter()
        .map(|scenario| {
            let mut world = World::new(scenario, 42, START, hype());
            (scenario.name(), hash(&flow(&mut world, Blocks::new(42, START).take(4_000))))
        })
        .collect();
    let want = [
        ("feb24", 0xdc8e_976c_0e1b_17fa),
        ("trend", 0x7adf_bdf8_ab36_a380),
        ("trend-down", 0x94f9_fc13_a44f_8fbd),
        ("v-shape", 0x6891_1a00_8bc5_72fc),
        ("walk", 0x6946_cd78_4ea5_f061),
        ("calm", 0x5274_27c5_fcb0_1b6a),
        ("quiet", 0x6519_fb9d_e0bf_97db),
        ("toxic", 0xc790_0801_454c_08c1),
        ("hot", 0xd056_378b_2387_65a2),
        ("demo", 0xcb87_6ce0_5e42_065c),
        ("hyna", 0x6946_cd78_4ea5_f061),
    ];
    assert_eq!(got, want);
}
