//! The crank: one turn of a strategy, the same in live trading, replay, simulation, tests and benches.

use crate::engine::Engine;
use crate::market::{Event, Requests, TableParams};
use crate::num::{Mono, Nanos, Stamp};
use crate::session::port::{Next, Port};

/// How long what only cancels may take.
const STOP_LIMIT: Nanos = Nanos::from_secs(5);

/// What can be turned: the engine, or what it is compared with.
pub trait Strategy {
    /// Takes what happened at `at`, and appends what is to be sent to `out`.
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests);

    /// When it wants to be woken if nothing happens before.
    fn wake(&self) -> Mono;

    /// The table of quote distances it would have.
    fn table_wish(&self, _now: Mono) -> Option<TableParams> {
        None
    }

    /// The engine it is, whose facts are recorded; none for what it is compared with.
    fn engine(&self) -> Option<&Engine> {
        None
    }

    /// Whether it must see the venue's own lists.
    fn must_sync(&self) -> bool {
        false
    }

    /// How long it may take from now on, once it was asked to stop.
    fn stop_limit(&self) -> Nanos {
        STOP_LIMIT
    }

    /// Whether it was asked to stop, or has halted, and has nothing at the venue any more.
    fn is_done(&self) -> bool {
        false
    }
}

impl Strategy for Engine {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        Engine::step(self, at, event, out);
    }

    fn wake(&self) -> Mono {
        Engine::wake(self)
    }

    fn table_wish(&self, now: Mono) -> Option<TableParams> {
        Engine::table_wish(self, now)
    }

    fn engine(&self) -> Option<&Engine> {
        Some(self)
    }

    fn must_sync(&self) -> bool {
        Engine::must_sync(self)
    }

    fn stop_limit(&self) -> Nanos {
        Engine::stop_limit(self)
    }

    fn is_done(&self) -> bool {
        Engine::is_done(self)
    }
}

/// What a turn did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Turn {
    /// Nothing was there: live, the next look is due at once.
    Idle,
    /// Something that is no business of the strategy was dealt with.
    Handled,
    /// An event of this time was stepped.
    Stepped(Stamp),
    /// There is nothing more to come.
    Ended,
}

/// One turn of the crank.
///
/// # Errors
/// The port's: what came in cannot be recorded, or what came out cannot be sent.
#[inline]
pub fn turn<S: Strategy, P: Port<S>>(
    strategy: &mut S,
    port: &mut P,
    out: &mut Requests,
) -> Result<Turn, P::Error> {
    match port.next(strategy.wake())? {
        Next::Idle => Ok(Turn::Idle),
        Next::Handled => Ok(Turn::Handled),
        Next::End => Ok(Turn::Ended),
        Next::Event(at, event) => {
            out.clear();
            strategy.step(at, &event, out);
            port.send(at, out)?;
            port.note(at, strategy)?;
            Ok(Turn::Stepped(at))
        }
    }
}

/// Turns the crank until the port has nothing more. `after` sees what every step left behind.
///
/// # Errors
/// The first of a turn.
pub fn run<S: Strategy, P: Port<S>>(
    strategy: &mut S,
    port: &mut P,
    mut after: impl FnMut(Stamp, &S, &mut P),
) -> Result<(), P::Error> {
    let mut out = Requests::new();
    loop {
        match turn(strategy, port, &mut out)? {
            Turn::Idle | Turn::Handled => {}
            Turn::Stepped(at) => after(at, strategy, port),
            Turn::Ended => return Ok(()),
        }
    }
}
