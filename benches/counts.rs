//! What is counted instead of timed, under valgrind and strace: see `run/counts.rs`.

mod arm;
mod kit;
mod run;
mod wire;

fn main() {
    run::named(env!("CARGO_CRATE_NAME"));
}
