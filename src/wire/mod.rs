//! Floor 2: bytes to types and back; no sockets, no threads, no clock, and nothing that allocates
//! after construction.

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::as_conversions,
        clippy::wildcard_enum_match_arm,
        clippy::unwrap_used
    )
)]

pub mod decode;
pub mod encode;
pub mod nonce;
mod scan;
pub mod sign;

pub use encode::{Encoder, Signed, Unsigned};
pub use nonce::{NonceSource, RequestNonce};
pub use sign::{Hash, Signature, Signer, Source};
