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

pub mod config;
mod decide;
pub mod market_state;
pub mod monitor;
pub mod orders;
pub mod quote;
pub mod sizing;
pub mod view;

pub use config::{Config, Setup};
pub use sizing::{Sizing, TooSmall};
pub use view::View;

use crate::market::event::Command;
use crate::market::{CoinIx, Event, Link, Requests, Stream, Table, TableParams};
use crate::model::cascade::{Cascade, CascadeStage};
use crate::model::glft;
use crate::num::{Mono, Nanos, Q24, Side, Stamp};
use crate::risk::{Flatten, Kill, KillInputs, Limits};
use decide::Pause;
use market_state::{Estimates, MarketState};
use orders::account::AccountState;
use orders::reconcile::Plan;
use orders::requests::OrderGateway;

/// The engine wakes at least this often: the kill switch looks ten times a second (MODEL 5).
const WAKE: Nanos = Nanos::from_millis(100);

/// Tables are rebuilt at most this often (MODEL 1.6).
pub const TABLE_REST: Nanos = Nanos::from_secs(1);

/// Where the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// Quoting, as far as risk allows.
    Trading,
    /// A person asked us to stop: everything is being cancelled.
    Stopping,
}

/// The market maker of one instrument.
#[derive(Clone, Debug)]
pub struct Engine {
    setup: Setup,
    market: MarketState,
    account: AccountState,
    table: Option<Table>,
    gateway: OrderGateway,
    /// What the last event made us want to send; kept, so that no event has to make room for it.
    plan: Plan,
    limits: Limits,
    kill: Kill,
    stage: Lifecycle,
    links: [Link; 2],
    quote: Option<quote::Quote>,
    /// A side whose orders must move whatever the threshold: something happened.
    force_requote: [bool; 2],
    /// The side that is served first: the one that was not hit.
    priority_side: Side,
    woken: Mono,
    garbled: u64,
    command: Option<Command>,
    flatten: Option<Flatten>,
    overdraft_next: Mono,
    /// Whether the venue's own lists were read since the links came up.
    synced: bool,
    table_at: Mono,
    stale: bool,
    kill_inputs: Option<KillInputs>,
    kill_judged_at: Mono,
    /// One detector a side.
    cascade: [Cascade; 2],
    stages: [CascadeStage; 2],
    estimates: Estimates,
    monitor: monitor::Monitor,
}

impl Engine {
    /// An engine that has not heard anything yet. It quotes once both links are up, the book has two
    /// sides and a table has come.
    #[must_use]
    pub fn new(setup: Setup) -> Engine {
        let cascade = setup.config.cascade.for_limit(setup.sizing.limit_lots());
        Engine {
            setup,
            market: MarketState::new(&setup.config, setup.sizing.lot),
            account: AccountState::open(setup.coin, setup.pos, setup.mark),
            table: None,
            gateway: OrderGateway::new(setup.spec.asset, setup.tag),
            plan: Plan::default(),
            limits: Limits { position_max: setup.sizing.position_max },
            kill: Kill::new(setup.config.capital, setup.config.kill),
            stage: Lifecycle::Trading,
            links: [Link::Down; 2],
            quote: None,
            force_requote: [true; 2],
            priority_side: Side::Bid,
            woken: Mono::START,
            garbled: 0,
            command: None,
            flatten: None,
            overdraft_next: Mono::START,
            synced: false,
            table_at: Mono::START,
            stale: false,
            kill_inputs: None,
            kill_judged_at: Mono::START,
            cascade: [Cascade::new(cascade), Cascade::new(cascade)],
            stages: [CascadeStage::Normal; 2],
            estimates: Estimates {
                sigma_q44: setup.config.vol.prior_q44,
                kappa_q44: setup.config.intensity.prior.kappa_q44,
                a_q44: setup.config.intensity.prior.a_q44,
            },
            monitor: monitor::Monitor::default(),
        }
    }

    /// One turn: takes what happened at `at` and appends what is to be sent to `out`.
    pub fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        // Trades and pongs move no quote, unless a cascade begins with them.
        let word = matches!(event, Event::Trades(..) | Event::Alive(_));
        let mut pause = if word { Pause::NoQuoteChange } else { Pause::None };
        match event {
            Event::Bbo(coin, bbo) if self.is_ours(*coin) => self.on_bbo(at, bbo),
            Event::Bbo(coin, bbo) if Some(*coin) == self.setup.reference => {
                self.market.on_reference(at, bbo);
            }
            Event::Book(coin, frame) if self.is_ours(*coin) => self.on_book(at, frame),
            Event::Trades(coin, trades) if self.is_ours(*coin) => self.on_trades(at, trades),
            Event::Context(coin, of) if self.is_ours(*coin) => self.market.on_context(at, of),
            Event::Table(coin, table) if self.is_ours(*coin) => self.on_table(at, table),
            Event::Bbo(..)
            | Event::Book(..)
            | Event::Context(..)
            | Event::Table(..)
            | Event::Trades(..) => {} // Of another coin.
            Event::Orders(news) => self.account.on_updates(at.mono, news),
            Event::Fills { snapshot, fills } => self.on_fills(at, *snapshot, fills),
            Event::Funding { snapshot, payments } => {
                self.account.on_funding(*snapshot, payments);
            }
            Event::Account(account) => self.on_account(at, account),
            Event::OpenOrders(open) => self.on_open_orders(at, open),
            Event::Reply(reply) => self.on_reply(at, reply),
            Event::Link(stream, link) => self.on_link(at, *stream, *link),
            Event::Garbled(stream) => self.on_garbled(*stream),
            Event::Alive(stream) => self.on_alive(at, *stream),
            Event::Health(vital) => self.on_health(at.mono, *vital),
            Event::Wake if self.on_wake(at.mono) => {}
            Event::Wake => pause = Pause::Wake,
            Event::Command(command) => self.on_command(*command),
        }
        self.decide(at, pause, out);
    }

    /// When the engine wants to be woken if nothing happens before.
    #[must_use]
    pub fn wake(&self) -> Mono {
        self.woken + WAKE
    }

    /// The table the engine would have, when it has none or the market has moved away from it; at
    /// most one a second. Built on the cold thread, it comes back as an event.
    #[must_use]
    pub fn table_wish(&self, now: Mono) -> Option<TableParams> {
        let rested = TABLE_REST <= now.since(self.table_at);
        (self.table.is_none() || self.stale && rested).then(|| self.wish())
    }

    fn wish(&self) -> TableParams {
        let g_q44 = self.setup.config.g_q44;
        let Estimates { sigma_q44, kappa_q44, a_q44 } = self.estimates;
        let half = glft::half_width(self.setup.sizing.limit_lots());
        TableParams {
            seq: 1 + self.table.as_ref().map_or(0, |table| table.params.seq),
            g_q44,
            x_q44: g_q44,
            kappa_q44,
            a_q44,
            sigma_q44,
            fee_ubps: self.setup.spec.fee_maker.ubps(),
            half: u64::try_from(half).expect("at most HALF_MAX"),
        }
    }

    fn is_ours(&self, coin: CoinIx) -> bool {
        coin == self.setup.coin
    }

    fn on_table(&mut self, at: Stamp, table: &Table) {
        self.table = Some(*table);
        self.table_at = at.mono;
        self.stale = false;
        self.market.set_sigma(table.params.sigma_q44);
    }

    /// Whether the market has moved away from the table.
    fn compare_table(&mut self) {
        let wish = self.wish();
        self.stale = self.table.as_ref().is_some_and(|table| glft::is_stale(&table.params, &wish));
    }

    fn on_fills(&mut self, at: Stamp, snapshot: bool, fills: &[crate::market::Fill]) {
        if snapshot && self.account.position.count() == 0 && self.gateway.orders_named() == 0 {
            self.account.skip_fills(fills); // What was filled before the session is in its opening.
            return;
        }
        let taken = self.account.on_fills(at.mono, fills);
        for side in Side::BOTH {
            if 0 < taken.new_by_side[side.index()] {
                self.priority_side = side.other();
                self.force_requote = [true; 2];
                self.cascade[side.index()].on_sweep(at.mono.ms(), &taken.sweeps[side.index()]);
            }
        }
        for fill in &self.account.new_fills {
            let size = fill.qty.signed(Side::Bid).in_lots(self.setup.sizing.lot);
            self.cascade[fill.side.index()].on_fill(at.mono.ms(), size);
        }
    }

    fn on_trades(&mut self, at: Stamp, trades: &[crate::market::Trade]) {
        let bursts = self.market.on_trades(at, trades);
        for (cascade, burst) in self.cascade.iter_mut().zip(bursts) {
            if let Some(level) = burst {
                cascade.on_burst(at.mono.ms(), level);
            }
        }
    }

    /// Whether there is something new to quote from: a second has passed, or fair moved.
    fn on_wake(&mut self, now: Mono) -> bool {
        self.woken = now;
        self.account.needs_resync |= self.position_differs(now);
        let before = self.market.fair();
        self.market.on_time(now);
        let moved = before != self.market.fair();
        if !self.market.is_due(now) {
            return moved;
        }
        let limit = self.setup.sizing.position_max.e8();
        let share = Q24::ratio(self.account.position.pos().e8(), limit);
        let Some(measured) = self.market.on_second(now, share) else { return moved };
        self.estimates = measured;
        self.compare_table();
        self.account.budget.spend(now, 0); // Lets the hour pass.
        true
    }

    fn on_link(&mut self, at: Stamp, stream: Stream, link: Link) {
        self.links[stream.index()] = link;
        match (stream, link) {
            (Stream::Market, Link::Down) => {
                self.market.on_link_down();
                self.synced = false; // Fills and news of orders are missed from here on.
            }
            (Stream::Orders, Link::Down) => self.account.orders.mark_all_unknown(at.mono),
            (Stream::Market, Link::Up) => {
                self.monitor.link_up_since.get_or_insert(at.mono);
                self.market.on_alive(at);
            }
            (Stream::Orders, Link::Up) => {}
        }
    }

    fn on_garbled(&mut self, stream: Stream) {
        self.garbled += 1;
        // On the market's stream it may have been a fill or news of an order.
        self.account.needs_resync |= stream == Stream::Market;
    }

    fn on_alive(&mut self, at: Stamp, stream: Stream) {
        if stream == Stream::Market {
            self.market.on_alive(at);
        }
    }
}

#[cfg(test)]
mod tests;
