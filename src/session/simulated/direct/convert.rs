//! Between the engine's words and the exchange's: requests to envelopes, outputs to letters.

use super::{ACCOUNT, COIN, DirectPort};
use crate::market::event::Payment;
use crate::market::{
    Action, AssetId, BookFrame, Context, Fill, Item, Oid, OpenOrder, OrderStatus, OrderUpdate,
    OwnedEvent, Place, Replace, Request, RequestId, Requests,
};
use crate::num::time::MS_NS;
use crate::num::{Bps, Pos, Px, Side, Stamp, Usd, WallMs};
use crate::venue::action::text::{CloidText, Number};
use crate::venue::action::{
    ActionWire, BatchModify, CancelByCloid, CancelByOid, Cancels, Change, Grouping, GroupingWord,
    Modify, OrderActionWire, OrderTypeWire, OrderWire, ScheduleCancel, UpdateIsolatedMargin,
    UpdateLeverage,
};
use crate::venue::{Answer, Envelope, FillCause, OrderNews, Output, Status, VenueFill};

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

    fn count(&mut self, news: &VenueFill) {
        let fill = &news.fill;
        match news.cause {
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

impl DirectPort {
    /// Sends the requests of a step on their way.
    pub(super) fn post_requests(&mut self, at: Stamp, requests: &Requests) {
        for request in requests {
            let envelope = Envelope {
                ticket: request.id.0,
                signer: ACCOUNT,
                nonce: self.nonce.next(at.wall),
                expires: request.expires,
                vault: None,
                action: action(request),
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

    /// What the venue said goes on its way to us: of each kind one event a moment, in the order of
    /// PROTOCOL 12.9.
    pub(super) fn post_outputs(&mut self) {
        let mut outputs = std::mem::take(&mut self.out);
        let (mut news, mut fills) = (Vec::new(), Vec::new());
        let mut later = Vec::new();
        for output in outputs.drain(..) {
            match output {
                Output::Order(owner, order) if owner == ACCOUNT => news.push(update(&order)),
                Output::Fill(owner, fill) if owner == ACCOUNT => {
                    self.causes.count(&fill);
                    fills.push(Fill { coin: COIN, ..fill.fill });
                }
                Output::Funding(owner, funding) if owner == ACCOUNT => {
                    let payment = Payment { coin: COIN, ..funding.payment };
                    later.push(OwnedEvent::Funding(vec![payment]));
                }
                Output::Order(..) | Output::Fill(..) | Output::Funding(..) => {}
                Output::Trades(_, trades) => {
                    let trades = trades.iter().map(|news| news.trade).collect();
                    later.push(OwnedEvent::Trades(COIN, trades));
                }
                Output::Bbo(_, bbo) => later.push(OwnedEvent::Bbo(COIN, bbo)),
                Output::Answer { ticket, answer } => {
                    self.unanswered = self.unanswered.saturating_sub(1);
                    later.push(answered(RequestId(ticket), answer));
                }
            }
        }
        self.out = outputs;
        let at_ns = self.now_ns + self.delays.feed.ns();
        // A recorded market's own messages are what the engine hears of the market.
        let heard = matches!(self.source, super::super::MarketSource::World(..));
        if !news.is_empty() {
            self.tell(at_ns, OwnedEvent::Orders(news));
        }
        if !fills.is_empty() {
            self.tell(at_ns, OwnedEvent::Fills(fills));
        }
        for event in later {
            let public = matches!(event, OwnedEvent::Trades(..) | OwnedEvent::Bbo(..));
            if heard || !public {
                self.tell(at_ns, event);
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
            self.tell(at_ns, OwnedEvent::Book(COIN, frame));
        }
        if let Some(context) = self.exchange.context(asset) {
            let (mark, oracle) = (context.mark, context.oracle);
            let context = Context { mark, oracle, funding: Bps::ZERO };
            self.tell(at_ns, OwnedEvent::Context(COIN, context));
        }
    }

    /// The venue's own list of our open orders, on its way to us.
    pub(super) fn post_open_orders(&mut self, at_ns: u64) {
        let open = self.exchange.open_orders(ACCOUNT, self.dex);
        let rows = open.iter().map(|news| OpenOrder {
            coin: COIN,
            oid: news.order.oid,
            cloid: news.order.asked.cloid,
            side: news.order.asked.side,
            px: news.order.asked.px,
            qty: news.order.qty,
        });
        self.tell(at_ns, OwnedEvent::OpenOrders(rows.collect()));
    }

    fn asset(&self) -> Option<AssetId> {
        self.exchange.config().markets.first().map(|market| market.spec.asset)
    }
}

/// A request as the exchange takes it.
fn action(request: &Request) -> ActionWire {
    let asset = request.asset.0;
    let order = |place: &Place| OrderWire {
        asset,
        is_buy: place.side == Side::Bid,
        px: Number::E8(place.px.e8()),
        qty: Number::E8(place.qty.e8()),
        reduce_only: place.reduce_only,
        kind: OrderTypeWire::Limit { tif: place.tif.into() },
        cloid: Some(CloidText(place.cloid)),
    };
    let change = |to: &Replace| Change { oid: to.old.into(), order: order(&to.new) };
    match &request.action {
        Action::Order(places) => ActionWire::Order(OrderActionWire {
            orders: places.iter().map(order).collect(),
            grouping: Grouping::Word(GroupingWord::Na),
            builder: None,
        }),
        Action::CancelByCloid(cloids) => {
            let one = |&cloid: &_| CancelByCloid { asset, cloid: CloidText(cloid) };
            ActionWire::CancelByCloid(Cancels {
                cancels: cloids.iter().map(one).collect(),
                fast: false,
            })
        }
        Action::CancelByOid(oids) => {
            let one = |oid: &Oid| CancelByOid { asset, oid: oid.0 };
            ActionWire::Cancel(Cancels { cancels: oids.iter().map(one).collect(), fast: false })
        }
        Action::Modify(to) => {
            let Change { oid, order } = change(to);
            ActionWire::Modify(Modify { oid, order, always: false })
        }
        Action::BatchModify(all) => ActionWire::BatchModify(BatchModify {
            modifies: all.iter().map(change).collect(),
            always: false,
        }),
        Action::ScheduleCancel(when) => {
            ActionWire::ScheduleCancel(ScheduleCancel { time_ms: when.map(WallMs::ms) })
        }
        Action::UpdateLeverage { cross, leverage } => ActionWire::UpdateLeverage(UpdateLeverage {
            asset,
            is_cross: *cross,
            leverage: *leverage,
        }),
        Action::UpdateIsolatedMargin { micro_usd } => {
            ActionWire::UpdateIsolatedMargin(UpdateIsolatedMargin {
                asset,
                is_buy: true,
                micro_usd: *micro_usd,
            })
        }
        Action::Noop => ActionWire::Noop,
    }
}

fn answered(id: RequestId, answer: Answer) -> OwnedEvent {
    match answer {
        Answer::Default => OwnedEvent::Done(id),
        Answer::Rejected(denied) => OwnedEvent::Rejected(id, denied.class()),
        Answer::Orders(statuses) | Answer::Cancels(statuses) => {
            OwnedEvent::Items(id, statuses.iter().map(item).collect())
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
    let (order, asked) = (&news.order, &news.order.asked);
    OrderUpdate {
        coin: COIN,
        oid: order.oid,
        cloid: asked.cloid,
        side: asked.side,
        px: asked.px,
        qty: order.qty,
        qty_asked: asked.qty,
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
