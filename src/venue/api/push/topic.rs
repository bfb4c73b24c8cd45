//! What a client can subscribe to: a table with a row for each kind (PROTOCOL 8.2).

use super::super::hosted_venue::HostedVenue;
use super::super::info::{market, render, user};
use super::super::keys::Keys;
use crate::num::Side;
use crate::venue::{OrderNews, Output, VenueFill, VenuePayment};
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

/// A kind of topic.
struct Kind {
    name: &'static str,
    /// Its keys; `?` ends the name of one that may be missing.
    keys: &'static [&'static str],
    /// None where only news is pushed.
    pace: Option<Pace>,
    /// How things stand: said once after the acknowledgement, and by the clock.
    state: fn(&HostedVenue, &Keys) -> Option<Value>,
    /// What the output of a block adds, a frame each.
    news: fn(&HostedVenue, &Keys, &[Output]) -> Vec<Value>,
}

/// All kinds, in the order in which the news of a block is said (PROTOCOL 12.9).
const KINDS: &[Kind] = &[
    kind("orderUpdates", &["user"]).news(order_updates),
    kind("userHistoricalOrders", &["user"]).first(order_history).news(order_changes),
    kind("userEvents", &["user"]).news(user_events),
    kind("userFills", &["user", "aggregateByTime?"]).first(all_fills).news(user_fills),
    kind("notification", &["user"]).news(notifications),
    kind("userFundings", &["user"]).first(all_fundings).news(user_fundings),
    kind("userNonFundingLedgerUpdates", &["user"])
        .first(|_, k| snapshot(k, "nonFundingLedgerUpdates", Vec::new())),
    kind("userTwapSliceFills", &["user"]).first(|_, k| snapshot(k, "twapSliceFills", Vec::new())),
    kind("userTwapHistory", &["user"]).first(|_, k| snapshot(k, "history", Vec::new())),
    kind("twapStates", &["user", "dex?"])
        .first(|_, k| Some(json!({"dex": k.dex(), "user": k.user, "states": []}))),
    kind("trades", &["coin"]).first(recent_trades).news(trades),
    kind("candle", &["coin", "interval"]).first(market::running_candle).news(candles),
    kind("bbo", &["coin"]).first(best_prices).news(bbos),
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
    kind("webData2", &["user"]).every(Pace::Slow, |v, k| Some(user::web_data_2(v, k.user()))),
    kind("webData3", &["user"]).every(Pace::Slow, |v, k| Some(user::web_data_3(v, k.user()))),
];

const fn kind(name: &'static str, keys: &'static [&'static str]) -> Kind {
    Kind { name, keys, pace: None, state: |_, _| None, news: |_, _, _| Vec::new() }
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

    const fn news(mut self, news: fn(&HostedVenue, &Keys, &[Output]) -> Vec<Value>) -> Kind {
        self.news = news;
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

    /// What the output of a block adds, a frame each.
    pub fn news(&self, venue: &HostedVenue, outputs: &[Output]) -> Vec<Value> {
        (KINDS[self.kind].news)(venue, &self.keys, outputs)
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

/// One frame of all rows; none without rows.
fn together(rows: Vec<Value>, data: impl FnOnce(Value) -> Value) -> Vec<Value> {
    if rows.is_empty() { Vec::new() } else { vec![data(rows.into())] }
}

fn each_dex(venue: &HostedVenue, state: impl Fn(usize) -> Value) -> Vec<Value> {
    let dexes = venue.dexes().iter().enumerate();
    dexes.map(|(place, dex)| json!([dex.name, state(place)])).collect()
}

fn orders<'a>(keys: &'a Keys, outputs: &'a [Output]) -> impl Iterator<Item = &'a OrderNews> {
    outputs.iter().filter_map(|output| {
        let Output::Order(user, news) = output else { return None };
        (*user == keys.user()).then_some(news)
    })
}

fn fills<'a>(keys: &'a Keys, outputs: &'a [Output]) -> impl Iterator<Item = &'a VenueFill> {
    outputs.iter().filter_map(|output| {
        let Output::Fill(user, news) = output else { return None };
        (*user == keys.user()).then_some(news)
    })
}

fn fundings<'a>(keys: &'a Keys, outputs: &'a [Output]) -> impl Iterator<Item = &'a VenuePayment> {
    outputs.iter().filter_map(|output| {
        let Output::Funding(user, news) = output else { return None };
        (*user == keys.user()).then_some(news)
    })
}

fn order_updates(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    together(orders(keys, outputs).map(|news| render::update(venue, news)).collect(), |rows| rows)
}

fn order_history(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    snapshot(keys, "orderHistory", user::history(venue, keys.user()))
}

fn order_changes(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let views =
        orders(keys, outputs).filter_map(|news| venue.exchange.order(keys.user(), news.order.oid));
    let rows = views.map(|view| render::history(venue, &view)).collect();
    together(rows, |rows| json!({"user": keys.user, "orderHistory": rows}))
}

fn fill_rows(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    fills(keys, outputs).map(|fill| render::fill(venue, keys.user(), fill)).collect()
}

fn user_events(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let mut frames = together(fill_rows(venue, keys, outputs), |rows| json!({"fills": rows}));
    let funding = fundings(keys, outputs).map(|news| render::funding(venue, news));
    frames.extend(funding.map(|row| json!({"funding": row})));
    frames
}

fn all_fills(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    snapshot(keys, "fills", user::fills(venue, keys.user()))
}

fn user_fills(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let rows = fill_rows(venue, keys, outputs);
    together(rows, |rows| json!({"user": keys.user, "fills": rows}))
}

/// Fills for people.
fn notifications(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let sentence = |fill: &VenueFill| {
        let verb = match fill.fill.side {
            Side::Bid => "Bought",
            Side::Ask => "Sold",
        };
        let (qty, coin) = (render::number(fill.fill.qty.e8()), venue.name_of(fill.asset));
        format!("{verb} {qty} {coin} at average price of ${}", render::px(fill.fill.px))
    };
    fills(keys, outputs).map(|fill| json!({"notification": sentence(fill)})).collect()
}

fn all_fundings(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    snapshot(keys, "fundings", user::fundings(venue, keys.user()))
}

fn user_fundings(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let rows = fundings(keys, outputs).map(|news| render::funding(venue, news)).collect();
    together(rows, |rows| json!({"user": keys.user, "fundings": rows}))
}

/// The trades of a market, a frame for each taker.
fn trades(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let coin = keys.coin();
    let takers = outputs.iter().filter_map(|output| {
        let Output::Trades(asset, trades) = output else { return None };
        (venue.name_of(*asset) == coin && !trades.is_empty()).then_some(trades)
    });
    takers.map(|trades| trades.iter().map(|trade| render::trade(coin, trade)).collect()).collect()
}

fn recent_trades(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    let mut trades = market::recent_trades(venue, keys.coin());
    trades.reverse();
    (!trades.is_empty()).then(|| trades.into())
}

/// The running candle, as often as somebody took.
fn candles(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let is_taker = |output: &&Output| match output {
        Output::Trades(asset, _) => venue.name_of(*asset) == keys.coin(),
        Output::Order(..)
        | Output::Fill(..)
        | Output::Funding(..)
        | Output::Bbo(..)
        | Output::Answer { .. } => false,
    };
    outputs.iter().filter(is_taker).filter_map(|_| market::running_candle(venue, keys)).collect()
}

fn best_prices(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    let best = venue.exchange.bbo(venue.market(keys.coin())?.spec.asset)?;
    Some(render::bbo(keys.coin(), &best))
}

fn bbos(venue: &HostedVenue, keys: &Keys, outputs: &[Output]) -> Vec<Value> {
    let changes = outputs.iter().filter_map(|output| {
        let Output::Bbo(asset, bbo) = output else { return None };
        (venue.name_of(*asset) == keys.coin()).then(|| render::bbo(keys.coin(), bbo))
    });
    changes.collect()
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
                format!(r#"{{"type":"webData2","user":"{user}"}}"#),
                format!(r#"{{"type":"webData2","user":"{lower}"}}"#),
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
