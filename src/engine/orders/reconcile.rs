//! From the ladder we want and the orders that rest to the fewest requests.
//!
//! Both lists of a side are sorted from the touch outward; the alignment that keeps most orders
//! where they are costs the fewest requests, since every order that is in the way is replaced by one
//! that is missing, wherever both lie. When the price moves by a level, the farthest order becomes
//! the nearest one: one request, not three.

use super::{WorkingOrder, WorkingOrders};
use crate::market::Cloid;
use crate::market::action::{CANCELS_MAX, ITEMS_MAX, LEVELS_MAX, ORDERS_MAX};
use crate::num::{Bps, Px, Qty, Side};
use arrayvec::ArrayVec;

/// Orders of one side that are aligned at once; more than these rest only after a mishap, and the
/// rest are cancelled.
const ALIGNED_MAX: usize = 2 * LEVELS_MAX;

/// The widest threshold there is (MODEL 4.3): farther than this inside its limit no order stays.
const OFF_PRICE_MAX: Bps = Bps::from_int(5);

/// An order we want to have at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetOrder {
    /// Limit, on the grid.
    pub px: Px,
    /// Size, in whole lots.
    pub qty: Qty,
}

/// What we want of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetLadder {
    /// The orders, nearest first; none means that nothing may rest.
    pub ladder: ArrayVec<TargetOrder, LEVELS_MAX>,
    /// An order that rests within this distance of its place stays.
    pub theta: Bps,
    /// No order may be more aggressive than this, whatever `theta`.
    pub limit: Px,
    /// No more than this may rest: the cap on what one sweep can take.
    pub cap: Qty,
    /// Whether orders may only reduce the position.
    pub reduce_only: bool,
}

/// What to do about both sides; each list in the order in which it should be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Orders to cancel, by our names.
    pub cancels: ArrayVec<Cloid, CANCELS_MAX>,
    /// Orders to replace: the old name, the side and the new target.
    pub replaces: ArrayVec<(Cloid, Side, TargetOrder), ITEMS_MAX>,
    /// Orders to place: the side and the target.
    pub places: ArrayVec<(Side, TargetOrder), ITEMS_MAX>,
    /// Orders to replace that must leave their price even when nothing replaces them.
    off_price: ArrayVec<Cloid, ITEMS_MAX>,
}

impl Plan {
    /// Requests of the address budget it costs.
    #[must_use]
    pub fn cost(&self) -> usize {
        self.cancels.len() + self.replaces.len() + self.places.len()
    }

    /// Requests that move orders of a side, or place some.
    #[must_use]
    pub fn moves(&self, side: Side) -> i64 {
        let moved = self.replaces.iter().filter(|replace| replace.1 == side).count();
        let placed = self.places.iter().filter(|place| place.0 == side).count();
        i64::try_from(moved + placed).expect("a handful")
    }

    /// Drops what is planned for a side except cancels and orders that must leave their price.
    pub fn leave(&mut self, side: Side) {
        let Plan { cancels, replaces, off_price, .. } = self;
        let left = replaces.iter().filter(|replace| replace.1 == side);
        cancels.extend(left.map(|replace| replace.0).filter(|old| off_price.contains(old)));
        self.replaces.retain(|replace| replace.1 != side);
        self.places.retain(|place| place.0 != side);
        debug_assert!(self.moves(side) == 0, "{side:?} still moves: {self:?}");
        assert!(self.is_disjoint(), "an order is cancelled and replaced: {self:?}");
    }

    /// Whether every order is named once: cancelled or replaced, not both.
    fn is_disjoint(&self) -> bool {
        let olds = || self.cancels.iter().chain(self.replaces.iter().map(|replace| &replace.0));
        olds().enumerate().all(|(at, old)| olds().skip(at + 1).all(|other| other != old))
    }
}

/// Makes the plan for both sides, `first` before the other.
pub fn reconcile(
    targets: &[TargetLadder; 2],
    orders: &WorkingOrders,
    first: Side,
    plan: &mut Plan,
) {
    debug_assert!(plan.cost() == 0, "something is planned already: {plan:?}");
    for side in [first, first.other()] {
        plan_side(&targets[side.index()], side, orders, plan);
    }
    assert!(plan.is_disjoint(), "an order is cancelled and replaced: {plan:?}");
}

/// The plan for one side. A side with something under way waits for its outcome, unless nothing may
/// rest there: then everything that may rest is cancelled, heard of or not.
fn plan_side(target: &TargetLadder, side: Side, orders: &WorkingOrders, plan: &mut Plan) {
    let ours = || orders.list().iter().filter(move |order| order.place.side == side);
    if target.ladder.is_empty() {
        for order in ours().filter(|order| order.may_cancel()) {
            cancel(order.place.cloid, plan);
        }
        return;
    }
    if ours().any(WorkingOrder::is_under_way) {
        return;
    }
    let mut live: ArrayVec<&WorkingOrder, ORDERS_MAX> = ArrayVec::new();
    live.extend(ours().filter(|order| order.is_amendable()));
    live.sort_unstable_by_key(|order| nearest_first(order.place.px, side));
    for order in live.drain(live.len().min(ALIGNED_MAX)..) {
        cancel(order.place.cloid, plan);
    }
    let rule = MatchRule { target, side, over_cap: target.cap < total(&live) };
    let mut pairs = live.iter().zip(&target.ladder);
    let kept = pairs.all(|(order, target)| rule.cost_to_keep(order, target).is_some());
    if kept && live.len() == target.ladder.len() {
        return; // Most events ask for nothing.
    }
    assert!(live.len() <= ALIGNED_MAX, "too many to be aligned: {}", live.len());
    let (cancels, places) = (plan.cancels.len(), plan.places.len());
    align(&rule, &live, plan);
    let gone = live.iter().filter(|order| plan.cancels[cancels..].contains(&order.place.cloid));
    let must = gone.filter(|order| rule.must_cancel(order));
    plan.off_price
        .extend(must.map(|order| order.place.cloid).take(plan.off_price.remaining_capacity()));
    merge(cancels, places, plan);
}

/// Makes one replacement of a cancel and a placement of a side, from what was planned before it on.
fn merge(cancels: usize, places: usize, plan: &mut Plan) {
    while cancels < plan.cancels.len() && places < plan.places.len() {
        let old = plan.cancels.remove(cancels);
        let (side, target) = plan.places.remove(places);
        plan.replaces.push((old, side, target));
    }
    assert!(plan.cancels.len() == cancels || plan.places.len() == places, "not merged: {plan:?}");
}

/// All that rests in these orders.
fn total(orders: &[&WorkingOrder]) -> Qty {
    orders.iter().fold(Qty::ZERO, |sum, order| sum + order.open_qty())
}

/// Whether a side waits for the outcome of something that was sent.
#[must_use]
pub fn waits(orders: &WorkingOrders, side: Side) -> bool {
    orders.list().iter().any(|order| order.place.side == side && order.is_under_way())
}

/// A key that sorts prices of a side from the touch outward.
fn nearest_first(px: Px, side: Side) -> i64 {
    -px.e8() * side.sign()
}

fn cancel(cloid: Cloid, plan: &mut Plan) {
    plan.cancels.try_push(cloid).expect("both sides together have at most ORDERS_MAX orders");
}

/// What decides whether an order of a side may stay.
struct MatchRule<'a> {
    target: &'a TargetLadder,
    side: Side,
    /// More rests than may: no order may be larger than its place allows.
    over_cap: bool,
}

impl MatchRule<'_> {
    /// What it costs to let an order stay for what is wanted in its place; none when it may not.
    fn cost_to_keep(&self, order: &WorkingOrder, target: &TargetOrder) -> Option<u32> {
        let off = order.place.px.bps_to(target.px).abs();
        let near = off <= self.target.theta;
        let may = near && self.allows(order) && self.is_near_size(order.open_qty(), target.qty);
        may.then(|| {
            let off = u32::try_from(off.ubps() / OFF_UNIT).unwrap_or(OFF_MAX).min(OFF_MAX);
            off * off
        })
    }

    /// Whether an order is cancelled even when nothing replaces it. Slightly inside its limit it
    /// may stay: a budget spent on cancels leaves nothing to quote with (scenario `feb24`).
    fn must_cancel(&self, order: &WorkingOrder) -> bool {
        let inside = OFF_PRICE_MAX < self.target.limit.bps_to(order.place.px).abs();
        self.over_cap || !self.allows(order) && (inside || !self.is_of_kind(order))
    }

    fn is_of_kind(&self, order: &WorkingOrder) -> bool {
        order.place.reduce_only == self.target.reduce_only
    }

    /// Whether it stands behind the limit, and is of the kind that is wanted.
    fn allows(&self, order: &WorkingOrder) -> bool {
        self.is_of_kind(order) && !order.place.px.beats(self.target.limit, self.side)
    }

    /// Between half and one and a quarter of the wanted size is near enough: re-posting costs a
    /// request and the place in the line.
    fn is_near_size(&self, open: Qty, wanted: Qty) -> bool {
        let enough = wanted.e8() <= open.e8() * 2;
        let most = if self.over_cap { wanted.e8() * 4 } else { wanted.e8() * 5 };
        enough && open.e8() * 4 <= most
    }
}

/// What to do with one step of the alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AlignStep {
    Keep,
    Cancel,
    Place,
}

/// The alignment that keeps most orders and, among those, the nearest to their places: they will
/// stay longest (after Wagner and Fischer, 1974).
fn align(rule: &MatchRule<'_>, live: &[&WorkingOrder], plan: &mut Plan) {
    let ladder = &rule.target.ladder;
    let cost = costs(rule, live);
    let (mut row, mut column) = (live.len(), ladder.len());
    let mut steps: ArrayVec<(AlignStep, usize, usize), { ALIGNED_MAX + LEVELS_MAX }> =
        ArrayVec::new();
    while 0 < row || 0 < column {
        let step = last_step(&cost, rule, live, row, column);
        steps.push((step, row, column));
        debug_assert!(0 < row || step == AlignStep::Place, "a step beyond the first order");
        debug_assert!(0 < column || step == AlignStep::Cancel, "a step beyond the first target");
        row -= usize::from(step != AlignStep::Place);
        column -= usize::from(step != AlignStep::Cancel);
    }
    // The walk went from the far end inward; requests go nearest first.
    for &(step, row, column) in steps.iter().rev() {
        match step {
            AlignStep::Keep => {}
            AlignStep::Cancel => cancel(live[row - 1].place.cloid, plan),
            AlignStep::Place => plan.places.push((rule.side, ladder[column - 1])),
        }
    }
}

/// What a cancel or a placement costs in an alignment.
const REQUEST: u32 = 1 << 20;
/// Distances are compared in steps of this many micro basis points, up to so many.
const OFF_UNIT: i64 = 1 << 14;
const OFF_MAX: u32 = 400;

// No distances are worth a request, and no alignment is too dear to be counted.
const _: () = assert!(OFF_MAX * OFF_MAX * 5 < REQUEST && LEVELS_MAX == 5);
const _: () = assert!(ALIGNED_MAX + LEVELS_MAX < 1 << 12);

/// Least cost to turn the first `row` resting orders into the first `column` wanted ones.
type Costs = [[u32; LEVELS_MAX + 1]; ALIGNED_MAX + 1];

fn costs(rule: &MatchRule<'_>, live: &[&WorkingOrder]) -> Costs {
    let ladder = &rule.target.ladder;
    let mut cost: Costs = [[0; LEVELS_MAX + 1]; ALIGNED_MAX + 1];
    for row in 0..=live.len() {
        for column in 0..=ladder.len() {
            cost[row][column] = match (row, column) {
                (0, 0) => 0,
                (0, _) => cost[0][column - 1] + REQUEST,
                (_, 0) => cost[row - 1][0] + REQUEST,
                (_, _) => {
                    let straight = cost[row - 1][column].min(cost[row][column - 1]) + REQUEST;
                    let kept = rule.cost_to_keep(live[row - 1], &ladder[column - 1]);
                    kept.map_or(straight, |off| straight.min(cost[row - 1][column - 1] + off))
                }
            };
        }
    }
    cost
}

/// The last step of a cheapest alignment of `row` and `column`; keeping comes first among equals.
fn last_step(
    cost: &Costs,
    rule: &MatchRule<'_>,
    live: &[&WorkingOrder],
    row: usize,
    column: usize,
) -> AlignStep {
    let here = cost[row][column];
    if 0 < row && 0 < column {
        let kept = rule.cost_to_keep(live[row - 1], &rule.target.ladder[column - 1]);
        if kept.is_some_and(|off| here == cost[row - 1][column - 1] + off) {
            return AlignStep::Keep;
        }
    }
    if 0 < row && here == cost[row - 1][column] + REQUEST {
        AlignStep::Cancel
    } else {
        AlignStep::Place
    }
}

#[cfg(test)]
mod tests;
