//! Market data: best prices, books, trades, contexts (PROTOCOL 8.3, 8.4, 8.5, 8.8).

use super::buffers::{MessageBuffers, MessageKind, Routed};
use super::error::DecodeError;
use super::number;
use super::tape::{Items, UnknownKeys, Value, need};
use super::vocabulary;
use crate::market::event::TRADES_MAX;
use crate::market::{BookFrame, CoinIx, Level, Tid, Trade};
use crate::num::Side;

/// Sides of a book, bids first.
const SIDES: usize = 2;
/// Levels a side that a message may have: deeper than the venue's books, and no more are read than a
/// frame holds.
const LEVELS_TOLD_MAX: usize = 1_000;

/// `bbo`: either side may be null.
pub(super) fn bbo(data: Value, message: &mut MessageBuffers) -> Routed {
    let [coin, time, sides] =
        data.fields("data", &["coin", "time", "bbo"], &[], &mut message.unknown_keys)?;
    let coin = message.coins.ours(need(coin, "coin")?.text("coin")?)?;
    message.bbo.venue = number::time(need(time, "time")?, "time")?;
    let mut sides = pair(need(sides, "bbo")?, "bbo")?;
    let mut side = || sides.next().and_then(Value::unless_null);
    let (bid, ask) = (side(), side());
    message.bbo.bid = bid.map(|value| level(value, &mut message.unknown_keys)).transpose()?;
    message.bbo.ask = ask.map(|value| level(value, &mut message.unknown_keys)).transpose()?;
    Ok(MessageKind::Bbo(coin))
}

/// `l2Book`, default and fast.
pub(super) fn book(data: Value, message: &mut MessageBuffers) -> Routed {
    let names = ["coin", "time", "levels", "fast"];
    let [coin, time, sides, fast] =
        data.fields("data", &names, &["spread"], &mut message.unknown_keys)?;
    let coin = message.coins.ours(need(coin, "coin")?.text("coin")?)?;
    let book = &mut *message.book;
    book.venue = number::time(need(time, "time")?, "time")?;
    book.fast = fast.map_or(Ok(false), |value| value.flag("fast"))?;
    let sides = pair(need(sides, "levels")?, "levels")?;
    for (side, value) in Side::BOTH.into_iter().zip(sides) {
        one_side(value, side, book, &mut message.unknown_keys)?;
    }
    Ok(MessageKind::Book(coin))
}

/// The best levels of one side into `book`, as many as it holds; what is left of an earlier book
/// becomes zero.
fn one_side(
    value: Value,
    side: Side,
    book: &mut BookFrame,
    unknown_keys: &mut UnknownKeys,
) -> Result<(), DecodeError> {
    let mut len = 0;
    let levels = &mut book.levels[side.index()];
    for (to, from) in levels.iter_mut().zip(value.items("levels", LEVELS_TOLD_MAX)?) {
        *to = level(from, unknown_keys)?;
        len += 1;
    }
    for unused in levels.iter_mut().skip(usize::from(len)) {
        *unused = Level::default();
    }
    book.len[side.index()] = len;
    Ok(())
}

/// `trades`: all of one coin, oldest first; an empty list says nothing.
pub(super) fn trades(data: Value, message: &mut MessageBuffers) -> Routed {
    message.trades.clear();
    let mut of = None;
    for row in data.items("trades", TRADES_MAX)? {
        let (coin, trade) = trade(row, message)?;
        if of.is_some_and(|of| of != coin) {
            return Err(DecodeError::Mixed);
        }
        of = Some(coin);
        message.trades.push(trade);
    }
    Ok(of.map_or(MessageKind::Quiet, MessageKind::Trades))
}

/// One trade and its coin.
fn trade(row: Value, message: &mut MessageBuffers) -> Result<(CoinIx, Trade), DecodeError> {
    let names = ["coin", "side", "px", "sz", "time", "tid"];
    let [coin, side, px, qty, time, tid] =
        row.fields("trade", &names, &["hash", "users"], &mut message.unknown_keys)?;
    let coin = message.coins.ours(need(coin, "coin")?.text("coin")?)?;
    let trade = Trade {
        venue: number::time(need(time, "time")?, "time")?,
        tid: Tid(need(tid, "tid")?.whole("tid")?),
        taker_buys: vocabulary::side(need(side, "side")?, "side")? == Side::Bid,
        px: number::px(need(px, "px")?.text("px")?, "px")?,
        qty: number::traded(need(qty, "sz")?.text("sz")?, "sz")?,
    };
    Ok((coin, trade))
}

/// `activeAssetCtx`: only what prices margin and funding.
pub(super) fn context(data: Value, message: &mut MessageBuffers) -> Routed {
    let [coin, inner] = data.fields("data", &["coin", "ctx"], &[], &mut message.unknown_keys)?;
    let coin = message.coins.ours(need(coin, "coin")?.text("coin")?)?;
    let idle =
        ["openInterest", "prevDayPx", "dayNtlVlm", "premium", "midPx", "impactPxs", "dayBaseVlm"];
    let [mark, oracle, funding] = need(inner, "ctx")?.fields(
        "ctx",
        &["markPx", "oraclePx", "funding"],
        &idle,
        &mut message.unknown_keys,
    )?;
    message.context.mark = number::px(need(mark, "markPx")?.text("markPx")?, "markPx")?;
    message.context.oracle = number::px(need(oracle, "oraclePx")?.text("oraclePx")?, "oraclePx")?;
    message.context.funding = number::rate(need(funding, "funding")?, "funding")?;
    Ok(MessageKind::Context(coin))
}

/// One price of a book; its number of orders may be absent.
fn level(value: Value, unknown_keys: &mut UnknownKeys) -> Result<Level, DecodeError> {
    let [px, qty, count] = value.fields("level", &["px", "sz", "n"], &[], unknown_keys)?;
    let count = count.map_or(Ok(0), |value| value.whole("n"))?;
    Ok(Level {
        px: number::px(need(px, "px")?.text("px")?, "px")?,
        qty: number::qty(need(qty, "sz")?.text("sz")?, "sz")?,
        count: u32::try_from(count)
            .map_err(|_| DecodeError::Range { field: "n", want: "below 4294967296" })?,
    })
}

/// The items of an array of exactly two.
fn pair<'t, 'i>(value: Value<'t, 'i>, field: &'static str) -> Result<Items<'t, 'i>, DecodeError> {
    let items = value.items(field, SIDES)?;
    if items.len() == SIDES {
        return Ok(items);
    }
    Err(DecodeError::Type { field, want: "a list of two" })
}
