//! What is said on each topic: first frames, and frames by the clock.

use super::super::hosted_venue::HostedVenue;
use super::super::info::{market, render, user};
use super::topic::{Flag, Topic, User};
use serde_json::{Value, json};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use tungstenite::Utf8Bytes;

/// How often a topic is said by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushRate {
    /// Fast books.
    Fast,
    /// Books, mids and pages.
    Slow,
    /// Contexts.
    Second,
    /// State of accounts, when it changed.
    Change,
}

impl PushRate {
    /// All of them.
    pub const ALL: [PushRate; 4] =
        [PushRate::Fast, PushRate::Slow, PushRate::Second, PushRate::Change];

    /// The pace of a topic; none when it is said only when something happens.
    pub fn of_topic(topic: &Topic) -> Option<PushRate> {
        match topic {
            Topic::L2Book { fast: Flag(true), .. } => Some(PushRate::Fast),
            Topic::L2Book { fast: Flag(false), .. }
            | Topic::AllMids { .. }
            | Topic::WebData2 { .. }
            | Topic::WebData3 { .. } => Some(PushRate::Slow),
            Topic::ActiveAssetCtx { .. } | Topic::AssetCtxs { .. } | Topic::AllDexsAssetCtxs => {
                Some(PushRate::Second)
            }
            Topic::ActiveAssetData { .. }
            | Topic::ClearinghouseState { .. }
            | Topic::AllDexsClearinghouseState { .. }
            | Topic::OpenOrders { .. }
            | Topic::SpotState { .. } => Some(PushRate::Change),
            _ => None,
        }
    }
}

/// A frame of a channel.
pub fn frame(channel: &str, data: &Value) -> Utf8Bytes {
    format!("{{\"channel\":\"{channel}\",\"data\":{data}}}").into()
}

/// The state of a topic that is said by the clock, and the channel it goes to.
pub fn state(venue: &HostedVenue, topic: &Topic) -> Option<(&'static str, Value)> {
    market_state(venue, topic).or_else(|| account_state(venue, topic))
}

fn market_state(venue: &HostedVenue, topic: &Topic) -> Option<(&'static str, Value)> {
    let dex = venue.dex(topic.dex()).unwrap_or(0);
    Some(match topic {
        Topic::L2Book { coin, n_sig_figs, mantissa, fast } => {
            ("l2Book", market::book(venue, coin, *n_sig_figs, *mantissa, fast.0))
        }
        Topic::AllMids { dex: named } => {
            let mids = market::mids(venue, dex);
            let data = match named.as_deref() {
                None | Some("") => json!({"mids": mids}),
                Some(name) => json!({"dex": name, "mids": mids}),
            };
            ("allMids", data)
        }
        Topic::ActiveAssetCtx { coin } => {
            let asset = venue.market(coin)?.spec.asset;
            let data = json!({"coin": coin, "ctx": market::context(venue, asset)});
            ("activeAssetCtx", data)
        }
        Topic::AssetCtxs { .. } => {
            let data = json!({"dex": topic.dex(), "ctxs": market::contexts(venue, dex)});
            ("assetCtxs", data)
        }
        Topic::AllDexsAssetCtxs => {
            let dexes = venue.dexes().iter().enumerate();
            let ctxs: Vec<_> = dexes
                .map(|(place, dex)| json!([dex.name, market::contexts(venue, place)]))
                .collect();
            ("allDexsAssetCtxs", json!({"ctxs": ctxs}))
        }
        _ => return None,
    })
}

fn account_state(venue: &HostedVenue, topic: &Topic) -> Option<(&'static str, Value)> {
    let (dex, place) = (topic.dex(), venue.dex(topic.dex()).unwrap_or(0));
    Some(match topic {
        Topic::ActiveAssetData { user, coin } => {
            ("activeAssetData", user::asset_data(venue, user.0, coin))
        }
        Topic::ClearinghouseState { user, .. } => {
            let state = user::state(venue, user.0, place);
            let data = json!({"dex": dex, "user": name(*user), "clearinghouseState": state});
            ("clearinghouseState", data)
        }
        Topic::AllDexsClearinghouseState { user } => {
            let dexes = venue.dexes().iter().enumerate();
            let states: Vec<_> = dexes
                .map(|(place, dex)| json!([dex.name, user::state(venue, user.0, place)]))
                .collect();
            let data = json!({"user": name(*user), "clearinghouseStates": states});
            ("allDexsClearinghouseState", data)
        }
        Topic::OpenOrders { user, .. } => {
            let orders = user::frontend_orders(venue, user.0, place);
            ("openOrders", json!({"dex": dex, "user": name(*user), "orders": orders}))
        }
        Topic::SpotState { user } => {
            ("spotState", json!({"user": name(*user), "spotState": user::spot_state()}))
        }
        Topic::WebData2 { user } => ("webData2", user::web_data_2(venue, user.0)),
        Topic::WebData3 { user } => ("webData3", user::web_data_3(venue, user.0)),
        _ => return None,
    })
}

/// What is said once, right after the acknowledgement; none where the venue waits for news.
pub fn first(venue: &HostedVenue, topic: &Topic) -> Option<Utf8Bytes> {
    if let Some((channel, data)) = state(venue, topic) {
        return Some(frame(channel, &data));
    }
    match topic {
        Topic::Bbo { coin } => {
            let best = venue.exchange.bbo(venue.market(coin)?.spec.asset)?;
            Some(frame("bbo", &render::bbo(coin, &best)))
        }
        Topic::Trades { coin } => {
            let mut trades = market::recent_trades(venue, coin);
            trades.reverse();
            (!trades.is_empty()).then(|| frame("trades", &trades.into()))
        }
        Topic::Candle { coin, interval } => {
            Some(frame("candle", &market::running_candle(venue, coin, *interval)?))
        }
        _ => snapshot(venue, topic),
    }
}

/// The snapshots of an account's channels.
fn snapshot(venue: &HostedVenue, topic: &Topic) -> Option<Utf8Bytes> {
    let (channel, key, user, list) = match topic {
        Topic::UserFills { user, .. } => ("userFills", "fills", user, user::fills(venue, user.0)),
        Topic::UserFundings { user } => {
            ("userFundings", "fundings", user, user::fundings(venue, user.0))
        }
        Topic::UserHistoricalOrders { user } => {
            ("userHistoricalOrders", "orderHistory", user, user::history(venue, user.0))
        }
        Topic::UserNonFundingLedgerUpdates { user } => {
            ("userNonFundingLedgerUpdates", "nonFundingLedgerUpdates", user, Vec::new())
        }
        Topic::UserTwapSliceFills { user } => {
            ("userTwapSliceFills", "twapSliceFills", user, Vec::new())
        }
        Topic::UserTwapHistory { user } => ("userTwapHistory", "history", user, Vec::new()),
        Topic::TwapStates { user, .. } => {
            let data = json!({"dex": topic.dex(), "user": name(*user), "states": []});
            return Some(frame("twapStates", &data));
        }
        _ => return None,
    };
    let mut data = json!({"isSnapshot": true, "user": name(*user)});
    data[key] = list.into();
    Some(frame(channel, &data))
}

fn name(user: User) -> String {
    user.0.to_string()
}

/// A digest of what a state says, whatever the time is.
pub fn digest(data: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    digest_into(data, &mut hasher);
    hasher.finish()
}

fn digest_into(data: &Value, hasher: &mut DefaultHasher) {
    match data {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "time") {
                key.hash(hasher);
                digest_into(value, hasher);
            }
        }
        Value::Array(list) => {
            list.len().hash(hasher);
            list.iter().for_each(|value| digest_into(value, hasher));
        }
        Value::String(text) => text.hash(hasher),
        Value::Null | Value::Bool(_) | Value::Number(_) => data.to_string().hash(hasher),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_ignores_the_time() {
        let rows = [
            ("the time", json!({"time": 1, "a": ["1"]}), json!({"time": 2, "a": ["1"]}), true),
            ("a value", json!({"a": ["1"]}), json!({"a": ["2"]}), false),
            ("a flag", json!({"a": true}), json!({"a": false}), false),
            ("one more", json!([[], []]), json!([[]]), false),
        ];
        for (what, one, other, same) in rows {
            assert_eq!(digest(&one) == digest(&other), same, "{what}");
        }
    }
}
