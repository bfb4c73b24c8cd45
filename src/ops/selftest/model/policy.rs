//! From table to quotes: the drift shift and the whole composition.

use super::lattice::built;
use super::tally::GroupResult;
use super::units::{bps, lots, q24, real_bps, real_q24};
use crate::model::glft::{half_spread, look_up};
use crate::model::shape::{ShapeConfig, ShapeInputs, compose as composed, shift};
use crate::num::{Bps, Lots, Q24};
use crate::ops::selftest::vector::{Misfit, Vector};

/// The position limit of the composed quotes, in lots, and the fee their floors were made for: the
/// file's floors are 2.5 bps, which a fee up to 2 bps leaves alone (MODEL 4.3).
const Q_MAX_LOTS: i64 = 24;
const FEE: Bps = Bps::from_centi(150);

/// A flat book without table, cascade or limit, believing what a row of either group says.
fn believing(row: Vector<'_>) -> Result<ShapeInputs, Misfit> {
    Ok(ShapeInputs {
        table: [Bps::ZERO; 2],
        half_spread: Bps::ZERO,
        n: Lots::ZERO,
        q_max: Lots::from_int(Q_MAX_LOTS),
        trend: bps(row.get("T")?),
        opposed: row.get("opposed")?,
        continuation_p: q24(row.get("cont_p")?),
        urgency: q24(row.get("urg")?),
        multiplier: [Q24::ONE; 2],
        fee: FEE,
        room: [Bps::ZERO; 2],
    })
}

/// The shift of both quotes with the trend, and its share of it.
pub(super) fn drift_response(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for row in file.list("drift_response")? {
        let (got, rho) = shift(&believing(row)?, &ShapeConfig::default());
        group.close(real_bps(got), row.get("shift")?);
        group.close(real_q24(rho), row.get("rho")?);
    }
    Ok(())
}

/// Whole quotes, from tables built of the file's parameters; a row may give the fee in force.
pub(super) fn compose(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for row in file.list("compose")? {
        let Some(table) = built(file, row.get("table")?)? else {
            group.missing();
            continue;
        };
        let n = lots(row.get("n")?);
        let inputs = ShapeInputs {
            table: look_up(&table, n),
            half_spread: half_spread(&table),
            n,
            multiplier: row.numbers(["mult_bid", "mult_ask"])?.map(q24),
            room: [bps(row.get("touch_room")?); 2],
            fee: row.get::<Option<f64>>("fee")?.map_or(FEE, bps),
            ..believing(row)?
        };
        let got = composed(&inputs, &ShapeConfig::default());
        for (got, want) in got.iter().zip(row.numbers(["bid", "ask"])?) {
            group.close(real_bps(got.distance), want);
        }
    }
    Ok(())
}
