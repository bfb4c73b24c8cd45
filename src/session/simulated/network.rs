//! What lies between a session and its venue in virtual time: two connections, REST, delays, and
//! whatever disturbs them.

use super::Delays;
use super::interference::{Connecting, Fate, Interference};
use super::latency_queue::LatencyQueue;
use crate::market::{Address, RequestId, Stream};
use crate::num::WallMs;
use crate::num::time::MS_NS;
use crate::session::bootstrap::{Bootstrap, BootstrapError, BootstrapWish, Bootstrapping};
use crate::session::links::RestQuery;
use crate::venue::Exchange;
use crate::venue::api::{
    ClientOutput, HttpAnswer, RestPath, ServerCounts, ServiceConfig, VenueService, Verify,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use tungstenite::Utf8Bytes;

/// Everybody lives at one address; the limits of a venue are per address.
const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// What an HTTP request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpUse {
    /// One of the venue's lists.
    List(RestQuery),
    /// A request of the engine, while its socket is gone.
    Order(RequestId),
    /// A question or an action of the way out.
    Exit,
}

/// Something on its way to the venue.
enum Departure {
    Connect(Stream),
    Text(Stream, Utf8Bytes),
    Close(Stream),
    Http(HttpUse, RestPath, Vec<u8>),
}

/// Something that has reached us.
#[derive(Debug)]
pub enum Arrival {
    /// A connection that was asked for stands.
    Connected(Stream),
    /// It could not be made.
    ConnectFailed(Stream),
    /// The connection is gone.
    Lost(Stream),
    /// A message on a connection.
    Text(Stream, Utf8Bytes),
    /// The answer to an HTTP request, with its status.
    Http(HttpUse, u16, Vec<u8>),
}

/// A connection, as both ends know it.
#[derive(Clone, Copy, Debug, Default)]
struct SimulatedConnection {
    /// The venue's number for the client, while it holds the connection.
    client: Option<usize>,
    /// Counts our connections: what was on its way over an earlier one never arrives.
    number: u64,
}

/// The network, with the venue at its end.
pub struct Network {
    venue: VenueService,
    /// Who signs, and is trusted to.
    account: Address,
    now_ns: u64,
    delays: Delays,
    interference: Option<Box<dyn Interference>>,
    connections: [SimulatedConnection; 2],
    asked: BTreeMap<usize, HttpUse>,
    clients: usize,
    to_venue: LatencyQueue<Departure>,
    to_us: LatencyQueue<(u64, Arrival)>,
}

impl Network {
    /// Opens a venue at `start`; its first block has run then.
    pub fn new(
        service: ServiceConfig,
        account: Address,
        start: WallMs,
        delays: Delays,
        interference: Option<Box<dyn Interference>>,
    ) -> Network {
        let mut venue = VenueService::new(service, start);
        while !venue.is_open() {
            let due = venue.next_due();
            venue.advance(due);
        }
        Network {
            venue,
            account,
            now_ns: start.ms() * MS_NS,
            delays,
            interference,
            connections: Default::default(),
            asked: BTreeMap::new(),
            clients: 1,
            to_venue: LatencyQueue::default(),
            to_us: LatencyQueue::default(),
        }
    }

    /// The venue's own truth.
    pub fn exchange(&self) -> &Exchange {
        self.venue.exchange()
    }

    /// What the venue counted.
    pub fn counts(&self) -> ServerCounts {
        self.venue.counts()
    }

    /// The virtual time, in nanoseconds since 1970.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// What disturbs the network, where something does.
    pub fn interference(&mut self) -> Option<&mut (dyn Interference + 'static)> {
        self.interference.as_deref_mut()
    }

    /// Reads what a session begins with before anything takes time.
    ///
    /// # Errors
    /// The venue has no such coin.
    pub fn bootstrap(&mut self, coin: &str) -> Result<Bootstrap, BootstrapError> {
        let client = self.next_client(Verify::All);
        let now = WallMs::from_ms(self.now_ns / MS_NS);
        let mut asking = Bootstrapping::new(coin, self.account);
        let mut answer = None;
        let begun = loop {
            match asking.step(answer)? {
                BootstrapWish::Begin(bootstrap) => break bootstrap,
                BootstrapWish::Ask(question) => {
                    let body = question.to_string();
                    self.venue.on_http(client, RestPath::Info, body.as_bytes(), now);
                    answer = self.venue.take_outputs().find_map(|(_, output)| match output {
                        ClientOutput::Http(http) => serde_json::from_str::<Value>(&http.body).ok(),
                        ClientOutput::Text(_) | ClientOutput::Close => None,
                    });
                }
            }
        };
        self.venue.closed(client);
        Ok(begun)
    }

    /// Asks for a connection.
    pub fn connect(&mut self, stream: Stream) {
        self.connections[stream.index()].number += 1;
        self.depart(Departure::Connect(stream));
    }

    /// Sends a message on a connection.
    pub fn send(&mut self, stream: Stream, text: Utf8Bytes) {
        let fate = match &mut self.interference {
            Some(it) => it.on_message_out(self.now_ns, stream, &text),
            None => Fate::Pass,
        };
        match fate {
            Fate::Pass => self.depart(Departure::Text(stream, text)),
            Fate::Deliver(copies) => {
                for (delay, copy) in copies {
                    let at_ns = self.now_ns + self.delays.order.ns() + delay.ns();
                    self.to_venue.send(at_ns, Departure::Text(stream, copy));
                }
            }
            Fate::Answer(delay, answer) => {
                let number = self.connections[stream.index()].number;
                let at_ns = self.now_ns + delay.ns();
                self.to_us.send(at_ns, (number, Arrival::Text(stream, answer)));
            }
        }
    }

    /// What we say to ourselves on the connection of orders, at once.
    pub fn answer_ourselves(&mut self, text: Utf8Bytes) {
        let number = self.connections[Stream::Orders.index()].number;
        self.to_us.send(self.now_ns, (number, Arrival::Text(Stream::Orders, text)));
    }

    /// Ends a connection from our side.
    pub fn close(&mut self, stream: Stream) {
        self.connections[stream.index()].number += 1;
        self.depart(Departure::Close(stream));
    }

    /// Ends both connections without a word: the process is gone. What it sent still arrives.
    pub fn crash(&mut self) {
        for stream in [Stream::Market, Stream::Orders] {
            self.close(stream);
        }
        self.asked.clear();
        while self.to_us.pop_due(u64::MAX).is_some() {}
    }

    /// Asks a question or sends an action by HTTP.
    pub fn ask(&mut self, what: HttpUse, path: RestPath, body: Vec<u8>) {
        if let Some(it) = &mut self.interference
            && let Some((delay, status, answer)) = it.on_http(self.now_ns, path)
        {
            let arrival = Arrival::Http(what, status, answer.into_bytes());
            return self.to_us.send(self.now_ns + delay.ns(), (0, arrival));
        }
        self.depart(Departure::Http(what, path, body));
    }

    fn depart(&mut self, what: Departure) {
        self.to_venue.send(self.now_ns + self.delays.order.ns(), what);
    }

    /// Lets the world go on until something reaches us, but no further than `until_ns`. None when
    /// that time has come.
    pub fn advance(&mut self, until_ns: u64) -> Option<Arrival> {
        loop {
            let ours_ns = self.to_us.next_ns().unwrap_or(u64::MAX);
            let venue_ns = self.to_venue.next_ns().unwrap_or(u64::MAX);
            let block_ns = self.venue.next_due().ms() * MS_NS;
            let odd_ns = self.interference.as_ref().map_or(u64::MAX, |it| it.due_ns());
            let first_ns = venue_ns.min(block_ns).min(odd_ns);
            if ours_ns.min(until_ns) < first_ns {
                self.now_ns = self.now_ns.max(ours_ns.min(until_ns));
                if until_ns < ours_ns {
                    return None;
                }
                let (number, arrival) = self.to_us.pop_due(ours_ns)?;
                if self.is_current(number, &arrival) {
                    return Some(arrival);
                }
                continue;
            }
            self.now_ns = self.now_ns.max(first_ns);
            if odd_ns == first_ns {
                self.disturb();
            } else if venue_ns == first_ns {
                self.arrive(first_ns);
            } else {
                self.venue.advance(WallMs::from_ms(first_ns / MS_NS));
            }
            self.post_outputs();
        }
    }

    /// Whether it came over the connection that we have.
    fn is_current(&mut self, number: u64, arrival: &Arrival) -> bool {
        match arrival {
            Arrival::Http(..) => true,
            Arrival::Connected(stream)
            | Arrival::ConnectFailed(stream)
            | Arrival::Lost(stream)
            | Arrival::Text(stream, _) => self.connections[stream.index()].number == number,
        }
    }

    /// Connections that break by themselves.
    fn disturb(&mut self) {
        let Some(it) = &mut self.interference else { return };
        for stream in it.on_time(self.now_ns) {
            self.hang_up(stream);
        }
    }

    /// The venue's end of a connection is gone, and we hear of it.
    fn hang_up(&mut self, stream: Stream) {
        let connection = &mut self.connections[stream.index()];
        if let Some(client) = connection.client.take() {
            let number = connection.number;
            self.venue.closed(client);
            self.to_us.send(self.now_ns + self.delays.feed.ns(), (number, Arrival::Lost(stream)));
        }
    }

    /// The next number for a client of the venue.
    fn next_client(&mut self, verify: Verify) -> usize {
        self.clients += 1;
        self.venue.connect(self.clients, HOME, verify);
        self.clients
    }

    /// Something reaches the venue.
    fn arrive(&mut self, by_ns: u64) {
        let now = WallMs::from_ms(by_ns / MS_NS);
        match self.to_venue.pop_due(by_ns) {
            None => {}
            Some(Departure::Connect(stream)) => self.take_connection(stream, now),
            Some(Departure::Text(stream, text)) => {
                if let Some(client) = self.connections[stream.index()].client {
                    self.venue.on_text(client, text.as_bytes(), now);
                }
            }
            Some(Departure::Close(stream)) => {
                if let Some(client) = self.connections[stream.index()].client.take() {
                    self.venue.closed(client);
                }
            }
            Some(Departure::Http(what, path, body)) => {
                let client = self.next_client(Verify::Trusted(self.account));
                self.asked.insert(client, what);
                self.venue.on_http(client, path, &body, now);
            }
        }
    }

    fn take_connection(&mut self, stream: Stream, now: WallMs) {
        let fate = match &mut self.interference {
            Some(it) => it.on_connect(self.now_ns, stream),
            None => Connecting::Taken,
        };
        let number = self.connections[stream.index()].number;
        let arrival = match fate {
            Connecting::Taken => {
                if let Some(before) = self.connections[stream.index()].client.take() {
                    self.venue.closed(before);
                }
                let client = self.next_client(Verify::Trusted(self.account));
                self.venue.on_upgrade(client, now);
                self.connections[stream.index()].client = Some(client);
                Arrival::Connected(stream)
            }
            Connecting::Refused => Arrival::ConnectFailed(stream),
            Connecting::Mute => Arrival::Connected(stream), // Nobody is at its other end.
        };
        self.to_us.send(self.now_ns + self.delays.feed.ns(), (number, arrival));
    }

    /// What the venue said goes on its way to us.
    fn post_outputs(&mut self) {
        let at_ns = self.now_ns + self.delays.feed.ns();
        let mut answered = None;
        for (client, output) in self.venue.take_outputs() {
            let stream = [Stream::Market, Stream::Orders]
                .into_iter()
                .find(|stream| self.connections[stream.index()].client == Some(client));
            match (output, stream) {
                (ClientOutput::Text(text), Some(stream)) => {
                    let number = self.connections[stream.index()].number;
                    let fate = match &mut self.interference {
                        Some(it) => it.on_message_in(self.now_ns, stream, &text),
                        None => Fate::Pass,
                    };
                    match fate {
                        Fate::Pass => {
                            self.to_us.send(at_ns, (number, Arrival::Text(stream, text)));
                        }
                        Fate::Deliver(copies) => {
                            for (delay, copy) in copies {
                                let arrival = (number, Arrival::Text(stream, copy));
                                self.to_us.send(at_ns + delay.ns(), arrival);
                            }
                        }
                        Fate::Answer(..) => unreachable!("only what we send is answered"),
                    }
                }
                (ClientOutput::Close, Some(stream)) => {
                    let connection = &mut self.connections[stream.index()];
                    connection.client = None;
                    self.to_us.send(at_ns, (connection.number, Arrival::Lost(stream)));
                }
                (ClientOutput::Http(HttpAnswer { status, body, .. }), None) => {
                    if let Some(what) = self.asked.remove(&client) {
                        answered = Some(client);
                        let arrival = Arrival::Http(what, status, body.into_bytes());
                        self.to_us.send(at_ns, (0, arrival));
                    }
                }
                // Of a client that has gone.
                (ClientOutput::Text(_) | ClientOutput::Http(_) | ClientOutput::Close, _) => {}
            }
        }
        if let Some(client) = answered {
            self.venue.closed(client);
        }
    }
}
