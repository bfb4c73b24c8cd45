//! `POST /exchange` and posted actions: who signed what, and what became of it (PROTOCOL 7).

use super::hosted_venue::HostedVenue;
use super::info::render;
use super::verify::Verified;
use crate::market::{Address, Cloid, Oid};
use crate::venue::action::{ActionTerms, UnsupportedAction};
use crate::venue::{AddressRole, Answer, Status};
use crate::wire::Source;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Items of an action that cost one weight more (PROTOCOL 10.1).
const ITEMS_PER_WEIGHT: usize = 40;

/// Who waits for an answer, and how it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyTo {
    /// A client whose HTTP request waits.
    Http(usize),
    /// A client on a socket, and its number for the request.
    Socket(usize, u64),
}

impl ReplyTo {
    /// The number of the client that waits.
    pub fn client(self) -> usize {
        match self {
            ReplyTo::Http(client) | ReplyTo::Socket(client, _) => client,
        }
    }
}

/// What a service counted since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCounts {
    /// Actions whose signature recovered to an account, or an agent of one.
    pub signatures_verified: u64,
    /// Actions whose signature recovered to a stranger, or to nobody.
    pub signatures_refused: u64,
    /// Actions whose signer was taken on the owner's word.
    pub signatures_trusted: u64,
    /// Orders and replacements asked for in verified actions.
    pub orders: u64,
    /// Whole actions and single items that the exchange refused.
    pub rejects: u64,
    /// Clients that ever connected.
    pub connections: u64,
}

impl ServerCounts {
    /// Counts a signature by what is known of its signer.
    pub fn count_signature(&mut self, signed_by: SignedBy) {
        match signed_by {
            SignedBy::Nobody | SignedBy::Stranger(_) => self.signatures_refused += 1,
            SignedBy::Known(_) => self.signatures_verified += 1,
            SignedBy::Trusted(_) => self.signatures_trusted += 1,
        }
    }
}

/// Who signed an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedBy {
    /// The signature is none.
    Nobody,
    /// It recovers to an address that the exchange does not know.
    Stranger(Address),
    /// It recovers to an account, or to an agent of one.
    Known(Address),
    /// The owner of the service says so.
    Trusted(Address),
}

impl SignedBy {
    /// Who signed an action for `network`, or for either where none is given. A signature for another
    /// one recovers to a stranger, so only a known signer counts.
    pub fn recover(action: &Verified, venue: &HostedVenue, network: Option<Source>) -> SignedBy {
        let either = [Source::Testnet, Source::Mainnet];
        let mut stranger = SignedBy::Nobody;
        for source in either.into_iter().filter(|&it| network.is_none_or(|one| one == it)) {
            let Some(signer) = action.signer(source) else { continue };
            if venue.exchange.role(signer) != AddressRole::Missing {
                return SignedBy::Known(signer);
            }
            if stranger == SignedBy::Nobody {
                stranger = SignedBy::Stranger(signer);
            }
        }
        stranger
    }
}

/// Actions on their way through the exchange, by ticket.
#[derive(Debug, Default)]
pub struct PendingReplies {
    last: u64,
    waiting: BTreeMap<u64, ReplyTo>,
}

impl PendingReplies {
    /// Actions of a client that have no answer yet.
    pub fn of_client(&self, client: usize) -> usize {
        self.waiting.values().filter(|caller| caller.client() == client).count()
    }

    /// The ticket of an action whose answer `caller` waits for.
    pub fn open(&mut self, caller: ReplyTo) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, caller);
        self.last
    }

    /// Who waits for an answer; nobody does any more.
    pub fn close(&mut self, ticket: u64) -> Option<ReplyTo> {
        self.waiting.remove(&ticket)
    }
}

/// What an action costs of the client's weight.
pub fn weight(terms: &Result<ActionTerms, UnsupportedAction>) -> u64 {
    weight_of(terms.as_ref().map_or(1, |terms| terms.items))
}

fn weight_of(items: usize) -> u64 {
    1 + u64::try_from(items / ITEMS_PER_WEIGHT).unwrap_or(u64::MAX)
}

pub fn reject_json(text: &str) -> Value {
    json!({"status": "err", "response": text})
}

/// What the exchange answered, in the venue's words; counts what it refused.
pub fn answer(answer: &Answer, counts: &mut ServerCounts) -> Value {
    match answer {
        Answer::Default => json!({"status": "ok", "response": {"type": "default"}}),
        Answer::Orders(list) => statuses("order", list, counts),
        Answer::Cancels(list) => statuses("cancel", list, counts),
        Answer::Rejected(denied) => {
            counts.rejects += 1;
            reject_json(&denied.to_string())
        }
    }
}

fn statuses(kind: &str, list: &[Status], counts: &mut ServerCounts) -> Value {
    let denied = list.iter().filter(|status| matches!(status, Status::Rejected(_))).count();
    counts.rejects += denied as u64;
    let list: Vec<_> = list.iter().map(status).collect();
    json!({"status": "ok", "response": {"type": kind, "data": {"statuses": list}}})
}

fn status(status: &Status) -> Value {
    match status {
        Status::Resting(oid, cloid) => json!({"resting": named(json!({}), *oid, *cloid)}),
        Status::Filled { oid, cloid, qty, px } => {
            let sizes = json!({"totalSz": render::number(qty.e8()), "avgPx": render::px(*px)});
            json!({"filled": named(sizes, *oid, *cloid)})
        }
        Status::Success => json!("success"),
        Status::Rejected(denied) => json!({"error": denied.to_string()}),
    }
}

/// Adds an order's names to its status.
fn named(mut row: Value, oid: Oid, cloid: Option<Cloid>) -> Value {
    row["oid"] = oid.0.into();
    if let Some(cloid) = cloid {
        row["cloid"] = cloid.to_string().into();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::AssetId;
    use crate::num::{Px, Qty};
    use crate::venue::reject::Reject;

    #[test]
    fn answers_have_the_venues_shape() {
        let mut counts = ServerCounts::default();
        let filled = Status::Filled {
            oid: Oid(77_747_314),
            cloid: None,
            qty: Qty::from_e8(2_000_000),
            px: Px::from_e8(189_140_000_000),
        };
        let gone = Status::Rejected(Reject::Gone(AssetId(4)));
        // answer, want
        let rows = [
            (Answer::Default, r#"{"status":"ok","response":{"type":"default"}}"#),
            (
                Answer::Orders(vec![Status::Resting(Oid(77_738_308), Some(Cloid(0xabc))), filled]),
                r#"{"status":"ok","response":{"type":"order","data":{"statuses":[{"resting":{"oid":77738308,"cloid":"0x00000000000000000000000000000abc"}},{"filled":{"totalSz":"0.02","avgPx":"1891.4","oid":77747314}}]}}}"#,
            ),
            (
                Answer::Cancels(vec![Status::Success, gone]),
                r#"{"status":"ok","response":{"type":"cancel","data":{"statuses":["success",{"error":"Order was never placed, already canceled, or filled. asset=4"}]}}}"#,
            ),
            (
                Answer::Rejected(Reject::Overweight),
                r#"{"status":"err","response":"Signed action over weight limit of 200."}"#,
            ),
        ];
        for (given, want) in rows {
            assert_eq!(answer(&given, &mut counts).to_string(), want);
        }
        assert_eq!(counts.rejects, 2);
    }

    #[test]
    fn forty_items_weigh_one_more() {
        assert_eq!([1, 39, 40, 79, 80].map(weight_of), [1, 1, 2, 2, 3]);
    }

    #[test]
    fn tickets_are_handed_out_once() {
        let mut pending = PendingReplies::default();
        let (one, two) = (pending.open(ReplyTo::Http(5)), pending.open(ReplyTo::Socket(5, 9)));
        assert!(one != two && pending.of_client(5) == 2);
        assert_eq!(pending.close(two), Some(ReplyTo::Socket(5, 9)));
        assert_eq!(pending.close(two), None);
        assert_eq!((pending.of_client(5), pending.of_client(6)), (1, 0));
    }
}
