//! The measured trend, whether our position opposes it, and how pressing that is (MODEL 2.6).
//! Positive is upward for every signal, and long for the position.

use crate::num::ewma::keep;
use crate::num::fix::div_round;
use crate::num::func::phi;
use crate::num::{Bps, Ewma, Q24, Q60};

/// Seconds the look-back reaches, one value each.
const LOOK_BACK: usize = 1_024;
/// Nano basis points in a micro basis point.
const NANO: i128 = 1_000;
/// Milliseconds between two steps.
const STEP_MS: u64 = 1_000;
/// Urgency is out of five, and its three parts weigh 2, 2 and 1.
const PART: Q24 = Q24::from_bits(2 << Q24::BITS);

/// The constants of MODEL 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TrendConfig {
    /// Time constant of the mean the displacement is measured from.
    pub mean_ms: u64,
    /// Displacement from which a trend can be opposed.
    pub enter: Bps,
    /// Displacement from which it still is.
    pub leave: Bps,
    /// Share of the position limit from which a position can oppose.
    pub enter_share: Q24,
    /// Share from which it still does.
    pub leave_share: Q24,
    /// Share of the position limit that is fully urgent.
    pub urgent_share: Q24,
    /// Trend that is fully urgent.
    pub urgent_trend: Bps,
    /// Seconds of opposition that are fully urgent.
    pub urgent_s: u64,
}

impl Default for TrendConfig {
    /// MODEL 2.6 and 8.
    fn default() -> TrendConfig {
        TrendConfig {
            mean_ms: 300_000,
            enter: Bps::from_int(8),
            leave: Bps::from_int(4),
            enter_share: Q24::ratio(150, 1_000),
            leave_share: Q24::ratio(75, 1_000),
            urgent_share: Q24::ratio(1, 2),
            urgent_trend: Bps::from_int(20),
            urgent_s: 180,
        }
    }
}

/// What is believed about the trend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrendState {
    /// `D`: the level above its mean.
    pub displacement: Bps,
    /// `Lb`: the level above that of 1024 seconds ago, or of the beginning.
    pub look_back: Bps,
    /// `T`: the measured trend.
    pub trend: Bps,
    /// Whether the position opposes it.
    pub opposed: bool,
    /// Seconds since it last began to; 0 if it does not.
    pub opposed_s: u64,
    /// How pressing it is, 0 to 5.
    pub urgency: Q24,
}

/// The measurement, stepped once a second.
///
/// Invariant: `ring[next]` is the oldest of `len` levels, once `len` is 1024.
#[derive(Clone, Debug)]
pub struct Trend {
    config: TrendConfig,
    keep: Q60,
    mean: Ewma,
    ring: [i64; LOOK_BACK],
    next: usize,
    len: usize,
    opposed_since_ms: u64,
    at: TrendState,
}

impl Trend {
    /// Nothing was seen yet.
    #[must_use]
    pub fn new(config: TrendConfig) -> Trend {
        Trend {
            config,
            keep: keep(STEP_MS, config.mean_ms),
            mean: Ewma::default(),
            ring: [0; LOOK_BACK],
            next: 0,
            len: 0,
            opposed_since_ms: 0,
            at: TrendState::default(),
        }
    }

    /// Takes the second's level in nano basis points, and the signed share of the position limit.
    pub fn step(&mut self, now_ms: u64, level_nbps: i64, share: Q24) -> TrendState {
        let displacement = self.displace(level_nbps);
        let look_back = self.look_back(level_nbps);
        let config = &self.config;
        let opposed = config.is_opposed(self.at.opposed, share, displacement);
        if opposed && !self.at.opposed {
            self.opposed_since_ms = now_ms;
        }
        let lasted_ms = now_ms.saturating_sub(self.opposed_since_ms);
        let opposed_s = if opposed { lasted_ms / STEP_MS } else { 0 };
        let trend = config.measured(displacement, look_back, opposed);
        let urgency = config.urgency(share, trend, opposed_s);
        self.at = TrendState { displacement, look_back, trend, opposed, opposed_s, urgency };
        self.at
    }

    /// What was last believed.
    #[must_use]
    pub fn at(&self) -> TrendState {
        self.at
    }

    fn displace(&mut self, level_nbps: i64) -> Bps {
        if self.len == 0 {
            self.mean = Ewma::at(level_nbps);
        }
        self.mean.mix(level_nbps, self.keep);
        above(level_nbps, self.mean.value())
    }

    fn look_back(&mut self, level_nbps: i64) -> Bps {
        let oldest = match self.len {
            0 => level_nbps,
            LOOK_BACK => self.ring[self.next],
            _ => self.ring[0],
        };
        self.ring[self.next] = level_nbps;
        self.next = (self.next + 1) % LOOK_BACK;
        self.len = (self.len + 1).min(LOOK_BACK);
        above(level_nbps, oldest)
    }
}

impl TrendConfig {
    /// Whether a position of `share` opposes a displacement, having opposed it `before` or not.
    #[must_use]
    pub fn is_opposed(&self, before: bool, share: Q24, displacement: Bps) -> bool {
        let least = if before { self.leave_share } else { self.enter_share };
        share.bits().signum() * displacement.ubps().signum() < 0
            && least <= share.abs()
            && self.threshold(before) <= displacement.abs()
    }

    /// The measured trend: the longer look-back where the displacement confirms it.
    #[must_use]
    pub fn measured(&self, displacement: Bps, look_back: Bps, opposed: bool) -> Bps {
        let agree = 0 < displacement.ubps().signum() * look_back.ubps().signum();
        let confirmed = self.threshold(opposed) <= displacement.abs();
        if confirmed && agree && displacement.abs() < look_back.abs() {
            look_back
        } else {
            displacement
        }
    }

    /// `5 (0.4 |x|/0.5 + 0.4 |T|/20 + 0.2 t/180)`, each share at most 1: 0 to 5.
    #[must_use]
    pub fn urgency(&self, share: Q24, trend: Bps, opposed_s: u64) -> Q24 {
        let size = part(share.abs().bits(), self.urgent_share.bits());
        let reach = part(trend.abs().ubps(), self.urgent_trend.ubps());
        let seconds = |s: u64| i64::try_from(s).unwrap_or(i64::MAX);
        PART.times(size) + PART.times(reach) + part(seconds(opposed_s), seconds(self.urgent_s))
    }

    fn threshold(&self, opposed: bool) -> Bps {
        if opposed { self.leave } else { self.enter }
    }
}

/// The probability that the trend goes on: `Phi(sign(T) M / sd(M))`, with the drift in standard
/// deviations of it.
#[must_use]
pub fn continuation_p(trend: Bps, drift_in_sds: Q24) -> Q24 {
    phi(if trend < Bps::ZERO { -drift_in_sds } else { drift_in_sds })
}

/// The share `got/full`, at most 1.
fn part(got: i64, full: i64) -> Q24 {
    if full <= got { Q24::ONE } else { Q24::ratio(got, full) }
}

/// How far one level in nano basis points lies above another.
fn above(level_nbps: i64, from_nbps: i64) -> Bps {
    let gap = div_round(i128::from(level_nbps) - i128::from(from_nbps), NANO);
    Bps::from_ubps(i64::try_from(gap).expect("smaller than what it was made of"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One basis point in nano basis points.
    const NBPS: i64 = 1_000_000_000;

    fn run(levels: impl Iterator<Item = i64>, share: Q24) -> TrendState {
        let mut trend = Trend::new(TrendConfig::default());
        (0..)
            .zip(levels)
            .fold(TrendState::default(), |_, (s, nbps)| trend.step(s * 1_000, nbps, share))
    }

    #[test]
    fn a_steady_rise_is_measured_in_full_and_opposed_by_shorts() {
        // 38 bps in 25 minutes: after 1024 s and more, the look-back holds 1024/1500 of it.
        let rise = |s: i64| s * 38 * NBPS / 1_500;
        let short = run((0..1_500).map(rise), Q24::ratio(-45, 100));
        assert!((short.look_back.ubps() - 25_941_333).abs() < 10, "{short:?}");
        // The mean lags by 300 s of slope less what has not built up: 7.55 bps.
        let lag = 38.0 / 1_500.0 * 300.0 * (1.0 - (-5.0f64).exp());
        assert!((short.displacement.ubps() as f64 / 1e6 - lag).abs() < 0.02, "{short:?}");
        let steeper = run((0..1_500).map(|s| 2 * rise(s)), Q24::ratio(-45, 100));
        assert!(steeper.opposed && steeper.trend == steeper.look_back, "{steeper:?}");
        let long = run((0..1_500).map(|s| 2 * rise(s)), Q24::ratio(45, 100));
        assert!(!long.opposed && long.opposed_s == 0);
    }

    #[test]
    fn the_look_back_uses_the_oldest_there_is() {
        let steps = |n: i64| run((0..n).map(|s| s * NBPS), Q24::ZERO).look_back;
        for (n, want) in [(1, 0), (2, 1), (1_024, 1_023), (1_025, 1_024), (3_000, 1_024)] {
            assert_eq!(steps(n), Bps::from_int(want), "after {n} steps");
        }
    }

    #[test]
    fn opposition_has_hysteresis() {
        let config = TrendConfig::default();
        let bps = Bps::from_centi;
        // what, before, share in 1/1000, displacement in 1/100 bps, want
        let rows = [
            ("both on the dot", false, -150, 800, true),
            ("a bit too small", false, -149, 800, false),
            ("a bit too little", false, -150, 799, false),
            ("half is enough to stay", true, -75, 400, true),
            ("less is not", true, -74, 400, false),
            ("nor a smaller trend", true, -75, 399, false),
            ("with the trend", true, 500, 900, false),
            ("flat", true, 0, 900, false),
            ("long in a fall", false, 150, -800, true),
        ];
        for (what, before, share, displacement, want) in rows {
            let got = config.is_opposed(before, Q24::ratio(share, 1_000), bps(displacement));
            assert_eq!(got, want, "{what}");
        }
    }

    proptest! {
        #[test]
        fn mirror_images_agree(x in -1i64 << 24..1 << 24, d in -90_000_000i64..90_000_000, l in -90_000_000i64..90_000_000, s in 0u64..400, was: bool) {
            let config = TrendConfig::default();
            let (share, d, l) = (Q24::from_bits(x), Bps::from_ubps(d), Bps::from_ubps(l));
            let opposed = config.is_opposed(was, share, d);
            prop_assert_eq!(opposed, config.is_opposed(was, -share, -d));
            let trend = config.measured(d, l, opposed);
            prop_assert_eq!(-trend, config.measured(-d, -l, opposed));
            let urgency = config.urgency(share, trend, s);
            prop_assert!(Q24::ZERO <= urgency && urgency <= Q24::ratio(5, 1));
            prop_assert!(urgency <= config.urgency(share, trend, s + 9));
            prop_assert_eq!(continuation_p(trend, share) + continuation_p(-trend, share),
                if trend == Bps::ZERO { continuation_p(trend, share) + continuation_p(trend, share) } else { Q24::ONE });
        }
    }
}
