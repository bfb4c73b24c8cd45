//! What somebody wrote as a setting: where it stands, and what is wrong with it.

use std::fmt;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: it is the default.
    Default,
    /// In a file, at a line and column counted from 1.
    File(String, usize, usize),
    /// In a variable of the environment.
    Variable(String),
}

/// A value that someone wrote for a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Section and key, with a dot between.
    pub key: String,
    /// The number as text, or what stands there instead.
    pub value: Result<String, String>,
    /// Where the value stands: file with line and column, or variable.
    pub origin: Origin,
}

/// What is wrong with a value: where, which key, which value, what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where the wrong value stands: file with line and column, or variable.
    pub origin: Origin,
    /// The key as `section.key`.
    pub key: String,
    /// What stands there, when the key is known.
    pub value: Option<String>,
    /// What is allowed, or what was probably meant.
    pub want: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path, line, column) => write!(f, "{path}:{line}:{column}"),
            Origin::Variable(name) => write!(f, "{name}"),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wrong { origin, key, value, want } = self;
        write!(f, "{origin}: ")?;
        match (key.is_empty(), value) {
            (true, _) => f.write_str(want),
            (false, Some(value)) => write!(f, "{key} = {value}: {want}"),
            (false, None) => write!(f, "{key}: {want}"),
        }
    }
}
