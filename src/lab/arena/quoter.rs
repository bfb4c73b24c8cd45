//! What can be put to the test.

use crate::engine::Engine;
use crate::lab::as_was::AsWas;
use crate::market::{Event, Requests, TableParams};
use crate::num::{Mono, Stamp};
use crate::risk::kill::State;

/// A machine that quotes: events and the time in, requests out.
pub trait Quoter {
    /// One turn.
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests);

    /// When it wants to be woken.
    fn wake(&self) -> Option<Mono>;

    /// The table it would have.
    fn table_wish(&self, now: Mono) -> Option<TableParams>;

    /// Whether it wants the venue's own list of its orders.
    fn must_sync(&self) -> bool;

    /// What its risk allows.
    fn state(&self) -> State;

    /// Its response to a trend against its position, as a share of the trend, while there is one.
    fn response(&self) -> Option<f64>;
}

impl Quoter for Engine {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        Engine::step(self, at, event, out);
    }

    fn wake(&self) -> Option<Mono> {
        Some(Engine::wake(self))
    }

    fn table_wish(&self, now: Mono) -> Option<TableParams> {
        Engine::table_wish(self, now)
    }

    fn must_sync(&self) -> bool {
        Engine::must_sync(self)
    }

    fn state(&self) -> State {
        self.kill().state
    }

    fn response(&self) -> Option<f64> {
        None
    }
}

impl Quoter for AsWas {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        AsWas::step(self, at, event, out);
    }

    fn wake(&self) -> Option<Mono> {
        None // It acts on what it hears.
    }

    fn table_wish(&self, _now: Mono) -> Option<TableParams> {
        None
    }

    fn must_sync(&self) -> bool {
        false
    }

    fn state(&self) -> State {
        State::Run // It had no kill switch to speak of.
    }

    fn response(&self) -> Option<f64> {
        None
    }
}
