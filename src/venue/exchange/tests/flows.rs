use super::*;
use crate::venue::{FillCause, FillModel};

/// A venue whose HYPE market is a recording.
fn recorded() -> Venue {
    Venue::with(|config| {
        config.rules.flow = FlowTime::AtOnce;
        config.markets[3].fill_model = FillModel::Recorded;
    })
}

/// Causes and sizes of fills, oldest first.
fn causes(venue: &Venue) -> Vec<(FillCause, i64)> {
    venue.ex.fills(ME).rev().map(|news| (news.cause, hundredths(news.fill.qty.e8()))).collect()
}

#[test]
fn other_makers_step_back_from_our_orders() {
    let mut venue = Venue::new();
    venue.rest(ME, alo(Side::Bid, 2_620, 100));
    venue.quote(HYPE, &[2_616, 2_615], &[2_619, 2_620, 2_621]);
    venue.block();
    let bbo = venue.ex.bbo(HYPE).expect("the market exists");
    assert_eq!((bbo.bid.map(|l| l.px), bbo.ask.map(|l| l.px)), (Some(px(2_620)), Some(px(2_621))));
    assert!(venue.fills(ME).is_empty());
}

#[test]
fn the_line_in_front_is_served_first() {
    let mut venue = Venue::new();
    venue.rest(ME, alo(Side::Bid, 2_619, 100));
    venue.take(HYPE, Side::Ask, 2_619, 990);
    venue.block();
    assert!(venue.fills(ME).is_empty(), "ten coins stand in front");
    venue.take(HYPE, Side::Ask, 2_619, 50);
    venue.block();
    assert_eq!(venue.fills(ME), [(Side::Bid, 2_619, 40)]);
    venue.take(HYPE, Side::Ask, 2_619, 5_000);
    venue.block();
    assert_eq!(venue.fills(ME).last(), Some(&(Side::Bid, 2_619, 60)));
}

#[test]
fn recorded_trades_use_up_the_line_and_run_through() {
    let mut venue = recorded();
    venue.rest(ME, alo(Side::Bid, 2_619, 100));
    venue.rest(ME, alo(Side::Bid, 2_618, 300));
    venue.take(HYPE, Side::Ask, 2_619, 1_030);
    assert_eq!(causes(&venue), [(FillCause::QueueReached, 30)], "thirty hundredths past the line");
    venue.take(HYPE, Side::Ask, 2_618, 1_100);
    let want = [
        (FillCause::QueueReached, 30),
        (FillCause::TradedThrough, 70),
        (FillCause::QueueReached, 100),
    ];
    assert_eq!(causes(&venue), want, "the better price whole, then past the line of the other");
    let prints: Vec<_> = venue.ex.trades(HYPE).map(|t| hundredths(t.trade.qty.e8())).collect();
    assert_eq!(prints, [1_100, 1_030], "the tape is the recording's");
    venue.block();
}

#[test]
fn a_recorded_book_that_crosses_us_fills_us() {
    let mut venue = recorded();
    venue.rest(ME, alo(Side::Bid, 2_620, 100));
    venue.rest(ME, alo(Side::Bid, 2_610, 100));
    venue.quote(HYPE, &[2_612], &[2_615]);
    assert_eq!(causes(&venue), [(FillCause::BookCrossed, 100)]);
    assert_eq!(venue.fills(ME), [(Side::Bid, 2_620, 100)], "at our price");
    venue.block();
}

#[test]
fn the_world_meets_only_markets_that_exist() {
    let mut venue = Venue::new();
    venue.flow(AssetId(99), MarketEventKind::Marks { mark: px(1), oracle: px(1) });
    assert!(venue.block().is_empty());
}
