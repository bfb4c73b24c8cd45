//! Floor 1: the operating system's edge: clocks, cores, sockets, signals, files, and the rings
//! between threads. Every `unsafe` block of the program but the scanner's lives here.

pub mod clock;
pub(crate) mod file;
pub mod guard;
pub(crate) mod lock;
pub mod pin;
pub mod ring;
pub mod signal;
pub mod socket;

pub use clock::Clock;
pub use guard::Guardian;
pub use ring::{Consumer, PoolIn, PoolOut, Producer};
pub use signal::Signals;
pub use socket::{Poller, Read, Socket, ThreadWaker};

/// What threads share: nothing but these.
mod meeting {
    pub(super) use crossbeam_queue::ArrayQueue;
    pub(super) use std::sync::Arc;
    pub(super) use std::sync::atomic::{AtomicBool, Ordering};
}

// Not declared by `ring` itself, whose source `tests/loom_ring.rs` compiles a second time.
#[cfg(test)]
#[path = "ring/tests.rs"]
mod ring_tests;
