//! One block: who comes first, and in which order the news goes out (PROTOCOL 12.7 and 12.9).

use super::Exchange;
use super::admission::{ActionClass, QueuedAction};
use crate::num::WallMs;
use crate::venue::Reject;
use crate::venue::account::AccountIx;
use crate::venue::book::funding::HOUR_MS;
use crate::venue::command::{NewOrder, Replacement, Target, VenueCommand};
use crate::venue::config::{FlowTime, Spacing};
use crate::venue::market_event::MarketEvent;
use crate::venue::output::{Answer, Output, Status};
use crate::venue::prng::{Prng, Purpose};
use std::collections::VecDeque;

/// An action that comes after it expired costs five requests instead of one (PROTOCOL 10.2).
const STALE_EXTRA: usize = 4;
/// Milliseconds in thousandths, the grain of random waits.
const MICROS: i64 = 1_000;

/// The time of the exchange.
#[derive(Debug)]
pub(super) struct BlockClock {
    pub(super) now: WallMs,
    pub(super) next: WallMs,
    /// Blocks so far.
    pub(super) number: u64,
    /// The hour that funding was last paid for, since 1970.
    hour: u64,
    spacing: Spacing,
    prng: Prng,
}

impl BlockClock {
    pub(super) fn new(seed: u64, start: WallMs, spacing: Spacing) -> BlockClock {
        let prng = Prng::new(seed, Purpose::Blocks);
        let hour = start.ms() / HOUR_MS;
        let mut clock = BlockClock { now: start, next: start, number: 0, hour, spacing, prng };
        clock.next = start.plus_ms(clock.step_ms());
        clock
    }

    /// Whether an hour has begun since this was last asked.
    pub(super) fn hour_began(&mut self) -> bool {
        let before = std::mem::replace(&mut self.hour, self.now.ms() / HOUR_MS);
        before < self.hour
    }

    /// Goes to the next block.
    fn next_block(&mut self) {
        self.now = self.next;
        self.number += 1;
        self.next = self.now.plus_ms(self.step_ms());
    }

    /// Leaves empty blocks out: waits forget how long they have lasted, so the next block is as far
    /// from `at` as from any block.
    pub(super) fn skip_to(&mut self, at: WallMs) {
        self.number += 1;
        self.next = at.plus_ms(self.step_ms());
    }

    /// Time to the next block; at least a millisecond, so that time goes on.
    fn step_ms(&mut self) -> u64 {
        let ms = match self.spacing {
            Spacing::Fixed { every_ms } => every_ms,
            Spacing::Random { floor_ms, mean_ms } => {
                let rest = i64::try_from(mean_ms.saturating_sub(floor_ms)).unwrap_or(i64::MAX);
                floor_ms + (self.prng.wait_us(rest) / MICROS).unsigned_abs()
            }
        };
        ms.max(1)
    }
}

/// News of the running block, by kind.
#[derive(Debug, Default)]
pub(super) struct BlockOutbox {
    pub(super) orders: Vec<Output>,
    pub(super) fills: Vec<Output>,
    pub(super) public: Vec<Output>,
    /// Answers and the block after which they may go out.
    answers: VecDeque<(u64, Output)>,
}

impl BlockOutbox {
    /// Whether nothing waits to go out.
    pub(super) fn is_clear(&self) -> bool {
        self.answers.is_empty()
    }

    /// Hands everything out that is due after block `number`, in the order of PROTOCOL 12.9.
    fn flush(&mut self, number: u64, out: &mut Vec<Output>) {
        out.append(&mut self.orders);
        out.append(&mut self.fills);
        out.append(&mut self.public);
        while self.answers.front().is_some_and(|(due, _)| *due <= number) {
            out.extend(self.answers.pop_front().map(|(_, answer)| answer));
        }
    }
}

impl Exchange {
    /// Takes what other people do. Runs the blocks that are due before it.
    pub fn apply(&mut self, flow: MarketEvent, out: &mut Vec<Output>) {
        self.catch_up(flow.at, out);
        match self.config.rules.flow {
            FlowTime::AtOnce => {
                self.clock.now = self.clock.now.max(flow.at);
                self.on_market_event(flow);
                self.close(out);
            }
            FlowTime::InBlock => {
                self.arrivals += 1;
                self.flows.push((self.arrivals, flow));
            }
        }
    }

    /// Runs the next block.
    pub(super) fn run_block(&mut self, out: &mut Vec<Output>) {
        self.clock.next_block();
        let mut queue = std::mem::take(&mut self.queue);
        self.execute_class(&mut queue, ActionClass::Making);
        self.execute_class(&mut queue, ActionClass::Canceling);
        self.fire_schedules();
        self.execute_taking(&mut queue);
        queue.clear();
        self.queue = queue;
        self.close(out);
    }

    /// Executes the actions of one class, in the order in which they came.
    fn execute_class(&mut self, queue: &mut [QueuedAction], class: ActionClass) {
        for pending in queue.iter_mut().filter(|pending| pending.command.class() == class) {
            self.execute(pending);
        }
    }

    /// Executes what may take: actions and the world's flow, in the order in which they came.
    fn execute_taking(&mut self, queue: &mut [QueuedAction]) {
        let mut flows = std::mem::take(&mut self.flows);
        let mut actions = queue
            .iter_mut()
            .filter(|pending| pending.command.class() == ActionClass::Taking)
            .peekable();
        for (arrival, flow) in flows.drain(..) {
            while let Some(pending) = actions.next_if(|pending| pending.arrival < arrival) {
                self.execute(pending);
            }
            self.on_market_event(flow);
        }
        actions.for_each(|pending| self.execute(pending));
        self.flows = flows;
    }

    /// Executes an action and notes its answer.
    fn execute(&mut self, pending: &mut QueuedAction) {
        let QueuedAction { owner, ticket, expires, .. } = *pending;
        let answer = if expires.is_some_and(|expires| expires < self.clock.now) {
            let extra = u64::try_from(STALE_EXTRA * pending.command.items());
            let extra = extra.expect("an action has few items");
            self.accounts[owner.0].budget.count(self.clock.now, extra);
            Answer::Rejected(Reject::Expired)
        } else {
            self.run_command(owner, &mut pending.command)
        };
        let due = self.clock.number + u64::from(self.config.commit_blocks);
        self.outbox.answers.push_back((due, Output::Answer { ticket, answer }));
    }

    /// Does what an account wants.
    fn run_command(&mut self, owner: AccountIx, command: &mut VenueCommand) -> Answer {
        match command {
            VenueCommand::Order(orders) => Answer::Orders(self.place_all(owner, orders)),
            VenueCommand::Cancel(cancels) => Answer::Cancels(self.cancel_all_of(owner, cancels)),
            VenueCommand::Modify(replacement) => done(self.replace(owner, replacement).map(drop)),
            VenueCommand::BatchModify(replacements) => {
                Answer::Orders(self.replace_all(owner, replacements))
            }
            VenueCommand::ScheduleCancel(at) => done(self.schedule(owner, *at)),
            VenueCommand::UpdateLeverage { asset, cross, leverage } => {
                done(self.set_leverage(owner, *asset, *cross, *leverage))
            }
            VenueCommand::UpdateIsolatedMargin { asset, micro_usd } => {
                done(self.move_margin(owner, *asset, *micro_usd))
            }
            VenueCommand::ApproveAgent { agent, name, until } => {
                done(self.approve(owner, *agent, std::mem::take(name), *until))
            }
            VenueCommand::Noop => Answer::Default,
        }
    }

    fn place_all(&mut self, owner: AccountIx, orders: &[NewOrder]) -> Vec<Status> {
        orders.iter().map(|order| status(self.place(owner, order, false))).collect()
    }

    fn replace_all(&mut self, owner: AccountIx, all: &[Replacement]) -> Vec<Status> {
        all.iter().map(|replacement| status(self.replace(owner, replacement))).collect()
    }

    fn cancel_all_of(
        &mut self,
        owner: AccountIx,
        cancels: &[(crate::market::AssetId, Target)],
    ) -> Vec<Status> {
        let one = |&(asset, target): &(_, _)| status(self.cancel(owner, asset, target));
        cancels.iter().map(one).collect()
    }

    /// Ends a block, or a moment of the world's flow between two.
    fn close(&mut self, out: &mut Vec<Output>) {
        let now = self.clock.now;
        self.fund_and_liquidate();
        for pit in &mut self.markets {
            if let Some(bbo) = pit.changed_bbo(now) {
                self.outbox.public.push(Output::Bbo(pit.spec.asset, bbo));
            }
        }
        self.outbox.flush(self.clock.number, out);
    }
}

/// The answer to an action without items.
fn done(result: Result<(), Reject>) -> Answer {
    match result {
        Ok(()) => Answer::Default,
        Err(denied) => Answer::Rejected(denied),
    }
}

/// The status of an item.
fn status(result: Result<Status, Reject>) -> Status {
    result.unwrap_or_else(Status::Rejected)
}
