use super::*;
use proptest::prelude::*;

const PIT: MarketIx = MarketIx(3);

fn px(dollars: i64) -> Px {
    Px::from_e8(dollars * E8)
}

fn coins(n: i64) -> Qty {
    Qty::from_e8(n * E8)
}

fn usd(dollars: i64) -> Usd {
    Usd::from_e8(dollars * E8)
}

#[test]
fn profit_is_realised_against_the_average_entry() {
    let mut balance = Balance::new(usd(1_000));
    // what, side, price, size, start, closed, cash after
    let rows = [
        ("open", Side::Bid, 10, 4, 0, 0, 960),
        ("add higher", Side::Bid, 12, 4, 4, 0, 912),
        ("half at a profit", Side::Ask, 13, 4, 8, 8, 964),
        ("through zero", Side::Ask, 10, 6, 4, -4, 1_024),
        ("cover", Side::Bid, 9, 2, -2, 2, 1_006),
    ];
    for (what, side, at, size, start, closed, cash) in rows {
        let traded = balance.trade((PIT, 10), side, px(at), coins(size), Usd::ZERO);
        let start = Pos::from_e8(start * E8);
        assert_eq!(traded, Traded { start, closed: usd(closed) }, "{what}");
        assert_eq!(balance.cash, usd(cash), "{what}");
    }
    assert_eq!(balance.pos(PIT), Pos::FLAT);
}

#[test]
fn isolated_margin_moves_with_the_position() {
    let mut balance = Balance::new(usd(100));
    balance.position_mut(PIT, 10).leverage = Leverage { cross: false, value: 5 };
    balance.trade((PIT, 10), Side::Bid, px(10), coins(10), usd(1));
    assert_eq!(balance.cash, usd(79), "a fifth of 100 and the fee");
    assert_eq!(balance.position_mut(PIT, 10).isolated_cash, usd(-80));
    balance.trade((PIT, 10), Side::Ask, px(12), coins(5), Usd::ZERO);
    assert_eq!(balance.cash, usd(99), "half of the margin and the profit come back");
    assert_eq!(balance.position_mut(PIT, 10).isolated_cash, usd(-40));
    balance.trade((PIT, 10), Side::Ask, px(8), coins(5), Usd::ZERO);
    assert_eq!(
        (balance.cash, balance.position_mut(PIT, 10).isolated_cash),
        (usd(99), Usd::ZERO),
        "the rest less 10"
    );
}

proptest! {
    /// Cash, cost and realised profit never lose a step of 1e-8, cross or isolated.
    #[test]
    fn money_is_conserved(
        cross in any::<bool>(),
        trades in proptest::collection::vec((any::<bool>(), 1i64..200_000, 1i64..5_000), 1..60),
    ) {
        let mut balance = Balance::new(usd(1_000_000));
        balance.position_mut(PIT, 10).leverage = Leverage { cross, value: 7 };
        let (mut cash, mut pos, mut realised) = (usd(1_000_000), Pos::FLAT, Usd::ZERO);
        for (buys, ticks, lots) in trades {
            let side = if buys { Side::Bid } else { Side::Ask };
            let (at, size) = (Px::from_e8(ticks * 10_000), Qty::from_e8(lots * 1_000_000));
            let traded = balance.trade((PIT, 10), side, at, size, Usd::from_e8(300));
            prop_assert_eq!(traded.start, pos);
            pos += size.signed(side);
            cash += flow(side, at.notional(size)) - Usd::from_e8(300);
            realised += traded.closed - Usd::from_e8(300);
            let held = *balance.find(PIT).expect("it was traded");
            prop_assert_eq!(held.pos, pos);
            prop_assert_eq!(balance.cash + held.isolated_cash, cash);
            prop_assert_eq!(cash + held.cost, usd(1_000_000) + realised);
            prop_assert!(pos != Pos::FLAT || (held.cost, held.isolated_cash) == (Usd::ZERO, Usd::ZERO));
        }
    }
}
