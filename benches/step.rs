//! One turn of the engine by kind of event: see `run/step.rs`.

mod arm;
mod kit;
mod run;
mod wire;

fn main() {
    run::named(env!("CARGO_CRATE_NAME"));
}
