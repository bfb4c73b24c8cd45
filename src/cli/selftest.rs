//! `evenkeel selftest`: signatures and arithmetic against known vectors.

use crate::cli::{Exit, Failure, print};
use crate::ops::selftest::{GroupResult, model, signing};
use crate::report::json::SCHEMA;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

/// Check this build's signatures and arithmetic against vectors that others computed.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 every vector holds   2 a file cannot be read   8 some do not\n\
                        EXAMPLE  evenkeel selftest --signing tests/golden/signing_vectors.json --json")]
#[group(required = true, multiple = true)]
pub struct SelftestArgs {
    /// Signing and format vectors.
    #[arg(long, value_name = "FILE")]
    signing: Option<PathBuf>,
    /// Vectors of the quoting model.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
}

/// The object that `--json` prints; a group that was not asked for is absent.
#[derive(Serialize)]
struct Object {
    schema: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing: Option<signing::SigningReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<model::ModelReport>,
}

/// Checks the files: fails when one cannot be read, or a vector does not hold.
pub fn run(args: &SelftestArgs) -> Result<(), Failure> {
    let signing = |path: &PathBuf| signing::run(path).map_err(Failure::about(Exit::Usage, path));
    let model = |path: &PathBuf| model::run(path).map_err(Failure::about(Exit::Usage, path));
    let object = Object {
        schema: SCHEMA,
        signing: args.signing.as_ref().map(signing).transpose()?,
        model: args.model.as_ref().map(model).transpose()?,
    };
    tell(&object);
    if args.json {
        print::json(&object);
    }
    match failed(&object) {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Check, format!("{count} vectors do not hold"))),
    }
}

fn failed(object: &Object) -> u64 {
    let model = object.model.iter().flat_map(|groups| groups.values().map(|group| group.failed));
    object.signing.iter().map(|report| report.failed).chain(model).sum()
}

fn tell(object: &Object) {
    if let Some(report) = &object.signing {
        let skipped: u64 = report.skipped.values().sum();
        say!("signing: {} passed, {} failed, {skipped} skipped", report.passed, report.failed);
        report.first_failures.iter().for_each(|failure| say!("  {failure}"));
    }
    for (name, group) in object.model.iter().flatten() {
        let GroupResult { passed, failed, worst_error, unit, .. } = group;
        say!("model {name}: {passed} passed, {failed} failed, worst {worst_error:.3e} {unit}");
    }
}
