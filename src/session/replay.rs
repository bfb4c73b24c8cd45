//! A recorded session, turned through this build: the same events must give the same requests, byte
//! for byte.

use super::port::{Next, bodied, stepped};
use crate::engine::Engine;
use crate::journal::fact::Fact;
use crate::journal::read::{ReadError, Reader, Record};
use crate::journal::record::{Entry, RequestHeader};
use crate::market::{CoinIx, Event, Health, Requests, Table};
use crate::model::glft::{self, BadTable};
use crate::num::Stamp;
use crate::session::header::{RestQuery, SessionHeader};
use crate::wire::decode::Decoder;
use crate::wire::{Encoder, RequestNonce};
use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

/// What came of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Events stepped.
    pub events: u64,
    /// Requests compared.
    pub actions: u64,
    /// Where the first difference was, if any.
    pub difference: Option<Difference>,
    /// Bytes of a torn tail that were left out.
    pub truncated_bytes: u64,
}

/// Where this build decided otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The place in the journal, in bytes.
    pub offset: u64,
    /// When it was recorded.
    pub at: Stamp,
    /// What was recorded.
    pub recorded: String,
    /// What this build made.
    pub made: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "at byte {} ({} ns after the start): recorded {}, made {}",
            self.offset,
            self.at.mono.ns(),
            self.recorded,
            self.made
        )
    }
}

/// Why a journal cannot be replayed.
#[derive(Debug)]
pub enum ReplayError {
    /// It cannot be read.
    Read(ReadError),
    /// It does not begin with a session record, or with one that this build does not understand.
    Session(String),
    /// Its table cannot be built.
    Table(BadTable),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Read(error) => error.fmt(f),
            ReplayError::Session(why) => f.write_str(why),
            ReplayError::Table(bad) => bad.fmt(f),
        }
    }
}

impl std::error::Error for ReplayError {}

/// A session as this build turned it.
pub struct Replayed {
    /// What it began with.
    pub session: SessionHeader,
    /// The engine as it was at the end.
    pub engine: Box<Engine>,
    /// How it compares.
    pub verdict: Verdict,
}

/// Replays the journal at `path` up to the first moment that is `over`. `facts` sees what was
/// recorded of belief on the way.
///
/// # Errors
/// The file is not a journal, is damaged, or lacks what a replay needs.
pub fn replay(
    path: &Path,
    over: &dyn Fn(Stamp) -> bool,
    facts: &mut dyn FnMut(Stamp, &Fact),
) -> Result<Replayed, ReplayError> {
    let mut reader = Reader::open(path).map_err(ReplayError::Read)?;
    let session = head(&mut reader)?;
    let mut player = Player::new(&session);
    while player.verdict.difference.is_none() {
        match reader.next().map_err(ReplayError::Read)? {
            Some(record) if over(record.at) => break,
            Some(record) => player.on_record(&record, facts)?,
            None => {
                player.verdict.truncated_bytes = reader.truncated().map_or(0, |torn| torn.bytes);
                player.end();
                break;
            }
        }
    }
    let Player { engine, verdict, .. } = player;
    Ok(Replayed { session, engine, verdict })
}

/// The session record a journal begins with.
fn head(reader: &mut Reader) -> Result<SessionHeader, ReplayError> {
    let first = reader.next().map_err(ReplayError::Read)?;
    match first.map(|record| record.entry) {
        Some(Entry::Session(bytes)) => {
            SessionHeader::from_bytes(bytes).map_err(ReplayError::Session)
        }
        Some(_) | None => {
            Err(ReplayError::Session("the journal does not begin with a session record".to_owned()))
        }
    }
}

/// Turns records into steps, and compares what they made with what was recorded.
struct Player {
    engine: Box<Engine>,
    decoder: Decoder,
    encoder: Encoder,
    nonce: RequestNonce,
    made: VecDeque<(RequestHeader, Vec<u8>)>,
    table: Option<Box<Table>>,
    out: Requests,
    garbled: u64,
    verdict: Verdict,
}

impl Player {
    fn new(session: &SessionHeader) -> Player {
        let coins: Vec<&str> = session.coins.iter().map(String::as_str).collect();
        Player {
            engine: Box::new(Engine::new(session.setup)),
            decoder: Decoder::new(&coins),
            encoder: Encoder::new(None),
            nonce: RequestNonce::after(session.nonce_after),
            made: VecDeque::new(),
            table: None,
            out: Requests::new(),
            garbled: 0,
            verdict: Verdict::default(),
        }
    }

    fn on_record(
        &mut self,
        record: &Record<'_>,
        facts: &mut dyn FnMut(Stamp, &Fact),
    ) -> Result<(), ReplayError> {
        let at = record.at;
        let coin = CoinIx(0);
        let next = match record.entry {
            Entry::Frame(stream, bytes) => {
                stepped(at, stream, &mut self.decoder, bytes, &mut self.garbled)
            }
            Entry::Rest(number, bytes) => match RestQuery::from_number(number) {
                None => Next::Handled,
                Some(body) => bodied(at, body, &mut self.decoder, bytes, &mut self.garbled),
            },
            Entry::Wake => Next::Event(at, Event::Wake),
            Entry::Link(stream, link) => Next::Event(at, Event::Link(stream, link)),
            Entry::Alive(stream) => Next::Event(at, Event::Alive(stream)),
            Entry::Slow(slow) => Next::Event(at, Event::Health(Health::Slow(slow))),
            Entry::Command(command) => Next::Event(at, Event::Command(command)),
            Entry::Table(params, hash) => {
                let built = glft::table(&params).map_err(ReplayError::Table)?;
                if built.hash() != hash {
                    let made = format!("table {} with hash {:016x}", params.seq, built.hash());
                    self.differ(record, format!("hash {hash:016x}"), made);
                    return Ok(());
                }
                Next::Event(at, Event::Table(coin, self.table.insert(Box::new(built))))
            }
            Entry::Unsigned(sealed, action) => {
                self.compare(record, sealed, action);
                return Ok(());
            }
            Entry::Fact(fact) => {
                facts(at, &fact);
                return Ok(());
            }
            Entry::Session(_) | Entry::Fault(..) | Entry::Recording(_) | Entry::Market(_) => {
                return Ok(());
            }
        };
        let Next::Event(at, event) = next else { return Ok(()) };
        self.out.clear();
        self.engine.step(at, &event, &mut self.out);
        self.verdict.events += 1;
        self.encode(at);
        Ok(())
    }

    /// The requests of a step as the bytes that would have been signed.
    fn encode(&mut self, at: Stamp) {
        for request in &self.out {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            let sealed = RequestHeader {
                id: request.id,
                nonce: unsigned.nonce(),
                expires: unsigned.expires(),
            };
            self.made.push_back((sealed, unsigned.action().to_vec()));
        }
    }

    fn compare(&mut self, record: &Record<'_>, sealed: RequestHeader, action: &[u8]) {
        let made = self.made.pop_front();
        if made.as_ref().is_some_and(|(s, a)| *s == sealed && a == action) {
            self.verdict.actions += 1;
            return;
        }
        let made = made.map_or("nothing".to_owned(), |(sealed, action)| words(&sealed, &action));
        self.differ(record, words(&sealed, action), made);
    }

    fn differ(&mut self, record: &Record<'_>, recorded: String, made: String) {
        let (offset, at) = (record.offset, record.at);
        self.verdict.difference = Some(Difference { offset, at, recorded, made });
    }

    /// Requests that were made and not recorded are a difference too, unless the journal is torn.
    fn end(&mut self) {
        if let Some((sealed, action)) = self.made.pop_front()
            && self.verdict.difference.is_none()
            && self.verdict.truncated_bytes == 0
        {
            self.verdict.difference = Some(Difference {
                offset: 0,
                at: Stamp::default(),
                recorded: "nothing more".to_owned(),
                made: words(&sealed, &action),
            });
        }
    }
}

/// A request in words: its numbers, and its bytes in hex.
fn words(sealed: &RequestHeader, action: &[u8]) -> String {
    let hex: String = action.iter().map(|byte| format!("{byte:02x}")).collect();
    let expires = sealed.expires.map_or(0, |at| at.ms());
    format!("request {} nonce {} expires {expires} action {hex}", sealed.id.0, sealed.nonce)
}
