//! The crank: one turn of the engine, the same in live trading, replay and simulation.

use crate::engine::Engine;
use crate::market::{Event, Requests, Stream};
use crate::num::{Mono, Stamp};
use crate::session::header::RestQuery;
use crate::wire::decode::{Decoded, Decoder};

/// What a port has for the engine.
#[derive(Debug)]
pub enum Next<'a> {
    /// Nothing yet.
    Idle,
    /// Something that is no business of the engine was dealt with.
    Handled,
    /// Something happened.
    Event(Stamp, Event<'a>),
}

/// Where events come from and requests go. Feed and gate are one thing because one journal records
/// both, in one order.
pub trait Port {
    /// The next event; at `wake` the engine wants to hear even if nothing happened.
    ///
    /// # Errors
    /// What came in cannot be recorded any more.
    fn next(&mut self, wake: Mono) -> Result<Next<'_>, Fault>;

    /// Sends what a step made, in order, and records it.
    ///
    /// # Errors
    /// It cannot be sent or not be recorded: what we believe rests at the venue is no longer true.
    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), Fault>;

    /// Takes note of what the engine believed after a step.
    ///
    /// # Errors
    /// It cannot be recorded.
    fn note(&mut self, at: Stamp, engine: &Engine) -> Result<(), Fault>;
}

/// What a turn did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Nothing was there.
    Idle,
    /// An event was stepped, or a message dealt with.
    Worked,
}

/// The machinery failed; the engine cannot answer it. Trading stops, and what is open is cancelled by
/// another way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The queue to the sender is full: it is stuck.
    #[error("the sender takes no more requests")]
    SenderStuck,
    /// The journal takes no more records.
    #[error("the journal takes no more records")]
    JournalStuck,
}

/// One turn of the crank.
///
/// # Errors
/// The port failed; see [`Fault`].
pub fn turn(engine: &mut Engine, port: &mut impl Port, out: &mut Requests) -> Result<Turn, Fault> {
    match port.next(engine.wake())? {
        Next::Idle => Ok(Turn::Idle),
        Next::Handled => Ok(Turn::Worked),
        Next::Event(at, event) => {
            out.clear();
            engine.step(at, &event, out);
            port.send(at, out)?;
            port.note(at, engine)?;
            Ok(Turn::Worked)
        }
    }
}

/// The event a message means.
pub(crate) fn stepped<'a>(
    at: Stamp,
    stream: Stream,
    decoder: &'a mut Decoder,
    frame: &[u8],
    garbled: &mut u64,
) -> Next<'a> {
    match decoder.decode(stream, frame) {
        Ok(Decoded::Event(event)) => Next::Event(at, event),
        Ok(Decoded::Both(..) | Decoded::Ack | Decoded::Quiet) => Next::Handled,
        Ok(Decoded::VenueError(_)) | Err(_) => {
            *garbled += 1;
            Next::Event(at, Event::Garbled(stream))
        }
    }
}

/// The event a REST body means.
pub(crate) fn bodied<'a>(
    at: Stamp,
    body: RestQuery,
    decoder: &'a mut Decoder,
    bytes: &[u8],
    garbled: &mut u64,
) -> Next<'a> {
    let decoded = match body {
        RestQuery::Account => decoder.decode_account(bytes),
        RestQuery::OpenOrders => decoder.decode_open_orders(bytes),
        RestQuery::Fills => decoder.decode_fills(bytes),
        RestQuery::Quota => decoder.decode_quota(bytes),
    };
    match decoded {
        Ok(Decoded::Event(event)) => Next::Event(at, event),
        Ok(Decoded::Both(..) | Decoded::Ack | Decoded::Quiet | Decoded::VenueError(_)) | Err(_) => {
            *garbled += 1;
            Next::Event(at, Event::Garbled(Stream::Market))
        }
    }
}
