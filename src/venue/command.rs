//! What accounts can ask of the exchange, after the signature was verified.

use crate::market::{Address, AssetId, Cloid, Oid, Tif};
use crate::num::{Px, Qty, Side, WallMs};

/// A signed action, its signature already turned into the signer's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The caller's number for it: its answer carries the same.
    pub ticket: u64,
    /// Who signed: an account, or an agent of one.
    pub signer: Address,
    /// The nonce that was signed.
    pub nonce: u64,
    /// After this time it must be refused.
    pub expires: Option<WallMs>,
    /// A vault or sub-account to act for.
    pub vault: Option<Address>,
    /// What to do.
    pub command: VenueCommand,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VenueCommand {
    /// Place orders, in order; each has its own status.
    Order(Vec<NewOrder>),
    /// Cancel orders, each with its own status.
    Cancel(Vec<(AssetId, Target)>),
    /// Replace one order; the answer has no statuses.
    Modify(Replacement),
    /// Replace orders, each with its own status.
    BatchModify(Vec<Replacement>),
    /// Cancel everything of the account at a time, or call that off.
    ScheduleCancel(Option<WallMs>),
    /// Set leverage and margin mode of a market.
    UpdateLeverage {
        /// The market.
        asset: AssetId,
        /// Shared margin, or the position's own.
        cross: bool,
        /// Leverage.
        leverage: u32,
    },
    /// Move margin into or out of an isolated position.
    UpdateIsolatedMargin {
        /// The market.
        asset: AssetId,
        /// Millionths of the collateral.
        micro_usd: i64,
    },
    /// Let another key sign for this account (user-signed: the signer must be the account itself).
    ApproveAgent {
        /// The agent; the zero address revokes.
        agent: Address,
        /// Its name, empty for the unnamed one, without a `valid_until` suffix.
        name: String,
        /// When it lapses.
        until: Option<WallMs>,
    },
    /// Nothing, but it spends the nonce.
    Noop,
}

/// An order as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// The market.
    pub asset: AssetId,
    /// Its side.
    pub side: Side,
    /// Its limit.
    pub px: Px,
    /// Its size.
    pub qty: Qty,
    /// How long it lives.
    pub tif: Tif,
    /// Whether it may only bring the position down.
    pub reduce_only: bool,
    /// The account's name for it.
    pub cloid: Option<Cloid>,
}

/// Which order is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// By the venue's name.
    Oid(Oid),
    /// By the account's name.
    Cloid(Cloid),
}

/// An order to put in another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The old order.
    pub old: Target,
    /// The new one.
    pub new: NewOrder,
    /// Place the new one even when the old one was gone (`a: true`).
    pub always: bool,
}
