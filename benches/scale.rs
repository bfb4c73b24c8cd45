//! Many instruments, deep books, more levels, the journal: see `run/scale.rs`.

mod arm;
mod kit;
mod run;
mod wire;

fn main() {
    run::named(env!("CARGO_CRATE_NAME"));
}
