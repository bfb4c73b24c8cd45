//! The buffers of the last decoded message, and which message it was.

use super::error::DecodeError;
use super::tape::UnknownKeys;
use super::vocabulary::Coins;
use crate::market::event::{Payment, ROWS_MAX, TRADES_MAX};
use crate::market::{
    AccountSnapshot, Bbo, BookFrame, CoinIx, Context, Event, Fill, Health, Item, OpenOrder,
    OrderUpdate, RejectReason, Reply, ReplyBody, RequestId, Stream, Trade,
};
use crate::num::{Usd, WallMs};
use crate::wire::scan::{ScanOutput, ScannedKind, scan};
use arrayvec::ArrayVec;

/// Answers one reply can hold: the venue allows 200 orders and cancels an action.
pub(super) const ITEMS_MAX: usize = 200;
/// Bytes of a venue's error text that are kept for the log.
const ERROR_TEXT_MAX: usize = 256;

/// What a message was.
#[derive(Clone, Copy, Debug)]
pub enum Decoded<'a> {
    /// Something happened; rows borrow the decoder until the next message.
    Event(Event<'a>),
    /// A subscription was acknowledged.
    Ack,
    /// Nothing of interest: the greeting, channels we do not use.
    Quiet,
    /// The venue complains about something we sent; its words, for the log.
    VenueError(&'a [u8]),
}

/// The rows of the last message. Big ones lie in boxes made once, so the buffers can be moved.
pub(super) struct MessageBuffers {
    pub(super) coins: Coins,
    pub(super) unknown_keys: UnknownKeys,
    pub(super) bbo: Bbo,
    pub(super) book: Box<BookFrame>,
    pub(super) trades: Box<ArrayVec<Trade, TRADES_MAX>>,
    pub(super) context: Context,
    pub(super) updates: Box<ArrayVec<OrderUpdate, ROWS_MAX>>,
    pub(super) fills: Box<ArrayVec<Fill, ROWS_MAX>>,
    pub(super) payments: Box<ArrayVec<Payment, ROWS_MAX>>,
    pub(super) account: Box<AccountSnapshot>,
    pub(super) open: Box<ArrayVec<OpenOrder, ROWS_MAX>>,
    pub(super) items: ArrayVec<Item, ITEMS_MAX>,
    pub(super) error: ArrayVec<u8, ERROR_TEXT_MAX>,
}

/// What the last message was; its rows lie on the message.
#[derive(Clone, Copy)]
pub(super) enum MessageKind {
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
    Reply(RequestId, ReplyKind),
    Alive(Stream),
    Ack,
    Quiet,
    Error,
}

/// Which message a JSON text was, or why it is refused.
pub(super) type Routed = Result<MessageKind, DecodeError>;

/// The body of a reply; its items lie on the message.
#[derive(Clone, Copy)]
pub(super) enum ReplyKind {
    Items,
    Done,
    Rejected(RejectReason),
    Unknown,
}

impl MessageBuffers {
    pub(super) fn new(coins: Coins) -> MessageBuffers {
        let account = AccountSnapshot {
            venue: WallMs::from_ms(0),
            equity: Usd::ZERO,
            raw_cash: Usd::ZERO,
            withdrawable: Usd::ZERO,
            holdings: ArrayVec::new(),
        };
        MessageBuffers {
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
    pub(super) fn scan(&mut self, frame: &[u8]) -> Option<MessageKind> {
        let output =
            ScanOutput { bbo: &mut self.bbo, book: &mut self.book, trades: &mut self.trades };
        let (kind, coin) = scan(frame, output)?;
        let coin = self.coins.find(coin)?;
        Some(match kind {
            ScannedKind::Bbo => MessageKind::Bbo(coin),
            ScannedKind::Book => MessageKind::Book(coin),
            ScannedKind::Trades => MessageKind::Trades(coin),
        })
    }

    /// What the last message was, with its rows.
    pub(super) fn decoded(&self, what: MessageKind) -> Decoded<'_> {
        Decoded::Event(match what {
            MessageKind::Ack => return Decoded::Ack,
            MessageKind::Quiet => return Decoded::Quiet,
            MessageKind::Error => return Decoded::VenueError(&self.error),
            MessageKind::Bbo(coin) => Event::Bbo(coin, &self.bbo),
            MessageKind::Book(coin) => Event::Book(coin, &self.book),
            MessageKind::Trades(coin) => Event::Trades(coin, &self.trades),
            MessageKind::Context(coin) => Event::Context(coin, &self.context),
            MessageKind::Orders => Event::Orders(&self.updates),
            MessageKind::Fills { snapshot } => Event::Fills { snapshot, fills: &self.fills },
            MessageKind::Funding { snapshot } => {
                Event::Funding { snapshot, payments: &self.payments }
            }
            MessageKind::Account => Event::Account(&self.account),
            MessageKind::Quota { used, cap } => Event::Health(Health::Quota { used, cap }),
            MessageKind::OpenOrders => Event::OpenOrders(&self.open),
            MessageKind::Reply(id, body) => Event::Reply(Reply { id, body: self.body(body) }),
            MessageKind::Alive(stream) => Event::Alive(stream),
        })
    }

    /// The body of a reply with its items.
    fn body(&self, body: ReplyKind) -> ReplyBody<'_> {
        match body {
            ReplyKind::Items => ReplyBody::Items(&self.items),
            ReplyKind::Done => ReplyBody::Done,
            ReplyKind::Rejected(reason) => ReplyBody::Rejected(reason),
            ReplyKind::Unknown => ReplyBody::Unknown,
        }
    }

    /// Keeps the beginning of a venue's error text.
    pub(super) fn keep_error(&mut self, text: &str) {
        self.error.clear();
        self.error.extend(text.bytes().take(ERROR_TEXT_MAX));
    }
}
