//! Floor 3: what we decide. A pure machine: an event and the time go in, requests come out.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

mod bounds;
pub mod config;
mod decide;
pub mod market_state;
pub mod monitor;
pub mod orders;
pub mod quote;
pub mod sizing;
mod skip;
mod stopping;
pub mod trusted_price;
pub mod venue_time;

pub use config::{Config, Setup};
pub use sizing::{Sizing, SizingError};

use crate::market::event::AccountSnapshot;
use crate::market::{
    Bbo, BookFrame, CoinIx, Event, Fill, Health, KillState, KillStatus, Link, OpenOrder,
    RejectReason, Reply, ReplyBody, Requests, Stream, Table, TableParams, Trade,
};
use crate::model::cascade::{Cascade, CascadeStage};
use crate::model::glft;
use crate::num::time::DAY_MS;
use crate::num::{Bps, Lots, Mono, Nanos, Pos, Px, Q24, Side, Stamp, Usd, WallMs};
use crate::risk::{ExternalConditions, Flatten, Kill, KillInputs};
use bounds::Bounds;
use decide::{Draft, EngineState, Lifecycle};
use market_state::{Estimates, MarketState};
use monitor::{DeadMan, FeedDelay, ListSchedule, Liveness, PositionMismatch};
use orders::account::{AccountState, OrdersRest};
use orders::requests::OrderGateway;
use skip::{JUDGE_EVERY, Need, Trigger};
use trusted_price::BookStream;
use venue_time::{FrameTime, VenueTime};

/// The engine wakes at least this often: the kill switch looks ten times a second (MODEL 5).
const WAKE: Nanos = Nanos::from_millis(100);
/// A request that was not answered after this long has an unknown outcome (MODEL 5.4).
const PATIENCE: Nanos = Nanos::from_secs(2);
/// Tables are rebuilt at most this often (MODEL 1.6).
pub const TABLE_REST: Nanos = Nanos::from_secs(1);

// Skipped events make the kill switch look no less often than wakes do.
const _: () = assert!(JUDGE_EVERY.ns() == WAKE.ns());
// Somebody looks before a request is overdue and before a table may be built.
const _: () = assert!(WAKE.ns() < PATIENCE.ns() && WAKE.ns() < TABLE_REST.ns());

/// The market maker of one instrument.
#[derive(Clone, Debug)]
pub struct Engine {
    state: EngineState,
    woken: Mono,
    table_at: Mono,
    is_table_stale: bool,
    estimates: Estimates,
    venue_time: VenueTime,
    feed_delay: FeedDelay,
    position_mismatch: PositionMismatch,
    lists: ListSchedule,
    kill_inputs: Option<KillInputs>,
    kill_judged_at: Mono,
}

impl Engine {
    /// An engine that has not heard anything yet. It quotes once both links are up, the book has two
    /// sides and a table has come.
    #[must_use]
    pub fn new(setup: Setup) -> Engine {
        let config = &setup.config;
        let cascade = Cascade::new(config.cascade.for_limit(setup.sizing.limit_lots()));
        let state = EngineState {
            setup,
            market: MarketState::new(&setup),
            account: AccountState::open(setup.coin, setup.pos, setup.mark),
            gateway: OrderGateway::new(setup.spec.asset, setup.tag),
            table: None,
            kill: Kill::new(config.capital, config.kill),
            lifecycle: Lifecycle::Trading,
            command: None,
            liveness: Liveness::new(),
            dead_man: DeadMan::default(),
            quote: None,
            force_requote: [true; 2],
            priority_side: Side::Bid,
            cascade: [cascade.clone(), cascade],
            cascade_stages: [CascadeStage::Normal; 2],
            flatten: Flatten::default(),
        };
        Engine {
            state,
            woken: Mono::START,
            table_at: Mono::START,
            is_table_stale: false,
            estimates: Estimates {
                sigma_q44: config.vol.prior_q44,
                kappa_q44: config.intensity.prior.kappa_q44,
                a_q44: config.intensity.prior.a_q44,
            },
            venue_time: VenueTime::default(),
            feed_delay: FeedDelay::default(),
            position_mismatch: PositionMismatch::default(),
            lists: ListSchedule::new(),
            kill_inputs: None,
            kill_judged_at: Mono::START,
        }
    }

    /// One turn: takes what happened at `at` and appends what is to be sent to `out`.
    pub fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        let mut trigger = Trigger::QuoteChange;
        let setup = &self.state.setup;
        let safe = Bounds::new(setup).admit(event, setup.reference);
        let event = if safe { event } else { &Event::Garbled(Stream::Market) };
        match event {
            Event::Bbo(coin, bbo) if self.is_ours(*coin) => self.on_bbo(at, bbo),
            Event::Bbo(coin, bbo) if Some(*coin) == self.state.setup.reference => {
                self.state.market.on_reference(at, bbo);
            }
            Event::Book(coin, frame) if self.is_ours(*coin) => self.on_book(at, frame),
            Event::Trades(coin, trades) => {
                trigger = Trigger::NoQuoteChange;
                self.on_trades(at, *coin, trades);
            }
            Event::Context(coin, of) if self.is_ours(*coin) => self.state.market.on_context(at, of),
            Event::Table(coin, table) if self.is_ours(*coin) => self.on_table(at, table),
            Event::Bbo(..) | Event::Book(..) | Event::Context(..) | Event::Table(..) => {} // Others'.
            Event::Orders(updates) => self.state.account.on_updates(at.mono, updates),
            Event::Fills { snapshot, fills } => self.on_fills(at, *snapshot, fills),
            Event::Funding { snapshot, payments } => {
                self.state.account.on_funding(*snapshot, payments);
            }
            Event::Account(account) => self.on_account(at, account),
            Event::OpenOrders(open) => self.on_open_orders(at, open),
            Event::Reply(reply) => self.on_reply(at, reply),
            Event::Link(stream, link) => self.on_link(at, *stream, *link),
            Event::Garbled(stream) => self.on_garbled(*stream),
            Event::Alive(stream) => {
                trigger = Trigger::NoQuoteChange;
                self.on_alive(at, *stream);
            }
            Event::Health(health) => self.on_health(at.mono, *health),
            Event::Wake => trigger = self.on_wake(at.mono),
            Event::Command(command) => self.on_command(at.mono, *command),
        }
        self.decide(at, trigger, out);
        self.wish_for_lists(at.mono);
    }

    /// Notes whether the venue's own lists are needed: at once after a link came up, and after a doubt
    /// ever less often.
    fn wish_for_lists(&mut self, now: Mono) {
        let EngineState { liveness, account, .. } = &self.state;
        if liveness.misses_lists() {
            self.lists.on_missed(now);
        } else {
            let landed = |listed| account.orders.has_landed(listed, now);
            self.lists.step(now, || account.need_lists(), landed);
        }
    }

    /// Steps the kill switch, drafts what is to be done, and does it, as far as the event needs it.
    fn decide(&mut self, at: Stamp, trigger: Trigger, out: &mut Requests) {
        self.state.account.orders.mark_overdue_unknown(at.mono, PATIENCE);
        self.look_at_the_limit(at.mono);
        let need = trigger.need(&self.state, at.mono, self.kill_judged_at);
        if need == Need::Nothing {
            return;
        }
        let turned = self.judge(at);
        if turned || need == Need::Decide {
            let mut draft = Draft::default();
            self.state.draft(at, &mut draft);
            self.state.commit(at, &draft, out);
        }
    }

    /// Steps the kill switch; another state forces both sides to requote: true.
    fn judge(&mut self, at: Stamp) -> bool {
        let inputs = self.kill_inputs(at);
        (self.kill_inputs, self.kill_judged_at) = (Some(inputs), at.mono);
        let before = self.state.kill.at().state;
        let turned = self.state.kill.step(at.mono.ms(), &inputs).state != before;
        if turned {
            self.state.force_requote = [true; 2];
            if !self.state.is_coming_home() || self.kill().state == KillState::Flatten {
                // Whatever was tried before: closing begins with cancelling everything.
                self.state.flatten = Flatten::default();
            }
        }
        turned
    }

    fn kill_inputs(&self, at: Stamp) -> KillInputs {
        let now = at.mono;
        let EngineState { setup, account, liveness, .. } = &self.state;
        let pos = account.position.pos();
        let doubt = account.orders.oldest_unknown();
        // Before the link was ever up there are no data to be old.
        let up_ms = liveness.up_ms(now);
        KillInputs {
            equity: self.state.equity(),
            share: Q24::ratio(pos.e8(), setup.sizing.position_max.e8()),
            lots: self.state.lots(),
            age_ms: up_ms.map(|_| self.state.age_ms(now)),
            rejects: account.rejects(now),
            deviation: self.deviation(),
            clock_ms: self.clock_ms(),
            working: !account.is_clear(),
            utc_day: at.wall.ms() / DAY_MS,
            external: ExternalConditions {
                doubt_ms: doubt.map_or(0, |since| now.since(since).ms()),
                mismatch: self.position_mismatch.is_found(),
                absent_ms: up_ms.filter(|_| self.lacks_source()).unwrap_or(0),
                budget: account.budget.quota(),
                budget_short: account.budget.is_short(),
                slow_ms: self.feed_delay.slow_ms(now),
                price: self.state.market.trust(now),
                command: self.state.command,
            },
        }
    }

    /// How far fair lies from the oracle.
    fn deviation(&self) -> Option<Bps> {
        let oracle = self.state.market.context()?.oracle;
        let fair = self.state.market.fair()?;
        (Px::ZERO < oracle).then(|| oracle.bps_to(fair).abs())
    }

    /// The offset of our clock, where the session is live: a recording's clocks are not ours.
    fn clock_ms(&self) -> Option<u64> {
        self.venue_time.offset_ms().filter(|_| self.state.setup.live)
    }

    /// Whether a metric has no source that a live session must have.
    fn lacks_source(&self) -> bool {
        let oracle = self.state.market.context().is_some_and(|context| Px::ZERO < context.oracle);
        self.state.setup.live && !(oracle && self.clock_ms().is_some())
    }

    /// When the engine wants to be woken if nothing happens before.
    #[must_use]
    pub fn wake(&self) -> Mono {
        self.woken + WAKE
    }

    /// The parameters of the table the engine needs: it has none, or its estimates have moved away
    /// from it. At most one a second; the cold thread builds it and it returns as an event.
    #[must_use]
    pub fn table_wish(&self, now: Mono) -> Option<TableParams> {
        let rested = TABLE_REST <= now.since(self.table_at);
        (self.state.table.is_none() || self.is_table_stale && rested).then(|| self.table_params())
    }

    fn table_params(&self) -> TableParams {
        let EngineState { setup, table, .. } = &self.state;
        let Estimates { sigma_q44, kappa_q44, a_q44 } = self.estimates;
        let half = glft::half_width(setup.sizing.limit_lots());
        TableParams {
            seq: 1 + table.as_ref().map_or(0, |table| table.params.seq),
            g_q44: setup.config.g_q44,
            x_q44: setup.config.g_q44,
            kappa_q44,
            a_q44,
            sigma_q44,
            fee_ubps: setup.spec.fee_maker.ubps(),
            half: u64::try_from(half).expect("at most HALF_MAX"),
        }
    }

    fn is_ours(&self, coin: CoinIx) -> bool {
        coin == self.state.setup.coin
    }

    fn on_bbo(&mut self, at: Stamp, bbo: &Bbo) {
        if self.is_of_its_time(at, BookStream::Bbo, bbo.venue) {
            self.state.market.on_bbo(at, bbo);
        }
    }

    fn on_book(&mut self, at: Stamp, frame: &BookFrame) {
        if self.is_of_its_time(at, BookStream::Book, frame.venue) {
            self.state.market.on_book(at, frame);
        }
    }

    /// Whether the book is to hear of a frame, judged by its time alone.
    fn is_of_its_time(&mut self, at: Stamp, stream: BookStream, venue: WallMs) -> bool {
        match self.venue_time.on_frame(at, stream, venue) {
            FrameTime::Taken => true,
            FrameTime::Refused => false,
            FrameTime::Moved => {
                self.state.market.forget_book();
                true
            }
        }
    }

    fn on_trades(&mut self, at: Stamp, coin: CoinIx, trades: &[Trade]) {
        if !self.is_ours(coin) {
            return;
        }
        let bursts = self.state.market.on_trades(at, trades);
        for (cascade, burst) in self.state.cascade.iter_mut().zip(bursts) {
            if let Some(level) = burst {
                cascade.on_burst(at.mono.ms(), level);
            }
        }
    }

    fn on_table(&mut self, at: Stamp, table: &Table) {
        self.state.table = Some(*table);
        self.table_at = at.mono;
        self.is_table_stale = false;
        self.state.market.set_sigma(table.params.sigma_q44);
    }

    fn on_fills(&mut self, at: Stamp, snapshot: bool, fills: &[Fill]) {
        let EngineState { account, gateway, cascade, setup, priority_side, force_requote, .. } =
            &mut self.state;
        if snapshot && account.position.count() == 0 && gateway.orders_named() == 0 {
            account.skip_fills(fills); // What was filled before the session is in its opening.
            return;
        }
        let summary = account.on_fills(at.mono, fills);
        for side in Side::BOTH {
            if 0 < summary.new_by_side[side.index()] {
                *priority_side = side.other();
                *force_requote = [true; 2];
                cascade[side.index()].on_sweep(at.mono.ms(), &summary.sweeps[side.index()]);
            }
        }
        for fill in &account.new_fills {
            let size = fill.qty.signed(Side::Bid).in_lots(setup.sizing.lot);
            cascade[fill.side.index()].on_fill(at.mono.ms(), size);
        }
    }

    fn on_account(&mut self, at: Stamp, snapshot: &AccountSnapshot) {
        let held = snapshot.holdings.iter().find(|held| self.is_ours(held.coin));
        let venue_position = held.map_or(Pos::FLAT, |held| held.pos);
        let ours = self.state.account.position.pos();
        if self.position_mismatch.on_account(at.mono, ours, venue_position) {
            let mark = self.state.valuation_px();
            self.state.account.adopt(venue_position, mark);
        }
    }

    fn on_open_orders(&mut self, at: Stamp, open: &[OpenOrder]) {
        let asked = self.lists.on_lists(at.mono);
        self.state.account.on_open_orders(at.mono, asked, open);
        self.state.liveness.on_open_orders(asked);
        self.position_mismatch.on_open_orders();
    }

    fn on_reply(&mut self, at: Stamp, reply: &Reply<'_>) {
        if reply.body == ReplyBody::Rejected(RejectReason::Schedule) {
            self.state.dead_man = DeadMan::NotGranted;
        }
        self.state.account.on_reply(at.mono, reply);
    }

    fn on_link(&mut self, at: Stamp, stream: Stream, link: Link) {
        let was_lost = self.state.liveness.is_orders_link_lost();
        self.state.liveness.on_link(at.mono, stream, link);
        match (stream, link) {
            (Stream::Market, Link::Down) => self.state.market.on_link_down(),
            (Stream::Market, Link::Up) => self.state.market.on_link_up(at),
            (Stream::Orders, Link::Down) if !was_lost => self.state.account.orders.on_link_lost(),
            (Stream::Orders, Link::Up) if was_lost => self.on_orders_link_found(),
            (Stream::Orders, Link::Down | Link::Up) => {}
        }
    }

    /// Whatever waited for the link goes out at once; a refresh of the scheduled cancel may be lost.
    fn on_orders_link_found(&mut self) {
        let EngineState { account, dead_man, .. } = &mut self.state;
        account.orders.on_link_found();
        account.orders_rest = OrdersRest::default();
        if matches!(dead_man, DeadMan::Set(_)) {
            *dead_man = DeadMan::Off;
        }
    }

    fn on_garbled(&mut self, stream: Stream) {
        // On the market's stream it may have been a fill or an update of an order.
        self.state.account.needs_resync |= stream == Stream::Market;
    }

    fn on_alive(&mut self, at: Stamp, stream: Stream) {
        if stream == Stream::Market {
            self.state.market.on_alive(at);
        }
    }

    fn on_health(&mut self, now: Mono, health: Health) {
        match health {
            Health::Slow(slow) => self.feed_delay.on_health(now, slow),
            Health::Quota { used, cap } => self.state.account.budget.count(used, cap),
        }
    }

    /// Steps the estimators once a second. Whether there is something to quote from that was not there
    /// before: a second has passed, or fair moved.
    fn on_wake(&mut self, now: Mono) -> Trigger {
        self.woken = now;
        let EngineState { market, account, setup, .. } = &mut self.state;
        account.needs_resync |= self.position_mismatch.is_due(now);
        let before = market.fair();
        market.on_time(now);
        let moved = before != market.fair();
        let share = Q24::ratio(account.position.pos().e8(), setup.sizing.position_max.e8());
        let estimates = market.is_due(now).then(|| market.on_second(now, share)).flatten();
        if let Some(estimates) = estimates {
            self.estimates = estimates;
            account.budget.spend(now, 0); // Lets the hour pass.
            let wish = self.table_params();
            let table = self.state.table.as_ref();
            self.is_table_stale = table.is_some_and(|table| glft::is_stale(&table.params, &wish));
        }
        if moved || estimates.is_some() { Trigger::QuoteChange } else { Trigger::Wake }
    }

    /// The last quote, component by component.
    #[must_use]
    pub fn quote(&self) -> Option<&quote::Quote> {
        self.state.quote.as_ref()
    }

    /// How far the quote would lean at an inventory: negative when long. None before a table came.
    #[must_use]
    pub fn skew_at(&self, n: Lots) -> Option<Bps> {
        let [bid, ask] = quote::distances(&self.state.setup, self.state.table.as_ref()?, n);
        Some(Bps::from_ubps((ask.distance - bid.distance).ubps() / 2))
    }

    /// The table that quotes are made from.
    #[must_use]
    pub fn table(&self) -> Option<&Table> {
        self.state.table.as_ref()
    }

    /// The cascade detector of each side.
    #[must_use]
    pub fn cascade(&self) -> &[Cascade; 2] {
        &self.state.cascade
    }

    /// What the market was measured to be.
    #[must_use]
    pub fn estimates(&self) -> &Estimates {
        &self.estimates
    }

    /// What is believed about the market.
    #[must_use]
    pub fn market(&self) -> &MarketState {
        &self.state.market
    }

    /// The order gateway, for its counts.
    #[must_use]
    pub fn gateway(&self) -> &OrderGateway {
        &self.state.gateway
    }

    /// What the kill switch looked at last.
    #[must_use]
    pub fn judged(&self) -> Option<&KillInputs> {
        self.kill_inputs.as_ref()
    }

    /// The kill switch itself: its peaks.
    #[must_use]
    pub fn kill_switch(&self) -> &Kill {
        &self.state.kill
    }

    /// The state of the kill switch, and the reason for it.
    #[must_use]
    pub fn kill(&self) -> KillStatus {
        self.state.kill.at()
    }

    /// What the engine was set up with.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.state.setup
    }

    /// Position, orders and budget.
    #[must_use]
    pub fn account(&self) -> &AccountState {
        &self.state.account
    }

    /// Capital and PnL, the position valued at the worse of fair and mark.
    #[must_use]
    pub fn equity(&self) -> Usd {
        self.state.equity()
    }

    /// PnL since the beginning, fees taken off, the position at fair.
    #[must_use]
    pub fn pnl(&self) -> Usd {
        self.state.account.position.pnl(self.state.valuation_px())
    }

    /// Where the venue's scheduled cancel stands.
    #[must_use]
    pub fn dead_man(&self) -> DeadMan {
        self.state.dead_man
    }

    /// Our position as the venue last told it.
    #[must_use]
    pub fn venue_position(&self) -> Option<Pos> {
        self.position_mismatch.venue_position()
    }

    /// Whether what the venue did contradicts what we believe: its own lists must be read.
    #[must_use]
    pub fn must_sync(&self) -> bool {
        self.lists.is_wished()
    }

    /// Whether risk has halted the session.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.kill().state == KillState::Halted
    }

    /// Whether the venue has said that it does not know who signs: nothing is placed any more (MODEL
    /// 5.8).
    #[must_use]
    pub fn is_signer_refused(&self) -> bool {
        self.state.account.signer_refused
    }
}

#[cfg(test)]
mod tests;
