//! The slow, obvious twin of `wire::decode`: serde_json, heap, strings; the same events.

use crate::json::Json;
use crate::part::*;
use evenkeel::market::event::{DEPTH, POSITIONS_MAX, Payment, ROWS_MAX, TRADES_MAX, VenuePosition};
use evenkeel::market::{
    AccountSnapshot, Bbo, BookFrame, CoinIx, Context, Event, Fill, Item, Oid, OpenOrder,
    OrderUpdate, RejectReason, Reply, ReplyBody, RequestId, Stream, Tid, Trade,
};
use evenkeel::num::{Bps, Pos, Qty, Side, Usd};
use evenkeel::wire::decode::Decoded;

/// Levels a side that a message may have.
const LEVELS_TOLD_MAX: usize = 1_000;

/// What the twin makes of a message: the printed form of what the decoder should return.
pub type Verdict = Result<String, String>;

/// The twin, with the coins of the decoder it accompanies.
pub struct Twin<'a>(pub &'a [&'a str]);

impl Twin<'_> {
    /// A message of the socket.
    pub fn decode(&self, stream: Stream, root: &Json) -> Verdict {
        let (channel, data) = (text(need(root, "channel")?)?, get(root, "data")?);
        let data = || data.ok_or("data".to_owned());
        match channel {
            "pong" => Ok(show(Event::Alive(stream))),
            "subscriptionResponse" => Ok("Ack".to_owned()),
            "bbo" => self.bbo(data()?),
            "l2Book" => self.book(data()?),
            "trades" => self.trades(data()?),
            "activeAssetCtx" => self.context(data()?),
            "orderUpdates" => self.updates(data()?),
            "userFills" => {
                let snapshot = get(data()?, "isSnapshot")?.map_or(Ok(false), flag)?;
                self.fills(need(data()?, "fills")?, snapshot, snapshot)
            }
            "userFundings" => self.fundings(data()?),
            "user" => self.user(data()?),
            "clearinghouseState" => self.account(need(data()?, "clearinghouseState")?),
            "openOrders" => self.open_orders(need(data()?, "orders")?),
            "post" => post(data()?),
            "error" => error(data()?),
            _ => crate::IDLE.contains(&channel).then(|| "Quiet".to_owned()).ok_or("word".into()),
        }
    }

    fn bbo(&self, data: &Json) -> Verdict {
        let coin = self.ours(data)?;
        let sides = list(need(data, "bbo")?, 2)?;
        let [bid, ask] = sides else { return Err("two sides".to_owned()) };
        let side = |side: &Json| {
            if *side == Json::Null { Ok(None) } else { level(side).map(Some) }
        };
        let bbo = Bbo { venue: time(need(data, "time")?)?, bid: side(bid)?, ask: side(ask)? };
        Ok(show(Event::Bbo(coin, &bbo)))
    }

    fn book(&self, data: &Json) -> Verdict {
        let coin = self.ours(data)?;
        let sides = list(need(data, "levels")?, 2)?;
        let [bids, asks] = sides else { return Err("two sides".to_owned()) };
        let mut book = BookFrame::EMPTY;
        book.venue = time(need(data, "time")?)?;
        book.fast = get(data, "fast")?.map_or(Ok(false), flag)?;
        for (at, side) in [bids, asks].into_iter().enumerate() {
            let levels = list(side, LEVELS_TOLD_MAX)?;
            book.len[at] = levels.len().min(DEPTH) as u8;
            for (to, from) in book.levels[at].iter_mut().zip(levels) {
                *to = level(from)?;
            }
        }
        Ok(show(Event::Book(coin, &book)))
    }

    fn trades(&self, data: &Json) -> Verdict {
        let mut rows = Vec::new();
        let mut coins = Vec::new();
        for row in list(data, TRADES_MAX)? {
            coins.push(self.ours(row)?);
            let trade = Trade {
                venue: time(need(row, "time")?)?,
                tid: Tid(whole(need(row, "tid")?)?),
                taker_buys: side(need(row, "side")?)? == Side::Bid,
                px: px(need(row, "px")?)?,
                qty: qty(need(row, "sz")?)?,
            };
            if trade.qty == Qty::ZERO {
                return Err("sz".to_owned());
            }
            rows.push(trade);
        }
        coins.dedup();
        match coins.as_slice() {
            [] => Ok("Quiet".to_owned()),
            [coin] => Ok(show(Event::Trades(*coin, &rows))),
            _ => Err("mixed".to_owned()),
        }
    }

    fn context(&self, data: &Json) -> Verdict {
        let coin = self.ours(data)?;
        let inner = need(data, "ctx")?;
        let rate = near(text(need(inner, "funding")?)?, 10)?;
        if 100_000_000_000 < rate.abs() {
            return Err("funding".to_owned());
        }
        let context = Context {
            mark: px(need(inner, "markPx")?)?,
            oracle: px(need(inner, "oraclePx")?)?,
            funding: Bps::from_ubps(rate as i64),
        };
        Ok(show(Event::Context(coin, &context)))
    }

    fn updates(&self, data: &Json) -> Verdict {
        let mut rows = Vec::new();
        for row in list(data, ROWS_MAX)? {
            let (order, asked) = self.order(need(row, "order")?)?;
            rows.push(OrderUpdate {
                coin: order.coin,
                oid: order.oid,
                cloid: order.cloid,
                side: order.side,
                px: order.px,
                qty: order.qty,
                qty_asked: asked.ok_or("origSz")?,
                status: status(text(need(row, "status")?)?)?,
                venue: time(need(row, "statusTimestamp")?)?,
            });
        }
        Ok(show(Event::Orders(&rows)))
    }

    fn user(&self, data: &Json) -> Verdict {
        let kinds = ["funding", "liquidation", "nonUserCancel", "twapHistory", "twapSliceFills"];
        let Json::Object(entries) = data else { return Err("data".to_owned()) };
        match get(data, "fills")? {
            Some(rows) => self.fills(rows, false, false),
            None if entries.iter().any(|(key, _)| kinds.contains(&key.as_str())) => {
                Ok("Quiet".to_owned())
            }
            None => Err("fills".to_owned()),
        }
    }

    fn fundings(&self, data: &Json) -> Verdict {
        let snapshot = get(data, "isSnapshot")?.map_or(Ok(false), flag)?;
        let row = |row: &Json| {
            let coin = self.any(row)?;
            let received = Usd::from_e8(rough(need(row, "usdc")?, coin, USD_MAX)?);
            Ok(Payment { coin, venue: time(need(row, "time")?)?, received })
        };
        let rows = list(need(data, "fundings")?, ROWS_MAX)?;
        let payments = rows.iter().map(row).collect::<Part<Vec<Payment>>>()?;
        Ok(show(Event::Funding { snapshot, payments: &payments }))
    }

    /// Fills of the socket or, with `snapshot` alone, of a read.
    pub fn fills(&self, rows: &Json, snapshot: bool, newest_first: bool) -> Verdict {
        let rows = list(rows, ROWS_MAX)?;
        let mut fills = rows.iter().map(|row| self.fill(row)).collect::<Part<Vec<Fill>>>()?;
        if let [first, .., last] = fills.as_slice() {
            let equal = last.venue == first.venue;
            if last.venue < first.venue || (newest_first && equal) {
                fills.reverse();
            }
        }
        Ok(show(Event::Fills { snapshot, fills: &fills }))
    }

    fn fill(&self, row: &Json) -> Part<Fill> {
        let coin = self.any(row)?;
        Ok(Fill {
            coin,
            venue: time(need(row, "time")?)?,
            tid: Tid(whole(need(row, "tid")?)?),
            oid: Oid(whole(need(row, "oid")?)?),
            cloid: cloid(get(row, "cloid")?)?,
            side: side(need(row, "side")?)?,
            px: row_px(need(row, "px")?, coin)?,
            qty: row_qty(need(row, "sz")?, coin)?,
            fee: Usd::from_e8(rough(need(row, "fee")?, coin, USD_MAX)?),
            closed: Usd::from_e8(rough(need(row, "closedPnl")?, coin, USD_MAX)?),
            start: Pos::from_e8(rough(need(row, "startPosition")?, coin, QTY_MAX)?),
            crossed: flag(need(row, "crossed")?)?,
        })
    }

    /// A list of open orders.
    pub fn open_orders(&self, rows: &Json) -> Verdict {
        let rows = list(rows, ROWS_MAX)?;
        let orders = rows.iter().map(|row| Ok(self.order(row)?.0)).collect::<Part<Vec<_>>>()?;
        Ok(show(Event::OpenOrders(&orders)))
    }

    fn order(&self, row: &Json) -> Part<(OpenOrder, Option<Qty>)> {
        let coin = self.any(row)?;
        let order = OpenOrder {
            coin,
            oid: Oid(whole(need(row, "oid")?)?),
            cloid: cloid(get(row, "cloid")?)?,
            side: side(need(row, "side")?)?,
            px: row_px(need(row, "limitPx")?, coin)?,
            qty: row_qty(need(row, "sz")?, coin)?,
        };
        let asked = get(row, "origSz")?.map(|value| row_qty(value, coin)).transpose()?;
        Ok((order, asked))
    }

    /// A clearinghouse state.
    pub fn account(&self, state: &Json) -> Verdict {
        let summary = need(state, "marginSummary")?;
        let money = |value| Ok::<_, String>(Usd::from_e8(rough(value, CoinIx(0), USD_MAX)?));
        let mut account = AccountSnapshot {
            venue: time(need(state, "time")?)?,
            equity: money(need(summary, "accountValue")?)?,
            raw_cash: money(need(summary, "totalRawUsd")?)?,
            withdrawable: money(need(state, "withdrawable")?)?,
            holdings: Default::default(),
        };
        for row in list(need(state, "assetPositions")?, POSITIONS_MAX)? {
            let row = need(row, "position")?;
            let coin = self.any(row)?;
            account.holdings.push(VenuePosition {
                coin,
                pos: Pos::from_e8(rough(need(row, "szi")?, coin, QTY_MAX)?),
                unrealised: Usd::from_e8(rough(need(row, "unrealizedPnl")?, coin, USD_MAX)?),
                value: Usd::from_e8(rough(need(row, "positionValue")?, coin, USD_MAX)?),
            });
        }
        Ok(show(Event::Account(&account)))
    }

    fn any(&self, row: &Json) -> Part<CoinIx> {
        let name = text(need(row, "coin")?)?;
        let at = self.0.iter().position(|ours| *ours == name);
        Ok(at.map_or(CoinIx::FOREIGN, |at| CoinIx(at as u8)))
    }

    fn ours(&self, row: &Json) -> Part<CoinIx> {
        let coin = self.any(row)?;
        if coin == CoinIx::FOREIGN { Err("coin".to_owned()) } else { Ok(coin) }
    }
}

fn post(data: &Json) -> Verdict {
    let id = RequestId(whole(need(data, "id")?)?);
    let response = need(data, "response")?;
    let payload = get(response, "payload")?;
    let payload = || payload.ok_or("payload".to_owned());
    let mut items = Vec::new();
    let body = match text(need(response, "type")?)? {
        "info" => return Ok("Quiet".to_owned()),
        "error" if reason(text(payload()?)?) == RejectReason::RateLimit => {
            ReplyBody::Rejected(RejectReason::RateLimit)
        }
        "error" => {
            text(payload()?)?;
            ReplyBody::Unknown
        }
        "action" => action(payload()?, &mut items)?,
        _ => return Err("type".to_owned()),
    };
    Ok(show(Event::Reply(Reply { id, body })))
}

fn action<'a>(payload: &Json, items: &'a mut Vec<Item>) -> Part<ReplyBody<'a>> {
    let (status, response) = (text(need(payload, "status")?)?, need(payload, "response")?);
    match status {
        "err" => return Ok(ReplyBody::Rejected(reason(text(response)?))),
        "ok" => {}
        _ => return Err("status".to_owned()),
    }
    let data = get(response, "data")?;
    match text(need(response, "type")?)? {
        "default" => return Ok(ReplyBody::Done),
        "order" | "cancel" => {}
        _ => return Ok(ReplyBody::Unknown),
    }
    for status in list(need(data.ok_or("data")?, "statuses")?, 200)? {
        match item(status)? {
            Some(item) => items.push(item),
            None => return Ok(ReplyBody::Unknown),
        }
    }
    Ok(ReplyBody::Items(items))
}

fn item(status: &Json) -> Part<Option<Item>> {
    if let Json::Text(word) = status {
        return Ok(match word.as_str() {
            "success" => Some(Item::Canceled),
            "waitingForFill" | "waitingForTrigger" => Some(Item::Waiting),
            _ => None,
        });
    }
    let oid = |value| Ok::<_, String>(Oid(whole(need(value, "oid")?)?));
    match (get(status, "resting")?, get(status, "filled")?, get(status, "error")?) {
        (Some(value), None, None) => Ok(Some(Item::Resting(oid(value)?))),
        (None, Some(value), None) => Ok(Some(Item::Filled(oid(value)?))),
        (None, None, Some(value)) => Ok(Some(Item::Rejected(reason(text(value)?)))),
        _ => Ok(None),
    }
}

fn error(data: &Json) -> Verdict {
    let said = text(data)?;
    let id = said.strip_prefix("too many pending post requests id=");
    let digits = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(id) = id.filter(digits).and_then(|id| id.parse().ok()) {
        let body = ReplyBody::Rejected(RejectReason::RateLimit);
        return Ok(show(Event::Reply(Reply { id: RequestId(id), body })));
    }
    Ok(format!("{:?}", Decoded::VenueError(&said.as_bytes()[..said.len().min(256)])))
}

fn show(event: Event<'_>) -> String {
    format!("{:?}", Decoded::Event(event))
}
