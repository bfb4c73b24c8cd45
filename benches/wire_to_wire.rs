//! From the venue's send to the venue's receipt, over loopback: see `wire/mod.rs`.

mod arm;
mod kit;
mod run;
mod wire;

fn main() {
    run::named(env!("CARGO_CRATE_NAME"));
}
