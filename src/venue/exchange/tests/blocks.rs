use super::*;

/// The order of kinds in a block's news.
fn kinds(news: &[Output]) -> Vec<&'static str> {
    let kind = |output: &Output| match output {
        Output::Order(..) => "order",
        Output::Fill(..) => "fill",
        Output::Funding(..) => "funding",
        Output::Trades(..) => "trades",
        Output::Bbo(..) => "bbo",
        Output::Answer { .. } => "answer",
    };
    let mut kinds: Vec<_> = news.iter().map(kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn news_goes_out_orders_first_and_answers_last() {
    let mut venue = Venue::new();
    venue.send(ME, placing(&[ioc(Side::Bid, 2_621, 100)]));
    let news = venue.block();
    assert_eq!(kinds(&news), ["order", "fill", "trades", "bbo", "answer"]);
    assert!(venue.block().is_empty(), "nothing changed, nothing is said");
}

#[test]
fn post_only_then_cancels_then_the_rest() {
    let mut venue = Venue::new();
    let oid = venue.rest(ME, alo(Side::Bid, 2_620, 100));
    // Sent in the worst order for the maker: the taker first.
    venue.take(HYPE, Side::Ask, 2_610, 5_000);
    venue.send(YOU, placing(&[ioc(Side::Ask, 2_600, 100)]));
    venue.send(ME, canceling(&[(HYPE, oid)]));
    venue.send(ME, placing(&[alo(Side::Bid, 2_619, 200)]));
    venue.block();
    assert_eq!(venue.status(ME, oid), "canceled", "the cancel came before the taker");
    let want = [(Side::Bid, 2_619, 200)];
    assert_eq!(venue.fills(ME), want, "the post-only order was there for it");
    assert!(venue.fills(YOU).is_empty(), "the world took all there was before");
}

#[test]
fn flow_can_act_between_blocks() {
    let mut venue = Venue::with(|config| config.rules.flow = FlowTime::AtOnce);
    let oid = venue.rest(ME, alo(Side::Bid, 2_620, 100));
    let at = venue.ex.now();
    venue.take(HYPE, Side::Ask, 2_620, 100);
    assert_eq!(venue.status(ME, oid), "filled", "before any block");
    assert_eq!(kinds(&venue.out), ["order", "fill", "trades", "bbo"]);
    assert_eq!(venue.ex.fills(ME).next().map(|news| news.fill.venue), Some(at.plus_ms(1)));
    venue.block();
}

#[test]
fn what_expired_is_refused_and_costs_five() {
    let mut venue = Venue::new();
    let next = venue.ex.next_block();
    let used = |venue: &Venue| venue.ex.rate_limit(ME).used;
    let order = || placing(&[alo(Side::Bid, 2_600, 100)]);
    let late = venue.send_with(ME, order(), |e| e.expires = Some(WallMs::from_ms(next.ms() - 1)));
    let fine = venue.send_with(ME, order(), |e| e.expires = Some(next));
    let news = venue.block();
    assert_eq!(answer_to(&news, late), Answer::Rejected(Reject::Expired));
    assert!(matches!(answer_to(&news, fine), Answer::Orders(_)));
    assert_eq!(used(&venue), 6);
}

#[test]
fn blocks_come_at_their_seeds_times() {
    let times = |seed: u64| {
        let mut ex = Exchange::new(ExchangeConfig::venue(
            crate::venue::Catalogue::February2026,
            seed,
            START,
        ));
        let mut out = Vec::new();
        (0..10_000u64)
            .map(|_| {
                let next = ex.next_block();
                ex.advance(next, &mut out);
                next
            })
            .collect::<Vec<_>>()
    };
    let first = times(7);
    assert_eq!(first, times(7), "a seed repeats");
    assert_ne!(first, times(8));
    let gaps: Vec<_> = first.windows(2).map(|pair| pair[1].ms_since(pair[0])).collect();
    assert!(gaps.iter().all(|&gap| 40 <= gap));
    let mean = gaps.iter().sum::<i64>() / 9_999;
    assert!((68..=71).contains(&mean), "the mean gap is {mean} ms");
}

#[test]
fn scheduled_cancels_fire_and_are_gated() {
    let mut venue = Venue::new();
    let at = |venue: &Venue, ms: u64| scheduling(Some(venue.ex.now().plus_ms(ms)));
    let early = at(&venue, 60_000);
    let denied = venue.send(ME, early);
    let Answer::Rejected(denied) = answer_to(&venue.out, denied) else { panic!("refused at once") };
    assert_eq!(
        denied.to_string(),
        "Cannot set scheduled cancel time until enough volume traded. Required: $1000000. \
         Traded: $0."
    );
    let mut venue = Venue::with(|config| {
        config.rules =
            Rules { schedule_volume: crate::num::Usd::ZERO, funding: false, ..config.rules };
    });
    let early = at(&venue, 1_500);
    assert_eq!(venue.ask(ME, early), Answer::Rejected(Reject::ScheduleEarly));
    let oid = venue.rest(ME, alo(Side::Bid, 2_600, 100));
    let other = venue.rest(YOU, alo(Side::Bid, 2_600, 100));
    let cleared = at(&venue, 6_000);
    assert_eq!(venue.ask(ME, cleared), Answer::Default);
    assert_eq!(venue.ask(ME, scheduling(None)), Answer::Default);
    let due = venue.ex.next_block().plus_ms(7_000);
    assert_eq!(venue.ask(ME, scheduling(Some(due))), Answer::Default);
    while venue.ex.next_block() < due {
        venue.block();
    }
    assert_eq!(venue.status(ME, oid), "open", "not before its time");
    venue.block();
    assert_eq!((venue.status(ME, oid), venue.status(YOU, other)), ("scheduledCancel", "open"));
    venue.rest(ME, alo(Side::Bid, 2_600, 100));
}
