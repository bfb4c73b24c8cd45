//! Floor 2: what we may do. Knows nothing of why we want it.

pub mod budget;
pub mod limits;
pub mod position;

pub use budget::{Budget, BudgetConfig};
pub use limits::{Exposure, Limits, Refusal};
pub use position::Position;
