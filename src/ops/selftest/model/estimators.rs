//! The estimators: moving means, variance, intensity, the filter, and the opposition to a trend.

use super::{GroupResult, fixed, from_micro, micro, parse, q24};
use crate::model::drift::{DriftConfig, Filter, FilterTerms, Gains};
use crate::model::intensity::{Intensity, IntensityConfig};
use crate::model::trend::{TrendConfig, continuation_p};
use crate::model::vol::Variance;
use crate::num::ewma::keep;
use crate::num::{Bps, Ewma, Mono, Nanos, Q24, Q60};
use serde::Deserialize;
use serde_json::Value;

/// Tolerances of MODEL 6.5.
const RELATIVE_LIMIT: f64 = 1e-5;
const INTENSITY_LIMIT: f64 = 1e-4;
const LEVEL_LIMIT: f64 = 1e-3;
const DRIFT_LIMIT: f64 = 1e-6;
const PROBABILITY_LIMIT: f64 = 1e-4;
const TREND_LIMIT: f64 = 1e-4;
/// Gains of the steady filter, which the file gives too; no tolerance is named for them.
const GAIN_LIMIT: f64 = 1e-7;
/// Values nearer to zero than this are compared absolutely.
const SMALL: f64 = 1e-3;
/// Fractional bits of volatilities and intensities.
const Q44_BITS: u32 = 44;
/// Micro basis points squared in one basis point squared.
const SQUARED: f64 = 1e12;

#[derive(Deserialize)]
struct Means {
    tau: f64,
    x0: f64,
    x: Vec<f64>,
    dt: Vec<f64>,
    y: Vec<f64>,
}

/// Moving means over irregular times.
pub(super) fn ewma(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for case in parse::<Vec<Means>>(entries)? {
        let mut mean = Ewma::at(nano(case.x0));
        for ((x, dt), want) in case.x.iter().zip(&case.dt).zip(&case.y) {
            mean.mix(nano(*x), keep(ms(*dt), ms(case.tau)));
            relative(group, mean.value() as f64 / 1e9, *want, RELATIVE_LIMIT);
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Walk {
    dt: f64,
    tau: f64,
    noise_var: f64,
    mid: Vec<f64>,
    out: Vec<Variances>,
}

#[derive(Deserialize)]
struct Variances {
    rv: f64,
    bv: Option<f64>,
    jump_share: f64,
    sigma_risk: f64,
    sigma_cont: f64,
}

/// Realised and bipower variance, jumps, and both volatilities.
pub(super) fn volatility(
    entries: &Value,
    group: &mut GroupResult,
) -> Result<(), serde_json::Error> {
    for case in parse::<Vec<Walk>>(entries)? {
        let left = keep(ms(case.dt), ms(case.tau));
        let noise = (case.noise_var * SQUARED).round() as i64;
        let mut variance = Variance::default();
        for (pair, want) in case.mid.windows(2).zip(&case.out) {
            let by = Bps::from_ubps(micro(pair[1]) - micro(pair[0]));
            variance.on_return(by, case.dt.round() as u32, noise, left);
            let got = variance.snapshot(noise);
            relative(group, got.realised as f64 / SQUARED, want.rv, RELATIVE_LIMIT);
            let bipower = want.bv.unwrap_or(want.rv);
            relative(group, got.bipower as f64 / SQUARED, bipower, RELATIVE_LIMIT);
            group.close(real(got.jump_share()), want.jump_share, RELATIVE_LIMIT);
            relative(group, real_q44(got.risk_q44()), want.sigma_risk, RELATIVE_LIMIT);
            relative(group, real_q44(got.continuous_q44()), want.sigma_cont, RELATIVE_LIMIT);
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct IntensityCase {
    tau: f64,
    d0: f64,
    events: Vec<(f64, f64)>,
    out: Vec<(f64, f64)>,
}

/// Decay and level of the arrival intensity after every taker order.
pub(super) fn intensity(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for case in parse::<Vec<IntensityCase>>(entries)? {
        let config = IntensityConfig {
            tau_ms: ms(case.tau),
            depth_min: Bps::from_ubps(micro(case.d0)),
            ..IntensityConfig::default()
        };
        let mut now = Mono::START;
        let mut intensity = Intensity::new(config, now);
        for ((dt, depth), want) in case.events.iter().zip(&case.out) {
            now = now + Nanos::from_ns((dt * 1e9).round() as u64);
            intensity.observe(now, Bps::from_ubps(micro(*depth)));
            let got = intensity.snapshot(now).estimate(&config);
            let got =
                got.map_or((f64::NAN, f64::NAN), |e| (real_q44(e.kappa_q44), real_q44(e.a_q44)));
            relative(group, got.0, want.0, INTENSITY_LIMIT);
            // The product holds intensities in the domain of MODEL 1.1.
            relative(group, got.1, want.1.clamp(0.001, 10.0), INTENSITY_LIMIT);
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Filtered {
    params: FilterParams,
    z: Vec<f64>,
    dt: Vec<f64>,
    steps: Vec<FilterStep>,
    steady_dt1: SteadyGains,
}

#[derive(Deserialize)]
struct FilterParams {
    sigma: f64,
    r: f64,
    s_mu: f64,
    tau_mu: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct FilterStep {
    f: f64,
    m: f64,
    #[serde(rename = "cont_p")]
    cont_p: f64,
}

#[derive(Deserialize)]
struct SteadyGains {
    k0: f64,
    k1: f64,
}

/// Level, drift and continuation, each as a share of its own tolerance, and the steady gains.
pub(super) fn kalman(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for case in parse::<Vec<Filtered>>(entries)? {
        let p = &case.params;
        let config = DriftConfig {
            noise: Bps::from_ubps(micro(p.r)),
            prior_pbps: (p.s_mu * SQUARED).round() as i64,
            tau_ms: ms(p.tau_mu),
        };
        let sigma_q44 = fixed(p.sigma, Q44_BITS) as i64;
        let terms = FilterTerms::new(&config, Q60::from_q44(sigma_q44));
        let wide = |v: &f64| Q60::from_micro(micro(*v));
        let mut at = Filter::start(case.z.first().map_or(Q60::ZERO, wide), &terms);
        for ((z, dt), want) in case.z.iter().zip(&case.dt).skip(1).zip(&case.steps) {
            at = at.step(wide(z), ms(*dt), &terms);
            group.within((real_q60(at.level) - want.f).abs() / LEVEL_LIMIT, 1.0);
            group.within((real_q60(at.drift) - want.m).abs() / DRIFT_LIMIT, 1.0);
            let sign = if at.drift < Q60::ZERO { -1 } else { 1 };
            let p = real(continuation_p(Bps::from_int(sign), at.drift_in_sds()));
            group.within((p - want.cont_p).abs() / PROBABILITY_LIMIT, 1.0);
        }
        let gains = Gains::steady(&config, sigma_q44);
        let q32 = |bits: i64| bits as f64 / 32f64.exp2();
        group.within((q32(gains.k0.bits()) - case.steady_dt1.k0).abs() / GAIN_LIMIT, 1.0);
        group.within((q32(gains.k1.bits()) - case.steady_dt1.k1).abs() / GAIN_LIMIT, 1.0);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Gate {
    q_frac: f64,
    #[serde(rename = "D")]
    displacement: f64,
    #[serde(rename = "L")]
    look_back: f64,
    opposed: bool,
    opposed_s: u64,
    #[serde(rename = "T")]
    trend: f64,
    urg: f64,
}

/// Opposition, the measured trend and urgency, row after row.
pub(super) fn opposed_gate(
    entries: &Value,
    group: &mut GroupResult,
) -> Result<(), serde_json::Error> {
    let config = TrendConfig::default();
    for rows in parse::<Vec<Vec<Gate>>>(entries)? {
        let mut opposed = false;
        for row in rows {
            let share = q24(row.q_frac);
            let displacement = Bps::from_ubps(micro(row.displacement));
            let look_back = Bps::from_ubps(micro(row.look_back));
            opposed = config.is_opposed(opposed, share, displacement);
            let trend = config.measured(displacement, look_back, opposed);
            group.same(&opposed, &row.opposed);
            group.close(from_micro(trend.ubps()), row.trend, TREND_LIMIT);
            let urgency = config.urgency(share, trend, row.opposed_s);
            group.close(real(urgency), row.urg, TREND_LIMIT);
        }
    }
    Ok(())
}

/// Counts a deviation as a share of what is wanted.
fn relative(group: &mut GroupResult, got: f64, want: f64, limit: f64) {
    group.within((got - want).abs() / want.abs().max(SMALL), limit);
}

/// A decimal of the file in billionths.
fn nano(value: f64) -> i64 {
    (value * 1e9).round() as i64
}

fn ms(seconds: f64) -> u64 {
    (seconds * 1e3).round() as u64
}

fn real(q: Q24) -> f64 {
    q.bits() as f64 / f64::from(Q24::BITS).exp2()
}

fn real_q44(bits: i64) -> f64 {
    bits as f64 / f64::from(Q44_BITS).exp2()
}

fn real_q60(q: Q60) -> f64 {
    q.bits() as f64 / f64::from(Q60::BITS).exp2()
}
