//! The two machines with latches and timers: the kill switch and the cascade detector.

use super::tally::GroupResult;
use super::units::{bps, lots, q24, real_q24, usd};
use crate::market::KillReason;
use crate::model::cascade::{BurstLevel, Cascade, CascadeConfig};
use crate::model::shape::Role;
use crate::num::time::DAY_MS;
use crate::ops::selftest::vector::{Misfit, Vector};
use crate::risk::kill::{ExternalConditions, Kill, KillConfig, KillInputs};

/// The state after every evaluation, its reason, and both peaks.
pub(super) fn kill(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for session in file.list("kill")? {
        let mut kill = Kill::new(usd(session.get("capital")?), KillConfig::default());
        for row in session.list("rows")? {
            let at_ms: u64 = row.get("t_ms")?;
            let at = kill.step(at_ms, &inputs(row, at_ms)?);
            let got = (at.state.number(), at.reason.map_or("", KillReason::name));
            group.same(&got, &(row.get("state")?, row.get("reason")?));
            let peaks = [kill.hard_peak(), kill.soft_peak()];
            group.same(&peaks, &row.numbers(["hard_peak", "soft_peak"])?.map(usd));
        }
    }
    Ok(())
}

fn inputs(row: Vector<'_>, at_ms: u64) -> Result<KillInputs, Misfit> {
    Ok(KillInputs {
        equity: usd(row.get("equity")?),
        share: q24(row.get("q_frac")?),
        lots: lots(row.get("q_lots")?),
        age_ms: Some(row.get("age_ms")?),
        rejects: row.get("rejects")?,
        deviation: Some(bps(row.get("dev_bps")?)),
        clock_ms: Some(row.get("clock_ms")?),
        working: row.get("working")?,
        utc_day: at_ms / DAY_MS,
        external: ExternalConditions::default(),
    })
}

/// State, end of the hold and repetitions after every event, and the effect at every query.
pub(super) fn cascade(file: Vector<'_>, group: &mut GroupResult) -> Result<(), Misfit> {
    for story in file.list("cascade")? {
        let mut cascade = Cascade::new(CascadeConfig::default());
        for event in story.list("events")? {
            let at_ms = event.get("t_ms")?;
            match (event.get("ev")?, event.get::<Option<u8>>("level")?) {
                ("fill", _) => cascade.on_fill(at_ms, lots(event.get("size_lots")?)),
                ("flow", Some(1)) => cascade.on_burst(at_ms, BurstLevel::Widen),
                ("flow", Some(_)) => cascade.on_burst(at_ms, BurstLevel::Suppress),
                ("query", _) => {
                    for (key, role) in [("adding", Role::Adding), ("reducing", Role::Reducing)] {
                        let effect = cascade.effect(at_ms, role);
                        let [multiplier, size] = event.inner(key).numbers(["mult", "size"])?;
                        group.close(real_q24(effect.multiplier), multiplier);
                        group.close(real_q24(effect.size), size);
                    }
                }
                _ => return Err(Misfit::new("ev", "neither fill, flow at a level, nor query")),
            }
            let got = (cascade.stage_at(at_ms) as u8, cascade.until_ms(), cascade.repeats());
            let until = event.get::<Option<_>>("until_ms")?.unwrap_or(got.1);
            let repeats = event.get::<Option<_>>("k")?.unwrap_or(got.2);
            group.same(&got, &(event.get("state")?, until, repeats));
        }
    }
    Ok(())
}
