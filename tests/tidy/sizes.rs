//! Sizes: files, functions, and the two parts of `src`.

use crate::source::{Kind, Source, is_test_file};
use crate::tables::{
    FILE_LINES_MAX, FUNCTION_LINES_MAX, INLINE_TEST_LINES_MAX, PRODUCT_LINES_MAX, VENUE_LINES_MAX,
};

/// Complains about a file that is too long; a file of tests may be as long as it needs.
pub fn file(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if lines <= FILE_LINES_MAX || is_test_file(&source.path) {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines; at most {FILE_LINES_MAX}", source.path)]
}

/// Complaints about functions that are too long.
pub fn functions(source: &Source) -> Vec<String> {
    let tokens = &source.tokens;
    let starts =
        (0..tokens.len()).filter(|&at| !tokens[at].test && tokens[at].word() == Some("fn"));
    let long = starts.filter_map(|at| {
        let name = tokens.get(at + 1)?.word()?;
        let open = body(source, at)?;
        let lines = tokens[source.closing(open)].line - tokens[at].line + 1;
        (FUNCTION_LINES_MAX < lines).then(|| {
            let (path, line) = (&source.path, tokens[at].line);
            format!("{path}:{line}: fn {name} has {lines} lines; at most {FUNCTION_LINES_MAX}")
        })
    });
    long.collect()
}

/// The brace that opens the body of the function at `at`; a declaration has none.
fn body(source: &Source, at: usize) -> Option<usize> {
    let mut index = at;
    while let Some(token) = source.tokens.get(index) {
        match token.kind {
            Kind::Open('{') => return Some(index),
            Kind::Punct(';') | Kind::Close(_) => return None,
            Kind::Open(_) => index = source.closing(index) + 1,
            Kind::Word(_) | Kind::Punct(_) | Kind::Literal(_) => index += 1,
        }
    }
    None
}

/// Complains about a long module of tests beside the code.
pub fn inline_tests(source: &Source) -> Vec<String> {
    let tokens = &source.tokens;
    let at = (1..tokens.len()).find(|&at| {
        source.path.starts_with("src/")
            && !is_test_file(&source.path)
            && tokens[at - 1].word() == Some("mod")
            && tokens[at].word() == Some("tests")
            && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Open('{'))
    });
    let Some(at) = at else { return Vec::new() };
    let lines = tokens[source.closing(at + 1)].line - tokens[at].line + 1;
    if lines <= INLINE_TEST_LINES_MAX {
        return Vec::new();
    }
    let own = format!("{}/tests.rs", source.path.trim_end_matches(".rs").trim_end_matches("/mod"));
    vec![format!(
        "{}: {lines} lines of tests beside the code; above {INLINE_TEST_LINES_MAX} they go to {own}",
        source.path
    )]
}

/// Complaints about a part of `src` that is too large without its tests.
pub fn parts(sources: &[Source]) -> Vec<String> {
    let is_venue = |source: &&Source| source.room() == "venue";
    let src = || sources.iter().filter(|source| source.path.starts_with("src/"));
    let rows = [
        ("src/venue", lines(src().filter(is_venue)), VENUE_LINES_MAX),
        ("src without venue", lines(src().filter(|source| !is_venue(source))), PRODUCT_LINES_MAX),
    ];
    let large = rows.iter().filter(|(_, lines, most)| most < lines);
    large
        .map(|(what, lines, most)| format!("{what}: {lines} lines without tests; at most {most}"))
        .collect()
}

/// Lines of these files, tests not counted.
pub fn lines<'a>(sources: impl Iterator<Item = &'a Source>) -> usize {
    let code = sources.filter(|source| !is_test_file(&source.path));
    code.map(|source| source.text.lines().count() - test_lines(source)).sum()
}

/// Lines that tests take in a file of code, blank ones and comments among them.
fn test_lines(source: &Source) -> usize {
    let runs = source.tokens.chunk_by(|one, next| one.test == next.test);
    let tests = runs.filter(|run| run[0].test);
    tests.map(|run| run[run.len() - 1].line - run[0].line + 1).sum()
}
