//! The venue's messages through `wire::decode`: samples, recordings, damaged messages, and a slow
//! twin that must agree on all of them.

mod damage;
mod json;
mod part;
mod recordings;
mod refusals;
mod samples;
mod scan;
mod twin;

use evenkeel::market::Stream;
use evenkeel::wire::decode::Decoder;
use json::Json;
use std::path::PathBuf;
use twin::{Twin, Verdict};

/// Channels of the protocol that carry nothing we use.
const IDLE: [&str; 17] = [
    "activeAssetData",
    "activeSpotAssetCtx",
    "allDexsAssetCtxs",
    "allDexsClearinghouseState",
    "allMids",
    "assetCtxs",
    "candle",
    "fastAssetCtxs",
    "notification",
    "outcomeMetaUpdates",
    "spotState",
    "twapStates",
    "userHistoricalOrders",
    "userNonFundingLedgerUpdates",
    "userTwapHistory",
    "userTwapSliceFills",
    "webData3",
];

/// A decoder and its twin, with the same coins.
struct Both<'a> {
    decoder: Decoder,
    twin: Twin<'a>,
}

impl<'a> Both<'a> {
    fn new(coins: &'a [&'a str]) -> Both<'a> {
        Both { decoder: Decoder::new(coins), twin: Twin(coins) }
    }

    /// Decodes `frame`, insists that the twin agrees, and returns what both said.
    fn agree(&mut self, frame: &[u8]) -> Verdict {
        let got = self.decoder.decode(Stream::Market, frame);
        let got = got.map(|decoded| format!("{decoded:?}")).map_err(|refusal| refusal.to_string());
        match serde_json::from_slice::<Json>(frame) {
            Ok(root) if root.has_huge() => {} // Beyond 64 bits the parsers differ on purpose.
            Ok(root) => settle(frame, &got, self.twin.decode(Stream::Market, &root)),
            Err(error) => settle(frame, &got, Err(error.to_string())),
        }
        got
    }
}

/// Insists on the same event, or on a refusal by both.
fn settle(frame: &[u8], got: &Verdict, want: Verdict) {
    match (got, &want) {
        (Err(_), Err(_)) => {}
        _ => assert_eq!(*got, want, "{}", frame.escape_ascii()),
    }
}

/// A file of `tests/golden/samples`.
fn sample(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/samples").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The recordings, where they are at hand.
fn recordings_dir() -> Option<PathBuf> {
    let shared = std::env::var_os("EVENKEEL_SHARED").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let data = shared.unwrap_or(beside).join("data");
    data.is_dir().then_some(data)
}
