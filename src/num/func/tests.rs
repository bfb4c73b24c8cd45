use super::*;
use proptest::prelude::*;

const ONE: f64 = (1u128 << 60) as f64;

fn wide(v: f64) -> Q60 {
    Q60::from_bits((v * ONE) as i128)
}

fn real(q: Q60) -> f64 {
    q.bits() as f64 / ONE
}

/// Abramowitz and Stegun's definition, summed until nothing changes.
fn phi_slow(z: f64) -> f64 {
    let (mut term, mut sum, mut k) = (z, z, 0.0);
    while sum + term != sum || k < 8.0 {
        k += 1.0;
        term *= z * z / (2.0 * k + 1.0);
        sum += term;
    }
    0.5 + sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn constants_are_what_they_claim() {
    assert_eq!(LN_2 as f64 / (1u128 << 100) as f64, std::f64::consts::LN_2);
    assert_eq!(POWER[32] as f64 / (1u64 << 62) as f64, std::f64::consts::SQRT_2);
    assert!((INV_SQRT_2PI as f64 / ONE - 0.398_942_280_401_432_7).abs() < 1e-16);
    for (i, power) in POWER.iter().enumerate() {
        let want = (i as f64 / 64.0).exp2();
        assert!((*power as f64 / (1u64 << 62) as f64 - want).abs() < 5e-16, "2^({i}/64)");
    }
}

#[test]
fn exp_and_ln_undo_each_other() {
    // ln has 2e-17 and exp 1e-17 of its own, beyond what f64 twins can show.
    for step in -300..300 {
        let x = Q60::ratio(step, 11);
        let grown = exp(x);
        if Q60::ONE <= grown {
            let back = ln(grown) - x;
            assert!(back.abs().bits() < 50, "ln(exp({step}/11)) is off by {back:?}");
        }
    }
}

#[test]
fn phi_is_symmetric_and_saturates() {
    for z in [0, 1, 1 << 20, 3 << 24, 4 << 24, 9 << 24] {
        let (up, down) = (phi(Q24::from_bits(z)), phi(Q24::from_bits(-z)));
        assert_eq!(up + down, Q24::ONE, "at {z}");
    }
    assert_eq!(phi(Q24::from_bits(4 << 24)), phi(Q24::from_bits(90 << 24)));
}

proptest! {
    #[test]
    fn ln_is_within_its_bound(power in -20.0f64..20.0) {
        let v = power.exp();
        let x = (v * (1u128 << 90) as f64) as u128;
        prop_assert!((real(ln_scaled(x, 90)) - v.ln()).abs() < 1e-14, "ln({v})");
    }

    #[test]
    fn exp_is_within_its_bound(x in -41.0f64..40.0) {
        let want = x.exp();
        prop_assert!((real(exp(wide(x))) - want).abs() < 1e-18 + 2e-14 * want, "exp({x})");
    }

    #[test]
    fn sqrt_is_exact(bits in 1u128..(1 << 120)) {
        let x = Q60::from_bits(bits as i128);
        let (root, want) = (real(sqrt(x)), real(x).sqrt());
        prop_assert!((root - want).abs() <= 2.0 / ONE + 1e-15 * want, "sqrt of {bits}/2^60");
    }

    #[test]
    fn phi_is_within_its_bound(z in -5.0f64..5.0) {
        let got = phi(Q24::from_bits((z * (1 << 24) as f64) as i64)).bits() as f64 / (1 << 24) as f64;
        prop_assert!((got - phi_slow(z)).abs() < 3.2e-5, "phi({z})");
    }

    #[test]
    fn all_are_monotone(a in 1i128..(1 << 80), d in 1i128..(1 << 70)) {
        let (low, high) = (Q60::from_bits(a), Q60::from_bits(a + d));
        prop_assert!(ln(low) <= ln(high));
        prop_assert!(sqrt(low) <= sqrt(high));
        prop_assert!(exp(-high) <= exp(-low));
    }
}
