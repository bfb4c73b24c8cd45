//! A strategy whose kill state and trend response the runner reads while it trades.

use crate::backtest::baseline::{BaselineModel, BaselineStrategy};
use crate::engine::Engine;
use crate::market::{KillState, KillStatus};
use crate::num::Bps;
use crate::session::crank::Strategy;

/// Trends count for no more than this (MODEL 4.1).
const TREND_MAX: Bps = Bps::from_int(125);

/// A machine that is watched while it trades.
pub trait ScoredStrategy: Strategy {
    /// What its risk allows, and why not everything.
    fn kill(&self) -> KillStatus;

    /// How much of a trend against its position the quote follows, as a share of that trend; none
    /// while there is no such trend.
    fn response(&self) -> Option<f64>;
}

impl ScoredStrategy for Engine {
    fn kill(&self) -> KillStatus {
        Engine::kill(self)
    }

    fn response(&self) -> Option<f64> {
        let trend = self.market().trend();
        let [_, ask] = self.quote().filter(|_| trend.opposed)?.sides;
        let trend = trend.trend.ubps().clamp(-TREND_MAX.ubps(), TREND_MAX.ubps());
        let share = ask.parts.shift.ubps() as f64 / trend as f64;
        // Both are whole micro basis points: beyond the sixth digit is nothing but their rounding.
        (trend != 0).then(|| (share * 1e6).round() / 1e6)
    }
}

impl<M: BaselineModel> ScoredStrategy for BaselineStrategy<M> {
    fn kill(&self) -> KillStatus {
        KillStatus { state: KillState::Run, reason: None } // Its kill switch never came to fire.
    }

    fn response(&self) -> Option<f64> {
        None
    }
}
