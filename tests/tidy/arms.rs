//! What a reader must be able to trust: every variant of our enums is named, and errors are values.

use crate::declared::{begins_impl, enums, past_angle};
use crate::graph::Package;
use crate::source::{Kind, Source, Token};
use std::collections::BTreeSet;

/// A complaint for every `_ =>` beside arms that name variants of enums of ours.
pub fn wildcards(sources: &[Source]) -> Vec<String> {
    let (package, enums) = (Package::new(sources), enums(sources));
    let mut complaints = Vec::new();
    for (file, source) in package.sources.iter().enumerate() {
        let tokens = &source.tokens;
        let starts =
            (0..tokens.len()).filter(|&at| !tokens[at].test && tokens[at].word() == Some("match"));
        for at in starts {
            let Some(open) = (at..tokens.len()).find(|&at| tokens[at].kind == Kind::Open('{'))
            else {
                continue;
            };
            let arms = patterns(source, open);
            let Some(wild) = arms.iter().find(|arm| arm.len() == 1 && is(&arm[0], "_")) else {
                continue;
            };
            let module = package.module_at(file, at);
            let is_ours = |name: &str| enums.contains(name);
            let own = within_enum(source, at, &enums);
            let mut others = arms.iter().filter(|arm| arm.len() != wild.len() || !is(&arm[0], "_"));
            if others.any(|arm| {
                names_variant(arm, &is_ours, own)
                    || arm.iter().filter_map(Token::word).any(|name| {
                        name.starts_with(|letter: char| letter.is_ascii_uppercase())
                            && package.is_imported_from(module, name, is_ours)
                    })
            }) {
                let (path, line) = (&source.path, wild[0].line);
                complaints.push(format!("{path}:{line}: `_ =>` over an enum of ours"));
            }
        }
    }
    complaints
}

fn is(token: &Token, word: &str) -> bool {
    token.word() == Some(word) || word.len() == 1 && word.chars().all(|mark| token.is(mark))
}

/// Whether `at` stands in an implementation for an enum of ours, so that `Self::X` is a variant.
fn within_enum(source: &Source, at: usize, enums: &BTreeSet<String>) -> bool {
    let tokens = &source.tokens;
    let around = (0..at).rev().filter(|&start| begins_impl(tokens, start)).find_map(|start| {
        let open = (start..at).find(|&open| tokens[open].kind == Kind::Open('{'))?;
        (at < source.closing(open)).then(|| &tokens[start..open])
    });
    let mut words = around.unwrap_or_default().iter().rev().filter_map(Token::word);
    words.next().is_some_and(|name| enums.contains(name))
}

/// Whether a pattern names a variant of an enum of ours by its path.
fn names_variant(pattern: &[Token], is_ours: &dyn Fn(&str) -> bool, own: bool) -> bool {
    pattern.windows(3).any(|three| {
        let [owner, first, second] = three else { return false };
        let is_owner = |name: &str| is_ours(name) || own && name == "Self";
        first.is(':') && second.is(':') && owner.word().is_some_and(is_owner)
    })
}

/// The patterns of the `match` whose braces open at `open`, guards included.
fn patterns(source: &Source, open: usize) -> Vec<&[Token]> {
    let (tokens, close) = (&source.tokens, source.closing(open));
    let (mut found, mut start) = (Vec::new(), open + 1);
    while start < close {
        let Some(arrow) =
            ahead(source, start, close, |at| tokens[at].is('=') && tokens[at + 1].is('>'))
        else {
            break;
        };
        found.push(&tokens[start..arrow]);
        let body = arrow + 2;
        start = if tokens[body].kind == Kind::Open('{') {
            let end = source.closing(body) + 1;
            if tokens[end].is(',') { end + 1 } else { end }
        } else {
            ahead(source, body, close, |at| tokens[at].is(',')).map_or(close, |comma| comma + 1)
        };
    }
    found
}

/// The first token from `start` on, outside of brackets, of which `wanted` holds.
fn ahead(
    source: &Source,
    start: usize,
    end: usize,
    wanted: impl Fn(usize) -> bool,
) -> Option<usize> {
    let mut at = start;
    while at < end {
        if wanted(at) {
            return Some(at);
        }
        let is_open = matches!(source.tokens[at].kind, Kind::Open(_));
        at = if is_open { source.closing(at) + 1 } else { at + 1 };
    }
    None
}

/// A complaint for every result whose error is a text, outside `cli`.
pub fn string_results(source: &Source) -> Vec<String> {
    let tokens = &source.tokens;
    if !source.path.starts_with("src/") || source.room() == "cli" {
        return Vec::new();
    }
    let results = (0..tokens.len()).filter(|&at| {
        let opens = tokens.get(at + 1).is_some_and(|next| next.is('<'));
        !tokens[at].test && tokens[at].word() == Some("Result") && opens
    });
    let texts = results.filter(|&at| {
        let end = past_angle(tokens, at + 1);
        let inside = &tokens[at + 2..end.saturating_sub(1).max(at + 2)];
        matches!(inside, [.., comma, error] if comma.is(',') && error.word() == Some("String"))
    });
    texts
        .map(|at| format!("{}:{}: an error is a type, not a text", source.path, tokens[at].line))
        .collect()
}
