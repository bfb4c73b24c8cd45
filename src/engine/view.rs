//! What the engine believed and wanted after a step: for the journal, the screen and the report.

use super::market_state::{Estimates, MarketState};
use super::orders::account::AccountState;
use super::orders::requests::OrderGateway;
use super::{Engine, Lifecycle, Setup, quote};
use crate::market::Table;
use crate::market::{KillState, KillStatus};
use crate::model::cascade::Cascade;
use crate::num::{Bps, Lots, Pos, Px, Usd};
use crate::risk::{Kill, KillInputs};

/// A snapshot of belief and wish. Prices that are not there are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Middle of the spread.
    pub mid: Px,
    /// Fair price.
    pub fair: Px,
    /// The nearest bid wanted.
    pub bid: Px,
    /// The nearest ask wanted.
    pub ask: Px,
    /// Position.
    pub pos: Pos,
    /// PnL since the beginning, fees taken off, the position at fair.
    pub pnl: Usd,
    /// Fees paid.
    pub fees: Usd,
    /// How far the quote leans: negative when long.
    pub skew: Bps,
    /// The kill switch.
    pub kill: KillState,
    /// Requests sent.
    pub requests: u64,
    /// Dollars traded.
    pub volume: Usd,
}

impl Engine {
    /// What is believed and wanted.
    #[must_use]
    pub fn view(&self) -> View {
        let position = &self.account.position;
        let mid = self.market.book().mid().unwrap_or_default();
        let fair = self.market.fair().unwrap_or_default();
        let shown =
            |index: usize| self.quote.map(|quote| quote.sides[index].px).unwrap_or_default();
        View {
            mid,
            fair,
            bid: shown(0),
            ask: shown(1),
            pos: position.pos(),
            pnl: position.pnl(self.valuation_px()),
            fees: position.fees(),
            skew: self.quote.map(|quote| quote.skew()).unwrap_or_default(),
            kill: self.kill.at().state,
            requests: self.account.budget.total_spent(),
            volume: position.volume(),
        }
    }

    /// The last quote, component by component.
    #[must_use]
    pub fn quote(&self) -> Option<&quote::Quote> {
        self.quote.as_ref()
    }

    /// How far the quote would lean at an inventory: negative when long. None before a table came.
    #[must_use]
    pub fn skew_at(&self, n: Lots) -> Option<Bps> {
        let [bid, ask] = quote::distances(&self.setup, self.table.as_ref()?, n);
        Some(Bps::from_ubps((ask.distance - bid.distance).ubps() / 2))
    }

    /// The table in use.
    #[must_use]
    pub fn table(&self) -> Option<&Table> {
        self.table.as_ref()
    }

    /// Where the cascade detector of each side stands.
    #[must_use]
    pub fn cascade(&self) -> &[Cascade; 2] {
        &self.cascade
    }

    /// What the market was measured to be.
    #[must_use]
    pub fn estimates(&self) -> &Estimates {
        &self.estimates
    }

    /// What is believed about the market.
    #[must_use]
    pub fn market(&self) -> &MarketState {
        &self.market
    }

    /// The desk's counts.
    #[must_use]
    pub fn gateway(&self) -> &OrderGateway {
        &self.gateway
    }

    /// What the kill switch looked at last.
    #[must_use]
    pub fn judged(&self) -> Option<&KillInputs> {
        self.kill_inputs.as_ref()
    }

    /// The kill switch itself: its peaks.
    #[must_use]
    pub fn kill_switch(&self) -> &Kill {
        &self.kill
    }

    /// The kill switch, and why it is where it is.
    #[must_use]
    pub fn kill(&self) -> KillStatus {
        self.kill.at()
    }

    /// What the engine was set up with.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// What the account has.
    #[must_use]
    pub fn account(&self) -> &AccountState {
        &self.account
    }

    /// Whether what the venue did contradicts what we believe: its own lists must be read.
    #[must_use]
    pub fn must_sync(&self) -> bool {
        !self.synced || self.account.needs_resync || self.account.orders.oldest_unknown().is_some()
    }

    /// Whether a stop was asked for, or risk has halted, and nothing of ours is at the venue.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let over = self.stage == Lifecycle::Stopping || self.kill.at().state == KillState::Halted;
        over && self.account.is_clear()
    }

    /// Whether risk has halted the session.
    #[must_use]
    pub fn is_halted(&self) -> bool {
        self.kill.at().state == KillState::Halted
    }

    /// Whether a person asked it to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stage == Lifecycle::Stopping
    }
}
