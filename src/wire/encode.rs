//! Requests to the bytes that leave us: msgpack to be hashed, JSON to be sent, in one pass.
//!
//! The action is written straight into the frame that goes over the socket, so the signature is the
//! only thing added later. What `risk` promised is asserted here again: this is the last door.

mod action_encoding;
mod buf;
mod fragment;
mod writer;

use super::nonce::NonceSource;
use super::sign::{Hash, Signature, Signer, hash};
use crate::market::action::{CANCELS_MAX, ITEMS_MAX};
use crate::market::{Address, Request, Spec};
use crate::num::{WallMs, text};
use arrayvec::ArrayVec;
pub use buf::FRAME_MAX;
use buf::{ACTION_MAX, Buf, PREIMAGE_MAX};
use std::ops::Range;
use writer::{ActionWriter, Hex};

/// Instruments whose grid the encoder can check.
pub const SPECS_MAX: usize = 8;
/// Room behind the last number of a frame, for the same reason.
const SLACK: usize = size_of::<text::Text>();

/// The longest cancel of a list.
const CANCEL: &str = r#"{"asset":4294967295,"cloid":"0x00000000000000000000000000000000"},"#;
/// The longest replacement of a list.
const REPLACE: &str = concat!(
    r#"{"oid":"0x00000000000000000000000000000000","order":{"a":4294967295,"b":false,"#,
    r#""p":"-92233720368.54775808","s":"-92233720368.54775808","r":false,"#,
    r#""t":{"limit":{"tif":"Alo"}},"c":"0x00000000000000000000000000000000"}},"#
);
/// What surrounds the list of an action, at its longest.
const AROUND_LIST: &str =
    r#"{"type":"updateIsolatedMargin","modifies":[],"grouping":"na","f":true}"#;
/// What surrounds the action of a frame, at its longest.
const AROUND_ACTION: &str = concat!(
    r#"{"method":"post","id":18446744073709551615,"request":{"type":"action","payload":{"action":"#,
    r#","nonce":18446744073709551615,"signature":{"r":"0x"#,
    r#"0000000000000000000000000000000000000000000000000000000000000000","s":"0x"#,
    r#"0000000000000000000000000000000000000000000000000000000000000000","v":27},"#,
    r#""vaultAddress":"0x0000000000000000000000000000000000000000","#,
    r#""expiresAfter":18446744073709551615}}}"#
);

// The longest lists fit. Msgpack is never longer than JSON: every key, text, number, flag and
// bracket takes at least as many bytes there, its comma included.
const _: () = assert!(CANCELS_MAX * CANCEL.len() + AROUND_LIST.len() <= ACTION_MAX);
const _: () = assert!(ITEMS_MAX * REPLACE.len() + AROUND_LIST.len() <= ACTION_MAX);
const _: () = assert!(ACTION_MAX + AROUND_ACTION.len() + SLACK <= FRAME_MAX);

/// What leads from the frame's start to the number of the post.
const HEAD: &[u8] = br#"{"method":"post","id":"#;
/// From the number to the envelope, which is also the body of a REST call.
const TO_ENVELOPE: &[u8] = br#","request":{"type":"action","payload":"#;
/// What closes a frame after its envelope.
const TAIL: &[u8] = b"}}";

/// Turns requests into bytes, in buffers of its own. One per thread that sends.
pub struct Encoder {
    vault: Option<Address>,
    specs: ArrayVec<Spec, SPECS_MAX>,
    preimage: Buf<PREIMAGE_MAX>,
    frame: Buf<FRAME_MAX>,
    /// The nonce of the request before.
    nonce: Option<u64>,
}

/// A request as bytes that nobody signed yet.
#[must_use = "an unsigned request reaches nobody"]
pub struct Unsigned<'a> {
    encoder: &'a mut Encoder,
    action_len: usize,
    envelope_at: usize,
    nonce: u64,
    expires: Option<WallMs>,
}

/// A request ready to be sent. Sending the same bytes twice is safe; signing again is not.
#[derive(Clone, Copy, Debug)]
#[must_use = "a signed request that is not sent has spent a nonce"]
pub struct Signed<'a> {
    frame: &'a [u8],
    envelope_at: usize,
    digest: Hash,
    signature: Signature,
}

impl Encoder {
    /// An encoder that acts for `vault` (a vault or sub-account), or for the signer's own account.
    #[must_use]
    pub fn new(vault: Option<Address>) -> Encoder {
        let (preimage, frame) = (Buf::new(), Buf::new());
        Encoder { vault, specs: ArrayVec::new(), preimage, frame, nonce: None }
    }

    /// Has every order of this instrument checked against its grid and lot.
    ///
    /// # Panics
    /// If more than [`SPECS_MAX`] instruments are named.
    pub fn check_against(&mut self, spec: Spec) {
        self.specs.retain(|known| known.asset != spec.asset);
        self.specs.try_push(spec).expect("a process trades at most SPECS_MAX instruments");
    }

    /// Writes everything of `request` but the signature.
    ///
    /// # Panics
    /// If `request` breaks what `risk` promised: an empty list, an order without size or price, one
    /// that is off the grid or beyond what is allowed, post-only orders beside others; or if `nonce` is
    /// not above that of the request before.
    pub fn build(&mut self, request: &Request, nonce: u64) -> Unsigned<'_> {
        let before = self.nonce.replace(nonce);
        assert!(before < Some(nonce), "nonces rise at the wire: {before:?}, {nonce}");
        self.preimage.clear();
        self.frame.clear();
        self.frame.put(HEAD);
        self.frame.put_whole(request.id.0);
        self.frame.put(TO_ENVELOPE);
        let envelope_at = self.frame.len();
        self.frame.put(br#"{"action":"#);
        let mut writer = ActionWriter::new(&mut self.preimage, &mut self.frame);
        action_encoding::encode_action(&mut writer, request, &self.specs);
        let action_len = self.preimage.len();
        self.frame.put(br#","nonce":"#);
        self.frame.put_whole(nonce);
        hash::put_trailer(nonce, self.vault, request.expires, |part| self.preimage.put(part));
        Unsigned { encoder: self, action_len, envelope_at, nonce, expires: request.expires }
    }
}

impl<'a> Unsigned<'a> {
    /// The action in msgpack: what a replay compares.
    pub fn action(&self) -> &[u8] {
        &self.encoder.preimage[..self.action_len]
    }

    /// The nonce of the request.
    pub fn nonce(&self) -> u64 {
        self.nonce
    }

    /// When the venue must refuse it.
    pub fn expires(&self) -> Option<WallMs> {
        self.expires
    }

    /// The hash of the action with its nonce, vault and expiry (PROTOCOL 4.1, `connectionId`).
    pub fn hash(&self) -> Hash {
        hash::keccak(&self.encoder.preimage)
    }

    /// Signs it and completes the frame.
    pub fn sign(self, signer: &mut Signer, nonces: &mut impl NonceSource) -> Signed<'a> {
        let digest = hash::agent_digest(signer.source(), &self.hash());
        let signature = signer.sign(&digest, nonces);
        self.finish(digest, signature)
    }

    /// Writes the signature and what follows it.
    fn finish(self, digest: Hash, signature: Signature) -> Signed<'a> {
        let Unsigned { encoder, envelope_at, expires, .. } = self;
        let frame = &mut encoder.frame;
        frame.put(br#","signature":{"r":"0x"#);
        frame.put(&*Hex::<64>::new(&signature.r));
        frame.put(br#"","s":"0x"#);
        frame.put(&*Hex::<64>::new(&signature.s));
        frame.put(br#"","v":"#);
        frame.put_whole(u64::from(signature.v));
        frame.put(br#"},"vaultAddress":"#);
        match encoder.vault {
            Some(vault) => {
                frame.put(br#""0x"#);
                frame.put(&*Hex::<40>::new(&vault.0));
                frame.put(br#"","expiresAfter":"#);
            }
            None => frame.put(br#"null,"expiresAfter":"#),
        }
        match expires {
            Some(at) => frame.put_whole(at.ms()),
            None => frame.put(b"null"),
        }
        frame.put(b"}");
        frame.put(TAIL);
        Signed { frame: &encoder.frame, envelope_at, digest, signature }
    }
}

impl<'a> Signed<'a> {
    /// The whole socket message (PROTOCOL 8.10).
    pub fn frame(&self) -> &'a [u8] {
        self.frame
    }

    /// The envelope in it: the body of `POST /exchange` (PROTOCOL 4.6).
    pub fn envelope(&self) -> &'a [u8] {
        &self.frame[self.envelope_range()]
    }

    /// Where the envelope lies in the frame.
    pub fn envelope_range(&self) -> Range<usize> {
        self.envelope_at..self.frame.len() - TAIL.len()
    }

    /// What was signed, for checking a signature now and then on a thread that has time.
    pub fn digest(&self) -> &Hash {
        &self.digest
    }

    /// The signature that the message carries.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

#[cfg(test)]
mod tests;
