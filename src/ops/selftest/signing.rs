//! `evenkeel selftest --signing`: every vector of the format, through the code that trades and the
//! code that serves.

mod actions;
mod numbers;
mod vectors;

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// Failures that are told in words.
const FAILURES_TOLD: usize = 10;

/// What came of a file of vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SigningReport {
    /// Vectors that held.
    pub passed: u64,
    /// Vectors that did not.
    pub failed: u64,
    /// Vectors of actions that neither the product sends nor the simulated exchange knows, by type.
    pub skipped: BTreeMap<String, u64>,
    /// The first failures, a sentence each.
    pub first_failures: Vec<String>,
    /// Vectors that the encoder of the trading path reproduced as well; the others are actions it
    /// cannot express.
    pub through_encoder: u64,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum NoReport {
    /// The file cannot be read.
    #[error("signing vectors: {0}")]
    File(io::Error),
    /// It is not a file of vectors.
    #[error("signing vectors: not the expected JSON: {0}")]
    Format(serde_json::Error),
}

/// What came of one vector.
enum VectorOutcome {
    /// It held; and whether the trading path could express it.
    Pass { encoded: bool },
    /// It did not, for this reason.
    Fail(String),
    /// Nobody here speaks of this type of action.
    Skip(String),
}

/// Checks every vector of a file in the format of `tests/golden/signing_vectors.json`.
///
/// # Errors
/// The file cannot be read or has another format. Vectors that fail are in the report.
pub fn run(path: &Path) -> Result<SigningReport, NoReport> {
    let text = fs::read(path).map_err(NoReport::File)?;
    let file = serde_json::from_slice::<vectors::File>(&text).map_err(NoReport::Format)?;
    let mut report = SigningReport::default();
    file.l1.iter().for_each(|v| report.count("l1", v.id, actions::l1(v)));
    file.user_signed.iter().for_each(|v| report.count("user_signed", v.id, actions::user(v)));
    report
        .count_all("http_body_examples", &file.http_body_examples, |v| actions::http(v, &file.l1));
    report.count_all("float_to_wire", &file.float_to_wire, numbers::wire);
    report.count_all("float_to_usd_int", &file.float_to_usd_int, numbers::usd);
    report.count_all("price_validity", &file.price_validity, numbers::price);
    report.count_all("price_rounding", &file.price_rounding, numbers::rounding);
    report.count_all("size_validity", &file.size_validity, numbers::size);
    report.count_all("asset_ids", &file.asset_ids, numbers::asset);
    Ok(report)
}

impl SigningReport {
    /// Counts the verdicts on a list.
    fn count_all<V>(
        &mut self,
        list: &str,
        vectors: &[V],
        check: impl Fn(&V) -> Result<(), String>,
    ) {
        for (at, vector) in (0..).zip(vectors) {
            let verdict = match check(vector) {
                Ok(()) => VectorOutcome::Pass { encoded: false },
                Err(why) => VectorOutcome::Fail(why),
            };
            self.count(list, at, verdict);
        }
    }

    /// Counts one verdict.
    fn count(&mut self, list: &str, id: u64, verdict: VectorOutcome) {
        match verdict {
            VectorOutcome::Pass { encoded } => {
                self.passed += 1;
                self.through_encoder += u64::from(encoded);
            }
            VectorOutcome::Fail(why) => {
                self.failed += 1;
                if self.first_failures.len() < FAILURES_TOLD {
                    self.first_failures.push(format!("{list}[{id}]: {why}"));
                }
            }
            VectorOutcome::Skip(kind) => *self.skipped.entry(kind).or_default() += 1,
        }
    }
}

#[cfg(test)]
mod tests;
