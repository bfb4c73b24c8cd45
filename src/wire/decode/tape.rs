//! Walking simd-json's tape: values of known type, fields of known name, in any order.

use super::error::DecodeError;
use simd_json::{Node, StaticNode};

/// A value on the tape: its own node first, then all that belongs to it.
#[derive(Clone, Copy)]
pub(super) struct Value<'t, 'i>(&'t [Node<'i>]);

/// Keys met that neither we use nor the protocol names: the venue has grown.
pub(super) type UnknownKeys = u64;

impl<'t, 'i> Value<'t, 'i> {
    pub(super) fn root(tape: &'t [Node<'i>]) -> Value<'t, 'i> {
        Value(tape)
    }

    /// The value as text.
    pub(super) fn text(self, field: &'static str) -> Result<&'i str, DecodeError> {
        match self.0.first() {
            Some(Node::String(text)) => Ok(text),
            _ => Err(DecodeError::Type { field, want: "a text" }),
        }
    }

    /// The value as a whole number that is not negative.
    pub(super) fn whole(self, field: &'static str) -> Result<u64, DecodeError> {
        match self.0.first() {
            Some(Node::Static(StaticNode::U64(number))) => Ok(*number),
            _ => Err(DecodeError::Type { field, want: "a whole number that is not negative" }),
        }
    }

    /// The value as a yes or no.
    pub(super) fn flag(self, field: &'static str) -> Result<bool, DecodeError> {
        match self.0.first() {
            Some(Node::Static(StaticNode::Bool(flag))) => Ok(*flag),
            _ => Err(DecodeError::Type { field, want: "true or false" }),
        }
    }

    /// The value, unless it is null.
    pub(super) fn unless_null(self) -> Option<Value<'t, 'i>> {
        match self.0.first() {
            Some(Node::Static(StaticNode::Null)) => None,
            _ => Some(self),
        }
    }

    /// Whether the value is a text, not an object.
    pub(super) fn is_text(self) -> bool {
        matches!(self.0.first(), Some(Node::String(_)))
    }

    /// The items of an array of at most `max`.
    pub(super) fn items(
        self,
        field: &'static str,
        max: usize,
    ) -> Result<Items<'t, 'i>, DecodeError> {
        match self.0.first() {
            Some(Node::Array { len, .. }) if *len <= max => {
                Ok(Items { rest: &self.0[1..], left: *len })
            }
            Some(Node::Array { len, .. }) => Err(DecodeError::TooMany { field, got: *len, max }),
            _ => Err(DecodeError::Type { field, want: "a list" }),
        }
    }

    /// Whether an object has any of `names`.
    pub(super) fn has_any(self, field: &'static str, names: &[&str]) -> Result<bool, DecodeError> {
        let mut idle = 0;
        let [] = self.fields(field, &[], names, &mut idle)?;
        let Some(Node::Object { len, .. }) = self.0.first() else {
            return Err(DecodeError::Type { field, want: "an object" });
        };
        Ok(u64::try_from(*len).is_ok_and(|all| idle < all))
    }

    /// The values of an object's `names`, in the order of `names`; absent and null ones are none.
    ///
    /// Keys that are in neither list are counted in `unknown_keys`, those of `idle` are not.
    pub(super) fn fields<const N: usize>(
        self,
        field: &'static str,
        names: &[&'static str; N],
        idle: &[&str],
        unknown_keys: &mut UnknownKeys,
    ) -> Result<[Option<Value<'t, 'i>>; N], DecodeError> {
        let Some(Node::Object { len, .. }) = self.0.first() else {
            return Err(DecodeError::Type { field, want: "an object" });
        };
        let mut found = [None; N];
        let mut met = [false; N];
        let mut rest = &self.0[1..];
        let mut guess = 0; // The venue keeps one order: the next name is nearly always right.
        for _ in 0..*len {
            let [Node::String(key), tail @ ..] = rest else { return Err(DecodeError::NotJson) };
            let (value, tail) = split(tail);
            rest = tail;
            match place(names, guess, key) {
                Some(at) if met[at] => return Err(DecodeError::Twice { field: names[at] }),
                Some(at) => {
                    met[at] = true;
                    found[at] = value.unless_null();
                    guess = at + 1;
                }
                None if idle.contains(key) => {}
                None => *unknown_keys += 1,
            }
        }
        Ok(found)
    }
}

/// The value of a field that must be there and must not be null.
pub(super) fn need<'t, 'i>(
    value: Option<Value<'t, 'i>>,
    field: &'static str,
) -> Result<Value<'t, 'i>, DecodeError> {
    value.ok_or(DecodeError::Missing { field })
}

/// Where `key` stands in `names`, trying `guess` first.
fn place<const N: usize>(names: &[&'static str; N], guess: usize, key: &str) -> Option<usize> {
    if names.get(guess).is_some_and(|name| *name == key) {
        return Some(guess);
    }
    names.iter().position(|name| *name == key)
}

/// The first value of `nodes` and what follows it.
fn split<'t, 'i>(nodes: &'t [Node<'i>]) -> (Value<'t, 'i>, &'t [Node<'i>]) {
    let size = match nodes.first() {
        Some(Node::Object { count, .. } | Node::Array { count, .. }) => count + 1,
        _ => 1,
    };
    let (value, rest) = nodes.split_at(size.min(nodes.len()));
    (Value(value), rest)
}

/// Items of an array, one after the other.
pub(super) struct Items<'t, 'i> {
    rest: &'t [Node<'i>],
    left: usize,
}

impl Items<'_, '_> {
    pub(super) fn len(&self) -> usize {
        self.left
    }
}

impl<'t, 'i> Iterator for Items<'t, 'i> {
    type Item = Value<'t, 'i>;

    fn next(&mut self) -> Option<Value<'t, 'i>> {
        self.left = self.left.checked_sub(1)?;
        let (value, rest) = split(self.rest);
        self.rest = rest;
        Some(value)
    }
}
