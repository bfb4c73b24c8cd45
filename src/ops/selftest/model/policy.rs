//! From table to quotes: the drift shift and the whole composition.

use super::{GroupResult, fixed, from_micro, lattice, micro, parse, q24};
use crate::market::Table;
use crate::model::glft::{half_spread, look_up};
use crate::model::shape::{ShapeConfig, ShapeInputs, compose as composed, shift};
use crate::num::{Bps, Lots, Q24};
use serde::Deserialize;
use serde_json::Value;

/// Tolerances of MODEL 6.5, in basis points; for composed quotes the one it aims at.
const SHIFT_LIMIT: f64 = 1e-4;
const COMPOSE_LIMIT: f64 = 1e-4;
/// The position limit of the composed quotes, in lots, and the fee their floors were made for: the
/// file's floors are 2.5 bps, which a fee up to 2 bps leaves alone (MODEL 4.3).
const Q_MAX_LOTS: i64 = 24;
const FEE: Bps = Bps::from_centi(150);
/// Fractional bits of [`Lots`].
const LOTS_BITS: u32 = 20;

/// What both groups say of the belief behind a quote.
#[derive(Deserialize)]
struct TrendBelief {
    #[serde(rename = "T")]
    trend: f64,
    cont_p: f64,
    urg: f64,
    opposed: bool,
    shift: f64,
}

impl TrendBelief {
    /// A flat book without table, cascade or limit, believing this.
    fn inputs(&self) -> ShapeInputs {
        ShapeInputs {
            table: [Bps::ZERO; 2],
            half_spread: Bps::ZERO,
            n: Lots::ZERO,
            q_max: Lots::from_int(Q_MAX_LOTS),
            trend: bps(self.trend),
            opposed: self.opposed,
            continuation_p: q24(self.cont_p),
            urgency: q24(self.urg),
            multiplier: [Q24::ONE; 2],
            fee: FEE,
            room: [Bps::ZERO; 2],
        }
    }
}

#[derive(Deserialize)]
struct Response {
    #[serde(flatten)]
    belief: TrendBelief,
    rho: f64,
}

/// The shift of both quotes with the trend, and its share of it.
pub(super) fn drift_response(
    entries: &Value,
    group: &mut GroupResult,
) -> Result<(), serde_json::Error> {
    for row in parse::<Vec<Response>>(entries)? {
        let (got, rho) = shift(&row.belief.inputs(), &ShapeConfig::default());
        group.close(from_micro(got.ubps()), row.belief.shift, SHIFT_LIMIT);
        group.close(rho.bits() as f64 / f64::from(Q24::BITS).exp2(), row.rho, SHIFT_LIMIT);
    }
    Ok(())
}

#[derive(Deserialize)]
struct ComposedRow {
    #[serde(flatten)]
    belief: TrendBelief,
    table: String,
    n: f64,
    mult_bid: f64,
    mult_ask: f64,
    touch_room: f64,
    /// The fee in force, where the row gives one.
    fee: Option<f64>,
    bid: f64,
    ask: f64,
}

impl ComposedRow {
    fn quotes(&self, table: &Table) -> [Bps; 2] {
        let n = Lots::from_q20(i64::try_from(fixed(self.n, LOTS_BITS)).unwrap_or(0));
        let inputs = ShapeInputs {
            table: look_up(table, n),
            half_spread: half_spread(table),
            n,
            multiplier: [q24(self.mult_bid), q24(self.mult_ask)],
            room: [bps(self.touch_room); 2],
            fee: self.fee.map_or(FEE, bps),
            ..self.belief.inputs()
        };
        composed(&inputs, &ShapeConfig::default()).map(|at| at.distance)
    }
}

/// Whole quotes, from tables that [`lattice::built`] makes of the file's parameters.
pub(super) fn compose(file: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    let (Some(rows), Some(tables)) = (file.get("compose"), file.get("compose_tables")) else {
        return Ok(());
    };
    let tables = lattice::built(tables)?;
    for row in parse::<Vec<ComposedRow>>(rows)? {
        let Some(table) = tables.get(&row.table) else {
            group.within(f64::NAN, COMPOSE_LIMIT);
            continue;
        };
        let [bid, ask] = row.quotes(table).map(Bps::ubps);
        group.close(from_micro(bid), row.bid, COMPOSE_LIMIT);
        group.close(from_micro(ask), row.ask, COMPOSE_LIMIT);
    }
    Ok(())
}

fn bps(value: f64) -> Bps {
    Bps::from_ubps(micro(value))
}
