//! What the engine believes, as the journal's record of it.

use crate::engine::Engine;
use crate::engine::orders::OrderState;
use crate::engine::quote::{Quote, SideQuote};
use crate::journal::fact::{Fact, Filled, Turned};
use crate::market::{Fill, KillLimit, KillState, Snapshot};
use crate::num::fix::Q44_BITS;
use crate::num::{Bps, Mono, Nanos, Pos, Px, Q24, Side, Usd};

/// Turns what an engine did in a step into facts, each told once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted {
    snapshot: Option<Snapshot>,
    fills: u64,
    looked: Mono,
}

/// How often a snapshot is due where not every step is told.
const SNAPSHOT_EVERY: Nanos = Nanos::from_secs(1);

impl Noted {
    /// Whether there is more to tell than a middle: a fill, a turn of the kill switch, or the snapshot of
    /// another second. A record of every step asks for none of it; a fast replay does.
    pub fn is_due(&self, engine: &Engine, now: Mono) -> bool {
        let state = engine.kill().state;
        self.fills != engine.account().position.count()
            || self.snapshot.as_ref().is_none_or(|snapshot| snapshot.kill.state != state)
            || SNAPSHOT_EVERY <= now.since(self.looked)
    }

    /// Tells `write` every fill of the last step, the turns of the kill switch, and the snapshot if
    /// anything in it changed but its age.
    ///
    /// # Errors
    /// Whatever `write` fails with.
    pub fn on_step<E>(
        &mut self,
        engine: &Engine,
        now: Mono,
        took: Nanos,
        mut write: impl FnMut(&Fact) -> Result<(), E>,
    ) -> Result<(), E> {
        let snapshot = snapshot(engine, now, took);
        let fills = engine.account().position.count();
        if self.fills != fills {
            self.fills = fills;
            let mut pos = before(engine);
            for fill in &engine.account().new_fills {
                pos += fill.qty.signed(fill.side);
                write(&Fact::Filled(filled(fill, pos, &snapshot)))?;
            }
        }
        self.looked = now;
        let known = self.snapshot.map(timeless);
        if known.is_some_and(|known| known.kill.state != snapshot.kill.state) {
            write(&Fact::Turned(turned(
                self.snapshot.map_or(KillState::Run, |snapshot| snapshot.kill.state),
                &snapshot,
            )))?;
        }
        if known == Some(timeless(snapshot)) {
            return Ok(());
        }
        self.snapshot = Some(snapshot);
        write(&Fact::Snapshot(snapshot))
    }
}

/// A snapshot without what changes by itself.
fn timeless(snapshot: Snapshot) -> Snapshot {
    let mut limits = snapshot.limits;
    limits[KillLimit::Age.index()] = None;
    Snapshot { age: Nanos::ZERO, took: Nanos::ZERO, limits, ..snapshot }
}

/// The position before the fills of the last message.
fn before(engine: &Engine) -> Pos {
    let moved = |pos: Pos, fill: &Fill| pos - fill.qty.signed(fill.side);
    engine.account().new_fills.iter().fold(engine.account().position.pos(), moved)
}

fn filled(fill: &Fill, pos: Pos, snapshot: &Snapshot) -> Filled {
    Filled {
        coin: fill.coin,
        side: fill.side,
        crossed: fill.crossed,
        tid: fill.tid,
        oid: fill.oid,
        cloid: fill.cloid,
        venue: fill.venue,
        px: fill.px,
        qty: fill.qty,
        fee: fill.fee,
        closed: fill.closed,
        pos,
        mid: snapshot.mid,
        fair: snapshot.fair,
    }
}

fn turned(from: KillState, snapshot: &Snapshot) -> Turned {
    let Snapshot { coin, kill, equity, peak, .. } = *snapshot;
    Turned { coin, from, to: kill, equity, peak }
}

/// The record of what is believed and wanted at `now`; `took` is from the message in memory to the
/// last request in the queue.
fn snapshot(engine: &Engine, now: Mono, took: Nanos) -> Snapshot {
    let (belief, holdings, setup) = (engine.market(), engine.account(), engine.setup());
    let pos = holdings.position.pos();
    let orders = holdings.orders.list();
    let unknown =
        orders.iter().filter(|order| matches!(order.state, OrderState::Unknown { .. })).count();
    let side = |side: Side| belief.book().best(side).map_or(Px::ZERO, |level| level.px);
    let context = belief.context().copied().unwrap_or_default();
    let sides = engine.quote().map_or([SideQuote::default(); 2], |quote| quote.sides);
    Snapshot {
        coin: setup.coin,
        kill: engine.kill(),
        cascade: engine.cascade().each_ref().map(|cascade| cascade.stage().number()),
        orders_live: count(orders.len() - unknown),
        orders_unknown: count(unknown),
        touch: Side::BOTH.map(side),
        mid: belief.book().mid().unwrap_or_default(),
        fair: belief.fair().unwrap_or_default(),
        mark: context.mark,
        oracle: context.oracle,
        quote: sides.map(|side| side.px),
        quote_qty: holdings.exposure().open,
        parts: sides.map(|side| side.parts),
        pos,
        lots: pos.in_lots(setup.sizing.lot),
        skew: engine.quote().map_or(Bps::ZERO, Quote::skew),
        drift: belief.trend().trend,
        sigma: Bps::from_ubps(from_q44(engine.estimates().sigma_q44)),
        heat: [Q24::ZERO; 2],
        opposed: if belief.trend().opposed { Q24::ONE } else { Q24::ZERO },
        continuation: belief.continuation_p(),
        urgency: belief.trend().urgency,
        equity: engine.equity(),
        peak: engine.kill_switch().hard_peak(),
        realised: engine.pnl() + holdings.position.fees(),
        fees: holdings.position.fees(),
        funding: holdings.position.funding(),
        limits: limits_used(engine),
        budget: holdings.budget.left(&setup.config.budget),
        table_seq: engine.table().map_or(0, |table| table.params.seq),
        age: now.since(belief.alive_at()),
        took,
    }
}

fn count(orders: usize) -> u8 {
    u8::try_from(orders).unwrap_or(u8::MAX)
}

/// How much of each hard limit of the kill switch is used up, in its order.
fn limits_used(engine: &Engine) -> [Option<Q24>; KillLimit::COUNT] {
    let Some(inputs) = engine.judged() else { return [None; KillLimit::COUNT] };
    let config = &engine.setup().config.kill;
    let capital = engine.setup().config.capital;
    let lost = parts_per_million(capital - inputs.equity, capital);
    let share = |used: u64, limit: u64| Some(Q24::ratio(small(used), small(limit.max(1))));
    [
        share(engine.kill_switch().drawdown_ppm(inputs.equity), config.drawdown_hard_ppm.into()),
        share(lost, config.loss_hard_ppm.into()),
        Some(Q24::ratio(inputs.share.abs().bits(), config.share_hard.bits())),
        inputs.age_ms.and_then(|age| share(age, config.age_hard_ms)),
        None, // Rejects, deviation and clock never close a position.
        None,
        None,
    ]
}

/// `part` in millionths of `whole`; a gain is nothing.
fn parts_per_million(part: Usd, whole: Usd) -> u64 {
    let wide = i128::from(part.e8().max(0)) * 1_000_000 / i128::from(whole.e8());
    u64::try_from(wide).unwrap_or(u64::MAX)
}

/// A number of 44 fractional bits in millionths.
fn from_q44(bits: i64) -> i64 {
    i64::try_from((i128::from(bits) * 1_000_000) >> Q44_BITS).unwrap_or(i64::MAX)
}

/// Bounded, so that a share of it fits 64 bits.
fn small(value: u64) -> i64 {
    i64::from(u32::try_from(value).unwrap_or(u32::MAX))
}
