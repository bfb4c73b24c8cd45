//! What a reply says about one order.

use crate::market::{Item, Oid, RejectReason, Reply, ReplyBody};

/// An answer, brought down to one order.
pub(super) enum Answer {
    Rests(Oid),
    Filled(Oid),
    Done,
    Rejected(RejectReason),
    Unknown,
}

/// The part of a reply that is about the item at `place`.
pub(super) fn order_reply(reply: &Reply<'_>, place: u8) -> Answer {
    match reply.body {
        ReplyBody::Done => Answer::Done,
        ReplyBody::Rejected(reason) => Answer::Rejected(reason),
        ReplyBody::Unknown => Answer::Unknown,
        ReplyBody::Items(items) => match items.get(usize::from(place)) {
            None => Answer::Unknown,
            Some(Item::Resting(oid)) => Answer::Rests(*oid),
            Some(Item::Filled(oid)) => Answer::Filled(*oid),
            Some(Item::Canceled | Item::Waiting) => Answer::Done,
            Some(Item::Rejected(reason)) => Answer::Rejected(*reason),
        },
    }
}
