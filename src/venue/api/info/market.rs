//! Answers of `POST /info` about markets: metadata, contexts, books, candles.

use super::super::hosted_venue::HostedVenue;
use super::super::keys::Keys;
use super::aggregate;
use super::render;
use crate::market::{AssetId, BookFrame};
use crate::num::WallMs;
use crate::num::time::HOUR_MS;
use crate::venue::{DexConfig, MarketConfig};
use serde_json::{Map, Value, json};

/// Recent trades that a question and a new subscription repeat (PROTOCOL 8.5).
pub const TRADES_SHOWN: usize = 30;
/// Who deployed the builder dexes here: nobody with a key.
const DEPLOYER: &str = "0x1111111111111111111111111111111111111111";
/// Open interest the builder dexes allow; the exchange in the box has no such limit.
const OI_CAP: &str = "1000000000.0";
/// The dex id in a builder dex's full name.
const HYNA: &str = "hyna";

/// The markets of a dex: the answer to `meta`.
pub fn meta(venue: &HostedVenue, dex: usize) -> Value {
    let universe: Vec<_> = venue.universe(dex).map(universe_row).collect();
    let mut leverages: Vec<_> =
        venue.universe(dex).map(|market| market.spec.leverage_max).collect();
    leverages.sort_unstable();
    leverages.dedup();
    let tables: Vec<_> = leverages.into_iter().map(|id| json!([id, margin_table(id)])).collect();
    json!({
        "universe": universe,
        "marginTables": tables,
        "collateralToken": venue.dexes()[dex].token,
    })
}

fn universe_row(market: &MarketConfig) -> Value {
    json!({
        "szDecimals": market.spec.sz_decimals,
        "name": market.name,
        "maxLeverage": market.spec.leverage_max,
        "marginTableId": market.spec.leverage_max,
    })
}

/// A table of one tier, whose number is its leverage (PROTOCOL 2.3).
pub fn margin_table(leverage_max: u32) -> Value {
    json!({
        "description": "",
        "marginTiers": [{"lowerBound": "0.0", "maxLeverage": leverage_max}],
    })
}

/// Contexts of a dex, in the order of its markets.
pub fn contexts(venue: &HostedVenue, dex: usize) -> Value {
    venue.universe(dex).map(|market| context(venue, market.spec.asset)).collect()
}

/// What a market shows beside its book.
pub fn context(venue: &HostedVenue, asset: AssetId) -> Value {
    venue.exchange.context(asset).as_ref().map_or(Value::Null, render::context)
}

pub fn dexes(venue: &HostedVenue) -> Value {
    venue.dexes().iter().enumerate().map(|(place, dex)| dex_row(venue, place, dex)).collect()
}

fn dex_row(venue: &HostedVenue, place: usize, dex: &DexConfig) -> Value {
    let Some(scale_e8) = dex.fee_scale_e8 else { return Value::Null };
    let each = |value: &str| -> Value {
        venue.universe(place).map(|market| json!([market.name, value])).collect()
    };
    json!({
        "name": dex.name,
        "fullName": if dex.name == HYNA { "HyENA" } else { &dex.name },
        "deployer": DEPLOYER,
        "oracleUpdater": null,
        "feeRecipient": null,
        "assetToStreamingOiCap": each(OI_CAP),
        "subDeployers": [],
        "deployerFeeScale": render::number(scale_e8),
        "lastDeployerFeeScaleChangeTime": "1970-01-01T00:00:00",
        "assetToFundingMultiplier": each("1.0"),
        "assetToFundingInterestRate": [],
    })
}

/// The answer to `perpDexLimits`: the first dex has none.
pub fn dex_limits(venue: &HostedVenue, dex: usize) -> Value {
    if dex == 0 {
        return Value::Null;
    }
    let caps: Value = venue.universe(dex).map(|market| json!([market.name, OI_CAP])).collect();
    json!({
        "totalOiCap": OI_CAP,
        "oiSzCapPerPerp": OI_CAP,
        "maxTransferNtl": OI_CAP,
        "coinToOiCap": caps,
    })
}

/// The answer to `spotMeta`: the tokens that are collateral here, and one pair because SDKs expect
/// some.
pub fn spot_meta(venue: &HostedVenue) -> Value {
    let mut tokens = vec![
        token("USDC", 0, 8, 8, "0x6d1e7cde53ba9467b783cb7c530ce054"),
        token("PURR", 1, 0, 5, "0xc1fb593aeffbeb02f85e0308e9956a90"),
    ];
    let builders = venue.dexes().iter().filter(|dex| dex.token != 0);
    for dex in builders {
        let id = format!("0x{:032x}", dex.token);
        tokens.push(token(&dex.token_name, dex.token, 2, 8, &id));
    }
    let pair = json!({"tokens": [1, 0], "name": "PURR/USDC", "index": 0, "isCanonical": true});
    json!({"tokens": tokens, "universe": [pair]})
}

fn token(name: &str, index: u32, sz_decimals: u32, wei_decimals: u32, id: &str) -> Value {
    json!({
        "name": name,
        "szDecimals": sz_decimals,
        "weiDecimals": wei_decimals,
        "index": index,
        "tokenId": id,
        "isCanonical": true,
        "evmContract": null,
        "fullName": null,
        "deployerTradingFeeShare": "0.0",
    })
}

/// Contexts of the spot pairs: a market that never trades.
pub fn spot_contexts() -> Value {
    json!([{
        "prevDayPx": "0.1",
        "dayNtlVlm": "0.0",
        "markPx": "0.1",
        "midPx": null,
        "circulatingSupply": "596936279.6",
        "coin": "PURR/USDC",
        "totalSupply": "596936279.6",
        "dayBaseVlm": "0.0",
    }])
}

/// The middle of every book of a dex.
pub fn mids(venue: &HostedVenue, dex: usize) -> Map<String, Value> {
    let mids = venue.universe(dex).filter_map(|market| {
        let context = venue.exchange.context(market.spec.asset)?;
        Some((market.name.clone(), render::px(context.mid.unwrap_or(context.mark)).into()))
    });
    mids.collect()
}

/// A book, grouped when figures are given; `null` where there is none such.
pub fn book(venue: &HostedVenue, keys: &Keys) -> Value {
    let coin = keys.coin();
    let mut frame = BookFrame::EMPTY;
    let fill = |asset| venue.exchange.book(asset, keys.fast, &mut frame);
    if !keys.is_grouping() || !venue.market(coin).map(|market| market.spec.asset).is_some_and(fill)
    {
        return Value::Null;
    }
    if let Some(figures) = keys.n_sig_figs {
        frame = aggregate::grouped(&frame, figures, keys.mantissa.unwrap_or(1));
    }
    render::book(coin, &frame)
}

/// Recent trades, newest first.
pub fn recent_trades(venue: &HostedVenue, coin: &str) -> Vec<Value> {
    let Some(market) = venue.market(coin) else { return Vec::new() };
    let trades = venue.exchange.trades(market.spec.asset);
    trades.take(TRADES_SHOWN).map(|trade| render::trade(coin, trade)).collect()
}

/// Candles of a span of time, oldest first.
pub fn candles(venue: &HostedVenue, keys: &Keys) -> Value {
    let Some(market) = venue.market(keys.coin()) else { return json!([]) };
    let minutes = venue.exchange.candles(market.spec.asset);
    let joined = aggregate::joined(minutes, keys.interval.ms());
    let wanted = joined.iter().filter(|candle| keys.spans(candle.at));
    wanted.map(|candle| render::candle(keys.coin(), keys.interval, candle)).collect()
}

/// The candle that is running; none before the first trade.
pub fn running_candle(venue: &HostedVenue, keys: &Keys) -> Option<Value> {
    let asset = venue.market(keys.coin())?.spec.asset;
    let interval_ms = keys.interval.ms();
    let newest = venue.exchange.candles(asset).next_back()?.at;
    let from = WallMs::from_ms(newest.ms() / interval_ms * interval_ms);
    let minutes = venue.exchange.candles(asset).filter(|minute| from <= minute.at);
    let candle = aggregate::joined(minutes, interval_ms).pop()?;
    Some(render::candle(keys.coin(), keys.interval, &candle))
}

/// Funding of a market, oldest hour first.
pub fn funding_history(venue: &HostedVenue, keys: &Keys) -> Value {
    let Some(market) = venue.market(keys.coin()) else { return json!([]) };
    let hours = venue.exchange.funding_history(market.spec.asset);
    let wanted = hours.filter(|hour| keys.spans(hour.at));
    wanted.map(|hour| render::funding_hour(keys.coin(), hour)).collect()
}

/// The running hour's funding of all main markets, which this venue alone knows.
pub fn predicted_fundings(venue: &HostedVenue) -> Value {
    let next_ms = (venue.exchange.now().ms() / HOUR_MS + 1) * HOUR_MS;
    let row = |market: &MarketConfig| {
        let context = venue.exchange.context(market.spec.asset)?;
        let rate = render::rate(context.funding);
        let ours =
            json!({"fundingRate": rate, "nextFundingTime": next_ms, "fundingIntervalHours": 1});
        Some(json!([market.name, [["HlPerp", ours]]]))
    };
    venue.universe(0).filter_map(row).collect()
}
