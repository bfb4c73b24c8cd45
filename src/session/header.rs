//! What stands at the head of a journal: everything a replay needs to begin as the session did.

use crate::engine::Setup;
use crate::market::Address;
use crate::num::time::TIME_MAX_MS;
use crate::wire::decode::{COIN_NAME_MAX, COINS_MAX};
use serde::{Deserialize, Serialize};

/// The session record's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionHeader {
    /// Version of the program that wrote it.
    pub build: String,
    /// Where it traded: `embedded`, `testnet`, `mainnet`, or a file.
    pub venue: String,
    /// The embedded exchange's world, where there is one.
    pub world: Option<String>,
    /// The account that trades.
    pub account: Address,
    /// The full names of the coins, by [`crate::market::CoinIx`].
    pub coins: Vec<String>,
    /// What the engine began with.
    pub setup: Setup,
    /// The highest request nonce used before.
    pub nonce_after: u64,
}

impl SessionHeader {
    /// As the bytes of the record.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain fields with text keys")
    }

    /// From the bytes of the record.
    ///
    /// # Errors
    /// They are not what [`SessionHeader::to_bytes`] made, or no session can begin so: the sentence says
    /// where.
    pub fn from_bytes(bytes: &[u8]) -> Result<SessionHeader, String> {
        let named = |what: &str| format!("the session record: {what}");
        let header: SessionHeader =
            serde_json::from_slice(bytes).map_err(|error| named(&error.to_string()))?;
        let is_long = |coin: &String| COIN_NAME_MAX < coin.len();
        if COINS_MAX < header.coins.len() || header.coins.iter().any(is_long) {
            return Err(named("more coins, or longer names, than a session can have"));
        }
        if TIME_MAX_MS < header.nonce_after {
            return Err(named("its last nonce lies beyond the year 2286"));
        }
        match header.setup.flaw() {
            Some(flaw) => Err(named(flaw)),
            None => Ok(header),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Config, Sizing};
    use crate::market::{AssetId, Spec};
    use crate::num::{Bps, Px, Qty, Usd};

    fn header() -> SessionHeader {
        let spec = Spec {
            asset: AssetId(4),
            sz_decimals: 2,
            leverage_max: 10,
            fee_maker: Bps::ZERO,
            fee_taker: Bps::ZERO,
        };
        let px = Px::from_e8(2_620_000_000);
        let config = Config::default();
        let sizing = Sizing::new(config.capital, config.multiple, &spec, px).expect("enough");
        SessionHeader {
            build: "1".to_owned(),
            venue: "embedded".to_owned(),
            world: None,
            account: Address([1; 20]),
            coins: vec!["HYPE".to_owned()],
            setup: Setup::flat(config, spec, sizing, px),
            nonce_after: 7,
        }
    }

    #[test]
    fn a_session_that_cannot_begin_is_refused_in_words() {
        let read = |change: fn(&mut SessionHeader)| {
            let mut header = header();
            change(&mut header);
            SessionHeader::from_bytes(&header.to_bytes()).err()
        };
        assert_eq!(read(|_| {}), None);
        type Damage = fn(&mut SessionHeader);
        let rows: [(Damage, &str); 8] = [
            (|it| it.coins = vec![String::new(); COINS_MAX + 1], "more coins"),
            (|it| it.coins = vec!["X".repeat(COIN_NAME_MAX + 1)], "longer names"),
            (|it| it.nonce_after = u64::MAX, "beyond the year 2286"),
            (|it| it.setup.config.capital = Usd::ZERO, "its capital"),
            (|it| it.setup.spec.sz_decimals = 7, "more decimals"),
            (|it| it.setup.sizing.lot = Qty::ZERO, "its order size"),
            (|it| it.setup.sizing.position_max = Qty::from_e8(1), "larger than its position"),
            (|it| it.setup.mark = Px::ZERO, "its mark"),
        ];
        for (change, words) in rows {
            let said = read(change);
            assert!(said.as_ref().is_some_and(|said| said.contains(words)), "{words}: {said:?}");
        }
    }
}
