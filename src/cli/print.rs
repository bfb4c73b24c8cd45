//! Prints to stdout and stderr. The reader may close the pipe: a session must not end for it, which
//! the standard library's `println!` would do by a panic.

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// A line on stdout, if anybody reads it.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($words)*);
    }};
}

/// A line on stderr, if anybody reads it.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

/// The one object that `--json` prints.
pub fn json(object: &impl Serialize) {
    tell!("{}", serde_json::to_string(object).expect("plain fields with text keys"));
}

/// A progress bar over so many `things`; hidden where nobody looks.
pub fn bar(count: u64, things: &str) -> ProgressBar {
    let template = format!("{{bar:40}} {{pos}}/{{len}} {things}, {{eta}} left");
    let style = ProgressStyle::with_template(&template).expect("the template is sound");
    ProgressBar::new(count).with_style(style)
}
