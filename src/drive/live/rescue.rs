//! The other way to cancel: over REST, with nothing but the key, when the session's own way is gone.

use super::run::Plan;
use crate::drive::rest::Rest;
use crate::market::action::CANCELS_MAX;
use crate::market::{Action, Address, Oid, Request, RequestId};
use crate::wire::nonce::Unprepared;
use crate::wire::{Encoder, RequestNonce, Signer};
use arrayvec::ArrayVec;
use serde_json::json;

/// How far the rescue's nonces lie above the clock: above any the session can have used.
const NONCE_AHEAD_MS: u64 = 1_000;

/// The orders of an account on a coin that the venue has open.
///
/// # Errors
/// The venue does not answer or not with a list.
pub fn open_orders(
    rest: &Rest,
    dex: &str,
    account: Address,
    coin: &str,
) -> Result<Vec<Oid>, String> {
    let request = json!({"type": "frontendOpenOrders", "user": account.to_string(), "dex": dex});
    let listed = rest.info(&request).map_err(|error| error.to_string())?;
    let rows = listed.as_array().ok_or("frontendOpenOrders is not a list")?;
    let ours = rows.iter().filter(|row| row["coin"].as_str() == Some(coin));
    Ok(ours.filter_map(|row| row["oid"].as_u64()).map(Oid).collect())
}

/// Cancels orders by the venue's names.
///
/// # Errors
/// The venue does not answer.
pub fn cancel(plan: &Plan, oids: &[Oid]) -> Result<(), String> {
    let mut signer = Signer::new(&plan.secret, plan.source).map_err(|error| error.to_string())?;
    let mut encoder = Box::new(Encoder::new(None));
    let mut nonce = RequestNonce::after(plan.clock.wall().ms() + NONCE_AHEAD_MS);
    for chunk in oids.chunks(CANCELS_MAX) {
        let list: ArrayVec<Oid, CANCELS_MAX> = chunk.iter().copied().collect();
        let request = Request {
            id: RequestId(0),
            asset: plan.session.setup.spec.asset,
            expires: None,
            action: Action::CancelByOid(list),
        };
        let unsigned = encoder.build(&request, nonce.next(plan.clock.wall()));
        let signed = unsigned.sign(&mut signer, &mut Unprepared);
        plan.rest.exchange(signed.envelope()).map_err(|error| error.to_string())?;
    }
    Ok(())
}
