//! Floor 2: what we believe. Pure functions and small estimators; `docs/MATH.md` has every formula.

pub mod glft;
