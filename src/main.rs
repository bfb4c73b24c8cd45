//! The `evenkeel` binary: runs the command line and returns its exit code.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(evenkeel::cli::main(std::env::args_os()))
}
