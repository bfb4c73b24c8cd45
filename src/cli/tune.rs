//! `evenkeel tune`: the machine's settings, checked or scripted.

use crate::cli::{Exit, Failure};
use crate::ops::tune::{Knob, KnobStatus, check, script};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

/// Check the machine's settings, or print a script that sets them and undoes it; nothing is applied.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "EXIT     0 all that apply hold   8 some are off\nEXAMPLE  evenkeel tune check --json"
)]
pub struct TuneArgs {
    what: TuneAction,
    /// Print the checks as one JSON list on standard output.
    #[arg(long)]
    json: bool,
}

/// What to do about the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum TuneAction {
    /// Say which settings hold, and the line that mends the others; `tuning/README.md` says why.
    Check,
    /// Print the script for this machine's cores.
    Script,
}

/// Does it; fails when a setting is off.
pub fn run(args: &TuneArgs) -> Result<(), Failure> {
    if args.what == TuneAction::Script {
        tell!("{}", script().trim_end());
        return Ok(());
    }
    let knobs = check();
    if args.json {
        tell!("{}", Value::from(knobs.iter().map(row).collect::<Vec<_>>()));
    } else {
        knobs.iter().for_each(|knob| tell!("{knob}"));
    }
    match knobs.iter().filter(|knob| knob.status == KnobStatus::Off).count() {
        0 => Ok(()),
        off => Err(Failure::new(Exit::Check, format!("{off} of {} settings are off", knobs.len()))),
    }
}

fn row(knob: &Knob) -> Value {
    let Knob { name, status, evidence, fix } = knob;
    json!({"check": name, "status": status.word(), "evidence": evidence, "fix": fix})
}
