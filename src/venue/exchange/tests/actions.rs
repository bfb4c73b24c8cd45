//! Actions as clients would sign them.

use crate::market::{Address, AssetId, Oid};
use crate::num::{Side, WallMs};
use crate::venue::action::approval::{ApproveAgent, Chain};
use crate::venue::action::order::NewOrder;
use crate::venue::action::text::{AddressText, CloidText, Number};
use crate::venue::action::{
    ActionWire, BatchModify, CancelByCloid, CancelByOid, Cancels, Change, Grouping, GroupingWord,
    Modify, OrderActionWire, OrderKey, OrderTypeWire, OrderWire, ScheduleCancel,
    UpdateIsolatedMargin, UpdateLeverage,
};

/// An order as the wire spells it.
fn wire(order: &NewOrder) -> OrderWire {
    OrderWire {
        asset: order.asset.0,
        is_buy: order.side == Side::Bid,
        px: Number::E8(order.px.e8()),
        qty: Number::E8(order.qty.e8()),
        reduce_only: order.reduce_only,
        kind: OrderTypeWire::Limit { tif: order.tif.into() },
        cloid: order.cloid.map(CloidText),
    }
}

pub fn placing(orders: &[NewOrder]) -> ActionWire {
    let (orders, grouping) = (orders.iter().map(wire).collect(), Grouping::Word(GroupingWord::Na));
    ActionWire::Order(OrderActionWire { orders, grouping, builder: None })
}

pub fn canceling(oids: &[(AssetId, Oid)]) -> ActionWire {
    let one = |&(asset, oid): &(AssetId, Oid)| CancelByOid { asset: asset.0, oid: oid.0 };
    ActionWire::Cancel(Cancels { cancels: oids.iter().map(one).collect(), fast: false })
}

/// The cancels of one kind of name: that of the first.
pub fn canceling_any(keys: &[(AssetId, OrderKey)]) -> ActionWire {
    let oid = |&(asset, key): &(AssetId, OrderKey)| match key {
        OrderKey::Oid(oid) => Some((asset, Oid(oid))),
        OrderKey::Cloid(_) => None,
    };
    let cloid = |&(AssetId(asset), key): &(AssetId, OrderKey)| match key {
        OrderKey::Oid(_) => None,
        OrderKey::Cloid(cloid) => Some(CancelByCloid { asset, cloid }),
    };
    match keys[0].1 {
        OrderKey::Oid(_) => canceling(&keys.iter().filter_map(oid).collect::<Vec<_>>()),
        OrderKey::Cloid(_) => {
            let cancels = keys.iter().filter_map(cloid).collect();
            ActionWire::CancelByCloid(Cancels { cancels, fast: false })
        }
    }
}

pub fn modifying(oid: impl Into<OrderKey>, order: &NewOrder, always: bool) -> ActionWire {
    let modifies = vec![Change { oid: oid.into(), order: wire(order) }];
    ActionWire::BatchModify(BatchModify { modifies, always })
}

pub fn modifying_one(oid: impl Into<OrderKey>, order: &NewOrder) -> ActionWire {
    ActionWire::Modify(Modify { oid: oid.into(), order: wire(order), always: false })
}

pub fn scheduling(at: Option<WallMs>) -> ActionWire {
    ActionWire::ScheduleCancel(ScheduleCancel { time_ms: at.map(WallMs::ms) })
}

pub fn leverage(asset: AssetId, is_cross: bool, leverage: u32) -> ActionWire {
    ActionWire::UpdateLeverage(UpdateLeverage { asset: asset.0, is_cross, leverage })
}

pub fn margin(asset: AssetId, micro_usd: i64) -> ActionWire {
    let by = UpdateIsolatedMargin { asset: asset.0, is_buy: true, micro_usd };
    ActionWire::UpdateIsolatedMargin(by)
}

pub fn approval(agent: Address, name: &str) -> ActionWire {
    ActionWire::ApproveAgent(ApproveAgent {
        signature_chain_id: "0x1".to_owned(),
        hyperliquid_chain: Chain::Testnet,
        agent_address: AddressText(agent),
        agent_name: Some(name.to_owned()),
        nonce: 1,
    })
}
