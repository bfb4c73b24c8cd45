//! Fair price from the top of the book and a reference market (MODEL 2.1).

use crate::market::Level;
use crate::num::ewma::keep;
use crate::num::fix::div_round;
use crate::num::{Bps, Ewma, Offset, Px, Q24, Qty, Side};

/// The basis is averaged at most this often: book updates come in bursts.
const BASIS_STEP_MS: u64 = 250;
/// The running median moves by this part of itself an observation.
const MEDIAN_STEP: i64 = 64;

/// The constants of MODEL 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FairConfig {
    /// How far fair follows the sizes at the touch, from mid to micro price.
    pub theta: Q24,
    /// Sizes count up to this many times their running median.
    pub size_cap: i64,
    /// The weight of the reference market while it is fresh.
    pub reference_weight: Q24,
    /// A reference older than this has no weight.
    pub reference_age_ms: u64,
    /// Time constant of the basis.
    pub basis_ms: u64,
}

impl Default for FairConfig {
    /// The constants of MODEL 2.1.
    fn default() -> FairConfig {
        FairConfig {
            theta: Q24::ratio(7, 10),
            size_cap: 10,
            reference_weight: Q24::ratio(1, 2),
            reference_age_ms: 1_000,
            basis_ms: 300_000,
        }
    }
}

/// The price of the liquid market of the same asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its fair or mid price.
    pub px: Px,
    /// When we learned it, by our clock.
    pub at_ms: u64,
}

/// What fair was made of, for the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FairState {
    /// The fair price, within the spread.
    pub fair: Px,
    /// What the book alone says.
    pub own: Px,
    /// How far our market stands above the reference, averaged; none before one was seen.
    pub basis: Option<Bps>,
    /// Whether the reference had weight.
    pub referenced: bool,
}

/// The estimator: a running median of sizes and the basis.
#[derive(Clone, Copy, Debug)]
pub struct Fair {
    config: FairConfig,
    median: i64,
    basis: Option<Basis>,
}

#[derive(Clone, Copy, Debug)]
struct Basis {
    mean: Ewma,
    at_ms: u64,
}

impl Fair {
    /// Nothing was seen yet.
    #[must_use]
    pub fn new(config: FairConfig) -> Fair {
        Fair { config, median: 0, basis: None }
    }

    /// Fair between the best levels `bid` and `ask`, which must not be crossed.
    ///
    /// Off by less than one step of 1e-8 and one micro bps; checked by `fair_is_that_of_floats`.
    pub fn step(
        &mut self,
        now_ms: u64,
        bid: &Level,
        ask: &Level,
        reference: Option<&Reference>,
    ) -> FairState {
        let sizes = [bid, ask].map(|level| self.sized(level.qty));
        let own = self.config.own(bid.px, ask.px, sizes);
        let fresh = reference.filter(|r| {
            Px::ZERO < r.px && now_ms.saturating_sub(r.at_ms) <= self.config.reference_age_ms
        });
        let fair = match fresh {
            None => own,
            Some(reference) => {
                let basis = self.average(now_ms, reference.px.bps_to(own));
                let there = reference.px.shifted(basis);
                let by = self.config.reference_weight.scale((there - own).e8());
                (own + Offset::from_e8(by)).clamp(bid.px, ask.px)
            }
        };
        let basis = self.basis.map(|basis| Bps::from_ubps(basis.mean.value()));
        FairState { fair, own, basis, referenced: fresh.is_some() }
    }

    /// A size, capped by the median that it then moves.
    fn sized(&mut self, qty: Qty) -> i64 {
        let size = qty.e8();
        if self.median == 0 {
            self.median = size;
        }
        let capped = size.min(self.median.saturating_mul(self.config.size_cap));
        let by = (self.median / MEDIAN_STEP).max(1);
        self.median += by * (size - self.median).signum();
        capped
    }

    /// The averaged basis, after it took `seen`.
    fn average(&mut self, now_ms: u64, seen: Bps) -> Bps {
        let basis = self.basis.get_or_insert(Basis { mean: Ewma::at(seen.ubps()), at_ms: now_ms });
        let dt_ms = now_ms.saturating_sub(basis.at_ms);
        if BASIS_STEP_MS <= dt_ms {
            basis.mean.mix(seen.ubps(), keep(dt_ms, self.config.basis_ms));
            basis.at_ms = now_ms;
        }
        Bps::from_ubps(basis.mean.value())
    }
}

impl FairConfig {
    /// `clamp(mid + theta (micro - mid), bid, ask)`, micro leaning away from the larger size.
    fn own(&self, bid: Px, ask: Px, sizes: [i64; 2]) -> Px {
        let [ours, theirs] = Side::BOTH.map(|side| i128::from(sizes[side.index()].max(1)));
        let spread = i128::from((ask - bid).e8());
        // (bid V_a + ask V_b)/(V_a + V_b) lies spread V_b/(V_a + V_b) above the bid.
        let above_bid = div_round(spread * ours, ours + theirs);
        let micro = bid + Offset::from_e8(i64::try_from(above_bid).expect("within the spread"));
        let mid = bid.mid(ask);
        let lean = self.theta.scale((micro - mid).e8());
        (mid + Offset::from_e8(lean)).clamp(bid, ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::unit::E8;
    use proptest::prelude::*;

    fn level(px: i64, qty: i64) -> Level {
        Level { px: Px::from_e8(px), qty: Qty::from_e8(qty), count: 1 }
    }

    fn own(bid: (i64, i64), ask: (i64, i64)) -> i64 {
        let mut fair = Fair::new(FairConfig::default());
        fair.step(0, &level(bid.0, bid.1), &level(ask.0, ask.1), None).fair.e8()
    }

    #[test]
    fn fair_leans_away_from_the_larger_size() {
        let rows = [
            ("equal sizes", (3_000, 5), (3_100, 5), 3_050),
            ("a strong bid lifts it", (3_000, 15), (3_100, 5), 3_068),
            ("a strong ask presses it", (3_000, 5), (3_100, 15), 3_032),
            ("ten times the median is the most", (3_000, 5), (3_100, 5_000), 3_021),
        ];
        for (what, bid, ask, want) in rows {
            assert!((own(bid, ask) - want).abs() <= 1, "{what}: {}", own(bid, ask));
        }
    }

    #[test]
    fn a_fresh_reference_pulls_and_a_stale_one_does_not() {
        let mut fair = Fair::new(FairConfig::default());
        let (bid, ask) = (level(30 * E8, E8), level(30 * E8 + E8 / 100, E8));
        let mid = 30 * E8 + E8 / 200;
        let at = |px: i64, at_ms: u64| Reference { px: Px::from_e8(px), at_ms };
        let first = fair.step(0, &bid, &ask, Some(&at(29 * E8, 0)));
        assert_eq!(first.fair.e8(), mid, "the first basis explains the whole gap");
        // Up by 1 bps there: half of 0.003 here, the basis barely moves.
        let pulled = fair.step(100, &bid, &ask, Some(&at(29 * E8 + 29 * E8 / 10_000, 100)));
        assert!((pulled.fair.e8() - mid - 150_000).abs() < 100, "{pulled:?}");
        let far = fair.step(200, &bid, &ask, Some(&at(30 * E8, 200)));
        assert_eq!(far.fair, ask.px, "never beyond the touch");
        for (what, reference) in [
            ("older than a second", Some(at(30 * E8, 200))),
            ("absent", None),
            ("no price", Some(at(0, 1_300))),
        ] {
            let got = fair.step(1_201, &bid, &ask, reference.as_ref());
            assert!(got.fair.e8() == mid && !got.referenced, "{what}: {got:?}");
        }
    }

    #[test]
    fn the_basis_follows_slowly() {
        let mut fair = Fair::new(FairConfig::default());
        let (bid, ask) = (level(30 * E8, E8), level(30 * E8 + 2, E8));
        let mut step = |now_ms: u64, px: i64| {
            let reference = Reference { px: Px::from_e8(px), at_ms: now_ms };
            fair.step(now_ms, &bid, &ask, Some(&reference)).basis.expect("seen").ubps()
        };
        assert_eq!(step(0, 30 * E8 + 1), 0);
        let after = (1..=1_200).map(|turn| step(turn * 250, 30 * E8 - 30 * E8 / 1_000)).last();
        // A basis of 10.01 bps, 63 % of it after one time constant.
        assert!((after.expect("many") - 6_327_000).abs() < 3_000, "{after:?}");
    }

    proptest! {
        #[test]
        fn fair_is_that_of_floats(bid in 1_000_000i64..1 << 40, spread in 1i64..1 << 30, a in 1i64..1 << 50, b in 1i64..1 << 50) {
            let got = own((bid, a), (bid + spread, b));
            // The first size is the median; the second moves against it, capped.
            let (a, b) = (a as f64, (b as f64).min(10.0 * a as f64));
            let micro = spread as f64 * a / (a + b);
            let want = 0.5 * spread as f64 + 0.7 * (micro - 0.5 * spread as f64);
            prop_assert!(((got - bid) as f64 - want).abs() <= 2.0 + 1e-6 * spread as f64, "{} {want}", got - bid);
            prop_assert!(bid <= got && got <= bid + spread);
        }
    }
}
