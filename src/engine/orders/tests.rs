use super::*;
use crate::market::{CoinIx, Item, OrderStatus, RejectReason, ReplyBody, Tid, Tif};
use crate::num::{Nanos, Pos, Usd, WallMs};
use proptest::prelude::*;

const AT: Mono = Mono::from_ns(1);
const LANDS_BY: Mono = Mono::from_ns(5_000_000_001);

fn place(qty: i64) -> Place {
    let (px, qty) = (Px::from_e8(100), Qty::from_e8(qty));
    Place { cloid: Cloid(7), side: Side::Bid, px, qty, tif: Tif::Alo, reduce_only: false }
}

fn update(status: OrderStatus, left: i64) -> OrderUpdate {
    OrderUpdate {
        coin: CoinIx(0),
        oid: Oid(70),
        cloid: Some(Cloid(7)),
        side: Side::Bid,
        px: Px::from_e8(100),
        qty: Qty::from_e8(left),
        qty_asked: Qty::from_e8(10),
        status,
        venue: WallMs::from_ms(1),
    }
}

fn fill(tid: u64, qty: i64) -> Fill {
    Fill {
        coin: CoinIx(0),
        venue: WallMs::from_ms(1),
        tid: Tid(tid),
        oid: Oid(70),
        cloid: Some(Cloid(7)),
        side: Side::Bid,
        px: Px::from_e8(100),
        qty: Qty::from_e8(qty),
        fee: Usd::ZERO,
        closed: Usd::ZERO,
        start: Pos::FLAT,
        crossed: false,
    }
}

fn sent() -> WorkingOrders {
    let mut orders = WorkingOrders::default();
    orders.on_sent(place(10), (RequestId(1), 0), AT, LANDS_BY);
    orders
}

fn exposure(orders: &WorkingOrders) -> i64 {
    let mut exposure = Exposure::default();
    orders.count_into(&mut exposure);
    exposure.open[0].e8()
}

/// News of one order, in any order.
#[derive(Clone, Copy, Debug)]
enum OrderStory {
    Rests,
    Open,
    Fill(u64, i64),
    Canceled(i64),
    CancelDone,
}

fn tell(orders: &mut WorkingOrders, news: OrderStory) {
    match news {
        OrderStory::Rests => {
            let body = ReplyBody::Items(&[Item::Resting(Oid(70))]);
            orders.on_reply(&Reply { id: RequestId(1), body }, AT);
        }
        OrderStory::Open => {
            orders.on_update(&update(OrderStatus::Open, 10), AT);
        }
        OrderStory::Fill(tid, qty) => {
            orders.on_fill(&fill(tid, qty));
        }
        OrderStory::Canceled(left) => {
            orders.on_update(&update(OrderStatus::Canceled, left), AT);
        }
        OrderStory::CancelDone => {
            let body = ReplyBody::Items(&[Item::Canceled]);
            orders.on_reply(&Reply { id: RequestId(2), body }, AT);
        }
    }
}

#[test]
fn an_order_counts_until_its_end_and_its_fills_are_known() {
    // what, news, what still counts after it
    let story = [
        ("it rests", OrderStory::Rests, 10),
        ("three are filled", OrderStory::Fill(1, 3), 7),
        ("cancelled with five left: two more fills are on their way", OrderStory::Canceled(5), 2),
        ("the cancel is answered", OrderStory::CancelDone, 2),
        ("the missing fill comes", OrderStory::Fill(2, 2), 0),
    ];
    let mut orders = sent();
    for (what, news, left) in story {
        tell(&mut orders, news);
        assert_eq!(exposure(&orders), left, "{what}");
    }
    assert!(orders.list().is_empty(), "nothing is left to wait for");
}

#[test]
fn every_answer_has_its_meaning() {
    let refused = |reason| ReplyBody::Rejected(reason);
    // what, body, what counts after it, doubts
    let rows = [
        ("rests", ReplyBody::Items(&[Item::Resting(Oid(70))]), 10, 0),
        ("filled: the fills say how much", ReplyBody::Items(&[Item::Filled(Oid(70))]), 10, 0),
        ("would cross", ReplyBody::Items(&[Item::Rejected(RejectReason::WouldCross)]), 0, 0),
        ("budget used up", refused(RejectReason::RateLimit), 0, 0),
        ("expired", refused(RejectReason::Expired), 0, 0),
        ("never sent", refused(RejectReason::NotSent), 0, 0),
        ("words nobody knows", refused(RejectReason::Other), 10, 1),
        ("nonce used: the first copy may rest", refused(RejectReason::Nonce), 10, 1),
        ("no answer", ReplyBody::Unknown, 10, 1),
        ("too few answers", ReplyBody::Items(&[]), 10, 1),
    ];
    for (what, body, left, doubts) in rows {
        let mut orders = sent();
        let outcome = orders.on_reply(&Reply { id: RequestId(1), body }, AT);
        assert_eq!((exposure(&orders), outcome.unknown), (left, doubts), "{what}");
    }
}

#[test]
fn a_cancel_that_fails_whole_leaves_the_order_as_it_was() {
    let mut orders = sent();
    tell(&mut orders, OrderStory::Rests);
    orders.on_pending(Cloid(7), PendingAction::Cancel(RequestId(2), 0), AT);
    orders.on_reply(
        &Reply { id: RequestId(2), body: ReplyBody::Rejected(RejectReason::RateLimit) },
        AT,
    );
    assert_eq!(orders.list()[0].state, OrderState::Open);
    orders.on_pending(Cloid(7), PendingAction::Cancel(RequestId(3), 0), AT);
    let gone = ReplyBody::Items(&[Item::Rejected(RejectReason::Gone)]);
    orders.on_reply(&Reply { id: RequestId(3), body: gone }, AT);
    assert!(!orders.list()[0].is_amendable(), "gone, but how much was filled is not known yet");
    assert_eq!(exposure(&orders), 10);
    tell(&mut orders, OrderStory::Fill(1, 10));
    assert!(orders.list().is_empty());
}

#[test]
fn a_replacement_refused_whole_is_one_refusal() {
    let mut orders = sent();
    tell(&mut orders, OrderStory::Rests);
    orders.on_pending(Cloid(7), PendingAction::Replace(RequestId(2), 0), AT);
    orders.on_sent(Place { cloid: Cloid(8), ..place(10) }, (RequestId(2), 0), AT, LANDS_BY);
    let body = ReplyBody::Rejected(RejectReason::Expired);
    let outcome = orders.on_reply(&Reply { id: RequestId(2), body }, AT);
    assert_eq!((outcome.rejected, outcome.reject_reasons[RejectReason::Expired.index()]), (1, 1));
    assert!(orders.list()[0].is_amendable() && orders.list().len() == 1, "the old one rests");
}

fn ms(after: u64) -> Mono {
    AT + Nanos::from_millis(after)
}

fn row() -> OpenOrder {
    let (cloid, px, qty) = (Some(Cloid(7)), Px::from_e8(100), Qty::from_e8(10));
    OpenOrder { coin: CoinIx(0), oid: Oid(70), cloid, side: Side::Bid, px, qty }
}

#[test]
fn silence_becomes_doubt_and_a_list_that_was_asked_for_late_enough_settles_it() {
    let mut orders = sent();
    let patience = Nanos::from_millis(2_000);
    assert_eq!(orders.mark_overdue_unknown(ms(1_999), patience), 0);
    assert_eq!(orders.mark_overdue_unknown(ms(2_000), patience), 1);
    assert_eq!((orders.oldest_unknown(), exposure(&orders)), (Some(AT), 10), "since it was sent");
    assert_eq!(orders.clone().reconcile_with_venue(&[row()], AT, AT), 1, "it rests");
    let settled = orders.reconcile_with_venue(&[], ms(4_999), ms(9_000));
    assert_eq!(settled, 0, "it may have come after the list was made");
    assert_eq!(orders.reconcile_with_venue(&[], ms(5_000), ms(9_000)), 1);
    assert!(orders.list().is_empty(), "it can never rest any more");
}

#[test]
fn an_order_that_rested_is_gone_by_any_list_asked_for_after_its_cancel() {
    let mut orders = sent();
    tell(&mut orders, OrderStory::Rests);
    orders.on_pending(Cloid(7), PendingAction::Cancel(RequestId(2), 0), ms(100));
    orders.on_link_lost();
    assert_eq!(orders.oldest_unknown(), Some(ms(100)), "since its cancel was sent");
    assert_eq!(orders.reconcile_with_venue(&[], ms(99), ms(200)), 0, "it was asked for before");
    assert_eq!(orders.reconcile_with_venue(&[], ms(100), ms(200)), 1);
    assert!(orders.list().is_empty(), "what has rested does not come back");
}

#[test]
fn a_lost_link_leaves_what_rests_and_was_not_asked_about() {
    let mut orders = sent();
    tell(&mut orders, OrderStory::Rests);
    orders.on_link_lost();
    assert!(orders.list()[0].is_amendable());
}

/// What is asked about an order until a cancel of it may be made again, in milliseconds.
fn rest_after(orders: &mut WorkingOrders, reason: RejectReason, at: u64) -> u64 {
    let id = RequestId(100 + at);
    orders.on_pending(Cloid(7), PendingAction::Cancel(id, 0), ms(at));
    orders.on_reply(&Reply { id, body: ReplyBody::Rejected(reason) }, ms(at));
    let mut rest = 0;
    while !orders.list()[0].may_cancel() {
        rest += 50;
        orders.mark_overdue_unknown(ms(at + rest), Nanos::from_secs(1_000));
    }
    rest
}

#[test]
fn a_refused_cancel_waits_ever_longer() {
    for reason in
        [RejectReason::Signer, RejectReason::Nonce, RejectReason::Other, RejectReason::NotSent]
    {
        let mut orders = sent();
        tell(&mut orders, OrderStory::Rests);
        let mut at = 1_000;
        for want in [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000] {
            let rest = rest_after(&mut orders, reason, at);
            assert_eq!(rest, want, "{reason:?}");
            at += rest;
        }
        orders.on_pending(Cloid(7), PendingAction::Cancel(RequestId(2), 0), ms(at));
        let body = ReplyBody::Rejected(reason);
        orders.on_reply(&Reply { id: RequestId(2), body }, ms(at));
        orders.on_link_found();
        assert!(orders.list()[0].may_cancel(), "a link that came up ends every rest");
    }
    let mut orders = sent();
    tell(&mut orders, OrderStory::Rests);
    let rests =
        [1_000, 3_000, 20_000].map(|at| rest_after(&mut orders, RejectReason::RateLimit, at));
    assert_eq!(rests, [1_000, 10_000, 10_000], "for want of budget: once after a second");
}

#[test]
fn a_cancel_that_came_too_early_is_free_once_the_order_shows() {
    let gone = ReplyBody::Items(&[Item::Rejected(RejectReason::Gone)]);
    let mut orders = sent();
    orders.on_pending(Cloid(7), PendingAction::Cancel(RequestId(2), 0), AT);
    orders.on_reply(&Reply { id: RequestId(2), body: gone }, AT);
    assert!(!orders.list()[0].may_cancel(), "it has not shown");
    tell(&mut orders, OrderStory::Open);
    assert!(orders.list()[0].may_cancel(), "now it has");

    let mut orders = sent();
    orders.on_pending(Cloid(7), PendingAction::Cancel(RequestId(2), 0), AT);
    tell(&mut orders, OrderStory::Open);
    orders.on_reply(&Reply { id: RequestId(2), body: gone }, AT);
    assert!(orders.list()[0].may_cancel(), "it showed before the answer came");
}

#[test]
fn an_order_that_was_cut_to_the_position_is_settled_by_a_list() {
    let mut orders = WorkingOrders::default();
    let only = Place { reduce_only: true, ..place(10) };
    orders.on_sent(only, (RequestId(1), 0), AT, LANDS_BY);
    orders.on_update(&update(OrderStatus::Filled, 0), ms(100));
    orders.on_fill(&fill(1, 4));
    assert_eq!((exposure(&orders), orders.need_lists()), (6, true));
    orders.reconcile_with_venue(&[], ms(99), ms(200));
    assert_eq!(exposure(&orders), 6, "fills may have been missed");
    orders.reconcile_with_venue(&[], ms(100), ms(200));
    assert!(orders.list().is_empty(), "there were no more");
}

#[test]
fn more_fills_than_order_is_somebody_s_mistake() {
    let mut orders = sent();
    assert_eq!(orders.on_fill(&fill(1, 4)), FillMatch::Tracked);
    assert_eq!(orders.on_fill(&fill(2, 7)), FillMatch::Overfilled);
    assert_eq!(orders.on_fill(&fill(3, 1)), FillMatch::Untracked);
}

#[test]
#[should_panic(expected = "two orders of one name")]
fn a_name_is_given_once() {
    sent().on_sent(place(10), (RequestId(2), 0), AT, LANDS_BY);
}

#[test]
#[should_panic(expected = "an empty order")]
fn nothing_is_no_order() {
    WorkingOrders::default().on_sent(place(0), (RequestId(1), 0), AT, LANDS_BY);
}

#[test]
#[should_panic(expected = "only orders of the list")]
fn only_our_orders_are_cancelled() {
    sent().on_pending(Cloid(8), PendingAction::Cancel(RequestId(2), 0), AT);
}

#[test]
#[should_panic(expected = "nobody knows whence")]
fn a_position_has_origins() {
    let mut account = account::AccountState::open(CoinIx(0), Pos::FLAT, Px::from_e8(1));
    account.position.adopt(Pos::from_e8(1), Px::from_e8(1));
    account.on_fills(AT, &[fill(1, 10)]);
}

#[test]
#[should_panic(expected = "more may fill than is allowed")]
fn an_order_counts_up_to_the_limit() {
    let spec = crate::market::Spec {
        asset: crate::market::AssetId(0),
        sz_decimals: 2,
        leverage_max: 10,
        fee_maker: crate::num::Bps::ZERO,
        fee_taker: crate::num::Bps::ZERO,
    };
    let limits = crate::risk::Limits { position_max: Qty::from_e8(19) };
    let rules = requests::OrderRules { spec: &spec, limits, reduce_only: [false; 2] };
    let mut exposure = Exposure::default();
    rules.count(&place(10), &mut exposure);
    rules.count(&Place { side: Side::Ask, ..place(19) }, &mut exposure);
    rules.count(&Place { reduce_only: true, ..place(10) }, &mut exposure);
    assert_eq!(exposure.open.map(Qty::e8), [20, 19], "what may only reduce is counted, and may");
    rules.count(&place(1), &mut exposure);
}

#[test]
#[should_panic(expected = "numbers of requests rise")]
fn a_request_comes_after_those_before_it() {
    let mut gateway = requests::OrderGateway::new(crate::market::AssetId(0), 1);
    let mut out = crate::market::Requests::new();
    gateway.schedule(None, &mut out);
    out[0].id = RequestId(9);
    gateway.schedule(None, &mut out);
}

proptest! {
    /// I5: any order of the streams ends in the same state.
    #[test]
    fn any_permutation_of_the_news_ends_the_same(order in Just(vec![
        OrderStory::Rests, OrderStory::Open, OrderStory::Fill(1, 3), OrderStory::Fill(2, 2), OrderStory::Canceled(5), OrderStory::CancelDone,
    ]).prop_shuffle()) {
        let mut orders = sent();
        for &news in &order {
            prop_assert!(exposure(&orders) <= 10);
            tell(&mut orders, news);
        }
        prop_assert!(orders.list().is_empty(), "{:?}", orders.list());
    }
}
