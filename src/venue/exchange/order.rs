//! Placing an order: what is checked, in which order, and where it ends (PROTOCOL 3, 7.2, 12.9).

use super::Exchange;
use super::matching::{MatchResult, OrderRef, TakerOrder};
use crate::market::spec::{NOTIONAL_MIN, OffGrid};
use crate::market::{Oid, Spec, Tif};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side, Usd};
use crate::venue::Reject;
use crate::venue::account::AccountIx;
use crate::venue::account::margin::{need, standing};
use crate::venue::book::book_side::RestingOrder;
use crate::venue::book::{Market, MarketIx};
use crate::venue::command::NewOrder;
use crate::venue::output::{OrderNews, Output, Status};

/// A limit may lie this many tenths of the mark away from it (PROTOCOL 3.5).
const BAND_TENTHS: i64 = 8;
/// No account could pay for an order above this, and no sum overflows below it.
const NOTIONAL_MAX: Usd = Usd::from_e8(1_000_000_000 * E8);

impl Exchange {
    /// Places an order. `post_only` refuses what would take, whatever the order says.
    pub(super) fn place(
        &mut self,
        owner: AccountIx,
        order: &NewOrder,
        post_only: bool,
    ) -> Result<Status, Reject> {
        let ix = self.market_ix_of(order.asset).ok_or(Reject::UnknownAsset(order.asset))?;
        let oid = self.ids.oid();
        let result = match self.check(owner, ix, order, post_only) {
            Ok(qty) => self.enter(owner, ix, oid, qty, order),
            Err(denied) => Err(denied),
        };
        if let Err(denied) = &result {
            self.note_rejected(owner, ix, oid, order, denied);
        }
        result
    }

    /// Gives the size that may go into the book.
    fn check(
        &self,
        owner: AccountIx,
        ix: MarketIx,
        order: &NewOrder,
        post_only: bool,
    ) -> Result<Qty, Reject> {
        let (pit, account) = (&self.markets[ix.0], &self.accounts[owner.0]);
        let pos = account.balances[pit.dex].pos(ix);
        check_form(&pit.spec, order)?;
        check_reach(pit, order)?;
        let reduces = pos.reducing() == Some(order.side);
        if order.reduce_only && !reduces {
            return Err(Reject::ReduceOnly(order.asset));
        }
        let closes =
            reduces && (pos.size() == order.qty || (order.reduce_only && pos.size() < order.qty));
        if !closes && order.px.notional(order.qty) < NOTIONAL_MIN {
            return Err(Reject::MinimumValue(order.asset));
        }
        if order.tif != Tif::Ioc && !account.may_open(order.reduce_only) {
            return Err(Reject::TooManyOpenOrders(order.asset));
        }
        if (order.tif == Tif::Alo || post_only) && crosses(pit, order.side, order.px) {
            let (bid, ask) = (pit.best(Side::Bid), pit.best(Side::Ask));
            return Err(Reject::WouldCross { asset: order.asset, bid, ask });
        }
        if order.reduce_only {
            return Ok(order.qty.min(pos.size()));
        }
        self.check_margin(owner, ix, order)?;
        Ok(order.qty)
    }

    /// Whether the margin covers what the order could add to what rests.
    fn check_margin(&self, owner: AccountIx, ix: MarketIx, order: &NewOrder) -> Result<(), Reject> {
        let pit = &self.markets[ix.0];
        let purse = &self.accounts[owner.0].balances[pit.dex];
        let mut resting = pit.resting(owner);
        let before = need(purse, ix, pit, resting);
        resting[order.side.index()] += order.qty;
        let after = need(purse, ix, pit, resting);
        if after <= before {
            return Ok(());
        }
        let standing = standing(purse, owner, &self.markets, pit.dex);
        if standing.equity < standing.reserved - before + after {
            return Err(Reject::Margin(order.asset));
        }
        Ok(())
    }

    /// Lets an order take what it may and rest if it may.
    fn enter(
        &mut self,
        owner: AccountIx,
        ix: MarketIx,
        oid: Oid,
        qty: Qty,
        order: &NewOrder,
    ) -> Result<Status, Reject> {
        let taken = if order.tif == Tif::Alo {
            MatchResult::default()
        } else {
            let by = Some(OrderRef { owner, oid, cloid: order.cloid, liquidation: None });
            self.match_order(
                ix,
                TakerOrder { side: order.side, limit: order.px, remaining: qty, order: by },
            )
        };
        let left = qty.saturating_sub(taken.qty);
        if order.tif == Tif::Ioc && taken.qty == Qty::ZERO {
            return Err(Reject::NothingToMatch(order.asset));
        }
        let resting = self.resting_of(owner, oid, left, order);
        if left == Qty::ZERO || order.tif == Tif::Ioc {
            let word = if left == Qty::ZERO { "filled" } else { "canceled" };
            self.tell_first(ix, order.side, &resting, word);
            let (cloid, px) = (order.cloid, taken.average());
            return Ok(Status::Filled { oid, cloid, qty: taken.qty, px });
        }
        self.markets[ix.0].side_mut(order.side).rest(resting);
        self.accounts[owner.0].open += 1;
        self.tell_first(ix, order.side, &resting, "open");
        if order.reduce_only {
            self.tidy_reduce_only(owner, ix);
        }
        Ok(Status::Resting(oid, order.cloid))
    }

    /// An order as it would rest.
    fn resting_of(&self, owner: AccountIx, oid: Oid, qty: Qty, order: &NewOrder) -> RestingOrder {
        RestingOrder {
            oid,
            owner,
            px: order.px,
            qty,
            asked: order.qty,
            cloid: order.cloid,
            reduce_only: order.reduce_only,
            tif: order.tif,
            placed: self.clock.now,
        }
    }

    /// News of an order that was not there before.
    fn tell_first(&mut self, ix: MarketIx, side: Side, order: &RestingOrder, status: &'static str) {
        let news = self.news_of(ix, side, order, status);
        let account = &mut self.accounts[order.owner.0];
        account.history.open(news.clone(), order.tif);
        self.outbox.orders.push(Output::Order(account.address, news));
    }

    /// News of an order that was told of before.
    pub(super) fn tell(
        &mut self,
        ix: MarketIx,
        side: Side,
        order: &RestingOrder,
        status: &'static str,
    ) {
        let news = self.news_of(ix, side, order, status);
        let account = &mut self.accounts[order.owner.0];
        account.history.change(order.oid, order.qty, status, self.clock.now);
        self.outbox.orders.push(Output::Order(account.address, news));
    }

    /// Keeps a refused order in the history, where the venue does.
    fn note_rejected(
        &mut self,
        owner: AccountIx,
        ix: MarketIx,
        oid: Oid,
        order: &NewOrder,
        denied: &Reject,
    ) {
        let Some(status) = denied.history_word() else { return };
        let refused = self.resting_of(owner, oid, order.qty, order);
        let news = self.news_of(ix, order.side, &refused, status);
        let account = &mut self.accounts[owner.0];
        if self.config.rules.push_rejected {
            self.outbox.orders.push(Output::Order(account.address, news.clone()));
        }
        account.history.open(news, order.tif);
    }

    fn news_of(
        &self,
        ix: MarketIx,
        side: Side,
        order: &RestingOrder,
        status: &'static str,
    ) -> OrderNews {
        order.news(self.markets[ix.0].spec.asset, side, status, self.clock.now)
    }
}

/// Price and size on their grids.
fn check_form(spec: &Spec, order: &NewOrder) -> Result<(), Reject> {
    match spec.check_px(order.px) {
        Err(OffGrid::NotPositive | OffGrid::Decimals) => {
            return Err(Reject::InvalidPrice(order.asset));
        }
        Err(OffGrid::Figures) => return Err(Reject::TickSize(order.asset)),
        Ok(()) => {}
    }
    if order.qty == Qty::ZERO {
        return Err(Reject::ZeroSize(order.asset));
    }
    if !spec.whole_lots(order.qty) {
        return Err(Reject::InvalidSize(order.asset));
    }
    Ok(())
}

/// Price near the mark, and a size that can be reckoned with.
fn check_reach(pit: &Market, order: &NewOrder) -> Result<(), Reject> {
    let (px, mark) = (i128::from(order.px.e8()), i128::from(pit.mark.e8()));
    if i128::from(BAND_TENTHS) * mark < 10 * (px - mark).abs() {
        return Err(Reject::FarFromReference(order.asset));
    }
    if i128::from(NOTIONAL_MAX.e8()) < px.max(mark) * i128::from(order.qty.e8()) / i128::from(E8) {
        return Err(Reject::Margin(order.asset));
    }
    Ok(())
}

/// Whether an order at `px` would meet the other side.
fn crosses(pit: &Market, side: Side, px: Px) -> bool {
    pit.best(side.other()).is_some_and(|best| !best.beats(px, side))
}
