//! From a signed envelope to who signed what (PROTOCOL 4, 5 and 6).

use crate::market::Address;
use crate::num::WallMs;
use crate::venue::action::text::AddressText;
use crate::venue::action::{ActionWire, Envelope, approval::Chain};
use crate::wire::sign::user::{Domain, approve_agent_digest, approve_builder_fee_digest};
use crate::wire::sign::{self, hash};
use crate::wire::{Hash, Signature, Source};
use serde::{Deserialize, Deserializer, de};

/// Hex digits of a number of a signature.
const WORD_DIGITS: usize = 64;

/// An envelope whose JSON had a meaning. Whose it is, is a question of its own: the source letter
/// is not in the envelope, so [`Verified::signer`] answers for one network at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    action: ActionWire,
    nonce: u64,
    vault: Option<Address>,
    expires: Option<WallMs>,
    signature: Signature,
    signed: SignedDigest,
}

/// What the signature is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignedDigest {
    /// The hash of an action, with a source letter around it.
    Action(Hash),
    /// A digest that names its network itself.
    User(Hash),
}

/// JSON that is no request: HTTP 422, and this as the body.
#[derive(Debug, thiserror::Error)]
#[error("Failed to deserialize the JSON body into the target type: {0}")]
pub struct Malformed(pub(super) String);

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Malformed {
        Malformed(error.to_string())
    }
}

impl From<Inconsistent> for Malformed {
    fn from(error: Inconsistent) -> Malformed {
        Malformed(error.to_string())
    }
}

/// Why a typed envelope is refused before anybody looks who signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Inconsistent {
    #[error("signatureChainId must be 0x and up to 16 hex digits")]
    ChainId,
    #[error("the nonce of the action must be the nonce of the envelope")]
    Nonce,
    /// The signature does not cover them.
    #[error("vaultAddress and expiresAfter must be null for a user-signed action")]
    Uncovered,
}

/// An envelope (PROTOCOL 4.6). Fields it does not name are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeJson {
    action: ActionWire,
    nonce: u64,
    signature: SignatureText,
    #[serde(default)]
    vault_address: Option<AddressText>,
    #[serde(default)]
    expires_after: Option<u64>,
}

/// A signature (PROTOCOL 4.4).
#[derive(Deserialize)]
struct SignatureText {
    r: Word,
    s: Word,
    v: u8,
}

/// 32 bytes, spelled as `0x` and 1 to 64 hex digits.
struct Word(Hash);

/// Reads an envelope: the body of `POST /exchange`, or the payload of a post over the socket.
///
/// # Errors
/// It is not JSON, has no meaning as an action the venue knows, or contradicts itself.
pub fn open(json: &[u8]) -> Result<Verified, Malformed> {
    let body: EnvelopeJson = serde_json::from_slice(json)?;
    let EnvelopeJson { action, nonce, signature: SignatureText { r, s, v }, .. } = body;
    let vault = body.vault_address.map(|address| address.0);
    let expires = body.expires_after.map(WallMs::from_ms);
    let covered = vault.is_none() && expires.is_none();
    let signed = match user_digest(&action, nonce, covered)? {
        Some(digest) => SignedDigest::User(digest),
        None => SignedDigest::Action(hash::action_hash(&action.msgpack(), nonce, vault, expires)),
    };
    let signature = Signature { r: r.0, s: s.0, v };
    Ok(Verified { action, nonce, vault, expires, signature, signed })
}

impl Verified {
    /// The action that was signed.
    pub fn action(&self) -> &ActionWire {
        &self.action
    }

    /// Who signed it, if it was signed for this network. A signature for the other network, or
    /// over anything else, gives some stranger; a signature that is none gives nobody. A user-signed
    /// action names its network itself, and its signer is the same here for both.
    pub fn signer(&self, source: Source) -> Option<Address> {
        sign::recover(&self.digest(source), &self.signature)
    }

    /// What was signed, if it was signed for this network.
    pub fn digest(&self, source: Source) -> Hash {
        match &self.signed {
            SignedDigest::Action(hash) => hash::agent_digest(source, hash),
            SignedDigest::User(digest) => *digest,
        }
    }

    /// It as a task for the exchange.
    pub fn envelope(self, ticket: u64, signer: Address) -> Envelope {
        let Verified { action, nonce, vault, expires, .. } = self;
        Envelope { ticket, signer, nonce, expires, vault, action }
    }
}

/// The digest of a user-signed action; none for any other.
fn user_digest(
    action: &ActionWire,
    nonce: u64,
    covered: bool,
) -> Result<Option<Hash>, Inconsistent> {
    let domain = |signed_nonce: u64, chain_id: &str, chain: Chain| {
        if !covered {
            return Err(Inconsistent::Uncovered);
        }
        if signed_nonce != nonce {
            return Err(Inconsistent::Nonce);
        }
        let digits = chain_id.strip_prefix("0x").ok_or(Inconsistent::ChainId)?;
        let chain_id = u64::from_str_radix(digits, 16).map_err(|_| Inconsistent::ChainId)?;
        Ok(Domain { chain_id, chain: chain.name() })
    };
    if let ActionWire::ApproveAgent(agent) = action {
        let domain = domain(agent.nonce, &agent.signature_chain_id, agent.hyperliquid_chain)?;
        let name = agent.agent_name.as_deref().unwrap_or_default();
        return Ok(Some(approve_agent_digest(domain, agent.agent_address.0, name, nonce)));
    }
    if let ActionWire::ApproveBuilderFee(fee) = action {
        let domain = domain(fee.nonce, &fee.signature_chain_id, fee.hyperliquid_chain)?;
        let digest = approve_builder_fee_digest(domain, fee.builder.0, &fee.max_fee_rate, nonce);
        return Ok(Some(digest));
    }
    Ok(None)
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
        let text = String::deserialize(deserializer)?;
        read_word(&text).map(Word).ok_or_else(|| {
            de::Error::invalid_value(de::Unexpected::Str(&text), &"0x and 1 to 64 hex digits")
        })
    }
}

/// 32 bytes from `0x` and 1 to 64 hex digits.
fn read_word(text: &str) -> Option<Hash> {
    let digits = text.strip_prefix("0x").filter(|digits| {
        (1..=WORD_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    })?;
    let padded = format!("{digits:0>WORD_DIGITS$}");
    let mut word = [0; 32];
    for (byte, at) in word.iter_mut().zip((0..WORD_DIGITS).step_by(2)) {
        *byte = u8::from_str_radix(&padded[at..at + 2], 16).ok()?;
    }
    Some(word)
}

#[cfg(test)]
mod tests;
