//! The file of vectors. Lists it does not have are empty.

use serde::Deserialize;
use serde_json::Value;

/// The file.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct File {
    pub(super) l1: Vec<L1>,
    pub(super) user_signed: Vec<User>,
    pub(super) http_body_examples: Vec<HttpVector>,
    pub(super) float_to_wire: Vec<FloatVector>,
    pub(super) float_to_usd_int: Vec<UsdVector>,
    pub(super) price_validity: Vec<Price>,
    pub(super) price_rounding: Vec<RoundingVector>,
    pub(super) size_validity: Vec<Size>,
    pub(super) asset_ids: Vec<Asset>,
}

/// A signed action.
#[derive(Deserialize)]
pub(super) struct L1 {
    pub(super) id: u64,
    pub(super) action: Value,
    pub(super) nonce: u64,
    pub(super) vault_address: Option<String>,
    pub(super) expires_after: Option<u64>,
    pub(super) is_mainnet: bool,
    pub(super) private_key: String,
    pub(super) signer: String,
    pub(super) msgpack_hex: String,
    pub(super) action_hash: String,
    pub(super) eip712_digest: String,
    pub(super) r: String,
    pub(super) s: String,
    pub(super) v: u8,
    pub(super) r_padded: String,
    pub(super) s_padded: String,
}

/// A user-signed action.
#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) action: Value,
    pub(super) nonce: u64,
    pub(super) is_mainnet: bool,
    pub(super) private_key: String,
    pub(super) signer: String,
    pub(super) eip712_digest: String,
    pub(super) r: String,
    pub(super) s: String,
    pub(super) v: u8,
}

/// What a client sent for one of the signed actions.
#[derive(Deserialize)]
pub(super) struct HttpVector {
    pub(super) vector_id: u64,
    pub(super) body: String,
}

/// A number as the SDKs spell it, or that they refuse to.
#[derive(Deserialize)]
pub(super) struct FloatVector {
    pub(super) f64_be_hex: String,
    pub(super) wire: Option<String>,
}

/// Dollars as the SDKs count them, or that they refuse to.
#[derive(Deserialize)]
pub(super) struct UsdVector {
    pub(super) f64_be_hex: String,
    pub(super) int: Option<i64>,
}

/// Whether a price is valid, and why.
#[derive(Deserialize)]
pub(super) struct Price {
    pub(super) px: String,
    pub(super) sz_decimals: u32,
    pub(super) market: MarketType,
    pub(super) valid: bool,
    pub(super) reason: String,
}

/// A price between two valid ones.
#[derive(Deserialize)]
pub(super) struct RoundingVector {
    pub(super) raw: String,
    pub(super) sz_decimals: u32,
    pub(super) market: MarketType,
    pub(super) tick: String,
    pub(super) floor: Option<String>,
    pub(super) ceil: String,
}

/// Whether a size is valid, and why.
#[derive(Deserialize)]
pub(super) struct Size {
    pub(super) sz: String,
    pub(super) sz_decimals: u32,
    pub(super) valid: bool,
    pub(super) reason: String,
}

/// The number of a market.
#[derive(Deserialize)]
pub(super) struct Asset {
    #[serde(default)]
    pub(super) perp_dex_index: Option<u32>,
    #[serde(default)]
    pub(super) index_in_meta: Option<u32>,
    #[serde(default)]
    pub(super) spot_index: Option<u32>,
    pub(super) asset: u32,
}

/// The two kinds of market.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MarketType {
    /// A perpetual.
    Perp,
    /// A spot pair.
    Spot,
}
