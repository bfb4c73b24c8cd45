//! After every event: what risk allows, what we want, and the requests that lead there.

use super::orders::reconcile::{TargetLadder, TargetOrder, reconcile, waits};
use super::orders::requests::OrderRules;
use super::quote::{self, QuoteLimits, QuoteSignals};
use super::{Engine, Lifecycle};
use crate::market::KillState;
use crate::market::{Link, Requests, Stream, Tif};
use crate::model::cascade::{Cascade, CascadeStage};
use crate::model::shape::role;
use crate::num::{Bps, Lots, Mono, Nanos, Px, Q24, Qty, Side, Stamp, Usd};
use crate::risk::flatten::LimitReference;
use crate::risk::kill::LINK_DOWN_AGE_MS;
use crate::risk::{
    ExternalConditions, Flatten, FlattenAction, FlattenConfig, FlattenInputs, KillInputs,
};

/// A request that was not answered after this long has an unknown outcome.
const PATIENCE_MS: u64 = 5_000;
/// Words that move no quote do not make the kill switch look more often than wakes do, which come ten
/// times a second (MODEL 5).
const JUDGE_EVERY: Nanos = Nanos::from_millis(100);
/// Beyond the budget the venue takes one action in 10 s (PROTOCOL 10.2); we use every other one.
pub(super) const OVERDRAFT: Nanos = Nanos::from_secs(20);
/// A budget of fewer requests is short: two lots earn as many.
const BUDGET_SHORT: i64 = 40;
/// Then orders may be this many times farther off than otherwise at most.
const BUDGET_SHORT_TIMES: i64 = 2;

/// What an event was, when it brought nothing to quote from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// It did bring something.
    None,
    /// Other people's trades, or a pong.
    NoQuoteChange,
    /// Time passed.
    Wake,
}

impl Engine {
    /// Judges, then acts. In a calm pause, with nothing new to quote from, all stays as it is, unless
    /// the kill switch says otherwise.
    pub(super) fn decide(&mut self, at: Stamp, pause: Pause, out: &mut Requests) {
        self.account.orders.mark_overdue_unknown(at.mono, PATIENCE_MS);
        let calm = pause != Pause::None && self.is_unchanged(at.mono);
        if calm && pause == Pause::NoQuoteChange && at.mono.since(self.kill_judged_at) < JUDGE_EVERY
        {
            return;
        }
        if !self.account.orphan_orders.is_empty() {
            let strays = core::mem::take(&mut self.account.orphan_orders);
            self.gateway.cancel_orphans(strays, out);
        }
        let before = self.kill.at().state;
        let state = self.step_kill_switch(at, calm);
        if calm && state == before {
            return;
        }
        match (self.stage, state) {
            (Lifecycle::Trading, KillState::Run) => self.requote(at, false, out),
            (Lifecycle::Trading, KillState::Reduce) => self.requote(at, true, out),
            (Lifecycle::Trading, KillState::Flatten) => self.flatten(at, out),
            (Lifecycle::Trading, KillState::Pull | KillState::Halted)
            | (Lifecycle::Stopping, _) => {
                self.pull_quotes(at, out);
            }
        }
        self.refresh_dead_man(at, out);
    }

    /// Whether nothing is to be done while only the time passes: between two seconds quotes stay as
    /// they are, though a recovery from a cascade goes on.
    fn is_unchanged(&self, now: Mono) -> bool {
        let holds = |(cascade, stage): (&Cascade, &CascadeStage)| {
            cascade.stage() == *stage && !cascade.is_due(now.ms())
        };
        let still = match self.kill.at().state {
            KillState::Run | KillState::Reduce => {
                self.quote.is_some() && self.cascade.iter().zip(&self.stages).all(holds)
            }
            KillState::Pull | KillState::Halted => self.account.orders.list().is_empty(),
            KillState::Flatten => false,
        };
        still
            && self.stage == Lifecycle::Trading
            && self.command.is_none()
            && self.age_ms(now) < self.setup.config.kill.age_soft_ms
            && self.account.orders.oldest_unknown().is_none()
            && self.account.orphan_orders.is_empty()
    }

    /// The kill switch's word on this moment; a change moves every order at once. In a calm pause only
    /// what the time alone changes is looked at anew.
    fn step_kill_switch(&mut self, at: Stamp, calm: bool) -> KillState {
        let inputs = match self.kill_inputs {
            Some(known) if calm => self.aged(at, known),
            Some(_) | None => self.kill_inputs(at),
        };
        self.kill_inputs = Some(inputs);
        self.kill_judged_at = at.mono;
        let before = self.kill.at().state;
        let state = self.kill.step(at.mono.ms(), &inputs).state;
        if state != before {
            self.force_requote = [true; 2];
        }
        state
    }

    fn aged(&mut self, at: Stamp, known: KillInputs) -> KillInputs {
        let slow_ms = self.monitor.slow_since.map_or(0, |since| at.mono.since(since).ms());
        let beyond =
            ExternalConditions { absent_ms: self.absent_ms(at.mono), slow_ms, ..known.external };
        let age_ms = self.monitor.link_up_since.map(|_| self.age_ms(at.mono));
        KillInputs { age_ms, rejects: self.account.rejects(at.mono), external: beyond, ..known }
    }

    fn kill_inputs(&mut self, at: Stamp) -> KillInputs {
        let position = &self.account.position;
        let limit = self.setup.sizing.position_max.e8();
        let doubt = self.account.orders.oldest_unknown();
        let (share, lots) =
            (Q24::ratio(position.pos().e8(), limit), position.pos().in_lots(self.setup.sizing.lot));
        KillInputs {
            equity: self.equity(),
            share,
            lots,
            // Before the link was ever up there are no data to be old.
            age_ms: self.monitor.link_up_since.map(|_| self.age_ms(at.mono)),
            rejects: self.account.rejects(at.mono),
            deviation: self.deviation(),
            clock_ms: self.clock_ms(),
            external: ExternalConditions {
                doubt_ms: doubt.map_or(0, |since| at.mono.since(since).ms()),
                mismatch: self.monitor.mismatch,
                absent_ms: self.absent_ms(at.mono),
                budget: self.account.budget.quota(),
                slow_ms: self.monitor.slow_since.map_or(0, |since| at.mono.since(since).ms()),
                command: self.command,
            },
        }
    }

    /// Capital and PnL, the position valued at the worse of fair and mark.
    #[must_use]
    pub fn equity(&self) -> Usd {
        let at_fair = self.account.position.pnl(self.valuation_px());
        let at_mark = self.market.context().map(|context| self.account.position.pnl(context.mark));
        self.setup.config.capital + at_mark.map_or(at_fair, |pnl| pnl.min(at_fair))
    }

    /// The price at which a position is valued: fair, or the last there was, however old. The price of
    /// the session's start is for one that never had another.
    #[must_use]
    pub fn valuation_px(&self) -> Px {
        let marked = || self.market.context().map(|context| context.mark);
        self.market.last_fair().or_else(marked).unwrap_or(self.setup.mark)
    }

    /// How old the market's data are; while the link is down, never old enough to give up.
    fn age_ms(&self, now: Mono) -> u64 {
        let age = now.since(self.market.alive_at()).ms();
        match self.links[Stream::Market.index()] {
            Link::Up => age,
            Link::Down => age.min(LINK_DOWN_AGE_MS),
        }
    }

    /// How far fair lies from the oracle.
    fn deviation(&self) -> Option<Bps> {
        let oracle = self.market.context()?.oracle;
        let fair = self.market.fair()?;
        (Px::ZERO < oracle).then(|| oracle.bps_to(fair).abs())
    }

    /// Quotes what is allowed; has nothing at the venue while something to quote from is missing.
    fn requote(&mut self, at: Stamp, reduce_only: bool, out: &mut Requests) {
        let signals = self.signals(at.mono);
        let exposure = self.account.exposure();
        let allowed =
            QuoteLimits { exposure, reduce_only, theta: self.requote_thresholds(), signals };
        let table = self.table.as_ref().filter(|_| self.synced && self.links == [Link::Up; 2]);
        let quoted =
            table.and_then(|table| quote::quote(&self.setup, &self.market, table, &allowed));
        let Some((quote, wants)) = quoted else { return self.pull_quotes(at, out) };
        self.quote = Some(quote);
        self.gateway.set_reduce_only([wants[0].reduce_only, wants[1].reduce_only]);
        reconcile(&wants, &self.account.orders, self.priority_side, &mut self.plan);
        for side in Side::BOTH {
            self.force_requote[side.index()] &= waits(&self.account.orders, side);
        }
        if self.plan.cost() == 0 {
            return; // Most of the time.
        }
        self.apply_budget(at.mono);
        self.send(at, out);
    }

    /// What the market's course and recent fills ask for at this moment.
    fn signals(&mut self, now: Mono) -> QuoteSignals {
        let trend = self.market.trend();
        let (n, deadband) = (self.lots(), self.setup.config.shape.deadband);
        let effects = Side::BOTH
            .map(|side| self.cascade[side.index()].effect(now.ms(), role(side, n, deadband)));
        let stages = [self.cascade[0].stage(), self.cascade[1].stage()];
        for side in Side::BOTH.map(Side::index) {
            self.force_requote[side] |= stages[side] != self.stages[side];
        }
        self.stages = stages;
        QuoteSignals {
            trend: trend.trend,
            opposed: trend.opposed,
            continuation_p: self.market.continuation_p(),
            urgency: trend.urgency,
            effects,
        }
    }

    /// The requote threshold of each side: nothing but the least after something happened. While the
    /// budget is nearly spent, the side that reduces the position has what is left: the other one
    /// moves when it is farther off than otherwise at most.
    fn requote_thresholds(&self) -> [Bps; 2] {
        let (config, budget) = (&self.setup.config.budget, &self.account.budget);
        let (usual, short) = (budget.theta(config), budget.left(config) < BUDGET_SHORT);
        let reducing = self.account.reducing();
        Side::BOTH.map(|side| match self.force_requote[side.index()] {
            _ if short && reducing != Some(side) => {
                Bps::from_ubps(config.theta_max.ubps() * BUDGET_SHORT_TIMES)
            }
            true => config.theta_min,
            false => usual,
        })
    }

    /// Cancels whatever may be at the venue. One that refused a cancel is not asked again at once: its
    /// refusals would count as rejects, and be taken for a reason to give up.
    fn pull_quotes(&mut self, at: Stamp, out: &mut Requests) {
        self.quote = None;
        if self.monitor.cancels_rejected_until.is_none_or(|until| until <= at.mono) {
            self.cancel_all(at, out);
        }
    }

    /// What the request budget leaves of the plan: cancels always, then the side that reduces the
    /// position, then the other one. Beyond the budget the venue takes an action now and then: it
    /// is for a side that reduces, or has no order at all.
    fn apply_budget(&mut self, now: Mono) {
        if self.monitor.rejected_until.is_some_and(|until| now < until) {
            Side::BOTH.into_iter().for_each(|side| self.plan.leave(side));
            return; // The venue counts cancels apart, and generously (PROTOCOL 10.2).
        }
        let mut left = self.account.budget.left(&self.setup.config.budget);
        let (rests, reducing) = (self.account.exposure().open, self.account.reducing());
        let first = reducing.unwrap_or(self.priority_side);
        for side in [first, first.other()] {
            let cost = self.plan.moves(side);
            let needed = reducing == Some(side) || rests[side.index()] == Qty::ZERO;
            if cost <= left.max(0) {
                left -= cost;
            } else if needed && self.overdraft_next <= now {
                self.overdraft_next = now + OVERDRAFT;
            } else {
                self.plan.leave(side);
            }
        }
    }

    /// Sends the plan.
    fn send(&mut self, at: Stamp, out: &mut Requests) {
        let bounds = OrderRules { spec: &self.setup.spec, limits: &self.limits };
        let exposure = self.account.exposure();
        let orders = &mut self.account.orders;
        let cost = self.gateway.send(at, &mut self.plan, orders, exposure, &bounds, out);
        self.account.budget.spend(at.mono, cost);
    }

    /// Closes the position, step by step.
    fn flatten(&mut self, at: Stamp, out: &mut Requests) {
        self.quote = None;
        let inputs = FlattenInputs {
            quiet: self.account.orders.list().is_empty(),
            fresh: self.age_ms(at.mono) < self.setup.config.kill.age_soft_ms,
            deep: self.kill.is_deep(self.equity()),
            flat: self.lots().abs() <= self.setup.config.kill.dust,
        };
        let flatten = self.flatten.get_or_insert_with(|| Flatten::begin(FlattenConfig::default()));
        match flatten.step(at.mono.ms(), &inputs) {
            FlattenAction::CancelAll | FlattenAction::Done => self.cancel_all(at, out),
            FlattenAction::Wait => {}
            FlattenAction::Join => self.join_touch(at, out),
            FlattenAction::Cross { reach, from } => self.cross(at, reach, from, out),
        }
    }

    pub(super) fn lots(&self) -> Lots {
        self.account.position.pos().in_lots(self.setup.sizing.lot)
    }

    /// One reduce-only, post-only order for the whole position at the touch; one that is elsewhere
    /// is cancelled first.
    fn join_touch(&mut self, at: Stamp, out: &mut Requests) {
        let Some(side) = self.account.reducing() else { return };
        let Some(touch) = self.market.book().best(side) else { return };
        let px = self.setup.spec.snap(touch.px, side); // Another venue's grid may be finer.
        match self.account.orders.list() {
            [] => self.close(at, side, px, Tif::Alo, out),
            [only] if only.place.px == px => {}
            _ => self.cancel_all(at, out),
        }
    }

    /// One reduce-only order that fills at once or not at all, `reach` beyond what can be trusted.
    fn cross(&mut self, at: Stamp, reach: Bps, from: LimitReference, out: &mut Requests) {
        self.cancel_all(at, out);
        let Some(side) = self.account.reducing() else { return };
        let mark = self.market.context().map(|context| context.mark);
        let reference = match from {
            LimitReference::Fair => self.market.fair().or(mark),
            LimitReference::Mark => mark.or(self.market.fair()),
        };
        let reference = reference.unwrap_or(self.setup.mark);
        let limit = reference.shifted(Bps::from_ubps(reach.ubps() * side.sign()));
        self.close(at, side, self.setup.spec.snap(limit, side), Tif::Ioc, out);
    }

    /// Places one order for the whole position.
    fn close(&mut self, at: Stamp, side: Side, px: Px, tif: Tif, out: &mut Requests) {
        let qty = self.account.position.size().floor_to(self.setup.spec.lot());
        if qty == Qty::ZERO || self.account.orders.room() == 0 {
            return;
        }
        let want = TargetOrder { px, qty };
        self.gateway.place_single(at, side, want, tif, &mut self.account.orders, out);
        self.account.budget.spend(at.mono, 1);
    }

    fn cancel_all(&mut self, at: Stamp, out: &mut Requests) {
        let nothing = [TargetLadder::default(), TargetLadder::default()];
        reconcile(&nothing, &self.account.orders, self.priority_side, &mut self.plan);
        self.send(at, out);
    }
}
