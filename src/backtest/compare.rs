//! Others on the recorded market that the engine trades, and the figures to compare them by.

mod fixed;

use crate::backtest::as_was::AsWas;
use crate::backtest::baseline::{BaselineModel, BaselineStrategy};
use crate::backtest::runner::dollars;
use crate::engine::Setup;
use crate::num::unit::{E8, UBPS};
use crate::num::{Bps, Usd};
use crate::report::Ledger;
use crate::report::ledger::DIVIDING;
use crate::session::crank;
use crate::session::simulated::{DirectPort, SimulationError, VenueTruth};
use fixed::FixedSpread;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// A quoter that knows nothing of inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Baseline {
    /// The system this one replaces.
    AsWas,
    /// One lot a side at this distance from the mid.
    Fixed(Bps),
}

/// Why a text names nobody to compare with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBaseline {
    /// No word that is known.
    #[error("{0:?} is nobody to compare with: as-was, or fixed:BPS such as fixed:5")]
    Unknown(String),
    /// A half-spread beyond what is sensible.
    #[error("{0:?}: a half-spread is more than 0 and at most 100 bps")]
    Half(String),
}

impl FromStr for Baseline {
    type Err = BadBaseline;

    fn from_str(text: &str) -> Result<Baseline, BadBaseline> {
        let unknown = || BadBaseline::Unknown(text.to_owned());
        if text == "as-was" {
            return Ok(Baseline::AsWas);
        }
        let bps = text.strip_prefix("fixed:").ok_or_else(unknown)?;
        let e8 = crate::num::text::read_e8(bps.as_bytes()).map_err(|_| unknown())?;
        let half = Bps::from_ubps(e8 / (E8 / UBPS));
        if half <= Bps::ZERO || Bps::from_int(100) < half {
            return Err(BadBaseline::Half(text.to_owned()));
        }
        Ok(Baseline::Fixed(half))
    }
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Baseline::AsWas => f.write_str("as-was"),
            Baseline::Fixed(half) => write!(f, "fixed:{}", half.ubps() as f64 / UBPS as f64),
        }
    }
}

/// Lets a rival trade the engine's market, with the engine's order size and limit.
///
/// # Errors
/// The recording turned out to be damaged.
pub fn play(
    rival: Baseline,
    setup: &Setup,
    simulation: &mut DirectPort,
) -> Result<ComparisonRow, SimulationError> {
    match rival {
        Baseline::AsWas => run(AsWas::new(setup, AsWas::lots(setup.sizing.lot)), setup, simulation),
        Baseline::Fixed(half) => {
            let (spec, sizing) = (setup.spec, setup.sizing);
            run(FixedSpread { half, spec, sizing }, setup, simulation)
        }
    }
}

fn run(
    model: impl BaselineModel,
    setup: &Setup,
    simulation: &mut DirectPort,
) -> Result<ComparisonRow, SimulationError> {
    let mut strategy = BaselineStrategy::new(setup, model);
    crank::run(&mut strategy, simulation, |_, _, _| {})?;
    Ok(ComparisonRow::new(strategy.ledger(), setup, simulation))
}

/// What came of one quoter. Money in dollars, positions in percent of their limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComparisonRow {
    pnl_usd: f64,
    pnl_usd_without_book_crossed: f64,
    fills: usize,
    fills_by_cause: ByCause,
    position_max_pct: f64,
    position_end_pct: f64,
    drawdown_usd: f64,
    markout_5s_bps: f64,
    requests_per_usd: Option<f64>,
}

/// Why a recorded market filled its orders.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct ByCause {
    traded_through: u64,
    queue_reached: u64,
    book_crossed: u64,
}

impl ComparisonRow {
    /// The names of [`ComparisonRow::row`]'s columns.
    pub const LEGEND: &str = "                PnL $  uncrossed  fills  through  queue  crossed  max %   end %  drawdown  5 s bps  requests";

    /// From what a quoter heard, and what the exchange counted.
    pub fn new(ledger: &Ledger, setup: &Setup, simulation: &DirectPort) -> ComparisonRow {
        let causes = simulation.causes();
        let (total, volume) = (ledger.parts_at_mid().total, dollars(ledger.volume()));
        let crossed = ledger.last().map_or(Usd::ZERO, |mid| causes.crossed_pnl(mid));
        let percent = |e8: i64| 100.0 * e8 as f64 / setup.sizing.position_max.e8() as f64;
        let used = simulation.exchange().rate_limit(simulation.account().0).used;
        ComparisonRow {
            pnl_usd: dollars(total),
            pnl_usd_without_book_crossed: dollars(total - crossed),
            fills: ledger.fills().len(),
            fills_by_cause: ByCause {
                traded_through: causes.traded_through,
                queue_reached: causes.queue_reached,
                book_crossed: causes.book_crossed,
            },
            position_max_pct: percent(ledger.pos_max().e8()),
            position_end_pct: percent(ledger.pos().e8()),
            drawdown_usd: dollars(ledger.drawdown_max().0),
            markout_5s_bps: ledger.markouts()[DIVIDING].mean.ubps() as f64 / UBPS as f64,
            requests_per_usd: (0.0 < volume).then(|| used as f64 / volume),
        }
    }

    /// A row of the table for people; requests are those a dollar traded.
    pub fn row(&self, name: &str) -> String {
        let ByCause { traded_through, queue_reached, book_crossed } = self.fills_by_cause;
        let requests = self.requests_per_usd.map_or("-".to_owned(), |rate| format!("{rate:.2}"));
        format!(
            "{name:>10} {:>10.2} {:>10.2} {:>6} {traded_through:>8} {queue_reached:>6} {book_crossed:>8} {:>6.1} {:>7.1} {:>9.2} {:>8.2} {requests:>9}",
            self.pnl_usd,
            self.pnl_usd_without_book_crossed,
            self.fills,
            self.position_max_pct,
            self.position_end_pct,
            self.drawdown_usd,
            self.markout_5s_bps,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rivals_have_names_and_anything_else_is_told_what_is_allowed() {
        // text, its name again or a part of the complaint
        let rows = [
            ("as-was", Ok("as-was")),
            ("fixed:3", Ok("fixed:3")),
            ("fixed:2.50", Ok("fixed:2.5")),
            ("fixed:0", Err("more than 0 and at most 100 bps")),
            ("fixed:-1", Err("more than 0 and at most 100 bps")),
            ("fixed:101", Err("more than 0 and at most 100 bps")),
            ("fixed:x", Err("as-was, or fixed:BPS")),
            ("fixed", Err("\"fixed\" is nobody")),
            ("", Err("as-was, or fixed:BPS")),
        ];
        for (text, want) in rows {
            match (text.parse::<Baseline>(), want) {
                (Ok(rival), Ok(name)) => assert_eq!(rival.to_string(), name),
                (Err(got), Err(part)) => {
                    assert!(got.to_string().contains(part), "{text}: {got}");
                }
                (got, want) => panic!("{text}: {got:?}, wanted {want:?}"),
            }
        }
    }
}
