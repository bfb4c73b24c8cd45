//! How a session stops (MODEL 5.7): what adds is cancelled at once, and the position comes home.

use super::Engine;
use super::decide::Lifecycle;
use crate::market::KillState;
use crate::market::event::Command;
use crate::num::time::{MS_NS, SECOND_NS};
use crate::num::{Mono, Nanos, Pos, Usd};
use crate::risk::{Flatten, OnStop, StopConfig};

impl Engine {
    pub(super) fn on_command(&mut self, now: Mono, command: Command) {
        match command {
            Command::Stop | Command::StopNow => self.stop(now, command == Command::Stop),
            Command::Abandon => self.state.lifecycle = Lifecycle::Leaving,
            Command::Flatten | Command::Halt => self.state.command = Some(command),
        }
    }

    /// Begins to come home, or goes on with less patience. A closing that risk began goes on as it is.
    fn stop(&mut self, now: Mono, patient: bool) {
        let stop = self.state.setup.config.stop;
        match (self.state.lifecycle, stop.on_stop) {
            (Lifecycle::Leaving, _) => return,
            (Lifecycle::Trading | Lifecycle::ComingHome { .. }, OnStop::Keep) => {
                self.state.lifecycle = Lifecycle::Leaving;
                return;
            }
            (Lifecycle::Trading, OnStop::Flatten) => {
                self.state.lifecycle = Lifecycle::ComingHome { until: now + stop.limit() };
                if self.kill().state < KillState::Flatten {
                    self.state.flatten = Flatten::patient(stop.patience_s * SECOND_NS / MS_NS);
                }
            }
            (Lifecycle::ComingHome { .. }, OnStop::Flatten) => {}
        }
        if !patient && self.state.flatten.is_patient() {
            self.state.flatten = Flatten::default();
        }
        assert!(self.state.is_coming_home(), "a stop that trades: {:?}", self.state.lifecycle);
    }

    /// At the limit of a stop everything is cancelled, and what is left stays.
    pub(super) fn look_at_the_limit(&mut self, now: Mono) {
        if let Lifecycle::ComingHome { until } = self.state.lifecycle
            && until <= now
        {
            self.state.lifecycle = Lifecycle::Leaving;
        }
    }

    /// Whether nothing of ours can fill any more, and the position is closed, risk has halted, or a stop
    /// has reached its limit or is to leave the position.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state.is_over() && self.state.account.is_clear()
    }

    /// How long the caller waits from now on for an engine that stops, before it cancels by another
    /// way.
    #[must_use]
    pub fn stop_limit(&self) -> Nanos {
        assert!(0 < self.state.setup.config.stop.limit_s, "no time to come home");
        match self.state.lifecycle {
            Lifecycle::Trading | Lifecycle::ComingHome { .. } => {
                self.state.setup.config.stop.patience_of_others()
            }
            Lifecycle::Leaving => StopConfig::leave(),
        }
    }

    /// The position that is left, if it is more than dust.
    #[must_use]
    pub fn position_left(&self) -> Option<Pos> {
        (!self.state.is_flat()).then(|| self.state.account.position.pos())
    }

    /// What the position is worth at the price it is valued at, without a sign.
    #[must_use]
    pub fn left_value(&self) -> Usd {
        let value = self.state.account.position.pos().value(self.state.valuation_px());
        if value < Usd::ZERO { Usd::ZERO - value } else { value }
    }

    /// Whether a person asked it to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.state.lifecycle != Lifecycle::Trading
    }
}
