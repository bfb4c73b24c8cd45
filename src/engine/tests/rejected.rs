//! What still goes when the venue refuses orders for want of budget.

use super::*;
use crate::market::{RejectReason, Request};

/// The market moves away from the bids and through the asks; the venue cancels what it is asked to, and
/// refuses the rest for want of budget. What the engine sends on hearing that.
fn refused(venue: &mut TestVenue) -> Vec<Request> {
    let moved = venue.market(MID + 60 * TICK);
    let mut sent = Vec::new();
    for request in moved.iter().rev() {
        if matches!(request.action, Action::CancelByCloid(_)) {
            let one: Requests = std::iter::once(request.clone()).collect();
            venue.accept(&one);
        } else {
            let body = ReplyBody::Rejected(RejectReason::RateLimit);
            sent.extend(venue.reply(request.id, body));
        }
    }
    sent
}

/// How many orders these cancel; they must do nothing else.
fn cancelled(requests: &[Request]) -> usize {
    let count = |request: &Request| match &request.action {
        Action::CancelByCloid(cloids) => cloids.len(),
        other => panic!("a cancel, not {other:?}"),
    };
    requests.iter().map(count).sum()
}

/// Without a request for its replacement an order inside its floor goes all the same.
#[test]
fn an_order_nearer_than_its_floor_goes_whatever_the_budget() {
    let mut venue = quoting();
    assert_eq!(cancelled(&refused(&mut venue)), 3, "the asks that the market went through");
}

/// The venue counts cancels apart, and a refused order says nothing of them.
#[test]
fn a_refused_order_keeps_no_cancel_back() {
    let mut venue = quoting();
    let sent: Requests = refused(&mut venue).into_iter().collect();
    for request in &sent {
        let garbled = venue.reply(request.id, ReplyBody::Unknown);
        assert!(garbled.is_empty());
    }
    let early = venue.tell(&Event::Command(Command::Halt));
    assert_eq!(cancelled(&early), 0, "nobody knows what became of the first ones");
    assert_eq!(cancelled(&venue.pass(250)), 3, "in doubt, so they may rest");
}
