//! The quoting model against vectors in the format of MODEL 7, from any seed.

mod estimators;
mod lattice;
mod machines;
mod numbers;
mod policy;

use crate::num::Q24;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of each group of vectors, by the group's name.
pub type ModelReport = BTreeMap<&'static str, GroupResult>;

/// The outcome of one group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct GroupResult {
    /// Comparisons within the tolerance of MODEL 6.5.
    pub passed: u64,
    /// Comparisons outside it.
    pub failed: u64,
    /// The largest deviation seen, in `unit`.
    pub worst_error: f64,
    /// The unit of the deviation; `exact` where only equality will do.
    pub unit: &'static str,
}

impl GroupResult {
    fn new(unit: &'static str) -> GroupResult {
        GroupResult { passed: 0, failed: 0, worst_error: 0.0, unit }
    }

    /// Counts a comparison of numbers: it passes while `got` is within `limit` of `want`.
    fn close(&mut self, got: f64, want: f64, limit: f64) {
        self.within((got - want).abs(), limit);
    }

    /// Counts a deviation: it passes up to `limit`. One that is not a number fails.
    fn within(&mut self, error: f64, limit: f64) {
        self.worst_error = if error.is_nan() { error } else { self.worst_error.max(error) };
        self.count(error <= limit);
    }

    /// Counts a comparison that only equality passes.
    fn same<T: PartialEq>(&mut self, got: &T, want: &T) {
        self.worst_error = if got == want { self.worst_error } else { 1.0 };
        self.count(got == want);
    }

    fn count(&mut self, passed: bool) {
        if passed { self.passed += 1 } else { self.failed += 1 }
    }
}

/// A group's name in the file, its unit, and the comparison of one of its entries.
type GroupCheck =
    (&'static str, &'static str, fn(&Value, &mut GroupResult) -> Result<(), serde_json::Error>);

/// Every group of MODEL 6.5; one key of the file may feed two groups.
const CHECKS: [(&str, GroupCheck); 14] = [
    ("glft", ("glft", "bps", lattice::exact)),
    ("glft", ("glft_asinh", "bps", lattice::closed)),
    ("compose_tables", ("compose_tables", "bps", lattice::tables)),
    ("drift_response", ("drift_response", "bps", policy::drift_response)),
    ("ewma", ("ewma", "relative", estimators::ewma)),
    ("volatility", ("volatility", "relative", estimators::volatility)),
    ("intensity", ("intensity", "relative", estimators::intensity)),
    ("kalman", ("kalman", "share of the tolerance", estimators::kalman)),
    ("opposed_gate", ("opposed_gate", "bps", estimators::opposed_gate)),
    ("cascade", ("cascade", "multiplier", machines::cascade)),
    ("kill", ("kill", "exact", machines::kill)),
    ("math", ("math", "share of the tolerance", numbers::functions)),
    ("venue_rounding", ("venue_rounding", "exact", numbers::rounding)),
    ("bps_to_price", ("bps_to_price", "exact", numbers::parts)),
];

/// Compares everything in the file at `path`; a group the file lacks is reported with no cases.
///
/// # Errors
/// The file cannot be read, is not JSON, or a group does not have the format of MODEL 7.
pub fn run(path: &Path) -> Result<ModelReport, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{name}: cannot read: {e}"))?;
    let file: Value = serde_json::from_str(&text).map_err(|e| format!("{name}: not JSON: {e}"))?;
    let mut report = ModelReport::new();
    for (key, (group, unit, check)) in CHECKS {
        let mut outcome = GroupResult::new(unit);
        if let Some(entries) = file.get(key) {
            check(entries, &mut outcome)
                .map_err(|e| format!("{name}: group {key} is not as MODEL 7 says: {e}"))?;
        }
        report.insert(group, outcome);
    }
    let mut outcome = GroupResult::new("bps");
    policy::compose(&file, &mut outcome)
        .map_err(|e| format!("{name}: group compose is not as MODEL 7 says: {e}"))?;
    report.insert("compose", outcome);
    Ok(report)
}

/// The entries of a group as the type that names their fields.
fn parse<T: DeserializeOwned>(entries: &Value) -> Result<T, serde_json::Error> {
    T::deserialize(entries)
}

/// A decimal of the file with `bits` fractional bits.
fn fixed(value: f64, bits: u32) -> i128 {
    (value * f64::from(bits).exp2()).round() as i128
}

/// A decimal of the file in millionths.
fn micro(value: f64) -> i64 {
    (value * 1e6).round() as i64
}

/// A decimal of the file with 24 fractional bits.
fn q24(value: f64) -> Q24 {
    Q24::from_bits((value * f64::from(Q24::BITS).exp2()).round() as i64)
}

/// Millionths as a decimal.
fn from_micro(value: i64) -> f64 {
    value as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> ModelReport {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/glft_vectors.json");
        run(&path).expect("the golden file is in the repository")
    }

    #[test]
    fn every_group_of_the_golden_vectors_passes() {
        for (name, group) in golden() {
            println!("{name}: {group:?}");
            assert!(0 < group.passed, "{name} compared nothing");
            assert_eq!(group.failed, 0, "{name}: {group:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = run(Path::new("no/such.json")).expect_err("there is no such file");
        assert!(error.starts_with("no/such.json: cannot read"), "{error}");
    }
}
