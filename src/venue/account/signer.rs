//! Who may sign for an account, and the nonces they used (PROTOCOL 5 and 6).

use crate::num::WallMs;
use crate::num::time::DAY_MS;
use crate::venue::index::AccountIx;
use crate::venue::reject::Reject;

/// Nonces the chain keeps for each signer.
const KEPT: usize = 100;
/// A nonce may be this much older than the block.
const BEHIND_MS: i64 = 2 * DAY_MS.cast_signed();
/// A nonce may be this much newer.
const BEYOND_MS: i64 = DAY_MS.cast_signed();

/// Someone who may sign.
#[derive(Clone, Debug)]
pub(crate) struct SignerState {
    pub(crate) account: AccountIx,
    /// When an agent lapses; none for the account itself.
    until: Option<WallMs>,
    pub(crate) nonces: Nonces,
}

impl SignerState {
    /// A signer who has used no nonce yet; only an agent lapses.
    pub(crate) fn new(account: AccountIx, until: Option<WallMs>) -> SignerState {
        SignerState { account, until, nonces: Nonces::default() }
    }

    pub(crate) fn is_agent(&self) -> bool {
        self.until.is_some()
    }

    /// Whether it still signs at `at`.
    pub(crate) fn signs(&self, at: WallMs) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// The highest nonces used, lowest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nonces(Vec<u64>);

impl Nonces {
    /// Uses a nonce at `now`.
    ///
    /// # Errors
    /// It was used before, is lower than all that are kept, or lies outside the time window.
    pub(crate) fn spend(&mut self, nonce: u64, now: WallMs) -> Result<(), Reject> {
        let lead_ms = WallMs::from_ms(nonce.min(i64::MAX.unsigned_abs())).ms_since(now);
        if lead_ms <= -BEHIND_MS {
            return Err(Reject::NonceTooLow);
        }
        if BEYOND_MS <= lead_ms {
            return Err(Reject::NonceTooHigh);
        }
        let Err(at) = self.0.binary_search(&nonce) else {
            return Err(Reject::DuplicateNonce(nonce));
        };
        assert!(self.0.len() <= KEPT, "{} nonces are kept", self.0.len());
        if self.0.len() == KEPT {
            if at == 0 {
                return Err(Reject::NonceTooLow);
            }
            self.0.remove(0);
            self.0.insert(at - 1, nonce);
        } else {
            self.0.insert(at, nonce);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_nonce_once_inside_the_window() {
        const NOW: u64 = 1_800_000_000_000;
        let day = DAY_MS;
        let mut nonces = Nonces::default();
        // what, nonce, want
        let rows = [
            ("the time itself", NOW, Ok(())),
            ("again", NOW, Err(Reject::DuplicateNonce(NOW))),
            ("an hour old", NOW - 3_600_000, Ok(())),
            ("two days old", NOW - 2 * day, Err(Reject::NonceTooLow)),
            ("just inside two days", NOW - 2 * day + 1, Ok(())),
            ("a day ahead", NOW + day, Err(Reject::NonceTooHigh)),
            ("just inside a day", NOW + day - 1, Ok(())),
            ("nonsense", u64::MAX, Err(Reject::NonceTooHigh)),
        ];
        for (what, nonce, want) in rows {
            assert_eq!(nonces.spend(nonce, WallMs::from_ms(NOW)), want, "{what}");
        }
    }

    #[test]
    fn only_the_hundred_highest_are_kept() {
        let now = WallMs::from_ms(1_000_000);
        let mut nonces = Nonces::default();
        for nonce in 1_000..1_100 {
            assert_eq!(nonces.spend(nonce, now), Ok(()));
        }
        assert_eq!(nonces.spend(999, now), Err(Reject::NonceTooLow), "below the smallest kept");
        assert_eq!(nonces.spend(2_000, now), Ok(()), "the smallest makes room");
        assert_eq!(nonces.spend(1_000, now), Err(Reject::NonceTooLow), "dropped, and too low");
        assert_eq!(nonces.spend(1_001, now), Err(Reject::DuplicateNonce(1_001)));
    }
}
