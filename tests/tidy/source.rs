//! Files as lists of tokens, so that comments, strings and tests are told from code.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::path::{Path, PathBuf};

/// One token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A name or keyword.
    Word(String),
    /// One character of punctuation.
    Punct(char),
    /// A literal, as written.
    Literal(String),
    /// A bracket opens.
    Open(char),
    /// A bracket closes.
    Close(char),
}

/// A token with its place.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Line, counted from 1.
    pub line: usize,
    /// Whether it belongs to a test.
    pub test: bool,
}

impl Token {
    /// The word, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Punct(_) | Kind::Literal(_) | Kind::Open(_) | Kind::Close(_) => None,
        }
    }

    /// Whether it is this punctuation.
    pub fn is(&self, punct: char) -> bool {
        self.kind == Kind::Punct(punct)
    }
}

/// A file.
pub struct Source {
    /// Its path from the root of the repository.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Its tokens, without comments; documentation is a comment.
    pub tokens: Vec<Token>,
}

impl Source {
    /// Reads a file's text.
    pub fn new(path: &str, text: &str) -> Source {
        let stream: TokenStream =
            text.parse().unwrap_or_else(|error| panic!("{path}: not Rust: {error}"));
        let mut tokens = Vec::new();
        let is_test = is_test_file(path) || path.starts_with("tests/");
        flatten(stream, is_test, &mut tokens);
        Source { path: path.to_owned(), text: text.to_owned(), tokens }
    }

    /// The module path: `src/num/text.rs` is `["num", "text"]`; empty outside `src`.
    pub fn module(&self) -> Vec<&str> {
        let Some(rest) = self.path.strip_prefix("src/") else { return Vec::new() };
        let rest = rest.trim_end_matches(".rs").trim_end_matches("/mod");
        if rest == "lib" || rest == "main" { Vec::new() } else { rest.split('/').collect() }
    }

    /// The module of the first floor that it belongs to; empty outside `src`.
    pub fn room(&self) -> &str {
        self.module().first().copied().unwrap_or_default()
    }

    /// The index of the bracket that closes the one at `open`.
    pub fn closing(&self, open: usize) -> usize {
        let mut depth = 0usize;
        for (index, token) in self.tokens.iter().enumerate().skip(open) {
            match token.kind {
                Kind::Open(_) => depth += 1,
                Kind::Close(_) => depth -= 1,
                Kind::Word(_) | Kind::Punct(_) | Kind::Literal(_) => {}
            }
            if depth == 0 {
                return index;
            }
        }
        unreachable!("the parser balances brackets")
    }
}

/// Whether a file of `src` holds nothing but tests.
pub fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Appends the tokens of `stream`; what follows `#[cfg(test)]` up to its end is a test.
fn flatten(stream: TokenStream, is_test: bool, out: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut test_item = false;
    let mut index = 0;
    while let Some(tree) = trees.get(index) {
        if let Some(length) = doc_length(&trees[index..]) {
            index += length;
            continue;
        }
        test_item |= begins_test(&trees[index..]);
        let test = is_test || test_item;
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                out.push(Token { kind: Kind::Open(open), line, test });
                flatten(group.stream(), test, out);
                let line = group.span_close().end().line;
                out.push(Token { kind: Kind::Close(close), line, test });
                test_item &= group.delimiter() != Delimiter::Brace;
            }
            TokenTree::Ident(word) => {
                out.push(Token { kind: Kind::Word(word.to_string()), line, test });
            }
            TokenTree::Punct(punct) => {
                out.push(Token { kind: Kind::Punct(punct.as_char()), line, test });
                test_item &= punct.as_char() != ';';
            }
            TokenTree::Literal(literal) => {
                out.push(Token { kind: Kind::Literal(literal.to_string()), line, test });
            }
        }
        index += 1;
    }
}

/// How many trees a documentation attribute at the front takes.
fn doc_length(trees: &[TokenTree]) -> Option<usize> {
    let is = |tree: Option<&TokenTree>, want: char| matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == want);
    if !is(trees.first(), '#') {
        return None;
    }
    let at = if is(trees.get(1), '!') { 2 } else { 1 };
    let Some(TokenTree::Group(group)) = trees.get(at) else { return None };
    let first = group.stream().into_iter().next();
    let second = group.stream().into_iter().nth(1);
    let is_doc = matches!(first, Some(TokenTree::Ident(word)) if word == "doc");
    (is_doc && is(second.as_ref(), '=')).then_some(at + 1)
}

/// Whether `#[cfg(test)]` stands at the front.
fn begins_test(trees: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(group), ..] = trees else { return false };
    let text: String = group.stream().to_string().split_whitespace().collect();
    hash.as_char() == '#' && text.starts_with("cfg(") && text.contains("test") && {
        !text.contains("not(test")
    }
}

/// The characters of a pair of brackets; an invisible pair has none, and gets a space.
fn brackets(delimiter: Delimiter) -> (char, char) {
    match delimiter {
        Delimiter::Parenthesis => ('(', ')'),
        Delimiter::Brace => ('{', '}'),
        Delimiter::Bracket => ('[', ']'),
        Delimiter::None => (' ', ' '),
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file's text, by its path from the root.
pub fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Rust file of `src`, `tests` and `benches`.
pub fn rust_files() -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches"] {
        walk(&root().join(folder), &mut paths);
    }
    paths.retain(|path| path.ends_with(".rs"));
    paths.iter().map(|path| Source::new(path, &read(path))).collect()
}

/// Every file that is text and belongs to the repository, as (path, text).
pub fn text_files() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    let texts = paths.into_iter().filter_map(|path| {
        let bytes = std::fs::read(root().join(&path)).ok()?;
        Some((path, String::from_utf8(bytes).ok()?))
    });
    texts.collect()
}

/// Appends the files below `folder`, but nothing that a build or version control made.
fn walk(folder: &Path, out: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let made = [".git", "target", "artifacts", "corpus"];
        if made.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if path.is_dir() {
            walk(&path, out);
        } else if let Ok(rest) = path.strip_prefix(root()) {
            out.push(rest.to_string_lossy().into_owned());
        }
    }
    out.sort();
}
