//! All we can do. One [`Request`] is one signed message; a step makes at most a handful.
//!
//! Withdrawals, transfers and approvals cannot be said in this language, on purpose.

use super::id::{AssetId, Cloid, Oid, RequestId};
use crate::num::{Px, Qty, Side, WallMs};
use arrayvec::ArrayVec;

/// Quote levels a side.
pub const LEVELS_MAX: usize = 5;
/// Orders one request can place or replace: a full ladder of both sides.
pub const ITEMS_MAX: usize = 2 * LEVELS_MAX;
/// Orders of ours that can be live or in doubt at once.
pub const ORDERS_MAX: usize = 40;
/// Requests one step can make: cancels, replacements, two placements, a schedule.
pub const REQUESTS_MAX: usize = 6;

// Cancelling everything we can have open must fit in the requests of one step.
const _: () = assert!(ORDERS_MAX <= CANCELS_MAX);

/// Orders one cancel request can name: as many as make it no larger than the largest replacement.
pub const CANCELS_MAX: usize = 40;

/// How long an order lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Tif {
    /// Add liquidity only: rejected when it would cross.
    Alo = 0,
    /// Immediate or cancel: what does not trade at once is dropped.
    Ioc = 1,
    /// Good till cancelled: what does not trade rests.
    Gtc = 2,
}

/// An order to place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Our name for it.
    pub cloid: Cloid,
    /// The side of the order.
    pub side: Side,
    /// Its limit, on the venue's grid.
    pub px: Px,
    /// Its size, in whole lots of the venue.
    pub qty: Qty,
    /// How long it lives.
    pub tif: Tif,
    /// Whether it may only bring the position down.
    pub reduce_only: bool,
}

/// An order to replace: the old one is cancelled and the new one placed, or neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replace {
    /// Our name for the old order.
    pub old: Cloid,
    /// The new order, with a name of its own.
    pub new: Place,
}

/// What one request does, in the venue's terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Place orders. All of one class: post-only ones never share a request with others.
    Order(ArrayVec<Place, ITEMS_MAX>),
    /// Cancel orders by our names.
    CancelByCloid(ArrayVec<Cloid, CANCELS_MAX>),
    /// Cancel orders by the venue's names.
    CancelByOid(ArrayVec<Oid, CANCELS_MAX>),
    /// Put one order in another's place.
    Modify(Replace),
    /// Put several orders in others' places.
    BatchModify(ArrayVec<Replace, ITEMS_MAX>),
    /// Have the venue cancel everything at a time, or call that off.
    ScheduleCancel(Option<WallMs>),
    /// Set leverage and margin mode.
    UpdateLeverage {
        /// Shared margin, or the position's own.
        cross: bool,
        /// Leverage, a whole number.
        leverage: u32,
    },
    /// Move margin into (positive) or out of an isolated position.
    UpdateIsolatedMargin {
        /// Amount in millionths of the collateral.
        micro_usd: i64,
    },
    /// Nothing, but it spends its nonce.
    Noop,
}

/// What risk allows the orders of a request, by [`Side::index`]. Whoever turns them into bytes
/// asserts it again: the state that it follows from is not the one that made the orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The largest size of an order; zero where the side is closed.
    pub qty_max: [Qty; 2],
    /// Whether orders may only bring the position down.
    pub reduce_only: [bool; 2],
}

impl Allowance {
    /// Of a request that places nothing.
    pub const NONE: Allowance = Allowance { qty_max: [Qty::ZERO; 2], reduce_only: [true; 2] };
    /// Of orders that no risk stands behind: a baseline's, a test's, a recorded one's.
    pub const ANY: Allowance =
        Allowance { qty_max: [Qty::from_e8(i64::MAX); 2], reduce_only: [false; 2] };
}

/// One message to the venue, not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Our number for it; its reply carries the same.
    pub id: RequestId,
    /// The market it is about.
    pub asset: AssetId,
    /// After this time the venue must refuse it: an order that was delayed never rests.
    pub expires: Option<WallMs>,
    /// What the orders in it may be at most.
    pub allows: Allowance,
    /// What the request does.
    pub action: Action,
}

/// What one step wants done, in the order in which it must be sent.
pub type Requests = ArrayVec<Request, REQUESTS_MAX>;

impl Action {
    /// Orders and cancels in it: what it costs of the address budget.
    pub fn cost(&self) -> u32 {
        let items = match self {
            Action::Order(places) => places.len(),
            Action::CancelByCloid(cloids) => cloids.len(),
            Action::CancelByOid(oids) => oids.len(),
            Action::BatchModify(replaces) => replaces.len(),
            Action::Modify(_)
            | Action::ScheduleCancel(_)
            | Action::UpdateLeverage { .. }
            | Action::UpdateIsolatedMargin { .. }
            | Action::Noop => 1,
        };
        u32::try_from(items).expect("lists are bounded by CANCELS_MAX")
    }
}
