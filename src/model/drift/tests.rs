use super::*;
use crate::num::unit::E8;

const SIGMA: i64 = 1 << 44;

fn drift() -> Drift {
    Drift::new(Gains::steady(&DriftConfig::default(), SIGMA))
}

/// A price `bps` above 30 dollars.
fn px(bps: f64) -> Px {
    Px::from_e8((30.0 * E8 as f64 * (1.0 + bps * 1e-4)).round() as i64)
}

#[test]
fn a_steady_rise_is_followed_with_the_right_sign() {
    // 0.1 bps/s for 15 minutes. A float twin with the same constants ends at 0.018902 bps/s, two
    // thirds of a standard deviation: drifts die in 300 s, so most of it is taken for noise.
    for sign in [1, -1] {
        let mut drift = drift();
        for second in 0..900 {
            drift.step(px(0.1 * f64::from(sign * second)));
        }
        let (level, slope) = (drift.level_nbps() as f64 / 1e9, drift.drift_pbps as f64 / 1e12);
        let sign = f64::from(sign);
        assert!((level * sign - 89.9).abs() < 0.05, "level {level}");
        assert!((slope * sign - 0.018_902).abs() < 1e-5, "slope {slope}");
        let sds = drift.drift_in_sds().bits() as f64 / (1 << 24) as f64;
        assert!((sds * sign - 0.666_7).abs() < 1e-3, "{sds} standard deviations");
    }
}

#[test]
fn the_hot_step_settles_at_the_general_one() {
    let config = DriftConfig::default();
    let terms = FilterTerms::new(&config, Q60::from_q44(SIGMA));
    let mut general = Filter::start(Q60::ZERO, &terms);
    let mut hot = drift();
    hot.step(px(0.0));
    let mut walk = crate::num::Q32::ZERO;
    for second in 1..6_000i64 {
        // A bounded, jagged path.
        walk += Q32::from_bits((second * 7_919 % 2_003 - 1_001) << 22);
        let bps = walk.bits() as f64 / (1u64 << 32) as f64;
        hot.step(px(bps));
        let seen = px(0.0).bps_to(px(bps)).ubps();
        general = general.step(Q60::from_micro(seen), 1_000, &terms);
    }
    let level = general.level.micro() - hot.level_nbps() / 1_000;
    let slope = general.drift.bits() as f64 / (1u64 << 60) as f64 - hot.drift_pbps as f64 / 1e12;
    assert!(level.abs() < 20 && slope.abs() < 1e-8, "off by {level} ubps and {slope} bps/s");
    let sds = general.drift_in_sds() - hot.drift_in_sds();
    assert!(sds.abs() < Q24::ratio(1, 100_000), "off by {sds:?} standard deviations");
}

#[test]
fn the_level_is_continuous_where_the_anchor_moves() {
    let mut drift = drift();
    let mut before = 0;
    for second in 0..3_000 {
        drift.step(px(f64::from(second)));
        let level = drift.level_nbps();
        let moved = level - before;
        assert!((0..2_000_000_000).contains(&moved), "{moved} nbps in second {second}");
        assert!(drift.level_nbps.abs() <= 501_000_000_000);
        before = level;
    }
    // Five anchors, each a basis point of a higher price: ln(1.2999) = 26.2 %.
    assert!((2_600_000_000_000..2_999_000_000_000).contains(&before), "{before}");
}

#[test]
fn a_gap_is_no_drift() {
    let mut drift = drift();
    drift.step(px(0.0));
    drift.step(px(1.0));
    let level = drift.level_nbps();
    drift.reseed(px(80.0));
    drift.step(px(80.0));
    assert_eq!((drift.drift_pbps, drift.level_nbps()), (0, level), "the jump is not a trend");
}

#[test]
fn a_higher_volatility_trusts_drift_less() {
    let config = DriftConfig::default();
    let calm = Gains::steady(&config, SIGMA / 2);
    let wild = Gains::steady(&config, SIGMA * 8);
    assert!(wild.k1 < calm.k1 && calm.k0 < wild.k0, "{calm:?} {wild:?}");
}

#[test]
fn doubling_settles_where_single_steps_do() {
    // sigma in tenths, noise in 1/100 bps, prior in 1e-3 bps/s, tau in s: corners of the settings.
    for (sigma, noise, prior, tau_s) in [
        (10, 50, 30, 300),
        (3, 30, 15, 120),
        (200, 80, 50, 600),
        (3, 10, 100, 1_200),
        (16, 200, 5, 60),
    ] {
        let config = DriftConfig {
            noise: Bps::from_centi(noise),
            prior_pbps: prior * 1_000_000_000,
            tau_ms: tau_s * 1_000,
        };
        let terms = FilterTerms::new(&config, Q60::ratio(sigma, 10));
        let mut stepped = Filter::start(Q60::ZERO, &terms);
        for _ in 0..12_000 {
            stepped = stepped.step(Q60::ZERO, 1_000, &terms);
        }
        let steady = Steady::new(&terms);
        let pairs = [(steady.k0, stepped.k0), (steady.k1, stepped.k1), (steady.p11, stepped.p11)];
        for (got, want) in pairs {
            assert!(
                (got - want).abs() < Q60::ratio(1, 1_000_000_000_000),
                "{got:?} {want:?}, {config:?}"
            );
        }
    }
}
