//! The venue's messages to events.
//!
//! One message is one event. A message that is not as it should be is refused with a reason, never
//! guessed at; keys the protocol does not name are tolerated and counted. Nothing is allocated per
//! message once the buffers have seen the largest. The hottest messages take the fast lane of
//! `wire::scan` first; what it does not know goes through simd-json's tape.

mod account;
mod buffers;
mod error;
mod market;
pub(super) mod number;
mod replies;
mod rows;
mod tape;
mod vocabulary;

pub use buffers::Decoded;
pub use error::{DecodeError, Excerpt};
pub use vocabulary::{COIN_NAME_MAX, COINS_MAX};

use crate::market::Stream;
use buffers::{MessageBuffers, MessageKind, Routed};
use simd_json::{Buffers, INPUT_PADDING, Tape, fill_tape_padded};
use tape::{Value, need};
use vocabulary::Coins;

/// The largest message: a snapshot of 2048 fills has 0.9 MB.
pub const FRAME_MAX: usize = 1 << 20;
/// A number and a comma: two marks of JSON in eight bytes. The venue's rows have one in six.
const DENSE: &[u8; 8] = b"1234567,";

/// Turns messages into events, in buffers made once.
pub struct Decoder {
    scratch: Box<[u8]>,
    buffers: Buffers,
    tape: Tape<'static>,
    message: MessageBuffers,
}

/// What a cold decoder expects a message to be long.
const COLD_FRAME: usize = 8 * 1_024;

impl Decoder {
    /// A decoder for these coins, by full name (`hyna:HYPE`); a coin's index is its place here.
    ///
    /// # Panics
    /// If there are more than [`COINS_MAX`] coins or a name has more than [`COIN_NAME_MAX`] bytes:
    /// the settings do not allow it.
    #[must_use]
    pub fn new(coins: &[&str]) -> Decoder {
        let mut decoder = Decoder::cold(coins);
        decoder.stretch();
        decoder
    }

    /// As [`Decoder::new`], but one that takes memory as it needs it: ready at once, and not for the
    /// hot path.
    #[must_use]
    pub fn cold(coins: &[&str]) -> Decoder {
        Decoder {
            scratch: std::iter::repeat_n(0, FRAME_MAX + INPUT_PADDING).collect(),
            buffers: Buffers::new(COLD_FRAME),
            tape: Tape(Default::default()),
            message: MessageBuffers::new(Coins::new(coins)),
        }
    }

    /// Parses the largest and densest message there is, so that no later one needs more memory.
    fn stretch(&mut self) {
        let numbers = DENSE.iter().copied().cycle();
        let list = std::iter::once(b'[').chain(numbers).take(FRAME_MAX - DENSE.len());
        let text: Box<[u8]> = list.chain(std::iter::once(b']')).collect();
        let stretched = self.read(&text, |_, _| Ok(MessageKind::Quiet));
        assert!(stretched.is_ok(), "a list of numbers is JSON");
    }

    /// Reads one message that came on `stream`.
    ///
    /// # Errors
    /// The message is not as the protocol has it; what it may have said is missing
    /// ([`Event::Garbled`](crate::market::Event::Garbled)).
    ///
    /// ```
    /// use evenkeel::market::{Event, Stream};
    /// use evenkeel::wire::decode::{DecodeError, Decoded, Decoder};
    /// let mut decoder = Decoder::new(&["BTC"]);
    /// let frame = br#"{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[null,
    ///     {"px":"84144.0","sz":"50.66422","n":18}]}}"#;
    /// let got = decoder.decode(Stream::Market, frame).unwrap();
    /// assert!(matches!(got, Decoded::Event(Event::Bbo(_, bbo)) if bbo.bid.is_none()));
    /// assert_eq!(decoder.decode(Stream::Market, b"{").unwrap_err(), DecodeError::NotJson);
    /// ```
    pub fn decode(&mut self, stream: Stream, frame: &[u8]) -> Result<Decoded<'_>, DecodeError> {
        if let Some(what) = self.message.scan(frame) {
            return Ok(self.message.decoded(what));
        }
        if frame.starts_with(GREETING) {
            return Ok(Decoded::Quiet);
        }
        self.decode_tape(stream, frame)
    }

    /// As [`Decoder::decode`], by the JSON parser alone: the oracle of the fast lane, for tests and
    /// benches.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn decode_tape(
        &mut self,
        stream: Stream,
        frame: &[u8],
    ) -> Result<Decoded<'_>, DecodeError> {
        self.read(frame, |root, message| route(root, stream, message))
    }

    /// Reads the body of a `clearinghouseState` read (PROTOCOL 9.4): [`Event::Account`](crate::market::Event::Account).
    ///
    /// # Errors
    /// The body is not as the protocol has it.
    pub fn decode_account(&mut self, body: &[u8]) -> Result<Decoded<'_>, DecodeError> {
        self.read(body, account::state_of)
    }

    /// Reads the body of an `openOrders` or `frontendOpenOrders` read (PROTOCOL 9.5):
    /// [`Event::OpenOrders`](crate::market::Event::OpenOrders).
    ///
    /// # Errors
    /// The body is not as the protocol has it.
    pub fn decode_open_orders(&mut self, body: &[u8]) -> Result<Decoded<'_>, DecodeError> {
        self.read(body, rows::open_orders)
    }

    /// Reads the body of a `userFills` or `userFillsByTime` read (PROTOCOL 9.7):
    /// [`Event::Fills`](crate::market::Event::Fills), marked as a snapshot, for most of them are known already.
    ///
    /// # Errors
    /// The body is not as the protocol has it.
    pub fn decode_fills(&mut self, body: &[u8]) -> Result<Decoded<'_>, DecodeError> {
        self.read(body, rows::fills_read)
    }

    /// Reads the body of a `userRateLimit` read (PROTOCOL 10.2): [`Event::Health`](crate::market::Event::Health).
    ///
    /// # Errors
    /// The body is not as the protocol has it.
    pub fn decode_quota(&mut self, body: &[u8]) -> Result<Decoded<'_>, DecodeError> {
        self.read(body, account::quota)
    }

    /// Keys met so far that the protocol does not name: when this grows, the venue has changed.
    pub fn unknown_keys(&self) -> u64 {
        self.message.unknown_keys
    }

    /// Builds the tape of `text` and lets `walk` fill the buffers.
    fn read(
        &mut self,
        text: &[u8],
        walk: impl FnOnce(Value, &mut MessageBuffers) -> Routed,
    ) -> Result<Decoded<'_>, DecodeError> {
        if FRAME_MAX < text.len() {
            return Err(DecodeError::TooLong { got: text.len(), max: FRAME_MAX });
        }
        self.scratch[..text.len()].copy_from_slice(text);
        let padded = &mut self.scratch[..text.len() + INPUT_PADDING];
        let mut tape = std::mem::replace(&mut self.tape, Tape(Default::default())).reset();
        let filled = fill_tape_padded(padded, text.len(), &mut self.buffers, &mut tape);
        let what = match filled {
            Ok(()) => walk(Value::root(&tape.0), &mut self.message),
            Err(_) => Err(DecodeError::NotJson),
        };
        self.tape = tape.reset();
        what.map(|what| self.message.decoded(what))
    }
}

/// The one text the venue sends that is not JSON (PROTOCOL 13).
const GREETING: &[u8] = b"Websocket connection established";

/// Channels of the protocol (8.2) that carry nothing we use.
const IDLE_CHANNELS: [&str; 18] = [
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
    "webData2",
    "webData3",
];

/// One message, by its channel. A channel the protocol does not name is refused: a flipped bit in
/// `userFills` must not pass for silence.
fn route(root: Value, stream: Stream, message: &mut MessageBuffers) -> Routed {
    let [channel, data] =
        root.fields("the message", &["channel", "data"], &[], &mut message.unknown_keys)?;
    let channel = need(channel, "channel")?.text("channel")?;
    let walk = match channel {
        "pong" => return Ok(MessageKind::Alive(stream)),
        "subscriptionResponse" => return Ok(MessageKind::Ack),
        "bbo" => market::bbo,
        "l2Book" => market::book,
        "trades" => market::trades,
        "activeAssetCtx" => market::context,
        "orderUpdates" => rows::updates,
        "userFills" => rows::user_fills,
        "userFundings" => rows::fundings,
        "user" => rows::user_event,
        "clearinghouseState" => account::channel,
        "openOrders" => rows::open_orders_channel,
        "post" => replies::post,
        "error" => replies::error,
        _ if IDLE_CHANNELS.contains(&channel) => return Ok(MessageKind::Quiet),
        _ => return Err(DecodeError::Word { field: "channel", text: Excerpt::new(channel) }),
    };
    walk(need(data, "data")?, message)
}
