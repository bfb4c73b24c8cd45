//! The benches. Each target of `cargo bench` holds all of them and runs the one of its name, or the
//! one that `--run NAME` asks for: so all of one build can be compared, and nothing is built twice.

mod counts;
mod decode;
mod scale;
mod sign;
mod stages;
mod step;
mod stories;
mod tick_to_quote;

use crate::kit::report;
use crate::wire;

/// Runs the bench called `target`, unless the command line asks for another.
pub fn named(target: &str) {
    let name = report::word("--run").unwrap_or_else(|| target.to_owned());
    match name.as_str() {
        "counts" => counts::main(),
        "decode" => decode::main(),
        "scale" => scale::main(),
        "sign" => sign::main(),
        "step" => step::main(),
        "tick_to_quote" => tick_to_quote::main(),
        "wire_to_wire" => wire::main(),
        other => panic!("{other}: no bench of that name"),
    }
}
