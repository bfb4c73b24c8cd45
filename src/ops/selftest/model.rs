//! The quoting model against vectors in the format of MODEL 7, from any seed.

mod estimators;
mod lattice;
mod machines;
mod numbers;
mod policy;
pub mod tally;
mod units;

use super::vector::{Misfit, Vector, VectorFileError, read};
use std::collections::BTreeMap;
use std::path::Path;
use tally::GroupResult;

/// What became of each group of vectors, by the group's name.
pub type ModelReport = BTreeMap<&'static str, GroupResult>;

/// A group of comparisons: its name, its list in the file, the unit of a deviation, the tolerance of
/// MODEL 6.5 in that unit, and the function that compares.
type Group = (&'static str, &'static str, &'static str, f64, GroupCheck);
type GroupCheck = fn(Vector<'_>, &mut GroupResult) -> Result<(), Misfit>;

/// The unit of groups whose comparisons have a tolerance each.
const SHARE: &str = "share of the tolerance";

const GROUPS: [Group; 15] = [
    ("glft", "glft", "bps", 1e-4, lattice::exact),
    ("glft_asinh", "glft", "bps", 1e-3, lattice::closed),
    ("compose_tables", "compose_tables", "bps", 1e-4, lattice::tables),
    ("compose", "compose", "bps", 1e-4, policy::compose),
    ("drift_response", "drift_response", "bps", 1e-4, policy::drift_response),
    ("opposed_gate", "opposed_gate", "bps", 1e-4, estimators::opposed_gate),
    ("ewma", "ewma", "relative", 1e-5, estimators::ewma),
    ("volatility", "volatility", "relative", 1e-5, estimators::volatility),
    ("intensity", "intensity", "relative", 1e-4, estimators::intensity),
    ("kalman", "kalman", SHARE, 1.0, estimators::kalman),
    ("math", "math", SHARE, 1.0, numbers::functions),
    ("cascade", "cascade", "multiplier", 1e-4, machines::cascade),
    ("kill", "kill", "exact", 0.0, machines::kill),
    ("venue_rounding", "venue_rounding", "exact", 0.0, numbers::rounding),
    ("bps_to_price", "bps_to_price", "exact", 0.0, numbers::parts),
];

/// Compares everything in the file at `path`; a group the file lacks is reported with no cases.
pub fn run(path: &Path) -> Result<ModelReport, VectorFileError> {
    let file = read(path)?;
    let mut report = ModelReport::new();
    for (name, list, unit, tolerance, compare) in GROUPS {
        let mut result = GroupResult::new(unit, tolerance);
        if file.get(list).is_some() {
            compare(Vector(&file), &mut result)
                .map_err(|misfit| VectorFileError::Format(name, misfit))?;
        }
        report.insert(name, result);
    }
    Ok(report)
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
    fn a_file_that_is_not_there_is_refused_in_words() {
        let error = run(Path::new("no/such.json")).expect_err("there is no such file");
        assert!(error.to_string().starts_with("cannot read"), "{error}");
    }
}
