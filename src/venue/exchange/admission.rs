//! What is wrong with an action as a whole, before it joins a block (PROTOCOL 5 to 7.4).

use super::Exchange;
use crate::market::{Address, Tif};
use crate::num::WallMs;
use crate::venue::account::AccountIx;
use crate::venue::account::nonce::Nonces;
use crate::venue::command::{Envelope, VenueCommand};
use crate::venue::output::{Answer, Output};
use crate::venue::{NewOrder, Reject};

/// Items one action may have.
const ITEMS_MAX: usize = 200;

/// Someone who may sign.
#[derive(Clone, Debug)]
pub(super) struct SignerState {
    pub(super) account: AccountIx,
    /// When an agent lapses; none for the account itself.
    until: Option<WallMs>,
    nonces: Nonces,
}

/// An action on its way to the next block.
#[derive(Debug)]
pub(super) struct QueuedAction {
    pub(super) arrival: u64,
    pub(super) ticket: u64,
    pub(super) owner: AccountIx,
    pub(super) expires: Option<WallMs>,
    pub(super) command: VenueCommand,
}

/// The part of a block an action belongs to (PROTOCOL 12.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ActionClass {
    /// Nothing in it can take.
    Making,
    /// Cancels.
    Canceling,
    /// Something in it may take.
    Taking,
}

impl SignerState {
    /// The account itself.
    pub(super) fn account(account: AccountIx) -> SignerState {
        SignerState { account, until: None, nonces: Nonces::default() }
    }

    /// An agent.
    pub(super) fn agent(account: AccountIx, until: WallMs) -> SignerState {
        SignerState { account, until: Some(until), nonces: Nonces::default() }
    }

    pub(super) fn is_agent(&self) -> bool {
        self.until.is_some()
    }

    /// Whether it still signs at `at`.
    fn signs(&self, at: WallMs) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

impl VenueCommand {
    /// Orders and cancels in it: what it costs of the address budget.
    pub fn items(&self) -> usize {
        match self {
            VenueCommand::Order(orders) => orders.len(),
            VenueCommand::Cancel(cancels) => cancels.len(),
            VenueCommand::BatchModify(replacements) => replacements.len(),
            VenueCommand::Modify(_)
            | VenueCommand::ScheduleCancel(_)
            | VenueCommand::UpdateLeverage { .. }
            | VenueCommand::UpdateIsolatedMargin { .. }
            | VenueCommand::ApproveAgent { .. }
            | VenueCommand::Noop => 1,
        }
    }

    /// The part of a block it belongs to.
    pub(super) fn class(&self) -> ActionClass {
        let makes = |order: &NewOrder| order.tif == Tif::Alo;
        let making = match self {
            VenueCommand::Order(orders) => orders.iter().all(makes),
            VenueCommand::Modify(replacement) => makes(&replacement.new),
            VenueCommand::BatchModify(replacements) => replacements.iter().all(|r| makes(&r.new)),
            VenueCommand::Cancel(_) => return ActionClass::Canceling,
            VenueCommand::ScheduleCancel(_)
            | VenueCommand::UpdateLeverage { .. }
            | VenueCommand::UpdateIsolatedMargin { .. }
            | VenueCommand::ApproveAgent { .. }
            | VenueCommand::Noop => true,
        };
        if making { ActionClass::Making } else { ActionClass::Taking }
    }
}

impl Exchange {
    /// Takes a signed action that arrived at `at`. What is wrong with it as a whole is answered at
    /// once; else it joins the next block. Runs the blocks that are due before it.
    pub fn submit(&mut self, at: WallMs, envelope: Envelope, out: &mut Vec<Output>) {
        self.catch_up(at, out);
        let at = at.max(self.clock.now);
        let ticket = envelope.ticket;
        match self.admit(at, envelope) {
            Ok(pending) => self.queue.push(pending),
            Err(denied) => {
                out.push(Output::Answer { ticket, answer: Answer::Rejected(denied) });
            }
        }
    }

    /// An action as the next block will find it.
    fn admit(&mut self, at: WallMs, envelope: Envelope) -> Result<QueuedAction, Reject> {
        let Envelope { ticket, signer, nonce, expires, vault, command } = envelope;
        let owner = self.signed_by(at, signer, vault, &command)?;
        match command.items() {
            0 => return Err(Reject::EmptyBatch),
            items if ITEMS_MAX < items => return Err(Reject::Overweight),
            _ => {}
        }
        let known = self.signers.get_mut(&signer).expect("its account was just found");
        known.nonces.spend(nonce, at)?;
        self.charge(at, owner, &command)?;
        self.arrivals += 1;
        Ok(QueuedAction { arrival: self.arrivals, ticket, owner, expires, command })
    }

    /// The account a signer acts for.
    fn signed_by(
        &self,
        at: WallMs,
        signer: Address,
        vault: Option<Address>,
        command: &VenueCommand,
    ) -> Result<AccountIx, Reject> {
        let known = self.signers.get(&signer).filter(|known| known.signs(at));
        let user_signed = matches!(command, VenueCommand::ApproveAgent { .. });
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
        &mut self,
        at: WallMs,
        owner: AccountIx,
        command: &VenueCommand,
    ) -> Result<(), Reject> {
        let required = self.config.rules.schedule_volume;
        let account = &mut self.accounts[owner.0];
        let traded = account.budget.volume();
        if matches!(command, VenueCommand::ScheduleCancel(_)) && traded < required {
            return Err(Reject::ScheduleVolume { required, traded });
        }
        if matches!(command, VenueCommand::ApproveAgent { .. }) {
            return Ok(());
        }
        let items = u64::try_from(command.items()).expect("at most ITEMS_MAX");
        account.budget.spend(at, items, command.class() == ActionClass::Canceling)
    }
}
