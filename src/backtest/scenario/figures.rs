//! Figures of many sessions, as ACCEPTANCE gives them names.

use super::Quoting;
use crate::backtest::runner::Outcome;
use crate::venue::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A position below this share of its limit is home.
const HOME: f64 = 0.25;

/// Outcomes of all sessions, by who quoted.
#[derive(Clone, Debug)]
pub struct Figures {
    pub scenario: Scenario,
    pub seeds: u64,
    /// The first one's seed.
    pub first_seed: u64,
    /// Who quoted, and what came of it.
    pub results: Vec<StrategyResults>,
}

/// Outcomes of one quoter, by seed.
#[derive(Clone, Debug)]
pub struct StrategyResults {
    pub who: Quoting,
    /// Outcomes, in the order of seeds.
    pub outcomes: Vec<Outcome>,
}

/// How one figure is spread over the sessions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub mean: f64,
    pub sd: f64,
    pub min: f64,
    pub max: f64,
    /// The value that 5 % lie below.
    pub p5: f64,
    /// The value that 5 % lie above.
    pub p95: f64,
}

/// The engine against the system it replaces, seed by seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pairs {
    /// Mean of the differences of PnL.
    pub better_usd: f64,
    /// Standard error of that mean, in dollars.
    pub error_usd: f64,
}

impl Spread {
    /// Of some values; all zero when there are none.
    pub fn new(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let n = sorted.len().max(1) as f64;
        let mean = sorted.iter().sum::<f64>() / n;
        let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
        let rank = |share: f64| {
            let at = (share * n).ceil() as usize;
            sorted.get(at.saturating_sub(1)).copied().unwrap_or_default()
        };
        Spread {
            mean,
            sd: (squares / (n - 1.0).max(1.0)).sqrt(),
            min: rank(0.0),
            max: rank(1.0),
            p5: rank(0.05),
            p95: rank(0.95),
        }
    }
}

impl StrategyResults {
    pub fn spread(&self, figure: impl Fn(&Outcome) -> f64) -> Spread {
        Spread::new(self.outcomes.iter().map(figure))
    }

    /// The share of sessions of which something is true.
    pub fn share(&self, is_so: impl Fn(&Outcome) -> bool) -> f64 {
        self.spread(|outcome| f64::from(u8::from(is_so(outcome)))).mean
    }

    /// Least, mean and most of all responses sampled; none when there was none.
    pub fn response(&self) -> Option<[f64; 3]> {
        let all = self.outcomes.iter().map(|outcome| outcome.response);
        let start = [f64::MAX, 0.0, f64::MIN, 0.0];
        let [least, sum, most, count] =
            all.fold(start, |a, b| [a[0].min(b[0]), a[1] + b[1], a[2].max(b[2]), a[3] + b[3]]);
        (0.0 < count).then(|| [least, sum / count, most])
    }

    /// Requests for each dollar traded, over all sessions.
    pub fn requests_per_usd(&self) -> f64 {
        self.spread(|outcome| outcome.requests).mean
            / self.spread(|outcome| outcome.traded_usd).mean
    }

    /// Dollars traded in an hour, over all sessions.
    pub fn usd_per_hour(&self) -> f64 {
        self.spread(|outcome| outcome.traded_usd).mean / self.spread(|outcome| outcome.hours).mean
    }

    /// The share of sessions that the kill switch of MODEL 5 closed; of the old system, which had
    /// none to speak of, those that it would have closed.
    pub fn killed(&self) -> f64 {
        match self.who {
            Quoting::Engine => self.share(|outcome| outcome.halted.is_some()),
            Quoting::AsWas => self.share(|outcome| outcome.killed),
        }
    }

    /// Sessions that were closed, by the reason.
    pub fn halted_by(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for reason in self.outcomes.iter().filter_map(|outcome| outcome.halted) {
            *counts.entry(reason.name().to_owned()).or_default() += 1;
        }
        counts
    }

    /// The object ARM of ACCEPTANCE, with its names and units.
    fn json(&self) -> Value {
        let pnl = self.spread(|outcome| outcome.pnl_usd);
        let end = self.spread(|outcome| outcome.end_q.abs());
        let drawdown = self.spread(|outcome| outcome.drawdown);
        let response = self.response().map_or(
            json!({"min": null, "mean": null, "max": null}),
            |r| json!({"min": r[0], "mean": r[1], "max": r[2]}),
        );
        json!({
            "pnl_usd": {"mean": pnl.mean, "sd": pnl.sd, "p5": pnl.p5, "min": pnl.min},
            "end_q": {
                "mean": end.mean,
                "p95": end.p95,
                "share_le_25": self.share(|outcome| outcome.end_q.abs() <= HOME),
                "signed_mean": self.spread(|outcome| outcome.end_q).mean,
            },
            "max_q": {"mean": self.spread(|outcome| outcome.max_q).mean},
            "drawdown": {"mean": drawdown.mean, "p95": drawdown.p95},
            "time_over_45": self.spread(|outcome| outcome.time_over_45).mean,
            "fills": self.spread(|outcome| outcome.fills).mean,
            "net_capture_usd": self.spread(|outcome| outcome.net_capture_usd).mean,
            "killed": self.killed(),
            "halted_by": self.halted_by(),
            "opposed_response": response,
            "quoted_share": self.spread(|outcome| outcome.quoted_share).mean,
            "requests_per_usd": self.requests_per_usd(),
            "traded_usd": self.spread(|outcome| outcome.traded_usd).mean,
            "traded_usd_per_hour": self.usd_per_hour(),
            "budget_least": self.spread(|outcome| outcome.budget_least).min,
        })
    }
}

impl Figures {
    /// The outcomes of one quoter; none when it did not play.
    pub fn result(&self, who: Quoting) -> Option<&StrategyResults> {
        self.results.iter().find(|result| result.who == who)
    }

    /// The engine against the system it replaces, when both played.
    pub fn pairs(&self) -> Option<Pairs> {
        let (engine, as_was) = (self.result(Quoting::Engine)?, self.result(Quoting::AsWas)?);
        let pairs = engine.outcomes.iter().zip(&as_was.outcomes);
        let better = Spread::new(pairs.map(|(engine, as_was)| engine.pnl_usd - as_was.pnl_usd));
        let error_usd = better.sd / (engine.outcomes.len().max(1) as f64).sqrt();
        Some(Pairs { better_usd: better.mean, error_usd })
    }

    /// The object of ACCEPTANCE `scenario`.
    pub fn json(&self) -> Value {
        let arms: serde_json::Map<String, Value> =
            self.results.iter().map(|one| (one.who.name().to_owned(), one.json())).collect();
        let paired = self.pairs().map(|pairs| {
            json!({
                "pnl_better_usd_mean": pairs.better_usd,
                "pnl_better_usd_se": pairs.error_usd,
            })
        });
        json!({
            "schema": 1,
            "scenario": self.scenario.name(),
            "seeds": self.seeds,
            "first_seed": self.first_seed,
            "arms": arms,
            "paired": paired,
        })
    }
}
