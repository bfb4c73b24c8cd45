//! A vector: an object of JSON, whose fields are read where they are compared.

use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

/// An object of a file of vectors, or the whole file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vector<'a>(pub(super) &'a Value);

/// A field that is missing, or of another kind than its format says.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {why}")]
pub struct Misfit {
    key: String,
    why: serde_json::Error,
}

/// Why a file cannot be compared with.
#[derive(Debug, thiserror::Error)]
pub enum VectorFileError {
    /// The system does not give it.
    #[error("cannot read: {0}")]
    Unread(#[from] std::io::Error),
    /// It has another syntax.
    #[error("not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// A vector of this list lacks something.
    #[error("group {0} does not have the format: {1}")]
    Format(&'static str, Misfit),
}

/// Reads a whole file of vectors.
pub(super) fn read(path: &Path) -> Result<Value, VectorFileError> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

impl Misfit {
    /// A field that is of the right kind and still not what the format allows.
    pub(super) fn new(key: &str, why: &str) -> Misfit {
        Misfit { key: key.to_owned(), why: serde::de::Error::custom(why) }
    }
}

impl<'a> Vector<'a> {
    /// A field; one that is missing reads as null.
    pub(super) fn get<T: Deserialize<'a>>(self, key: &str) -> Result<T, Misfit> {
        T::deserialize(self.inner(key).0).map_err(|why| Misfit { key: key.to_owned(), why })
    }

    /// Several fields that are numbers.
    pub(super) fn numbers<const N: usize>(self, keys: [&str; N]) -> Result<[f64; N], Misfit> {
        let mut numbers = [0.0; N];
        for (number, key) in numbers.iter_mut().zip(keys) {
            *number = self.get(key)?;
        }
        Ok(numbers)
    }

    /// A field as a vector of its own.
    pub(super) fn inner(self, key: &str) -> Vector<'a> {
        Vector(self.0.get(key).unwrap_or(&Value::Null))
    }

    /// The vectors of a field that is a list.
    pub(super) fn list(self, key: &str) -> Result<impl Iterator<Item = Vector<'a>>, Misfit> {
        self.inner(key).items().map_err(|misfit| Misfit { key: key.to_owned(), ..misfit })
    }

    /// The vectors of a list.
    pub(super) fn items(self) -> Result<impl Iterator<Item = Vector<'a>>, Misfit> {
        let items = self.0.as_array().ok_or_else(|| Misfit::new("items", "not a list"))?;
        Ok(items.iter().map(Vector))
    }
}
