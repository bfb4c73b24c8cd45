//! What the engine believed and wanted after a step: for the journal, the screen and the report.

use crate::num::{Bps, Pos, Px, Usd};
use crate::risk::kill::State;

/// A snapshot of belief and wish. Prices that are not there are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Middle of the spread.
    pub mid: Px,
    /// Fair price.
    pub fair: Px,
    /// The nearest bid wanted.
    pub bid: Px,
    /// The nearest ask wanted.
    pub ask: Px,
    /// Position.
    pub pos: Pos,
    /// PnL since the beginning, fees taken off, the position at fair.
    pub pnl: Usd,
    /// Fees paid.
    pub fees: Usd,
    /// How far the quote leans: negative when long.
    pub skew: Bps,
    /// The kill switch.
    pub kill: State,
    /// Requests sent.
    pub requests: u64,
    /// Dollars traded.
    pub volume: Usd,
}
