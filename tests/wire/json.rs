//! A slow, obvious JSON value that keeps repeated keys, which serde_json's own does not.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Flag(bool),
    /// A whole number that is not negative.
    Whole(u64),
    /// A number beyond 64 bits, which the fast parser refuses and this one calls a float.
    Huge,
    /// Any other number.
    Number,
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Smallest whole number that 64 bits do not hold.
const HUGE: f64 = 18_446_744_073_709_551_616.0;

impl Json {
    /// Whether a [`Json::Huge`] is anywhere inside.
    pub fn has_huge(&self) -> bool {
        match self {
            Json::Huge => true,
            Json::List(items) => items.iter().any(Json::has_huge),
            Json::Object(entries) => entries.iter().any(|(_, value)| value.has_huge()),
            Json::Null | Json::Flag(_) | Json::Whole(_) | Json::Number | Json::Text(_) => false,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(Build)
    }
}

struct Build;

impl<'de> Visitor<'de> for Build {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Flag(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Whole(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(if number.abs() < HUGE / 2.0 { Json::Number } else { Json::Huge })
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Object(entries))
    }
}
