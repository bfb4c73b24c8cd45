//! Types: one name for each, and what belongs to it in its file.

use crate::graph::{Package, Target, path};
use crate::source::{Kind, Source, Token, is_test_file};
use crate::tables::{ASTRAY, SAME_NAMES, SAME_NAMES_MAX};
use std::collections::{BTreeMap, BTreeSet};

/// A complaint for every name that several types of `src` have.
pub fn double_names(sources: &[Source]) -> Vec<String> {
    let mut complaints: Vec<String> = Vec::new();
    for (name, places) in shared(sources) {
        if !SAME_NAMES.iter().any(|(excepted, _)| *excepted == name) {
            complaints.push(format!("`{name}` is {} types: {}", places.len(), places.join(" ")));
        }
    }
    complaints
}

/// Complaints about exceptions that nothing needs, that give no reason, or that are too many.
pub fn unused_exceptions(sources: &[Source]) -> Vec<String> {
    let (shared, astray) = (shared(sources), astray(sources));
    let mut complaints = Vec::new();
    for (name, why) in SAME_NAMES {
        if why.is_empty() || !shared.contains_key(*name) {
            complaints.push(format!("tidy/tables.rs: the name `{name}` needs no exception"));
        }
    }
    for (path, name, why) in ASTRAY {
        if why.is_empty() || !astray.iter().any(|(file, _, of)| file == path && of == name) {
            complaints.push(format!("tidy/tables.rs: `impl {name}` in {path} needs no exception"));
        }
    }
    if SAME_NAMES_MAX < SAME_NAMES.len() {
        complaints.push(format!("tidy/tables.rs: at most {SAME_NAMES_MAX} names may be shared"));
    }
    complaints
}

/// Names of several types, and where they stand.
fn shared(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| is_code(source)) {
        for (name, line) in types(source) {
            names.entry(name.to_owned()).or_default().push(format!("{}:{line}", source.path));
        }
    }
    names.retain(|_, places| 1 < places.len());
    names
}

fn is_code(source: &Source) -> bool {
    source.path.starts_with("src/") && !is_test_file(&source.path)
}

/// The types a file declares outside of its tests, and the lines.
fn types(source: &Source) -> Vec<(&str, usize)> {
    let tokens = &source.tokens;
    let associated = bodies(source);
    let is_associated = |at: usize| associated.iter().any(|&(open, close)| open < at && at < close);
    let named = (0..tokens.len()).filter(|&at| !tokens[at].test).filter_map(|at| {
        let is_type = match tokens[at].word()? {
            "struct" | "enum" | "union" | "trait" => true,
            "type" => !is_associated(at),
            _ => false,
        };
        let name = tokens.get(at + 1).and_then(Token::word)?;
        let is_name = name.starts_with(|letter: char| letter.is_ascii_uppercase());
        (is_type && is_name).then_some((name, tokens[at].line))
    });
    named.collect()
}

/// The braces of implementations and traits, where a `type` is part of what is around it.
fn bodies(source: &Source) -> Vec<(usize, usize)> {
    let tokens = &source.tokens;
    let heads = (0..tokens.len())
        .filter(|&at| begins_impl(tokens, at) || tokens[at].word() == Some("trait"));
    let open = |at: usize| (at..tokens.len()).find(|&at| tokens[at].kind == Kind::Open('{'));
    heads.filter_map(open).map(|at| (at, source.closing(at))).collect()
}

/// Whether an `impl` block begins at `at`; the `impl` of an argument or a result does not.
pub fn begins_impl(tokens: &[Token], at: usize) -> bool {
    let begins = |token: &Token| {
        token.is(';')
            || matches!(token.kind, Kind::Open('{') | Kind::Close('}' | ']'))
            || token.word() == Some("unsafe")
    };
    let repeats = |at: usize| {
        tokens[at].kind == Kind::Open('(') && at.checked_sub(1).is_some_and(|at| tokens[at].is('$'))
    };
    let before = at.checked_sub(1);
    tokens[at].word() == Some("impl") && before.is_none_or(|at| begins(&tokens[at]) || repeats(at))
}

/// The names of the enums of `src`.
pub fn enums(sources: &[Source]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources.iter().filter(|source| is_code(source)) {
        for pair in source.tokens.windows(2).filter(|pair| !pair[0].test) {
            if let (Some("enum"), Some(name)) = (pair[0].word(), pair[1].word()) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// A complaint for every implementation outside the file of its type, or of its trait.
pub fn impls_astray(sources: &[Source]) -> Vec<String> {
    let is_excepted =
        |file: &str, of: &str| ASTRAY.iter().any(|(path, name, _)| *path == file && *name == of);
    let found = astray(sources).into_iter().filter(|(file, _, of)| !is_excepted(file, of));
    found
        .map(|(file, line, of)| {
            format!("{file}:{line}: `impl {of}` stands in neither the type's file nor the trait's")
        })
        .collect()
}

/// Implementations astray: file, line, and what is implemented.
fn astray(sources: &[Source]) -> Vec<(String, usize, String)> {
    let package = Package::new(sources);
    let mut found = Vec::new();
    for (file, source) in package.sources.iter().enumerate() {
        let tokens = &source.tokens;
        for at in (0..tokens.len()).filter(|&at| !tokens[at].test && begins_impl(tokens, at)) {
            let (of, implemented) = head(tokens, at);
            let module = package.module_at(file, at);
            let stands = |path: &[String]| match package.resolve(module, path)? {
                Target::Item(file) => Some(file),
                Target::Module(_) => None,
            };
            let homes = [stands(&implemented), of.as_deref().and_then(stands)];
            let mut homes = homes.into_iter().flatten().peekable();
            if homes.peek().is_some() && !homes.any(|home| home == file) {
                let name = implemented.last().cloned().unwrap_or_else(|| "(..)".to_owned());
                let of = of.and_then(|of| of.last().cloned());
                let what = of.map_or(name.clone(), |of| format!("{of} for {name}"));
                found.push((source.path.clone(), tokens[at].line, what));
            }
        }
    }
    found
}

/// The trait, if any, and the type of the `impl` at `at`, as paths.
fn head(tokens: &[Token], at: usize) -> (Option<Vec<String>>, Vec<String>) {
    let start = if tokens[at + 1].is('<') { past_angle(tokens, at + 1) } else { at + 1 };
    let end = (start..tokens.len())
        .find(|&at| tokens[at].kind == Kind::Open('{') || tokens[at].word() == Some("where"));
    let end = end.unwrap_or(tokens.len());
    let (mut next, mut split) = (start, None);
    while next < end {
        if tokens[next].is('<') {
            next = past_angle(tokens, next);
            continue;
        }
        if tokens[next].word() == Some("for") && split.is_none() {
            split = Some(next);
        }
        next += 1;
    }
    match split {
        Some(split) => (Some(first_path(tokens, start)), first_path(tokens, split + 1)),
        None => (None, first_path(tokens, start)),
    }
}

/// The first path from `at` on, behind references and the like.
fn first_path(tokens: &[Token], at: usize) -> Vec<String> {
    let mut at = at;
    loop {
        let token = &tokens[at];
        if token.is('\'') {
            at += 2;
        } else if token.is('&') || token.is('!') || matches!(token.word(), Some("mut" | "dyn")) {
            at += 1;
        } else {
            return path(tokens, at).0;
        }
    }
}

/// The token after the angle brackets that open at `at`.
pub fn past_angle(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        let is_arrow = index.checked_sub(1).is_some_and(|before| tokens[before].is('-'));
        match token.kind {
            Kind::Punct('<') => depth += 1,
            Kind::Punct('>') if !is_arrow => depth -= 1,
            Kind::Word(_) | Kind::Punct(_) | Kind::Literal(_) | Kind::Open(_) | Kind::Close(_) => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}
