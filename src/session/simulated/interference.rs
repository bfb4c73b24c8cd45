//! What may disturb a simulated network, seen from the network.

use crate::market::Stream;
use crate::num::Nanos;
use crate::venue::api::RestPath;
use tungstenite::Utf8Bytes;

/// What becomes of a message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives as it was sent, when it should.
    Pass,
    /// These arrive instead of it, each so much later than it should; none: it is lost.
    Deliver(Vec<(Nanos, Utf8Bytes)>),
    /// It never arrives, and this comes back after a while: only for what we send.
    Answer(Nanos, Utf8Bytes),
}

/// What becomes of an attempt to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connecting {
    /// It is taken by the venue.
    Taken,
    /// It is refused at once.
    Refused,
    /// It is taken by something that never says a word.
    Mute,
}

/// What disturbs a network. All times are virtual, in nanoseconds since 1970.
pub trait Interference: Send {
    /// When it wants to break something by itself.
    fn due_ns(&self) -> u64;

    /// Its time has come: the connections that break.
    fn on_time(&mut self, now_ns: u64) -> Vec<Stream>;

    /// We want to connect.
    fn on_connect(&mut self, now_ns: u64, stream: Stream) -> Connecting;

    /// We send a message.
    fn on_message_out(&mut self, now_ns: u64, stream: Stream, text: &str) -> Fate;

    /// The venue sends a message.
    fn on_message_in(&mut self, now_ns: u64, stream: Stream, text: &Utf8Bytes) -> Fate;

    /// We ask by HTTP: the answer that comes instead of the venue's, after a while, with its status
    /// (0: there is no connection).
    fn on_http(&mut self, now_ns: u64, path: RestPath) -> Option<(Nanos, u16, String)>;

    /// How far our clock of the day is off, in milliseconds.
    fn clock_off_ms(&self, now_ns: u64) -> i64;
}
