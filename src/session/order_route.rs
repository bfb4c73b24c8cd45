//! How requests reach the venue while the link of orders is down: what takes risk away goes by REST,
//! everything else does not go at all. Either way the engine hears a reply in the form it always has,
//! so that a journal holds nothing else.

use crate::market::{Action, Request, RequestId};

/// Why a request that was never sent is answered; the reject table knows the text.
const NOT_SENT: &str = "not sent: the orders link is down";
/// Why a request is answered whose outcome nobody knows.
const NO_ANSWER: &str = "no answer";

/// Whether a request may go by REST: it cancels, or closes.
#[must_use]
pub fn is_urgent(request: &Request) -> bool {
    match &request.action {
        Action::CancelByCloid(_) | Action::CancelByOid(_) => true,
        Action::Order(places) => places.iter().all(|place| place.reduce_only),
        Action::Modify(_)
        | Action::BatchModify(_)
        | Action::ScheduleCancel(_)
        | Action::UpdateLeverage { .. }
        | Action::UpdateIsolatedMargin { .. }
        | Action::Noop => false,
    }
}

/// The reply to a request that never left.
#[must_use]
pub fn not_sent(id: RequestId) -> String {
    answered(id, format!(r#"{{"status":"err","response":"{NOT_SENT}"}}"#).as_bytes())
}

/// The reply to a request that may have been executed.
#[must_use]
pub fn unanswered(id: RequestId) -> String {
    let id = id.0;
    format!(
        r#"{{"channel":"post","data":{{"id":{id},"response":{{"type":"error","payload":"{NO_ANSWER}"}}}}}}"#
    )
}

/// The reply in the body of a REST answer.
#[must_use]
pub fn answered(id: RequestId, body: &[u8]) -> String {
    let (id, body) = (id.0, String::from_utf8_lossy(body));
    format!(
        r#"{{"channel":"post","data":{{"id":{id},"response":{{"type":"action","payload":{body}}}}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Event, Item, ReplyBody, Stream};
    use crate::wire::decode::{Decoded, Decoder};

    /// What the engine hears of a reply.
    fn heard(frame: &str) -> String {
        let mut decoder = Decoder::new(&["HYPE"]);
        match decoder.decode(Stream::Orders, frame.as_bytes()) {
            Ok(Decoded::Event(Event::Reply(reply))) => match reply.body {
                ReplyBody::Items([Item::Canceled]) => format!("{} canceled", reply.id.0),
                body => format!("{} {body:?}", reply.id.0),
            },
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn replies_read_as_those_of_the_socket() {
        let body =
            br#"{"status":"ok","response":{"type":"cancel","data":{"statuses":["success"]}}}"#;
        assert_eq!(heard(&answered(RequestId(7), body)), "7 canceled");
        let unsent = heard(&not_sent(RequestId(8)));
        assert!(unsent.starts_with("8 Rejected"), "{unsent}");
        assert_eq!(heard(&unanswered(RequestId(9))), "9 Unknown");
    }
}
