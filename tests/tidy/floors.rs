//! Import floors: who may know whom.

use crate::source::{Kind, Source, Token};
use crate::tables::{FLOORS, NARROW};

/// Complaints about paths that lead up or sideways.
pub fn check(source: &Source) -> Vec<String> {
    let room = source.room();
    if room.is_empty() {
        return Vec::new();
    }
    let Some((_, below)) = FLOORS.iter().find(|(module, _)| *module == room) else {
        return vec![format!(
            "{}: module `{room}` stands on no floor of tidy/tables.rs",
            source.path
        )];
    };
    let narrow = |module: &str| {
        let mut rows = NARROW.iter().filter(|(who, whom, _)| *who == room && *whom == module);
        rows.all(|(_, _, paths)| paths.iter().any(|path| source.path.starts_with(path)))
    };
    let allowed = |module: &str| module == room || below.contains(&module) && narrow(module);
    let known = |module: &str| FLOORS.iter().any(|(name, _)| *name == module);
    let wrong = mentions(source).into_iter().filter(|(name, _)| known(name) && !allowed(name));
    wrong
        .map(|(name, line)| {
            let path = &source.path;
            format!("{path}:{line}: `{room}` must not know `{name}`; it may import {below:?}")
        })
        .collect()
}

/// Every module of the crate that a path in `source` begins with, and the line.
fn mentions(source: &Source) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    let depth = source.module().len();
    let mut index = 0;
    while index < source.tokens.len() {
        match root_length(source, index, depth) {
            Some(length) => {
                collect(source, index + length, &mut found);
                index += length;
            }
            None => index += 1,
        }
    }
    found
}

/// Tokens that a way to the crate's root takes at `index`: `crate::`, or as many `super::` as the
/// file is deep (one more inside an inline module of tests).
fn root_length(source: &Source, index: usize, depth: usize) -> Option<usize> {
    let tokens = &source.tokens[index..];
    if matches!(tokens.first()?.word(), Some("crate" | "evenkeel")) {
        return joins(&tokens[1..]).then_some(3);
    }
    let mut supers = 0;
    while tokens.get(3 * supers).and_then(Token::word) == Some("super")
        && joins(&tokens[3 * supers + 1..])
    {
        supers += 1;
    }
    let inline = tokens[0].test && source.module().last() != Some(&"tests");
    (supers == depth + usize::from(inline) && 0 < supers).then_some(3 * supers)
}

/// Whether `::` stands at the front.
fn joins(tokens: &[Token]) -> bool {
    matches!(tokens, [first, second, ..] if first.is(':') && second.is(':'))
}

/// Adds the name at `index`, or every first name of the braces there.
fn collect<'a>(source: &'a Source, index: usize, found: &mut Vec<(&'a str, usize)>) {
    let Some(token) = source.tokens.get(index) else { return };
    if let Some(name) = token.word() {
        found.push((name, token.line));
    }
    if token.kind != Kind::Open('{') {
        return;
    }
    let mut at = index + 1;
    let close = source.closing(index);
    let mut is_first = true;
    while at < close {
        let token = &source.tokens[at];
        if let (true, Some(name)) = (is_first, token.word()) {
            found.push((name, token.line));
        }
        is_first = token.is(',');
        at = if matches!(token.kind, Kind::Open(_)) { source.closing(at) + 1 } else { at + 1 };
    }
}
