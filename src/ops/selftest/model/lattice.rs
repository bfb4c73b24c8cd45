//! The stationary table and its closed form.

use super::{GroupResult, fixed, from_micro, micro, parse};
use crate::market::table::{HALF_MAX, ROWS_MAX, Table, TableParams};
use crate::model::glft::{Coefficients, Terms, asinh_form, build, distances};
use crate::num::{Bps, Lots, Q60};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Tolerances of MODEL 6.5, in basis points.
const EXACT_LIMIT: f64 = 1e-4;
const CLOSED_LIMIT: f64 = 1e-3;
/// Fractional bits of a table's parameters.
const Q44_BITS: u32 = 44;

#[derive(Deserialize)]
struct Case {
    params: Params,
    rows: Vec<DistanceRow>,
}

#[derive(Deserialize)]
struct Params {
    g: f64,
    x: f64,
    kappa: f64,
    #[serde(rename = "A")]
    a: f64,
    sigma: f64,
    mu: f64,
    #[serde(rename = "Q")]
    q: usize,
}

#[derive(Deserialize)]
struct DistanceRow {
    n: i64,
    bid: Option<f64>,
    ask: Option<f64>,
    asinh_bid: f64,
    asinh_ask: f64,
}

impl Params {
    fn terms(&self) -> Terms {
        let wide = |v: f64| Q60::from_bits(fixed(v, Q44_BITS) << (Q60::BITS - Q44_BITS));
        Terms {
            g: wide(self.g),
            x: wide(self.x),
            kappa: wide(self.kappa),
            a: wide(self.a),
            sigma: wide(self.sigma),
            mu: wide(self.mu),
            fee: Q60::ZERO,
        }
    }
}

/// Rows `bid` and `ask`: the exact stationary distances, with and without drift.
pub(super) fn exact(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for case in parse::<Vec<Case>>(entries)? {
        let half = case.params.q.min(HALF_MAX);
        let (mut bid, mut ask) = ([Bps::ZERO; ROWS_MAX], [Bps::ZERO; ROWS_MAX]);
        distances(&Coefficients::new(&case.params.terms(), half), half, &mut bid, &mut ask);
        for row in &case.rows {
            let at = usize::try_from(row.n + i64::try_from(half).unwrap_or(0)).unwrap_or(0);
            for (got, want) in [(bid.get(at), row.bid), (ask.get(at), row.ask)] {
                if let Some(want) = want {
                    let got = got.map_or(f64::NAN, |d| from_micro(d.ubps()));
                    group.close(got, want, EXACT_LIMIT);
                }
            }
        }
    }
    Ok(())
}

/// Rows `asinh_bid` and `asinh_ask`: the closed form.
pub(super) fn closed(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for case in parse::<Vec<Case>>(entries)? {
        let terms = Coefficients::new(&case.params.terms(), case.params.q.min(HALF_MAX));
        for row in &case.rows {
            let [bid, ask] = asinh_form(&terms, Lots::from_int(row.n)).map(Bps::ubps);
            group.close(from_micro(bid), row.asinh_bid, CLOSED_LIMIT);
            group.close(from_micro(ask), row.asinh_ask, CLOSED_LIMIT);
        }
    }
    Ok(())
}

/// A table of `compose_tables`: its parameters and its rows, fee included.
#[derive(Deserialize)]
struct Listed {
    g: f64,
    kappa: f64,
    #[serde(rename = "A")]
    a: f64,
    fee: f64,
    sigma: f64,
    #[serde(rename = "Q")]
    half: u64,
    bid: Vec<Option<f64>>,
    ask: Vec<Option<f64>>,
}

/// Whole tables with the fee inside, built as the engine's are.
pub(super) fn tables(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for listed in parse::<BTreeMap<String, Listed>>(entries)?.values() {
        let Some(table) = listed.build() else {
            group.within(f64::NAN, EXACT_LIMIT);
            continue;
        };
        for (got, want) in [(&table.bid, &listed.bid), (&table.ask, &listed.ask)] {
            for (got, want) in got.iter().zip(want) {
                if let Some(want) = want {
                    group.close(from_micro(got.ubps()), *want, EXACT_LIMIT);
                }
            }
        }
    }
    Ok(())
}

/// The tables of the file by name, built by the engine's own function; one it refuses is missing.
pub(super) fn built(entries: &Value) -> Result<BTreeMap<String, Table>, serde_json::Error> {
    let listed = parse::<BTreeMap<String, Listed>>(entries)?;
    Ok(listed.into_iter().filter_map(|(name, table)| Some((name, table.build()?))).collect())
}

impl Listed {
    fn build(&self) -> Option<Table> {
        let q44 = |v: f64| i64::try_from(fixed(v, Q44_BITS)).ok();
        let params = TableParams {
            seq: 1,
            g_q44: q44(self.g)?,
            x_q44: q44(self.g)?,
            kappa_q44: q44(self.kappa)?,
            a_q44: q44(self.a)?,
            sigma_q44: q44(self.sigma)?,
            fee_ubps: micro(self.fee),
            half: self.half,
        };
        let mut table = Table { params, bid: [Bps::ZERO; ROWS_MAX], ask: [Bps::ZERO; ROWS_MAX] };
        build(&params, &mut table).ok().map(|_| table)
    }
}
