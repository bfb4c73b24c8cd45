//! Floor 3: what happened, for people.
//!
//! A [`Session`] is filled with facts while it runs or while its journal is read, and shown as a
//! line a second, a summary, JSON or one HTML page. It knows no clock, file or socket.

pub mod format;
pub mod html;
pub mod json;
pub mod latency;
pub mod ledger;
pub mod session;
pub mod text;

pub use latency::Latency;
pub use ledger::{FillRow, Ledger, Opening, PnlParts};
pub use session::{RequestStats, Sample, Session, SessionEnd, SessionInfo};
