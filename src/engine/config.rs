//! The settings of an engine: each beside its use, gathered here.

use super::sizing::Sizing;
use crate::market::{CoinIx, Spec};
use crate::model::shape::{ShapeConfig, SizeConfig};
use crate::num::{Bps, Pos, Px, Q24, Usd};
use crate::risk::BudgetConfig;
use crate::risk::kill::KillConfig;

/// One in 44 fractional bits.
const Q44: i64 = 1 << 44;

/// What a person can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Config {
    /// The money the session may lose a part of; limits are shares of it.
    pub capital: Usd,
    /// The position limit, in multiples of the capital.
    pub multiple: u32,
    /// Distance between levels of a side.
    pub spacing: Bps,
    /// How much the sizes at the touch move fair from mid: 0 is mid, 1 is the micro-price.
    pub micro_weight: Q24,
    /// What the table is built from until the market has been measured.
    pub prior: Prior,
    /// Asymmetry, drift shift, floors.
    pub shape: ShapeConfig,
    /// Sizes and caps.
    pub size: SizeConfig,
    /// The kill switch.
    pub kill: KillConfig,
    /// The request budget.
    pub budget: BudgetConfig,
}

/// Parameters of the model that are believed before anything is measured (MODEL 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Prior {
    /// Risk aversion per basis point and lot, in 44 fractional bits.
    pub g_q44: i64,
    /// Decay of the fill intensity per basis point, in 44 fractional bits.
    pub kappa_q44: i64,
    /// Fill intensity at distance 0 per second, in 44 fractional bits.
    pub a_q44: i64,
    /// Volatility in basis points per square root of a second, in 44 fractional bits.
    pub sigma_q44: i64,
}

impl Default for Prior {
    fn default() -> Prior {
        Prior {
            g_q44: Q44 / 1_000,
            kappa_q44: Q44 / 100 * 35,
            a_q44: Q44 / 100 * 3,
            sigma_q44: Q44,
        }
    }
}

impl Default for Config {
    /// MODEL 8, with $100 of capital.
    fn default() -> Config {
        Config {
            capital: Usd::from_e8(100 * crate::num::unit::E8),
            multiple: 5,
            spacing: Bps::from_centi(250),
            micro_weight: Q24::ratio(7, 10),
            prior: Prior::default(),
            shape: ShapeConfig::default(),
            size: SizeConfig::default(),
            kill: KillConfig::default(),
            budget: BudgetConfig::default(),
        }
    }
}

/// Everything an engine begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Setup {
    /// The settings.
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
}
