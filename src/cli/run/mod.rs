//! Commands that run something: a session, a replay, the exchange.

pub mod import;
pub mod live;
pub mod market;
pub mod replay;
pub mod show;
pub mod venue;

use crate::cli::{Exit, Failure};
use crate::host::file::write_whole;
use crate::num::Nanos;
use std::path::Path;

/// Writes the HTML report, whole or not at all; its path as text.
fn write_page(report: &crate::report::Session, page: &Path) -> Result<Option<String>, Failure> {
    let html = crate::report::html::page(report);
    write_whole(page, html.as_bytes())
        .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", page.display())))?;
    eprintln!("evenkeel: report {}", page.display());
    Ok(Some(page.display().to_string()))
}

/// Events a second.
fn rate(events: u64, took: Nanos) -> f64 {
    events as f64 / (took.ns().max(1) as f64 / 1e9)
}
