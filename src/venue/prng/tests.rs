use super::*;

/// Draws of every statistical test.
const DRAWS: usize = 200_000;

fn real(x: Q32) -> f64 {
    x.bits() as f64 / 2f64.powi(32)
}

#[test]
fn the_curves_are_the_real_functions() {
    for step in 0..=4_000u64 {
        let bits = step.wrapping_mul(0x0010_624d_d2f1_a9fb);
        let p = (bits as f64 + 0.5) / 2f64.powi(64);
        let off = (real(curve::minus_ln(bits)) + p.ln()).abs();
        assert!(off < 1e-9, "-ln of {p}: off by {off}");
        let x = step as f64 / 100.0 - 20.0;
        let got = real(curve::exp(Q32::from_bits((x * 2f64.powi(32)) as i64)));
        let off = (got - x.exp()).abs() / (x.exp() + 1.0);
        assert!(off < 1e-9, "e^{x}: {got}, off by {off}");
    }
}

#[test]
fn the_quantile_is_normal_to_nine_sigma() {
    // p, z: from tables of the normal distribution (R's qnorm).
    let rows = [
        (0.5, 0.0),
        (0.841_344_746_068_543, 1.0),
        (0.158_655_253_931_457, -1.0),
        (0.925, 1.439_531_470_938_456),
        (0.975, 1.959_963_984_540_054),
        (0.001_349_898_031_630_095, -3.0),
        (3.167_124_183_311_992e-5, -4.0),
        (2.866_515_718_791_939e-7, -5.0),
        (9.865_876_450_376_946e-10, -6.0),
        (1.279_812_543_885_835e-12, -7.0),
    ];
    for (p, want) in rows {
        let bits = (p * 2f64.powi(64)) as u64;
        let got = real(curve::quantile(bits));
        assert!((got - want).abs() < 1e-6, "quantile of {p}: {got}, not {want}");
    }
    assert!(real(curve::quantile(0)) < -9.0 && 9.0 < real(curve::quantile(u64::MAX)));
}

#[test]
fn moments_and_tails_are_those_of_the_distributions() {
    let mut prng = Prng::new(7, Purpose::Path);
    let normals: Vec<f64> = (0..DRAWS).map(|_| real(prng.normal())).collect();
    let mean_of =
        |f: &dyn Fn(f64) -> f64| normals.iter().map(|&z| f(z)).sum::<f64>() / DRAWS as f64;
    // Bounds are five standard errors: 1, sqrt 2, sqrt 96 over sqrt n.
    let se = (DRAWS as f64).sqrt().recip();
    assert!(mean_of(&|z| z).abs() < 5.0 * se, "mean");
    assert!((mean_of(&|z| z * z) - 1.0).abs() < 5.0 * 1.415 * se, "variance");
    assert!((mean_of(&|z| z.powi(4)) - 3.0).abs() < 5.0 * 9.8 * se, "fourth moment");
    let beyond_3 = mean_of(&|z| f64::from(u8::from(z.abs() > 3.0)));
    assert!((beyond_3 - 0.0027).abs() < 5.0 * 0.0519 * se, "share beyond 3 sigma: {beyond_3}");

    let waits: Vec<f64> = (0..DRAWS).map(|_| prng.exponential(1_000_000) as f64 / 1e6).collect();
    let mean = waits.iter().sum::<f64>() / DRAWS as f64;
    let beyond_5 = waits.iter().filter(|&&w| w > 5.0).count() as f64 / DRAWS as f64;
    assert!((mean - 1.0).abs() < 5.0 * se, "mean wait {mean}");
    assert!((beyond_5 - (-5f64).exp()).abs() < 5.0 * 0.0818 * se, "share beyond 5: {beyond_5}");
}

#[test]
fn uniform_numbers_cover_their_range_evenly() {
    let mut prng = Prng::new(3, Purpose::Flow);
    let mut counts = [0i64; 7];
    for _ in 0..70_000 {
        counts[usize::try_from(prng.between(-3, 3) + 3).expect("in range")] += 1;
    }
    assert!(counts.iter().all(|count| (count - 10_000).abs() < 500), "{counts:?}");
    let hits = (0..100_000).filter(|_| prng.chance(Q32::ratio(1, 4))).count();
    assert!((24_300..25_700).contains(&hits), "a quarter of 100 000: {hits}");
}

#[test]
fn a_seed_repeats_for_ever_and_purposes_do_not_share() {
    let draw = |purpose| {
        let mut prng = Prng::new(1, purpose);
        (prng.bits(), prng.normal().bits(), prng.exponential(1_000_000), prng.below(1_000))
    };
    assert_eq!(draw(Purpose::Path), (13_022_637_563_981_439_720, 2_131_037_240, 627_049, 598));
    assert_ne!(draw(Purpose::Path).0, draw(Purpose::Flow).0);
}
