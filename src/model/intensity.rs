//! Arrival intensity `A e^(-kappa d)` by decayed maximum likelihood (MODEL 2.4).

use crate::market::tape::Sweep;
use crate::model::glft::{A_DOMAIN, KAPPA_DOMAIN};
use crate::num::ewma::keep;
use crate::num::fix::q44;
use crate::num::func::{exp, ln};
use crate::num::{Bps, Ewma, Mono, Px, Q60, Qty};

/// Fractional bits of decayed sums.
const SUM_BITS: u32 = 32;
/// Micro basis points in one, and microseconds in a second.
const MICRO: i64 = 1_000_000;
/// Nanoseconds in a microsecond and in an hour.
const NS_PER_US: u64 = 1_000;
const NS_PER_HOUR: i128 = 3_600_000_000_000;

/// The constants of the estimator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IntensityConfig {
    /// Time constant of the sums.
    pub tau_ms: u64,
    /// `d0`: orders that reach less deep are not counted.
    pub depth_min: Bps,
    /// Orders that must be counted, decayed, before anything is published.
    pub count_min: u32,
    /// What is believed before.
    pub prior: Estimate,
    /// By which factor the published kappa may change in an hour, at most; 1 or more.
    pub kappa_per_hour: u32,
    /// By which factor the published intensity may; both are judgement, for cause 9 of Feb 24: an
    /// estimator that feeds on its own quotes must not collapse the spread within a session.
    pub a_per_hour: u32,
}

impl Default for IntensityConfig {
    /// MODEL 2.4 and 8.
    fn default() -> IntensityConfig {
        IntensityConfig {
            tau_ms: 600_000,
            depth_min: Bps::from_centi(50),
            count_min: 30,
            prior: Estimate { kappa_q44: q44(35, 100), a_q44: q44(3, 100) },
            kappa_per_hour: 2,
            a_per_hour: 10,
        }
    }
}

/// Decay of the intensity a basis point, and the intensity at fair a second; 44 fractional bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Estimate {
    /// The decay `kappa` a basis point, 44 fractional bits.
    pub kappa_q44: i64,
    /// The intensity `A` at fair a second, 44 fractional bits.
    pub a_q44: i64,
}

/// The sums over the taker orders of one market. Our own taker orders are not to be handed in.
#[derive(Clone, Copy, Debug)]
pub struct Intensity {
    config: IntensityConfig,
    seen: Mono,
    sums: Sums,
}

/// Decayed sums; a copy for the cold side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// `S0`: orders, 32 fractional bits.
    count: i128,
    /// `S1`: depth beyond `d0` in micro basis points, 32 fractional bits.
    depth: i128,
    /// `W`: time watched, in microseconds.
    watched: Ewma,
}

impl Intensity {
    /// Nothing was seen before `now`.
    #[must_use]
    pub fn new(config: IntensityConfig, now: Mono) -> Intensity {
        Intensity { config, seen: now, sums: Sums::default() }
    }

    /// Takes a taker order that met a market with fair price `fair`, if it would have filled `lot`.
    ///
    /// Its depth is the distance of its worst price from fair, on its side.
    pub fn on_sweep(&mut self, now: Mono, fair: Px, sweep: &Sweep, lot: Qty) {
        if lot <= sweep.qty {
            let above = fair.bps_to(sweep.worst).ubps();
            self.observe(now, Bps::from_ubps(above * sweep.taker.sign()));
        }
    }

    /// Takes a taker order that reached `depth`.
    pub fn observe(&mut self, now: Mono, depth: Bps) {
        self.pass(now);
        let beyond = depth.ubps() - self.config.depth_min.ubps();
        if 0 <= beyond {
            self.sums.count += 1 << SUM_BITS;
            self.sums.depth += i128::from(beyond) << SUM_BITS;
        }
    }

    /// The sums as of `now`, for the cold side.
    pub fn snapshot(&mut self, now: Mono) -> Sums {
        self.pass(now);
        self.sums
    }

    /// Lets the sums decay up to `now`.
    fn pass(&mut self, now: Mono) {
        let dt_us = now.since(self.seen).ns() / NS_PER_US;
        if dt_us == 0 {
            return;
        }
        let tau_us = self.config.tau_ms * NS_PER_US;
        let left = keep(dt_us, tau_us);
        let sums = &mut self.sums;
        // In two halves: the plain product of a deep market's sum and a weight has too many bits.
        sums.count = Q60::from_bits(sums.count).mul_round(left).bits();
        sums.depth = Q60::from_bits(sums.depth).mul_round(left).bits();
        sums.watched.mix(i64::try_from(tau_us).expect("hours at most"), left);
        self.seen = now;
    }
}

impl Sums {
    /// `kappa = S0/S1` and `A = (S0/W) e^(kappa d0)`, in the domain of MODEL 1.1; none before
    /// anything was counted. Cold.
    ///
    /// Relative error below 1e-6; checked by `ops::selftest::model`.
    #[must_use]
    pub fn estimate(&self, config: &IntensityConfig) -> Option<Estimate> {
        let watched = i128::from(self.watched.value());
        if self.count == 0 || watched == 0 {
            return None;
        }
        let (low, high) = KAPPA_DOMAIN;
        let kappa_q44 = if self.depth == 0 {
            high
        } else {
            // Per micro basis point first: the sums are too wide for more bits at once. One of 4 a
            // basis point is outside the domain; held there so that it scales.
            let most = Q60::ratio(4, i128::from(MICRO));
            let decay = Q60::ratio(self.count, self.depth).min(most);
            decay.mul_int(MICRO).q44().clamp(low, high)
        };
        let at_edge =
            exp(Q60::from_q44(kappa_q44).mul_round(Q60::from_micro(config.depth_min.ubps())));
        let rate = Q60::from_bits(self.count << (Q60::BITS - SUM_BITS)).mul_int(MICRO);
        let rate = Q60::from_bits(rate.bits() / watched);
        let a_q44 = rate.mul_round(at_edge).q44().clamp(A_DOMAIN.0, A_DOMAIN.1);
        Some(Estimate { kappa_q44, a_q44 })
    }

    /// Whether enough was counted to publish.
    #[must_use]
    pub fn is_enough(&self, config: &IntensityConfig) -> bool {
        i128::from(config.count_min) << SUM_BITS <= self.count
    }
}

/// What tables are built from: the prior, then the estimate at a bounded rate.
#[derive(Clone, Copy, Debug)]
pub struct Published {
    at: Estimate,
    since: Mono,
}

impl Published {
    /// Begins with the prior.
    #[must_use]
    pub fn new(config: &IntensityConfig, now: Mono) -> Published {
        Published { at: config.prior, since: now }
    }

    /// Moves toward what `sums` say, no faster than allowed; stays while they are too few. Cold.
    pub fn approach(&mut self, now: Mono, sums: &Sums, config: &IntensityConfig) -> Estimate {
        let dt_ns = i128::from(now.since(self.since).ns());
        self.since = now;
        let estimate = sums.estimate(config).filter(|_| sums.is_enough(config));
        if let Some(estimate) = estimate {
            let bounded = |from, to, per_hour| step_toward(from, to, reach(dt_ns, per_hour));
            self.at = Estimate {
                kappa_q44: bounded(self.at.kappa_q44, estimate.kappa_q44, config.kappa_per_hour),
                // Orders of both sides are counted; a quote stands on one.
                a_q44: bounded(self.at.a_q44, estimate.a_q44 / 2, config.a_per_hour),
            };
        }
        self.at
    }
}

/// By which factor a value may move in `dt_ns`, at most: `per_hour^(dt/hour)`; a day's worth at most.
fn reach(dt_ns: i128, per_hour: u32) -> Q60 {
    let hours = Q60::ratio(dt_ns.min(NS_PER_HOUR), NS_PER_HOUR);
    exp(ln(Q60::from_int(i64::from(per_hour.max(1)))).mul_round(hours))
}

/// `to`, or as near to it as one factor of `reach` brings `from`.
fn step_toward(from: i64, to: i64, reach: Q60) -> i64 {
    let wide = Q60::from_q44(from);
    to.clamp(wide.div_trunc(reach).q44(), wide.mul_round(reach).q44())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::fix::Q44_ONE;
    use crate::num::unit::E8;
    use crate::num::{Nanos, Side, WallMs};

    fn second(s: u64) -> Mono {
        Mono::START + Nanos::from_secs(s)
    }

    fn real(q44: i64) -> f64 {
        q44 as f64 / Q44_ONE as f64
    }

    #[test]
    fn an_hour_of_deep_orders_is_no_number_too_large() {
        let mut seen = Intensity::new(IntensityConfig::default(), second(0));
        for order in 1..=20_000u64 {
            let at = Mono::START + Nanos::from_ns(order * 100_000_000);
            seen.observe(at, Bps::from_int(900));
        }
        let sums = seen.snapshot(second(2_001));
        assert!(sums.estimate(&IntensityConfig::default()).is_some(), "{sums:?}");
    }

    #[test]
    fn depth_is_measured_on_the_takers_side_and_small_orders_do_not_count() {
        let (fair, lot) = (Px::from_e8(100 * E8), Qty::from_e8(E8));
        // taker, worst price in 1/100 bps from fair, coins, counted
        let rows = [
            (Side::Bid, 300, 1, true),
            (Side::Ask, -300, 1, true),
            (Side::Bid, -300, 1, false),
            (Side::Ask, 300, 1, false),
            (Side::Bid, 49, 1, false),
            (Side::Bid, 50, 1, true),
            (Side::Bid, 300, 0, false),
        ];
        for (taker, centi, coins, counted) in rows {
            let worst = fair.shifted(Bps::from_centi(centi));
            let qty = Qty::from_e8(coins * E8);
            let sweep = Sweep { venue: WallMs::from_ms(1), taker, first: fair, worst, qty };
            let mut intensity = Intensity::new(IntensityConfig::default(), second(0));
            intensity.on_sweep(second(1), fair, &sweep, lot);
            let got = intensity.snapshot(second(1)).count;
            assert_eq!(got != 0, counted, "{taker:?} to {centi}/100 bps, {coins} coins");
        }
    }

    #[test]
    fn silence_lowers_the_intensity_but_not_the_decay() {
        let mut intensity = Intensity::new(IntensityConfig::default(), second(0));
        (1..=600).for_each(|s| intensity.observe(second(s), Bps::from_int(3)));
        let config = IntensityConfig::default();
        let busy = intensity.snapshot(second(600)).estimate(&config).expect("many were counted");
        // One a second at 2.5 bps beyond d0: kappa = 0.4, A = e^0.2.
        assert!((real(busy.kappa_q44) - 0.4).abs() < 1e-9, "{busy:?}");
        assert!((real(busy.a_q44) - 0.2f64.exp()).abs() < 1e-2, "{busy:?}");
        let still = intensity.snapshot(second(1_200)).estimate(&config).expect("still known");
        assert!((still.kappa_q44 - busy.kappa_q44).abs() < 100, "{still:?} {busy:?}");
        assert!(still.a_q44 < busy.a_q44 / 2);
    }

    #[test]
    fn publication_starts_at_30_orders_and_keeps_its_pace() {
        let config = IntensityConfig::default();
        let mut intensity = Intensity::new(config, second(0));
        let mut published = Published::new(&config, second(0));
        (0..29).for_each(|_| intensity.observe(second(0), Bps::from_int(1)));
        let few = published.approach(second(1), &intensity.snapshot(second(1)), &config);
        assert_eq!(few, config.prior, "29 are not enough");
        // kappa is 2 by these: from 0.35 at most by a factor of 2 in an hour.
        for s in 2..=3_601 {
            intensity.observe(second(s), Bps::from_int(1));
            published.approach(second(s), &intensity.snapshot(second(s)), &config);
        }
        let kappa = real(published.at.kappa_q44);
        assert!((kappa - 0.7).abs() < 1e-3, "after an hour: {kappa}");
        assert!(published.at.a_q44 <= 10 * config.prior.a_q44);
        for s in 3_602..9_200 {
            intensity.observe(second(s), Bps::from_int(1));
            published.approach(second(s), &intensity.snapshot(second(s)), &config);
        }
        assert!((real(published.at.kappa_q44) - 2.0).abs() < 1e-9, "it arrives");
    }
}
