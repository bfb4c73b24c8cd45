//! From the bytes of a frame to a signed request in the queue: see `run/tick_to_quote.rs`.

mod arm;
mod kit;
mod run;
mod wire;

fn main() {
    run::named(env!("CARGO_CRATE_NAME"));
}
