//! Letters under way, delivered in the order of their time.

use crate::journal::MarketMessage;
use crate::market::event::{Command, Payment};
use crate::market::{
    Bbo, BookFrame, CoinIx, Context, Event, Fill, Item, Link, OpenOrder, OrderUpdate, RejectReason,
    Reply, ReplyBody, RequestId, Stream, Table, Trade,
};
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Something on its way to the engine.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Bbo(Bbo),
    Book(Box<BookFrame>),
    Trades(Vec<Trade>),
    Context(Context),
    Orders(Vec<OrderUpdate>),
    Fills(Vec<Fill>),
    Funding(Payment),
    Items(RequestId, Vec<Item>),
    Done(RequestId),
    Rejected(RequestId, RejectReason),
    Link(Stream, Link),
    News(MarketMessage),
    Table(Box<Table>),
    OpenOrders(Vec<OpenOrder>),
    NothingOpen,
    Pong,
    Stop,
}

impl Message {
    /// The event it is, if it is one.
    pub(super) fn event(&self, coin: CoinIx) -> Option<Event<'_>> {
        let reply = |id: &RequestId, body| Event::Reply(Reply { id: *id, body });
        Some(match self {
            Message::Bbo(bbo) => Event::Bbo(coin, bbo),
            Message::Book(frame) => Event::Book(coin, frame),
            Message::Trades(trades) => Event::Trades(coin, trades),
            Message::Context(context) => Event::Context(coin, context),
            Message::Orders(news) => Event::Orders(news),
            Message::Fills(fills) => Event::Fills { snapshot: false, fills },
            Message::Funding(payment) => {
                Event::Funding { snapshot: false, payments: std::slice::from_ref(payment) }
            }
            Message::Items(id, items) => reply(id, ReplyBody::Items(items)),
            Message::Done(id) => reply(id, ReplyBody::Done),
            Message::Rejected(id, why) => reply(id, ReplyBody::Rejected(*why)),
            Message::Link(stream, link) => Event::Link(*stream, *link),
            Message::Table(table) => Event::Table(coin, table),
            Message::OpenOrders(open) => Event::OpenOrders(open),
            Message::NothingOpen => Event::OpenOrders(&[]),
            Message::Pong => Event::Alive(Stream::Market),
            Message::Stop => Event::Command(Command::Stop),
            Message::News(news) => match news {
                MarketMessage::Touch(bbo) => Event::Bbo(coin, bbo),
                MarketMessage::Book(frame) => Event::Book(coin, frame),
                MarketMessage::Trades(trades, _) => Event::Trades(coin, trades),
                MarketMessage::Context(context) => Event::Context(coin, context),
                MarketMessage::Alive => Event::Alive(Stream::Market),
                MarketMessage::Other => return None,
            },
        })
    }
}

/// Things under way, each with the time of its arrival.
#[derive(Debug)]
pub(super) struct LatencyQueue<T> {
    heap: BinaryHeap<Reverse<Delivery<T>>>,
    number: u64,
}

impl<T> Default for LatencyQueue<T> {
    fn default() -> LatencyQueue<T> {
        LatencyQueue { heap: BinaryHeap::new(), number: 0 }
    }
}

impl<T> LatencyQueue<T> {
    /// Sends something that arrives at `at_ns`.
    pub(super) fn send(&mut self, at_ns: u64, what: T) {
        self.number += 1;
        self.heap.push(Reverse(Delivery { at_ns, number: self.number, what }));
    }

    /// When the next one arrives.
    pub(super) fn next_ns(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse(posted)| posted.at_ns)
    }

    /// The next one, if it arrives no later than `by_ns`.
    pub(super) fn pop_due(&mut self, by_ns: u64) -> Option<T> {
        if by_ns < self.next_ns()? {
            return None;
        }
        self.heap.pop().map(|Reverse(posted)| posted.what)
    }
}

/// Things of one time arrive in the order in which they were sent.
#[derive(Debug)]
struct Delivery<T> {
    at_ns: u64,
    number: u64,
    what: T,
}

impl<T> PartialEq for Delivery<T> {
    fn eq(&self, other: &Delivery<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Delivery<T> {}

impl<T> PartialOrd for Delivery<T> {
    fn partial_cmp(&self, other: &Delivery<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Delivery<T> {
    fn cmp(&self, other: &Delivery<T>) -> Ordering {
        (self.at_ns, self.number).cmp(&(other.at_ns, other.number))
    }
}
