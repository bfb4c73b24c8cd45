//! The HTML page of a session, and what a report of one begins and ends with.

use crate::cli::{Exit, Failure};
use crate::engine::Engine;
use crate::host::file::write_whole;
use crate::market::RejectReason;
use crate::num::{Nanos, WallMs};
use crate::report::{self, RequestStats, SessionInfo, html};
use crate::session::header::SessionHeader;
use std::path::Path;

/// What a session is about; `command` repeats it.
pub fn head(session: &SessionHeader, began: WallMs, command: String) -> SessionInfo {
    let SessionHeader { venue, world, coins, setup, .. } = session;
    let (venue, world, position_max) = (venue.clone(), world.clone(), setup.sizing.position_max);
    SessionInfo { venue, coin: coins[0].clone(), world, began, position_max, command }
}

/// Writes the HTML report, whole or not at all; its path as text.
pub fn write_page(report: &report::Session, page: &Path) -> Result<String, Failure> {
    let html = html::page(report);
    write_whole(page, html.as_bytes()).map_err(Failure::about(Exit::Usage, page))?;
    say!("evenkeel: report {}", page.display());
    Ok(page.display().to_string())
}

/// What the engine asked and the venue refused.
pub fn traffic(engine: &Engine) -> RequestStats {
    let counted = RejectReason::ALL.iter().zip(engine.account().reject_reasons);
    let rejects = counted.filter(|(_, count)| 0 < *count);
    RequestStats {
        requests: engine.gateway().requests_made(),
        orders: engine.gateway().orders_sent(),
        rejects: rejects.map(|(reason, count)| (reason.name().to_owned(), count)).collect(),
    }
}

/// Events a second of wall time.
pub fn rate(events: u64, took: Nanos) -> f64 {
    events as f64 / (took.ns().max(1) as f64 / 1e9)
}
