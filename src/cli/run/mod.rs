//! Commands that run something: a session, a replay, the exchange.

pub mod live;
pub mod market;
pub mod replay;
pub mod show;
pub mod venue;

use crate::cli::{Exit, Failure};
use crate::host::file::write_whole;
use std::path::Path;

/// Writes the HTML report, whole or not at all; its path as text.
fn write_page(report: &crate::report::Session, page: &Path) -> Result<Option<String>, Failure> {
    let html = crate::report::html::page(report);
    write_whole(page, html.as_bytes())
        .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", page.display())))?;
    eprintln!("evenkeel: report {}", page.display());
    Ok(Some(page.display().to_string()))
}
