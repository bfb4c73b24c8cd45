//! Matching: a taker against the line, and what a fill does to an account.

use super::Exchange;
use crate::market::{Address, Cloid, Oid, Tid};
use crate::num::fix::div_round;
use crate::num::{Bps, Px, Qty, Side, Usd};
use crate::venue::account::AccountIx;
use crate::venue::account::margin::affords;
use crate::venue::book::MarketIx;
use crate::venue::book::book_side::TopOfSide;
use crate::venue::output::{FillCause, FillNews, Output, TradeNews};

/// Micro basis points in the whole, times the hundred steps of 1e-8 in the sixth decimal that fees
/// are cut to (PROTOCOL 12.2).
const FEE_DIVISOR: i128 = 10_000_000_000 * FEE_STEP;
/// Steps of 1e-8 in a millionth.
const FEE_STEP: i128 = 100;

/// Someone who takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakerOrder {
    pub(super) side: Side,
    /// The worst price it pays.
    pub(super) limit: Px,
    pub(super) remaining: Qty,
    /// The account; none for the world.
    pub(super) order: Option<OrderRef>,
}

/// The account behind a taker.
#[derive(Clone, Copy, Debug)]
pub(super) struct OrderRef {
    pub(super) owner: AccountIx,
    pub(super) oid: Oid,
    pub(super) cloid: Option<Cloid>,
    /// The mark at which it is being liquidated.
    pub(super) liquidation: Option<Px>,
}

/// What a taker got.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MatchResult {
    pub(super) qty: Qty,
    /// Price times size, in steps of 1e-16.
    worth_e16: i128,
}

/// Names of a print.
#[derive(Clone, Copy, Debug)]
pub(super) struct TradeIds {
    pub(super) tid: Tid,
    pub(super) hash: u64,
}

/// A fill of an account's order, before its consequences.
#[derive(Clone, Copy, Debug)]
struct Execution {
    order: OrderRef,
    side: Side,
    px: Px,
    qty: Qty,
    crossed: bool,
    ids: TradeIds,
    cause: FillCause,
}

impl MatchResult {
    /// The average price, rounded half away in the last of 8 decimals.
    pub(super) fn average(&self) -> Px {
        let px = div_round(self.worth_e16, i128::from(self.qty.e8()).max(1));
        Px::from_e8(i64::try_from(px).expect("an average of prices is a price"))
    }

    fn add(&mut self, px: Px, qty: Qty) {
        self.qty += qty;
        self.worth_e16 += i128::from(px.e8()) * i128::from(qty.e8());
    }
}

impl Exchange {
    /// Takes all within the limit in the order of price and time. One hash for all its prints.
    pub(super) fn match_order(&mut self, ix: MarketIx, mut taker: TakerOrder) -> MatchResult {
        let (hash, making) = (self.ids.hash(), taker.side.other());
        let (mut taken, mut prints) = (MatchResult::default(), Vec::new());
        while taker.remaining != Qty::ZERO {
            let Some(front) = self.markets[ix.0].side(making).front() else { break };
            let (px, most) = match front {
                TopOfSide::Background { px, qty } => (px, qty.min(taker.remaining)),
                TopOfSide::Order(px) => (px, taker.remaining),
            };
            if px.beats(taker.limit, making.other()) {
                break;
            }
            let print = TradeIds { tid: self.ids.tid(), hash };
            let (maker, qty) = match front {
                TopOfSide::Background { .. } => {
                    self.markets[ix.0].side_mut(making).consume_background(most);
                    (None, most)
                }
                TopOfSide::Order(_) => self.match_front(ix, making, 0, most, &taker, print),
            };
            if qty == Qty::ZERO {
                continue; // The order that stood there was cancelled instead.
            }
            taker.remaining = taker.remaining.saturating_sub(qty);
            taken.add(px, qty);
            prints.push(self.public_trade(px, qty, &taker, maker, print));
            self.fill_taker(ix, &taker, px, qty, print);
        }
        self.publish(ix, prints);
        taken
    }

    /// A taker meets the order at the front. Gives whose it was and how much of it traded.
    fn match_front(
        &mut self,
        ix: MarketIx,
        making: Side,
        at: usize,
        most: Qty,
        taker: &TakerOrder,
        print: TradeIds,
    ) -> (Option<Address>, Qty) {
        let owner = self.markets[ix.0].side(making).orders()[at].order.owner;
        let address = Some(self.accounts[owner.0].address);
        if taker.order.is_some_and(|by| by.owner == owner) {
            self.withdraw(ix, making, at, "selfTradeCanceled");
            return (address, Qty::ZERO);
        }
        (address, self.fill_resting(ix, making, at, most, print, FillCause::Matched))
    }

    /// Fills up to `most` of a resting order. Gives how much: nothing when its account could not
    /// pay, and the order was cancelled.
    pub(super) fn fill_resting(
        &mut self,
        ix: MarketIx,
        side: Side,
        at: usize,
        most: Qty,
        print: TradeIds,
        cause: FillCause,
    ) -> Qty {
        let order = self.markets[ix.0].side(side).orders()[at].order;
        let qty = order.qty.min(most);
        let purse = &self.accounts[order.owner.0].balances[self.markets[ix.0].dex];
        if !affords(purse, order.owner, &self.markets, ix, (side, qty)) {
            self.withdraw(ix, side, at, "marginCanceled");
            return Qty::ZERO;
        }
        self.shorten(ix, side, at, qty);
        let by =
            OrderRef { owner: order.owner, oid: order.oid, cloid: order.cloid, liquidation: None };
        self.apply_execution(
            ix,
            Execution { order: by, side, px: order.px, qty, crossed: false, ids: print, cause },
        );
        qty
    }

    /// Takes `qty` off a resting order that was filled.
    fn shorten(&mut self, ix: MarketIx, side: Side, at: usize, qty: Qty) {
        let half = self.markets[ix.0].side_mut(side);
        let order = half.order_mut(at);
        order.qty = order.qty.saturating_sub(qty);
        let order = *order;
        if order.qty == Qty::ZERO {
            half.remove(at);
            self.accounts[order.owner.0].open -= 1;
            self.tell(ix, side, &order, "filled");
        } else if self.config.rules.push_partial {
            self.tell(ix, side, &order, "open");
        } else {
            let history = &mut self.accounts[order.owner.0].history;
            history.shorten(order.oid, order.qty);
        }
    }

    /// The taker's side of a match, when it is an account.
    fn fill_taker(&mut self, ix: MarketIx, taker: &TakerOrder, px: Px, qty: Qty, print: TradeIds) {
        if let Some(by) = taker.order {
            let cause = FillCause::Matched;
            self.apply_execution(
                ix,
                Execution {
                    order: by,
                    side: taker.side,
                    px,
                    qty,
                    crossed: true,
                    ids: print,
                    cause,
                },
            );
        }
    }

    /// Moves money and position of an account for a fill, and tells it.
    fn apply_execution(&mut self, ix: MarketIx, hit: Execution) {
        let Execution { order: by, side, px, qty, crossed, ids: print, cause } = hit;
        let (spec, dex) = (self.markets[ix.0].spec, self.markets[ix.0].dex);
        let worth = px.notional(qty);
        let fee = fee_of(worth, if crossed { spec.fee_taker } else { spec.fee_maker });
        let account = &mut self.accounts[by.owner.0];
        let purse = &mut account.balances[dex];
        let traded = purse.trade((ix, spec.leverage_max), side, px, qty, fee);
        account.budget.earn(self.clock.now, worth);
        let news = FillNews {
            asset: spec.asset,
            at: self.clock.now,
            tid: print.tid,
            oid: by.oid,
            cloid: by.cloid,
            side,
            px,
            qty,
            start: traded.start,
            closed: traded.closed,
            fee,
            crossed,
            hash: print.hash,
            cause,
            liquidation: by.liquidation,
        };
        account.keep_fill(news.clone());
        self.outbox.fills.push(Output::Fill(account.address, news));
        self.risky = true;
        self.tidy_reduce_only(by.owner, ix);
    }

    /// A print as everyone sees it.
    fn public_trade(
        &self,
        px: Px,
        qty: Qty,
        taker: &TakerOrder,
        maker: Option<Address>,
        print: TradeIds,
    ) -> TradeNews {
        let taking = taker.order.map(|by| self.accounts[by.owner.0].address).unwrap_or_default();
        let making = maker.unwrap_or_default();
        let users = match taker.side {
            Side::Bid => [taking, making],
            Side::Ask => [making, taking],
        };
        let at = self.clock.now;
        TradeNews { at, tid: print.tid, taker: taker.side, px, qty, users, hash: print.hash }
    }

    /// Shows the prints of one taker.
    pub(super) fn publish(&mut self, ix: MarketIx, prints: Vec<TradeNews>) {
        if prints.is_empty() {
            return;
        }
        let pit = &mut self.markets[ix.0];
        prints.iter().for_each(|print| pit.tape.on_trade(print));
        self.outbox.public.push(Output::Trades(pit.spec.asset, prints));
    }

    /// Names for a print of its own.
    pub(super) fn new_trade_ids(&mut self) -> TradeIds {
        TradeIds { tid: self.ids.tid(), hash: self.ids.hash() }
    }
}

/// The fee on `worth`, cut toward zero at 6 decimals (PROTOCOL 12.2).
fn fee_of(worth: Usd, rate: Bps) -> Usd {
    let micros = i128::from(worth.e8()) * i128::from(rate.ubps()) / FEE_DIVISOR;
    Usd::from_e8(i64::try_from(micros * FEE_STEP).expect("a fee is a part of what is traded"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fills PROTOCOL 12.2 cites.
    #[test]
    fn fees_are_cut_at_six_decimals() {
        // worth, rate in ubps, fee, in steps of 1e-8
        let rows = [
            (7_914_600_000, 1_500_000, 1_187_100),
            (6_665_300_000, 1_500_000, 999_700),
            (89_563_160_000, 300_000, 2_686_800),
            (5_718_450_000, 3_000_000, 1_715_500),
            (5_718_450_000, -100_000, -57_100),
        ];
        for (worth, rate, fee) in rows {
            let got = fee_of(Usd::from_e8(worth), Bps::from_ubps(rate));
            assert_eq!(got.e8(), fee, "{worth} at {rate}");
        }
    }
}
