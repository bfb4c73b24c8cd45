//! What came of a session, counted outside the quoter: from the exchange's fills and the true price.

use super::ScoredStrategy;
use crate::backtest::session::SharedWorld;
use crate::engine::Setup;
use crate::market::{Fill, Tid};
use crate::market::{KillReason, KillState};
use crate::num::unit::E8;
use crate::num::{Pos, Px, Q24, Qty, Stamp, Usd};
use crate::risk::{ExternalConditions, Kill, KillInputs};
use crate::session::simulated::VenueTruth;
use std::sync::PoisonError;

/// The share of the position limit above which time is counted.
const OVER: f64 = 0.45;
/// Milliseconds of an hour.
const HOUR_MS: f64 = 3.6e6;
/// Milliseconds between samples of the response.
const SAMPLE_MS: u64 = 1_000;

/// What came of a session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Profit after fees, the position valued at the true price, in dollars.
    pub pnl_usd: f64,
    /// Position at the end, as a share of its limit, signed.
    pub end_q: f64,
    /// Largest position, as a share of its limit.
    pub max_q: f64,
    /// Largest fall below the peak of equity, as a share of that peak.
    pub drawdown: f64,
    /// Share of the time with more than 45 % of the limit.
    pub time_over_45: f64,
    /// Number of fills of the account.
    pub fills: f64,
    /// Size times distance from the true price at the fill, less fees, in dollars.
    pub net_capture_usd: f64,
    /// Why its own kill switch closed it, if it did.
    pub halted: Option<KillReason>,
    /// Whether the kill switch of MODEL 5 would have.
    pub killed: bool,
    /// Responses to a trend against the position: least, sum, most, and how many.
    pub response: [f64; 4],
    /// Share of the time, outside PULL and HALTED, with an order on at least one side.
    pub quoted_share: f64,
    /// Requests, orders and cancels counted.
    pub requests: f64,
    /// Volume of the account, in dollars.
    pub traded_usd: f64,
    /// The fewest requests that were left of those the venue grants.
    pub budget_least: f64,
    /// Length of the session, in hours.
    pub hours: f64,
}

/// The score of a session while it runs.
pub(super) struct Score {
    setup: Setup,
    pos: Pos,
    cash: Usd,
    peak: Usd,
    world: SharedWorld,
    fair: Px, // The true price after the last block.
    newest: Option<Tid>,
    shadow: Kill,
    sampled_ms: u64,
    looked_ms: u64,
    over_ms: u64,
    quoting_ms: u64,
    quoted_ms: u64,
    outcome: Outcome,
}

impl Score {
    /// Nothing has happened yet.
    pub(super) fn new(setup: &Setup, world: SharedWorld) -> Score {
        let capital = setup.config.capital;
        Score {
            setup: *setup,
            pos: Pos::FLAT,
            cash: Usd::ZERO,
            peak: capital,
            fair: fair(&world),
            world,
            newest: None,
            shadow: Kill::new(capital, setup.config.kill),
            sampled_ms: 0,
            looked_ms: 0,
            over_ms: 0,
            quoting_ms: 0,
            quoted_ms: 0,
            outcome: Outcome {
                response: [f64::MAX, 0.0, f64::MIN, 0.0],
                budget_least: f64::MAX,
                ..Outcome::default()
            },
        }
    }

    /// Looks at everything after a step of the quoter. What passed since the last look is counted
    /// to what is seen here: looks are at most a block apart.
    pub(super) fn look(
        &mut self,
        at: Stamp,
        strategy: &impl ScoredStrategy,
        venue: &impl VenueTruth,
    ) {
        self.fills(venue);
        self.fair = fair(&self.world);
        let now_ms = at.mono.ms();
        let passed_ms = now_ms - self.looked_ms;
        self.looked_ms = now_ms;
        self.money(now_ms);
        self.over_ms += if OVER < self.share().abs() { passed_ms } else { 0 };
        let kill = strategy.kill();
        match kill.state {
            KillState::Pull | KillState::Halted => {}
            KillState::Run | KillState::Reduce | KillState::Flatten => {
                let resting = venue.exchange().resting(venue.account().0, self.setup.spec.asset);
                self.quoting_ms += passed_ms;
                self.quoted_ms += if resting == [Qty::ZERO; 2] { 0 } else { passed_ms };
            }
        }
        if matches!(kill.state, KillState::Flatten | KillState::Halted) {
            self.outcome.halted = self.outcome.halted.or(kill.reason);
        }
        if self.sampled_ms + SAMPLE_MS <= now_ms {
            self.sampled_ms = now_ms;
            self.sample(strategy.response());
            let limit = venue.exchange().rate_limit(venue.account().0);
            let left = limit.cap as f64 - limit.used as f64;
            self.outcome.budget_least = self.outcome.budget_least.min(left);
            self.outcome.requests = limit.ever as f64;
        }
    }

    /// The outcome at the end.
    pub(super) fn outcome(&self) -> Outcome {
        let part = |ms: u64, of: u64| ms as f64 / of.max(1) as f64;
        Outcome {
            pnl_usd: dollars(self.pnl(self.fair)),
            end_q: self.share(),
            time_over_45: part(self.over_ms, self.looked_ms),
            quoted_share: part(self.quoted_ms, self.quoting_ms),
            hours: self.looked_ms as f64 / HOUR_MS,
            ..self.outcome
        }
    }

    /// Counts the fills since the last look against the true price before them.
    fn fills(&mut self, venue: &impl VenueTruth) {
        let fills = venue.exchange().fills(venue.account().0).map(|news| &news.fill);
        let fresh: Vec<&Fill> = fills.take_while(|fill| Some(fill.tid) != self.newest).collect();
        self.newest = fresh.first().map_or(self.newest, |fill| Some(fill.tid));
        for fill in fresh.into_iter().rev() {
            let signed = fill.qty.signed(fill.side);
            self.pos += signed;
            self.cash -= signed.value(fill.px) + fill.fee;
            let captured = signed.value(self.fair) - signed.value(fill.px) - fill.fee;
            self.outcome.fills += 1.0;
            self.outcome.net_capture_usd += dollars(captured);
            self.outcome.traded_usd += dollars(fill.px.notional(fill.qty));
        }
    }

    /// Drawdown, largest position, and the kill switch that looks on.
    fn money(&mut self, now_ms: u64) {
        let equity = self.setup.config.capital + self.pnl(self.fair);
        self.peak = self.peak.max(equity);
        let drawdown = dollars(self.peak - equity) / dollars(self.peak);
        self.outcome.drawdown = self.outcome.drawdown.max(drawdown);
        self.outcome.max_q = self.outcome.max_q.max(self.share().abs());
        self.judge(now_ms, equity);
    }

    fn pnl(&self, px: Px) -> Usd {
        self.cash + self.pos.value(px)
    }

    fn share(&self) -> f64 {
        self.pos.e8() as f64 / self.setup.sizing.position_max.e8() as f64
    }

    /// The kill switch of MODEL 5 beside the quoter, which does not hear of it.
    fn judge(&mut self, now_ms: u64, equity: Usd) {
        let inputs = KillInputs {
            equity,
            share: Q24::ratio(self.pos.e8(), self.setup.sizing.position_max.e8()),
            lots: self.pos.in_lots(self.setup.sizing.lot),
            age_ms: None,
            rejects: 0,
            deviation: None,
            clock_ms: None,
            working: false,
            utc_day: 0,
            external: ExternalConditions::default(),
        };
        let state = self.shadow.step(now_ms, &inputs).state;
        self.outcome.killed |= matches!(state, KillState::Flatten | KillState::Halted);
    }

    fn sample(&mut self, response: Option<f64>) {
        let Some(response) = response else { return };
        let [least, sum, most, count] = self.outcome.response;
        self.outcome.response =
            [least.min(response), sum + response, most.max(response), count + 1.0];
    }
}

/// The efficient price of the world, which no quoter sees.
fn fair(world: &SharedWorld) -> Px {
    world.lock().unwrap_or_else(PoisonError::into_inner).fair()
}

/// An amount in dollars, for figures.
pub fn dollars(usd: Usd) -> f64 {
    usd.e8() as f64 / E8 as f64
}
