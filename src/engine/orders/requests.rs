//! From a plan to requests: numbers, names, the last check by risk, and the order of sending.

use super::reconcile::{Plan, TargetOrder};
use super::{PendingAction, WorkingOrders};
use crate::market::action::{CANCELS_MAX, ITEMS_MAX};
use crate::market::{
    Action, AssetId, Cloid, Oid, Place, Replace, Request, RequestId, Requests, Spec, Tif,
};
use crate::num::{Side, Stamp, WallMs};
use crate::risk::limits::{REFUSALS, crosses_own};
use crate::risk::{Exposure, Limits, Refusal};
use arrayvec::ArrayVec;

/// A placement that is still on its way after this long must never rest (RELIABILITY I21).
pub const EXPIRES_AFTER_MS: u64 = 3_000;
/// The upper 16 bits of every name we give: how a restart knows its own orders.
const MARK: u128 = 0xe7e1;
/// Bits of the counter in a name; the session's tag lies between mark and counter.
const COUNTER_BITS: u32 = 48;
/// Where the mark begins.
const MARK_SHIFT: u32 = 112;
/// The place of an item that is alone in its request.
const ALONE: u8 = 0;

/// The desk that numbers and sends.
#[derive(Clone, Debug)]
pub struct OrderGateway {
    asset: AssetId,
    tag: u64,
    orders_named: u64,
    requests_made: u64,
    orders_sent: u64,
    refusals: [u64; REFUSALS],
    reduce_only: [bool; 2],
}

/// What bounds an order beside the plan.
pub struct OrderRules<'a> {
    /// The instrument.
    pub spec: &'a Spec,
    /// The hard limits.
    pub limits: &'a Limits,
}

impl OrderGateway {
    /// A desk for one market; `tag` names the session and must differ from any session before.
    #[must_use]
    pub fn new(asset: AssetId, tag: u64) -> OrderGateway {
        OrderGateway {
            asset,
            tag,
            orders_named: 0,
            requests_made: 0,
            orders_sent: 0,
            refusals: [0; REFUSALS],
            reduce_only: [false; 2],
        }
    }

    /// Whether a name is one of ours, of this session or an earlier one.
    #[must_use]
    pub fn is_ours(cloid: Cloid) -> bool {
        cloid.0 >> MARK_SHIFT == MARK
    }

    /// How often risk said no, by [`Refusal`].
    #[must_use]
    pub fn refusals(&self) -> &[u64; REFUSALS] {
        &self.refusals
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

    /// Whether orders of a side, by [`Side::index`], may only reduce the position from here on.
    pub fn set_reduce_only(&mut self, reduce_only: [bool; 2]) {
        self.reduce_only = reduce_only;
    }

    /// Turns a plan into requests: cancels, then replacements, then placements. Returns what they
    /// cost of the address budget.
    pub fn send(
        &mut self,
        at: Stamp,
        plan: &mut Plan,
        orders: &mut WorkingOrders,
        mut exposure: Exposure,
        bounds: &OrderRules<'_>,
        out: &mut Requests,
    ) -> u32 {
        let before = out.len();
        let replaces = self.admit_replaces(plan, orders, &mut exposure, bounds);
        self.cancel(at, &plan.cancels, orders, out);
        self.replace(at, &replaces, orders, out);
        self.place(at, &plan.places, orders, &mut exposure, bounds, out);
        out[before..].iter().map(|request| request.action.cost()).sum()
    }

    /// Cancels orders by name.
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
        let id = self.request(Action::CancelByCloid(ArrayVec::new()), None, out);
        let Some(Request { action: Action::CancelByCloid(list), .. }) = out.last_mut() else {
            unreachable!("it was just appended");
        };
        for (place, &cloid) in (0u8..).zip(cloids) {
            list.push(cloid);
            orders.on_pending(cloid, PendingAction::Cancel(id, place), at.mono);
        }
    }

    /// Cancels orders that are not in our list, by the venue's names.
    pub fn cancel_orphans(&mut self, oids: ArrayVec<Oid, CANCELS_MAX>, out: &mut Requests) {
        if !oids.is_empty() {
            self.request(Action::CancelByOid(oids), None, out);
        }
    }

    /// Places one order outside any ladder, of any kind: how a position is closed.
    pub fn place_single(
        &mut self,
        at: Stamp,
        side: Side,
        want: TargetOrder,
        tif: Tif,
        orders: &mut WorkingOrders,
        out: &mut Requests,
    ) {
        let place = Place { tif, reduce_only: true, ..self.new_order(side, want) };
        let expires = Some(at.wall.plus_ms(EXPIRES_AFTER_MS));
        let id = self.request(Action::Order([place].into_iter().collect()), expires, out);
        self.orders_sent += 1;
        orders.on_sent(place, (id, ALONE), at.mono);
    }

    /// Arms the venue's scheduled cancel, or calls it off.
    pub fn schedule(&mut self, when: Option<WallMs>, out: &mut Requests) {
        self.request(Action::ScheduleCancel(when), None, out);
    }

    /// The replacements that risk admits; an order whose replacement is too much is cancelled.
    fn admit_replaces(
        &mut self,
        plan: &mut Plan,
        orders: &WorkingOrders,
        exposure: &mut Exposure,
        bounds: &OrderRules<'_>,
    ) -> ArrayVec<Replace, ITEMS_MAX> {
        let mut admitted = ArrayVec::new();
        let mut room = orders.room();
        for &(old, side, want) in &plan.replaces {
            let new = self.new_order(side, want);
            let verdict = self.admit(&new, orders, exposure, bounds);
            if verdict.is_ok() && 0 < room {
                exposure.add(side, new.qty);
                admitted.push(Replace { old, new });
                room -= 1;
            } else {
                plan.cancels.try_push(old).expect("an order is cancelled or replaced, not both");
            }
        }
        admitted
    }

    fn replace(
        &mut self,
        at: Stamp,
        replaces: &ArrayVec<Replace, ITEMS_MAX>,
        orders: &mut WorkingOrders,
        out: &mut Requests,
    ) {
        if replaces.is_empty() {
            return;
        }
        let expires = Some(at.wall.plus_ms(EXPIRES_AFTER_MS));
        let id = self.request(Action::BatchModify(ArrayVec::new()), expires, out);
        let Some(Request { action: Action::BatchModify(list), .. }) = out.last_mut() else {
            unreachable!("it was just appended");
        };
        self.orders_sent += u64::try_from(replaces.len()).expect("a handful");
        for (place, replace) in (0u8..).zip(replaces) {
            list.push(*replace);
            orders.on_pending(replace.old, PendingAction::Replace(id, place), at.mono);
            orders.on_sent(replace.new, (id, place), at.mono);
        }
    }

    fn place(
        &mut self,
        at: Stamp,
        places: &ArrayVec<(Side, TargetOrder), ITEMS_MAX>,
        orders: &mut WorkingOrders,
        exposure: &mut Exposure,
        bounds: &OrderRules<'_>,
        out: &mut Requests,
    ) {
        let mut admitted: ArrayVec<Place, ITEMS_MAX> = ArrayVec::new();
        for &(side, want) in places {
            if orders.room() <= admitted.len() {
                break;
            }
            let place = self.new_order(side, want);
            if self.admit(&place, orders, exposure, bounds).is_ok() {
                exposure.add(side, place.qty);
                admitted.push(place);
            }
        }
        if admitted.is_empty() {
            return;
        }
        let expires = Some(at.wall.plus_ms(EXPIRES_AFTER_MS));
        let id = self.request(Action::Order(ArrayVec::new()), expires, out);
        let Some(Request { action: Action::Order(list), .. }) = out.last_mut() else {
            unreachable!("it was just appended");
        };
        self.orders_sent += u64::try_from(admitted.len()).expect("a handful");
        for (index, place) in (0u8..).zip(&admitted) {
            list.push(*place);
            orders.on_sent(*place, (id, index), at.mono);
        }
    }

    /// Risk's word on an order, counted.
    fn admit(
        &mut self,
        place: &Place,
        orders: &WorkingOrders,
        exposure: &Exposure,
        bounds: &OrderRules<'_>,
    ) -> Result<(), Refusal> {
        let verdict = if crosses_own(place.px, place.side, orders.best(place.side.other())) {
            Err(Refusal::SelfCross)
        } else {
            bounds.limits.admit(place, exposure, bounds.spec)
        };
        if let Err(refusal) = verdict {
            self.refusals[refusal.index()] += 1;
        }
        verdict
    }

    /// A post-only order with a name that was never used.
    fn new_order(&mut self, side: Side, want: TargetOrder) -> Place {
        self.orders_named += 1;
        let tag = u128::from(self.tag) << COUNTER_BITS;
        let cloid = Cloid(MARK << MARK_SHIFT | tag | u128::from(self.orders_named));
        let reduce_only = self.reduce_only[side.index()];
        Place { cloid, side, px: want.px, qty: want.qty, tif: Tif::Alo, reduce_only }
    }

    /// Appends a request. Lists are filled where it lies then: it is too large to be moved about.
    #[inline]
    fn request(
        &mut self,
        action: Action,
        expires: Option<WallMs>,
        out: &mut Requests,
    ) -> RequestId {
        self.requests_made += 1;
        let id = RequestId(self.requests_made);
        let request = Request { id, asset: self.asset, expires, action };
        out.try_push(request).expect("a step makes at most REQUESTS_MAX requests");
        id
    }
}
