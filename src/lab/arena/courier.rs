//! Requests to the exchange, and its news to events, without bytes between.

use crate::market::event::OrderStatus;
use crate::market::{
    Action, AssetId, Bbo, CoinIx, Event, Fill, Item, OpenOrder, OrderUpdate, Place, Replace, Reply,
    ReplyBody, Request, RequestId, Trade,
};
use crate::num::Side;
use crate::sim::{
    Answer, Command, FillNews, NewOrder, OrderNews, Output, Replacement, Status, Target, TradeNews,
};

/// The command in a request.
pub(super) fn command(request: &Request) -> Command {
    let asset = request.asset;
    match &request.action {
        Action::Order(places) => {
            Command::Order(places.iter().map(|place| order(asset, place)).collect())
        }
        Action::CancelByCloid(cloids) => {
            let target = |cloid: &_| (asset, Target::Cloid(*cloid));
            Command::Cancel(cloids.iter().map(target).collect())
        }
        Action::CancelByOid(oids) => {
            Command::Cancel(oids.iter().map(|oid| (asset, Target::Oid(*oid))).collect())
        }
        Action::Modify(replace) => Command::Modify(replacement(asset, replace)),
        Action::BatchModify(replaces) => {
            Command::BatchModify(replaces.iter().map(|one| replacement(asset, one)).collect())
        }
        Action::ScheduleCancel(at) => Command::ScheduleCancel(*at),
        Action::UpdateLeverage { cross, leverage } => {
            Command::UpdateLeverage { asset, cross: *cross, leverage: *leverage }
        }
        Action::UpdateIsolatedMargin { micro_usd } => {
            Command::UpdateIsolatedMargin { asset, micro_usd: *micro_usd }
        }
        Action::Noop => Command::Noop,
    }
}

fn order(asset: AssetId, place: &Place) -> NewOrder {
    let Place { cloid, side, px, qty, tif, reduce_only } = *place;
    NewOrder { asset, side, px, qty, tif, reduce_only, cloid: Some(cloid) }
}

fn replacement(asset: AssetId, replace: &Replace) -> Replacement {
    let Replace { old, new } = replace;
    Replacement { old: Target::Cloid(*old), new: order(asset, new), always: false }
}

/// The news of one block.
pub(super) struct News {
    coin: CoinIx,
    orders: Vec<OrderUpdate>,
    /// Our fills.
    pub(super) fills: Vec<Fill>,
    trades: Vec<Vec<Trade>>,
    bbo: Option<Bbo>,
    replies: Vec<(RequestId, Said)>,
}

/// What was said to a request.
enum Said {
    Done,
    Items(Vec<Item>),
    Refused(crate::market::Refused),
}

impl News {
    /// Nothing yet.
    pub(super) fn new(coin: CoinIx) -> News {
        let (orders, fills, trades, replies) = Default::default();
        News { coin, orders, fills, trades, bbo: None, replies }
    }

    /// Takes a piece of news.
    pub(super) fn take(&mut self, output: Output) {
        match output {
            Output::Order(_, news) => self.orders.push(update(&news, self.coin)),
            Output::Fill(_, news) => self.fills.push(fill(&news, self.coin)),
            Output::Funding(..) => {}
            Output::Trades(_, trades) => self.trades.push(trades.iter().map(trade).collect()),
            Output::Bbo(_, bbo) => self.bbo = Some(bbo),
            Output::Answer { ticket, answer } => {
                self.replies.push((RequestId(ticket), said(answer)))
            }
        }
    }

    /// Gives all of it as events, in the order of PROTOCOL 12.9.
    pub(super) fn events(&self, mut tell: impl FnMut(&Event<'_>)) {
        if !self.orders.is_empty() {
            tell(&Event::Orders(&self.orders));
        }
        if !self.fills.is_empty() {
            tell(&Event::Fills { snapshot: false, fills: &self.fills });
        }
        for trades in &self.trades {
            tell(&Event::Trades(self.coin, trades));
        }
        if let Some(bbo) = &self.bbo {
            tell(&Event::Bbo(self.coin, bbo));
        }
        for (id, said) in &self.replies {
            let body = match said {
                Said::Done => ReplyBody::Done,
                Said::Items(items) => ReplyBody::Items(items),
                Said::Refused(refused) => ReplyBody::Refused(*refused),
            };
            tell(&Event::Reply(Reply { id: *id, body }));
        }
    }

    /// Forgets it.
    pub(super) fn clear(&mut self) {
        self.orders.clear();
        self.fills.clear();
        self.trades.clear();
        self.bbo = None;
        self.replies.clear();
    }
}

fn said(answer: Answer) -> Said {
    match answer {
        Answer::Default => Said::Done,
        Answer::Denied(denied) => Said::Refused(denied.class()),
        Answer::Orders(statuses) | Answer::Cancels(statuses) => {
            Said::Items(statuses.iter().map(item).collect())
        }
    }
}

fn item(status: &Status) -> Item {
    match status {
        Status::Resting(oid, _) => Item::Resting(*oid),
        Status::Filled { oid, .. } => Item::Filled(*oid),
        Status::Success => Item::Canceled,
        Status::Denied(denied) => Item::Refused(denied.class()),
    }
}

/// An open order as a list of the venue shows it.
pub(super) fn open(news: &OrderNews, coin: CoinIx) -> OpenOrder {
    let OrderNews { oid, cloid, side, px, qty, .. } = *news;
    OpenOrder { coin, oid, cloid, side, px, qty }
}

fn update(news: &OrderNews, coin: CoinIx) -> OrderUpdate {
    let OrderNews { oid, cloid, side, px, qty, qty_asked, status, since, .. } = *news;
    let status = match status {
        "open" => OrderStatus::Open,
        "filled" => OrderStatus::Filled,
        rejected if rejected.ends_with("Rejected") => OrderStatus::Rejected,
        _ => OrderStatus::Canceled,
    };
    OrderUpdate { coin, oid, cloid, side, px, qty, qty_asked, status, venue: since }
}

fn fill(news: &FillNews, coin: CoinIx) -> Fill {
    let FillNews { at, tid, oid, cloid, side, px, qty, start, closed, fee, crossed, .. } = *news;
    Fill { coin, venue: at, tid, oid, cloid, side, px, qty, fee, closed, start, crossed }
}

fn trade(news: &TradeNews) -> Trade {
    let TradeNews { at, tid, taker, px, qty, .. } = *news;
    Trade { venue: at, tid, taker_buys: taker == Side::Bid, px, qty }
}
