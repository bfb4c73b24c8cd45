use super::*;
use crate::market::{AssetId, Cloid, Tif};
use crate::num::WallMs;
use crate::venue::action::order::NewOrder;

const ME: AccountIx = AccountIx(0);
const YOU: AccountIx = AccountIx(1);

fn px(dollars: i64) -> Px {
    Px::from_e8(dollars * E8)
}

fn coins(n: i64) -> Qty {
    Qty::from_e8(n * E8)
}

fn level(dollars: i64, n: i64) -> Level {
    Level { px: px(dollars), qty: coins(n), count: 3 }
}

fn order(oid: u64, owner: AccountIx, dollars: i64, n: i64) -> VenueOrder {
    let asked = NewOrder {
        asset: AssetId(0),
        side: Side::Bid,
        px: px(dollars),
        qty: coins(n),
        tif: Tif::Alo,
        reduce_only: oid.is_multiple_of(2),
        cloid: Some(Cloid(7)),
    };
    VenueOrder { asked, oid: Oid(oid), owner, qty: coins(n), placed: WallMs::from_ms(0) }
}

fn bids() -> BookSide {
    let mut half = BookSide::new(Side::Bid);
    half.replace(vec![level(100, 5), level(99, 8), level(97, 4)]);
    half
}

/// Price and size of what a taker meets, in order, `n` coins at a time.
fn walk(half: &mut BookSide, n: i64) -> Vec<(i64, i64, bool)> {
    let mut met = Vec::new();
    while let Some(front) = half.front() {
        let (px, qty, own) = match front {
            TopOfSide::Background { px, qty } => (px, qty.min(coins(n)), false),
            TopOfSide::Order(px) => (px, half.orders()[0].order.qty, true),
        };
        if own {
            half.remove(0);
        } else {
            half.consume_background(qty);
        }
        met.push((px.e8() / E8, qty.e8() / E8, own));
    }
    met
}

#[test]
fn takers_meet_prices_then_times() {
    let mut half = bids();
    half.rest(order(1, ME, 99, 2));
    half.replace(vec![level(100, 5), level(99, 11), level(97, 4)]);
    half.rest(order(2, YOU, 99, 1));
    half.rest(order(3, ME, 98, 6));
    half.rest(order(4, ME, 101, 7));
    let want = [
        (101, 7, true),
        (100, 5, false),
        (99, 8, false),
        (99, 2, true),
        (99, 3, false),
        (99, 1, true),
        (98, 6, true),
        (97, 4, false),
    ];
    assert_eq!(walk(&mut half, 100), want);
}

#[test]
fn the_shown_book_adds_both_kinds() {
    let mut half = bids();
    half.rest(order(1, ME, 99, 2));
    half.rest(order(2, ME, 98, 6));
    half.rest(order(3, YOU, 95, 1));
    let mut out = [Level::default(); 8];
    let len = half.write_levels(&mut out);
    let got: Vec<_> =
        out[..len].iter().map(|l| (l.px.e8() / E8, l.qty.e8() / E8, l.count)).collect();
    assert_eq!(got, [(100, 5, 3), (99, 10, 4), (98, 6, 1), (97, 4, 3), (95, 1, 1)]);
    assert_eq!(half.top(), Some(level(100, 5)));
    assert_eq!(half.write_levels(&mut out[..2]), 2);
    assert_eq!(
        half.average(Usd::from_e8(600 * E8)),
        Some(Px::from_e8(9_983_193_277)),
        "600 * 99 / 595"
    );
}

#[test]
fn levels_of_nothing_are_no_levels() {
    let mut half = BookSide::new(Side::Bid);
    half.replace(vec![level(100, 0), level(99, 8), level(0, 4)]);
    assert_eq!(walk(&mut half, 100), [(99, 8, false)]);
}

#[test]
fn makers_step_back_from_a_wall() {
    let mut half = bids();
    half.clip(Some(px(99)));
    assert_eq!(half.best_background(), Some(px(97)));
    half.clip(None);
    assert_eq!(half.best_background(), Some(px(97)));
}

#[test]
fn orders_are_found_by_their_owner_alone() {
    let mut half = bids();
    half.rest(order(1, ME, 99, 2));
    half.rest(order(2, ME, 98, 6));
    half.rest(order(3, YOU, 99, 1));
    assert_eq!(half.find(ME, Oid(3).into()), None);
    assert_eq!(half.find(YOU, Oid(3).into()), Some(1));
    assert_eq!(half.find(ME, Cloid(7).into()), Some(2), "the newest of a name");
    assert_eq!(half.resting(ME), coins(2), "reduce-only ones add nothing");
    assert_eq!(half.reduce_only(ME, None), Some((2, Oid(2))));
    assert_eq!(half.reduce_only(ME, Some(Oid(2))), None);
}
