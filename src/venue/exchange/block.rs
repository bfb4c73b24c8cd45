//! When blocks come, and in which order their news goes out (PROTOCOL 12.9).

use crate::num::WallMs;
use crate::num::time::HOUR_MS;
use crate::venue::config::Spacing;
use crate::venue::output::Output;
use crate::venue::prng::{Prng, Purpose};

/// Milliseconds in thousandths, the grain of random waits.
const MICROS: i64 = 1_000;

/// The time-table of blocks, random from a seed.
#[derive(Debug)]
pub(super) struct BlockClock {
    pub(super) next: WallMs,
    /// The hour that funding was last paid for, since 1970.
    hour: u64,
    spacing: Spacing,
    prng: Prng,
}

impl BlockClock {
    pub(super) fn new(seed: u64, start: WallMs, spacing: Spacing) -> BlockClock {
        let prng = Prng::new(seed, Purpose::Blocks);
        let hour = start.ms() / HOUR_MS;
        let mut clock = BlockClock { next: start, hour, spacing, prng };
        clock.next = start.plus_ms(clock.step_ms());
        clock
    }

    /// Whether an hour has begun since this was last asked.
    pub(super) fn hour_began(&mut self, now: WallMs) -> bool {
        let before = std::mem::replace(&mut self.hour, now.ms() / HOUR_MS);
        before < self.hour
    }

    /// Goes to the next block; gives its time.
    pub(super) fn next_block(&mut self) -> WallMs {
        let now = self.next;
        self.skip_to(now);
        now
    }

    /// Leaves empty blocks out: waits forget how long they have lasted, so the next block is as far
    /// from `at` as from any block.
    pub(super) fn skip_to(&mut self, at: WallMs) {
        self.next = at.plus_ms(self.step_ms());
        assert!(at < self.next, "a block at {at:?} has no next");
    }

    /// Time to the next block; at least a millisecond, so that time goes on.
    fn step_ms(&mut self) -> u64 {
        let Spacing { floor_ms, mean_ms } = self.spacing;
        let rest = i64::try_from(mean_ms.saturating_sub(floor_ms)).unwrap_or(i64::MAX);
        (floor_ms + (self.prng.wait_us(rest) / MICROS).unsigned_abs()).max(1)
    }
}

/// News of the running block, by kind.
#[derive(Debug, Default)]
pub(super) struct BlockOutbox {
    pub(super) orders: Vec<Output>,
    pub(super) fills: Vec<Output>,
    pub(super) public: Vec<Output>,
    pub(super) answers: Vec<Output>,
}

impl BlockOutbox {
    /// Hands everything out, in the order of PROTOCOL 12.9.
    pub(super) fn flush(&mut self, out: &mut Vec<Output>) {
        for news in [&mut self.orders, &mut self.fills, &mut self.public, &mut self.answers] {
            out.append(news);
        }
    }
}
