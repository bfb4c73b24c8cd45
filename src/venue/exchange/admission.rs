//! Checks an action as a whole before it joins a block (PROTOCOL 5 to 7.4).

use super::state::ExchangeState;
use crate::market::Address;
use crate::num::WallMs;
use crate::venue::action::{ActionClass, ActionTerms, ActionWire, Envelope};
use crate::venue::index::AccountIx;
use crate::venue::reject::Reject;

/// Items one action may have.
const ITEMS_MAX: usize = 200;

/// An action on its way to the next block.
#[derive(Debug)]
pub(super) struct QueuedAction {
    /// Its place among the actions and the world's flow.
    pub(super) arrival: u64,
    pub(super) ticket: u64,
    pub(super) owner: AccountIx,
    pub(super) expires: Option<WallMs>,
    pub(super) action: ActionWire,
    pub(super) terms: ActionTerms,
}

/// An action as the next block will find it.
pub(super) fn admit(
    state: &mut ExchangeState,
    at: WallMs,
    arrival: u64,
    envelope: Envelope,
) -> Result<QueuedAction, Reject> {
    let Envelope { ticket, signer, nonce, expires, vault, action } = envelope;
    let terms = action.terms()?;
    let owner = signed_by(state, at, signer, vault, &action)?;
    match terms.items {
        0 => return Err(Reject::EmptyBatch),
        items if ITEMS_MAX < items => return Err(Reject::Overweight),
        _ => {}
    }
    let known = state.signers.get_mut(&signer).expect("its account was just found");
    known.nonces.spend(nonce, at)?;
    charge(state, at, owner, &action, terms)?;
    Ok(QueuedAction { arrival, ticket, owner, expires, action, terms })
}

/// The account a signer acts for.
fn signed_by(
    state: &ExchangeState,
    at: WallMs,
    signer: Address,
    vault: Option<Address>,
    action: &ActionWire,
) -> Result<AccountIx, Reject> {
    let known = state.signers.get(&signer).filter(|known| known.signs(at));
    let user_signed = matches!(action, ActionWire::ApproveAgent(_));
    match (known, vault) {
        (Some(known), _) if user_signed && known.is_agent() => Err(Reject::MustDeposit(signer)),
        (None, _) if user_signed => Err(Reject::MustDeposit(signer)),
        (None, _) => Err(Reject::UnknownSigner(signer)),
        (Some(_), Some(vault)) => Err(Reject::UnknownVault(vault)),
        (Some(known), None) => Ok(known.account),
    }
}

/// Counts an action against the address budget, and the volume gate of scheduled cancels.
fn charge(
    state: &mut ExchangeState,
    at: WallMs,
    owner: AccountIx,
    action: &ActionWire,
    terms: ActionTerms,
) -> Result<(), Reject> {
    let required = state.rules.schedule_volume;
    let account = &mut state.accounts[owner];
    let traded = account.budget.volume();
    if matches!(action, ActionWire::ScheduleCancel(_)) && traded < required {
        return Err(Reject::ScheduleVolume { required, traded });
    }
    if matches!(action, ActionWire::ApproveAgent(_)) {
        return Ok(());
    }
    let items = u64::try_from(terms.items).expect("at most ITEMS_MAX");
    account.budget.spend(at, items, terms.class == ActionClass::Canceling)
}
