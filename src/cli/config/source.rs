//! What was written, with its place: the keys and values of a file and of the environment.

use super::settings::SETTINGS;
use super::written::{Origin, Written, Wrong};
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How every variable of the environment that holds a setting begins.
const PREFIX: &str = "EVENKEEL_";

/// Every value of a file.
pub(super) fn file(path: &Path) -> Result<Vec<Written>, Vec<Wrong>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let origin = Origin::Variable(name.clone());
        vec![Wrong { origin, key: String::new(), value: None, want: error.to_string() }]
    })?;
    parse(&name, &text)
}

/// Every value of a text in TOML.
pub(super) fn parse(name: &str, text: &str) -> Result<Vec<Written>, Vec<Wrong>> {
    let table = DeTable::parse(text).map_err(|error| {
        let origin = place(name, text, error.span().unwrap_or(0..0));
        let want = format!("not TOML: {}", error.message().replace('\n', ", "));
        vec![Wrong { origin, key: String::new(), value: None, want }]
    })?;
    let mut written = Vec::new();
    collect(name, text, "", table.get_ref(), &mut written);
    Ok(written)
}

/// Appends the values of a table and of the tables in it.
fn collect(name: &str, text: &str, above: &str, table: &DeTable<'_>, out: &mut Vec<Written>) {
    for (key, value) in table {
        let full = if above.is_empty() {
            key.get_ref().to_string()
        } else {
            format!("{above}.{}", key.get_ref())
        };
        if let DeValue::Table(inner) = value.get_ref()
            && above.is_empty()
            && (!inner.is_empty() || is_section(&full))
        {
            collect(name, text, &full, inner, out);
            continue;
        }
        let origin = place(name, text, key.span());
        let value = number(text, &full, value);
        out.push(Written { key: full, value, origin });
    }
}

/// Whether any setting stands in a section of this name.
fn is_section(name: &str) -> bool {
    SETTINGS
        .iter()
        .any(|setting| setting.key.split_once('.').is_some_and(|(section, _)| section == name))
}

/// The text of a number, or of a word that the setting knows, or what stands there instead.
fn number(text: &str, key: &str, value: &Spanned<DeValue<'_>>) -> Result<String, String> {
    let raw = || text.get(value.span()).unwrap_or_default().to_owned();
    match value.get_ref() {
        DeValue::Integer(integer) if integer.radix() == 10 => Ok(plain(integer.as_str())),
        DeValue::Float(float) => Ok(plain(float.as_str())),
        DeValue::String(word) if is_word(key, word) => Ok(word.to_string()),
        DeValue::Integer(_)
        | DeValue::String(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => Err(raw()),
    }
}

/// Whether a setting knows a word.
fn is_word(key: &str, word: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key == key && setting.of_word(word).is_some())
}

/// A number without what TOML allows beside digits.
fn plain(number: &str) -> String {
    number.trim_start_matches('+').replace('_', "")
}

/// Line and column of a span's beginning, from 1.
fn place(name: &str, text: &str, span: Range<usize>) -> Origin {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    Origin::File(name.to_owned(), line, column)
}

/// Every setting of the environment: `EVENKEEL_SECTION__KEY`.
pub(super) fn variables(environment: impl Iterator<Item = (String, String)>) -> Vec<Written> {
    let mut written: Vec<Written> = environment
        .filter_map(|(name, value)| {
            let (section, key) = name.strip_prefix(PREFIX)?.split_once("__")?;
            let key = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
            Some(Written { key, value: Ok(value), origin: Origin::Variable(name) })
        })
        .collect();
    // The environment has no order; what is told of it should have one.
    written.sort_by(|a, b| a.key.cmp(&b.key));
    written
}
