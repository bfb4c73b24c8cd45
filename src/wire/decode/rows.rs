//! Rows of our own: order updates, fills, open orders (PROTOCOL 8.6, 8.7, 9.5, 9.7).

use super::buffers::{MessageBuffers, MessageKind, Routed};
use super::error::{DecodeError, Excerpt};
use super::number;
use super::tape::{UnknownKeys, Value, need};
use super::vocabulary::{self, Coins};
use crate::market::event::{Payment, ROWS_MAX};
use crate::market::{Cloid, CoinIx, Fill, Oid, OpenOrder, OrderUpdate, Tid};
use crate::num::Qty;

pub(super) fn updates(data: Value, message: &mut MessageBuffers) -> Routed {
    message.updates.clear();
    for row in data.items("orderUpdates", ROWS_MAX)? {
        let update = update(row, &message.coins, &mut message.unknown_keys)?;
        message.updates.push(update);
    }
    Ok(MessageKind::Orders)
}

fn update(
    row: Value,
    coins: &Coins,
    unknown_keys: &mut UnknownKeys,
) -> Result<OrderUpdate, DecodeError> {
    let names = ["order", "status", "statusTimestamp"];
    let [inner, status, time] = row.fields("order update", &names, &[], unknown_keys)?;
    let (order, asked) = order(need(inner, "order")?, coins, unknown_keys)?;
    let OpenOrder { coin, oid, cloid, side, px, qty } = order;
    Ok(OrderUpdate {
        coin,
        oid,
        cloid,
        side,
        px,
        qty,
        qty_asked: asked.ok_or(DecodeError::Missing { field: "origSz" })?,
        status: vocabulary::status(need(status, "status")?.text("status")?)?,
        venue: number::time(need(time, "statusTimestamp")?, "statusTimestamp")?,
    })
}

/// `openOrders`: the list behind the channel's envelope.
pub(super) fn open_orders_channel(data: Value, message: &mut MessageBuffers) -> Routed {
    let [orders] = data.fields("data", &["orders"], &["dex", "user"], &mut message.unknown_keys)?;
    open_orders(need(orders, "orders")?, message)
}

/// A list of open orders, of either shape.
pub(super) fn open_orders(list: Value, message: &mut MessageBuffers) -> Routed {
    message.open.clear();
    for row in list.items("orders", ROWS_MAX)? {
        let (order, _asked) = order(row, &message.coins, &mut message.unknown_keys)?;
        message.open.push(order);
    }
    Ok(MessageKind::OpenOrders)
}

/// The common part of order rows: the order and, where the row says it, what was asked for.
fn order(
    row: Value,
    coins: &Coins,
    unknown_keys: &mut UnknownKeys,
) -> Result<(OpenOrder, Option<Qty>), DecodeError> {
    let names = ["coin", "side", "limitPx", "sz", "oid", "origSz", "cloid"];
    let [coin, side, px, qty, oid, asked, cloid] =
        row.fields("order", &names, &ORDER_IDLE, unknown_keys)?;
    let coin = coins.any(need(coin, "coin")?.text("coin")?);
    let ours = coin != CoinIx::FOREIGN;
    let order = OpenOrder {
        coin,
        oid: Oid(need(oid, "oid")?.whole("oid")?),
        cloid: read_cloid(cloid)?,
        side: vocabulary::side(need(side, "side")?, "side")?,
        px: number::row_px(need(px, "limitPx")?, "limitPx", ours)?,
        qty: number::row_qty(need(qty, "sz")?, "sz", ours)?,
    };
    let asked = asked.map(|value| number::row_qty(value, "origSz", ours)).transpose()?;
    Ok((order, asked))
}

/// Keys of order rows that we have no use for.
const ORDER_IDLE: [&str; 9] = [
    "timestamp",
    "reduceOnly",
    "triggerCondition",
    "isTrigger",
    "triggerPx",
    "children",
    "isPositionTpsl",
    "orderType",
    "tif",
];

/// `userFills`: a snapshot when it says so.
pub(super) fn user_fills(data: Value, message: &mut MessageBuffers) -> Routed {
    let [snapshot, list] =
        data.fields("data", &["isSnapshot", "fills"], &["user"], &mut message.unknown_keys)?;
    let snapshot = snapshot.map_or(Ok(false), |value| value.flag("isSnapshot"))?;
    fills(need(list, "fills")?, snapshot, message)
}

/// `userFundings`: what positions paid or received.
pub(super) fn fundings(data: Value, message: &mut MessageBuffers) -> Routed {
    let [snapshot, list] =
        data.fields("data", &["isSnapshot", "fundings"], &["user"], &mut message.unknown_keys)?;
    let snapshot = snapshot.map_or(Ok(false), |value| value.flag("isSnapshot"))?;
    message.payments.clear();
    for row in need(list, "fundings")?.items("fundings", ROWS_MAX)? {
        let payment = payment(row, &message.coins, &mut message.unknown_keys)?;
        message.payments.push(payment);
    }
    Ok(MessageKind::Funding { snapshot })
}

/// One payment of funding.
fn payment(
    row: Value,
    coins: &Coins,
    unknown_keys: &mut UnknownKeys,
) -> Result<Payment, DecodeError> {
    let idle = ["szi", "fundingRate", "nSamples"];
    let [time, coin, usdc] =
        row.fields("funding", &["time", "coin", "usdc"], &idle, unknown_keys)?;
    let coin = coins.any(need(coin, "coin")?.text("coin")?);
    let venue = number::time(need(time, "time")?, "time")?;
    let received = number::usd(need(usdc, "usdc")?, "usdc", coin != CoinIx::FOREIGN)?;
    Ok(Payment { coin, venue, received })
}

/// Kinds of `user` messages that are not fills; what they say reaches us by other channels.
const USER_EVENTS: [&str; 5] =
    ["funding", "liquidation", "nonUserCancel", "twapHistory", "twapSliceFills"];

/// `user`: fills, or an event we know and have no use for.
pub(super) fn user_event(data: Value, message: &mut MessageBuffers) -> Routed {
    let [list] = data.fields("data", &["fills"], &USER_EVENTS, &mut message.unknown_keys)?;
    match list {
        Some(list) => fills(list, false, message),
        None if data.has_any("data", &USER_EVENTS)? => Ok(MessageKind::Quiet),
        None => Err(DecodeError::Missing { field: "fills" }),
    }
}

/// The body of a read of fills: always a repetition, in whichever order the read was made.
pub(super) fn fills_read(list: Value, message: &mut MessageBuffers) -> Routed {
    fills(list, false, message)?;
    Ok(MessageKind::Fills { snapshot: true })
}

/// A list of fills, turned so that the oldest comes first.
///
/// Snapshots list the newest first; where the times do not tell, `snapshot` decides.
fn fills(list: Value, snapshot: bool, message: &mut MessageBuffers) -> Routed {
    message.fills.clear();
    for row in list.items("fills", ROWS_MAX)? {
        let fill = fill(row, &message.coins, &mut message.unknown_keys)?;
        message.fills.push(fill);
    }
    if let [first, .., last] = message.fills.as_slice()
        && (last.venue < first.venue || (snapshot && last.venue == first.venue))
    {
        message.fills.reverse();
    }
    Ok(MessageKind::Fills { snapshot })
}

/// Keys of fills that we have no use for.
const FILL_IDLE: [&str; 7] =
    ["dir", "hash", "builderFee", "feeToken", "twapId", "liquidation", "feeTrialEscrow"];

fn fill(row: Value, coins: &Coins, unknown_keys: &mut UnknownKeys) -> Result<Fill, DecodeError> {
    let names = [
        "coin",
        "px",
        "sz",
        "side",
        "time",
        "startPosition",
        "closedPnl",
        "oid",
        "crossed",
        "fee",
        "tid",
        "cloid",
    ];
    let [coin, px, qty, side, time, start, closed, oid, crossed, fee, tid, cloid] =
        row.fields("fill", &names, &FILL_IDLE, unknown_keys)?;
    let coin = coins.any(need(coin, "coin")?.text("coin")?);
    let ours = coin != CoinIx::FOREIGN;
    Ok(Fill {
        coin,
        venue: number::time(need(time, "time")?, "time")?,
        tid: Tid(need(tid, "tid")?.whole("tid")?),
        oid: Oid(need(oid, "oid")?.whole("oid")?),
        cloid: read_cloid(cloid)?,
        side: vocabulary::side(need(side, "side")?, "side")?,
        px: number::row_px(need(px, "px")?, "px", ours)?,
        qty: number::row_qty(need(qty, "sz")?, "sz", ours)?,
        fee: number::usd(need(fee, "fee")?, "fee", ours)?,
        closed: number::usd(need(closed, "closedPnl")?, "closedPnl", ours)?,
        start: number::pos(need(start, "startPosition")?, "startPosition", ours)?,
        crossed: need(crossed, "crossed")?.flag("crossed")?,
    })
}

/// Our name for an order, where it has one.
fn read_cloid(value: Option<Value>) -> Result<Option<Cloid>, DecodeError> {
    let Some(value) = value else { return Ok(None) };
    let text = value.text("cloid")?;
    let cloid = Cloid::read(text.as_bytes());
    cloid.map(Some).ok_or(DecodeError::Word { field: "cloid", text: Excerpt::new(text) })
}
