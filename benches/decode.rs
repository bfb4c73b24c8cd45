//! A message to an event: see `run/decode.rs`.

mod arm;
mod kit;
mod run;
mod wire;

fn main() {
    run::named(env!("CARGO_CRATE_NAME"));
}
