use super::*;
use crate::num::unit::E8;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A sum of twelve uniforms less six: standard normal enough.
fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    (0..12).map(|_| rng.next_u32() as f64 / f64::from(u32::MAX)).sum::<f64>() - 6.0
}

fn sigma(q44: i64) -> f64 {
    q44 as f64 / Q44_ONE as f64
}

/// Runs a random walk of `sigma` bps a square root of a second, seen with `noise` bps.
fn walked(sigma: f64, noise: f64, seconds: u32, seed: u64) -> Vol {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut vol = Vol::new(VolConfig::default());
    let mut level = 0.0;
    for _ in 0..seconds {
        level += sigma * normal(&mut rng);
        let seen = level + noise * normal(&mut rng);
        vol.step(Px::from_e8((3e9 * (1.0 + seen * 1e-4)) as i64));
    }
    vol
}

#[test]
fn a_walk_is_measured_and_its_noise_told_from_it() {
    // sigma, noise; the relative error of a mean over 120 returns is about 10 %.
    for (want, noise) in [(1.0, 0.0), (2.2, 0.4), (0.6, 0.4), (8.0, 0.0)] {
        let got: f64 = (0..8)
            .map(|seed| sigma(walked(want, noise, 3_000, seed).snapshot().risk_q44()))
            .sum::<f64>()
            / 8.0;
        assert!((got / want - 1.0).abs() < 0.12, "sigma {want}, noise {noise}: {got}");
    }
    let noise: f64 = (0..8)
        .map(|seed| walked(0.6, 0.4, 3_000, seed).snapshot().noise as f64 / 1e12)
        .sum::<f64>()
        / 8.0;
    assert!((noise - 0.16).abs() < 0.06, "noise variance {noise}, not 0.16");
}

#[test]
fn the_prior_holds_until_something_is_seen() {
    let vol = Vol::new(VolConfig::default());
    assert!((sigma(vol.snapshot().risk_q44()) - 1.0).abs() < 1e-6);
    let mut still = vol;
    (0..900).for_each(|_| still.step(Px::from_e8(30 * E8)));
    let (q44, clamped) = still.snapshot().table_q44();
    assert!(
        clamped && (sigma(q44) - 0.3).abs() < 1e-9,
        "15 minutes of nothing are 0.22, held at 0.3"
    );
}

#[test]
fn a_gap_is_no_return_and_a_jump_is_a_jump() {
    let mut vol = Vol::new(VolConfig::default());
    let px = |bps: i64| Px::from_e8(30 * E8 + bps * 30 * E8 / 10_000);
    (0..600).for_each(|second| vol.step(px(second % 2)));
    let before = vol.snapshot();
    vol.gap();
    vol.step(px(400));
    assert_eq!(vol.snapshot(), before, "the price across a gap says nothing");
    (0..20).for_each(|_| vol.step(px(440)));
    let after = vol.snapshot();
    assert!(before.jump_share() < after.jump_share(), "{before:?} {after:?}");
    assert!(Q24::ratio(1, 2) < after.jump_share() && after.cut == 0);
}

#[test]
fn what_no_price_does_is_cut_and_counted() {
    let mut variance = Variance::default();
    variance.on_return(Bps::from_int(5_000), 1, 0, Q60::ZERO);
    let got = variance.snapshot(0);
    assert_eq!((got.cut, got.realised), (1, RETURN_MAX * RETURN_MAX));
}
