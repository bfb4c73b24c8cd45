//! Where events come from and requests go: sockets, a journal, a simulated venue, a made-up market.

use crate::market::{Event, Requests, Stream};
use crate::num::{Mono, Stamp};
use crate::session::links::RestQuery;
use crate::wire::decode::{Decoded, Decoder};

/// What a port has for a strategy.
#[derive(Debug)]
pub enum Next<'a> {
    /// Nothing has come yet.
    Idle,
    /// Something that is no business of the strategy was dealt with.
    Handled,
    /// Something happened that the strategy hears of.
    Event(Stamp, Event<'a>),
    /// The session is over.
    End,
}

/// Where the events of a strategy come from and its requests go. Feed and gate are one thing because
/// one journal records both, in one order.
pub trait Port<S> {
    /// What ends a session that cannot go on.
    type Error;

    /// The next event; at `wake` the strategy wants to hear even if nothing happened.
    ///
    /// # Errors
    /// What came in cannot be recorded any more, or what was recorded cannot be read.
    fn next(&mut self, wake: Mono) -> Result<Next<'_>, Self::Error>;

    /// Sends what a step made, in order, and records it.
    ///
    /// # Errors
    /// It cannot be sent or not be recorded: what we believe rests at the venue is no longer true.
    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), Self::Error>;

    /// Takes note of what the strategy believes and wishes after a step.
    ///
    /// # Errors
    /// It cannot be recorded.
    fn note(&mut self, at: Stamp, strategy: &S) -> Result<(), Self::Error>;
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
        Ok(Decoded::Ack | Decoded::Quiet) => Next::Handled,
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
        Ok(Decoded::Ack | Decoded::Quiet | Decoded::VenueError(_)) | Err(_) => {
            *garbled += 1;
            Next::Event(at, Event::Garbled(Stream::Market))
        }
    }
}
