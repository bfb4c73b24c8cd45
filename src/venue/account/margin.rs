//! What an account's positions and orders need, and what it has (PROTOCOL 12.4, 12.5).

use super::balance::{AccountPosition, Balance, margin_of};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side, Usd};
use crate::venue::book::Market;
use crate::venue::index::{AccountIx, MarketIx};

/// An account on one dex, at mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MarginState {
    /// Cash and cross positions.
    pub(crate) equity: Usd,
    /// Size of the cross positions.
    pub(crate) notional: Usd,
    /// Initial margin of the cross positions.
    pub(crate) margin: Usd,
    /// Initial margin of cross positions and of all that resting orders could add.
    pub(crate) reserved: Usd,
    /// Maintenance margin of the cross positions.
    pub(crate) maintenance: Usd,
}

/// How an account on one dex stands.
pub(crate) fn standing(
    balance: &Balance,
    owner: AccountIx,
    markets: &[Market],
    dex: usize,
) -> MarginState {
    let mut sum = MarginState { equity: balance.cash, ..MarginState::default() };
    for (at, market) in markets.iter().enumerate().filter(|(_, market)| market.dex == dex) {
        sum.reserved += need(balance, MarketIx(at), market, market.resting(owner));
        let Some(holding) = balance.find(MarketIx(at)).filter(|holding| holding.leverage.cross)
        else {
            continue;
        };
        let size = market.mark.notional(holding.pos.size());
        sum.equity += holding.pos.value(market.mark);
        sum.notional += size;
        sum.margin += margin_of(size, holding.leverage.value);
        sum.maintenance += maintenance(size, market.spec.leverage_max);
    }
    sum
}

impl MarginState {
    /// What could be withdrawn: everything but the initial margin or a tenth of the positions, and
    /// what resting orders hold.
    pub(crate) fn withdrawable(&self) -> Usd {
        let held = self.margin.max(self.notional.share_floor(1, 10));
        let orders = self.reserved - self.margin;
        (self.equity - held - orders).max(Usd::ZERO)
    }
}

/// Margin that a market takes from the balance with `resting` orders a side: the largest position
/// they could lead to, at mark; of an isolated position only what would come on top.
pub(crate) fn need(balance: &Balance, ix: MarketIx, market: &Market, resting: [Qty; 2]) -> Usd {
    let leverage = balance.leverage(ix, market.spec.leverage_max);
    let pos = balance.pos(ix);
    let side_worst = |side: Side| (pos + resting[side.index()].signed(side)).e8() * side.sign();
    let size = pos.size().e8();
    let worst = size.max(side_worst(Side::Bid)).max(side_worst(Side::Ask));
    let counted = if leverage.cross { worst } else { worst - size };
    margin_of(market.mark.notional(Qty::from_e8(counted)), leverage.value)
}

/// Whether an account can take `qty` more on `side`: always when that brings the position down.
pub(crate) fn affords(
    balance: &Balance,
    owner: AccountIx,
    markets: &[Market],
    ix: MarketIx,
    (side, qty): (Side, Qty),
) -> bool {
    let market = &markets[ix.0];
    let (before, after) = (balance.pos(ix), balance.pos(ix) + qty.signed(side));
    let more = after.size().saturating_sub(before.size());
    if more == Qty::ZERO {
        return true;
    }
    let leverage = balance.leverage(ix, market.spec.leverage_max).value;
    let standing = standing(balance, owner, markets, market.dex);
    standing.margin + margin_of(market.mark.notional(more), leverage) <= standing.equity
}

/// Maintenance margin of a position: half of the initial margin at the highest leverage.
pub(crate) fn maintenance(size: Usd, leverage_max: u32) -> Usd {
    margin_of(size, 2 * leverage_max)
}

/// Equity of an isolated position.
pub(crate) fn isolated_equity(holding: &AccountPosition, mark: Px) -> Usd {
    holding.isolated_cash + holding.pos.value(mark)
}

/// Where a position is liquidated when `spare` is what its account has above maintenance; none
/// when that is not a positive price.
pub(crate) fn liquidation(
    holding: &AccountPosition,
    mark: Px,
    leverage_max: u32,
    spare: Usd,
) -> Option<Px> {
    let side = i128::from(holding.pos.e8().signum());
    let size = i128::from(holding.pos.size().e8());
    let twice = i128::from(2 * leverage_max);
    // mark - side * spare / |szi| / (1 - side / (2 * max)), all over the common divisor.
    let divisor = size * (twice - side);
    if divisor <= 0 {
        return None;
    }
    let shift = i128::from(spare.e8()) * i128::from(E8) * twice / divisor;
    let px = i64::try_from(i128::from(mark.e8()) - side * shift).ok()?;
    (0 < px).then_some(Px::from_e8(px))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Pos, WallMs};
    use crate::venue::account::balance::Leverage;
    use crate::venue::config::ExchangeConfig;

    /// The first position of `samples/info/clearinghouseState.2026.json`.
    #[test]
    fn liquidation_price_is_the_venues() {
        let mut balance = Balance::new(Usd::ZERO);
        let holding = balance.position_mut(MarketIx(0), 40);
        holding.pos = Pos::from_e8(-147_472_000);
        holding.leverage = Leverage { cross: true, value: 20 };
        let mark = Px::from_e8(9_520_900_000_000);
        let spare = Usd::from_e8(825_902_707_546_200 - 35_697_870_912_300);
        let want = 538_739_478_012_649i64;
        let got = liquidation(holding, mark, 40, spare).expect("a short has one").e8();
        assert!(got.abs_diff(want) <= 1, "{got} is not {want}");
        holding.pos = Pos::from_e8(147_472_000);
        assert_eq!(liquidation(holding, mark, 40, spare), None, "far below zero");
    }

    #[test]
    fn orders_reserve_for_the_worst_side() {
        let mut config = ExchangeConfig::bare(1, WallMs::from_ms(0));
        config.add(0, "HYPE", 2, 10, Px::from_e8(20 * E8));
        let market = Market::new(&config.markets[0], config.start);
        let coins = |n: i64| Qty::from_e8(n * E8);
        // what, cross, position, bids, asks, margin at 10x
        let rows = [
            ("nothing", true, 0, 0, 0, 0),
            ("one side", true, 0, 5, 0, 10),
            ("two sides share", true, 0, 5, 4, 10),
            ("a long and more bids", true, 3, 5, 4, 16),
            ("a long behind asks", true, 3, 0, 3, 6),
            ("asks that flip", true, 3, 0, 9, 12),
            ("isolated: only what comes on top", false, 3, 5, 0, 10),
        ];
        for (what, cross, pos, bids, asks, want) in rows {
            let mut balance = Balance::new(Usd::ZERO);
            let holding = balance.position_mut(MarketIx(0), 10);
            holding.pos = Pos::from_e8(pos * E8);
            holding.leverage = Leverage { cross, value: 10 };
            let got = need(&balance, MarketIx(0), &market, [coins(bids), coins(asks)]);
            assert_eq!(got.e8(), want * E8, "{what}");
        }
    }
}
