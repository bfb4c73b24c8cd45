//! All that can happen to us.
//!
//! One message of the venue is one event, however many rows it has: seven fills of one sweep are
//! one step of the engine and one decision. Slices borrow the decoder's buffers for that step.

use super::id::{Cloid, CoinIx, Oid, RequestId, Tid};
use super::reject::RejectReason;
use super::table::Table;
use crate::num::{Bps, Pos, Px, Qty, Side, Usd, WallMs, numbered};

/// Levels a side that a book frame carries.
pub const DEPTH: usize = 20;

/// Trades one event can carry; the venue was seen to send up to 121.
pub const TRADES_MAX: usize = 512;
/// Rows of our own (fills, updates, open orders) one event can carry; snapshots hold up to 2000.
pub const ROWS_MAX: usize = 2048;

/// Everything the engine can be told, one variant a message.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// The best bid and ask of a coin changed.
    Bbo(CoinIx, &'a Bbo),
    /// A full snapshot of a coin's book.
    Book(CoinIx, &'a BookFrame),
    /// Other people's trades, oldest first.
    Trades(CoinIx, &'a [Trade]),
    /// Oracle, mark and funding of a coin.
    Context(CoinIx, &'a Context),
    /// States of our orders, of all coins of the account.
    Orders(&'a [OrderUpdate]),
    /// Our fills, oldest first, of all coins of the account.
    Fills {
        /// A repetition of recent fills after subscribing; most of them are known already.
        snapshot: bool,
        /// The fills, of all coins.
        fills: &'a [Fill],
    },
    /// Funding that our positions paid or received, of all coins of the account.
    Funding {
        /// A repetition of past payments after subscribing.
        snapshot: bool,
        /// The payments, of all coins.
        payments: &'a [Payment],
    },
    /// Money and positions of the account, as the venue sees them.
    Account(&'a AccountSnapshot),
    /// All open orders of the account, as the venue sees them.
    OpenOrders(&'a [OpenOrder]),
    /// The answer to one of our requests.
    Reply(Reply<'a>),
    /// A new table of quote distances.
    Table(CoinIx, &'a Table),
    /// A connection came up or went down.
    Link(Stream, Link),
    /// A message could not be read; what it may have said is missing.
    Garbled(Stream),
    /// Proof that a connection lives, without content (a pong).
    Alive(Stream),
    /// A measure of our own; no message of the market brings it.
    Health(Health),
    /// The moment the engine asked to be woken at has come.
    Wake,
    /// A command of the operator: stop, flatten or halt.
    Command(Command),
}

/// Funding of one position for one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The coin; [`CoinIx::FOREIGN`] if it is none of ours.
    pub coin: CoinIx,
    /// When, by the venue's clock.
    pub venue: WallMs,
    /// Received; negative when paid.
    pub received: Usd,
}

/// A measure of our own health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Whether the 99th percentile of tick-to-quote is above what MODEL 5 allows.
    Slow(bool),
    /// Requests over the account's life.
    Quota {
        /// Requests used over the account's life.
        used: u64,
        /// Requests granted over the account's life.
        cap: u64,
    },
}

numbered! {
    /// What a person may ask of a running engine.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Command {
        /// Cancel everything that adds, and bring the position home with patience.
        Stop = 0,
        /// Cancel everything, close the position and latch.
        Flatten = 1,
        /// Cancel everything and latch; the position stays.
        Halt = 2,
        /// As [`Command::Stop`], without patience.
        StopNow = 3,
        /// Cancel everything and end; the position stays.
        Abandon = 4,
    }
}

numbered! {
    /// A connection and what flows on it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stream {
        /// Market data and our account's events, read by the hot thread.
        Market = 0,
        /// Our requests and their replies, owned by the sender.
        Orders = 1,
    }
}

numbered! {
    /// Whether a connection stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Link {
        /// The connection is down.
        Down = 0,
        /// It does, and every subscription is made anew.
        Up = 1,
    }
}

/// One price of a book.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// The price of the level.
    pub px: Px,
    /// The size that rests there, in coins.
    pub qty: Qty,
    /// Number of orders; 0 where the source kept none.
    pub count: u32,
}

/// Best bid and ask; a side is absent when nothing rests there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bbo {
    /// The time of the block, by the venue's clock.
    pub venue: WallMs,
    /// The best bid; none when nobody bids.
    pub bid: Option<Level>,
    /// The best ask; none when nobody offers.
    pub ask: Option<Level>,
}

/// A snapshot of the best levels, best first; `len` of them are meant, the rest are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookFrame {
    /// The time of the snapshot, by the venue's clock.
    pub venue: WallMs,
    /// Whether it comes from the fast stream of 5 levels.
    pub fast: bool,
    /// Levels in use, by [`Side::index`].
    pub len: [u8; 2],
    /// Levels, by [`Side::index`], best first.
    pub levels: [[Level; DEPTH]; 2],
}

impl BookFrame {
    /// A book with nothing in it.
    pub const EMPTY: BookFrame = BookFrame {
        venue: WallMs::from_ms(0),
        fast: false,
        len: [0; 2],
        levels: [[Level { px: Px::ZERO, qty: Qty::ZERO, count: 0 }; DEPTH]; 2],
    };

    /// The levels of a side, best first.
    #[must_use]
    pub fn side(&self, side: Side) -> &[Level] {
        &self.levels[side.index()][..usize::from(self.len[side.index()])]
    }
}

/// Somebody's trade. One taker order against n makers is n trades with one time and side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trade {
    /// When it traded, by the venue's clock.
    pub venue: WallMs,
    /// The venue's name for it.
    pub tid: Tid,
    /// Whether the taker bought.
    pub taker_buys: bool,
    /// The price it traded at.
    pub px: Px,
    /// The size that traded, in coins.
    pub qty: Qty,
}

impl Trade {
    /// The side the taker was on.
    pub const fn taker(&self) -> Side {
        if self.taker_buys { Side::Bid } else { Side::Ask }
    }
}

/// Oracle, mark and funding of a coin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Mark price: margin and PnL are valued at it.
    pub mark: Px,
    /// Oracle price: funding is paid on it.
    pub oracle: Px,
    /// Running estimate of this hour's funding rate.
    pub funding: Bps,
}

/// A fill of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The coin, or [`CoinIx::FOREIGN`].
    pub coin: CoinIx,
    /// When it traded, by the venue's clock.
    pub venue: WallMs,
    /// The venue's name for the trade.
    pub tid: Tid,
    /// The venue's name for our order.
    pub oid: Oid,
    /// Our name for it, when it had one.
    pub cloid: Option<Cloid>,
    /// The side of our order.
    pub side: Side,
    /// The price it traded at.
    pub px: Px,
    /// The size that traded, in coins.
    pub qty: Qty,
    /// Fee paid (a rebate is negative), in the collateral.
    pub fee: Usd,
    /// Realised by this fill, before fees, as the venue says.
    pub closed: Usd,
    /// The position before this fill, as the venue says.
    pub start: Pos,
    /// Whether we were the taker.
    pub crossed: bool,
}

/// Where an order of ours stands at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum OrderStatus {
    /// It rests in the book.
    Open = 0,
    /// A trigger order that has fired and goes on as an order.
    Triggered = 1,
    /// All of it is filled.
    Filled = 2,
    /// It was cancelled, by us or by the venue.
    Canceled = 3,
    /// It was never accepted.
    Rejected = 4,
}

/// News of one of our orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderUpdate {
    /// The coin, or [`CoinIx::FOREIGN`].
    pub coin: CoinIx,
    /// The venue's name for it.
    pub oid: Oid,
    /// Our name for it, when it has one.
    pub cloid: Option<Cloid>,
    /// The side of the order.
    pub side: Side,
    /// The limit price of the order.
    pub px: Px,
    /// What remains of it.
    pub qty: Qty,
    /// What was asked for.
    pub qty_asked: Qty,
    /// Where the order stands at the venue.
    pub status: OrderStatus,
    /// The venue's time of this news.
    pub venue: WallMs,
}

/// An order that rests at the venue, as a snapshot lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// The coin, or [`CoinIx::FOREIGN`].
    pub coin: CoinIx,
    /// The venue's name for it.
    pub oid: Oid,
    /// Our name for it, when it has one.
    pub cloid: Option<Cloid>,
    /// The side of the order.
    pub side: Side,
    /// The limit price of the order.
    pub px: Px,
    /// What remains of it.
    pub qty: Qty,
}

/// Positions a snapshot of the account can hold.
pub const POSITIONS_MAX: usize = 64;

/// A position as the venue sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenuePosition {
    /// The coin, or [`CoinIx::FOREIGN`].
    pub coin: CoinIx,
    /// The size of the position, long positive.
    pub pos: Pos,
    /// Unrealised PnL at the venue's mark.
    pub unrealised: Usd,
    /// The size of the position at mark: `abs(pos) * mark`.
    pub value: Usd,
}

/// Money and positions of the account on one dex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// When the snapshot was taken, by the venue's clock.
    pub venue: WallMs,
    /// Account value: cash and positions at mark.
    pub equity: Usd,
    /// Cash net of the cost of positions (`totalRawUsd`).
    pub raw_cash: Usd,
    /// What could be withdrawn.
    pub withdrawable: Usd,
    /// Positions; a coin that is not listed is flat.
    pub holdings: arrayvec::ArrayVec<VenuePosition, POSITIONS_MAX>,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The request this answers.
    pub id: RequestId,
    /// What the venue said.
    pub body: ReplyBody<'a>,
}

/// What the venue said to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyBody<'a> {
    /// One answer an item, in the order of the request.
    Items(&'a [Item]),
    /// Done, and nothing more to say.
    Done,
    /// Refused as a whole.
    Rejected(RejectReason),
    /// The transport failed or the text was not understood: the outcome is unknown.
    Unknown,
}

/// The answer to one item of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// The order rests under this name of the venue's.
    Resting(Oid),
    /// The order is filled, at least in part; the fills say how much.
    Filled(Oid),
    /// The cancel did it.
    Canceled,
    /// A trigger or child order waits.
    Waiting,
    /// The venue refused the item, for this reason.
    Rejected(RejectReason),
}
