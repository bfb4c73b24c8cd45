//! Whether the account we kept is the one the venue has, at the end of a session.

use super::bootstrap::VenueAccount;
use crate::num::{Pos, Usd};
use crate::risk::position::Position;

/// The largest difference that rounding explains: a cent.
const ROUNDING_MAX: Usd = Usd::from_e8(1_000_000);

/// How our account and the venue's differ: ours first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "our account and the venue's differ: position {:?} against {:?}, change of equity {:?} against {:?}",
    pos[0], pos[1], change[0], change[1]
)]
pub struct AccountMismatch {
    /// The position in coins.
    pub pos: [Pos; 2],
    /// The change of equity since the beginning.
    pub change: [Usd; 2],
}

/// Compares what we counted since the venue's equity was `began` with what the venue says.
///
/// # Errors
/// The positions differ, or the changes of equity by more than rounding explains.
pub fn compare(ours: &Position, began: Usd, theirs: &VenueAccount) -> Result<(), AccountMismatch> {
    let pos = [ours.pos(), theirs.pos];
    let change = [ours.pnl_with(theirs.value), theirs.equity - began];
    let off = (change[0] - change[1]).max(change[1] - change[0]);
    let holds = pos[0] == pos[1] && off <= ROUNDING_MAX;
    if holds { Ok(()) } else { Err(AccountMismatch { pos, change }) }
}
