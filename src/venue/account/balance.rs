//! The money of an account on one dex: cash and positions.

use crate::num::fix::div_round;
use crate::num::unit::E8;
use crate::num::{Pos, Px, Qty, Side, Usd};
use crate::venue::index::MarketIx;

/// Leverage of an account that never set one, where the market allows as much.
const LEVERAGE_DEFAULT: u32 = 20;

/// Cash and positions on one dex. Cash is net of the cost of cross positions (PROTOCOL 9.4).
#[derive(Clone, Debug)]
pub(crate) struct Balance {
    pub(crate) cash: Usd,
    /// By market; a holding stays when it is flat, for its leverage and its past funding.
    positions: Vec<AccountPosition>,
}

/// Leverage of an account in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leverage {
    /// Shared margin, or the position's own.
    pub cross: bool,
    /// How often the margin is worth the position.
    pub value: u32,
}

/// The position of an account in one market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountPosition {
    pub market: MarketIx,
    pub pos: Pos,
    /// What the position cost: positive for a long, negative for a short.
    pub cost: Usd,
    /// Cash in an isolated position, net of its cost; zero when cross.
    pub isolated_cash: Usd,
    pub leverage: Leverage,
    /// Funding paid (positive) or received in this market, ever.
    pub funding_ever: Usd,
    /// Since the position was opened.
    pub funding_open: Usd,
    /// Since its size last changed.
    pub funding_change: Usd,
}

/// What a trade did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traded {
    /// The position before it.
    pub(crate) start: Pos,
    /// Realised by it, before fees.
    pub(crate) closed: Usd,
}

impl Balance {
    pub(crate) fn new(deposit: Usd) -> Balance {
        Balance { cash: deposit, positions: Vec::new() }
    }

    /// Positions and leverages that were ever set, by market.
    pub(crate) fn positions(&self) -> &[AccountPosition] {
        &self.positions
    }

    /// The holding in a market, if there ever was one.
    pub(crate) fn find(&self, market: MarketIx) -> Option<&AccountPosition> {
        let at = self.positions.binary_search_by_key(&market, |holding| holding.market).ok()?;
        Some(&self.positions[at])
    }

    /// The position in a market.
    pub(crate) fn pos(&self, market: MarketIx) -> Pos {
        self.find(market).map_or(Pos::FLAT, |holding| holding.pos)
    }

    /// The leverage in a market.
    pub(crate) fn leverage(&self, market: MarketIx, leverage_max: u32) -> Leverage {
        self.find(market).map_or(default_leverage(leverage_max), |holding| holding.leverage)
    }

    /// The holding in a market, made when there is none.
    pub(crate) fn position_mut(
        &mut self,
        market: MarketIx,
        leverage_max: u32,
    ) -> &mut AccountPosition {
        let at = match self.positions.binary_search_by_key(&market, |holding| holding.market) {
            Ok(at) => at,
            Err(at) => {
                self.positions
                    .insert(at, AccountPosition::flat(market, default_leverage(leverage_max)));
                at
            }
        };
        &mut self.positions[at]
    }

    /// Buys or sells, and pays the fee. Isolated margin moves with the position.
    pub(crate) fn trade(
        &mut self,
        (market, leverage_max): (MarketIx, u32),
        side: Side,
        px: Px,
        qty: Qty,
        fee: Usd,
    ) -> Traded {
        assert!(Qty::ZERO < qty, "nothing was traded at {px:?}");
        let holding = self.position_mut(market, leverage_max);
        let start = holding.pos;
        let closing =
            if start.reducing() == Some(side) { qty.min(start.size()) } else { Qty::ZERO };
        let (closed, back) = holding.close(side, px, closing);
        let paid = holding.open(side, px, qty, closing);
        holding.funding_change = Usd::ZERO;
        if start.size() == closing {
            holding.funding_open = Usd::ZERO;
        }
        self.cash += back - paid - fee;
        Traded { start, closed }
    }
}

impl AccountPosition {
    fn flat(market: MarketIx, leverage: Leverage) -> AccountPosition {
        let zero = Usd::ZERO;
        AccountPosition {
            market,
            pos: Pos::FLAT,
            cost: zero,
            isolated_cash: zero,
            leverage,
            funding_ever: zero,
            funding_open: zero,
            funding_change: zero,
        }
    }

    pub(crate) fn unrealised(&self, mark: Px) -> Usd {
        self.pos.value(mark) - self.cost
    }

    /// Average price of entry, rounded to the nearest step.
    pub(crate) fn entry(&self) -> Px {
        let size = i128::from(self.pos.size().e8());
        if size == 0 {
            return Px::ZERO;
        }
        let px = div_round(i128::from(self.cost.e8()).abs() * i128::from(E8), size);
        Px::from_e8(i64::try_from(px).expect("an average of prices is a price"))
    }

    /// Closes `qty` of the position: gives what it realised and the cash that goes to the balance.
    fn close(&mut self, side: Side, px: Px, qty: Qty) -> (Usd, Usd) {
        if qty == Qty::ZERO {
            return (Usd::ZERO, Usd::ZERO);
        }
        let proceeds = flow(side, px.notional(qty));
        let (cost, margin) =
            (self.share(self.cost, qty), self.share(self.isolated_cash + self.cost, qty));
        let closed = proceeds - cost;
        self.cost -= cost;
        self.pos += qty.signed(side);
        if self.leverage.cross {
            return (closed, proceeds);
        }
        let back = margin + closed;
        self.isolated_cash += proceeds - back;
        (closed, back)
    }

    /// Opens what is left of `qty` after `closing`: gives the cash it takes from the balance.
    fn open(&mut self, side: Side, px: Px, qty: Qty, closing: Qty) -> Usd {
        let opening = qty.saturating_sub(closing);
        if opening == Qty::ZERO {
            return Usd::ZERO;
        }
        // The rest of the whole, so that no step of 1e-8 is lost between the two parts.
        let worth = px.notional(qty) - px.notional(closing);
        let paid = -flow(side, worth);
        self.cost += paid;
        self.pos += opening.signed(side);
        if self.leverage.cross {
            return paid;
        }
        let margin = margin_of(worth, self.leverage.value);
        self.isolated_cash += margin - paid;
        margin
    }

    /// The share of `amount` that belongs to `qty` of the position; all of it for all.
    fn share(&self, amount: Usd, qty: Qty) -> Usd {
        let size = self.pos.size();
        if size <= qty {
            return amount;
        }
        let wide = i128::from(amount.e8()) * i128::from(qty.e8());
        let part = div_round(wide, i128::from(size.e8()));
        Usd::from_e8(i64::try_from(part).expect("a share is smaller than the whole"))
    }
}

/// Margin for `worth` at a leverage.
pub(crate) fn margin_of(worth: Usd, leverage: u32) -> Usd {
    worth.share_floor(1, i64::from(leverage))
}

/// Cash that a trade worth `worth` brings: negative when it buys.
fn flow(side: Side, worth: Usd) -> Usd {
    Usd::from_e8(-side.sign() * worth.e8())
}

fn default_leverage(leverage_max: u32) -> Leverage {
    Leverage { cross: true, value: LEVERAGE_DEFAULT.min(leverage_max) }
}

#[cfg(test)]
mod tests;
