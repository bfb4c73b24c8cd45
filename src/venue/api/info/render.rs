//! The venue's JSON objects: rows of orders, fills, trades, levels, positions. Keys stand in the
//! venue's own order.

use super::super::hosted_venue::HostedVenue;
use super::super::keys::Interval;
use crate::market::{Address, Bbo, BookFrame, Level};
use crate::num::{Bps, Px, Side, Usd, WallMs, text};
use crate::venue::action::TifWire;
use crate::venue::prng::{GOLDEN, mix};
use crate::venue::{
    AccountView, Candle, ContextView, FundingView, Leverage, OrderNews, PositionView, Summary,
    VenueFill, VenueOrder, VenuePayment, VenueTrade,
};
use serde_json::{Map, Value, json};

/// Steps of a rate in one whole: micro basis points are 1e-10.
const RATE_DECIMALS: usize = 10;
/// A number in steps of 1e-8 as the venue's server prints it.
pub fn number(e8: i64) -> String {
    text::server(e8).to_string()
}

pub fn usd(usd: Usd) -> String {
    number(usd.e8())
}

pub fn px(px: Px) -> String {
    number(px.e8())
}

/// A share of the whole, as a fraction with up to 10 decimals.
pub fn rate(share: Bps) -> String {
    let ubps = share.ubps();
    let sign = if ubps < 0 { "-" } else { "" };
    let digits = format!("{:011}", ubps.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - RATE_DECIMALS);
    let fraction = fraction.trim_end_matches('0');
    format!("{sign}{whole}.{}", if fraction.is_empty() { "0" } else { fraction })
}

pub fn side(side: Side) -> &'static str {
    match side {
        Side::Bid => "B",
        Side::Ask => "A",
    }
}

/// 32 bytes that name a transaction.
pub fn hash(number: u64) -> String {
    let mut text = String::from("0x");
    for place in 1..=4 {
        let word = mix(number.wrapping_add(GOLDEN.wrapping_mul(place)));
        text.push_str(&format!("{word:016x}"));
    }
    text
}

pub fn level(level: &Level) -> Value {
    json!({"px": px(level.px), "sz": number(level.qty.e8()), "n": level.count.max(1)})
}

/// A book: the data of `l2Book`.
pub fn book(coin: &str, frame: &BookFrame) -> Value {
    let levels = Side::BOTH.map(|side| frame.side(side).iter().map(level).collect::<Vec<_>>());
    let mut data = json!({"coin": coin, "time": frame.venue.ms(), "levels": levels});
    if frame.fast {
        data["fast"] = Value::Bool(true);
    }
    data
}

/// The best prices: the data of `bbo`.
pub fn bbo(coin: &str, bbo: &Bbo) -> Value {
    let best = [&bbo.bid, &bbo.ask].map(|best| best.as_ref().map(level));
    json!({"coin": coin, "time": bbo.venue.ms(), "bbo": best})
}

/// A public trade: a row of `trades` and `recentTrades`.
pub fn trade(coin: &str, news: &VenueTrade) -> Value {
    let trade = &news.trade;
    json!({
        "coin": coin,
        "side": side(trade.taker()),
        "px": px(trade.px),
        "sz": number(trade.qty.e8()),
        "time": trade.venue.ms(),
        "hash": hash(news.hash),
        "tid": trade.tid.0,
        "users": news.users.map(|user| user.to_string()),
    })
}

/// What all rows of orders begin with.
fn order_head(
    venue: &HostedVenue,
    VenueOrder { asked, oid, qty, placed, .. }: &VenueOrder,
) -> Value {
    json!({
        "coin": venue.name_of(asked.asset),
        "side": side(asked.side),
        "limitPx": px(asked.px),
        "sz": number(qty.e8()),
        "oid": oid.0,
        "timestamp": placed.ms(),
    })
}

/// An order as `orderUpdates` and `openOrders` show it.
pub fn order(venue: &HostedVenue, news: &OrderNews) -> Value {
    let asked = &news.order.asked;
    let mut row = order_head(venue, &news.order);
    row["origSz"] = number(asked.qty.e8()).into();
    if asked.reduce_only {
        row["reduceOnly"] = true.into();
    }
    if let Some(cloid) = asked.cloid {
        row["cloid"] = cloid.to_string().into();
    }
    row
}

/// An order as `frontendOpenOrders` and `orderStatus` show it.
pub fn frontend(venue: &HostedVenue, news: &OrderNews) -> Value {
    let asked = &news.order.asked;
    let mut row = order_head(venue, &news.order);
    let rest = [
        ("triggerCondition", json!("N/A")),
        ("isTrigger", json!(false)),
        ("triggerPx", json!("0.0")),
        ("children", json!([])),
        ("isPositionTpsl", json!(false)),
        ("reduceOnly", json!(asked.reduce_only)),
        ("orderType", json!("Limit")),
        ("origSz", json!(number(asked.qty.e8()))),
        ("tif", json!(TifWire::from(asked.tif))),
        ("cloid", json!(asked.cloid.map(|cloid| cloid.to_string()))),
    ];
    rest.into_iter().for_each(|(key, value)| row[key] = value);
    row
}

/// An order with where it stands: a row of `orderUpdates`.
pub fn update(venue: &HostedVenue, news: &OrderNews) -> Value {
    standing(order(venue, news), news)
}

/// An order with where it stands, as the history shows it.
pub fn history(venue: &HostedVenue, news: &OrderNews) -> Value {
    standing(frontend(venue, news), news)
}

fn standing(order: Value, news: &OrderNews) -> Value {
    json!({"order": order, "status": news.status, "statusTimestamp": news.since.ms()})
}

pub fn fill(venue: &HostedVenue, user: Address, news: &VenueFill) -> Value {
    let fill = &news.fill;
    let mut row = json!({
        "coin": venue.name_of(news.asset),
        "px": px(fill.px),
        "sz": number(fill.qty.e8()),
        "side": side(fill.side),
        "time": fill.venue.ms(),
        "startPosition": number(fill.start.e8()),
        "dir": news.dir(),
        "closedPnl": usd(fill.closed),
        "hash": hash(news.hash),
        "oid": fill.oid.0,
        "crossed": fill.crossed,
        "fee": usd(fill.fee),
        "tid": fill.tid.0,
    });
    if let Some(cloid) = fill.cloid {
        row["cloid"] = cloid.to_string().into();
    }
    if let Some(mark) = news.liquidation {
        let user = user.to_string();
        row["liquidation"] =
            json!({"liquidatedUser": user, "markPx": px(mark), "method": "market"});
    }
    row["feeToken"] = venue.token_of(news.asset).into();
    row["twapId"] = Value::Null;
    row
}

/// Funding of a position, as the socket shows it.
pub fn funding(venue: &HostedVenue, news: &VenuePayment) -> Value {
    json!({
        "time": news.payment.venue.ms(),
        "coin": venue.name_of(news.asset),
        "usdc": usd(news.payment.received),
        "szi": number(news.pos.e8()),
        "fundingRate": rate(news.rate),
        "nSamples": Value::Null,
    })
}

/// Funding of a position, as `userFunding` shows it.
pub fn funding_delta(venue: &HostedVenue, news: &VenuePayment) -> Value {
    let Value::Object(row) = funding(venue, news) else { return Value::Null };
    let mut delta = Map::from_iter([("type".to_owned(), Value::from("funding"))]);
    delta.extend(row.into_iter().filter(|(key, _)| key != "time"));
    let at = news.payment.venue.ms();
    json!({"time": at, "hash": hash(at), "delta": delta})
}

/// Funding of a market at an hour.
pub fn funding_hour(coin: &str, hour: &FundingView) -> Value {
    json!({
        "coin": coin,
        "fundingRate": rate(hour.rate),
        "premium": rate(hour.premium),
        "time": hour.at.ms(),
    })
}

/// What a market shows beside its book.
pub fn context(context: &ContextView) -> Value {
    json!({
        "funding": rate(context.funding),
        "openInterest": number(context.open_interest.e8()),
        "prevDayPx": px(context.day_ago),
        "dayNtlVlm": usd(context.day_volume),
        "premium": context.premium.map(rate),
        "oraclePx": px(context.oracle),
        "markPx": px(context.mark),
        "midPx": context.mid.map(px),
        "impactPxs": context.impact.map(|pair| pair.map(px)),
        "dayBaseVlm": number(context.day_base.e8()),
    })
}

pub fn candle(coin: &str, interval: Interval, candle: &Candle) -> Value {
    json!({
        "t": candle.at.ms(),
        "T": candle.at.ms() + interval.ms() - 1,
        "s": coin,
        "i": interval.name(),
        "o": px(candle.open),
        "c": px(candle.close),
        "h": px(candle.high),
        "l": px(candle.low),
        "v": number(candle.volume.e8()),
        "n": candle.count,
    })
}

/// Money and positions on one dex: the body of `clearinghouseState`.
pub fn account(venue: &HostedVenue, view: &AccountView, at: WallMs) -> Value {
    let positions: Vec<_> = view.positions.iter().map(|held| position(venue, held)).collect();
    json!({
        "marginSummary": summary(&view.all),
        "crossMarginSummary": summary(&view.cross),
        "crossMaintenanceMarginUsed": usd(view.maintenance),
        "withdrawable": usd(view.withdrawable),
        "assetPositions": positions,
        "time": at.ms(),
    })
}

fn summary(summary: &Summary) -> Value {
    json!({
        "accountValue": usd(summary.account_value),
        "totalNtlPos": usd(summary.notional),
        "totalRawUsd": usd(summary.raw_usd),
        "totalMarginUsed": usd(summary.margin_used),
    })
}

/// Leverage, with an isolated position's own cash.
pub fn leverage(leverage: Leverage, raw_usd: Usd) -> Value {
    if leverage.cross {
        json!({"type": "cross", "value": leverage.value})
    } else {
        json!({"type": "isolated", "value": leverage.value, "rawUsd": usd(raw_usd)})
    }
}

fn position(venue: &HostedVenue, view: &PositionView) -> Value {
    let held = &view.held;
    json!({
        "type": "oneWay",
        "position": {
            "coin": venue.name_of(view.asset),
            "szi": number(held.pos.e8()),
            "leverage": leverage(held.leverage, held.isolated_cash),
            "entryPx": px(held.entry()),
            "positionValue": usd(view.value),
            "unrealizedPnl": usd(view.unrealised),
            "returnOnEquity": number(view.return_on_equity_e8),
            "liquidationPx": view.liquidation.map(px),
            "marginUsed": usd(view.margin_used),
            "maxLeverage": view.leverage_max,
            "cumFunding": {
                "allTime": usd(held.funding_ever),
                "sinceOpen": usd(held.funding_open),
                "sinceChange": usd(held.funding_change),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_a_decimal() {
        let rows =
            [(0, "0.0"), (1, "0.0000000001"), (450_000, "0.000045"), (-125_000, "-0.0000125")];
        for (ubps, want) in rows {
            assert_eq!(rate(Bps::from_ubps(ubps)), want);
        }
        assert_eq!(rate(Bps::from_centi(450)), "0.00045");
        assert_eq!(rate(Bps::from_int(20_000)), "2.0");
        assert_eq!(number(8_414_300_000_000), "84143.0");
    }

    #[test]
    fn hashes_are_32_bytes_and_differ() {
        let (one, two) = (hash(1), hash(2));
        assert!(one.len() == 66 && one.starts_with("0x") && one != two, "{one} {two}");
    }
}
