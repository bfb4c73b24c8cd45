//! The hot path: what it does not contain, and where `unsafe` may stand.

use crate::source::{Kind, Source, Token};
use crate::tables::{
    EXCEPTIONS, HOT, HOT_DENIED, HOT_MACROS, HOT_WORDS, UNSAFE_LINES_MAX, UNSAFE_PLACES,
    VENUE_WORDS,
};

/// Complaints about heap, floats, locks and printing on the hot path, outside tests.
pub fn words(source: &Source) -> Vec<String> {
    let found = forbidden(source).into_iter();
    let wrong = found.filter(|(word, _)| !is_excepted(&source.path, word));
    wrong
        .map(|(word, line)| {
            let (path, room) = (&source.path, source.room());
            format!("{path}:{line}: `{word}` has no place in `{room}` outside its tests")
        })
        .collect()
}

/// Every forbidden word of the file, excepted or not, and its line.
fn forbidden(source: &Source) -> Vec<(String, usize)> {
    let room = source.room();
    let (is_hot, is_venue) = (HOT.contains(&room), is_exchange(source));
    if !is_hot && !is_venue {
        return Vec::new();
    }
    let words = if is_hot { HOT_WORDS } else { VENUE_WORDS };
    let mut found = Vec::new();
    for (at, token) in source.tokens.iter().enumerate().filter(|(_, token)| !token.test) {
        let calls = source.tokens.get(at + 1).is_some_and(|next| next.is('!'));
        match &token.kind {
            Kind::Word(_) if is_variant(&source.tokens[..at]) => continue,
            Kind::Word(word) if words.contains(&word.as_str()) => {}
            Kind::Word(word) if is_hot && calls && HOT_MACROS.contains(&word.as_str()) => {}
            Kind::Literal(text) if is_float(text) => {}
            Kind::Word(_) | Kind::Literal(_) | Kind::Punct(_) | Kind::Open(_) | Kind::Close(_) => {
                continue;
            }
        }
        found.push((text(token), token.line));
    }
    found
}

/// Whether a file is of the exchange itself; what serves it to clients speaks JSON and has maps.
fn is_exchange(source: &Source) -> bool {
    source.room() == "venue" && !source.path.starts_with("src/venue/api")
}

/// Whether what follows `before` is a variant of a type (`Node::String`), not a type.
fn is_variant(before: &[Token]) -> bool {
    let [.., owner, first, second] = before else { return false };
    let is_type = |name: &str| name.starts_with(|letter: char| letter.is_ascii_uppercase());
    first.is(':') && second.is(':') && owner.word().is_some_and(is_type)
}

/// The word or literal itself.
fn text(token: &Token) -> String {
    match &token.kind {
        Kind::Word(text) | Kind::Literal(text) => text.clone(),
        Kind::Punct(mark) | Kind::Open(mark) | Kind::Close(mark) => mark.to_string(),
    }
}

/// Whether a literal is a number with a point or a float's suffix.
fn is_float(text: &str) -> bool {
    let is_number = text.starts_with(|first: char| first.is_ascii_digit());
    is_number && (text.contains('.') || text.ends_with("f64") || text.ends_with("f32"))
}

/// Whether the file may contain the word.
fn is_excepted(path: &str, word: &str) -> bool {
    EXCEPTIONS.iter().any(|exception| exception.path == path && exception.word == word)
}

/// Complaints about exceptions that nothing needs, or that give no reason.
pub fn unused_exceptions(sources: &[Source]) -> Vec<String> {
    let needed = |path: &str, word: &str| {
        let mut files = sources.iter().filter(|source| source.path == path);
        files.any(|source| forbidden(source).iter().any(|(found, _)| found == word))
    };
    let unused = EXCEPTIONS.iter().filter(|e| e.why.is_empty() || !needed(e.path, e.word));
    unused.map(|e| format!("tidy/tables.rs: exception `{}` in {}", e.word, e.path)).collect()
}

/// Complaints about hot modules that do not deny what clippy can see.
pub fn denials(sources: &[Source]) -> Vec<String> {
    let heads = HOT.iter().filter_map(|room| {
        let path = format!("src/{room}/mod.rs");
        sources.iter().find(|source| source.path == path)
    });
    heads.flat_map(missing_denials).collect()
}

/// The lints that the head of a hot module does not deny outside tests.
pub fn missing_denials(source: &Source) -> Vec<String> {
    let text: String = source.text.split_whitespace().collect();
    let start = text.find("#![cfg_attr(not(test),deny(");
    let denied = start.and_then(|at| text[at..].split(")]").next()).unwrap_or_default();
    let missing = HOT_DENIED.iter().filter(|lint| !denied.contains(**lint));
    missing
        .map(|lint| {
            let path = &source.path;
            format!("{path}: `#![cfg_attr(not(test), deny(...))]` must name {lint}")
        })
        .collect()
}

/// Complaints about `unsafe` outside its places, without its reason, or too much of it.
pub fn unsafe_code(sources: &[Source]) -> Vec<String> {
    let mut complaints: Vec<String> = sources.iter().flat_map(unsafe_words).collect();
    let lines: usize = sources.iter().map(unsafe_lines).sum();
    if UNSAFE_LINES_MAX < lines {
        complaints.push(format!("src: {lines} lines of unsafe code; at most {UNSAFE_LINES_MAX}"));
    }
    complaints
}

/// Complaints about the `unsafe` of one file.
pub fn unsafe_words(source: &Source) -> Vec<String> {
    let path = &source.path;
    let is_place = UNSAFE_PLACES.iter().any(|place| path == place || path.starts_with(place));
    let uses = unsafe_starts(source);
    uses.filter_map(|(_, line)| {
        if !is_place && path.starts_with("src/") {
            return Some(format!("{path}:{line}: `unsafe` may stand in {UNSAFE_PLACES:?} only"));
        }
        (!says_why(&source.text, line)).then(|| {
            format!("{path}:{line}: `unsafe` needs `// SAFETY:` and the fact it relies on above it")
        })
    })
    .collect()
}

/// Every `unsafe`, as index and line.
fn unsafe_starts(source: &Source) -> impl Iterator<Item = (usize, usize)> + '_ {
    let tokens = source.tokens.iter().enumerate();
    tokens.filter(|(_, token)| token.word() == Some("unsafe")).map(|(at, token)| (at, token.line))
}

/// Whether a comment right above `line` says what the code relies on.
fn says_why(text: &str, line: usize) -> bool {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let above = lines.iter().rev().skip(1);
    let mut block = above.take_while(|line| {
        let line = line.trim_start();
        line.starts_with("//") || line.starts_with("#[") || !line.ends_with([';', '}'])
    });
    block.any(|line| line.contains("SAFETY:") || line.contains("# Safety"))
}

/// Lines inside the braces of a file's `unsafe`.
fn unsafe_lines(source: &Source) -> usize {
    let spans = unsafe_starts(source).filter_map(|(at, line)| {
        let ahead = source.tokens[at..].iter().position(|token| token.kind == Kind::Open('{'))?;
        Some(source.tokens[source.closing(at + ahead)].line - line + 1)
    });
    if source.path.starts_with("src/") { spans.sum() } else { 0 }
}
