//! Comments, documents and manifests.

use crate::source::{Source, is_test_file};
use crate::tables::{COMMANDS, HISTORY, MACHINE_PATHS, REGISTRY, REGISTRY_HOSTS, SHORT_DOC_WORDS};

/// Complaints about comments that tell of the past or of work left over.
pub fn comments(source: &Source) -> Vec<String> {
    let lines = source.text.lines().zip(1..);
    let found = lines.filter_map(|(line, number)| {
        let comment = comment(line)?.to_lowercase();
        let phrase = HISTORY.iter().map(|phrase| phrase.replace('/', "")).find(|phrase| {
            let mut places = comment.match_indices(phrase.as_str());
            places.any(|(at, _)| stands_alone(&comment, at, phrase.len()))
        })?;
        let path = &source.path;
        Some(format!("{path}:{number}: \"{phrase}\": a comment describes the code as it is"))
    });
    found.collect()
}

/// The comment of a line.
fn comment(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") { Some(trimmed) } else { Some(line.rsplit_once(" // ")?.1) }
}

/// Whether no letter or digit touches the phrase.
fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + length..].chars().next();
    ![before, after].iter().flatten().any(|near| near.is_alphanumeric())
}

/// Complaints about paths and hosts of one machine.
pub fn machine(files: &[(String, String)]) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, text) in files {
        for (line, number) in text.lines().zip(1..) {
            let words =
                MACHINE_PATHS.iter().chain(REGISTRY_HOSTS).map(|word| word.replace('|', ""));
            if let Some(word) = words.into_iter().find(|word| line.contains(word.as_str())) {
                complaints.push(format!("{path}:{number}: \"{word}\" is of one machine only"));
            }
        }
    }
    complaints
}

/// Complaints about dependencies without a comment.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut is_list = false;
    for (line, number) in manifest.lines().zip(1..) {
        if line.starts_with('[') {
            is_list = line.contains("dependencies");
        }
        let said = line.split_once(" # ").is_some_and(|(_, why)| !why.trim().is_empty());
        if is_list && line.contains('=') && !line.starts_with('#') && !said {
            complaints
                .push(format!("Cargo.toml:{number}: say behind a # what it saves us: {line}"));
        }
    }
    complaints
}

/// Complaints about commands that the README does not show.
pub fn readme(text: &str) -> Vec<String> {
    let missing = COMMANDS.iter().filter(|command| !text.contains(**command));
    missing.map(|command| format!("README.md: does not show `{command}`")).collect()
}

/// Complaints about packages from elsewhere.
pub fn lock(text: &str) -> Vec<String> {
    let sources = text.lines().zip(1..).filter(|(line, _)| line.starts_with("source = "));
    let wrong = sources
        .filter(|(line, _)| line.trim_start_matches("source = ").trim_matches('"') != REGISTRY);
    wrong.map(|(line, number)| format!("Cargo.lock:{number}: {line}; only {REGISTRY}")).collect()
}

/// A complaint for every comment of documentation that is too short to say anything.
pub fn short_docs(source: &Source) -> Vec<String> {
    if !source.path.starts_with("src/") || is_test_file(&source.path) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (line, number) in source.text.lines().chain([""]).zip(1..) {
        if let Some(says) = documentation(line) {
            let (_, text) = block.get_or_insert((number, String::new()));
            text.extend([" ", says]);
        } else if let Some((start, text)) = block.take() {
            let words = text.split_whitespace().count();
            if words <= SHORT_DOC_WORDS && !is_in_test(source, start) {
                complaints.push(format!(
                    "{}:{start}: \"{}\" says too little",
                    source.path,
                    text.trim()
                ));
            }
        }
    }
    complaints
}

/// What a line of documentation says.
fn documentation(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with("////") {
        return None;
    }
    line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
}

/// Whether the first code after a line belongs to a test.
fn is_in_test(source: &Source, line: usize) -> bool {
    source.tokens.iter().find(|token| line < token.line).is_some_and(|token| token.test)
}
