//! After every event: what risk allows, what we want, and the orders that lead there.
//!
//! [`EngineState::draft`] decides and changes nothing; [`EngineState::commit`] makes it true.

use super::config::Setup;
use super::market_state::MarketState;
use super::monitor::{DeadMan, Liveness};
use super::orders::account::AccountState;
use super::orders::reconcile::{Plan, TargetLadder, TargetOrder, reconcile, waits};
use super::orders::requests::{Batch, ClosingRequest, OrderGateway, OrderRules};
use super::quote::{self, Quote, QuoteLimits, QuoteSignals};
use crate::market::event::Command;
use crate::market::{
    Allowance, Cloid, KillReason, KillState, KillStatus, RejectReason, Requests, Table, Tif,
};
use crate::model::cascade::{Cascade, CascadeStage};
use crate::model::shape::role;
use crate::num::{Bps, Lots, Mono, Nanos, Px, Qty, Side, Stamp, Usd, WallMs};
use crate::risk::flatten::{ClosingAnswers, ClosingOrder, CrossLimit};
use crate::risk::{Exposure, Flatten, FlattenAction, FlattenInputs, Kill, Limits, PriceTrust};

/// A budget of fewer requests is short: two lots earn as many.
const BUDGET_SHORT: i64 = 40;
/// While the budget is short, an order may be this many times farther off its target.
const BUDGET_SHORT_TIMES: i64 = 2;

/// While the link for orders is lost, cancels are made at most this often (RELIABILITY I24).
const CANCELS_APART: Nanos = Nanos::from_millis(500);

const _: () = assert!(0 < BUDGET_SHORT && 1 < BUDGET_SHORT_TIMES);

/// What a person has asked of the session as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lifecycle {
    /// Quoting, as far as risk allows.
    Trading,
    /// A stop was asked for: the position is brought home until then, or until it is closed.
    ComingHome {
        /// When the limit of a stop has passed.
        until: Mono,
    },
    /// Everything is being cancelled, and the position stays.
    Leaving,
}

/// Everything that a decision is made from.
#[derive(Clone, Debug)]
pub(super) struct EngineState {
    pub setup: Setup,
    pub market: MarketState,
    pub account: AccountState,
    pub gateway: OrderGateway,
    pub table: Option<Table>,
    pub kill: Kill,
    pub lifecycle: Lifecycle,
    /// What a person last asked of the kill switch.
    pub command: Option<Command>,
    pub liveness: Liveness,
    pub dead_man: DeadMan,
    pub quote: Option<Quote>,
    /// Sides that requote even within the threshold, by [`Side::index`].
    pub force_requote: [bool; 2],
    /// The side that gets the budget first: the one that was not filled last.
    pub priority_side: Side,
    /// One detector a side.
    pub cascade: [Cascade; 2],
    /// The stages that the last quote was made for.
    pub cascade_stages: [CascadeStage; 2],
    pub flatten: Flatten,
}

/// What a step decided. Nothing of it is true before it is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    quote: Option<Quote>,
    force_requote: [bool; 2],
    /// The stages that it was made for; none when no quote was wanted.
    cascade_stages: Option<[CascadeStage; 2]>,
    /// The schedule from there on; none when nothing is to be closed.
    flatten: Option<Flatten>,
    /// Whether what rests was compared with what is wanted, and found different.
    sends: bool,
    /// Cancels, replacements and placements.
    batch: Batch,
    overdraws: bool,
    dead_man: Option<(DeadMan, Option<WallMs>)>,
}

#[cfg(test)]
impl Draft {
    /// A draft that nobody decided on.
    pub fn unchecked(batch: Batch) -> Draft {
        Draft { sends: true, batch, ..Draft::default() }
    }
}

impl EngineState {
    /// Writes what is to be done at this moment on an empty page; a draft is too large to be moved
    /// about. It changes nothing: names and budget are only looked at.
    pub fn draft(&self, at: Stamp, draft: &mut Draft) {
        debug_assert!(*draft == Draft::default(), "the page is not empty: {draft:?}");
        draft.force_requote = self.force_requote;
        match (self.lifecycle, self.kill.at().state) {
            (Lifecycle::Trading, KillState::Run) => self.requote(at, false, draft),
            (Lifecycle::Trading, KillState::Reduce) => self.requote(at, true, draft),
            (Lifecycle::Trading, KillState::Flatten) => self.flatten(at, draft),
            (
                Lifecycle::ComingHome { .. },
                KillState::Run | KillState::Reduce | KillState::Pull | KillState::Flatten,
            ) => self.flatten(at, draft),
            (Lifecycle::Trading, KillState::Pull)
            | (Lifecycle::Trading | Lifecycle::ComingHome { .. }, KillState::Halted)
            | (Lifecycle::Leaving, _) => self.cancel_all(at.mono, draft),
        }
        let quotes = self.kill.at().state <= KillState::Reduce && !self.is_over();
        assert!(draft.quote.is_none() || quotes, "quoted in {:?}", self.kill.at());
        if self.setup.live && self.liveness.can_order() {
            draft.dead_man = self.dead_man.step(at, self.is_over(), self.setup.config.capital);
        }
    }

    /// Makes a draft of this moment true, and appends its requests to `out`.
    pub fn commit(&mut self, at: Stamp, draft: &Draft, out: &mut Requests) {
        let (named, first) = (self.gateway.orders_named(), out.len());
        if !self.account.orphan_orders.is_empty() {
            let orphans = core::mem::take(&mut self.account.orphan_orders);
            self.gateway.cancel_orphans(orphans, out);
        }
        self.quote = draft.quote;
        if let Some(flatten) = draft.flatten {
            self.flatten = flatten;
        }
        self.force_requote = draft.force_requote;
        if let Some(stages) = draft.cascade_stages {
            self.cascade.iter_mut().for_each(|cascade| cascade.tick(at.mono.ms()));
            self.cascade_stages = stages;
        }
        if draft.sends {
            let before = out.len();
            let allows = self.allowance();
            self.gateway.commit(at, &draft.batch, allows, &mut self.account.orders, out);
            self.check_exposure(&draft.batch);
            let cost = draft.batch.cost();
            let sent = || out[before..].iter().map(|request| request.action.cost()).sum::<u32>();
            debug_assert_eq!(cost, sent(), "what it costs of {:?}", draft.batch);
            if draft.batch.has_cancels() {
                self.account.cancelled_at = at.mono;
            }
        }
        if draft.overdraws {
            self.account.budget.overdraw(at.mono);
        }
        if let Some((dead_man, when)) = draft.dead_man {
            self.gateway.schedule(when, out);
            self.dead_man = dead_man;
        }
        for request in &out[first..] {
            self.account.on_request(at.mono, request.id, request.action.cost());
        }
        assert!(named <= self.gateway.orders_named(), "names are given again from {named} on");
    }

    /// What risk allows of orders at this moment, whatever a draft says.
    pub(super) fn allowance(&self) -> Allowance {
        let pos = self.account.position.pos();
        let bare = Exposure { pos, open: [Qty::ZERO; 2] };
        let room = |side| bare.room(side, self.setup.sizing.position_max);
        let held = |side| if pos.reducing() == Some(side) { pos.size() } else { Qty::ZERO };
        match (self.lifecycle, self.kill.at().state) {
            (Lifecycle::Trading, KillState::Run) => {
                Allowance { qty_max: Side::BOTH.map(room), reduce_only: [false; 2] }
            }
            (Lifecycle::Trading, KillState::Reduce | KillState::Flatten)
            | (
                Lifecycle::ComingHome { .. },
                KillState::Run | KillState::Reduce | KillState::Pull | KillState::Flatten,
            ) => Allowance { qty_max: Side::BOTH.map(held), reduce_only: [true; 2] },
            (Lifecycle::Trading, KillState::Pull)
            | (Lifecycle::Trading | Lifecycle::ComingHome { .. }, KillState::Halted)
            | (Lifecycle::Leaving, _) => Allowance::NONE,
        }
    }

    /// The worst case of a side is within its limit, or no worse than it was before a batch: that
    /// added nothing which could open.
    fn check_exposure(&self, batch: &Batch) {
        let (after, most) = (self.account.exposure(), self.setup.sizing.position_max.e8());
        for side in Side::BOTH {
            let kept = after.toward(side) <= most || batch.only_reduces(side);
            assert!(kept, "more of {side:?} may fill than is allowed: {after:?}");
        }
    }

    /// Capital and PnL, the position valued at the worse of fair and mark.
    pub fn equity(&self) -> Usd {
        let at_fair = self.account.position.pnl(self.valuation_px());
        let at_mark = self.market.context().map(|context| self.account.position.pnl(context.mark));
        self.setup.config.capital + at_mark.map_or(at_fair, |pnl| pnl.min(at_fair))
    }

    /// The price at which a position is valued: fair, or the last there was, however old. The price of
    /// the session's start is for one that never had another.
    pub fn valuation_px(&self) -> Px {
        let marked = || self.market.context().map(|context| context.mark);
        self.market.last_fair().or_else(marked).unwrap_or(self.setup.mark)
    }

    pub fn age_ms(&self, now: Mono) -> u64 {
        self.liveness.age_ms(now, self.market.alive_at())
    }

    pub fn lots(&self) -> Lots {
        self.account.position.pos().in_lots(self.setup.sizing.lot)
    }

    /// Whether nothing is to be traded any more.
    pub fn is_over(&self) -> bool {
        match self.lifecycle {
            Lifecycle::Trading => self.kill.at().state == KillState::Halted,
            Lifecycle::ComingHome { .. } => {
                self.is_flat() || self.kill.at().state == KillState::Halted
            }
            Lifecycle::Leaving => true,
        }
    }

    /// Whether no more is held than counts as closed.
    pub fn is_flat(&self) -> bool {
        self.lots().abs() <= self.setup.config.kill.dust
    }

    /// Whether a stop comes home.
    pub fn is_coming_home(&self) -> bool {
        matches!(self.lifecycle, Lifecycle::ComingHome { .. })
    }

    /// Quotes what is allowed; has nothing at the venue while something to quote from is missing.
    fn requote(&self, at: Stamp, reduce_only: bool, draft: &mut Draft) {
        let now_ms = at.mono.ms();
        let stages = [0, 1].map(|side: usize| self.cascade[side].stage_at(now_ms));
        for side in Side::BOTH.map(Side::index) {
            draft.force_requote[side] |= stages[side] != self.cascade_stages[side];
        }
        draft.cascade_stages = Some(stages);
        let theta = self.requote_thresholds(&draft.force_requote);
        debug_assert!(theta.iter().all(|theta| Bps::ZERO <= *theta), "no distance: {theta:?}");
        let (exposure, signals) = (self.account.exposure(), self.signals(now_ms));
        let limits = QuoteLimits { exposure, reduce_only, theta, signals };
        let can_order = self.liveness.can_order() && !self.account.signer_refused;
        let can_quote = self.liveness.is_synced() && can_order;
        let table = self.table.as_ref().filter(|_| can_quote);
        let quoted =
            table.and_then(|table| quote::quote(&self.setup, &self.market, table, &limits));
        let Some((quote, targets)) = &quoted else { return self.cancel_all(at.mono, draft) };
        draft.quote = Some(*quote);
        let adds = |target: &TargetLadder| !target.reduce_only && !target.ladder.is_empty();
        assert!(!reduce_only || !targets.iter().any(adds), "an order may add: {targets:?}");
        let mut plan = Plan::default();
        reconcile(targets, &self.account.orders, self.priority_side, &mut plan);
        for side in Side::BOTH {
            draft.force_requote[side.index()] &= waits(&self.account.orders, side);
        }
        if plan.cost() == 0 {
            return; // Most of the time.
        }
        draft.overdraws = self.apply_budget(at.mono, &exposure, &mut plan);
        self.admit(&plan, exposure, [targets[0].reduce_only, targets[1].reduce_only], draft);
    }

    /// What trend and cascade detectors ask of the quote at this moment.
    fn signals(&self, now_ms: u64) -> QuoteSignals {
        let trend = self.market.trend();
        let (n, deadband) = (self.lots(), self.setup.config.shape.deadband);
        let effect =
            |side: Side| self.cascade[side.index()].effect(now_ms, role(side, n, deadband));
        QuoteSignals {
            trend: trend.trend,
            opposed: trend.opposed,
            continuation_p: self.market.continuation_p(),
            urgency: trend.urgency,
            effects: Side::BOTH.map(effect),
        }
    }

    /// The requote threshold of each side: nothing but the least after something happened. While the
    /// budget is nearly spent, the side that reduces the position has what is left: the other one
    /// moves when it is farther off than otherwise at most.
    fn requote_thresholds(&self, force_requote: &[bool; 2]) -> [Bps; 2] {
        let (config, budget) = (&self.setup.config.budget, &self.account.budget);
        let (usual, short) = (budget.theta(config), budget.left(config) < BUDGET_SHORT);
        let reducing = self.account.reducing();
        Side::BOTH.map(|side| match force_requote[side.index()] {
            _ if short && reducing != Some(side) => {
                Bps::from_ubps(config.theta_max.ubps() * BUDGET_SHORT_TIMES)
            }
            true => config.theta_min,
            false => usual,
        })
    }

    /// Cuts the plan to the request budget: cancels always, then the side that reduces the
    /// position, then the other. Beyond the budget, one action now and then goes to a side that
    /// reduces or has no order: true.
    fn apply_budget(&self, now: Mono, exposure: &Exposure, plan: &mut Plan) -> bool {
        let budget = &self.account.budget;
        if !budget.may_order(now) || !self.account.orders_rest.is_over(now) {
            Side::BOTH.into_iter().for_each(|side| plan.leave(side));
            return false;
        }
        let (mut left, mut overdraws) = (budget.left(&self.setup.config.budget), false);
        let most = left.max(0);
        let reducing = self.account.reducing();
        let first = reducing.unwrap_or(self.priority_side);
        for side in [first, first.other()] {
            let cost = plan.moves(side);
            let needed = reducing == Some(side) || exposure.open[side.index()] == Qty::ZERO;
            if cost <= left.max(0) {
                left -= cost;
            } else if needed && !overdraws && budget.may_overdraw(now) {
                overdraws = true;
            } else {
                plan.leave(side);
            }
        }
        let moves = || plan.moves(Side::Bid) + plan.moves(Side::Ask);
        debug_assert!(overdraws || moves() <= most, "{} requests of {most}", moves());
        overdraws
    }

    /// Names the orders of a plan that risk admits.
    fn admit(&self, plan: &Plan, exposure: Exposure, reduce_only: [bool; 2], draft: &mut Draft) {
        draft.sends = true;
        let (orders, rules) = (&self.account.orders, self.rules(reduce_only));
        self.gateway.admit(plan, orders, exposure, &rules, &mut draft.batch);
    }

    fn rules(&self, reduce_only: [bool; 2]) -> OrderRules<'_> {
        let limits = Limits { position_max: self.setup.sizing.position_max };
        OrderRules { spec: &self.setup.spec, limits, reduce_only }
    }

    /// Cancels every order that may rest and is not being cancelled. While the link for orders is lost
    /// it does so less often: each cancel is a request of its own then.
    fn cancel_all(&self, now: Mono, draft: &mut Draft) {
        let rested = CANCELS_APART <= now.since(self.account.cancelled_at);
        if self.liveness.is_orders_link_lost() && !rested {
            return;
        }
        let nothing = [TargetLadder::default(), TargetLadder::default()];
        let mut plan = Plan::default();
        reconcile(&nothing, &self.account.orders, self.priority_side, &mut plan);
        if let Some(spared) = self.spared(now) {
            let stays = |cloid: &Cloid| {
                let mut orders = self.account.orders.list().iter();
                orders.any(|it| it.place.cloid == *cloid && it.place.side == spared)
            };
            plan.cancels.retain(|cloid| !stays(cloid));
        }
        self.admit(&plan, self.account.exposure(), [false; 2], draft);
    }

    /// The side that a price which has been suspect for a moment only moves away from: its orders are
    /// farther from the market than before, and stay (MODEL 5.3).
    fn spared(&self, now: Mono) -> Option<Side> {
        let suspect = KillStatus { state: KillState::Pull, reason: Some(KillReason::Suspect) };
        let only = self.lifecycle == Lifecycle::Trading && self.kill.at() == suspect;
        self.market.spared(now).filter(|_| only)
    }

    /// Closes the position, step by step.
    fn flatten(&self, at: Stamp, draft: &mut Draft) {
        let inputs = self.flatten_inputs(at.mono);
        debug_assert!(inputs.flat || self.account.reducing().is_some(), "held by no side");
        let told = self.kill.at().state == KillState::Flatten || self.is_coming_home();
        assert!(told, "closed in {:?}, {:?}", self.kill.at(), self.lifecycle);
        let (next, action) = self.flatten.step(at.mono.ms(), &inputs);
        draft.flatten = Some(next);
        match action {
            FlattenAction::CancelAll | FlattenAction::Done => self.cancel_all(at.mono, draft),
            FlattenAction::Wait => {}
            FlattenAction::Join { expires } => self.join_touch(at.mono, expires, draft),
            FlattenAction::Cross { limit, expires, probe } => {
                if !probe {
                    self.cancel_all(at.mono, draft);
                }
                self.cross(at.mono, limit, expires, draft);
            }
        }
    }

    fn flatten_inputs(&self, now: Mono) -> FlattenInputs {
        let is_young = self.age_ms(now) < self.setup.config.kill.age_soft_ms;
        FlattenInputs {
            closing: self.closing_order(),
            fresh: is_young && self.market.closing_px(now).is_some(),
            trusted: self.market.trust(now) == PriceTrust::Trusted,
            deep: self.kill.is_deep(self.equity()),
            flat: self.is_flat(),
            near: self.account.reducing().is_some_and(|side| self.is_touch_near(now, side)),
            answers: self.closing_answers(),
        }
    }

    /// Where our orders stand, as far as closing is concerned.
    fn closing_order(&self) -> ClosingOrder {
        let orders = self.account.orders.list();
        let [first, others @ ..] = orders else { return ClosingOrder::None };
        if !orders.iter().all(|order| order.is_amendable()) {
            return ClosingOrder::UnderWay;
        }
        let side = self.account.reducing();
        let touch = side.and_then(|side| self.market.book().best(side).map(|best| (side, best.px)));
        let size = self.account.position.size().floor_to(self.setup.spec.lot());
        debug_assert!(size <= self.account.position.size(), "{size:?} is more than is held");
        let place = &first.place;
        let is_there = others.is_empty()
            && place.reduce_only
            && first.open_qty() == size
            // Another venue's grid may be finer.
            && touch.is_none_or(|(side, px)| {
                place.side == side && place.px == self.setup.spec.snap(px, side)
            });
        if is_there { ClosingOrder::AtTouch } else { ClosingOrder::Elsewhere }
    }

    /// Whether the touch that an order of `side` would cross lies within reach of the trusted price or
    /// of the mark, whichever reaches further.
    fn is_touch_near(&self, now: Mono, side: Side) -> bool {
        let Some(touch) = self.market.book().best(side.other()) else { return false };
        let reach = self.setup.config.flatten.reach_max;
        let mark = self.market.context().map(|context| context.mark);
        let trusted = [self.market.closing_px(now), mark];
        let known = trusted.into_iter().flatten().filter(|px| Px::ZERO < *px);
        assert!(Bps::ZERO < reach, "nothing is near: {reach:?}");
        let mut limits = known.map(|px| px.shifted(Bps::from_ubps(reach.ubps() * side.sign())));
        limits.any(|limit| !touch.px.beats(limit, side))
    }

    /// What the venue answered to orders so far.
    fn closing_answers(&self) -> ClosingAnswers {
        let mut answers = ClosingAnswers::default();
        for (reason, count) in RejectReason::ALL.into_iter().zip(self.account.reject_reasons) {
            let counted = match reason {
                RejectReason::NothingToMatch => &mut answers.no_match,
                RejectReason::PostOnly => &mut answers.post_only,
                RejectReason::Expired => &mut answers.expired,
                RejectReason::RateLimit => &mut answers.rate_limited,
                RejectReason::WouldCross
                | RejectReason::Gone
                | RejectReason::ReplaceFailed
                | RejectReason::Schedule => continue,
                RejectReason::Price
                | RejectReason::Size
                | RejectReason::Minimum
                | RejectReason::Margin
                | RejectReason::ReduceOnly
                | RejectReason::Signer
                | RejectReason::Nonce
                | RejectReason::Market
                | RejectReason::NotSent
                | RejectReason::Other => &mut answers.refused,
            };
            *counted += count;
        }
        answers
    }

    /// One reduce-only, post-only order for the whole position at the touch.
    fn join_touch(&self, now: Mono, expires: bool, draft: &mut Draft) {
        let Some(side) = self.account.reducing() else { return };
        let Some(touch) = self.market.book().best(side) else { return };
        self.close(now, ClosingRequest { side, limit: touch.px, tif: Tif::Alo, expires }, draft);
    }

    /// One reduce-only order that fills at once or not at all.
    fn cross(&self, now: Mono, limit: CrossLimit, expires: bool, draft: &mut Draft) {
        let Some(side) = self.account.reducing() else { return };
        let mark = self.market.context().map(|context| context.mark);
        let fair = self.market.closing_px(now);
        let beyond = |px: Option<Px>, reach: Bps| {
            let px = px.unwrap_or(self.setup.mark);
            px.shifted(Bps::from_ubps(reach.ubps() * side.sign()))
        };
        let limit = match limit {
            CrossLimit::Fair(reach) => beyond(fair.or(mark), reach),
            CrossLimit::Mark(reach) => beyond(mark.or(fair), reach),
            CrossLimit::Touch => match self.market.book().best(side.other()) {
                Some(touch) => touch.px,
                None => return,
            },
        };
        assert!(draft.batch.only_reduces(side), "{side:?} opens while it closes");
        self.close(now, ClosingRequest { side, limit, tif: Tif::Ioc, expires }, draft);
    }

    /// Places one order for the whole position, at the price of the grid next to its limit; also while the
    /// link for orders is lost, when it goes another way (MODEL 5.4).
    pub(super) fn close(&self, now: Mono, asked: ClosingRequest, draft: &mut Draft) {
        let ClosingRequest { side, limit, tif, .. } = asked;
        assert!(tif != Tif::Gtc, "what closes rests post-only or not at all");
        let qty = self.account.position.size().floor_to(self.setup.spec.lot());
        // What the venue shows may be nothing, or below the grid: no price can be made of that.
        let px = if limit <= Px::ZERO { Px::ZERO } else { self.setup.spec.snap(limit, side) };
        let waits = self.account.signer_refused || !self.account.orders_rest.is_over(now);
        if waits || qty == Qty::ZERO || px == Px::ZERO || self.account.orders.room() == 0 {
            return;
        }
        assert!(self.account.reducing() == Some(side), "{side:?} opens, and is to close");
        assert!(self.setup.spec.on_grid(px), "closed off the grid: {px:?}");
        assert!(qty <= self.account.position.size(), "{qty:?} is more than there is to close");
        draft.sends = true;
        let (target, rules) = (TargetOrder { px, qty }, self.rules([true; 2]));
        self.gateway.close(asked, target, &rules, &mut draft.batch);
    }
}
