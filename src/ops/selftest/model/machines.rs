//! The two machines with latches and timers: the kill switch and the cascade detector.

use super::{GroupResult, micro, parse, q24};
use crate::market::KillReason;
use crate::model::cascade::{BurstLevel, Cascade, CascadeConfig, Effect};
use crate::model::shape::Role;
use crate::num::{Bps, Lots, Q24, Usd};
use crate::risk::kill::{ExternalConditions, Kill, KillConfig, KillInputs};
use serde::Deserialize;
use serde_json::Value;

/// Tolerance of MODEL 6.5 for multipliers and size factors.
const MULTIPLIER_LIMIT: f64 = 1e-4;
/// Steps of 1e-8 in a dollar.
const E8: f64 = 1e8;
/// Fractional bits of [`Lots`].
const LOTS_BITS: u32 = 20;

#[derive(Deserialize)]
struct KillCase {
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
            external: ExternalConditions::default(),
        }
    }
}

/// The state after every evaluation, its reason, and both peaks.
pub(super) fn kill(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for session in parse::<Vec<KillCase>>(entries)? {
        let mut kill = Kill::new(usd(session.capital), KillConfig::default());
        for row in &session.rows {
            let at = kill.step(row.t_ms, &row.inputs());
            let got = (at.state.number(), at.reason.map_or("", KillReason::name));
            group.same(&got, &(row.state, row.reason.as_str()));
            let peaks = (kill.hard_peak(), kill.soft_peak());
            group.same(&peaks, &(usd(row.hard_peak), usd(row.soft_peak)));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct CascadeCase {
    events: Vec<CascadeEvent>,
}

#[derive(Deserialize)]
struct CascadeEvent {
    t_ms: u64,
    #[serde(flatten)]
    what: CascadeInput,
    state: u8,
    until_ms: Option<u64>,
    k: Option<u64>,
}

#[derive(Deserialize)]
#[serde(tag = "ev", rename_all = "lowercase")]
enum CascadeInput {
    Fill { size_lots: f64 },
    Flow { level: u8 },
    Query { adding: EffectRow, reducing: EffectRow },
}

#[derive(Deserialize)]
struct EffectRow {
    mult: f64,
    size: f64,
}

/// State, end of the hold and repetitions after every event, and the effect at every query.
pub(super) fn cascade(entries: &Value, group: &mut GroupResult) -> Result<(), serde_json::Error> {
    for story in parse::<Vec<CascadeCase>>(entries)? {
        let mut cascade = Cascade::new(CascadeConfig::default());
        for event in &story.events {
            match &event.what {
                CascadeInput::Fill { size_lots } => cascade.on_fill(event.t_ms, lots(*size_lots)),
                CascadeInput::Flow { level: 1 } => cascade.on_burst(event.t_ms, BurstLevel::Widen),
                CascadeInput::Flow { .. } => cascade.on_burst(event.t_ms, BurstLevel::Suppress),
                CascadeInput::Query { adding, reducing } => {
                    adding.compare(cascade.effect(event.t_ms, Role::Adding), group);
                    reducing.compare(cascade.effect(event.t_ms, Role::Reducing), group);
                }
            }
            let got = (cascade.stage_at(event.t_ms) as u8, cascade.until_ms(), cascade.repeats());
            let until = event.until_ms.unwrap_or(got.1);
            group.same(&got, &(event.state, until, event.k.unwrap_or(got.2)));
        }
    }
    Ok(())
}

impl EffectRow {
    fn compare(&self, effect: Effect, group: &mut GroupResult) {
        let real = |q: Q24| q.bits() as f64 / f64::from(Q24::BITS).exp2();
        group.close(real(effect.multiplier), self.mult, MULTIPLIER_LIMIT);
        group.close(real(effect.size), self.size, MULTIPLIER_LIMIT);
    }
}

fn usd(dollars: f64) -> Usd {
    Usd::from_e8((dollars * E8).round() as i64)
}

fn lots(value: f64) -> Lots {
    Lots::from_q20((value * f64::from(LOTS_BITS).exp2()).round() as i64)
}
