//! Other people's flow: seeded markets that know nothing of the accounts that trade in them.
//!
//! Distances are in basis points of the world's first price, times in milliseconds from its start.
//! Everything is drawn on a time grid of its own, so the same seed gives the same prices and taker
//! orders whatever the blocks and the accounts do.

mod background;
mod feb24;
mod path;
mod scenario;
mod script;
#[cfg(test)]
mod tests;

pub use scenario::{Scenario, ScenarioVenue};

use crate::market::Spec;
use crate::num::unit::{E8, QTY_MAX};
use crate::num::{Bps, Px, Side, Usd, WallMs};
use crate::venue::market_event::{MarketEvent, MarketEventKind};
use crate::venue::prng::{Prng, Purpose};
use background::BackgroundBook;
use path::Path;
use script::{Script, ScriptedSweep};

/// What one level of other makers' books is worth in the median: 40 coins of HYPE at $26.2.
const LEVEL_WORTH: Usd = Usd::from_e8(1_048 * E8);
/// How often oracle and mark move: PROTOCOL 12.4 says about every 3 s.
const MARKS_MS: u64 = 3_000;
/// What it costs to take, on the main dex (PROTOCOL 12.1).
const FEE_TAKER: Bps = Bps::from_centi(450);
/// Spreads the seeds of a world's later sessions (the constant of SplitMix64's second round).
const SESSION_STRIDE: u64 = 0x94d0_49bb_1331_11eb;

/// The instrument a world plays on.
#[derive(Clone, Copy, Debug)]
pub struct Instrument {
    /// Its rules; the world uses asset, price grid and lot.
    pub spec: Spec,
    /// The price at the start.
    pub px: Px,
}

/// One market's other people.
#[derive(Clone, Debug)]
pub struct World {
    scenario: Scenario,
    seed: u64,
    instrument: Instrument,
    began: WallMs, // The session, not the world.
    session: u64,
    script: Script,
    sweeps_done: usize, // Of the script's taker orders.
    path: Path,
    background: BackgroundBook,
    marks_due: WallMs,
}

impl World {
    /// A world that begins at `start`.
    pub fn new(scenario: Scenario, seed: u64, start: WallMs, instrument: Instrument) -> World {
        let Instrument { spec, px } = instrument;
        let params = scenario.params();
        let script = Script::write(&params, seed);
        let path = Path::new(&params, &script, Prng::new(seed, Purpose::Path));
        let median = spec.qty_worth(LEVEL_WORTH, px);
        let rng = Prng::new(seed, Purpose::Book);
        World {
            background: BackgroundBook::new(spec, px, median, params.restless, rng),
            scenario,
            seed,
            instrument,
            began: start,
            session: 0,
            script,
            sweeps_done: 0,
            path,
            marks_due: start,
        }
    }

    /// Adds what other people do in a block: taker orders since the last one against the book as
    /// it was, the makers' new book, what is left to pick off behind it, and marks when they are
    /// due.
    ///
    /// Blocks must come in the order of time.
    pub fn next(&mut self, block: WallMs, out: &mut Vec<MarketEvent>) {
        let asset = self.instrument.spec.asset;
        let mut tell = |what| out.push(MarketEvent { at: block, asset, what });
        while let Some(taker) = self.advance(block) {
            tell(self.sweep(taker.side, taker.reach_ubps));
            self.path.hit(&taker);
        }
        tell(self.background.quote(self.mid()));
        // Somebody takes what earns more than the fee of taking it: other makers stand back from an
        // order that was left behind, but nobody leaves it there.
        Side::BOTH.into_iter().for_each(|side| tell(self.sweep(side, -FEE_TAKER.ubps())));
        if self.marks_due <= block {
            tell(MarketEventKind::Marks {
                mark: self.grid_below(self.mid()),
                oracle: self.grid_below(self.fair()),
            });
            self.marks_due = block.plus_ms(MARKS_MS);
        }
    }

    /// Where other makers see the price: the efficient price with its noise, between the grid.
    pub fn mid(&self) -> Px {
        self.instrument.px.shifted(self.path.mid())
    }

    /// The efficient price, which nobody sees: the one to score with.
    pub fn fair(&self) -> Px {
        self.instrument.px.shifted(self.path.fair())
    }

    /// When the session that is running ends; the next one begins where it stands.
    pub fn session_ends(&self) -> WallMs {
        self.began.plus_ms(self.scenario.length_ms())
    }

    /// Goes on to the next taker order not after `block`, or to `block`.
    fn advance(&mut self, block: WallMs) -> Option<ScriptedSweep> {
        loop {
            let now_ms = block.ms_since(self.began);
            if let Some(&taker) = self.script.sweeps.get(self.sweeps_done)
                && taker.at_ms <= now_ms
            {
                self.path.advance(taker.at_ms);
                self.sweeps_done += 1;
                return Some(taker);
            }
            if block < self.session_ends() {
                self.path.advance(now_ms);
                return None;
            }
            self.begin_session();
        }
    }

    /// Ends the running session and begins the next.
    fn begin_session(&mut self) {
        let end = self.session_ends();
        self.path.advance(end.ms_since(self.began));
        self.session += 1;
        let seed = self.seed ^ SESSION_STRIDE.wrapping_mul(self.session);
        self.script = Script::write(&self.scenario.params(), seed);
        self.path.begin(&self.script);
        (self.began, self.sweeps_done) = (end, 0);
    }

    /// Everything up to `reach_ubps` beyond the mid is taken.
    fn sweep(&self, side: Side, reach_ubps: i64) -> MarketEventKind {
        let reach = Bps::from_ubps(side.sign() * reach_ubps);
        let worst = self.instrument.px.shifted(self.path.mid() + reach);
        MarketEventKind::Taker { side, limit: self.instrument.spec.snap(worst, side), qty: QTY_MAX }
    }

    /// The price of the grid below `px`.
    fn grid_below(&self, px: Px) -> Px {
        self.instrument.spec.snap(px, Side::Bid)
    }
}
