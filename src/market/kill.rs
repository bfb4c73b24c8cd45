//! What the kill switch says (MODEL 5): its states, its reasons and its limits, with the numbers the
//! journal keeps and the names people read.

use crate::num::numbered;

numbered! {
    /// What we may do, from everything to nothing. The order is that of severity.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub enum KillState {
        /// Quote both sides, as the model says.
        #[default]
        Run = 0 => "RUN",
        /// Quote only what brings the position home, never more than it.
        Reduce = 1 => "REDUCE",
        /// Quote nothing: the data are not trusted.
        Pull = 2 => "PULL",
        /// Close the position; latched.
        Flatten = 3 => "FLATTEN",
        /// Do nothing until an operator says so; latched.
        Halted = 4 => "HALTED",
    }
}

numbered! {
    /// Why we may not do everything. The first seven in the order they are reported in.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum KillReason {
        /// Equity fell too far from its peak.
        Drawdown = 1 => "dd",
        /// Too much of the capital is lost.
        Loss = 2 => "loss",
        /// The position is above its limit.
        Position = 3 => "pos",
        /// Market data are too old.
        Stale = 4 => "stale",
        /// The venue refuses too many requests.
        Rejects = 5 => "rej",
        /// Fair is too far from the oracle.
        Deviation = 6 => "dev",
        /// Our clock is off.
        Clock = 7 => "clock",
        /// Our books and the venue's differ, and reconciliation did not mend it.
        Mismatch = 8 => "mismatch",
        /// An order's state has been unknown for too long.
        Doubt = 9 => "doubt",
        /// The request budget is nearly used up.
        Budget = 10 => "budget",
        /// Tick-to-quote has been slow for too long.
        Slow = 11 => "slow",
        /// A metric still has no source.
        Absent = 12 => "absent",
        /// A person said so.
        Command = 13 => "command",
        /// A price stands far from the last one that could be trusted, and nothing confirms it.
        Suspect = 14 => "suspect",
    }
}

numbered! {
    /// What each hard limit is a limit of, in the order of MODEL 5.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum KillLimit {
        /// The fall from the session's peak.
        Drawdown = 0 => "drawdown",
        /// The loss from the capital.
        Loss = 1 => "loss",
        /// As a share of the largest allowed.
        Position = 2 => "position",
        /// Of the market data.
        Age = 3 => "age of data",
        /// In the last ten seconds.
        Rejects = 4 => "rejects",
        /// Of fair from the oracle.
        Deviation = 5 => "deviation",
        /// Of our clock from the venue's.
        Clock = 6 => "clock",
    }
}

impl KillLimit {
    /// How many there are.
    pub const COUNT: usize = KillLimit::ALL.len();
}

/// What we may do, and why not everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KillStatus {
    /// What we may do.
    pub state: KillState,
    /// Why not everything; none while running.
    pub reason: Option<KillReason>,
}

impl KillStatus {
    /// What the reason is called; a dash when there is none.
    #[must_use]
    pub fn reason_name(&self) -> &'static str {
        self.reason.map_or("-", KillReason::name)
    }
}
