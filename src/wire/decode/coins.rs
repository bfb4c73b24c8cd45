//! Which coins are ours, by their full names.

use super::refusal::{Excerpt, Refusal};
use crate::market::CoinIx;
use arrayvec::ArrayVec;

/// Coins a process can watch.
pub const COINS_MAX: usize = 8;
/// Bytes of a coin's full name (`hyna:HYPE`).
pub const COIN_NAME_MAX: usize = 32;

/// The coins of this process, in the order of their indices.
pub(super) struct Coins {
    names: ArrayVec<Name, COINS_MAX>,
}

/// A coin's full name.
type Name = ArrayVec<u8, COIN_NAME_MAX>;

impl Coins {
    /// Keeps the names.
    pub(super) fn new(names: &[&str]) -> Coins {
        assert!(names.len() <= COINS_MAX, "at most 8 coins: {names:?}");
        let keep = |name: &&str| {
            Name::try_from(name.as_bytes()).expect("the settings allow 32 bytes a coin's name")
        };
        Coins { names: names.iter().map(keep).collect() }
    }

    /// The place of a coin, when it is ours.
    pub(super) fn find(&self, name: &[u8]) -> Option<CoinIx> {
        let at = self.names.iter().position(|ours| ours.as_slice() == name)?;
        u8::try_from(at).ok().map(CoinIx)
    }

    /// The place of a coin that must be ours.
    pub(super) fn ours(&self, name: &str) -> Result<CoinIx, Refusal> {
        self.find(name.as_bytes()).ok_or(Refusal::Coin { text: Excerpt::of(name) })
    }

    /// The place of a coin, or foreign.
    pub(super) fn any(&self, name: &str) -> CoinIx {
        self.find(name.as_bytes()).unwrap_or(CoinIx::FOREIGN)
    }
}
