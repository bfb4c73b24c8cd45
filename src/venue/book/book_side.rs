//! One side of a book: other makers' levels and accounts' orders in one line a price.

use super::queue::{DisplayedSize, QueuePosition};
use crate::market::event::DEPTH;
use crate::market::{Level, Oid};
use crate::num::unit::E8;
use crate::num::{Px, Qty, Side, Usd};
use crate::venue::action::OrderKey;
use crate::venue::index::AccountIx;
use crate::venue::output::VenueOrder;

/// A resting order and what stands in front of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueuedOrder {
    pub(crate) order: VenueOrder,
    pub(crate) queue: QueuePosition,
}

/// What a taker meets first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TopOfSide {
    /// Other makers, with this much before the first of the accounts' orders.
    Background {
        px: Px,
        /// as much as stands before an account's order.
        qty: Qty,
    },
    /// The first of the accounts' orders.
    Order(Px),
}

/// One side of a book.
///
/// Invariant: levels and orders are sorted from the best outward, orders of one price by time, and
/// what stands in front of an order is not more than the level and not less than in front of an
/// earlier order of that price.
#[derive(Debug)]
pub(crate) struct BookSide {
    side: Side,
    background: Vec<Level>,
    orders: Vec<QueuedOrder>,
}

impl BookSide {
    pub(crate) fn new(side: Side) -> BookSide {
        BookSide { side, background: Vec::new(), orders: Vec::new() }
    }

    /// Accounts' orders, in the order in which takers meet them.
    pub(crate) fn orders(&self) -> &[QueuedOrder] {
        &self.orders
    }

    /// The order at `at`.
    pub(crate) fn order_mut(&mut self, at: usize) -> &mut VenueOrder {
        &mut self.orders[at].order
    }

    /// Takes the order at `at` out.
    pub(crate) fn remove(&mut self, at: usize) -> VenueOrder {
        self.orders.remove(at).order
    }

    /// Puts an order at the end of the line of its price.
    pub(crate) fn rest(&mut self, order: VenueOrder) {
        assert!(Qty::ZERO < order.qty, "an empty order would rest: {order:?}");
        let side = self.side;
        let at = self.orders.partition_point(|slot| !order.px().beats(slot.order.px(), side));
        let place =
            QueuePosition::join(displayed(from(&self.background, order.px(), side), order.px()));
        self.orders.insert(at, QueuedOrder { order, queue: place });
    }

    /// The place of an account's order; the newest one of that name.
    pub(crate) fn find(&self, owner: AccountIx, key: OrderKey) -> Option<usize> {
        let orders = self.orders.iter().map(|slot| &slot.order).enumerate();
        let named = orders.filter(|(_, order)| order.owner == owner && order.is(key));
        named.max_by_key(|(_, order)| order.oid).map(|(at, _)| at)
    }

    /// The place of an account's first order.
    pub(crate) fn first_place(&self, owner: AccountIx) -> Option<usize> {
        self.orders.iter().position(|slot| slot.order.owner == owner)
    }

    /// The newest reduce-only order of an account that is older than `newer`.
    pub(crate) fn reduce_only(&self, owner: AccountIx, newer: Option<Oid>) -> Option<(usize, Oid)> {
        let all = self.orders.iter().enumerate().map(|(at, slot)| (at, &slot.order));
        all.filter(|(_, order)| order.asked.reduce_only && order.owner == owner)
            .map(|(at, order)| (at, order.oid))
            .filter(|(_, oid)| newer.is_none_or(|newer| *oid < newer))
            .max_by_key(|(_, oid)| *oid)
    }

    /// Size of an account's orders that could increase a position.
    pub(crate) fn resting(&self, owner: AccountIx) -> Qty {
        let mine = self.orders.iter().map(|slot| &slot.order);
        mine.filter(|order| order.owner == owner && !order.asked.reduce_only)
            .fold(Qty::ZERO, |sum, order| sum + order.qty)
    }

    /// The best price of accounts and other makers; none when the side is empty.
    pub(crate) fn best(&self) -> Option<Px> {
        match self.front()? {
            TopOfSide::Background { px, .. } | TopOfSide::Order(px) => Some(px),
        }
    }

    /// The best price of accounts' orders.
    pub(crate) fn best_order(&self) -> Option<Px> {
        self.orders.first().map(|slot| slot.order.px())
    }

    /// The best price of other makers.
    pub(crate) fn best_background(&self) -> Option<Px> {
        self.background.first().map(|level| level.px)
    }

    /// What a taker meets first.
    pub(crate) fn front(&self) -> Option<TopOfSide> {
        let all = |level: &Level| TopOfSide::Background { px: level.px, qty: level.qty };
        let Some(slot) = self.orders.first() else { return self.background.first().map(all) };
        let px = slot.order.px();
        match self.background.first() {
            Some(level) if level.px.beats(px, self.side) => Some(all(level)),
            Some(level) if level.px == px && slot.queue.ahead.min(level.qty) != Qty::ZERO => {
                Some(TopOfSide::Background { px, qty: slot.queue.ahead.min(level.qty) })
            }
            Some(_) | None => Some(TopOfSide::Order(px)),
        }
    }

    /// Other makers' best level loses `qty` at its front.
    pub(crate) fn consume_background(&mut self, qty: Qty) {
        let Some(px) = self.best_background() else { return };
        self.consume_at(px, qty);
    }

    /// Other makers' size at `px` loses `qty` at its front, as far as it has so much.
    pub(crate) fn consume_at(&mut self, px: Px, qty: Qty) {
        for slot in self.orders.iter_mut().filter(|slot| slot.order.px() == px) {
            slot.queue.advance(qty);
        }
        let Some(at) = self.background.iter().position(|level| level.px == px) else { return };
        let level = &mut self.background[at];
        level.qty = level.qty.saturating_sub(qty);
        if level.qty == Qty::ZERO {
            self.background.remove(at);
        }
    }

    /// Other makers' levels are these from here on; every order's place follows. Levels without
    /// price or size, which some recordings have, are none.
    pub(crate) fn replace(&mut self, mut levels: Vec<Level>) {
        levels.retain(|level| Px::ZERO < level.px && Qty::ZERO < level.qty);
        // Orders and levels are sorted alike: one walk along both lists serves all orders.
        let (mut before, mut after) = (self.background.as_slice(), levels.as_slice());
        for slot in &mut self.orders {
            let px = slot.order.px();
            (before, after) = (from(before, px, self.side), from(after, px, self.side));
            slot.queue.shift(displayed(before, px), displayed(after, px));
        }
        self.background = levels;
    }

    /// Other makers step back from prices at or beyond `wall`, where accounts' orders of the other
    /// side rest.
    pub(crate) fn clip(&mut self, wall: Option<Px>) {
        let Some(wall) = wall else { return };
        let crossing =
            self.background.iter().take_while(|level| !wall.beats(level.px, self.side)).count();
        if 0 < crossing {
            self.background.drain(..crossing);
        }
    }

    /// The best level, accounts and other makers together.
    pub(crate) fn top(&self) -> Option<Level> {
        let mut top = [Level::default()];
        (self.write_levels(&mut top) == 1).then_some(top[0])
    }

    /// The average price of the first `worth` dollars.
    pub(crate) fn average(&self, worth: Usd) -> Option<Px> {
        let mut levels = [Level::default(); DEPTH];
        let len = self.write_levels(&mut levels);
        let (mut left, mut bought) = (i128::from(worth.e8()) * i128::from(E8), 0);
        for level in &levels[..len] {
            let (px, qty) = (i128::from(level.px.e8()), i128::from(level.qty.e8()));
            let taken = qty.min(left / px);
            (left, bought) = (left - taken * px, bought + taken);
            if taken < qty {
                let px = (i128::from(worth.e8()) * i128::from(E8) - left) / bought.max(1);
                return Some(Px::from_e8(i64::try_from(px).ok()?));
            }
        }
        None
    }

    /// Writes the best levels, accounts and other makers together; gives their number.
    pub(crate) fn write_levels(&self, out: &mut [Level]) -> usize {
        let (mut ambient, mut orders) = (self.background.iter().peekable(), self.orders.iter());
        let mut next = orders.next();
        for (len, level) in out.iter_mut().enumerate() {
            *level = match (ambient.peek(), next) {
                (None, None) => return len,
                (Some(best), None) => **best,
                (Some(best), Some(slot)) if best.px.beats(slot.order.px(), self.side) => **best,
                (_, Some(slot)) => Level { px: slot.order.px(), qty: Qty::ZERO, count: 0 },
            };
            if ambient.peek().is_some_and(|best| best.px == level.px) {
                *level = *ambient.next().expect("it was peeked at");
            }
            while let Some(slot) = next.filter(|slot| slot.order.px() == level.px) {
                level.qty += slot.order.qty;
                level.count += 1;
                next = orders.next();
            }
        }
        out.len()
    }
}

/// The levels at `px` and beyond.
fn from(levels: &[Level], px: Px, side: Side) -> &[Level] {
    let better = levels.iter().take_while(|level| level.px.beats(px, side)).count();
    &levels[better..]
}

/// What the world shows at `px`, from the levels there and beyond.
fn displayed(levels: &[Level], px: Px) -> DisplayedSize {
    match levels.first() {
        None => DisplayedSize::Beyond,
        Some(level) if level.px == px => DisplayedSize::Size(level.qty),
        Some(_) => DisplayedSize::Size(Qty::ZERO),
    }
}

#[cfg(test)]
mod tests;
