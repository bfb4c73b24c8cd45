//! Where decoded rows lie until the next message, and what was found.

use super::Decoded;
use super::node::UnknownKeys;
use super::replies::ITEMS_MAX;
use super::words::Coins;
use crate::market::event::{Payment, ROWS_MAX, TRADES_MAX};
use crate::market::{
    Account, Bbo, BookFrame, CoinIx, Context, Event, Fill, Item, OpenOrder, OrderUpdate,
    RejectReason, Reply, ReplyBody, RequestId, Stream, Trade, Vital,
};
use crate::num::{Usd, WallMs};
use crate::wire::scan::{Kind, ScanOutput, scan};
use arrayvec::ArrayVec;

/// Bytes of a venue's error text that are kept for the log.
const ERROR_TEXT_MAX: usize = 256;

/// The rows of the last message. Big ones lie in boxes made once, so the desk itself can be moved.
pub(super) struct Desk {
    pub(super) coins: Coins,
    pub(super) unknown_keys: UnknownKeys,
    pub(super) bbo: Bbo,
    pub(super) book: Box<BookFrame>,
    pub(super) trades: Box<ArrayVec<Trade, TRADES_MAX>>,
    pub(super) context: Context,
    pub(super) updates: Box<ArrayVec<OrderUpdate, ROWS_MAX>>,
    pub(super) fills: Box<ArrayVec<Fill, ROWS_MAX>>,
    pub(super) payments: Box<ArrayVec<Payment, ROWS_MAX>>,
    pub(super) account: Box<Account>,
    pub(super) open: Box<ArrayVec<OpenOrder, ROWS_MAX>>,
    pub(super) items: ArrayVec<Item, ITEMS_MAX>,
    pub(super) error: ArrayVec<u8, ERROR_TEXT_MAX>,
}

/// What the last message was; its rows lie on the desk.
#[derive(Clone, Copy)]
pub(super) enum What {
    Bbo(CoinIx),
    Book(CoinIx),
    Trades(CoinIx),
    Context(CoinIx),
    Orders,
    Fills { snapshot: bool },
    Funding { snapshot: bool },
    Account,
    Quota { used: u64, cap: u64 },
    OpenOrders,
    AccountAndOrders,
    Reply(RequestId, Body),
    Alive(Stream),
    Ack,
    Quiet,
    Error,
}

/// The body of a reply; its items lie on the desk.
#[derive(Clone, Copy)]
pub(super) enum Body {
    Items,
    Done,
    Rejected(RejectReason),
    Unknown,
}

impl Desk {
    /// An empty desk.
    pub(super) fn new(coins: Coins) -> Desk {
        let account = Account {
            venue: WallMs::from_ms(0),
            equity: Usd::ZERO,
            raw_cash: Usd::ZERO,
            withdrawable: Usd::ZERO,
            holdings: ArrayVec::new(),
        };
        Desk {
            coins,
            unknown_keys: 0,
            bbo: Bbo::default(),
            book: Box::new(BookFrame::EMPTY),
            trades: Box::new(ArrayVec::new()),
            context: Context::default(),
            updates: Box::new(ArrayVec::new()),
            fills: Box::new(ArrayVec::new()),
            payments: Box::new(ArrayVec::new()),
            account: Box::new(account),
            open: Box::new(ArrayVec::new()),
            items: ArrayVec::new(),
            error: ArrayVec::new(),
        }
    }

    /// Reads a message by the fast lane, when it is of the exact layout and of a coin of ours.
    pub(super) fn scan(&mut self, frame: &[u8]) -> Option<What> {
        let sheet =
            ScanOutput { bbo: &mut self.bbo, book: &mut self.book, trades: &mut self.trades };
        let (kind, coin) = scan(frame, sheet)?;
        let coin = self.coins.find(coin)?;
        Some(match kind {
            Kind::Bbo => What::Bbo(coin),
            Kind::Book => What::Book(coin),
            Kind::Trades => What::Trades(coin),
        })
    }

    /// What the last message was, with its rows.
    pub(super) fn decoded(&self, what: What) -> Decoded<'_> {
        Decoded::Event(match what {
            What::Ack => return Decoded::Ack,
            What::Quiet => return Decoded::Quiet,
            What::Error => return Decoded::VenueError(&self.error),
            What::AccountAndOrders => {
                return Decoded::Both(Event::Account(&self.account), Event::OpenOrders(&self.open));
            }
            What::Bbo(coin) => Event::Bbo(coin, &self.bbo),
            What::Book(coin) => Event::Book(coin, &self.book),
            What::Trades(coin) => Event::Trades(coin, &self.trades),
            What::Context(coin) => Event::Context(coin, &self.context),
            What::Orders => Event::Orders(&self.updates),
            What::Fills { snapshot } => Event::Fills { snapshot, fills: &self.fills },
            What::Funding { snapshot } => Event::Funding { snapshot, payments: &self.payments },
            What::Account => Event::Account(&self.account),
            What::Quota { used, cap } => Event::Health(Vital::Quota { used, cap }),
            What::OpenOrders => Event::OpenOrders(&self.open),
            What::Reply(id, body) => Event::Reply(Reply { id, body: self.body(body) }),
            What::Alive(stream) => Event::Alive(stream),
        })
    }

    /// The body of a reply with its items.
    fn body(&self, body: Body) -> ReplyBody<'_> {
        match body {
            Body::Items => ReplyBody::Items(&self.items),
            Body::Done => ReplyBody::Done,
            Body::Rejected(reason) => ReplyBody::Rejected(reason),
            Body::Unknown => ReplyBody::Unknown,
        }
    }

    /// Keeps the beginning of a venue's error text.
    pub(super) fn keep_error(&mut self, text: &str) {
        self.error.clear();
        self.error.extend(text.bytes().take(ERROR_TEXT_MAX));
    }
}
