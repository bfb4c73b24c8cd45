//! `POST /exchange` and posted actions: who signed what, and what became of it (PROTOCOL 7).

use super::hosted_venue::HostedVenue;
use super::info::render;
use super::rate_limiter;
use super::verify::{self, Verified};
use crate::market::{Address, Cloid, Oid};
use crate::num::WallMs;
use crate::venue::action::{ActionTerms, UnsupportedAction};
use crate::venue::{AddressRole, Answer, Output, Status};
use crate::wire::Source;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Who waits for an answer, and how it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyTo {
    /// A client whose HTTP request waits.
    Http(usize),
    /// A client on a socket, and its number for the request.
    Socket(usize, u64),
}

impl ReplyTo {
    /// The client.
    pub fn client(self) -> usize {
        match self {
            ReplyTo::Http(client) | ReplyTo::Socket(client, _) => client,
        }
    }
}

/// What the server counted since it was bound. Readable from any thread.
#[derive(Debug, Default)]
pub struct Stats(Mutex<ServerCounts>);

/// One reading of [`Stats`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCounts {
    /// Actions whose signature recovered to an account, or an agent of one.
    pub signatures_verified: u64,
    /// Actions whose signature recovered to a stranger, or to nobody.
    pub signatures_refused: u64,
    /// Orders and replacements asked for in verified actions.
    pub orders: u64,
    /// Whole actions and single items that the exchange refused.
    pub rejects: u64,
    /// Connections accepted.
    pub connections: u64,
}

impl Stats {
    /// What was counted so far.
    pub fn read(&self) -> ServerCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts more.
    pub fn count(&self, more: impl FnOnce(&mut ServerCounts)) {
        more(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Actions on their way through the exchange.
#[derive(Debug, Default)]
pub struct PendingReplies {
    last: u64,
    waiting: HashMap<u64, ReplyTo>,
    by_client: HashMap<usize, usize>,
}

/// A signed action, read.
#[derive(Debug)]
pub struct SubmittedAction {
    verified: Verified,
    signer: Option<(Address, bool)>,
    terms: Result<ActionTerms, UnsupportedAction>,
}

/// Reads a signed action and finds out who signed it.
///
/// # Errors
/// It is not JSON or no action at all; the text goes with HTTP 422.
pub fn read(body: &[u8], venue: &HostedVenue) -> Result<SubmittedAction, String> {
    let verified = verify::open(body).map_err(|wrong| wrong.to_string())?;
    let terms = verified.action().terms();
    Ok(SubmittedAction { signer: signer(&verified, venue), verified, terms })
}

/// The signer, and whether the exchange knows it. Clients on loopback sign for either network; a
/// signature for the other one recovers to a stranger, so only a known signer counts.
fn signer(verified: &Verified, venue: &HostedVenue) -> Option<(Address, bool)> {
    let signers = [Source::Testnet, Source::Mainnet].map(|source| verified.signer(source));
    let known = |signer: &Address| venue.exchange.role(*signer) != AddressRole::Missing;
    let found = signers.into_iter().flatten().find(known).map(|signer| (signer, true));
    found.or_else(|| signers.into_iter().flatten().next().map(|signer| (signer, false)))
}

impl SubmittedAction {
    /// What it costs of the client's weight.
    pub fn weight(&self) -> u64 {
        let items = self.terms.map_or(1, |terms| terms.items);
        rate_limiter::weight_of_action(u64::try_from(items).unwrap_or(u64::MAX))
    }

    /// Hands it to the exchange, or gives the refusal at once.
    pub fn submit(
        self,
        venue: &mut HostedVenue,
        pending: &mut PendingReplies,
        stats: &Stats,
        (caller, now): (ReplyTo, WallMs),
        out: &mut Vec<Output>,
    ) -> Option<Value> {
        let Some((signer, known)) = self.signer else {
            stats.count(|counts| counts.signatures_refused += 1);
            return Some(reject_json("Unable to recover signer"));
        };
        stats.count(|counts| match known {
            true => counts.signatures_verified += 1,
            false => counts.signatures_refused += 1,
        });
        match self.terms {
            Ok(terms) if known => stats.count(|counts| counts.orders += terms.orders as u64),
            Ok(_) => {}
            Err(unsupported) => return Some(reject_json(&unsupported.to_string())),
        }
        let ticket = pending.open(caller);
        venue.exchange.submit(now, self.verified.envelope(ticket, signer), out);
        None
    }
}

impl PendingReplies {
    /// Actions of a client that have no answer yet.
    pub fn pending(&self, client: usize) -> usize {
        self.by_client.get(&client).copied().unwrap_or(0)
    }

    fn open(&mut self, caller: ReplyTo) -> u64 {
        self.last += 1;
        self.waiting.insert(self.last, caller);
        *self.by_client.entry(caller.client()).or_default() += 1;
        self.last
    }

    /// Who waits for an answer; nobody does any more.
    pub fn close(&mut self, ticket: u64) -> Option<ReplyTo> {
        let caller = self.waiting.remove(&ticket)?;
        if let Some(count) = self.by_client.get_mut(&caller.client()) {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&caller.client());
            }
        }
        Some(caller)
    }
}

/// A whole action refused.
pub fn reject_json(text: &str) -> Value {
    json!({"status": "err", "response": text})
}

/// What the exchange answered, in the venue's words; counts what it refused.
pub fn answer(answer: &Answer, stats: &Stats) -> Value {
    match answer {
        Answer::Default => json!({"status": "ok", "response": {"type": "default"}}),
        Answer::Orders(list) => statuses("order", list, stats),
        Answer::Cancels(list) => statuses("cancel", list, stats),
        Answer::Rejected(denied) => {
            stats.count(|counts| counts.rejects += 1);
            reject_json(&denied.to_string())
        }
    }
}

fn statuses(kind: &str, list: &[Status], stats: &Stats) -> Value {
    let denied = list.iter().filter(|status| matches!(status, Status::Rejected(_))).count();
    stats.count(|counts| counts.rejects += denied as u64);
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
        let stats = Stats::default();
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
            assert_eq!(answer(&given, &stats).to_string(), want);
        }
        assert_eq!(stats.read().rejects, 2);
    }

    #[test]
    fn tickets_are_handed_out_once() {
        let mut pending = PendingReplies::default();
        let (one, two) = (pending.open(ReplyTo::Http(5)), pending.open(ReplyTo::Socket(5, 9)));
        assert!(one != two && pending.pending(5) == 2);
        assert_eq!(pending.close(two), Some(ReplyTo::Socket(5, 9)));
        assert_eq!(pending.close(two), None);
        assert_eq!((pending.pending(5), pending.pending(6)), (1, 0));
    }
}
