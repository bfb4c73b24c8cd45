//! Floor 5: many sessions, compared; and the self-test of the arithmetic.

pub mod arena;
pub mod as_was;
pub mod plain;
pub mod rival;
pub mod scenario;
pub mod selftest;
