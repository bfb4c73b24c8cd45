//! What every bench needs: counts of allocations, distributions and how they are printed.

pub mod alloc;
pub mod report;
