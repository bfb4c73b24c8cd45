//! The HTML page of a session, and what stands at its head.

use crate::cli::{Exit, Failure};
use crate::host::file::write_whole;
use crate::num::Nanos;
use crate::num::WallMs;
use crate::report::SessionInfo;
use crate::session::header::SessionHeader;
use std::path::Path;

/// What a session is about; `command` repeats it.
pub fn head(session: &SessionHeader, began: WallMs, command: String) -> SessionInfo {
    let SessionHeader { venue, world, coins, setup, .. } = session;
    let (venue, world, position_max) = (venue.clone(), world.clone(), setup.sizing.position_max);
    SessionInfo { venue, coin: coins[0].clone(), world, began, position_max, command }
}

/// Writes the HTML report, whole or not at all; its path as text.
pub fn write_page(report: &crate::report::Session, page: &Path) -> Result<Option<String>, Failure> {
    let html = crate::report::html::page(report);
    write_whole(page, html.as_bytes())
        .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", page.display())))?;
    say!("evenkeel: report {}", page.display());
    Ok(Some(page.display().to_string()))
}

/// Events a second.
pub fn rate(events: u64, took: Nanos) -> f64 {
    events as f64 / (took.ns().max(1) as f64 / 1e9)
}
