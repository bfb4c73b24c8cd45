//! Which events are left undecided.
//!
//! Most events of a market are other people's trades, and most wakes find everything as it was. To
//! decide after each of them takes a fifth more instructions of `evenkeel replay` (389 against 320
//! million of `aster_BNB_20251128T1034`) and 7 % more time of `evenkeel scenario walk --seeds 40`, and
//! moves decisions: quotes would follow a recovery from a cascade between two seconds.

use super::decide::{EngineState, Lifecycle};
use crate::market::KillState;
use crate::num::{Mono, Nanos};

/// Trades and pongs change no quote, so they must not make the kill switch judge more often than
/// wakes do: ten times a second (MODEL 5).
pub(super) const JUDGE_EVERY: Nanos = Nanos::from_millis(100);

/// How an event bears on a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// It may change one.
    QuoteChange,
    /// Other people's trades, or a pong: they change none unless they start a cascade.
    NoQuoteChange,
    /// Nothing came but time.
    Wake,
}

/// What is done about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: it cannot change what was decided.
    Nothing,
    /// The kill switch is stepped, and what it says is done if it says something else than before.
    Judge,
    /// The kill switch is stepped, and everything is decided anew.
    Decide,
}

impl Trigger {
    /// What this event needs, when the kill switch was stepped last at `judged_at`.
    pub fn need(self, state: &EngineState, now: Mono, judged_at: Mono) -> Need {
        match self {
            Trigger::QuoteChange => Need::Decide,
            Trigger::NoQuoteChange | Trigger::Wake if !is_unchanged(state, now) => Need::Decide,
            Trigger::NoQuoteChange if now.since(judged_at) < JUDGE_EVERY => Need::Nothing,
            Trigger::NoQuoteChange | Trigger::Wake => Need::Judge,
        }
    }
}

/// Whether nothing is to be done while only the time passes: between two seconds quotes stay as
/// they are, though a recovery from a cascade goes on.
fn is_unchanged(state: &EngineState, now: Mono) -> bool {
    let still = match state.kill.at().state {
        KillState::Run | KillState::Reduce => {
            let stages = state.cascade.iter().map(|cascade| cascade.stage_at(now.ms()));
            state.quote.is_some() && stages.eq(state.cascade_stages)
        }
        KillState::Pull | KillState::Halted => state.account.orders.list().is_empty(),
        KillState::Flatten => false,
    };
    still
        && state.lifecycle == Lifecycle::Trading
        && state.command.is_none()
        && state.age_ms(now) < state.setup.config.kill.age_soft_ms
        && state.account.orders.oldest_unknown().is_none()
        && state.account.orphan_orders.is_empty()
}
