//! The venue as a machine without sockets, clocks or threads: what clients send and the time go in,
//! what they are told comes out.
//!
//! Clients are numbers that its owner chooses and uses once. Time never goes back: one that does counts
//! as the last. The same inputs give the same outputs, byte for byte.

use super::client::{ClientOutput, Outbox, RestPath, VenueReply};
use super::exchange::{self, PendingReplies, ReplyTo, ServerCounts, SignedBy};
use super::hosted_venue::{FlowSource, HostedVenue};
use super::info;
use super::push::subscriptions::SubscribeError;
use super::push::ws_messages::{self, WsMessage, WsPost};
use super::push::{Push, PushIntervals};
use super::rate_limiter::{RateLimitKind, RateLimiter, RateLimits};
use super::verify;
use crate::market::Address;
use crate::num::WallMs;
use crate::venue::{ActionWire, Exchange, ExchangeConfig, Output};
use crate::wire::Source;
use std::collections::BTreeMap;
use std::net::IpAddr;
use tungstenite::Utf8Bytes;

/// Blocks run in one call; a machine that slept has more to catch up with.
const BLOCKS_MAX: usize = 256;
/// Of actions whose signer is trusted, one in so many is verified all the same.
const VERIFY_EVERY: u64 = 64;
/// What a service is made of.
pub struct ServiceConfig {
    /// The exchange behind it.
    pub exchange: ExchangeConfig,
    /// What other people do there.
    pub flow_source: FlowSource,
    /// The network whose signatures are taken; both when not given.
    pub network: Option<Source>,
    /// What one address may ask.
    pub rate_limits: RateLimits,
    /// How often topics are pushed.
    pub push_intervals: PushIntervals,
}

/// Whose word on a client's signatures counts. [`ServerCounts`] tell after each request what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Every signature is verified.
    All,
    /// The owner says who signs for the client; only the first action, every 64th and all cancels are
    /// verified.
    Trusted(Address),
}

/// The venue, and everybody who is connected to it.
pub struct VenueService {
    now: WallMs,
    venue: HostedVenue,
    /// Whether a block has run. Until then there is no market.
    begun: bool,
    clients: BTreeMap<usize, ServiceClient>,
    push: Push,
    pending: PendingReplies,
    rate_limiter: RateLimiter,
    network: Option<Source>,
    counts: ServerCounts,
    news: Vec<Output>,
    out: Outbox,
}

struct ServiceClient {
    ip: IpAddr,
    verify: Verify,
    actions: u64,
}

impl VenueService {
    /// The venue before its first block, with nobody connected; the first pushes are due at once.
    pub fn new(config: ServiceConfig, now: WallMs) -> VenueService {
        VenueService {
            now,
            venue: HostedVenue::new(config.exchange, config.flow_source),
            begun: false,
            clients: BTreeMap::new(),
            push: Push::new(config.push_intervals, now),
            pending: PendingReplies::default(),
            rate_limiter: RateLimiter::new(config.rate_limits),
            network: config.network,
            counts: ServerCounts::default(),
            news: Vec::new(),
            out: Outbox::new(),
        }
    }

    /// The exchange's own truth.
    pub fn exchange(&self) -> &Exchange {
        &self.venue.exchange
    }

    /// What was counted so far.
    pub fn counts(&self) -> ServerCounts {
        self.counts
    }

    /// Whether there is a market: a block has run. Before, nothing a client sends may be handed in.
    pub fn is_open(&self) -> bool {
        self.begun
    }

    /// When [`VenueService::advance`] has something to do.
    pub fn next_due(&self) -> WallMs {
        self.venue.exchange.next_block().min(self.push.due())
    }

    /// Everything said since the last call, in order.
    pub fn take_outputs(&mut self) -> std::vec::Drain<'_, (usize, ClientOutput)> {
        self.out.drain(..)
    }

    /// Runs blocks that are due and says their news, then what is due by the clock. More may be due
    /// afterwards.
    pub fn advance(&mut self, now: WallMs) {
        self.now = self.now.max(now);
        for _ in 0..BLOCKS_MAX {
            if !self.venue.run_block(self.now, &mut self.news) {
                break;
            }
            self.begun = true;
            self.publish_news();
        }
        self.push.push_due(&self.venue, &mut self.out, self.now);
    }

    /// Somebody connects from an address.
    pub fn connect(&mut self, client: usize, ip: IpAddr, verify: Verify) {
        self.counts.connections += 1;
        let before = self.clients.insert(client, ServiceClient { ip, verify, actions: 0 });
        assert!(before.is_none(), "the number of client {client} is used twice");
    }

    /// A client's connection becomes a socket.
    pub fn on_upgrade(&mut self, client: usize, now: WallMs) {
        if self.hears(client, now) && !self.try_spend(client, RateLimitKind::Sockets, 1) {
            self.close(client);
        }
    }

    /// A client sends a request; it waits for [`ClientOutput::Http`].
    pub fn on_http(&mut self, client: usize, endpoint: RestPath, body: &[u8], now: WallMs) {
        if !self.hears(client, now) {
            return;
        }
        match endpoint {
            RestPath::Info => self.on_question(ReplyTo::Http(client), body),
            RestPath::Exchange => self.on_action(ReplyTo::Http(client), body),
        }
    }

    /// A client sends a message on its socket.
    pub fn on_text(&mut self, client: usize, message: &[u8], now: WallMs) {
        if !self.hears(client, now) {
            return;
        }
        if !self.try_spend(client, RateLimitKind::Messages, 1) {
            return self.close(client);
        }
        match ws_messages::read(&String::from_utf8_lossy(message)) {
            Ok(WsMessage::Subscribe { subscription }) => {
                let limits = *self.rate_limiter.limits();
                let (venue, out) = (&mut self.venue, &mut self.out);
                match self.push.subscribe(venue, client, &limits, &subscription, out) {
                    Ok(()) => {}
                    Err(SubscribeError::Unsound) => self.close(client),
                    Err(refused) => self.say(client, ws_messages::error(&refused.to_string())),
                }
            }
            Ok(WsMessage::Unsubscribe { subscription }) => {
                self.push.unsubscribe(client, &subscription, &mut self.out);
            }
            Ok(WsMessage::Ping) => self.say(client, ws_messages::pong()),
            Ok(WsMessage::Post { id, request }) => self.on_post(client, id, request),
            Err(none) => self.say(client, ws_messages::error(&none.to_string())),
        }
    }

    /// A client's connection ended.
    pub fn closed(&mut self, client: usize) {
        self.clients.remove(&client);
        self.push.forget(client);
    }

    /// Takes the time of an input. A client that was closed is not heard.
    fn hears(&mut self, client: usize, now: WallMs) -> bool {
        assert!(self.begun, "a client is heard before the first block");
        self.now = self.now.max(now);
        self.clients.contains_key(&client)
    }

    fn try_spend(&mut self, client: usize, kind: RateLimitKind, amount: u64) -> bool {
        let ip = self.clients[&client].ip;
        self.rate_limiter.try_spend(ip, kind, amount, self.now)
    }

    /// Takes a question, and answers it at once.
    fn on_question(&mut self, caller: ReplyTo, body: &[u8]) {
        let client = caller.client();
        let asked = match info::read(body) {
            Ok(asked) => asked,
            Err(malformed) => return self.reply(caller, VenueReply::malformed(&malformed)),
        };
        if !self.try_spend(client, RateLimitKind::Weight, asked.weight()) {
            return self.reply(caller, VenueReply::TOO_MANY);
        }
        let (answer, rows_weight) = asked.answer(&mut self.venue);
        self.rate_limiter.charge(self.clients[&client].ip, rows_weight, self.now);
        self.reply(caller, VenueReply::Info(asked.kind(), answer));
    }

    /// Takes a signed action; its answer comes with its block.
    fn on_action(&mut self, caller: ReplyTo, body: &[u8]) {
        let client = caller.client();
        let action = match verify::open(body) {
            Ok(action) => action,
            Err(malformed) => return self.reply(caller, VenueReply::malformed(&malformed)),
        };
        let terms = action.action().terms();
        if !self.try_spend(client, RateLimitKind::Weight, exchange::weight(&terms)) {
            return self.reply(caller, VenueReply::TOO_MANY);
        }
        let signed_by = match self.trusted_signer(client, action.action()) {
            Some(signer) => SignedBy::Trusted(signer),
            None => SignedBy::recover(&action, &self.venue, self.network),
        };
        self.counts.count_signature(signed_by);
        let refused = |text: &str| VenueReply::Action(exchange::reject_json(text));
        let (signer, known) = match signed_by {
            SignedBy::Nobody => return self.reply(caller, refused("Unable to recover signer")),
            SignedBy::Stranger(signer) => (signer, false),
            SignedBy::Known(signer) | SignedBy::Trusted(signer) => (signer, true),
        };
        match terms {
            Ok(terms) if known => self.counts.orders += terms.orders as u64,
            Ok(_) => {}
            Err(unsupported) => return self.reply(caller, refused(&unsupported.to_string())),
        }
        let envelope = action.envelope(self.pending.open(caller), signer);
        self.venue.exchange.submit(self.now, envelope, &mut self.news);
        self.publish_news();
    }

    /// Who signed an action by the owner's word; none when the signature is to be verified.
    fn trusted_signer(&mut self, client: usize, action: &ActionWire) -> Option<Address> {
        let client = self.clients.get_mut(&client)?;
        let is_sample = client.actions.is_multiple_of(VERIFY_EVERY);
        client.actions += 1;
        match client.verify {
            Verify::Trusted(signer) if !is_sample && !action.is_cancel() => Some(signer),
            Verify::Trusted(_) | Verify::All => None,
        }
    }

    /// Takes a request on a socket.
    fn on_post(&mut self, client: usize, id: u64, request: WsPost) {
        if self.rate_limiter.limits().posts <= self.pending.of_client(client) {
            let text = format!("too many pending post requests id={id}");
            return self.say(client, ws_messages::error(&text));
        }
        let caller = ReplyTo::Socket(client, id);
        match request {
            WsPost::Info(question) => self.on_question(caller, question.to_string().as_bytes()),
            WsPost::Action(body) => self.on_action(caller, body.to_string().as_bytes()),
        }
    }

    /// Publishes the exchange's output: to subscribers first, then as replies to waiting clients.
    fn publish_news(&mut self) {
        let mut news = std::mem::take(&mut self.news);
        self.push.publish(&self.venue, &news, &mut self.out);
        for output in news.drain(..) {
            if let Output::Answer { ticket, answer } = output
                && let Some(caller) = self.pending.close(ticket)
            {
                let body = exchange::answer(&answer, &mut self.counts);
                self.reply(caller, VenueReply::Action(body));
            }
        }
        self.news = news;
    }

    /// Answers a request in the way it came.
    fn reply(&mut self, caller: ReplyTo, reply: VenueReply) {
        let output = match caller {
            ReplyTo::Http(_) => ClientOutput::Http(reply.http()),
            ReplyTo::Socket(_, id) => ClientOutput::Text(ws_messages::posted(id, reply)),
        };
        self.put(caller.client(), output);
    }

    fn say(&mut self, client: usize, text: Utf8Bytes) {
        self.put(client, ClientOutput::Text(text));
    }

    fn close(&mut self, client: usize) {
        self.put(client, ClientOutput::Close);
        self.closed(client);
    }

    /// Adds to what is said; whoever went away in the meantime hears nothing.
    fn put(&mut self, client: usize, output: ClientOutput) {
        if self.clients.contains_key(&client) {
            self.out.push((client, output));
        }
    }
}
