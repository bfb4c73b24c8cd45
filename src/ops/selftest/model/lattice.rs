//! The stationary table and its closed form.

use super::tally::GroupResult;
use super::units::{bps, q44, q60, real_bps};
use crate::market::table::{HALF_MAX, ROWS_MAX, Table, TableParams};
use crate::model::glft::{Coefficients, Terms, asinh_form, build, distances};
use crate::num::{Bps, Lots, Q60};
use crate::ops::selftest::vector::{Misfit, Vector};

/// The coefficients of a case, and the half of its table.
fn coefficients(case: Vector<'_>) -> Result<(Coefficients, usize), Misfit> {
    let params = case.inner("params");
    let [g, x, kappa, a, sigma, mu] =
        params.numbers(["g", "x", "kappa", "A", "sigma", "mu"])?.map(q60);
    let half = params.get::<usize>("Q")?.min(HALF_MAX);
    let terms = Terms { g, x, kappa, a, sigma, mu, fee: Q60::ZERO };
    Ok((Coefficients::new(&terms, half), half))
}

/// Rows `bid` and `ask`: the exact stationary distances, with and without drift.
pub(super) fn exact(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for case in file.list("glft")? {
        let (coefficients, half) = coefficients(case)?;
        let (mut bid, mut ask) = ([Bps::ZERO; ROWS_MAX], [Bps::ZERO; ROWS_MAX]);
        distances(&coefficients, half, &mut bid, &mut ask);
        for row in case.list("rows")? {
            let n: i64 = row.get("n")?;
            let at = usize::try_from(n + half as i64).unwrap_or(0);
            for (side, key) in [(&bid, "bid"), (&ask, "ask")] {
                if let Some(want) = row.get::<Option<f64>>(key)? {
                    group.close(side.get(at).map_or(f64::NAN, |d| real_bps(*d)), want);
                }
            }
        }
    }
    Ok(())
}

/// Rows `asinh_bid` and `asinh_ask`: the closed form.
pub(super) fn closed(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for case in file.list("glft")? {
        let (coefficients, _) = coefficients(case)?;
        for row in case.list("rows")? {
            let got = asinh_form(&coefficients, Lots::from_int(row.get("n")?));
            let want = row.numbers(["asinh_bid", "asinh_ask"])?;
            got.into_iter().zip(want).for_each(|(got, want)| group.close(real_bps(got), want));
        }
    }
    Ok(())
}

/// Whole tables with the fee inside.
pub(super) fn tables(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    let all = file.inner("compose_tables");
    for name in all.0.as_object().into_iter().flat_map(|tables| tables.keys()) {
        let Some(table) = built(file, name)? else {
            group.missing();
            continue;
        };
        for (side, key) in [(&table.bid, "bid"), (&table.ask, "ask")] {
            for (got, want) in side.iter().zip(all.inner(name).get::<Vec<Option<f64>>>(key)?) {
                if let Some(want) = want {
                    group.close(real_bps(*got), want);
                }
            }
        }
    }
    Ok(())
}

/// A table of `compose_tables`, built by the engine's own function; none when it refuses, or when the
/// file has none of that name.
pub(super) fn built(file: Vector<'_>, name: &str) -> Result<Option<Table>, Misfit> {
    let listed = file.inner("compose_tables").inner(name);
    if listed.0.is_null() {
        return Ok(None);
    }
    let [g_q44, kappa_q44, a_q44, sigma_q44] =
        listed.numbers(["g", "kappa", "A", "sigma"])?.map(q44);
    let (fee_ubps, half) = (bps(listed.get("fee")?).ubps(), listed.get("Q")?);
    let params =
        TableParams { seq: 1, g_q44, x_q44: g_q44, kappa_q44, a_q44, sigma_q44, fee_ubps, half };
    let mut table = Table { params, bid: [Bps::ZERO; ROWS_MAX], ask: [Bps::ZERO; ROWS_MAX] };
    Ok(build(&params, &mut table).ok().map(|_| table))
}
