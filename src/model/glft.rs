//! The exact stationary table: built on the cold thread, looked up by the engine (MODEL 1).
//!
//! Gueant, Lehalle and Fernandez-Tapia (2013) without terminal time: a perpetual never settles.

mod closed;
mod lattice;

pub use closed::asinh_form;
pub use lattice::{Clamps, Coefficients, Terms, distances};

use crate::market::table::{HALF_MAX, ROWS_MAX, Table, TableParams};
use crate::num::fix::{Q20_ONE, div_round, q44};
use crate::num::{Bps, Lots, Q60};

/// Rows a table has beyond the position limit (MODEL 1.6), so that its end is never quoted from.
const MARGIN_ROWS: usize = 16;
/// The supported domain of MODEL 1.1, lowest and highest, in 44 fractional bits.
const G_DOMAIN: (i64, i64) = (q44(1, 10_000), q44(1, 20));
pub(super) const KAPPA_DOMAIN: (i64, i64) = (q44(1, 20), q44(2, 1));
pub(super) const A_DOMAIN: (i64, i64) = (q44(1, 1_000), q44(10, 1));
pub(super) const SIGMA_DOMAIN: (i64, i64) = (q44(3, 10), q44(20, 1));
/// Its fees, in micro basis points.
const FEE_DOMAIN: (i64, i64) = (-2_000_000, 10_000_000);
/// No distance of a table in the domain is farther out (MODEL 1.1).
const FAR: Bps = Bps::from_int(1_000);
/// How exactly `d_b(n) + d_a(n + 1)` must be the same for all `n` (MODEL 1.6): 1e-5 bps.
const IDENTITY: Bps = Bps::from_ubps(10);
/// How far the closed form may be away: 1.5 bps, or 15 % of the distance (MODEL 1.5).
const CROSS_CHECK: Bps = Bps::from_centi(150);
const CROSS_CHECK_PERCENT: i64 = 15;
/// Changes that make a table stale (MODEL 1.6), in percent.
const STALE_SIGMA_PERCENT: i64 = 5;
const STALE_KAPPA_PERCENT: i64 = 5;
const STALE_A_PERCENT: i64 = 10;

/// Why a table cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// A parameter lies outside the domain of the model.
    #[error("table: {what} is {got} (raw), allowed is {} to {}", allowed.0, allowed.1)]
    Domain {
        /// The name of the parameter.
        what: &'static str,
        /// Its value, in the units of [`TableParams`].
        got: i64,
        /// The lowest and the highest allowed.
        allowed: (i64, i64),
    },
    /// A distance is farther out than any can be.
    #[error("table: a distance of {} ubps is beyond {} ubps", .0.ubps(), FAR.ubps())]
    Far(Bps),
    /// A distance falls where it must rise: the place of the row.
    #[error("table: distances fall at row {0}, must rise")]
    Falls(usize),
    /// Bid and ask of neighbouring inventories do not add up: the place of the row.
    #[error("table: bid and ask of row {0} do not add up to twice the edge")]
    Identity(usize),
    /// The quotes do not lean against the inventory: the skew is zero or has the wrong sign.
    #[error("table: no skew against the inventory at zero")]
    NoSkew,
    /// The closed form disagrees: the inventory, and by how much.
    #[error(
        "table: {} ubps from the closed form at n = {} (20 fractional bits)", .1.ubps(), .0.q20()
    )]
    CrossCheck(Lots, Bps),
}

/// Builds the table `params` describe, and checks everything MODEL 1.6 and 6.3 ask of it.
///
/// Says how often a numeric guard of MODEL 8 moved an input. Costs some hundred microseconds.
///
/// # Errors
/// A parameter is outside its domain, or the result fails a check; `out` must not be used then.
pub fn build(params: &TableParams, out: &mut Table) -> Result<Clamps, BadTable> {
    check_domain(params)?;
    *out = Table { params: *params, bid: [Bps::ZERO; ROWS_MAX], ask: [Bps::ZERO; ROWS_MAX] };
    let terms = coefficients(params);
    distances(&terms, out.half(), &mut out.bid, &mut out.ask);
    check(out)?;
    check_closed(&terms, out)?;
    Ok(terms.clamps)
}

/// The table `params` describe, by value: see [`build`].
///
/// # Errors
/// As [`build`].
pub fn table(params: &TableParams) -> Result<Table, BadTable> {
    let mut table =
        Table { params: *params, bid: [Bps::ZERO; ROWS_MAX], ask: [Bps::ZERO; ROWS_MAX] };
    build(params, &mut table).map(|_| table)
}

/// The distances of bid and ask at inventory `n`: linear between rows, flat beyond the ends.
#[must_use]
pub fn look_up(table: &Table, n: Lots) -> [Bps; 2] {
    let half = i64::try_from(table.half()).expect("at most HALF_MAX");
    let last = 2 * half;
    let bid = interpolate(&table.bid, n.q20() + half * Q20_ONE, 0, last - 1);
    let ask = interpolate(&table.ask, n.q20() + half * Q20_ONE, 1, last);
    [bid, ask]
}

/// The half-spread without inventory, fee included.
#[must_use]
pub fn half_spread(table: &Table) -> Bps {
    let half = table.half();
    Bps::from_ubps((table.bid[half].ubps() + table.ask[half].ubps()) / 2)
}

/// The half-width of a table for a position limit: 16 lots more, and never above [`HALF_MAX`].
#[must_use]
pub fn half_width(q_max: Lots) -> usize {
    let lots = q_max.q20().div_euclid(Q20_ONE) + i64::from(q_max.q20() % Q20_ONE != 0);
    usize::try_from(lots).map_or(HALF_MAX, |lots| (lots + MARGIN_ROWS).min(HALF_MAX))
}

/// Whether a table of `old` no longer fits what is believed.
#[must_use]
pub fn is_stale(old: &TableParams, new: &TableParams) -> bool {
    let moved = |old: i64, new: i64, percent: i64| {
        i128::from(old) * i128::from(percent) < i128::from((new - old).abs()) * PERCENT
    };
    moved(old.sigma_q44, new.sigma_q44, STALE_SIGMA_PERCENT)
        || moved(old.kappa_q44, new.kappa_q44, STALE_KAPPA_PERCENT)
        || moved(old.a_q44, new.a_q44, STALE_A_PERCENT)
        || (old.g_q44, old.x_q44, old.fee_ubps, old.half)
            != (new.g_q44, new.x_q44, new.fee_ubps, new.half)
}

/// Percent in the whole.
const PERCENT: i128 = 100;

fn coefficients(params: &TableParams) -> Coefficients {
    let terms = Terms {
        g: Q60::from_q44(params.g_q44),
        x: Q60::from_q44(params.x_q44),
        kappa: Q60::from_q44(params.kappa_q44),
        a: Q60::from_q44(params.a_q44),
        sigma: Q60::from_q44(params.sigma_q44),
        mu: Q60::ZERO,
        fee: Q60::from_micro(params.fee_ubps),
    };
    Coefficients::new(&terms, usize::try_from(params.half).map_or(HALF_MAX, |half| half.max(1)))
}

fn check_domain(params: &TableParams) -> Result<(), BadTable> {
    let half = i64::try_from(params.half).unwrap_or(i64::MAX);
    let half_max = i64::try_from(HALF_MAX).expect("small");
    let x_allowed = if params.x_q44 == 0 { (0, 0) } else { (params.g_q44, params.g_q44) };
    let rows = [
        ("g", params.g_q44, G_DOMAIN),
        ("x", params.x_q44, x_allowed),
        ("kappa", params.kappa_q44, KAPPA_DOMAIN),
        ("A", params.a_q44, A_DOMAIN),
        ("sigma", params.sigma_q44, SIGMA_DOMAIN),
        ("fee", params.fee_ubps, FEE_DOMAIN),
        ("half-width", half, (1, half_max)),
    ];
    for (what, got, allowed) in rows {
        if got < allowed.0 || allowed.1 < got {
            return Err(BadTable::Domain { what, got, allowed });
        }
    }
    Ok(())
}

/// Finite, monotone, adding up, and leaning against the inventory (MODEL 1.6 and 6.3).
fn check(table: &Table) -> Result<(), BadTable> {
    let half = table.half();
    let last = 2 * half;
    let sum = table.bid[half] + table.ask[half + 1];
    for n in 0..last {
        let (bid, ask) = (table.bid[n], table.ask[n + 1]);
        for d in [bid, ask] {
            if FAR < d.abs() {
                return Err(BadTable::Far(d));
            }
        }
        if IDENTITY < (bid + ask - sum).abs() {
            return Err(BadTable::Identity(n));
        }
        if n + 1 < last && (table.bid[n + 1] < bid || ask < table.ask[n + 2]) {
            return Err(BadTable::Falls(n));
        }
    }
    if half < last - 1 && table.bid[half + 1] <= table.bid[half - 1] {
        return Err(BadTable::NoSkew);
    }
    Ok(())
}

/// The closed form at no inventory and at half the bound either way, where it holds: `omega < 1`.
fn check_closed(terms: &Coefficients, table: &Table) -> Result<(), BadTable> {
    if Q60::ONE <= terms.risk {
        return Ok(());
    }
    let middle = i64::try_from(table.half() / 2).expect("at most HALF_MAX");
    for n in [0, middle, -middle].map(Lots::from_int) {
        for (exact, closed) in look_up(table, n).into_iter().zip(asinh_form(terms, n)) {
            let by_share = div_round(
                i128::from(exact.ubps().abs()) * i128::from(CROSS_CHECK_PERCENT),
                PERCENT,
            );
            let gap = (exact - closed).abs();
            if by_share.max(i128::from(CROSS_CHECK.ubps())) < i128::from(gap.ubps()) {
                return Err(BadTable::CrossCheck(n, gap));
            }
        }
    }
    Ok(())
}

/// The value at `at` (20 fractional bits, counted from the first entry), held between two entries.
fn interpolate(entries: &[Bps; ROWS_MAX], at: i64, first: i64, last: i64) -> Bps {
    let held = at.clamp(first * Q20_ONE, last * Q20_ONE);
    let row = (held / Q20_ONE).min(last - 1).max(first);
    let weight = i128::from(held - row * Q20_ONE);
    let place = usize::try_from(row).expect("not negative");
    let low = entries[place];
    if weight == 0 {
        return low;
    }
    let rise = i128::from((entries[place + 1] - low).ubps());
    let part = div_round(rise * weight, i128::from(Q20_ONE));
    low + Bps::from_ubps(i64::try_from(part).expect("between two entries"))
}

#[cfg(test)]
mod tests;
