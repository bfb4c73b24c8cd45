//! The whole way of a bbo through the hot thread of a live session: from the socket, which a venue on
//! loopback writes to, to the signed request in the sender's ring, by the crank and the port that
//! trade. `scripts/walk-a-bbo` lists the files it leads through.

use super::hot::Hot;
use super::venue::framed;
use crate::arm::engine::{EngineArm, Way};
use crate::arm::market::bbos;
use crate::arm::verify;
use evenkeel::engine::Engine;
use evenkeel::host::Clock;
use evenkeel::market::Requests;
use evenkeel::num::{Mono, Stamp};
use evenkeel::session::crank::{Turn, turn};
use evenkeel::session::exit::Fault;
use evenkeel::session::live::hot::{HotThread, IdleStrategy};
use evenkeel::session::port::{Next, Port};

/// Turns in a row that find nothing, before a message is sent.
const QUIET: usize = 8;

/// `calls` messages, each of which places two orders in one request; every turn that finds one is
/// made by `measured`.
pub fn walk(calls: usize, measured: impl Fn(&mut dyn FnMut())) {
    let clock = Clock::start();
    let mut arm = EngineArm::timed(Way::Fast, 1, Some(clock.clone()));
    let mut hot = Hot::new(arm.engine.setup(), IdleStrategy::Spin, clock);
    for mut frame in bbos(calls) {
        hot.prepare();
        settle(&mut arm, &mut hot);
        hot.line.send(&framed(frame.at(arm.wall_ms())));
        let mut port = UntilSent { port: &mut hot.port, at: arm.stamp() };
        measured(&mut || {
            let _ = turn(&mut *arm.engine, &mut port, &mut arm.out).expect("nothing fails");
        });
        port.port.note(port.at, &arm.engine).expect("the rings are empty");
        assert_eq!(arm.out.len(), 1, "one request a message");
        let request = hot.drain().expect("it was sent");
        verify::orders(&request, arm.signer.address(), verify::ORDERS);
        arm.accept();
    }
}

/// The hot thread's port as far as the request in the ring: what is noted of a turn comes behind it.
struct UntilSent<'a> {
    port: &'a mut HotThread<'static>,
    at: Stamp,
}

impl Port<Engine> for UntilSent<'_> {
    type Error = Fault;

    fn next(&mut self, wake: Mono) -> Result<Next<'_>, Fault> {
        self.port.next(wake)
    }

    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), Fault> {
        self.at = at;
        self.port.send(at, requests)
    }

    fn note(&mut self, _: Stamp, _: &Engine) -> Result<(), Fault> {
        Ok(())
    }
}

/// Whatever else there is for the hot thread comes first, and nothing rests.
fn settle(arm: &mut EngineArm, hot: &mut Hot) {
    let mut idle = 0;
    while idle < QUIET {
        match turn(&mut *arm.engine, &mut hot.port, &mut arm.out).expect("nothing fails") {
            Turn::Idle => idle += 1,
            Turn::Ended => unreachable!("nobody asked for a stop"),
            Turn::Handled | Turn::Stepped(_) => {
                idle = 0;
                hot.drain();
                arm.accept();
            }
        }
    }
    arm.clear();
}
