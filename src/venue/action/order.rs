//! Actions as commands of the simulated exchange.

use super::rest::ApproveAgent;
use super::text::Number;
use super::{
    ActionWire, AnyOid, BatchModify, CancelByCloid, CancelByOid, Cancels, Grouping, GroupingWord,
    Modify, OrderActionWire, OrderTypeWire, OrderWire, TifWire,
};
use crate::market::{self, AssetId, Oid};
use crate::num::unit::{E8, PX_MAX, QTY_MAX};
use crate::num::{Px, Qty, Side, WallMs};
use crate::venue::{NewOrder, Replacement, Target, VenueCommand};

/// A price or size that stands for every one we cannot hold: too fine, too large, not a number. No
/// perpetual has eight decimals (PROTOCOL 3.1), so the exchange refuses it with the venue's words.
const OFF_GRID_E8: i64 = 1;
/// Worth beyond which a size counts as impossible: ten billion dollars. The venue's largest limit
/// order is 300 million (PROTOCOL 3.5).
const WORTH_MAX_E8: i128 = 10_000_000_000 * 100_000_000;
/// What separates an agent's name from its expiry.
const VALID_UNTIL: &str = " valid_until ";

/// Why a well-signed action is not performed, in the text of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedAction {
    /// A kind of action, or of order, the simulated exchange does not have.
    #[error("{0}: not part of this simulated exchange")]
    Kind(&'static str),
    /// Exits without a trigger: the venue's own refusal.
    #[error("Unexpected number of trigger orders")]
    TriggerCount,
}

impl ActionWire {
    /// What it asks of the exchange.
    ///
    /// Fees of builders and priority are accepted and not charged; naming a referrer and approving
    /// a builder's fee do nothing but spend their nonce.
    ///
    /// # Errors
    /// The exchange has no such thing.
    pub fn command(&self) -> Result<VenueCommand, UnsupportedAction> {
        let lacks = |kind| Err(UnsupportedAction::Kind(kind));
        Ok(match self {
            ActionWire::Order(orders) => VenueCommand::Order(new_orders(orders)?),
            ActionWire::Cancel(Cancels { cancels, .. }) => {
                let target = |item: &CancelByOid| Target::Oid(Oid(item.oid));
                VenueCommand::Cancel(
                    cancels.iter().map(|c| (AssetId(c.asset), target(c))).collect(),
                )
            }
            ActionWire::CancelByCloid(Cancels { cancels, .. }) => {
                let target = |item: &CancelByCloid| Target::Cloid(item.cloid.0);
                VenueCommand::Cancel(
                    cancels.iter().map(|c| (AssetId(c.asset), target(c))).collect(),
                )
            }
            ActionWire::Modify(Modify { oid, order, always }) => {
                VenueCommand::Modify(replacement(*oid, order, *always)?)
            }
            ActionWire::BatchModify(BatchModify { modifies, always }) => {
                let changes = modifies.iter().map(|to| replacement(to.oid, &to.order, *always));
                VenueCommand::BatchModify(changes.collect::<Result<_, _>>()?)
            }
            ActionWire::ScheduleCancel(at) => {
                VenueCommand::ScheduleCancel(at.time_ms.map(WallMs::from_ms))
            }
            ActionWire::UpdateLeverage(to) => VenueCommand::UpdateLeverage {
                asset: AssetId(to.asset),
                cross: to.is_cross,
                leverage: to.leverage,
            },
            ActionWire::UpdateIsolatedMargin(by) => VenueCommand::UpdateIsolatedMargin {
                asset: AssetId(by.asset),
                micro_usd: by.micro_usd,
            },
            ActionWire::ApproveAgent(agent) => approve_agent(agent),
            ActionWire::Noop | ActionWire::SetReferrer(_) | ActionWire::ApproveBuilderFee(_) => {
                VenueCommand::Noop
            }
            ActionWire::TopUpIsolatedOnlyMargin(_) => return lacks("topUpIsolatedOnlyMargin"),
            ActionWire::ReserveRequestWeight(_) => return lacks("reserveRequestWeight"),
            ActionWire::TwapOrder(_) => return lacks("twapOrder"),
            ActionWire::TwapCancel(_) => return lacks("twapCancel"),
            ActionWire::AgentSetAbstraction(_) => return lacks("agentSetAbstraction"),
            ActionWire::GossipPriorityBid(_) => return lacks("gossipPriorityBid"),
            ActionWire::CreateSubAccount(_) => return lacks("createSubAccount"),
        })
    }
}

/// Orders to place.
fn new_orders(orders: &OrderActionWire) -> Result<Vec<NewOrder>, UnsupportedAction> {
    let placed = orders.orders.iter().map(new_order).collect::<Result<_, _>>()?;
    match orders.grouping {
        Grouping::Word(GroupingWord::Na) | Grouping::Priority { .. } => Ok(placed),
        Grouping::Word(GroupingWord::NormalTpsl | GroupingWord::PositionTpsl) => {
            Err(UnsupportedAction::TriggerCount)
        }
    }
}

/// An order to place.
fn new_order(order: &OrderWire) -> Result<NewOrder, UnsupportedAction> {
    let OrderTypeWire::Limit { tif } = order.kind else {
        return Err(UnsupportedAction::Kind("trigger orders"));
    };
    let px = px(&order.px);
    Ok(NewOrder {
        asset: AssetId(order.asset),
        side: if order.is_buy { Side::Bid } else { Side::Ask },
        px,
        qty: qty(&order.qty, px),
        tif: match tif {
            TifWire::Alo => market::Tif::Alo,
            TifWire::Ioc | TifWire::FrontendMarket => market::Tif::Ioc,
            TifWire::Gtc => market::Tif::Gtc,
        },
        reduce_only: order.reduce_only,
        cloid: order.cloid.map(|cloid| cloid.0),
    })
}

/// A price the exchange can hold, or one it refuses.
fn px(number: &Number) -> Px {
    let held = number.e8().ok().map(Px::from_e8);
    held.filter(|&px| Px::ZERO < px && px <= PX_MAX).unwrap_or(Px::from_e8(OFF_GRID_E8))
}

/// A size the exchange can hold, or one it refuses. Nothing stays nothing: it has an error of its own.
fn qty(number: &Number, px: Px) -> Qty {
    let fits = |e8: i64| {
        let worth_e8 = i128::from(e8) * i128::from(px.e8()) / i128::from(E8);
        (0..=QTY_MAX.e8()).contains(&e8) && worth_e8 <= WORTH_MAX_E8
    };
    Qty::from_e8(number.e8().ok().filter(|&e8| fits(e8)).unwrap_or(OFF_GRID_E8))
}

/// An order to put in another's place.
fn replacement(
    old: AnyOid,
    new: &OrderWire,
    always: bool,
) -> Result<Replacement, UnsupportedAction> {
    Ok(Replacement { old: old.into(), new: new_order(new)?, always })
}

impl From<AnyOid> for Target {
    fn from(name: AnyOid) -> Target {
        match name {
            AnyOid::Oid(oid) => Target::Oid(Oid(oid)),
            AnyOid::Cloid(cloid) => Target::Cloid(cloid.0),
        }
    }
}

/// Another key that may sign. A name can end in ` valid_until <ms>` (PROTOCOL 5.2).
fn approve_agent(agent: &ApproveAgent) -> VenueCommand {
    let given = agent.agent_name.as_deref().unwrap_or_default();
    let split = given.rsplit_once(VALID_UNTIL);
    let (name, until) = match split.map(|(name, until)| (name, until.parse().ok())) {
        Some((name, Some(until_ms))) => (name, Some(WallMs::from_ms(until_ms))),
        Some((_, None)) | None => (given, None),
    };
    VenueCommand::ApproveAgent { agent: agent.agent_address.0, name: name.to_owned(), until }
}
