//! The other way to cancel: over REST, with nothing but the key, when the session's own way is gone.

use super::config::SessionConfig;
use crate::host::guard::GuardianTask;
use crate::host::{Clock, Signals};
use crate::market::action::CANCELS_MAX;
use crate::market::{Action, Address, Allowance, AssetId, Oid, Request, RequestId};
use crate::num::Nanos;
use crate::session::rest::Rest;
use crate::session::state::key_file::Secret;
use crate::wire::nonce::Unprepared;
use crate::wire::{Encoder, RequestNonce, Signer, Source};
use arrayvec::ArrayVec;
use serde_json::json;
use std::io::Write as _;

/// How far its nonces lie above the clock and what was reserved before: above any the session can have
/// used, and within what it has reserved.
const NONCE_AHEAD: u64 = 5_000;
/// How often what is found is cancelled: a request that was on its way may land in between.
const ROUNDS: usize = 3;
/// The time from one round to the next.
const ROUND: Nanos = Nanos::from_millis(30);

/// What a rescue needs, and nothing of a session.
pub struct CancelAll {
    rest: Rest,
    dex: String,
    account: Address,
    coin: String,
    asset: AssetId,
    secret: Secret,
    nonce_after: u64,
    source: Source,
    clock: Clock,
    signals: Signals,
}

impl CancelAll {
    /// For the orders of a session.
    #[must_use]
    pub fn new(plan: &SessionConfig) -> CancelAll {
        CancelAll {
            rest: plan.rest.clone(),
            dex: plan.dex.clone(),
            account: plan.session.account,
            coin: plan.session.coins[0].clone(),
            asset: plan.session.setup.spec.asset,
            secret: plan.secret.clone(),
            nonce_after: plan.session.nonce_after,
            source: plan.source,
            clock: plan.clock.clone(),
            signals: plan.signals.clone(),
        }
    }

    /// The orders of the account on the coin that the venue has open.
    ///
    /// # Errors
    /// The venue does not answer or not with a list.
    pub fn open_orders(&self) -> Result<Vec<Oid>, String> {
        let user = self.account.to_string();
        let request = json!({"type": "frontendOpenOrders", "user": user, "dex": self.dex});
        let listed = self.rest.info(&request).map_err(|error| error.to_string())?;
        let rows = listed.as_array().ok_or("frontendOpenOrders is not a list")?;
        let ours = rows.iter().filter(|row| row["coin"].as_str() == Some(&self.coin));
        Ok(ours.filter_map(|row| row["oid"].as_u64()).map(Oid).collect())
    }

    /// Cancels orders by the venue's names.
    ///
    /// # Errors
    /// The venue does not answer.
    pub fn cancel(&self, oids: &[Oid]) -> Result<(), String> {
        let mut signer =
            Signer::new(&self.secret, self.source).map_err(|error| error.to_string())?;
        let mut encoder = Box::new(Encoder::new(None));
        let clock = self.clock.wall().ms();
        let mut nonce = RequestNonce::after(clock.max(self.nonce_after) + NONCE_AHEAD);
        for chunk in oids.chunks(CANCELS_MAX) {
            let list: ArrayVec<Oid, CANCELS_MAX> = chunk.iter().copied().collect();
            let action = Action::CancelByOid(list);
            let request = Request {
                id: RequestId(0),
                asset: self.asset,
                expires: None,
                allows: Allowance::NONE,
                action,
            };
            let unsigned = encoder.build(&request, nonce.next(self.clock.wall()));
            let signed = unsigned.sign(&mut signer, &mut Unprepared);
            self.rest.exchange(signed.envelope()).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// The guardian's part: its own connection is kept warm, and used when the process breaks.
impl GuardianTask for CancelAll {
    fn tend(&mut self) {
        // A venue that does not answer is the session's to notice.
        let _ = self.open_orders();
    }

    fn act(&mut self, why: &str) {
        self.signals.halt(); // A hot thread that lives on must not place anew what we cancel.
        for _ in 0..ROUNDS {
            match self.open_orders().and_then(|oids| self.cancel(&oids)) {
                Ok(()) => {}
                Err(failed) => say(&format!("the guardian could not cancel: {failed}")),
            }
            self.clock.sleep(ROUND);
        }
        say(&format!("the guardian has cancelled what rested, after: {why}"));
    }
}
/// Words for whoever still reads them: nobody may, when a process breaks.
fn say(words: &str) {
    let _ = writeln!(std::io::stderr(), "evenkeel: {words}");
}
