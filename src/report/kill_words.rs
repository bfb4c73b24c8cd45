//! The words for numbers of the journal. It keeps the numbers only, and the modules that own them
//! stand where this one cannot see them; `cli` sees both and checks that they agree.

/// States of the kill switch, from everything allowed to nothing.
pub const STATES: [&str; 5] = ["RUN", "REDUCE", "PULL", "FLATTEN", "HALTED"];

/// Reasons of the kill switch, from the journal's number 1 on; 0 is none.
pub const REASONS: [&str; 13] = [
    "dd", "loss", "pos", "stale", "rej", "dev", "clock", "mismatch", "doubt", "budget", "slow",
    "absent", "command",
];

/// What each of the limits is a limit of.
pub const LIMITS: [&str; 7] =
    ["drawdown", "loss", "position", "age of data", "rejects", "deviation", "clock"];

/// A state of the kill switch.
pub fn state(number: u8) -> &'static str {
    STATES.get(usize::from(number)).copied().unwrap_or("unknown")
}

/// A reason of the kill switch.
pub fn reason(number: u8) -> &'static str {
    let index = usize::from(number).checked_sub(1);
    index.map_or("-", |index| REASONS.get(index).copied().unwrap_or("unknown"))
}
