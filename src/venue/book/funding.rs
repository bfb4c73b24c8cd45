//! The funding rate of a market (PROTOCOL 12.3).

use crate::num::fix::div_round;
use crate::num::{Bps, Px, WallMs};
use crate::venue::recent::keep;
use std::collections::VecDeque;

/// Between samples of the premium.
const SAMPLE_MS: u64 = 5_000;
/// Interest of eight hours: 1 bp.
const INTEREST: Bps = Bps::from_int(1);
/// How far interest may pull the premium.
const CLAMP: Bps = Bps::from_int(5);
/// Hours that the formula's rate is for.
const FORMULA_HOURS: i64 = 8;
/// The highest rate of an hour: 4 %.
const RATE_MAX: Bps = Bps::from_int(400);
/// Past hours of funding kept a market.
const HOURS_KEPT: usize = 500;

/// Funding of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FundingView {
    /// The full hour at which it was paid.
    pub at: WallMs,
    /// Rate of the hour.
    pub rate: Bps,
    /// Average premium of the hour.
    pub premium: Bps,
}

/// The running premium of a market.
#[derive(Debug)]
pub(crate) struct Premium {
    builder: bool,
    sum_ubps: i64,
    samples: i64,
    next: WallMs,
    /// Past hours, oldest first.
    pub(crate) hours: VecDeque<FundingView>,
}

impl Premium {
    /// Nothing sampled yet; builder dexes have a formula of their own.
    pub(crate) fn new(builder: bool, start: WallMs) -> Premium {
        Premium { builder, sum_ubps: 0, samples: 0, next: start, hours: VecDeque::new() }
    }

    /// Whether a sample is due.
    pub(crate) fn due(&self, at: WallMs) -> bool {
        self.next <= at
    }

    /// Adds the premium at `at` to the hour's average.
    pub(crate) fn sample(&mut self, at: WallMs, impact: Option<[Px; 2]>, oracle: Px) {
        self.next = at.plus_ms(SAMPLE_MS);
        if let Some(premium) = self.now(impact, oracle) {
            self.sum_ubps += premium.ubps();
            self.samples += 1;
        }
    }

    /// The premium of this moment over the oracle.
    pub(crate) fn now(&self, impact: Option<[Px; 2]>, oracle: Px) -> Option<Bps> {
        let [bid, ask] = impact?;
        if oracle <= Px::ZERO {
            return None;
        }
        let (below, above) = (oracle.bps_to(bid).ubps(), oracle.bps_to(ask).ubps());
        Some(Bps::from_ubps(match self.builder {
            true => i64::midpoint(below, above),
            false => below.max(0) - (-above).max(0),
        }))
    }

    /// The hour's rate as far as it is known.
    pub(crate) fn rate(&self) -> Bps {
        let mean = self.mean().ubps();
        let pull = (INTEREST.ubps() - mean).clamp(-CLAMP.ubps(), CLAMP.ubps());
        let rate = div_round(i128::from(mean + pull), i128::from(FORMULA_HOURS));
        let rate = i64::try_from(rate).expect("an eighth is smaller than the whole");
        Bps::from_ubps(rate.clamp(-RATE_MAX.ubps(), RATE_MAX.ubps()))
    }

    /// Ends the hour at `at` and gives its rate.
    pub(crate) fn close(&mut self, at: WallMs) -> Bps {
        let (rate, premium) = (self.rate(), self.mean());
        (self.sum_ubps, self.samples) = (0, 0);
        keep(&mut self.hours, FundingView { at, rate, premium }, HOURS_KEPT);
        rate
    }

    /// The average premium of the hour.
    fn mean(&self) -> Bps {
        match self.samples {
            0 => Bps::ZERO,
            n => Bps::from_ubps(self.sum_ubps / n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::unit::E8;

    #[test]
    fn the_rate_is_an_eighth_of_premium_and_interest() {
        let at = WallMs::from_ms(0);
        let px = |cents: i64| Px::from_e8(cents * (E8 / 100));
        // what, builder, impact bid, impact ask, rate in ubps
        let rows = [
            ("around the oracle", false, 9_999, 10_001, 125_000),
            ("20 bps above", false, 10_020, 10_021, 1_875_000),
            ("20 bps below", false, 9_979, 9_980, -1_875_000),
            ("the middle 20 bps above", true, 10_019, 10_021, 1_875_000),
            ("beyond the cap", true, 15_000, 15_000, 400_000_000),
        ];
        for (what, builder, bid, ask, want) in rows {
            let mut premium = Premium::new(builder, at);
            premium.sample(at, Some([px(bid), px(ask)]), px(10_000));
            assert_eq!(premium.rate().ubps(), want, "{what}");
            assert_eq!(premium.close(at).ubps(), want, "{what}");
            assert_eq!(premium.rate().ubps(), 125_000, "{what}: a fresh hour has the interest");
        }
    }
}
