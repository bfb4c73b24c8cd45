//! One session of one quoter in a simulated market, in virtual time, and its score.
//!
//! The quoter hears only what the venue would say. The same seed gives every quoter the same
//! prices and the same taker orders.

mod courier;
mod quoter;
mod score;
#[cfg(test)]
mod tests;

pub use quoter::Quoter;
pub use score::Outcome;

use crate::drive::live::cold::table;
use crate::engine::{Config, Sizing};
use crate::market::event::Context;
use crate::market::{
    Address, BookFrame, CoinIx, Event, Link, OpenOrder, Request, Requests, Spec, Stream,
};
use crate::num::unit::E8;
use crate::num::{Mono, Nanos, Px, Stamp, Usd, WallMs};
use crate::sim::{
    Envelope, Exchange, ExchangeConfig, Flow, Ground, Happening, Output, Rules, Scenario, World,
};
use courier::News;
use score::Score;
use std::collections::VecDeque;

/// When sessions begin: 13:24:02 on 24 February 2026.
const START: WallMs = WallMs::from_ms(1_771_939_442_000);
/// Price of HYPE at the start (SCENARIOS 1).
const PRICE: Px = Px::from_e8(2_620_000_000);
/// Decimals of a size of HYPE.
const SZ_DECIMALS: u32 = 2;
/// Leverage.
const LEVERAGE: u32 = 10;
/// From a request to the exchange (SCENARIOS 1).
const ORDER_LATENCY: Nanos = Nanos::from_millis(200);
/// Time between snapshots of the book.
const BOOK_EVERY_MS: u64 = 5_400;
/// The account.
const ACCOUNT: Address = Address([0x42; 20]);
/// Requests that an account which asks for no limit may make.
const UNLIMITED: u64 = u64::MAX / 4;

/// A session to play.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The market.
    pub scenario: Scenario,
    /// Its seed.
    pub seed: u64,
    /// Whether the request budget holds. The old system had none.
    pub budget: bool,
}

/// What a quoter is told before it begins.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// The coin's index in events.
    pub coin: CoinIx,
    /// Rules and fees of the instrument.
    pub spec: Spec,
    /// Order size and position limit.
    pub sizing: Sizing,
    /// The price at the start.
    pub px: Px,
    /// The money there is.
    pub capital: Usd,
}

impl Stage {
    /// The stage of a scenario under `config`.
    ///
    /// # Panics
    /// If the capital is too small for the instrument: the settings are refused before.
    #[must_use]
    pub fn of(scenario: Scenario, config: &Config) -> Stage {
        let [fee_maker, fee_taker] = scenario.fees();
        let mut exchange = ExchangeConfig::bare(0, START);
        let asset = exchange.add(0, "HYPE", SZ_DECIMALS, LEVERAGE, PRICE);
        let spec =
            Spec { asset, sz_decimals: SZ_DECIMALS, leverage_max: LEVERAGE, fee_maker, fee_taker };
        let sizing = Sizing::of(config.capital, config.multiple, &spec, PRICE);
        let sizing = sizing.expect("the capital of a scenario is enough for its instrument");
        Stage { coin: CoinIx(0), spec, sizing, px: PRICE, capital: config.capital }
    }
}

/// Plays a session to its end.
pub fn play(terms: &Terms, stage: &Stage, config: &Config, quoter: &mut impl Quoter) -> Outcome {
    let mut arena = Arena::new(terms, stage, config, quoter);
    arena.open();
    while arena.exchange.next_block() < arena.end {
        arena.block();
    }
    arena.score.outcome(&arena.world)
}

/// A running session.
struct Arena<'q, Q> {
    quoter: &'q mut Q,
    stage: Stage,
    exchange: Exchange,
    world: World,
    end: WallMs,
    flows: Vec<Flow>,
    news: Vec<Output>,
    told: News,
    out: Requests,
    sent: VecDeque<(WallMs, Envelope)>, // With the time of arrival.
    nonce: u64,
    book_due: WallMs,
    frame: Box<BookFrame>,
    score: Score,
}

impl<'q, Q: Quoter> Arena<'q, Q> {
    fn new(terms: &Terms, stage: &Stage, config: &Config, quoter: &'q mut Q) -> Arena<'q, Q> {
        let Terms { scenario, seed, budget } = *terms;
        let ground = Ground { spec: stage.spec, px: stage.px };
        Arena {
            quoter,
            stage: *stage,
            exchange: Exchange::new(exchange(stage, seed, budget.then_some(config))),
            world: World::new(scenario, seed, START, ground),
            end: START.plus_ms(scenario.length_ms()),
            flows: Vec::new(),
            news: Vec::new(),
            told: News::new(stage.coin),
            out: Requests::new(),
            sent: VecDeque::new(),
            nonce: START.ms(),
            book_due: START,
            frame: Box::new(BookFrame::EMPTY),
            score: Score::new(stage, config),
        }
    }

    /// The links come up, and the account is empty.
    fn open(&mut self) {
        self.exchange.open_account(ACCOUNT);
        for stream in [Stream::Market, Stream::Orders] {
            self.step(START, &Event::Link(stream, Link::Up));
        }
        self.step(START, &Event::OpenOrders(&[]));
        self.serve(START);
    }

    /// Everything up to and including the next block.
    fn block(&mut self) {
        let at = self.exchange.next_block();
        self.wake(at);
        while let Some((_, envelope)) = self.sent.pop_front_if(|(arrives, _)| *arrives <= at) {
            self.exchange.submit(at, envelope, &mut self.news);
        }
        let fair = self.world.fair();
        self.world.next(at, &mut self.flows);
        let mut marked = false;
        for flow in self.flows.drain(..) {
            marked |= matches!(flow.what, Happening::Marks { .. });
            self.exchange.apply(flow, &mut self.news);
        }
        self.exchange.advance(at, &mut self.news);
        for output in self.news.drain(..) {
            self.told.take(output);
        }
        self.score.fills(&self.told.fills, fair);
        self.tell(at);
        self.snapshots(at, marked);
        self.serve(at);
        let resting = self.exchange.resting(ACCOUNT, self.stage.spec.asset);
        self.score.look(
            at.ms_since(START).unsigned_abs(),
            self.world.fair(),
            resting,
            &*self.quoter,
        );
    }

    /// Wakes the quoter when it wants to be before a block.
    fn wake(&mut self, block: WallMs) {
        let until = mono(block);
        while let Some(wake) = self.quoter.wake().filter(|wake| *wake < until) {
            let wall = START.plus_ms(wake.ms());
            self.turn(Stamp { mono: wake, wall }, &Event::Wake);
        }
    }

    /// Tells what a block brought, in the order in which the venue does.
    fn tell(&mut self, at: WallMs) {
        let mut told = std::mem::replace(&mut self.told, News::new(self.stage.coin));
        told.events(|event| self.step(at, event));
        told.clear();
        self.told = told;
    }

    /// The book when a snapshot is due, and the context after marks moved.
    fn snapshots(&mut self, at: WallMs, marked: bool) {
        let asset = self.stage.spec.asset;
        if self.book_due <= at {
            self.book_due = at.plus_ms(BOOK_EVERY_MS);
            let mut frame = std::mem::replace(&mut self.frame, Box::new(BookFrame::EMPTY));
            self.exchange.book(asset, false, &mut frame);
            self.step(at, &Event::Book(self.stage.coin, &frame));
            self.frame = frame;
        }
        if let Some(view) = self.exchange.context(asset).filter(|_| marked) {
            let context = Context { mark: view.mark, oracle: view.oracle, funding: view.funding };
            self.step(at, &Event::Context(self.stage.coin, &context));
        }
    }

    /// What the cold thread would do: tables, and the venue's own lists when they are wanted.
    fn serve(&mut self, at: WallMs) {
        if let Some(params) = self.quoter.table_wish(mono(at))
            && let Ok(table) = table(&params)
        {
            self.step(at, &Event::Table(self.stage.coin, &table));
        }
        if self.quoter.must_sync() {
            let open: Vec<OpenOrder> = self
                .exchange
                .open_orders(ACCOUNT, 0)
                .iter()
                .map(|view| courier::open(&view.news, self.stage.coin))
                .collect();
            self.step(at, &Event::OpenOrders(&open));
        }
    }

    /// One step of the quoter at a wall time.
    fn step(&mut self, at: WallMs, event: &Event<'_>) {
        self.turn(Stamp { mono: mono(at), wall: at }, event);
    }

    /// One step of the quoter; what it makes is on its way.
    fn turn(&mut self, at: Stamp, event: &Event<'_>) {
        self.out.clear();
        self.quoter.step(at, event, &mut self.out);
        for request in &self.out {
            self.score.requested(request);
            self.nonce = (self.nonce + 1).max(at.wall.ms());
            let arrives = at.wall.plus_ms(ORDER_LATENCY.ms());
            self.sent.push_back((arrives, envelope(request, self.nonce)));
        }
    }
}

/// The session's time of a wall time.
fn mono(at: WallMs) -> Mono {
    Mono::START + Nanos::from_millis(at.ms_since(START).unsigned_abs())
}

/// The exchange of a stage: one market, one dex, the capital in it.
fn exchange(stage: &Stage, seed: u64, budget: Option<&Config>) -> ExchangeConfig {
    let mut config = ExchangeConfig::bare(seed, START);
    config.add(0, "HYPE", stage.spec.sz_decimals, stage.spec.leverage_max, stage.px);
    config.markets[0].spec = stage.spec;
    config.dexes[0].deposit = stage.capital;
    config.rules = Rules {
        // The steady state: what was traded within the hour, and the little it takes to begin.
        budget_initial: budget.map_or(UNLIMITED, |config| u64::from(config.budget.grace)),
        budget_hourly: budget.is_some(),
        funding: false,
        liquidation: false,
        ..Rules::default()
    };
    config
}

/// A request as the exchange takes it.
fn envelope(request: &Request, nonce: u64) -> Envelope {
    Envelope {
        ticket: request.id.0,
        signer: ACCOUNT,
        nonce,
        expires: request.expires,
        vault: None,
        command: courier::command(request),
    }
}

/// Dollars in a whole.
fn dollars(usd: Usd) -> f64 {
    usd.e8() as f64 / E8 as f64
}
