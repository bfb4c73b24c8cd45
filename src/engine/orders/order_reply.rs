//! What a reply says about one order.

use crate::market::{Item, Oid, RejectReason, Reply, ReplyBody};

/// An answer, brought down to one order.
pub(super) enum OrderReply {
    Rests(Oid),
    Filled(Oid),
    Done,
    Rejected(RejectReason),
    Unknown,
}

/// The part of a reply that is about the item at `place`.
pub(super) fn order_reply(reply: &Reply<'_>, place: u8) -> OrderReply {
    match reply.body {
        ReplyBody::Done => OrderReply::Done,
        ReplyBody::Rejected(reason) => OrderReply::Rejected(reason),
        ReplyBody::Unknown => OrderReply::Unknown,
        ReplyBody::Items(items) => match items.get(usize::from(place)) {
            None => OrderReply::Unknown,
            Some(Item::Resting(oid)) => OrderReply::Rests(*oid),
            Some(Item::Filled(oid)) => OrderReply::Filled(*oid),
            Some(Item::Canceled | Item::Waiting) => OrderReply::Done,
            Some(Item::Rejected(reason)) => OrderReply::Rejected(*reason),
        },
    }
}
