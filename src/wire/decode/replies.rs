//! Answers to our requests over the orders socket (PROTOCOL 7, 8.10).

use super::buffers::{ITEMS_MAX, MessageBuffers, MessageKind, ReplyKind, Routed};
use super::error::{DecodeError, Excerpt};
use super::tape::{UnknownKeys, Value, need};
use crate::market::{Item, Oid, RejectReason, RequestId};
use crate::num::text::read_whole;

/// `post`: the answer to an action, or to a read, which we make elsewhere.
pub(super) fn post(data: Value, message: &mut MessageBuffers) -> Routed {
    let [id, response] =
        data.fields("data", &["id", "response"], &[], &mut message.unknown_keys)?;
    let id = RequestId(need(id, "id")?.whole("id")?);
    let names = ["type", "payload"];
    let [kind, payload] =
        need(response, "response")?.fields("response", &names, &[], &mut message.unknown_keys)?;
    match need(kind, "type")?.text("type")? {
        "action" => Ok(MessageKind::Reply(id, envelope(need(payload, "payload")?, message)?)),
        "error" => Ok(MessageKind::Reply(id, failure(need(payload, "payload")?.text("payload")?))),
        "info" => Ok(MessageKind::Quiet),
        kind => Err(DecodeError::Word { field: "type", text: Excerpt::new(kind) }),
    }
}

/// What a failed post means: refused for its rate, or nobody knows.
fn failure(text: &str) -> ReplyKind {
    if RejectReason::of_text(text) == RejectReason::RateLimit {
        return ReplyKind::Rejected(RejectReason::RateLimit);
    }
    ReplyKind::Unknown
}

/// The envelope of every answer to an action: `{status, response}`.
fn envelope(payload: Value, message: &mut MessageBuffers) -> Result<ReplyKind, DecodeError> {
    let names = ["status", "response"];
    let [status, response] = payload.fields("payload", &names, &[], &mut message.unknown_keys)?;
    let response = need(response, "response")?;
    match need(status, "status")?.text("status")? {
        "ok" => accepted(response, message),
        "err" => Ok(ReplyKind::Rejected(RejectReason::of_text(response.text("response")?))),
        word => Err(DecodeError::Word { field: "status", text: Excerpt::new(word) }),
    }
}

/// An accepted action: nothing more to say, or a status an item.
fn accepted(response: Value, message: &mut MessageBuffers) -> Result<ReplyKind, DecodeError> {
    let [kind, data] =
        response.fields("response", &["type", "data"], &[], &mut message.unknown_keys)?;
    match need(kind, "type")?.text("type")? {
        "default" => Ok(ReplyKind::Done),
        "order" | "cancel" => statuses(need(data, "data")?, message),
        _ => Ok(ReplyKind::Unknown), // Of an action we never send.
    }
}

/// The statuses, in the order of the request; one we cannot read leaves the outcome unknown.
fn statuses(data: Value, message: &mut MessageBuffers) -> Result<ReplyKind, DecodeError> {
    let [list] = data.fields("data", &["statuses"], &[], &mut message.unknown_keys)?;
    message.items.clear();
    for status in need(list, "statuses")?.items("statuses", ITEMS_MAX)? {
        match item(status, &mut message.unknown_keys)? {
            Some(item) => message.items.push(item),
            None => return Ok(ReplyKind::Unknown),
        }
    }
    Ok(ReplyKind::Items)
}

/// One status; none when it is of a kind we do not know.
fn item(status: Value, unknown_keys: &mut UnknownKeys) -> Result<Option<Item>, DecodeError> {
    if status.is_text() {
        return Ok(match status.text("status")? {
            "success" => Some(Item::Canceled),
            "waitingForFill" | "waitingForTrigger" => Some(Item::Waiting),
            _ => None,
        });
    }
    let [resting, filled, error] =
        status.fields("status", &["resting", "filled", "error"], &[], unknown_keys)?;
    match (resting, filled, error) {
        (Some(resting), None, None) => Ok(Some(Item::Resting(oid(resting, unknown_keys)?))),
        (None, Some(filled), None) => Ok(Some(Item::Filled(oid(filled, unknown_keys)?))),
        (None, None, Some(error)) => {
            Ok(Some(Item::Rejected(RejectReason::of_text(error.text("error")?))))
        }
        _ => Ok(None),
    }
}

/// The venue's name for the order of a status.
fn oid(value: Value, unknown_keys: &mut UnknownKeys) -> Result<Oid, DecodeError> {
    let [oid] = value.fields("status", &["oid"], &["cloid", "totalSz", "avgPx"], unknown_keys)?;
    Ok(Oid(need(oid, "oid")?.whole("oid")?))
}

/// The venue's words, before its id, when it does not take a post for want of room.
const TOO_MANY_POSTS: &str = "too many pending post requests id=";

/// `error`: a post that was not taken is answered by it; the rest is for the log.
pub(super) fn error(data: Value, message: &mut MessageBuffers) -> Routed {
    let text = data.text("data")?;
    let id = text.strip_prefix(TOO_MANY_POSTS).and_then(|id| read_whole(id.as_bytes()).ok());
    if let Some(id) = id {
        return Ok(MessageKind::Reply(RequestId(id), ReplyKind::Rejected(RejectReason::RateLimit)));
    }
    message.keep_error(text);
    Ok(MessageKind::Error)
}
