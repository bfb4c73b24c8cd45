//! What a block does for each action it has admitted.

use super::order::{cancel, place, replace};
use super::settings::{approve, move_margin, schedule, set_leverage};
use super::state::ExchangeState;
use crate::market::AssetId;
use crate::num::WallMs;
use crate::venue::action::order::NewOrder;
use crate::venue::action::{ActionWire, CancelByCloid, CancelByOid, Change, OrderKey, OrderWire};
use crate::venue::index::AccountIx;
use crate::venue::output::{Answer, Status};
use crate::venue::reject::Reject;

/// Does what an account wants.
///
/// # Panics
/// If the action has no terms: it was not admitted.
pub(super) fn perform(state: &mut ExchangeState, owner: AccountIx, action: &ActionWire) -> Answer {
    let mut cancel = |asset, key| status(cancel(state, owner, AssetId(asset), key));
    match action {
        ActionWire::Cancel(all) => {
            let one = |item: &CancelByOid| cancel(item.asset, OrderKey::Oid(item.oid));
            Answer::Cancels(all.cancels.iter().map(one).collect())
        }
        ActionWire::CancelByCloid(all) => {
            let one = |item: &CancelByCloid| cancel(item.asset, OrderKey::Cloid(item.cloid));
            Answer::Cancels(all.cancels.iter().map(one).collect())
        }
        ActionWire::Order(all) => {
            let mut place = |wire| place(state, owner, &NewOrder::read(wire)?, false);
            let one = |wire| status(place(wire));
            Answer::Orders(all.orders.iter().map(one).collect())
        }
        ActionWire::BatchModify(all) => {
            let one = |to: &Change| status(modify(state, owner, to.oid, &to.order, all.always));
            Answer::Orders(all.modifies.iter().map(one).collect())
        }
        ActionWire::Modify(to) => {
            done(modify(state, owner, to.oid, &to.order, to.always).map(drop))
        }
        ActionWire::ScheduleCancel(to) => {
            done(schedule(state, owner, to.time_ms.map(WallMs::from_ms)))
        }
        ActionWire::UpdateLeverage(to) => done(set_leverage(state, owner, to)),
        ActionWire::UpdateIsolatedMargin(by) => done(move_margin(state, owner, by)),
        ActionWire::ApproveAgent(approval) => done(approve(state, owner, approval)),
        ActionWire::Noop | ActionWire::SetReferrer { .. } | ActionWire::ApproveBuilderFee(_) => {
            Answer::Default
        }
        ActionWire::TopUpIsolatedOnlyMargin { .. }
        | ActionWire::ReserveRequestWeight { .. }
        | ActionWire::TwapOrder { .. }
        | ActionWire::TwapCancel { .. }
        | ActionWire::AgentSetAbstraction { .. }
        | ActionWire::GossipPriorityBid { .. }
        | ActionWire::CreateSubAccount { .. } => panic!("{action:?} was not admitted"),
    }
}

fn modify(
    state: &mut ExchangeState,
    owner: AccountIx,
    key: OrderKey,
    wire: &OrderWire,
    always: bool,
) -> Result<Status, Reject> {
    replace(state, owner, key, &NewOrder::read(wire)?, always)
}

/// The answer to an action without items.
fn done(result: Result<(), Reject>) -> Answer {
    result.map_or_else(Answer::Rejected, |()| Answer::Default)
}

/// The status of an item.
fn status(result: Result<Status, Reject>) -> Status {
    result.unwrap_or_else(Status::Rejected)
}
