//! What we hold and what we have asked for: position, orders, request budget, rejects.

use super::requests::OrderGateway;
use super::{FillMatch, WorkingOrders};
use crate::market::action::CANCELS_MAX;
use crate::market::event::Payment;
use crate::market::{
    CoinIx, Fill, Oid, OpenOrder, OrderStatus, OrderUpdate, RejectReason, Reply, ReplyBody,
    RequestId,
};
use crate::model::cascade::LadderSweep;
use crate::num::time::SECOND_NS;
use crate::num::{Mono, Nanos, Pos, Px, Qty, Side, WallMs};
use crate::risk::{Budget, Exposure, Position};
use arrayvec::ArrayVec;

/// Seconds over which the kill switch counts rejects (MODEL 5).
const REJECT_SECONDS: u64 = 10;
/// The same, for a list.
const REJECT_SLOTS: usize = 10;

/// The rest after orders that were never sent; the next one is twice as long (MODEL 5.5).
const ORDERS_REST: Nanos = Nanos::from_millis(250);
/// The longest such rest.
const ORDERS_REST_MAX: Nanos = Nanos::from_secs(5);
/// Requests whose cost is remembered until they are answered; a few are under way at once.
const COSTS_MAX: usize = 32;

const _: () = assert!(ORDERS_REST.ns() < ORDERS_REST_MAX.ns() && 1 < COSTS_MAX);

/// Fills of one message that are kept for the report; a sweep takes a handful.
const NEW_FILLS_MAX: usize = 256;

/// What the account has, as far as our fills and orders tell.
#[derive(Clone, Debug)]
pub struct AccountState {
    coin: CoinIx,
    /// Our position and money, from our own fills.
    pub position: Position,
    origins: Origins,
    /// Orders not proven gone.
    pub orders: WorkingOrders,
    /// The venue's request budget.
    pub budget: Budget,
    /// Orders at the venue that are ours by name and not in `orders`.
    pub orphan_orders: ArrayVec<Oid, CANCELS_MAX>,
    rejects: Rejects,
    costs: RequestCosts,
    /// The rest of orders after some were never sent.
    pub orders_rest: OrdersRest,
    /// When orders were last asked to be cancelled.
    pub cancelled_at: Mono,
    /// Whether the venue does not know who signs: nothing that places an order has a chance.
    pub signer_refused: bool,
    sweeps: [SweepAggregate; 2],
    /// The venue's time up to which funding is counted; none before its first word.
    funded_until: Option<WallMs>,
    /// The fills of the last message that were news, oldest first.
    pub new_fills: ArrayVec<Fill, NEW_FILLS_MAX>,
    /// Fills that were applied and did not fit into `new_fills`: a report cannot list them.
    pub unlisted_fills: u64,
    /// How often the venue gave each reason to reject, by [`RejectReason::index`].
    pub reject_reasons: [u64; RejectReason::ALL.len()],
    /// The venue's messages contradict our account: its lists must be read again.
    pub needs_resync: bool,
    /// Fills of coins we do not trade: somebody else uses the account.
    pub other_coin_fills: u64,
}

/// What a message about fills brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillSummary {
    /// Fills that were news, by side.
    pub new_by_side: [u32; 2],
    /// What the last taker order took of each side's ladder, told by the venue's time.
    pub sweeps: [LadderSweep; 2],
}

/// One taker order's fills on one side: those of one time of the venue.
#[derive(Clone, Copy, Debug)]
struct SweepAggregate {
    venue: WallMs,
    last: Option<Oid>,
    sweep: LadderSweep,
}

impl SweepAggregate {
    const NONE: SweepAggregate = SweepAggregate {
        venue: WallMs::from_ms(0),
        last: None,
        sweep: LadderSweep { orders: 0, taken: Qty::ZERO, rested_orders: 0, rested: Qty::ZERO },
    };
}

impl AccountState {
    /// Opens with a position valued at `mark`.
    #[must_use]
    pub fn open(coin: CoinIx, pos: Pos, mark: Px) -> AccountState {
        AccountState {
            coin,
            position: Position::open(pos, mark),
            origins: Origins { opening: pos, ..Origins::default() },
            orders: WorkingOrders::default(),
            budget: Budget::default(),
            orphan_orders: ArrayVec::new(),
            rejects: Rejects::default(),
            costs: RequestCosts::default(),
            orders_rest: OrdersRest::default(),
            cancelled_at: Mono::START,
            signer_refused: false,
            sweeps: [SweepAggregate::NONE; 2],
            funded_until: None,
            new_fills: ArrayVec::new(),
            unlisted_fills: 0,
            reject_reasons: [0; RejectReason::ALL.len()],
            needs_resync: false,
            other_coin_fills: 0,
        }
    }

    /// Position and everything that could still be filled.
    #[must_use]
    pub fn exposure(&self) -> Exposure {
        let mut exposure = Exposure { pos: self.position.pos(), open: [Qty::ZERO; 2] };
        self.orders.count_into(&mut exposure);
        exposure
    }

    /// Rejects within the last ten seconds.
    #[must_use]
    pub fn rejects(&self, at: Mono) -> u32 {
        self.rejects.count(at)
    }

    /// Applies fills, oldest first. What repeats is left out.
    pub fn on_fills(&mut self, at: Mono, fills: &[Fill]) -> FillSummary {
        let mut count = [0; 2];
        self.new_fills.clear();
        for fill in fills {
            if fill.coin != self.coin {
                self.other_coin_fills += u64::from(fill.coin == CoinIx::FOREIGN);
                continue;
            }
            if !self.position.on_fill(fill) {
                continue;
            }
            if self.new_fills.try_push(*fill).is_err() {
                self.unlisted_fills += 1;
            }
            count[fill.side.index()] += 1;
            self.add_to_sweep(fill);
            self.budget.earn(at, fill.px.notional(fill.qty));
            let found = self.orders.on_fill(fill);
            self.needs_resync |= found != FillMatch::Tracked;
            self.origins.on_fill(fill, found);
        }
        self.check_origins();
        let news = usize::try_from(count[0] + count[1]).expect("a message's fills");
        assert!(self.new_fills.len() <= news && news <= fills.len(), "{news} of {}", fills.len());
        FillSummary { new_by_side: count, sweeps: self.sweeps.map(|group| group.sweep) }
    }

    /// Adds a fill to its taker order: the one of the same time, or a new one.
    fn add_to_sweep(&mut self, fill: &Fill) {
        let side = fill.side.index();
        if self.sweeps[side].venue != fill.venue {
            let ours = self.orders.list().iter().filter(|order| order.place.side == fill.side);
            let rested_orders = ours.filter(|order| Qty::ZERO < order.open_qty()).count();
            let rested = self.exposure().open[side];
            let sweep = LadderSweep { rested_orders, rested, ..SweepAggregate::NONE.sweep };
            self.sweeps[side] = SweepAggregate { venue: fill.venue, last: None, sweep };
        }
        let group = &mut self.sweeps[side];
        assert!(group.venue == fill.venue, "a fill of another taker order: {group:?}");
        group.sweep.taken += fill.qty;
        if group.last != Some(fill.oid) {
            group.last = Some(fill.oid);
            group.sweep.orders += 1;
        }
    }

    /// Adopts the venue's position, the difference valued at `mark`.
    pub fn adopt(&mut self, pos: Pos, mark: Px) {
        self.origins.corrections += pos - self.position.pos();
        self.position.adopt(pos, mark);
        self.check_origins();
    }

    fn check_origins(&self) {
        let pos = self.position.pos();
        assert!(self.origins.sum() == pos, "nobody knows whence {pos:?} is: {:?}", self.origins);
    }

    /// Marks fills as known that happened before the session.
    pub fn skip_fills(&mut self, fills: &[Fill]) {
        fills
            .iter()
            .filter(|fill| fill.coin == self.coin)
            .for_each(|fill| self.position.skip(fill));
    }

    /// Applies payments of funding, each once. What a first repetition holds was paid before the session
    /// and is in its opening; what a later one holds beyond the known was missed.
    pub fn on_funding(&mut self, snapshot: bool, payments: &[Payment]) {
        let first = snapshot && self.funded_until.is_none();
        let known = self.funded_until.unwrap_or_default();
        let (coin, mut newest) = (self.coin, known);
        for Payment { venue, received, .. } in payments.iter().filter(|row| row.coin == coin) {
            newest = newest.max(*venue);
            if !first && known < *venue {
                self.position.on_funding(*received);
            }
        }
        assert!(known <= newest, "funding is counted up to {newest:?}, and was to {known:?}");
        self.funded_until = Some(newest);
    }

    /// Applies updates of our orders.
    pub fn on_updates(&mut self, at: Mono, updates: &[OrderUpdate]) {
        let coin = self.coin;
        for update in updates.iter().filter(|update| update.coin == coin) {
            let known = self.orders.on_update(update, at);
            let ours = update.cloid.is_some_and(OrderGateway::is_ours);
            if !known && ours && update.status == OrderStatus::Open {
                self.note_orphan(update.oid);
            }
            if update.status == OrderStatus::Rejected {
                self.rejects.note(at, [1, 0]);
            }
        }
    }

    /// Reconciles with the venue's list of open orders, which was asked for at `asked`.
    pub fn on_open_orders(&mut self, at: Mono, asked: Mono, open: &[OpenOrder]) {
        self.orders.reconcile_with_venue(open, asked, at);
        let coin = self.coin;
        for row in open.iter().filter(|row| row.coin == coin) {
            let orders = &mut self.orders.list().iter();
            let known = orders.any(|o| Some(o.place.cloid) == row.cloid || o.oid == Some(row.oid));
            if !known && row.cloid.is_some_and(OrderGateway::is_ours) {
                self.note_orphan(row.oid);
            }
        }
        self.needs_resync = !self.orphan_orders.is_empty(); // Their end is looked for.
    }

    /// Notes a request that is being sent, and pays for it.
    pub fn on_request(&mut self, at: Mono, id: RequestId, cost: u32) {
        self.budget.spend(at, cost);
        self.costs.note(id, at, cost);
    }

    /// Applies the answer to a request. One that was never written costs nothing.
    pub fn on_reply(&mut self, at: Mono, reply: &Reply<'_>) {
        let outcome = self.orders.on_reply(reply, at);
        // An update of a rejected order may come as well; the larger count is the true one.
        self.rejects.note(at, [0, outcome.rejected]);
        self.needs_resync |= 0 < outcome.unknown;
        for (count, more) in self.reject_reasons.iter_mut().zip(outcome.reject_reasons) {
            *count += u64::from(more);
        }
        let gave = |reason: RejectReason| 0 < outcome.reject_reasons[reason.index()];
        if gave(RejectReason::RateLimit) {
            self.budget.on_rate_limited(at);
        }
        self.signer_refused |= gave(RejectReason::Signer);
        if reply.body == ReplyBody::Rejected(RejectReason::NotSent) {
            if let Some((sent, cost)) = self.costs.settle(reply.id) {
                self.budget.refund(sent, cost);
            }
            if 0 < outcome.not_sent {
                self.orders_rest = self.orders_rest.after_failure(at);
            }
        } else if self.orders_rest.until <= at {
            self.orders_rest = OrdersRest::default();
        }
    }

    /// Whether the venue needs to show its lists: its messages contradict our account, or the outcome
    /// of an order is unknown.
    #[must_use]
    pub fn need_lists(&self) -> bool {
        self.needs_resync || self.orders.need_lists()
    }

    fn note_orphan(&mut self, oid: Oid) {
        if !self.orphan_orders.contains(&oid) && !self.orphan_orders.is_full() {
            self.orphan_orders.push(oid);
        }
        self.needs_resync = true;
    }

    /// Whether nothing of ours can be at the venue any more.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.orders.list().is_empty() && self.orphan_orders.is_empty()
    }

    /// The side whose fills reduce the position.
    #[must_use]
    pub fn reducing(&self) -> Option<Side> {
        self.position.pos().reducing()
    }
}

/// When orders may be made again after some were never sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrdersRest {
    until: Mono,
    /// How long the last rest was.
    last: Nanos,
}

impl OrdersRest {
    /// Whether it is over.
    #[must_use]
    pub fn is_over(&self, now: Mono) -> bool {
        self.until <= now
    }

    fn after_failure(self, at: Mono) -> OrdersRest {
        let last = Nanos::from_ns(2 * self.last.ns()).clamp(ORDERS_REST, ORDERS_REST_MAX);
        assert!(ORDERS_REST <= last && last <= ORDERS_REST_MAX, "{last:?} is no rest");
        OrdersRest { until: at + last, last }
    }
}

/// What the last requests cost of the budget, and when it was paid.
#[derive(Clone, Copy, Debug, Default)]
struct RequestCosts {
    slots: [(RequestId, Mono, u32); COSTS_MAX],
}

impl RequestCosts {
    fn note(&mut self, id: RequestId, at: Mono, cost: u32) {
        let slot = self.slot(id);
        assert!(slot.0 < id, "numbers of requests rise: {id:?} after {slot:?}");
        *slot = (id, at, cost);
    }

    /// What a request cost, once.
    fn settle(&mut self, id: RequestId) -> Option<(Mono, u32)> {
        let slot = self.slot(id);
        let found = (slot.0 == id).then_some((slot.1, slot.2));
        slot.2 = if found.is_some() { 0 } else { slot.2 };
        found.filter(|paid| 0 < paid.1)
    }

    fn slot(&mut self, id: RequestId) -> &mut (RequestId, Mono, u32) {
        let places = u64::try_from(COSTS_MAX).expect("a handful");
        &mut self.slots[usize::try_from(id.0 % places).expect("below COSTS_MAX")]
    }
}

/// Where the position comes from: a second count of it, apart from that of [`Position`].
#[derive(Clone, Copy, Debug, Default)]
struct Origins {
    opening: Pos,
    /// Fills of orders we track.
    ours: Pos,
    /// Fills that no order of ours explains.
    foreign: Pos,
    /// What the venue's position differed by when it was adopted.
    corrections: Pos,
}

impl Origins {
    fn on_fill(&mut self, fill: &Fill, found: FillMatch) {
        let moved = fill.qty.signed(fill.side);
        match found {
            FillMatch::Tracked | FillMatch::Overfilled => self.ours += moved,
            FillMatch::Untracked => self.foreign += moved,
        }
    }

    fn sum(&self) -> Pos {
        self.opening + self.ours + self.foreign + self.corrections
    }
}

/// Rejects of the last ten seconds, counted by second: each by its updates and by its replies.
#[derive(Clone, Copy, Debug, Default)]
struct Rejects {
    slots: [(u64, [u32; 2]); REJECT_SLOTS],
    /// The second of the last one.
    noted: Option<u64>,
}

// A slot is taken again when its second has left the span.
const _: () = assert!(REJECT_SECONDS == 10 && REJECT_SLOTS == 10);

impl Rejects {
    fn note(&mut self, at: Mono, rejects: [u32; 2]) {
        if rejects == [0, 0] {
            return;
        }
        let second = at.ns() / SECOND_NS;
        let slot = usize::try_from(second % REJECT_SECONDS).expect("below ten");
        let slot = &mut self.slots[slot];
        if slot.0 != second {
            *slot = (second, [0, 0]);
        }
        slot.1 = [slot.1[0] + rejects[0], slot.1[1] + rejects[1]];
        self.noted = Some(second);
    }

    fn count(&self, at: Mono) -> u32 {
        let second = at.ns() / SECOND_NS;
        if self.noted.is_none_or(|noted| noted + REJECT_SECONDS <= second) {
            return 0; // As nearly always.
        }
        let recent = self.slots.iter().filter(|slot| second < slot.0 + REJECT_SECONDS);
        let sum = |sum: [u32; 2], slot: &(u64, [u32; 2])| [sum[0] + slot.1[0], sum[1] + slot.1[1]];
        let [updates, replies] = recent.fold([0, 0], sum);
        updates.max(replies)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::{Nanos, Usd};

    #[test]
    fn a_payment_of_funding_counts_once_and_none_from_before_the_session() {
        let pay = |hour: u32, coin| {
            let venue = WallMs::from_ms(3_600_000 * u64::from(hour));
            Payment { coin: CoinIx(coin), venue, received: Usd::from_e8(1 << hour) }
        };
        // what, snapshot, payments, in sum after it
        let rows = [
            ("what was paid before", true, vec![pay(1, 0), pay(2, 0)], 0),
            ("an hour", false, vec![pay(3, 0)], 8),
            ("the same again", false, vec![pay(3, 0)], 8),
            ("another coin, first", false, vec![pay(4, 1)], 8),
            ("ours of that hour", false, vec![pay(4, 0)], 24),
            (
                "a repetition with one that was missed",
                true,
                (1..=5).map(|h| pay(h, 0)).collect(),
                56,
            ),
        ];
        let mut holdings = AccountState::open(CoinIx(0), Pos::FLAT, Px::from_e8(1));
        for (what, snapshot, payments, want) in rows {
            holdings.on_funding(snapshot, &payments);
            assert_eq!(holdings.position.funding(), Usd::from_e8(want), "{what}");
        }
    }

    #[test]
    fn rejects_are_counted_over_ten_seconds() {
        let at = |second| Mono::START + Nanos::from_secs(second);
        let mut rejects = Rejects::default();
        rejects.note(at(100), [2, 0]);
        rejects.note(at(101), [0, 3]);
        // second, count: each kind leaves ten seconds after it came
        for (second, want) in [(101, 3), (109, 3), (110, 3), (111, 0), (5_000, 0)] {
            assert_eq!(rejects.count(at(second)), want, "second {second}");
        }
    }
}
