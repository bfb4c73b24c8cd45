//! Events that outlive the message they came in: what lies in a recording, or is under way in a
//! simulation. The hot path never makes one.

use super::event::{
    Bbo, BookFrame, Command, Context, Event, Fill, Item, Link, OpenOrder, OrderUpdate, Payment,
    Reply, ReplyBody, Stream, Trade,
};
use super::id::{CoinIx, RequestId};
use super::reject::RejectReason;
use super::table::Table;

/// An [`Event`] that owns its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedEvent {
    /// The best prices: [`Event::Bbo`].
    Bbo(CoinIx, Bbo),
    /// The whole book: [`Event::Book`].
    Book(CoinIx, Box<BookFrame>),
    /// Trades of others: [`Event::Trades`].
    Trades(CoinIx, Vec<Trade>),
    /// Mark and oracle: [`Event::Context`].
    Context(CoinIx, Context),
    /// States of our orders: [`Event::Orders`].
    Orders(Vec<OrderUpdate>),
    /// Our fills: [`Event::Fills`], never a repetition.
    Fills(Vec<Fill>),
    /// Our payments: [`Event::Funding`], never a repetition.
    Funding(Vec<Payment>),
    /// The venue's list of orders: [`Event::OpenOrders`].
    OpenOrders(Vec<OpenOrder>),
    /// A reply with a status an item: [`ReplyBody::Items`].
    Items(RequestId, Vec<Item>),
    /// A reply without items: [`ReplyBody::Done`].
    Done(RequestId),
    /// A reply that rejects all: [`ReplyBody::Rejected`].
    Rejected(RequestId, RejectReason),
    /// A table for the engine: [`Event::Table`].
    Table(CoinIx, Box<Table>),
    /// The state of a connection: [`Event::Link`].
    Link(Stream, Link),
    /// Proof that a connection lives: [`Event::Alive`].
    Alive(Stream),
    /// The operator's word: [`Event::Command`].
    Command(Command),
}

impl OwnedEvent {
    /// As the engine takes it.
    #[must_use]
    pub fn borrow(&self) -> Event<'_> {
        let reply = |id: &RequestId, body| Event::Reply(Reply { id: *id, body });
        match self {
            OwnedEvent::Bbo(coin, bbo) => Event::Bbo(*coin, bbo),
            OwnedEvent::Book(coin, frame) => Event::Book(*coin, frame),
            OwnedEvent::Trades(coin, trades) => Event::Trades(*coin, trades),
            OwnedEvent::Context(coin, context) => Event::Context(*coin, context),
            OwnedEvent::Orders(updates) => Event::Orders(updates),
            OwnedEvent::Fills(fills) => Event::Fills { snapshot: false, fills },
            OwnedEvent::Funding(payments) => Event::Funding { snapshot: false, payments },
            OwnedEvent::OpenOrders(open) => Event::OpenOrders(open),
            OwnedEvent::Items(id, items) => reply(id, ReplyBody::Items(items)),
            OwnedEvent::Done(id) => reply(id, ReplyBody::Done),
            OwnedEvent::Rejected(id, why) => reply(id, ReplyBody::Rejected(*why)),
            OwnedEvent::Table(coin, table) => Event::Table(*coin, table),
            OwnedEvent::Link(stream, link) => Event::Link(*stream, *link),
            OwnedEvent::Alive(stream) => Event::Alive(*stream),
            OwnedEvent::Command(command) => Event::Command(*command),
        }
    }
}
