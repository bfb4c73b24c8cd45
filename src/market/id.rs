//! Names of things: accounts, markets, orders, trades, requests.

use std::fmt;

/// Numbers from one builder's dex to the next (PROTOCOL 2.1).
const DEX_STEP: u32 = 10_000;
/// Where the numbers of builders' dexes start, less those of the first dex.
const DEX_BASE: u32 = 100_000;
/// Where the numbers of spot pairs start.
const SPOT_BASE: u32 = 10_000;

/// An account or signer: 20 bytes, printed as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[derive(serde::Serialize, serde::Deserialize)]
pub struct Address(pub [u8; 20]);

/// Our name for an order: 16 bytes, unique per order for ever. A replacement gets a name of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cloid(pub u128);

/// The venue's name for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Oid(pub u64);

/// The venue's name for a trade; unique together with time and coin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tid(pub u64);

/// A market's number in actions (PROTOCOL 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[derive(serde::Serialize, serde::Deserialize)]
pub struct AssetId(pub u32);

/// Our number for a request: the `id` of a socket post, echoed in its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RequestId(pub u64);

/// The place of a coin in the list this process trades or watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
pub struct CoinIx(pub u8);

impl CoinIx {
    /// A coin that is on our account but not in our list.
    pub const FOREIGN: CoinIx = CoinIx(u8::MAX);
}

impl AssetId {
    /// A perpetual: `index` in the `meta` of a dex that is `dex` in the list of dexes, where 0 is
    /// the first dex, run by the validators. None where it would get the number of another dex's.
    ///
    /// ```
    /// use evenkeel::market::AssetId;
    /// assert_eq!(AssetId::perp(4, 4), Some(AssetId(140_004)));
    /// assert_eq!(AssetId::perp(4, 10_000), None);
    /// ```
    #[must_use]
    pub fn perp(dex: u32, index: u32) -> Option<AssetId> {
        if DEX_STEP <= index {
            return None;
        }
        let first = if dex == 0 { 0 } else { dex.checked_mul(DEX_STEP)?.checked_add(DEX_BASE)? };
        first.checked_add(index).map(AssetId)
    }

    /// A spot pair, by the index of the pair.
    #[must_use]
    pub const fn spot(pair: u32) -> AssetId {
        AssetId(SPOT_BASE + pair)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Cloid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Cloid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:032x}", self.0)
    }
}

impl Address {
    /// Reads `0x` and 40 hex digits of either case.
    ///
    /// ```
    /// use evenkeel::market::Address;
    /// let text = "0x14791697260e4c9a71f18484c9f997b308e59325";
    /// assert_eq!(Address::read(text.as_bytes()).map(|a| a.to_string()), Some(text.to_owned()));
    /// assert_eq!(Address::read(b"0x12"), None);
    /// ```
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Address> {
        let digits = text.strip_prefix(b"0x")?;
        if digits.len() != 40 {
            return None;
        }
        let mut bytes = [0; 20];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Address(bytes))
    }
}

impl Cloid {
    /// Reads `0x` and exactly 32 hex digits of either case.
    #[must_use]
    pub fn read(text: &[u8]) -> Option<Cloid> {
        let digits = text.strip_prefix(b"0x")?;
        if digits.len() != 32 {
            return None;
        }
        let value = digits
            .iter()
            .try_fold(0u128, |value, &digit| Some(value << 4 | u128::from(nibble(digit)?)))?;
        Some(Cloid(value))
    }
}

/// The value of a hex digit.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
