//! The two machines with latches and timers: the kill switch and the cascade detector.

use super::{Group, micro, parse, q24};
use crate::num::{Bps, Lots, Usd};
use crate::risk::kill::{Beyond, Kill, KillConfig, KillInputs, Reason};
use serde::Deserialize;
use serde_json::Value;

/// Steps of 1e-8 in a dollar.
const E8: f64 = 1e8;
/// Fractional bits of [`Lots`].
const LOTS_BITS: u32 = 20;

#[derive(Deserialize)]
struct Session {
    capital: f64,
    rows: Vec<Evaluation>,
}

#[derive(Deserialize)]
struct Evaluation {
    t_ms: u64,
    equity: f64,
    q_frac: f64,
    q_lots: f64,
    age_ms: u64,
    rejects: u32,
    dev_bps: f64,
    clock_ms: u64,
    state: u8,
    reason: String,
    hard_peak: f64,
    soft_peak: f64,
}

impl Evaluation {
    fn inputs(&self) -> KillInputs {
        KillInputs {
            equity: usd(self.equity),
            share: q24(self.q_frac),
            lots: lots(self.q_lots),
            age_ms: Some(self.age_ms),
            rejects: self.rejects,
            deviation: Some(Bps::from_ubps(micro(self.dev_bps))),
            clock_ms: Some(self.clock_ms),
            beyond: Beyond::default(),
        }
    }
}

/// The state after every evaluation, its reason, and both peaks.
pub(super) fn kill(entries: &Value, group: &mut Group) -> Result<(), serde_json::Error> {
    for session in parse::<Vec<Session>>(entries)? {
        let mut kill = Kill::new(usd(session.capital), KillConfig::default());
        for row in &session.rows {
            let at = kill.step(row.t_ms, &row.inputs());
            let got = (at.state as u8, at.reason.map_or("", Reason::name));
            group.same(&got, &(row.state, row.reason.as_str()));
            let peaks = (kill.hard_peak(), kill.soft_peak());
            group.same(&peaks, &(usd(row.hard_peak), usd(row.soft_peak)));
        }
    }
    Ok(())
}

fn usd(dollars: f64) -> Usd {
    Usd::from_e8((dollars * E8).round() as i64)
}

fn lots(value: f64) -> Lots {
    Lots::from_q20((value * f64::from(LOTS_BITS).exp2()).round() as i64)
}
