//! Whether a vector holds.

use crate::ops::selftest::vector::{Misfit, Vector};
use serde_json::Value;
use std::fmt::Display;

/// Why a vector does not hold, or was not checked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Miss {
    /// Something of ours is not what stands in the vector.
    #[error("{what} is {got}, not {want}")]
    Differs { what: &'static str, got: Box<Value>, want: Box<Value> },
    /// Code of ours does not read what it should.
    #[error("{0}")]
    Refused(String),
    /// Nobody here speaks of this type of action.
    #[error("{0} is not known here")]
    Foreign(String),
    /// The vector does not have the format.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

impl Miss {
    pub(super) fn refused(why: impl Display) -> Miss {
        Miss::Refused(why.to_string())
    }
}

/// Whether two values are the same.
pub(super) fn same(
    what: &'static str,
    got: impl Into<Value>,
    want: impl Into<Value>,
) -> Result<(), Miss> {
    let (got, want) = (got.into(), want.into());
    if got == want {
        Ok(())
    } else {
        Err(Miss::Differs { what, got: got.into(), want: want.into() })
    }
}

/// Whether a field of a vector is what we got; a missing one is null.
pub(super) fn holds(
    vector: Vector<'_>,
    key: &'static str,
    got: impl Into<Value>,
) -> Result<(), Miss> {
    same(key, got, vector.inner(key).0.clone())
}
