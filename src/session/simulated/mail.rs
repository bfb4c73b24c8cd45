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
pub(super) enum Letter {
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

impl Letter {
    /// The event it is, if it is one.
    pub(super) fn read(&self, coin: CoinIx, step: impl FnOnce(&Event<'_>)) {
        let reply = |id: RequestId, body: ReplyBody<'_>, step: &mut dyn FnMut(&Event<'_>)| {
            step(&Event::Reply(Reply { id, body }));
        };
        let mut step = Some(step);
        let mut once = |event: &Event<'_>| {
            if let Some(step) = step.take() {
                step(event);
            }
        };
        match self {
            Letter::Bbo(bbo) => once(&Event::Bbo(coin, bbo)),
            Letter::Book(frame) => once(&Event::Book(coin, frame)),
            Letter::Trades(trades) => once(&Event::Trades(coin, trades)),
            Letter::Context(context) => once(&Event::Context(coin, context)),
            Letter::Orders(news) => once(&Event::Orders(news)),
            Letter::Fills(fills) => once(&Event::Fills { snapshot: false, fills }),
            Letter::Funding(payment) => {
                once(&Event::Funding { snapshot: false, payments: std::slice::from_ref(payment) });
            }
            Letter::Items(id, items) => reply(*id, ReplyBody::Items(items), &mut once),
            Letter::Done(id) => reply(*id, ReplyBody::Done, &mut once),
            Letter::Rejected(id, why) => reply(*id, ReplyBody::Rejected(*why), &mut once),
            Letter::Link(stream, link) => once(&Event::Link(*stream, *link)),
            Letter::Table(table) => once(&Event::Table(coin, table)),
            Letter::OpenOrders(open) => once(&Event::OpenOrders(open)),
            Letter::NothingOpen => once(&Event::OpenOrders(&[])),
            Letter::Pong => once(&Event::Alive(Stream::Market)),
            Letter::Stop => once(&Event::Command(Command::Stop)),
            Letter::News(news) => match news {
                MarketMessage::Touch(bbo) => once(&Event::Bbo(coin, bbo)),
                MarketMessage::Book(frame) => once(&Event::Book(coin, frame)),
                MarketMessage::Trades(trades, _) => once(&Event::Trades(coin, trades)),
                MarketMessage::Context(context) => once(&Event::Context(coin, context)),
                MarketMessage::Alive => once(&Event::Alive(Stream::Market)),
                MarketMessage::Other => {}
            },
        }
    }
}

/// Things under way, each with the time of its arrival.
#[derive(Debug)]
pub(super) struct Mail<T> {
    heap: BinaryHeap<Reverse<Posted<T>>>,
    number: u64,
}

impl<T> Default for Mail<T> {
    fn default() -> Mail<T> {
        Mail { heap: BinaryHeap::new(), number: 0 }
    }
}

impl<T> Mail<T> {
    /// Sends something that arrives at `at_ns`.
    pub(super) fn send(&mut self, at_ns: u64, what: T) {
        self.number += 1;
        self.heap.push(Reverse(Posted { at_ns, number: self.number, what }));
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
struct Posted<T> {
    at_ns: u64,
    number: u64,
    what: T,
}

impl<T> PartialEq for Posted<T> {
    fn eq(&self, other: &Posted<T>) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T> Eq for Posted<T> {}

impl<T> PartialOrd for Posted<T> {
    fn partial_cmp(&self, other: &Posted<T>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Posted<T> {
    fn cmp(&self, other: &Posted<T>) -> Ordering {
        (self.at_ns, self.number).cmp(&(other.at_ns, other.number))
    }
}
