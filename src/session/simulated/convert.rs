//! Between the engine's words and the exchange's: requests to envelopes, outputs to letters.

use super::latency_queue::Message;
use super::{MS_NS, Simulation};
use crate::market::event::Payment;
use crate::market::{
    Action, AssetId, BookFrame, CoinIx, Context, Fill, Item, OpenOrder, OrderStatus, OrderUpdate,
    Place, Replace, Request, RequestId, Requests, Trade,
};
use crate::num::{Bps, Pos, Px, Side, Stamp, Usd, WallMs};
use crate::venue::output::FillCause;
use crate::venue::{
    Answer, Envelope, FillNews, FundingNews, NewOrder, OrderNews, Output, Replacement, Status,
    Target, TradeNews, VenueCommand,
};

/// The coin of a simulation has the first place.
const COIN: CoinIx = CoinIx(0);

/// How often our orders were filled for each reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FillCauses {
    /// Somebody's order matched it.
    pub matched: u64,
    /// A recorded trade went through its price.
    pub traded_through: u64,
    /// Recorded trades used up the line in front of it.
    pub queue_reached: u64,
    /// The recorded book crossed it without a trade.
    pub book_crossed: u64,
    /// Position and cash that came of the last kind, fees paid.
    crossed: (Pos, Usd),
}

impl FillCauses {
    /// What the fills where the recorded book merely crossed have earned at `mark`, fees paid.
    #[must_use]
    pub fn crossed_pnl(&self, mark: Px) -> Usd {
        self.crossed.0.value(mark) + self.crossed.1
    }

    fn count(&mut self, fill: &FillNews) {
        match fill.cause {
            FillCause::Matched => self.matched += 1,
            FillCause::TradedThrough => self.traded_through += 1,
            FillCause::QueueReached => self.queue_reached += 1,
            FillCause::BookCrossed => {
                self.book_crossed += 1;
                let signed = fill.qty.signed(fill.side);
                self.crossed.0 += signed;
                self.crossed.1 -= signed.value(fill.px) + fill.fee;
            }
        }
    }
}

impl Simulation {
    /// Sends the requests of a step on their way.
    pub(super) fn post_requests(&mut self, at: Stamp, requests: &Requests) {
        for request in requests {
            let envelope = Envelope {
                ticket: request.id.0,
                signer: self.account,
                nonce: self.nonce.next(at.wall),
                expires: request.expires,
                vault: None,
                command: command(request),
            };
            self.to_venue.send(self.now_ns + self.delays.order.ns(), envelope);
        }
    }

    /// A request reaches the venue.
    pub(super) fn arrive(&mut self, by_ns: u64) {
        if let Some(envelope) = self.to_venue.pop_due(by_ns) {
            self.unanswered += 1;
            self.exchange.submit(WallMs::from_ms(by_ns / MS_NS), envelope, &mut self.out);
        }
    }

    /// What the venue said goes on its way to us: of each kind one letter a moment, in the order of
    /// PROTOCOL 12.9.
    pub(super) fn post_outputs(&mut self) {
        let mut outputs = std::mem::take(&mut self.out);
        let (mut news, mut fills) = (Vec::new(), Vec::new());
        let mut later = Vec::new();
        for output in outputs.drain(..) {
            match output {
                Output::Order(owner, order) if owner == self.account => news.push(update(&order)),
                Output::Fill(owner, fill) if owner == self.account => {
                    self.causes.count(&fill);
                    fills.push(filled(&fill));
                }
                Output::Funding(owner, FundingNews { at: venue, received, .. })
                    if owner == self.account =>
                {
                    later.push(Message::Funding(Payment { coin: COIN, venue, received }));
                }
                Output::Order(..) | Output::Fill(..) | Output::Funding(..) => {}
                Output::Trades(_, trades) => {
                    later.push(Message::Trades(trades.iter().map(trade).collect()));
                }
                Output::Bbo(_, bbo) => later.push(Message::Bbo(bbo)),
                Output::Answer { ticket, answer } => {
                    self.unanswered = self.unanswered.saturating_sub(1);
                    later.push(answered(RequestId(ticket), answer));
                }
            }
        }
        self.out = outputs;
        let at_ns = self.now_ns + self.delays.feed.ns();
        // A recorded market's own messages are what the engine hears of the market.
        let heard = matches!(self.source, super::MarketSource::World(..));
        if !news.is_empty() {
            self.to_us.send(at_ns, Message::Orders(news));
        }
        if !fills.is_empty() {
            self.to_us.send(at_ns, Message::Fills(fills));
        }
        for letter in later {
            let public = matches!(letter, Message::Trades(_) | Message::Bbo(_));
            if heard || !public {
                self.to_us.send(at_ns, letter);
            }
        }
    }

    /// A synthetic venue pushes its book, and mark and oracle with it.
    pub(super) fn post_book(&mut self, block: WallMs) {
        let Some(asset) = self.asset() else { return };
        let at_ns = block.ms() * MS_NS + self.delays.feed.ns();
        let mut frame = Box::new(BookFrame::EMPTY);
        if self.exchange.book(asset, false, &mut frame) {
            frame.venue = block;
            self.to_us.send(at_ns, Message::Book(frame));
        }
        if let Some(context) = self.exchange.context(asset) {
            let (mark, oracle) = (context.mark, context.oracle);
            let context = Context { mark, oracle, funding: Bps::ZERO };
            self.to_us.send(at_ns, Message::Context(context));
        }
    }

    /// The venue's own list of our open orders, on its way to us.
    pub(super) fn post_open_orders(&mut self, at_ns: u64) {
        let open = self.exchange.open_orders(self.account, self.dex);
        let rows = open.iter().map(|view| OpenOrder {
            coin: COIN,
            oid: view.news.oid,
            cloid: view.news.cloid,
            side: view.news.side,
            px: view.news.px,
            qty: view.news.qty,
        });
        self.to_us.send(at_ns, Message::OpenOrders(rows.collect()));
    }

    fn asset(&self) -> Option<AssetId> {
        self.exchange.config().markets.first().map(|market| market.spec.asset)
    }
}

/// A request as the exchange takes it.
fn command(request: &Request) -> VenueCommand {
    let asset = request.asset;
    let order = |place: &Place| NewOrder {
        asset,
        side: place.side,
        px: place.px,
        qty: place.qty,
        tif: place.tif,
        reduce_only: place.reduce_only,
        cloid: Some(place.cloid),
    };
    let replacement = |replace: &Replace| Replacement {
        old: Target::Cloid(replace.old),
        new: order(&replace.new),
        always: false,
    };
    match &request.action {
        Action::Order(places) => VenueCommand::Order(places.iter().map(order).collect()),
        Action::CancelByCloid(cloids) => VenueCommand::Cancel(
            cloids.iter().map(|&cloid| (asset, Target::Cloid(cloid))).collect(),
        ),
        Action::CancelByOid(oids) => {
            VenueCommand::Cancel(oids.iter().map(|&oid| (asset, Target::Oid(oid))).collect())
        }
        Action::Modify(replace) => VenueCommand::Modify(replacement(replace)),
        Action::BatchModify(replaces) => {
            VenueCommand::BatchModify(replaces.iter().map(replacement).collect())
        }
        Action::ScheduleCancel(when) => VenueCommand::ScheduleCancel(*when),
        Action::UpdateLeverage { cross, leverage } => {
            VenueCommand::UpdateLeverage { asset, cross: *cross, leverage: *leverage }
        }
        Action::UpdateIsolatedMargin { micro_usd } => {
            VenueCommand::UpdateIsolatedMargin { asset, micro_usd: *micro_usd }
        }
        Action::Noop => VenueCommand::Noop,
    }
}

fn answered(id: RequestId, answer: Answer) -> Message {
    match answer {
        Answer::Default => Message::Done(id),
        Answer::Rejected(denied) => Message::Rejected(id, denied.class()),
        Answer::Orders(statuses) | Answer::Cancels(statuses) => {
            Message::Items(id, statuses.iter().map(item).collect())
        }
    }
}

fn item(status: &Status) -> Item {
    match status {
        Status::Resting(oid, _) => Item::Resting(*oid),
        Status::Filled { oid, .. } => Item::Filled(*oid),
        Status::Success => Item::Canceled,
        Status::Rejected(denied) => Item::Rejected(denied.class()),
    }
}

fn update(news: &OrderNews) -> OrderUpdate {
    OrderUpdate {
        coin: COIN,
        oid: news.oid,
        cloid: news.cloid,
        side: news.side,
        px: news.px,
        qty: news.qty,
        qty_asked: news.qty_asked,
        status: status(news.status),
        venue: news.since,
    }
}

/// The state behind one of the exchange's own words.
fn status(word: &str) -> OrderStatus {
    match word {
        "open" => OrderStatus::Open,
        "filled" => OrderStatus::Filled,
        "triggered" => OrderStatus::Triggered,
        _ if word.ends_with("Rejected") || word == "rejected" => OrderStatus::Rejected,
        _ => OrderStatus::Canceled,
    }
}

fn filled(news: &FillNews) -> Fill {
    Fill {
        coin: COIN,
        venue: news.at,
        tid: news.tid,
        oid: news.oid,
        cloid: news.cloid,
        side: news.side,
        px: news.px,
        qty: news.qty,
        fee: news.fee,
        closed: news.closed,
        start: news.start,
        crossed: news.crossed,
    }
}

fn trade(news: &TradeNews) -> Trade {
    Trade {
        venue: news.at,
        tid: news.tid,
        taker_buys: news.taker == Side::Bid,
        px: news.px,
        qty: news.qty,
    }
}
