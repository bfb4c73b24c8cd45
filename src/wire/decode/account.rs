//! The account as the venue sees it (PROTOCOL 8.8, 9.4).

use super::buffers::{MessageBuffers, MessageKind, Routed};
use super::error::DecodeError;
use super::number;
use super::tape::{UnknownKeys, Value, need};
use crate::market::CoinIx;
use crate::market::event::{POSITIONS_MAX, VenuePosition};
use crate::num::Usd;

/// `clearinghouseState`: the state behind the channel's envelope.
pub(super) fn channel(data: Value, message: &mut MessageBuffers) -> Routed {
    let names = ["clearinghouseState"];
    let [state] = data.fields("data", &names, &["dex", "user"], &mut message.unknown_keys)?;
    state_of(need(state, "clearinghouseState")?, message)
}

/// A clearinghouse state, from the socket or as the body of a read.
pub(super) fn state_of(state: Value, message: &mut MessageBuffers) -> Routed {
    let names = ["marginSummary", "withdrawable", "assetPositions", "time"];
    let idle = ["crossMarginSummary", "crossMaintenanceMarginUsed"];
    let [summary, withdrawable, positions, time] =
        state.fields("clearinghouseState", &names, &idle, &mut message.unknown_keys)?;
    let account = &mut *message.account;
    account.venue = number::time(need(time, "time")?, "time")?;
    account.withdrawable = money(withdrawable, "withdrawable")?;
    let [equity, raw_cash] = need(summary, "marginSummary")?.fields(
        "marginSummary",
        &["accountValue", "totalRawUsd"],
        &["totalNtlPos", "totalMarginUsed"],
        &mut message.unknown_keys,
    )?;
    account.equity = money(equity, "accountValue")?;
    account.raw_cash = money(raw_cash, "totalRawUsd")?;
    account.holdings.clear();
    let positions = need(positions, "assetPositions")?.items("assetPositions", POSITIONS_MAX)?;
    for row in positions {
        let [inner] =
            row.fields("asset position", &["position"], &["type"], &mut message.unknown_keys)?;
        let coin_of = |name: &str| message.coins.any(name);
        let holding = holding(need(inner, "position")?, coin_of, &mut message.unknown_keys)?;
        account.holdings.push(holding);
    }
    Ok(MessageKind::Account)
}

/// `userRateLimit`: what was reserved and not used is granted, too.
pub(super) fn quota(root: Value, message: &mut MessageBuffers) -> Routed {
    let names = ["nRequestsUsed", "nRequestsCap", "nRequestsSurplus"];
    let [used, cap, surplus] =
        root.fields("userRateLimit", &names, &["cumVlm"], &mut message.unknown_keys)?;
    let surplus = surplus.map_or(Ok(0), |surplus| surplus.whole("nRequestsSurplus"))?;
    let cap = need(cap, "nRequestsCap")?.whole("nRequestsCap")?.saturating_add(surplus);
    Ok(MessageKind::Quota { used: need(used, "nRequestsUsed")?.whole("nRequestsUsed")?, cap })
}

/// Keys of positions that we have no use for.
const POSITION_IDLE: [&str; 8] = [
    "leverage",
    "entryPx",
    "returnOnEquity",
    "liquidationPx",
    "marginUsed",
    "maxLeverage",
    "cumFunding",
    "maxTradeSzs",
];

fn holding(
    position: Value,
    coin_of: impl Fn(&str) -> CoinIx,
    unknown_keys: &mut UnknownKeys,
) -> Result<VenuePosition, DecodeError> {
    let names = ["coin", "szi", "positionValue", "unrealizedPnl"];
    let [coin, pos, value, unrealised] =
        position.fields("position", &names, &POSITION_IDLE, unknown_keys)?;
    let coin = coin_of(need(coin, "coin")?.text("coin")?);
    let ours = coin != CoinIx::FOREIGN;
    Ok(VenuePosition {
        coin,
        pos: number::pos(need(pos, "szi")?, "szi", ours)?,
        unrealised: number::usd(need(unrealised, "unrealizedPnl")?, "unrealizedPnl", ours)?,
        value: number::usd(need(value, "positionValue")?, "positionValue", ours)?,
    })
}

/// Money of the account itself.
fn money(value: Option<Value>, field: &'static str) -> Result<Usd, DecodeError> {
    number::usd(need(value, field)?, field, true)
}
