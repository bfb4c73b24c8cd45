//! The settings of an engine: each beside its use, gathered here.

use super::sizing::Sizing;
use crate::market::spec::PERP_DECIMALS;
use crate::market::{CoinIx, Spec};
use crate::model::cascade::{CascadeConfig, FlowConfig};
use crate::model::drift::DriftConfig;
use crate::model::fair::FairConfig;
use crate::model::intensity::IntensityConfig;
use crate::model::shape::{ShapeConfig, SizeConfig};
use crate::model::trend::TrendConfig;
use crate::model::vol::VolConfig;
use crate::num::fix::Q44_ONE;
use crate::num::{Bps, Pos, Px, Qty, Usd};
use crate::risk::kill::KillConfig;
use crate::risk::{BudgetConfig, FlattenConfig, StopConfig};

/// What a person can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Config {
    /// The money the session may lose a part of; limits are shares of it.
    pub capital: Usd,
    /// The position limit, in multiples of the capital.
    pub multiple: u32,
    /// Distance between levels of a side.
    pub spacing: Bps,
    /// Risk aversion per basis point and lot, in 44 fractional bits.
    pub g_q44: i64,
    /// Constants of the fair price.
    pub fair: FairConfig,
    /// Volatility, and what is believed of it before it is measured.
    pub vol: VolConfig,
    /// Intensity of taker orders, and what is believed of it before it is measured.
    pub intensity: IntensityConfig,
    /// Constants of the drift filter.
    pub drift: DriftConfig,
    /// Trend, opposition and urgency.
    pub trend: TrendConfig,
    /// The fill-cascade detector of each side.
    pub cascade: CascadeConfig,
    /// The market-flow triggers of it.
    pub flow: FlowConfig,
    /// Asymmetry, drift shift, floors.
    pub shape: ShapeConfig,
    /// Constants of order sizes and caps.
    pub size: SizeConfig,
    /// Limits of the kill switch.
    pub kill: KillConfig,
    /// Constants of the request budget.
    pub budget: BudgetConfig,
    /// How a position is closed.
    #[serde(default)]
    pub flatten: FlattenConfig,
    /// How a session stops.
    #[serde(default = "StopConfig::keep")]
    pub stop: StopConfig,
}

impl Default for Config {
    /// MODEL 8, with $100 of capital.
    fn default() -> Config {
        Config {
            capital: Usd::from_e8(100 * crate::num::unit::E8),
            multiple: 5,
            spacing: Bps::from_centi(250),
            g_q44: Q44_ONE / 1_000,
            fair: FairConfig::default(),
            vol: VolConfig::default(),
            intensity: IntensityConfig::default(),
            drift: DriftConfig::default(),
            trend: TrendConfig::default(),
            cascade: CascadeConfig::default(),
            flow: FlowConfig::default(),
            shape: ShapeConfig::default(),
            size: SizeConfig::default(),
            kill: KillConfig::default(),
            budget: BudgetConfig::default(),
            flatten: FlattenConfig::default(),
            stop: StopConfig::default(),
        }
    }
}

/// Everything an engine begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Setup {
    /// The settings a person can change.
    pub config: Config,
    /// The coin it trades.
    pub coin: CoinIx,
    /// The rules of the instrument.
    pub spec: Spec,
    /// Position limit and order size.
    pub sizing: Sizing,
    /// Names this session's orders: differs from every session before.
    pub tag: u64,
    /// The position at the beginning.
    pub pos: Pos,
    /// The price at which that position is valued.
    pub mark: Px,
    /// The market of the same asset that fair looks at, too.
    #[serde(default)]
    pub reference: Option<CoinIx>,
    /// Whether it trades at a venue now: every metric must have a source, and the venue's own
    /// dead-man switch is used.
    #[serde(default)]
    pub live: bool,
}

impl Setup {
    /// A session that begins flat at a price, with nothing beside its market.
    #[must_use]
    pub fn flat(config: Config, spec: Spec, sizing: Sizing, mark: Px) -> Setup {
        let (coin, tag, pos) = (CoinIx(0), 1, Pos::FLAT);
        Setup { config, coin, spec, sizing, tag, pos, mark, reference: None, live: false }
    }

    /// What makes it impossible to trade with, if anything: a setup that was read from a file may say
    /// whatever it likes.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let Setup { config, sizing, spec, .. } = self;
        let rows = [
            (Usd::ZERO < config.capital, "its capital is not above zero"),
            (spec.sz_decimals <= PERP_DECIMALS, "its sizes have more decimals than prices"),
            (Qty::ZERO < sizing.lot, "its order size is not above zero"),
            (sizing.lot <= sizing.position_max, "its orders are larger than its position may be"),
            (Px::ZERO < self.mark, "its mark is not above zero"),
        ];
        rows.into_iter().find(|row| !row.0).map(|row| row.1)
    }
}
