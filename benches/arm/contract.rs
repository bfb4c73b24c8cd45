//! What every arm does, so that they can take turns.

use evenkeel::host::Clock;

/// The key every arm signs with.
pub const SECRET: [u8; 32] = [7; 32];

/// One way from a frame to a signed order.
pub trait Arm {
    /// Before a block of ticks, outside of the timing.
    fn prepare(&mut self);
    /// The venue's time that the next frame must carry.
    fn now_ms(&self) -> u64;
    /// From a frame in memory to a signed request in the queue; how long it took in nanoseconds.
    fn tick(&mut self, frame: &[u8], clock: &Clock) -> u64;
    /// After a tick, outside of the timing: what was sent is taken out, and verified if asked.
    fn settle(&mut self, check: bool);
}
