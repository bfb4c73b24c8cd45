use super::*;

#[test]
fn refusals_have_the_venues_words() {
    let mut venue = Venue::new();
    let off = |px: Px, qty: Qty| NewOrder { px, qty, ..alo(Side::Bid, 2_000, 100) };
    // what, order, words
    let rows = [
        (
            "crossing",
            alo(Side::Bid, 2_621, 100),
            "Post only order would have immediately matched, bbo was 26.19@26.21. asset=3",
        ),
        (
            "nothing there",
            ioc(Side::Bid, 2_000, 100),
            "Order could not immediately match against any resting orders. asset=3",
        ),
        ("too small", alo(Side::Bid, 2_000, 49), "Order must have minimum value of $10. asset=3"),
        (
            "six figures",
            off(Px::from_e8(2_000_010_000), qty(100)),
            "Price must be divisible by tick size. asset=3",
        ),
        (
            "five decimals",
            off(Px::from_e8(2_000_001_000), qty(100)),
            "Order has invalid price. asset=3",
        ),
        (
            "half a lot",
            off(px(2_000), Qty::from_e8(100_500_000)),
            "Order has invalid size. asset=3",
        ),
        ("nothing", alo(Side::Bid, 2_000, 0), "Order has zero size. asset=3"),
        (
            "flat",
            reduce(gtc(Side::Ask, 2_700, 100)),
            "Reduce only order would increase position. asset=3",
        ),
        (
            "too much",
            alo(Side::Bid, 2_000, 1_000_000),
            "Insufficient margin to place order. asset=3",
        ),
        (
            "absurd",
            alo(Side::Bid, 2_000, 9_000_000_000),
            "Insufficient margin to place order. asset=3",
        ),
        (
            "far",
            alo(Side::Bid, 500, 1_000),
            "Order price cannot be more than 80% away from the reference price asset=3",
        ),
        (
            "no such market",
            NewOrder { asset: AssetId(77), ..alo(Side::Bid, 2_000, 100) },
            "Unknown asset: 77",
        ),
    ];
    for (what, order, want) in rows {
        assert_eq!(words(&venue.place(ME, order)), want, "{what}");
    }
    assert!(venue.ex.open_orders(ME, 0).is_empty() && venue.ex.open_orders(ME, 1).is_empty());
}

#[test]
fn a_batch_goes_on_after_a_bad_row() {
    let mut venue = Venue::new();
    let (good, bad) = (alo(Side::Bid, 2_000, 100), alo(Side::Bid, 2_700, 100));
    let Answer::Orders(rows) = venue.ask(ME, placing(&[good, bad, good])) else {
        panic!("item by item")
    };
    let (Status::Resting(first, _), Status::Resting(third, _)) = (&rows[0], &rows[2]) else {
        panic!("the good rows rest: {rows:?}")
    };
    assert!(matches!(rows[1], Status::Rejected(Reject::WouldCross { .. })));
    assert_eq!(venue.ex.open_orders(ME, 0).len(), 2);
    let targets = [*first, *third, Oid(1)].map(|oid| (HYPE, oid));
    let Answer::Cancels(rows) = venue.ask(ME, canceling(&targets)) else { panic!("item by item") };
    assert_eq!(rows[..2], [Status::Success, Status::Success]);
    assert_eq!(words(&rows[2]), "Order was never placed, already canceled, or filled. asset=3");
    assert_eq!(venue.status(ME, *first), "canceled");
    assert!(matches!(
        venue.ask(YOU, canceling(&[(HYPE, *first)])),
        Answer::Cancels(rows) if rows == [Status::Rejected(Reject::Gone(HYPE))]
    ));
}

#[test]
fn takers_pay_the_prices_they_meet() {
    let mut venue = Venue::new();
    let status = venue.place(ME, ioc(Side::Bid, 2_622, 2_500));
    let Status::Filled { oid, qty: got, px: average, .. } = status else {
        panic!("filled in part: {status:?}")
    };
    assert_eq!((got, average), (qty(2_000), Px::from_e8(2_621_500_000)), "two levels of ten");
    assert_eq!(venue.fills(ME), [(Side::Bid, 2_621, 1_000), (Side::Bid, 2_622, 1_000)]);
    assert_eq!(venue.status(ME, oid), "canceled", "the rest of it");
    let fills: Vec<_> = venue.ex.fills(ME).collect();
    assert!(fills.iter().all(|fill| fill.fill.crossed && fill.dir() == "Open Long"));
    assert_eq!(fills[0].hash, fills[1].hash, "one transaction");
    assert_eq!(fills[1].fill.fee.e8(), 11_794_500, "4.5 bps of 262.10");
    let trade = venue.ex.trades(HYPE).next().expect("it is on the tape");
    assert_eq!(
        (trade.trade.tid, trade.users[0], trade.trade.taker()),
        (fills[0].fill.tid, ME, Side::Bid)
    );
}

#[test]
fn a_gtc_order_takes_and_rests() {
    let mut venue = Venue::new();
    let oid = venue.rest(ME, gtc(Side::Bid, 2_621, 1_500));
    assert_eq!(venue.fills(ME), [(Side::Bid, 2_621, 1_000)]);
    let open = &venue.ex.open_orders(ME, 0)[0].order;
    assert_eq!((open.oid, open.qty, open.asked.qty), (oid, qty(500), qty(1_500)));
    assert_eq!(venue.ex.bbo(HYPE).and_then(|bbo| bbo.bid).map(|bid| bid.px), Some(px(2_621)));
}

#[test]
fn price_then_time_among_accounts() {
    let mut venue = Venue::new();
    let mine = venue.rest(ME, alo(Side::Bid, 2_620, 100));
    let yours = venue.rest(YOU, alo(Side::Bid, 2_620, 100));
    venue.take(HYPE, Side::Ask, 2_620, 150);
    let news = venue.block();
    assert_eq!(venue.status(ME, mine), "filled");
    assert_eq!(venue.status(YOU, yours), "open");
    assert_eq!(venue.fills(YOU), [(Side::Bid, 2_620, 50)]);
    let prints = news.iter().find_map(|output| match output {
        Output::Trades(_, trades) => Some(trades),
        _ => None,
    });
    let prints = prints.expect("one taker, one list");
    assert_eq!(prints.len(), 2, "one print a maker");
    assert_eq!(prints[0].hash, prints[1].hash);
    assert_eq!(prints[0].users, [ME, Address::default()]);
}

#[test]
fn own_orders_do_not_trade_with_each_other() {
    let mut venue = Venue::new();
    let resting = venue.rest(ME, alo(Side::Ask, 2_620, 100));
    venue.rest(YOU, alo(Side::Ask, 2_620, 100));
    assert!(matches!(venue.place(ME, ioc(Side::Bid, 2_620, 100)), Status::Filled { .. }));
    assert_eq!(venue.status(ME, resting), "selfTradeCanceled");
    assert_eq!(venue.fills(YOU), [(Side::Ask, 2_620, 100)], "the next in line trades");
}

#[test]
fn a_modify_is_a_cancel_and_an_order() {
    let mut venue = Venue::new();
    let named = |order: NewOrder| NewOrder { cloid: Some(Cloid(9)), ..order };
    let old = venue.rest(ME, named(alo(Side::Bid, 2_600, 100)));
    let one = |answer: Answer| match answer {
        Answer::Orders(mut rows) => rows.remove(0),
        other => panic!("item by item, not {other:?}"),
    };
    let new = named(alo(Side::Bid, 2_590, 100));
    let status = one(venue.ask(ME, modifying(old, &new, false)));
    let Status::Resting(oid, Some(Cloid(9))) = status else { panic!("rests: {status:?}") };
    assert!(old < oid && venue.status(ME, old) == "canceled" && venue.status(ME, oid) == "open");
    assert_eq!(venue.ex.order(ME, Cloid(9)).map(|news| news.order.oid), Some(oid));
    let gone = one(venue.ask(ME, modifying(old, &new, false)));
    assert_eq!(words(&gone), "Cannot modify canceled or filled order");
    let crossing = one(venue.ask(ME, modifying(Cloid(9), &gtc(Side::Bid, 2_700, 100), false)));
    assert_eq!(
        words(&crossing),
        "Error placing new order during modify: Post only order would have immediately matched, \
         bbo was 26.19@26.21. asset=3"
    );
    assert_eq!(venue.status(ME, oid), "canceled", "the old one is gone all the same");
    let always = one(venue.ask(ME, modifying(oid, &ioc(Side::Bid, 2_621, 100), true)));
    assert!(matches!(always, Status::Filled { .. }), "any order, whatever became of the old one");
    assert_eq!(venue.ask(ME, modifying_one(Oid(1), &new)), Answer::Rejected(Reject::ModifyGone));
}

#[test]
fn reduce_only_orders_follow_the_position() {
    let mut venue = Venue::new();
    venue.place(ME, ioc(Side::Bid, 2_621, 500));
    let first = venue.rest(ME, reduce(alo(Side::Ask, 2_700, 300)));
    let second = venue.rest(ME, reduce(alo(Side::Ask, 2_710, 900)));
    assert_eq!(venue.status(ME, first), "reduceOnlyCanceled", "the newer one has it all");
    let open = venue.ex.open_orders(ME, 0);
    assert_eq!((open[0].order.qty, open[0].order.asked.qty), (qty(500), qty(900)), "shrunk");
    let status = venue.place(ME, reduce(gtc(Side::Bid, 2_600, 100)));
    assert_eq!(words(&status), "Reduce only order would increase position. asset=3");
    venue.place(ME, ioc(Side::Ask, 2_619, 200));
    assert_eq!(venue.ex.open_orders(ME, 0)[0].order.qty, qty(300), "shrunk again");
    let status = venue.place(ME, reduce(ioc(Side::Ask, 2_000, 900)));
    assert!(matches!(status, Status::Filled { qty: got, .. } if got == qty(300)), "{status:?}");
    assert_eq!(venue.status(ME, second), "reduceOnlyCanceled");
    assert!(venue.ex.account(ME, 0).is_some_and(|view| view.positions.is_empty()));
}

#[test]
fn small_orders_may_close_a_position_whole() {
    let mut venue = Venue::new();
    venue.place(ME, ioc(Side::Bid, 2_621, 60));
    venue.place(ME, ioc(Side::Ask, 2_600, 50));
    // what, order, whether it is taken
    let rows = [
        ("a part of the rest", ioc(Side::Ask, 2_600, 5), false),
        ("a part of the rest, reduce-only", reduce(ioc(Side::Ask, 2_600, 5)), false),
        ("the rest", ioc(Side::Ask, 2_600, 10), true),
    ];
    for (what, order, taken) in rows {
        let status = venue.place(ME, order);
        assert_eq!(matches!(status, Status::Filled { .. }), taken, "{what}: {status:?}");
    }
}
