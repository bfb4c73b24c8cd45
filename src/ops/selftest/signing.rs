//! Signing and number vectors, through the code that trades and the code that serves.

mod actions;
mod miss;
mod numbers;

use super::vector::{Vector, VectorFileError, read};
use miss::Miss;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Failures that are told in words.
const FAILURES_TOLD: usize = 10;

/// What came of a file of vectors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SigningReport {
    /// Number of vectors that held.
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

/// A list of the file, and the check of one of its vectors, which may need the file's other lists. The
/// check tells whether the encoder of the trading path reproduced the vector as well.
type List = (&'static str, fn(Vector<'_>, Vector<'_>) -> Result<bool, Miss>);

const LISTS: [List; 9] = [
    ("l1", |_, vector| actions::l1(vector)),
    ("user_signed", |_, vector| actions::user(vector)),
    ("http_body_examples", actions::http),
    ("float_to_wire", |_, vector| numbers::wire(vector)),
    ("float_to_usd_int", |_, vector| numbers::usd(vector)),
    ("price_validity", |_, vector| numbers::price(vector)),
    ("price_rounding", |_, vector| numbers::rounding(vector)),
    ("size_validity", |_, vector| numbers::size(vector)),
    ("asset_ids", |_, vector| numbers::asset(vector)),
];

/// Checks every vector of a file in the format of `tests/golden/signing_vectors.json`; a list that the
/// file lacks is empty. Vectors that fail are in the report.
pub fn run(path: &Path) -> Result<SigningReport, VectorFileError> {
    let file = read(path)?;
    let mut report = SigningReport::default();
    for (list, check) in LISTS.into_iter().filter(|(list, _)| file.get(list).is_some()) {
        let misfit = |why| VectorFileError::Format(list, why);
        for (at, vector) in (0..).zip(Vector(&file).list(list).map_err(misfit)?) {
            match check(Vector(&file), vector) {
                Ok(encoded) => {
                    report.passed += 1;
                    report.through_encoder += u64::from(encoded);
                }
                Err(Miss::Foreign(kind)) => *report.skipped.entry(kind).or_default() += 1,
                Err(Miss::Misfit(why)) => return Err(misfit(why)),
                Err(why @ (Miss::Differs { .. } | Miss::Refused(_))) => {
                    report.failed += 1;
                    let id: u64 = vector.get("id").unwrap_or(at);
                    report.first_failures.push(format!("{list}[{id}]: {why}"));
                    report.first_failures.truncate(FAILURES_TOLD);
                }
            }
        }
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
