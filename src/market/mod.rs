//! Floor 1: the contract everything else speaks: what can happen to us and what we can do.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

pub mod action;
pub mod book;
pub mod event;
pub mod id;
pub mod kill;
pub mod owned_event;
pub mod reject;
pub mod snapshot;
pub mod spec;
pub mod table;
pub mod tape;

pub use action::{Action, Allowance, Place, Replace, Request, Requests, Tif};
pub use book::Book;
pub use event::{
    AccountSnapshot, Bbo, BookFrame, Context, Event, Fill, Health, Item, Level, Link, OpenOrder,
    OrderStatus, OrderUpdate, Reply, ReplyBody, Stream, Trade,
};
pub use id::{Address, AssetId, Cloid, CoinIx, Oid, RequestId, Tid};
pub use kill::{KillLimit, KillReason, KillState, KillStatus};
pub use owned_event::OwnedEvent;
pub use reject::RejectReason;
pub use snapshot::{QuoteParts, Snapshot};
pub use spec::Spec;
pub use table::{Table, TableParams};
pub use tape::Tape;
