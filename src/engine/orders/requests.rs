//! From a plan to requests: names, the last check by risk, numbers, and the order of sending.

use super::reconcile::{Plan, TargetOrder};
use super::{PendingAction, WorkingOrders};
use crate::market::action::{CANCELS_MAX, ITEMS_MAX, REQUESTS_MAX};
use crate::market::{
    Action, Allowance, AssetId, Cloid, Oid, Place, Replace, Request, RequestId, Requests, Spec, Tif,
};
use crate::num::{Mono, Nanos, Px, Side, Stamp, WallMs};
use crate::risk::limits::crosses_own;
use crate::risk::{Exposure, Limits};
use arrayvec::ArrayVec;

/// A placement that is still on its way after this long must never rest (RELIABILITY I21).
pub const EXPIRES_AFTER_MS: u64 = 3_000;
/// A list that was asked for so long after the expiry of an order shows it, if it rests (MODEL 5.5).
const LISTED_AFTER: Nanos = Nanos::from_secs(2);
/// The same for an order that closes a position (MODEL 5.2).
const CLOSING_EXPIRES_AFTER_MS: u64 = 5_000;
/// A list that was asked for so long after an order without an expiry was sent shows it.
const BARE_LANDS_AFTER: Nanos = Nanos::from_secs(15);
/// The upper 16 bits of every name we give: how a restart knows its own orders.
const MARK: u128 = 0xe7e1;
/// Bits of the counter in a name; the session's tag lies between mark and counter.
const COUNTER_BITS: u32 = 48;
/// Where the mark begins.
const MARK_SHIFT: u32 = 112;

// Mark, tag and counter fill a name; nothing of one reaches into another.
const _: () =
    assert!(MARK_SHIFT == u64::BITS + COUNTER_BITS && MARK < 1 << (u128::BITS - MARK_SHIFT));
/// A batch makes at most so many requests: cancels, replacements, placements.
const BATCH_REQUESTS: usize = 3;
/// Beside it a step may cancel orphans and schedule the dead man's cancel.
const BESIDE_BATCH: usize = 2;

// All that a step makes has room in its list.
const _: () = assert!(BESIDE_BATCH + BATCH_REQUESTS <= REQUESTS_MAX);

/// Names, numbers and makes requests.
#[derive(Clone, Debug)]
pub struct OrderGateway {
    asset: AssetId,
    tag: u64,
    orders_named: u64,
    requests_made: u64,
    orders_sent: u64,
}

/// What bounds an order beside the plan.
pub struct OrderRules<'a> {
    /// The rules of the instrument: grid, lot, minimum.
    pub spec: &'a Spec,
    /// The hard limits that risk asserts.
    pub limits: Limits,
    /// Whether orders of a side, by [`Side::index`], may only reduce the position.
    pub reduce_only: [bool; 2],
}

/// How long the orders of a decision may be on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expiry {
    /// As long as a quote is worth something.
    #[default]
    Quote,
    /// As long as an order that closes a position is waited for.
    Closing,
    /// For ever: the venue's clock is not what we think.
    Never,
}

impl Expiry {
    fn from(self, at: Stamp) -> Option<WallMs> {
        match self {
            Expiry::Quote => Some(at.wall.plus_ms(EXPIRES_AFTER_MS)),
            Expiry::Closing => Some(at.wall.plus_ms(CLOSING_EXPIRES_AFTER_MS)),
            Expiry::Never => None,
        }
    }

    /// When a list shows whatever came of an order sent at this moment.
    fn lands_by(self, at: Stamp) -> Mono {
        let expires_after = |ms| at.mono + Nanos::from_millis(ms) + LISTED_AFTER;
        match self {
            Expiry::Quote => expires_after(EXPIRES_AFTER_MS),
            Expiry::Closing => expires_after(CLOSING_EXPIRES_AFTER_MS),
            Expiry::Never => at.mono + BARE_LANDS_AFTER,
        }
    }
}

/// An order that closes a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosingRequest {
    /// The side that reduces the position.
    pub side: Side,
    /// The worst price it may have, before the grid.
    pub limit: Px,
    /// Whether it rests only, or takes only.
    pub tif: Tif,
    /// Whether it may not be on its way for ever.
    pub expires: bool,
}

/// The orders of one decision: named and admitted, not yet sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    cancels: ArrayVec<Cloid, CANCELS_MAX>,
    replaces: ArrayVec<Replace, ITEMS_MAX>,
    places: ArrayVec<Place, ITEMS_MAX>,
    /// How long what is placed may be on its way.
    expiry: Expiry,
    /// Names given, those of orders that risk did not admit among them.
    named: u64,
}

impl Batch {
    /// Whether it cancels anything.
    #[must_use]
    pub fn has_cancels(&self) -> bool {
        !self.cancels.is_empty()
    }

    /// What it costs of the address budget.
    #[must_use]
    pub fn cost(&self) -> u32 {
        let items = self.cancels.len() + self.replaces.len() + self.places.len();
        u32::try_from(items).expect("lists are bounded by CANCELS_MAX")
    }

    /// Orders that nobody admitted.
    #[cfg(test)]
    pub fn unchecked(places: &[Place]) -> Batch {
        let places: ArrayVec<Place, ITEMS_MAX> = places.iter().copied().collect();
        let named = u64::try_from(places.len()).expect("a handful");
        Batch { places, named, ..Batch::default() }
    }

    /// Whether all of its orders of a side can only bring the position down.
    pub fn only_reduces(&self, side: Side) -> bool {
        let orders = self.replaces.iter().map(|replace| &replace.new).chain(&self.places);
        orders.filter(|order| order.side == side).all(|order| order.reduce_only)
    }
}

impl OrderGateway {
    /// A gateway for one market; `tag` names the session and must differ from any session before.
    #[must_use]
    pub fn new(asset: AssetId, tag: u64) -> OrderGateway {
        OrderGateway { asset, tag, orders_named: 0, requests_made: 0, orders_sent: 0 }
    }

    /// Whether a name is one of ours, of this session or an earlier one.
    #[must_use]
    pub fn is_ours(cloid: Cloid) -> bool {
        cloid.0 >> MARK_SHIFT == MARK
    }

    /// Requests made so far.
    #[must_use]
    pub fn requests_made(&self) -> u64 {
        self.requests_made
    }

    /// Orders sent so far, replacements among them.
    #[must_use]
    pub fn orders_sent(&self) -> u64 {
        self.orders_sent
    }

    /// Orders named so far.
    #[must_use]
    pub fn orders_named(&self) -> u64 {
        self.orders_named
    }

    /// Names the orders of a plan and leaves out those that risk does not admit; an order whose
    /// replacement is too much is cancelled.
    pub fn admit(
        &self,
        plan: &Plan,
        orders: &WorkingOrders,
        mut exposure: Exposure,
        rules: &OrderRules<'_>,
        batch: &mut Batch,
    ) {
        let mut room = orders.room();
        let mut best = Side::BOTH.map(|side| orders.best(side));
        batch.cancels.extend(plan.cancels.iter().copied());
        for &(old, side, target) in &plan.replaces {
            let new = self.name(side, target, rules, batch);
            if 0 < room && rules.admit(&new, best, &mut exposure) {
                batch.replaces.push(Replace { old, new });
                room -= 1;
            } else {
                batch.cancels.try_push(old).expect("an order is cancelled or replaced, not both");
            }
        }
        assert!(
            batch.cancels.len() + batch.replaces.len() == plan.cancels.len() + plan.replaces.len(),
            "risk lets an order stay that must go: {plan:?}, {batch:?}"
        );
        if plan.places.is_empty() {
            return;
        }
        for Replace { new, .. } in &batch.replaces {
            let best = &mut best[new.side.index()];
            *best = Some(best.filter(|best| !new.px.beats(*best, new.side)).unwrap_or(new.px));
        }
        for &(side, target) in &plan.places {
            if room == 0 {
                break;
            }
            let order = self.name(side, target, rules, batch);
            if rules.admit(&order, best, &mut exposure) {
                batch.places.push(order);
                room -= 1;
            }
        }
    }

    /// Adds an order outside any ladder, of any kind: how a position is closed.
    pub fn close(
        &self,
        asked: ClosingRequest,
        target: TargetOrder,
        rules: &OrderRules<'_>,
        batch: &mut Batch,
    ) {
        let ClosingRequest { side, tif, expires, .. } = asked;
        let order = self.name(side, target, rules, batch);
        assert!(batch.places.is_empty(), "it is not the only one: {batch:?}");
        batch.places.push(Place { tif, reduce_only: true, ..order });
        batch.expiry = if expires { Expiry::Closing } else { Expiry::Never };
        debug_assert!(batch.only_reduces(side), "what closes may open: {batch:?}");
    }

    /// Makes the requests of a batch: cancels, then replacements, then placements.
    pub fn commit(
        &mut self,
        at: Stamp,
        batch: &Batch,
        allows: Allowance,
        orders: &mut WorkingOrders,
        out: &mut Requests,
    ) {
        let sent = self.orders_sent;
        self.orders_named += batch.named;
        self.cancel(at, &batch.cancels, orders, out);
        self.replace(at, &batch.replaces, allows, orders, out);
        self.place(at, batch, allows, orders, out);
        debug_assert!(self.orders_sent - sent <= batch.named, "more orders than names: {batch:?}");
        assert!(
            self.orders_sent <= self.orders_named,
            "an order went out without a name: {self:?}"
        );
    }

    /// Cancels orders that are not in our list, by the venue's names.
    pub fn cancel_orphans(&mut self, oids: ArrayVec<Oid, CANCELS_MAX>, out: &mut Requests) {
        assert!(!oids.is_empty(), "a cancel of nothing");
        self.request(Action::CancelByOid(oids), None, Allowance::NONE, out);
    }

    /// Arms the venue's scheduled cancel, or calls it off.
    pub fn schedule(&mut self, when: Option<WallMs>, out: &mut Requests) {
        self.request(Action::ScheduleCancel(when), None, Allowance::NONE, out);
    }

    fn cancel(
        &mut self,
        at: Stamp,
        cloids: &ArrayVec<Cloid, CANCELS_MAX>,
        orders: &mut WorkingOrders,
        out: &mut Requests,
    ) {
        if cloids.is_empty() {
            return;
        }
        let id = self.request(Action::CancelByCloid(ArrayVec::new()), None, Allowance::NONE, out);
        let Some(Request { action: Action::CancelByCloid(list), .. }) = out.last_mut() else {
            unreachable!("it was just appended");
        };
        for (place, &cloid) in (0u8..).zip(cloids) {
            list.push(cloid);
            orders.on_pending(cloid, PendingAction::Cancel(id, place), at.mono);
        }
    }

    fn replace(
        &mut self,
        at: Stamp,
        replaces: &ArrayVec<Replace, ITEMS_MAX>,
        allows: Allowance,
        orders: &mut WorkingOrders,
        out: &mut Requests,
    ) {
        if replaces.is_empty() {
            return;
        }
        let expires = Expiry::Quote.from(at);
        let id = self.request(Action::BatchModify(ArrayVec::new()), expires, allows, out);
        let Some(Request { action: Action::BatchModify(list), .. }) = out.last_mut() else {
            unreachable!("it was just appended");
        };
        for (place, replace) in (0u8..).zip(replaces) {
            list.push(*replace);
            orders.on_pending(replace.old, PendingAction::Replace(id, place), at.mono);
            orders.on_sent(replace.new, (id, place), at.mono, Expiry::Quote.lands_by(at));
            self.orders_sent += 1;
        }
    }

    fn place(
        &mut self,
        at: Stamp,
        Batch { places, expiry, .. }: &Batch,
        allows: Allowance,
        orders: &mut WorkingOrders,
        out: &mut Requests,
    ) {
        if places.is_empty() {
            return;
        }
        let expires = expiry.from(at);
        let id = self.request(Action::Order(ArrayVec::new()), expires, allows, out);
        let Some(Request { action: Action::Order(list), .. }) = out.last_mut() else {
            unreachable!("it was just appended");
        };
        for (index, place) in (0u8..).zip(places) {
            list.push(*place);
            orders.on_sent(*place, (id, index), at.mono, expiry.lands_by(at));
            self.orders_sent += 1;
        }
    }

    /// A post-only order with a name that was never used.
    fn name(
        &self,
        side: Side,
        target: TargetOrder,
        rules: &OrderRules<'_>,
        batch: &mut Batch,
    ) -> Place {
        batch.named += 1;
        let number = self.orders_named + batch.named;
        assert!(number < 1 << COUNTER_BITS, "no name is left: {number}");
        let tag = u128::from(self.tag) << COUNTER_BITS;
        let cloid = Cloid(MARK << MARK_SHIFT | tag | u128::from(number));
        assert!(OrderGateway::is_ours(cloid), "a restart would not know {cloid:?}");
        let reduce_only = rules.reduce_only[side.index()];
        Place { cloid, side, px: target.px, qty: target.qty, tif: Tif::Alo, reduce_only }
    }

    /// Appends a request. Lists are filled where it lies then: it is too large to be moved about.
    #[inline]
    fn request(
        &mut self,
        action: Action,
        expires: Option<WallMs>,
        allows: Allowance,
        out: &mut Requests,
    ) -> RequestId {
        let last = out.last().map(|request| request.id);
        self.requests_made += 1;
        let id = RequestId(self.requests_made);
        assert!(last < Some(id), "numbers of requests rise: {last:?}, {id:?}");
        let request = Request { id, asset: self.asset, expires, allows, action };
        out.try_push(request).expect("a step makes at most REQUESTS_MAX requests");
        id
    }
}

impl OrderRules<'_> {
    /// Whether risk takes an order on top of `exposure`, which counts it then. `best` are our most
    /// aggressive prices.
    fn admit(&self, order: &Place, best: [Option<Px>; 2], exposure: &mut Exposure) -> bool {
        let side = order.side;
        let crosses = crosses_own(order.px, side, best[side.other().index()]);
        if crosses || self.limits.admit(order, exposure, self.spec).is_err() {
            return false;
        }
        self.count(order, exposure);
        true
    }

    /// Counts an order that is admitted: what could be filled in the worst case must not pass the limit, or
    /// what it was where that is more.
    pub(super) fn count(&self, order: &Place, exposure: &mut Exposure) {
        let before = exposure.toward(order.side);
        exposure.add(order.side, order.qty);
        let most = self.limits.position_max.e8().max(before);
        let kept = order.reduce_only || exposure.toward(order.side) <= most;
        assert!(kept, "more may fill than is allowed: {order:?}, {exposure:?}");
    }
}
