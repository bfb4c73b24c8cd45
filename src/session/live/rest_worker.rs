//! Errands to the venue: reads and connections that may take their time, on threads of their own.

use super::message::ColdReply;
use crate::host::Clock;
use crate::host::socket::{Sent, Socket};
use crate::market::Address;
use crate::num::Nanos;
use crate::session::header::RestQuery;
use crate::session::rest::Rest;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// How long a connection may take to stand.
const CONNECT_LIMIT: Nanos = Nanos::from_secs(3);
/// The time between two attempts.
const RETRY_AFTER: Nanos = Nanos::from_secs(2);

/// Where and about whom.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The REST side.
    pub rest: Rest,
    /// The socket side.
    pub url: String,
    /// The account.
    pub account: Address,
    /// The coin's full name.
    pub coin: String,
    /// Its dex.
    pub dex: String,
    /// The reference market, where there is one.
    pub reference: Option<String>,
}

/// Runs errands and collects what they bring.
pub struct RestWorker {
    to: Arc<Endpoint>,
    clock: Clock,
    sender: Sender<Result<ColdReply, String>>,
    receiver: Receiver<Result<ColdReply, String>>,
    over: Arc<AtomicBool>,
}

impl RestWorker {
    /// Errands to this venue.
    #[must_use]
    pub fn new(to: Endpoint, clock: Clock) -> RestWorker {
        let (sender, receiver) = channel();
        let over = Arc::new(AtomicBool::new(false));
        RestWorker { to: Arc::new(to), clock, sender, receiver, over }
    }

    /// What an errand brought, or why it failed.
    pub fn poll(&mut self) -> Option<Result<ColdReply, String>> {
        self.receiver.try_recv().ok()
    }

    /// Reads the venue's own lists.
    pub fn sync(&self) {
        let (to, results) = (Arc::clone(&self.to), self.sender.clone());
        thread::spawn(move || {
            for body in RestQuery::ALL {
                let read = to.rest.info_bytes(&question(body, &to));
                let result = read.map(|bytes| ColdReply::Body(body, bytes));
                let failed = result.is_err();
                // Nobody listens any more once the session is over.
                let _ = results.send(result.map_err(|error| error.to_string()));
                if failed {
                    break;
                }
            }
            let _ = results.send(Ok(ColdReply::Synced));
        });
    }

    /// Connects and subscribes, for as long as it takes.
    pub fn connect(&self) {
        let (to, results) = (Arc::clone(&self.to), self.sender.clone());
        let (clock, over) = (self.clock.clone(), Arc::clone(&self.over));
        thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                match subscribed(&to) {
                    Ok(socket) => {
                        let _ = results.send(Ok(ColdReply::Market(Box::new(socket))));
                        return;
                    }
                    Err(why) => {
                        let _ = results.send(Err(why));
                    }
                }
                clock.sleep(RETRY_AFTER);
            }
        });
    }
}

impl Drop for RestWorker {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// The REST request for a list.
fn question(body: RestQuery, to: &Endpoint) -> Value {
    let (user, dex) = (to.account.to_string(), to.dex.as_str());
    match body {
        RestQuery::Fills => json!({"type": "userFills", "user": user}),
        RestQuery::OpenOrders => json!({"type": "frontendOpenOrders", "user": user, "dex": dex}),
        RestQuery::Quota => json!({"type": "userRateLimit", "user": user}),
        RestQuery::Account => json!({"type": "clearinghouseState", "user": user, "dex": dex}),
    }
}

/// A market connection with every subscription sent.
fn subscribed(to: &Endpoint) -> Result<Socket, String> {
    let mut socket =
        Socket::connect(&to.url, CONNECT_LIMIT).map_err(|error| format!("{}: {error}", to.url))?;
    let (coin, user) = (to.coin.as_str(), to.account.to_string());
    let reference = to.reference.iter().map(|coin| json!({"type": "bbo", "coin": coin}));
    let topics = [
        json!({"type": "userFills", "user": user}),
        json!({"type": "userFundings", "user": user}),
        json!({"type": "orderUpdates", "user": user}),
        json!({"type": "activeAssetCtx", "coin": coin}),
        json!({"type": "trades", "coin": coin}),
        json!({"type": "l2Book", "coin": coin, "fast": true}),
        json!({"type": "bbo", "coin": coin}),
        json!({"type": "clearinghouseState", "user": user, "dex": to.dex}),
    ];
    for topic in topics.into_iter().chain(reference) {
        let frame = json!({"method": "subscribe", "subscription": topic}).to_string();
        if let Sent::Closed(why) = socket.send_text(&frame) {
            return Err(format!("{}: closed while subscribing ({why:?})", to.url));
        }
    }
    Ok(socket)
}
