//! Errands to the venue: reads and connections that may take their time, on threads of their own.

use super::message::ColdReply;
use crate::host::socket::{Sent, Socket};
use crate::market::RequestId;
use crate::num::Nanos;
use crate::session::links::{RestQuery, Topics};
use crate::session::order_route;
use crate::session::rest::Rest;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// How long a connection may take to stand.
const CONNECT_LIMIT: Nanos = Nanos::from_secs(3);

/// Where and about whom.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The venue's REST side.
    pub rest: Rest,
    /// Address of its socket side.
    pub url: String,
    /// Whom and what to ask about.
    pub topics: Topics,
}

/// Runs errands and collects what they bring.
pub struct RestWorker {
    to: Arc<Endpoint>,
    sender: Sender<Result<ColdReply, String>>,
    receiver: Receiver<Result<ColdReply, String>>,
}

impl RestWorker {
    /// Errands to this venue.
    #[must_use]
    pub fn new(to: Endpoint) -> RestWorker {
        let (sender, receiver) = channel();
        RestWorker { to: Arc::new(to), sender, receiver }
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
                let read = to.rest.info_bytes(&to.topics.question(body));
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

    /// Tries once to connect and subscribe.
    pub fn connect(&self) {
        let (to, results) = (Arc::clone(&self.to), self.sender.clone());
        thread::spawn(move || {
            let brought = match subscribed(&to) {
                Ok(socket) => ColdReply::Market(Box::new(socket)),
                Err(why) => {
                    let _ = results.send(Err(why));
                    ColdReply::ConnectFailed
                }
            };
            let _ = results.send(Ok(brought));
        });
    }
}

/// A market connection with every subscription sent.
fn subscribed(to: &Endpoint) -> Result<Socket, String> {
    let mut socket =
        Socket::connect(&to.url, CONNECT_LIMIT).map_err(|error| format!("{}: {error}", to.url))?;
    for frame in to.topics.subscriptions() {
        if let Sent::Closed(why) = socket.send_text(&frame) {
            return Err(format!("{}: closed while subscribing ({why:?})", to.url));
        }
    }
    Ok(socket)
}

/// Sends signed requests by REST, while the socket for them is gone: one after another, on a thread of
/// its own.
pub struct RestRoute {
    requests: Sender<(RequestId, Vec<u8>)>,
    replies: Receiver<String>,
}

impl RestRoute {
    /// To this venue. Its thread ends when the route is dropped.
    #[must_use]
    pub fn new(rest: Rest) -> RestRoute {
        let (requests, to_send) = channel::<(RequestId, Vec<u8>)>();
        let (answers, replies) = channel();
        thread::spawn(move || {
            for (id, envelope) in to_send {
                let reply = match rest.exchange(&envelope) {
                    Ok(body) => order_route::answered(id, &body),
                    Err(error) if error.is_unsent => order_route::not_sent(id),
                    Err(_) => order_route::unanswered(id),
                };
                if answers.send(reply).is_err() {
                    return; // The session is over.
                }
            }
        });
        RestRoute { requests, replies }
    }

    /// Sends a request; its reply is polled for.
    pub fn send(&self, id: RequestId, envelope: &[u8]) {
        // The thread lives as long as the route.
        let _ = self.requests.send((id, envelope.to_vec()));
    }

    /// A reply that has come, as a frame of the socket.
    #[must_use]
    pub fn poll(&self) -> Option<String> {
        self.replies.try_recv().ok()
    }
}
