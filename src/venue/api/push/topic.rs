//! What a client can subscribe to: a table with a row for each kind (PROTOCOL 8.2).

use super::super::hosted_venue::HostedVenue;
use super::super::info::{market, render, user};
use super::super::keys::Keys;
use crate::num::Side;
use crate::venue::{OrderNews, Output, VenueFill, VenueTrade};
use serde::{Deserialize, de};
use serde_json::{Value, json};

/// How often a topic is pushed by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Books of five levels.
    Fast,
    /// Books of twenty levels, mids and pages.
    Slow,
    /// Mark, oracle and volumes of markets.
    Second,
    /// What accounts have, when it changed.
    Change,
}

/// What an output of a block adds to a topic.
#[derive(Debug)]
pub enum News {
    /// A frame of its own.
    Frame(Value),
    /// Rows that share a frame with the topic's others of the block.
    Rows(Vec<Value>),
}

/// A kind of topic.
struct Kind {
    name: &'static str,
    /// Its keys; `?` ends the name of one that may be missing.
    keys: &'static [&'static str],
    /// None where only news is pushed.
    pace: Option<Pace>,
    /// How things stand: said once after the acknowledgement, and by the clock.
    state: fn(&HostedVenue, &Keys) -> Option<Value>,
    /// What an output of a block adds.
    news: fn(&HostedVenue, &Keys, &Output) -> Option<News>,
    /// A frame of the rows of a block.
    frame: fn(&Keys, Vec<Value>) -> Value,
}

/// All kinds, in the order in which they say one piece of news.
const KINDS: &[Kind] = &[
    kind("orderUpdates", &["user"]).news(|v, k, o| row(order(k, o).map(|n| render::update(v, n)))),
    kind("userHistoricalOrders", &["user"])
        .first(|v, k| snapshot(k, "orderHistory", user::history(v, k.user())))
        .news(|v, k, o| row(order_as_it_ended(v, k, o)))
        .frame(|k, rows| json!({"user": k.user, "orderHistory": rows})),
    kind("userEvents", &["user"])
        .news(|v, k, o| {
            let funding = || funding_row(v, k, o).map(|row| News::Frame(json!({"funding": row})));
            row(fill_row(v, k, o)).or_else(funding)
        })
        .frame(|_, rows| json!({"fills": rows})),
    kind("userFills", &["user", "aggregateByTime?"])
        .first(|v, k| snapshot(k, "fills", user::fills(v, k.user())))
        .news(|v, k, o| row(fill_row(v, k, o)))
        .frame(|k, rows| json!({"user": k.user, "fills": rows})),
    kind("notification", &["user"]).news(|v, k, o| fill(k, o).map(|fill| notification(v, fill))),
    kind("userFundings", &["user"])
        .first(|v, k| snapshot(k, "fundings", user::fundings(v, k.user())))
        .news(|v, k, o| row(funding_row(v, k, o)))
        .frame(|k, rows| json!({"user": k.user, "fundings": rows})),
    kind("userNonFundingLedgerUpdates", &["user"])
        .first(|_, k| snapshot(k, "nonFundingLedgerUpdates", Vec::new())),
    kind("userTwapSliceFills", &["user"]).first(|_, k| snapshot(k, "twapSliceFills", Vec::new())),
    kind("userTwapHistory", &["user"]).first(|_, k| snapshot(k, "history", Vec::new())),
    kind("twapStates", &["user", "dex?"])
        .first(|_, k| Some(json!({"dex": k.dex(), "user": k.user, "states": []}))),
    kind("trades", &["coin"]).first(recent_trades).news(|v, k, o| {
        let row = |trade| render::trade(k.coin(), trade);
        trades(v, k, o).map(|trades| News::Frame(trades.iter().map(row).collect()))
    }),
    // As often as somebody took.
    kind("candle", &["coin", "interval"]).first(market::running_candle).news(|v, k, o| {
        trades(v, k, o).and_then(|_| market::running_candle(v, k)).map(News::Frame)
    }),
    kind("bbo", &["coin"]).first(best_prices).news(|v, k, o| {
        let Output::Bbo(asset, bbo) = o else { return None };
        let is_it = v.name_of(*asset) == k.coin();
        is_it.then(|| News::Frame(render::bbo(k.coin(), bbo)))
    }),
    kind("l2Book", &["coin", "nSigFigs?", "mantissa?", "fast?"])
        .every(Pace::Slow, |v, k| Some(market::book(v, k))),
    kind("allMids", &["dex?"]).every(Pace::Slow, all_mids),
    kind("activeAssetCtx", &["coin"]).every(Pace::Second, |v, k| {
        let ctx = market::context(v, v.market(k.coin())?.spec.asset);
        Some(json!({"coin": k.coin(), "ctx": ctx}))
    }),
    kind("assetCtxs", &["dex?"]).every(Pace::Second, |v, k| {
        Some(json!({"dex": k.dex(), "ctxs": market::contexts(v, v.dex(k.dex())?)}))
    }),
    kind("allDexsAssetCtxs", &[]).every(Pace::Second, |v, _| {
        Some(json!({"ctxs": each_dex(v, |dex| market::contexts(v, dex))}))
    }),
    kind("activeAssetData", &["user", "coin"])
        .every(Pace::Change, |v, k| Some(user::asset_data(v, k.user(), k.coin()))),
    kind("clearinghouseState", &["user", "dex?"]).every(Pace::Change, |v, k| {
        let state = user::state(v, k.user(), v.dex(k.dex())?);
        Some(json!({"dex": k.dex(), "user": k.user, "clearinghouseState": state}))
    }),
    kind("allDexsClearinghouseState", &["user"]).every(Pace::Change, |v, k| {
        let states = each_dex(v, |dex| user::state(v, k.user(), dex));
        Some(json!({"user": k.user, "clearinghouseStates": states}))
    }),
    kind("openOrders", &["user", "dex?"]).every(Pace::Change, |v, k| {
        let orders = user::frontend_orders(v, k.user(), v.dex(k.dex())?);
        Some(json!({"dex": k.dex(), "user": k.user, "orders": orders}))
    }),
    kind("spotState", &["user"])
        .every(Pace::Change, |_, k| Some(json!({"user": k.user, "spotState": user::spot_state()}))),
    kind("webData3", &["user"]).every(Pace::Slow, |v, k| Some(user::web_data(v, k.user()))),
];

const fn kind(name: &'static str, keys: &'static [&'static str]) -> Kind {
    let frame = |_: &Keys, rows| Value::Array(rows);
    Kind { name, keys, pace: None, state: |_, _| None, news: |_, _, _| None, frame }
}

impl Kind {
    const fn first(mut self, state: fn(&HostedVenue, &Keys) -> Option<Value>) -> Kind {
        self.state = state;
        self
    }

    const fn every(mut self, pace: Pace, state: fn(&HostedVenue, &Keys) -> Option<Value>) -> Kind {
        self.pace = Some(pace);
        self.first(state)
    }

    const fn news(mut self, news: fn(&HostedVenue, &Keys, &Output) -> Option<News>) -> Kind {
        self.news = news;
        self
    }

    const fn frame(mut self, frame: fn(&Keys, Vec<Value>) -> Value) -> Kind {
        self.frame = frame;
        self
    }
}

/// A subscription (PROTOCOL 8.1 and 8.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "Value")]
pub struct Topic {
    /// The place of its kind in [`KINDS`].
    kind: usize,
    pub keys: Keys,
}

impl TryFrom<Value> for Topic {
    type Error = serde_json::Error;
    fn try_from(sent: Value) -> Result<Topic, serde_json::Error> {
        let name = sent["type"].as_str().ok_or_else(|| de::Error::missing_field("type"))?;
        let kind = KINDS.iter().position(|kind| kind.name == name);
        let kind = kind.ok_or_else(|| de::Error::unknown_variant(name, &[]))?;
        Ok(Topic { kind, keys: Keys::read(KINDS[kind].keys, &sent)? })
    }
}

impl Topic {
    pub fn channel(&self) -> &'static str {
        match KINDS[self.kind].name {
            "userEvents" => "user",
            name => name,
        }
    }

    /// How often it is pushed by the clock, if it is.
    pub fn pace(&self) -> Option<Pace> {
        if self.keys.fast { Some(Pace::Fast) } else { KINDS[self.kind].pace }
    }

    /// How things stand; none where the venue waits for news.
    pub fn state(&self, venue: &HostedVenue) -> Option<Value> {
        (KINDS[self.kind].state)(venue, &self.keys)
    }

    /// What an output of a block adds.
    pub fn news(&self, venue: &HostedVenue, output: &Output) -> Option<News> {
        (KINDS[self.kind].news)(venue, &self.keys, output)
    }

    /// The data of a frame with this news.
    pub fn frame(&self, news: News) -> Value {
        match news {
            News::Frame(data) => data,
            News::Rows(rows) => (KINDS[self.kind].frame)(&self.keys, rows),
        }
    }

    /// As the venue echoes it, defaults filled in.
    pub fn echo(&self) -> Value {
        let Kind { name, keys, .. } = &KINDS[self.kind];
        let mut echo = serde_json::Map::from_iter([("type".to_owned(), Value::from(*name))]);
        echo.extend(self.keys.echo(keys));
        Value::Object(echo)
    }

    /// Whether there is what it names.
    pub fn is_sound(&self, venue: &HostedVenue) -> bool {
        let has_market = self.keys.coin.as_ref().is_none_or(|coin| venue.market(coin).is_some());
        has_market && venue.dex(self.keys.dex()).is_some() && self.keys.is_grouping()
    }
}

/// What is said first of an account's lists.
fn snapshot(keys: &Keys, name: &str, rows: Vec<Value>) -> Option<Value> {
    let mut data = json!({"isSnapshot": true, "user": keys.user});
    data[name] = rows.into();
    Some(data)
}

fn each_dex(venue: &HostedVenue, state: impl Fn(usize) -> Value) -> Vec<Value> {
    let dexes = venue.dexes().iter().enumerate();
    dexes.map(|(place, dex)| json!([dex.name, state(place)])).collect()
}

fn row(row: Option<Value>) -> Option<News> {
    row.map(|row| News::Rows(vec![row]))
}

/// News of an order of the account.
fn order<'a>(keys: &Keys, output: &'a Output) -> Option<&'a OrderNews> {
    let Output::Order(user, news) = output else { return None };
    (*user == keys.user()).then_some(news)
}

fn order_as_it_ended(venue: &HostedVenue, keys: &Keys, output: &Output) -> Option<Value> {
    let news = venue.exchange.order(keys.user(), order(keys, output)?.order.oid)?;
    Some(render::history(venue, &news))
}

/// A fill of the account.
fn fill<'a>(keys: &Keys, output: &'a Output) -> Option<&'a VenueFill> {
    let Output::Fill(user, news) = output else { return None };
    (*user == keys.user()).then_some(news)
}

fn fill_row(venue: &HostedVenue, keys: &Keys, output: &Output) -> Option<Value> {
    fill(keys, output).map(|fill| render::fill(venue, keys.user(), fill))
}

/// A fill, told to people in a sentence.
fn notification(venue: &HostedVenue, VenueFill { fill, asset, .. }: &VenueFill) -> News {
    let verb = match fill.side {
        Side::Bid => "Bought",
        Side::Ask => "Sold",
    };
    let (qty, coin, px) =
        (render::number(fill.qty.e8()), venue.name_of(*asset), render::px(fill.px));
    News::Frame(json!({"notification": format!("{verb} {qty} {coin} at average price of ${px}")}))
}

/// Funding of the account.
fn funding_row(venue: &HostedVenue, keys: &Keys, output: &Output) -> Option<Value> {
    let Output::Funding(user, news) = output else { return None };
    (*user == keys.user()).then(|| render::funding(venue, news))
}

/// The trades of one taker in the market.
fn trades<'a>(venue: &HostedVenue, keys: &Keys, output: &'a Output) -> Option<&'a [VenueTrade]> {
    let Output::Trades(asset, trades) = output else { return None };
    (venue.name_of(*asset) == keys.coin()).then_some(trades)
}

fn recent_trades(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    let mut trades = market::recent_trades(venue, keys.coin());
    trades.reverse();
    (!trades.is_empty()).then(|| trades.into())
}

fn best_prices(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    let best = venue.exchange.bbo(venue.market(keys.coin())?.spec.asset)?;
    Some(render::bbo(keys.coin(), &best))
}

fn all_mids(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    let mids = market::mids(venue, venue.dex(keys.dex())?);
    Some(match keys.dex() {
        "" => json!({"mids": mids}),
        dex => json!({"dex": dex, "mids": mids}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_fill_in_defaults() {
        let user = "0x14791697260E4c9A71f18484C9f997B308e59325";
        let lower = user.to_lowercase();
        let rows = [
            (
                r#"{"type":"l2Book","coin":"BTC"}"#.to_owned(),
                r#"{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null,"fast":false}"#
                    .to_owned(),
            ),
            (
                r#"{"coin":"hyna:HYPE","fast":true,"type":"l2Book","nSigFigs":5}"#.to_owned(),
                r#"{"type":"l2Book","coin":"hyna:HYPE","nSigFigs":5,"mantissa":null,"fast":true}"#
                    .to_owned(),
            ),
            (r#"{"type":"allMids"}"#.to_owned(), r#"{"type":"allMids"}"#.to_owned()),
            (
                r#"{"type":"allMids","dex":"hyna"}"#.to_owned(),
                r#"{"type":"allMids","dex":"hyna"}"#.to_owned(),
            ),
            (
                format!(r#"{{"type":"userFills","user":"{user}"}}"#),
                format!(r#"{{"type":"userFills","user":"{lower}","aggregateByTime":false}}"#),
            ),
            (
                r#"{"type":"candle","coin":"BTC","interval":"1m"}"#.to_owned(),
                r#"{"type":"candle","coin":"BTC","interval":"1m"}"#.to_owned(),
            ),
            (
                format!(r#"{{"type":"webData3","user":"{user}"}}"#),
                format!(r#"{{"type":"webData3","user":"{lower}"}}"#),
            ),
        ];
        for (sent, want) in rows {
            let topic: Topic = serde_json::from_str(&sent).expect("a subscription");
            assert_eq!(topic.echo().to_string(), want);
        }
    }

    #[test]
    fn what_is_no_subscription() {
        let rows = [
            ("unknown type", r#"{"type":"weather","coin":"BTC"}"#),
            (
                "a type of before 2026-08",
                r#"{"type":"webData2","user":"0x14791697260E4c9A71f18484C9f997B308e59325"}"#,
            ),
            ("no type", r#"{"coin":"BTC"}"#),
            ("no coin", r#"{"type":"l2Book"}"#),
            ("several coins", r#"{"type":"bbo","coin":["BTC","ETH"]}"#),
            ("short address", r#"{"type":"userFills","user":"0x12"}"#),
            ("odd interval", r#"{"type":"candle","coin":"BTC","interval":"7m"}"#),
            ("an array", r#"[{"type":"bbo","coin":"BTC"}]"#),
        ];
        for (what, sent) in rows {
            assert!(serde_json::from_str::<Topic>(sent).is_err(), "{what}");
        }
    }
}
