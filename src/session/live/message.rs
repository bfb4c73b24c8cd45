//! What the threads of a live session say to each other. Nothing else is shared.

use crate::host::socket::Socket;
use crate::market::{RequestId, Table, TableParams};
use crate::session::links::RestQuery;
use crate::wire::encode::FRAME_MAX;
use crate::wire::{Hash, Signature};
use std::ops::Range;

/// Bytes the answer to one request can have: 64 items of the longest refusal and what surrounds them.
pub const ANSWER_MAX: usize = 32 << 10;

/// A signed request on its way to the sender.
pub struct Outbound {
    /// Our number for it.
    pub id: RequestId,
    /// Whether it goes by REST when the socket is gone.
    pub is_urgent: bool,
    envelope: Range<usize>,
    len: usize,
    bytes: [u8; FRAME_MAX],
}

/// What the sender has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboundKind {
    /// A message of the venue.
    Frame,
    /// Proof that the connection lives.
    Alive,
    /// The connection stands and takes requests.
    Up,
    /// The connection is gone, or a request could not be sent: outcomes are unknown.
    Down,
}

/// Something the sender heard, on its way to the hot thread.
pub struct Inbound {
    /// What kind of news it is.
    pub kind: InboundKind,
    len: usize,
    bytes: [u8; ANSWER_MAX],
}

/// What the hot thread wants of the cold one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColdRequest {
    /// A table with these parameters.
    Table(TableParams),
    /// The venue's own lists of fills, orders and money.
    Sync,
    /// The market connection, anew.
    Connect,
    /// That a person hears of it.
    Say(&'static str),
    /// A look at a signature of ours: whether it is.
    Check(Hash, Signature),
}

/// What the cold thread brings.
#[derive(Debug)]
pub enum ColdReply {
    /// A table that was asked for.
    Table(Box<Table>),
    /// The table that was asked for failed its checks.
    NoTable,
    /// The body of a REST read.
    Body(RestQuery, Vec<u8>),
    /// The reads of a sync are complete, or failed and may be asked for again.
    Synced,
    /// A market connection with every subscription made.
    Market(Box<Socket>),
    /// The market connection could not be made.
    ConnectFailed,
    /// The journal takes nothing more: whatever is done from here on is not recorded.
    Unrecorded,
}

impl Outbound {
    /// Takes over a signed frame, and where in it the envelope lies.
    pub fn set(&mut self, id: RequestId, is_urgent: bool, frame: &[u8], envelope: Range<usize>) {
        (self.id, self.is_urgent) = (id, is_urgent);
        (self.len, self.envelope) = (frame.len(), envelope);
        self.bytes[..frame.len()].copy_from_slice(frame);
    }

    /// The envelope in it: the body of `POST /exchange`.
    pub fn envelope(&self) -> &[u8] {
        &self.bytes[self.envelope.clone()]
    }

    /// The frame that was set.
    pub fn frame(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Inbound {
    /// Becomes something without content.
    pub fn set(&mut self, heard: InboundKind) {
        (self.kind, self.len) = (heard, 0);
    }

    /// Takes over a message of the venue.
    pub fn set_frame(&mut self, message: &[u8]) {
        self.fill(|room| {
            // An answer that is longer than any we asked for is cut, and refused by the decoder.
            let len = message.len().min(room.len());
            room[..len].copy_from_slice(&message[..len]);
            len
        });
    }

    /// Room for a message, which then has `len` bytes.
    pub fn fill(&mut self, read: impl FnOnce(&mut [u8]) -> usize) {
        self.len = read(&mut self.bytes);
        self.kind = InboundKind::Frame;
    }

    /// The message that was read.
    pub fn frame(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Default for Outbound {
    fn default() -> Outbound {
        Outbound {
            id: RequestId(0),
            is_urgent: false,
            envelope: 0..0,
            len: 0,
            bytes: [0; FRAME_MAX],
        }
    }
}

impl Default for Inbound {
    fn default() -> Inbound {
        Inbound { kind: InboundKind::Alive, len: 0, bytes: [0; ANSWER_MAX] }
    }
}
