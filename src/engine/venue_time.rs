//! The venue's clock against ours (MODEL 5.4): which frames are of their time, whether that clock has
//! moved, how far ours is off, and how late the feed is.
//!
//! A lag is our monotonic time less the venue's time of a frame: an odd number, but of one origin.

use super::trusted_price::BookStream;
use crate::num::{Nanos, Stamp, WallMs};

/// Lags that a median is of.
const KEPT: usize = 16;
/// A frame this much earlier than the median is not of its time.
const FAR_MS: i64 = 1_000;
/// Frames whose lags are within this of each other follow one clock.
const TOGETHER_MS: i64 = 500;
/// When all frames have followed another clock for this long, the venue's has moved.
const MOVED_AFTER: Nanos = Nanos::from_millis(1_500);
/// A lag this near to the median moves it too little to look again.
const PLAIN_MS: i64 = 200;
/// Lags without which nothing is said of a clock.
const SAID_AFTER: usize = 9;
/// What a long way explains: messages that are older than this are the fault of a clock.
const WAY_MAX_MS: i64 = 1_000;
/// A feed is late from here on, or from a multiple of the session's usual lag.
const LATE_MS: i64 = 500;
const LATE_TIMES: i64 = 3;

const _: () = assert!(PLAIN_MS < TOGETHER_MS && TOGETHER_MS < FAR_MS && SAID_AFTER <= KEPT);

/// What is to be done with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameTime {
    /// It is of its time.
    Taken,
    /// It is from the future, or behind its own stream: it proves nothing.
    Refused,
    /// The venue's clock has moved: the book is forgotten, and begins with this frame.
    Moved,
}

/// The last lags and their median.
#[derive(Clone, Copy, Debug, Default)]
struct Lags {
    ring: [i64; KEPT],
    len: usize,
    next: usize,
    median: i64,
}

impl Lags {
    fn push(&mut self, lag_ms: i64) {
        self.ring[self.next] = lag_ms;
        self.next = (self.next + 1) % KEPT;
        self.len = (self.len + 1).min(KEPT);
        assert!(self.len <= KEPT && self.next < KEPT, "outside the ring: {self:?}");
        let plain = (lag_ms - self.median).abs() <= PLAIN_MS;
        if !plain || self.next == 0 || self.len < KEPT {
            let mut sorted = self.ring;
            sorted[..self.len].sort_unstable();
            self.median = sorted[self.len / 2];
        }
    }
}

/// One stream of the book.
#[derive(Clone, Copy, Debug, Default)]
struct StreamTime {
    lags: Lags,
    newest: WallMs,
}

/// Frames that all follow another clock than before.
#[derive(Clone, Copy, Debug)]
struct Shift {
    since: crate::num::Mono,
    low_ms: i64,
    high_ms: i64,
}

/// The machine: it is told of every frame of our book before the book is.
#[derive(Clone, Copy, Debug, Default)]
pub struct VenueTime {
    streams: [StreamTime; 2],
    /// The lags of both together: what is said of clock and feed.
    lags: Lags,
    shift: Option<Shift>,
    /// The lag that is usual in this session, by the wall clock: it follows the newest slowly.
    usual_ms: Option<i64>,
    /// The wall clock less the monotonic one, when a frame last came.
    wall_ms: i64,
}

impl VenueTime {
    /// Judges a frame by its time.
    pub fn on_frame(&mut self, at: Stamp, stream: BookStream, venue: WallMs) -> FrameTime {
        let (mono_ms, venue_ms) = (signed(at.mono.ms()), signed(venue.ms()));
        self.wall_ms = signed(at.wall.ms()) - mono_ms;
        let lag_ms = mono_ms - venue_ms;
        let known = &mut self.streams[stream.index()];
        let off_ms = if known.lags.len == 0 { 0 } else { lag_ms - known.lags.median };
        let of_old = venue < known.newest;
        if off_ms.abs() < FAR_MS {
            self.shift = None;
            if of_old {
                return FrameTime::Refused;
            }
            known.lags.push(lag_ms);
            known.newest = venue;
            self.lags.push(lag_ms);
            self.follow(lag_ms + self.wall_ms);
            return FrameTime::Taken;
        }
        if self.has_moved(at, lag_ms) {
            *self = VenueTime { wall_ms: self.wall_ms, ..VenueTime::default() };
            let known = &mut self.streams[stream.index()];
            known.lags.push(lag_ms);
            known.newest = venue;
            return FrameTime::Moved;
        }
        if off_ms < 0 || of_old {
            return FrameTime::Refused;
        }
        self.streams[stream.index()].newest = venue; // Late, and the newest there is.
        FrameTime::Taken
    }

    /// Whether every frame has followed one other clock for long enough, this one included.
    fn has_moved(&mut self, at: Stamp, lag_ms: i64) -> bool {
        let alone = Shift { since: at.mono, low_ms: lag_ms, high_ms: lag_ms };
        let shift = self.shift.map_or(alone, |known| Shift {
            low_ms: known.low_ms.min(lag_ms),
            high_ms: known.high_ms.max(lag_ms),
            ..known
        });
        let together = shift.high_ms - shift.low_ms < TOGETHER_MS;
        let shift = if together { shift } else { alone };
        assert!(shift.low_ms <= shift.high_ms, "no span: {shift:?}");
        assert!(shift.since <= at.mono, "a clock that moves later: {shift:?}");
        self.shift = Some(shift);
        MOVED_AFTER <= at.mono.since(shift.since)
    }

    fn follow(&mut self, wall_lag_ms: i64) {
        let usual = self.usual_ms.get_or_insert(wall_lag_ms);
        *usual += (wall_lag_ms - *usual).signum();
    }

    /// By how much our clock is off, as far as no way explains it, or by how much the feed is late
    /// when that is unusual; none before enough was heard.
    ///
    /// The median is what counts: the least lag is the outlier of one bad message.
    #[must_use]
    pub fn offset_ms(&self) -> Option<u64> {
        if self.lags.len < SAID_AFTER {
            return None;
        }
        let lag_ms = self.lags.median + self.wall_ms;
        let clock_ms = if lag_ms < 0 { -lag_ms } else { (lag_ms - WAY_MAX_MS).max(0) };
        let usual_ms = self.usual_ms.unwrap_or_default();
        let late = LATE_MS.max(LATE_TIMES * usual_ms) <= lag_ms;
        Some(if late { clock_ms.max(lag_ms) } else { clock_ms }.unsigned_abs())
    }
}

/// Milliseconds that are far inside 63 bits.
fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Mono;

    /// A frame heard at `ms`, stamped `ahead` milliseconds beyond our time.
    fn frame(time: &mut VenueTime, stream: BookStream, ms: u64, ahead: i64) -> FrameTime {
        let wall = WallMs::from_ms(1_790_000_000_000 + ms);
        let mono = Mono::START + Nanos::from_millis(ms);
        let venue = WallMs::from_ms(wall.ms().checked_add_signed(ahead).expect("small"));
        time.on_frame(Stamp { mono, wall }, stream, venue)
    }

    /// Frames of both streams for `seconds`, each `ahead` of our time; what became of them.
    fn run(time: &mut VenueTime, from_ms: u64, seconds: u64, ahead: i64) -> Vec<(u64, FrameTime)> {
        let mut odd = Vec::new();
        for ms in (from_ms..from_ms + seconds * 1_000).step_by(100) {
            let stream = if ms % 500 == 0 { BookStream::Book } else { BookStream::Bbo };
            let arrival = frame(time, stream, ms, ahead);
            if arrival != FrameTime::Taken {
                odd.push((ms - from_ms, arrival));
            }
        }
        odd
    }

    #[test]
    fn one_frame_of_the_future_changes_nothing() {
        for ahead in [1_000, 3_000, 3_600_000] {
            let mut time = VenueTime::default();
            assert_eq!(run(&mut time, 0, 10, -50), []);
            let before = time.offset_ms();
            assert_eq!(frame(&mut time, BookStream::Bbo, 10_010, ahead - 50), FrameTime::Refused);
            assert_eq!(time.offset_ms(), before);
            assert_eq!(run(&mut time, 10_100, 10, -50), [], "{ahead}");
        }
    }

    #[test]
    fn a_frame_behind_its_own_stream_is_refused_and_a_late_one_is_not() {
        let mut time = VenueTime::default();
        assert_eq!(run(&mut time, 0, 10, -50), []);
        assert_eq!(
            frame(&mut time, BookStream::Book, 9_910, -500),
            FrameTime::Refused,
            "from 9,410"
        );
        assert_eq!(frame(&mut time, BookStream::Book, 9_920, -300), FrameTime::Taken, "from 9,620");
        assert_eq!(frame(&mut time, BookStream::Bbo, 12_000, -2_000), FrameTime::Taken, "a stall");
        assert_eq!(run(&mut time, 12_100, 5, -50), []);
    }

    #[test]
    fn a_clock_that_moved_is_believed_after_a_second_and_a_half() {
        for ahead in [-3_600_000, -5_000, 3_000, 3_600_000] {
            let mut time = VenueTime::default();
            run(&mut time, 0, 10, -50);
            let odd = run(&mut time, 10_000, 10, ahead);
            assert_eq!(odd.last(), Some(&(1_500, FrameTime::Moved)), "{ahead}");
            let refused = odd[..odd.len() - 1].iter().all(|row| row.1 == FrameTime::Refused);
            assert!(refused && odd.len() == 16, "{ahead}: {odd:?}");
        }
    }

    #[test]
    fn a_long_way_is_no_wrong_clock_and_a_slow_feed_is_told() {
        for (ahead, want) in
            [(-50, 0), (-360, 0), (-520, 0), (-900, 0), (5_000, 5_000), (-6_000, 5_000)]
        {
            let mut time = VenueTime::default();
            run(&mut time, 0, 3, ahead);
            assert_eq!(time.offset_ms(), Some(want), "{ahead}");
        }
        let mut time = VenueTime::default();
        run(&mut time, 0, 60, -50);
        run(&mut time, 60_000, 3, -700);
        assert_eq!(time.offset_ms(), Some(700), "fourteen times as late as usual");
    }
}
