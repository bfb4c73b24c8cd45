use super::*;
use crate::backtest::baseline::BaselineStrategy;
use crate::engine::{Config, Sizing};
use crate::market::{
    Action, AssetId, Bbo, Cloid, CoinIx, Event, Item, Level, Oid, Reply, ReplyBody, Requests, Tid,
};
use crate::num::{Stamp, Usd, WallMs};
use crate::session::crank::Strategy;

fn spec() -> Spec {
    let (fee_maker, fee_taker) = (Bps::from_centi(288), Bps::from_centi(864));
    Spec { asset: AssetId(1), sz_decimals: 2, leverage_max: 10, fee_maker, fee_taker }
}

fn quoter(sizes: Vec<Qty>) -> BaselineStrategy<AsWas> {
    let config = Config { capital: Usd::from_e8(100 * E8), ..Config::default() };
    let (lot, position_max) = (LOT, Qty::from_e8(1_890_000_000));
    let setup = Setup::flat(config, spec(), Sizing { lot, position_max }, Px::from_e8(MID));
    BaselineStrategy::new(&setup, AsWas::new(&setup, sizes))
}

fn stamp(ms: u64) -> Stamp {
    Stamp { mono: Mono::from_ns(ms * 1_000_000), wall: WallMs::from_ms(ms) }
}

/// The best prices a tick to either side of `mid_e8`, and what the quoter does then.
fn tick(quoter: &mut BaselineStrategy<AsWas>, ms: u64, mid_e8: i64) -> Requests {
    let level = |px_e8| Some(Level { px: Px::from_e8(px_e8), qty: Qty::from_e8(E8), count: 1 });
    let (bid, ask) = (level(mid_e8 - 100_000), level(mid_e8 + 100_000));
    let mut out = Requests::new();
    let bbo = Bbo { venue: WallMs::from_ms(ms), bid, ask };
    quoter.step(stamp(ms), &Event::Bbo(CoinIx(0), &bbo), &mut out);
    out
}

/// Answers requests, and gives what the quoter sends then.
fn answer(quoter: &mut BaselineStrategy<AsWas>, ms: u64, sent: &Requests) -> Requests {
    let mut out = Requests::new();
    for request in sent {
        let items = [Item::Resting(Oid(1)); 10];
        let reply = Reply { id: request.id, body: ReplyBody::Items(&items) };
        quoter.step(stamp(ms), &Event::Reply(reply), &mut out);
    }
    out
}

fn fill(side: Side, qty_e8: i64) -> Fill {
    Fill {
        coin: CoinIx(0),
        venue: WallMs::from_ms(1),
        tid: Tid(1),
        oid: Oid(1),
        cloid: Some(Cloid(1)),
        side,
        px: Px::from_e8(2_620_000_000),
        qty: Qty::from_e8(qty_e8),
        fee: Usd::ZERO,
        closed: Usd::ZERO,
        start: Pos::FLAT,
        crossed: false,
    }
}

/// Distances of a side's orders from the mid in bps.
fn distances(quoter: &BaselineStrategy<AsWas>, side: Side, mid_e8: i64) -> Vec<f64> {
    let resting = quoter.ladders[side.index()].resting();
    let mid = Px::from_e8(mid_e8);
    resting.iter().map(|(px, _)| mid.bps_to(*px).ubps() as f64 / 1e6).collect()
}

const MID: i64 = 2_620_000_000;
const LOT: Qty = Qty::from_e8(80_000_000);

#[test]
fn the_ladder_is_the_one_of_the_log() {
    let mut quoter = quoter(AsWas::feb24_sizes());
    let sent = tick(&mut quoter, 0, MID);
    assert_eq!(sent.len(), 2, "one request a side");
    assert!(matches!(&sent[0].action, Action::Order(places) if places.len() == 7));
    let sum: i64 = quoter.ladders[0].resting().iter().map(|(_, qty)| qty.e8()).sum();
    assert_eq!(sum, 752_000_000, "7.5 HYPE rest on a side");
    let asks = distances(&quoter, Side::Ask, MID);
    // On the grid, away from the mid: up to one price step of 0.38 bps further out.
    for (level, got) in asks.iter().enumerate() {
        let want = 6.3 + 2.5 * level as f64;
        assert!((want..want + 0.39).contains(got), "level {level} at {got}, wanted {want}");
    }
}

#[test]
fn it_waits_for_answers_and_comes_nearer_with_time() {
    let mut quoter = quoter(AsWas::lots(LOT));
    let sent = tick(&mut quoter, 0, MID);
    assert!(tick(&mut quoter, 100, MID + 2_000_000).is_empty(), "no answer yet");
    let moved = answer(&mut quoter, 400, &sent);
    assert!(matches!(&moved[0].action, Action::BatchModify(replaces) if replaces.len() == 3));
    answer(&mut quoter, 900, &moved);
    let later = tick(&mut quoter, 600_000, MID + 2_000_000);
    assert!(!later.is_empty());
    // 2.5 bps, less 4 % of the 7.6 bps it rose, and up to a price step of 0.38 bps.
    let nearest = distances(&quoter, Side::Bid, MID + 2_000_000)[0];
    assert!((-2.6..-2.1).contains(&nearest), "bid at {nearest}");
}

#[test]
fn fills_of_a_side_widen_both_and_large_positions_shrink_the_adding_side() {
    let mut quoter = quoter(AsWas::lots(LOT));
    let sent = tick(&mut quoter, 0, MID);
    answer(&mut quoter, 300, &sent);
    let fills = [fill(Side::Ask, 250_000_000); 5];
    let event = Event::Fills { snapshot: false, fills: &fills };
    quoter.step(stamp(1_000), &event, &mut Requests::new());
    assert_eq!(quoter.model.signals.recent(Side::Ask), 5);
    for side in Side::BOTH {
        let near = distances(&quoter, side, MID)[0].abs();
        assert!((16.2..16.7).contains(&near), "{side:?} at {near}");
    }
    // Short 12.5 of 18.9 without a trend: nothing shrinks. With one of 19 bps or more: by sqrt 0.52.
    assert_eq!(quoter.model.size_factor(Side::Ask, quoter.ledger().pos()), 1.0);
    for second in 2..60 {
        tick(&mut quoter, second * 1_000, MID + 7_860_000);
    }
    assert!(25.0 < quoter.model.signals.trend(), "30 bps up: {}", quoter.model.signals.trend());
    let factor = quoter.model.size_factor(Side::Ask, quoter.ledger().pos());
    assert!((factor - (1.0 - 0.516f64.sqrt())).abs() < 0.01, "{factor}");
    assert_eq!(
        quoter.model.size_factor(Side::Bid, quoter.ledger().pos()),
        1.0,
        "the reducing side stays whole"
    );
}

#[test]
fn what_the_venue_refuses_or_fills_is_sent_again() {
    let mut quoter = quoter(AsWas::lots(LOT));
    let sent = tick(&mut quoter, 0, MID);
    let items = [
        Item::Resting(Oid(1)),
        Item::Rejected(crate::market::RejectReason::Margin),
        Item::Resting(Oid(2)),
    ];
    let mut out = Requests::new();
    for request in &sent {
        let reply = Reply { id: request.id, body: ReplyBody::Items(&items) };
        quoter.step(stamp(300), &Event::Reply(reply), &mut out);
    }
    let places =
        out.iter().any(|request| matches!(&request.action, Action::Order(p) if p.len() == 1));
    assert!(places, "the refused level is placed anew: {out:?}");
}
