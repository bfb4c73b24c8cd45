use super::*;
use crate::engine::orders::PendingAction;
use crate::market::{Place, RequestId, Tif};
use crate::num::Mono;
use proptest::prelude::*;

fn want(px: i64, qty: i64) -> TargetOrder {
    TargetOrder { px: Px::from_e8(px), qty: Qty::from_e8(qty) }
}

/// Orders that rest, given as (px, qty), all settled.
fn resting(side: Side, rows: &[(i64, i64)]) -> WorkingOrders {
    let mut orders = WorkingOrders::default();
    for (number, &(px, qty)) in (1u64..).zip(rows) {
        let place = Place {
            cloid: Cloid(u128::from(number)),
            side,
            px: Px::from_e8(px),
            qty: Qty::from_e8(qty),
            tif: Tif::Alo,
            reduce_only: false,
        };
        orders.on_sent(place, (RequestId(number), 0), Mono::START, Mono::START);
        let reply = crate::market::Reply {
            id: RequestId(number),
            body: crate::market::ReplyBody::Items(&[crate::market::Item::Resting(
                crate::market::Oid(number),
            )]),
        };
        orders.on_reply(&reply, Mono::START);
    }
    orders
}

fn side_want(side: Side, rows: &[(i64, i64)]) -> TargetLadder {
    let far = if side == Side::Bid { i64::MAX } else { 1 };
    TargetLadder {
        ladder: rows.iter().map(|&(px, qty)| want(px, qty)).collect(),
        theta: Bps::from_int(3),
        limit: Px::from_e8(far),
        cap: Qty::from_e8(1_000_000),
        reduce_only: false,
    }
}

fn planned(targets: &[TargetLadder; 2], orders: &WorkingOrders, first: Side) -> Plan {
    let mut plan = Plan::default();
    reconcile(targets, orders, first, &mut plan);
    plan
}

fn plan(side: Side, rests: &[(i64, i64)], wants: &[(i64, i64)]) -> Plan {
    let mut both = [TargetLadder::default(), TargetLadder::default()];
    both[side.index()] = side_want(side, wants);
    planned(&both, &resting(side, rests), side)
}

#[test]
fn the_fewest_requests_do_it() {
    // One basis point of these prices is 1000.
    let base = 10_000_000;
    let bid = |bps: i64| base - 1_000 * bps;
    // what, resting, wanted, cancels, replaces, places
    let rows = [
        (
            "nothing to do",
            vec![(bid(5), 8), (bid(10), 8)],
            vec![(bid(6), 8), (bid(12), 8)],
            0,
            0,
            0,
        ),
        (
            "nearest was filled",
            vec![(bid(10), 8), (bid(15), 8)],
            vec![(bid(5), 8), (bid(10), 8), (bid(15), 8)],
            0,
            0,
            1,
        ),
        (
            "moved up one level",
            vec![(bid(10), 8), (bid(15), 8)],
            vec![(bid(5), 8), (bid(10), 8)],
            0,
            1,
            0,
        ),
        (
            "moved up two levels",
            vec![(bid(15), 8), (bid(20), 8), (bid(25), 8)],
            vec![(bid(5), 8), (bid(10), 8), (bid(15), 8)],
            0,
            2,
            0,
        ),
        ("all moved", vec![(bid(10), 8), (bid(15), 8)], vec![(bid(30), 8), (bid(40), 8)], 0, 2, 0),
        (
            "one too many",
            vec![(bid(5), 8), (bid(10), 8), (bid(15), 8)],
            vec![(bid(5), 8), (bid(15), 8)],
            1,
            0,
            0,
        ),
        ("too large", vec![(bid(5), 11)], vec![(bid(5), 8)], 0, 1, 0),
        ("a quarter larger stays", vec![(bid(5), 10)], vec![(bid(5), 8)], 0, 0, 0),
        ("less than half left", vec![(bid(5), 3)], vec![(bid(5), 8)], 0, 1, 0),
        ("from nothing", vec![], vec![(bid(5), 8), (bid(10), 8)], 0, 0, 2),
        ("to nothing", vec![(bid(5), 8), (bid(10), 8)], vec![], 2, 0, 0),
    ];
    for (what, rests, wants, cancels, replaces, places) in rows {
        let plan = plan(Side::Bid, &rests, &wants);
        let got = (plan.cancels.len(), plan.replaces.len(), plan.places.len());
        assert_eq!(got, (cancels, replaces, places), "{what}: {plan:?}");
    }
}

#[test]
fn the_floor_moves_an_order_whatever_theta() {
    let mut wants = [TargetLadder::default(), side_want(Side::Ask, &[(10_002_000, 8)])];
    let orders = resting(Side::Ask, &[(10_000_000, 8)]);
    assert_eq!(planned(&wants, &orders, Side::Bid).cost(), 0, "2 bps off is within theta");
    wants[1].limit = Px::from_e8(10_001_000);
    let plan = planned(&wants, &orders, Side::Bid);
    assert_eq!(plan.replaces.len(), 1, "but not in front of the floor");
}

#[test]
fn more_than_the_cap_does_not_stay() {
    let mut wants =
        [side_want(Side::Bid, &[(10_000_000, 8), (9_990_000, 8)]), TargetLadder::default()];
    let orders = resting(Side::Bid, &[(10_000_000, 10), (9_990_000, 8)]);
    assert_eq!(planned(&wants, &orders, Side::Bid).cost(), 0);
    wants[0].cap = Qty::from_e8(17);
    assert_eq!(planned(&wants, &orders, Side::Bid).replaces.len(), 1);
}

#[test]
fn a_side_with_something_under_way_waits_unless_it_must_be_empty() {
    let mut orders = resting(Side::Bid, &[(10, 8)]);
    orders.on_pending(Cloid(1), PendingAction::Replace(RequestId(9), 0), Mono::START);
    let mut wants = [side_want(Side::Bid, &[(30, 8)]), TargetLadder::default()];
    assert_eq!(planned(&wants, &orders, Side::Bid), Plan::default());
    wants[0].ladder.clear();
    assert_eq!(planned(&wants, &orders, Side::Bid).cancels.as_slice(), &[Cloid(1)]);
    orders.on_pending(Cloid(1), PendingAction::Cancel(RequestId(9), 0), Mono::START);
    assert_eq!(planned(&wants, &orders, Side::Bid), Plan::default(), "it is asked once");
}

#[test]
#[should_panic(expected = "an order is cancelled and replaced")]
fn no_order_is_both_cancelled_and_replaced() {
    let mut plan = Plan::default();
    plan.cancels.push(Cloid(1));
    plan.replaces.push((Cloid(1), Side::Bid, want(30, 8)));
    plan.leave(Side::Ask);
}

/// The slow twin: the most orders that can stay, by trying every way to align.
fn kept(rule: &MatchRule<'_>, live: &[&WorkingOrder], ladder: &[TargetOrder]) -> usize {
    let (Some((order, others)), Some((want, wants))) = (live.split_first(), ladder.split_first())
    else {
        return 0;
    };
    let matched = usize::from(rule.cost_to_keep(order, want).is_some()) + kept(rule, others, wants);
    matched.max(kept(rule, others, ladder)).max(kept(rule, live, wants))
}

fn ladder(most: usize) -> impl Strategy<Value = Vec<(i64, i64)>> {
    proptest::collection::btree_map(1i64..40, 4i64..12, 0..=most).prop_map(|rows| {
        rows.into_iter().map(|(bps, qty)| (10_000_000 + 1_000 * bps, qty)).collect()
    })
}

proptest! {
    #[test]
    fn no_alignment_is_cheaper(rests in ladder(8), wants in ladder(LEVELS_MAX)) {
        let orders = resting(Side::Ask, &rests);
        let want = side_want(Side::Ask, &wants);
        let live: Vec<&WorkingOrder> = orders.list().iter().collect();
        let rule = MatchRule { target: &want, side: Side::Ask, over_cap: false };
        let got = plan(Side::Ask, &rests, &wants);
        let least = rests.len().max(wants.len()) - kept(&rule, &live, &want.ladder);
        prop_assert_eq!(got.cost(), least);
        let after = rests.len() + got.places.len() - got.cancels.len();
        prop_assert_eq!(after, wants.len(), "as many rest as are wanted");
    }
}
