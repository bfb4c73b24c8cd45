//! The named markets, and what each is made of.

use crate::num::unit::E8;
use crate::num::{Bps, Side};

/// A named synthetic market. The same seed gives the same prices and taker orders to everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scenario {
    /// The session of 24 February 2026: its prices and its taker orders, with random flow between.
    Feb24,
    /// 38 bps up in 25 minutes, in episodes, with two cascades.
    Trend,
    /// 38 bps down in 25 minutes, the mirror of the trend.
    TrendDown,
    /// 38 bps up and back.
    VShape,
    /// No drift, two cascades at random times and sides.
    Walk,
    /// A mean-reverting price without cascades.
    Calm,
    /// No drift, no cascades.
    Quiet,
    /// The trend with twice the lasting impact of taker orders.
    Toxic,
    /// The trend with high volatility and deep, frequent orders.
    Hot,
    /// The walk with a great deal of flow, and best prices that move in every block.
    Demo,
    /// The walk at the fees of the real account.
    Hyna,
}

/// How the efficient price moves, and where cascades strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathShape {
    /// No drift; with or without two cascades.
    Drift0 {
        cascades: bool,
    },
    /// Pulled back to its start.
    Reverting,
    /// Out to +-38 bps: the side of the takers that push it.
    Trend(Side),
    /// Out to +38 bps and back.
    OutAndBack,
    Recorded,
}

/// What a market is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScenarioParams {
    /// How the efficient price moves.
    pub(super) path: PathShape,
    /// Volatility per square root of a second.
    pub(super) sigma: Bps,
    /// Intensity of taker orders at distance 0, per second and side, in millionths.
    pub(super) a_micro: i64,
    /// Its decay per basis point, in millionths.
    pub(super) kappa_micro: i64,
    /// Lasting impact per basis point of reach, in millionths.
    pub(super) iota_micro: i64,
    /// Whether best prices move in every block.
    pub(super) restless: bool,
    pub(super) length_ms: i64,
}

/// Length of a session: 25 minutes.
const LENGTH_MS: i64 = 25 * 60_000;
/// Length of the recorded session: 13:24:02 to 13:49:39.
const FEB24_LENGTH_MS: i64 = (25 * 60 + 37) * 1_000;
/// The defaults of SCENARIOS 1.
const COMMON: ScenarioParams = ScenarioParams {
    path: PathShape::Drift0 { cascades: true },
    sigma: Bps::from_int(1),
    a_micro: 30_000,
    kappa_micro: 350_000,
    iota_micro: 220_000,
    restless: false,
    length_ms: LENGTH_MS,
};
/// The main dex, at its lowest tier.
const MAIN: ScenarioVenue = ScenarioVenue { dex: 0, coin: "HYPE", referral_discount_e8: 0 };
/// The dex of the real account, which had a referral discount of 4 %.
const HYNA: ScenarioVenue =
    ScenarioVenue { dex: 1, coin: "hyna:HYPE", referral_discount_e8: E8 / 25 };

/// Where a scenario plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScenarioVenue {
    /// The place of its dex.
    pub dex: usize,
    /// The full name of its coin.
    pub coin: &'static str,
    /// What fees are discounted by, in steps of 1e-8.
    pub referral_discount_e8: i64,
}

impl Scenario {
    /// Every named scenario there is.
    pub const ALL: [Scenario; 11] = [
        Scenario::Feb24,
        Scenario::Trend,
        Scenario::TrendDown,
        Scenario::VShape,
        Scenario::Walk,
        Scenario::Calm,
        Scenario::Quiet,
        Scenario::Toxic,
        Scenario::Hot,
        Scenario::Demo,
        Scenario::Hyna,
    ];

    /// Its name in commands and reports.
    pub const fn name(self) -> &'static str {
        self.row().0
    }

    /// The scenario of a name.
    ///
    /// ```
    /// use evenkeel::venue::Scenario;
    /// assert_eq!(Scenario::named("v-shape"), Some(Scenario::VShape));
    /// assert_eq!(Scenario::named("moon"), None);
    /// ```
    pub fn named(name: &str) -> Option<Scenario> {
        Scenario::ALL.into_iter().find(|scenario| scenario.name() == name)
    }

    /// Where it plays, which says what a maker and a taker pay.
    pub const fn venue(self) -> ScenarioVenue {
        self.row().1
    }

    /// How long one session lasts, in milliseconds. A world goes on after it with another session.
    pub fn length_ms(self) -> u64 {
        self.params().length_ms.unsigned_abs()
    }

    /// What it is made of.
    pub(super) const fn params(self) -> ScenarioParams {
        self.row().2
    }

    /// Name, venue and market: a row a scenario.
    const fn row(self) -> (&'static str, ScenarioVenue, ScenarioParams) {
        let up = PathShape::Trend(Side::Bid);
        match self {
            Scenario::Feb24 => {
                let (path, sigma) = (PathShape::Recorded, Bps::from_centi(150));
                let (a_micro, length_ms) = (COMMON.a_micro / 4, FEB24_LENGTH_MS);
                ("feb24", HYNA, ScenarioParams { path, sigma, a_micro, length_ms, ..COMMON })
            }
            Scenario::Trend => ("trend", MAIN, on(up)),
            Scenario::TrendDown => ("trend-down", MAIN, on(PathShape::Trend(Side::Ask))),
            Scenario::VShape => ("v-shape", MAIN, on(PathShape::OutAndBack)),
            Scenario::Walk => ("walk", MAIN, COMMON),
            Scenario::Calm => ("calm", MAIN, on(PathShape::Reverting)),
            Scenario::Quiet => ("quiet", MAIN, on(PathShape::Drift0 { cascades: false })),
            Scenario::Toxic => ("toxic", MAIN, ScenarioParams { iota_micro: 450_000, ..on(up) }),
            Scenario::Hot => {
                let (sigma, a_micro, kappa_micro) = (Bps::from_centi(250), 60_000, 200_000);
                ("hot", MAIN, ScenarioParams { sigma, a_micro, kappa_micro, ..on(up) })
            }
            Scenario::Demo => {
                let market = ScenarioParams { a_micro: 500_000, restless: true, ..COMMON };
                ("demo", MAIN, market)
            }
            Scenario::Hyna => ("hyna", HYNA, COMMON),
        }
    }
}

/// The common market on another path.
const fn on(path: PathShape) -> ScenarioParams {
    ScenarioParams { path, ..COMMON }
}
