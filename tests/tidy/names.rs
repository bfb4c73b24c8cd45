//! Names that say nothing.

use crate::source::{Source, Token};
use crate::tables::{FUNCTION_PREFIXES, MODULE_NAMES, TAKER_PREFIX, TYPE_WORDS};

/// Complaints about names of modules, types and functions.
pub fn check(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    let file = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let names = source.path.split('/').chain([file]);
    for name in names.filter(|name| MODULE_NAMES.contains(name)) {
        complaints.push(format!("{}: a module called `{name}` says nothing", source.path));
    }
    for pair in source.tokens.windows(2) {
        complaints.extend(declaration(&source.path, pair));
    }
    complaints
}

/// The complaint about one declaration, if `pair` is a keyword and a bad name.
fn declaration(path: &str, pair: &[Token]) -> Option<String> {
    let (keyword, name) = (pair[0].word()?, pair[1].word()?);
    let line = pair[1].line;
    let bad = match keyword {
        "mod" => MODULE_NAMES.contains(&name),
        "fn" => FUNCTION_PREFIXES.iter().any(|prefix| name.starts_with(prefix)),
        "struct" | "enum" | "trait" | "type" => TYPE_WORDS.iter().any(|word| name.contains(word)),
        _ => false,
    };
    bad.then(|| format!("{path}:{line}: `{keyword} {name}`: a name says what the thing is or does"))
}

/// A complaint for every function of the engine that takes; what happens is answered `on_x`.
pub fn takers(source: &Source) -> Vec<String> {
    if source.room() != "engine" {
        return Vec::new();
    }
    let pairs = source.tokens.windows(2).filter(|pair| !pair[0].test);
    let found = pairs.filter_map(|pair| match (pair[0].word()?, pair[1].word()?) {
        ("fn", name) if name.starts_with(TAKER_PREFIX) => Some((name, pair[1].line)),
        _ => None,
    });
    found
        .map(|(name, line)| format!("{}:{line}: `fn {name}`: a handler is `on_x`", source.path))
        .collect()
}
