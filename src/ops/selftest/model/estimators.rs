//! The estimators: moving means, variance, intensity, the filter, and the opposition to a trend.

use super::tally::GroupResult;
use super::units::{bps, ms, q24, q44, real, real_bps, real_q24, real_q44, real_q60, scaled};
use crate::model::drift::{DriftConfig, Filter, FilterTerms, Gains};
use crate::model::intensity::{Intensity, IntensityConfig};
use crate::model::trend::{TrendConfig, continuation_p};
use crate::model::vol::Variance;
use crate::num::ewma::keep;
use crate::num::{Bps, Ewma, Mono, Nanos, Q32, Q60};
use crate::ops::selftest::vector::{Misfit, Vector};

/// Tolerances of MODEL 6.5 for the filter.
const LEVEL_LIMIT: f64 = 1e-3;
const DRIFT_LIMIT: f64 = 1e-6;
const PROBABILITY_LIMIT: f64 = 1e-4;
/// Gains of the steady filter, which the file gives too; no tolerance is named for them.
const GAIN_LIMIT: f64 = 1e-7;
/// Micro basis points squared in one basis point squared.
const SQUARED: f64 = 1e12;
const NANO: f64 = 1e9;

/// Moving means over irregular times.
pub(super) fn ewma(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for case in file.list("ewma")? {
        let [tau, x0] = case.numbers(["tau", "x0"])?;
        let [x, dt, y] = [case.get::<Vec<f64>>("x")?, case.get("dt")?, case.get("y")?];
        let mut mean = Ewma::at(scaled(x0, NANO));
        for ((x, dt), want) in x.into_iter().zip(dt).zip(y) {
            mean.mix(scaled(x, NANO), keep(ms(dt), ms(tau)));
            group.relative(mean.value() as f64 / NANO, want);
        }
    }
    Ok(())
}

/// Realised and bipower variance, jumps, and both volatilities.
pub(super) fn volatility(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for case in file.list("volatility")? {
        let [dt, tau, noise_var] = case.numbers(["dt", "tau", "noise_var"])?;
        let (left, noise) = (keep(ms(dt), ms(tau)), scaled(noise_var, SQUARED));
        let mut variance = Variance::default();
        for (pair, want) in case.get::<Vec<f64>>("mid")?.windows(2).zip(case.list("out")?) {
            variance.on_return(bps(pair[1]) - bps(pair[0]), dt.round() as u32, noise, left);
            let got = variance.snapshot(noise);
            let [rv, jumps, risk, cont] =
                want.numbers(["rv", "jump_share", "sigma_risk", "sigma_cont"])?;
            group.relative(got.realised as f64 / SQUARED, rv);
            let bipower = want.get::<Option<f64>>("bv")?.unwrap_or(rv);
            group.relative(got.bipower as f64 / SQUARED, bipower);
            group.close(real_q24(got.jump_share()), jumps);
            group.relative(real_q44(got.risk_q44()), risk);
            group.relative(real_q44(got.continuous_q44()), cont);
        }
    }
    Ok(())
}

/// Decay and level of the arrival intensity after every taker order.
pub(super) fn intensity(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for case in file.list("intensity")? {
        let [tau, d0] = case.numbers(["tau", "d0"])?;
        let config =
            IntensityConfig { tau_ms: ms(tau), depth_min: bps(d0), ..IntensityConfig::default() };
        let mut now = Mono::START;
        let mut intensity = Intensity::new(config, now);
        let events = case.get::<Vec<(f64, f64)>>("events")?;
        for ((dt, depth), want) in events.into_iter().zip(case.get::<Vec<(f64, f64)>>("out")?) {
            now = now + Nanos::from_ns(scaled(dt, NANO) as u64);
            intensity.observe(now, bps(depth));
            let got = intensity.snapshot(now).estimate(&config);
            let got = got.map(|e| (real_q44(e.kappa_q44), real_q44(e.a_q44)));
            let (kappa, a) = got.unwrap_or((f64::NAN, f64::NAN));
            group.relative(kappa, want.0);
            // The product holds intensities in the domain of MODEL 1.1.
            group.relative(a, want.1.clamp(0.001, 10.0));
        }
    }
    Ok(())
}

/// Level, drift and continuation, each as a share of its own tolerance, and the steady gains.
pub(super) fn kalman(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for case in file.list("kalman")? {
        let [sigma, noise, drift_sd, tau] =
            case.inner("params").numbers(["sigma", "r", "s_mu", "tau_mu"])?;
        let config = DriftConfig {
            noise: bps(noise),
            prior_pbps: scaled(drift_sd, SQUARED),
            tau_ms: ms(tau),
        };
        let terms = FilterTerms::new(&config, Q60::from_q44(q44(sigma)));
        let wide = |z: f64| Q60::from_micro(bps(z).ubps());
        let [z, dt] = [case.get::<Vec<f64>>("z")?, case.get("dt")?];
        let mut at = Filter::start(z.first().map_or(Q60::ZERO, |z| wide(*z)), &terms);
        for ((z, dt), want) in z.into_iter().zip(dt).skip(1).zip(case.list("steps")?) {
            at = at.step(wide(z), ms(dt), &terms);
            let [level, drift, continuation] = want.numbers(["F", "M", "cont_p"])?;
            group.within(real_q60(at.level), level, LEVEL_LIMIT);
            group.within(real_q60(at.drift), drift, DRIFT_LIMIT);
            let sign = if at.drift < Q60::ZERO { -1 } else { 1 };
            let p = real_q24(continuation_p(Bps::from_int(sign), at.drift_in_sds()));
            group.within(p, continuation, PROBABILITY_LIMIT);
        }
        let gains = Gains::steady(&config, q44(sigma));
        let want = case.inner("steady_dt1").numbers(["k0", "k1"])?;
        for (got, want) in [gains.k0, gains.k1].into_iter().zip(want) {
            group.within(real(got.bits().into(), Q32::BITS), want, GAIN_LIMIT);
        }
    }
    Ok(())
}

/// Opposition, the measured trend and urgency, row after row.
pub(super) fn opposed_gate(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    let config = TrendConfig::default();
    for rows in file.list("opposed_gate")? {
        let mut opposed = false;
        for row in rows.items()? {
            let share = q24(row.get("q_frac")?);
            let [displacement, look_back] = row.numbers(["D", "L"])?.map(bps);
            opposed = config.is_opposed(opposed, share, displacement);
            let trend = config.measured(displacement, look_back, opposed);
            group.same(&opposed, &row.get("opposed")?);
            group.close(real_bps(trend), row.get("T")?);
            let urgency = config.urgency(share, trend, row.get("opposed_s")?);
            group.close(real_q24(urgency), row.get("urg")?);
        }
    }
    Ok(())
}
