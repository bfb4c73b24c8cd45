//! Subjects of commits.

use crate::tables::{FIRST_COMMIT, NO_COMMANDS, SUBJECT_LETTERS_MAX, VERBS_ALL_THE_SAME};
use std::process::Command;

/// The subjects from [`FIRST_COMMIT`] on, the newest first; or why there are none to look at.
pub fn subjects() -> Result<Vec<String>, &'static str> {
    let log =
        git(&["log", "--no-merges", "--format=%s"]).ok_or("there is no git, or no history")?;
    if git(&["rev-parse", "--is-shallow-repository"]).is_none_or(|says| says.trim() != "false") {
        return Err("the clone is shallow");
    }
    let mut subjects: Vec<String> = log.lines().map(str::to_owned).collect();
    let first = subjects.iter().position(|subject| subject == FIRST_COMMIT);
    subjects.truncate(first.ok_or("the first commit that is looked at is not in the history")? + 1);
    Ok(subjects)
}

/// What git says of this repository, if it says anything.
fn git(words: &[&str]) -> Option<String> {
    let done = Command::new("git").current_dir(env!("CARGO_MANIFEST_DIR")).args(words).output();
    let done = done.ok().filter(|done| done.status.success())?;
    String::from_utf8(done.stdout).ok()
}

/// What is wrong with a subject, if anything.
pub fn complaint(subject: &str) -> Option<String> {
    let wrong = |why: &str| Some(format!("commit \"{subject}\": {why}"));
    let Some((area, what)) = subject.split_once(": ") else {
        return wrong("it reads `area: what it does`");
    };
    let is_plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "/_-,. ".contains(letter)
    };
    let first = what.split([' ', ',', ':']).next().unwrap_or_default().to_lowercase();
    let is_told = first.ends_with("ed") || first.ends_with("ing") || NO_COMMANDS.contains(&&*first);
    if area.is_empty() || !area.chars().all(is_plain) {
        wrong("its area is in small letters")
    } else if SUBJECT_LETTERS_MAX < subject.chars().count() {
        wrong("it is too long")
    } else if first.is_empty() || subject.ends_with('.') {
        wrong("it says what the commit does, without a full stop")
    } else if is_told && !VERBS_ALL_THE_SAME.contains(&&*first) {
        wrong("it begins with a command, not with what was or is being done")
    } else {
        None
    }
}
