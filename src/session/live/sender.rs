//! The sender thread: owns the orders connection, writes signed requests, brings answers back.

use super::message::{Inbound, InboundKind, Outbound};
use crate::host::Clock;
use crate::host::ring::{PoolIn, PoolOut};
use crate::host::socket::{Poller, Read, Sent, Socket, ThreadWaker};
use crate::num::Nanos;
use crate::session::links::{LinkInput, LinkMachine, LinkWish, PING};
use crate::session::live::rest_worker::RestRoute;
use crate::session::order_route;

/// How long a connection may take to stand.
const CONNECT_LIMIT: Nanos = Nanos::from_secs(1);
/// On a machine with too few cores, the longest wait: requests ring a bell, answers wake by
/// themselves.
const WAIT: Nanos = Nanos::from_millis(20);

/// The sender thread's belongings.
pub struct Sender {
    /// Where the venue is.
    pub url: String,
    /// The clock of all threads.
    pub clock: Clock,
    /// Requests from the hot thread.
    pub requests: PoolOut<Outbound>,
    /// Answers to the hot thread.
    pub answers: PoolIn<Inbound>,
    /// The life of the connection.
    pub link: LinkMachine,
    /// The other way for what takes risk away, while there is no connection.
    pub rest: RestRoute,
    /// How to wait, where cores are scarce: our waiter, and the hot thread's bell.
    pub idle: Option<(Poller, ThreadWaker)>,
}

/// The connection and when to do something about it.
struct Connection {
    socket: Option<Socket>,
    /// A box at hand for the next message.
    spare: Option<Box<Inbound>>,
}

impl Sender {
    /// Works until the hot thread has gone and everything it sent is written.
    pub fn run(mut self) {
        let mut line = Connection { socket: None, spare: None };
        while !self.requests.finished() {
            let now = self.clock.mono();
            match self.link.wish(now) {
                LinkWish::Nothing => {}
                LinkWish::Connect => self.connect(&mut line),
                LinkWish::Ping => self.ping(&mut line),
                LinkWish::Close => self.lose(&mut line),
            }
            let wrote = self.write(&mut line);
            let read = self.read(&mut line) | self.bring_replies();
            if !wrote && !read {
                self.rest();
            }
        }
        if let Some(mut socket) = line.socket {
            socket.close();
        }
    }

    fn connect(&mut self, line: &mut Connection) {
        line.socket = Socket::connect(&self.url, CONNECT_LIMIT).ok();
        if let (Some(socket), Some((waiter, _))) = (&mut line.socket, &self.idle)
            && waiter.watch(socket).is_err()
        {
            line.socket = None; // Without a wake-up for it the socket is of no use.
        }
        let now = self.clock.mono(); // An attempt takes its time.
        if line.socket.is_none() {
            return self.link.hear(now, LinkInput::ConnectFailed);
        }
        self.link.hear(now, LinkInput::Connected);
        self.tell(|inbound| inbound.set(InboundKind::Up));
    }

    /// Writes what waits. Without a connection what is urgent goes by REST, and nothing else goes.
    fn write(&mut self, line: &mut Connection) -> bool {
        let mut worked = false;
        while let Some(request) = self.requests.receive() {
            worked = true;
            let text = std::str::from_utf8(request.frame()).expect("the encoder writes ASCII");
            match line.socket.as_mut().map(|socket| socket.send_text(text)) {
                Some(Sent::Whole | Sent::Partly) => {}
                Some(Sent::Closed(_)) => self.lose(line),
                None if request.is_urgent => self.rest.send(request.id, request.envelope()),
                None => {
                    let reply = order_route::not_sent(request.id);
                    self.tell(|inbound| inbound.set_frame(reply.as_bytes()));
                }
            }
            self.requests.give_back(request);
        }
        worked
    }

    /// Brings the hot thread what REST answered.
    fn bring_replies(&mut self) -> bool {
        let mut worked = false;
        while let Some(reply) = self.rest.poll() {
            worked = true;
            self.tell(|inbound| inbound.set_frame(reply.as_bytes()));
        }
        worked
    }

    /// Brings in what has come. A box is taken before the look, so that a message is copied once.
    fn read(&mut self, line: &mut Connection) -> bool {
        let mut worked = false;
        while let Some(socket) = line.socket.as_mut() {
            let Some(mut inbound) =
                line.spare.take().or_else(|| free_box(&mut self.answers, &self.clock))
            else {
                return worked;
            };
            let seen = look(socket, &mut inbound);
            if seen == Read::Idle {
                line.spare = Some(inbound);
                return worked;
            }
            worked = true;
            if let Read::Closed(_) = seen {
                line.spare = Some(inbound);
                self.lose(line);
                return worked;
            }
            self.link.hear(self.clock.mono(), LinkInput::Heard);
            self.answers.send(inbound);
            self.ring();
        }
        worked
    }

    fn ping(&mut self, line: &mut Connection) {
        if let Some(socket) = line.socket.as_mut()
            && let Sent::Closed(_) = socket.send_text(PING)
        {
            self.lose(line);
        }
    }

    fn lose(&mut self, line: &mut Connection) {
        line.socket = None;
        self.link.hear(self.clock.mono(), LinkInput::Lost);
        self.tell(|inbound| inbound.set(InboundKind::Down));
    }

    fn tell(&mut self, set: impl FnOnce(&mut Inbound)) {
        if let Some(mut inbound) = free_box(&mut self.answers, &self.clock) {
            set(&mut inbound);
            self.answers.send(inbound);
            self.ring();
        }
    }

    fn ring(&self) {
        if let Some((_, bell)) = &self.idle {
            bell.ring();
        }
    }

    fn rest(&mut self) {
        match &mut self.idle {
            None => std::hint::spin_loop(),
            Some((waiter, _)) => {
                // A failed wait is a short one: the loop looks at everything again.
                let _ = waiter.wait(WAIT);
            }
        }
    }
}

/// Looks once for a message and copies it into the box.
fn look(socket: &mut Socket, inbound: &mut Inbound) -> Read {
    let mut seen = Read::Idle;
    inbound.fill(|buffer| {
        seen = socket.read(buffer);
        if let Read::Frame(len) = seen { len } else { 0 }
    });
    if !matches!(seen, Read::Frame(_)) {
        inbound.set(InboundKind::Alive);
    }
    seen
}

/// A free box: nothing the venue said is dropped, so the sender waits for the hot thread. None when
/// that has gone.
fn free_box(answers: &mut PoolIn<Inbound>, clock: &Clock) -> Option<Box<Inbound>> {
    loop {
        if let Some(inbound) = answers.take() {
            return Some(inbound);
        }
        if answers.abandoned() {
            return None;
        }
        clock.sleep(PATIENCE);
    }
}

/// How long the sender waits before it looks again whether the hot thread took an answer.
const PATIENCE: Nanos = Nanos::from_ns(50_000);
