//! A recorded session, turned through this build: the same events must give the same requests, byte
//! for byte.

use crate::engine::Engine;
use crate::journal::fact::Fact;
use crate::journal::read::{ReadError, Reader, Record};
use crate::journal::record::{Entry, RequestHeader};
use crate::market::{CoinIx, Event, Health, Requests, Table};
use crate::model::glft::{self, BadTable};
use crate::num::time::TIME_MAX_MS;
use crate::num::{Mono, Stamp};
use crate::session::crank;
use crate::session::header::SessionHeader;
use crate::session::links::RestQuery;
use crate::session::port::{Next, Port, bodied, stepped};
use crate::wire::decode::Decoder;
use crate::wire::{Encoder, RequestNonce};
use std::collections::VecDeque;
use std::fmt;
use std::path::Path;

/// What came of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many events were stepped.
    pub events: u64,
    /// How many requests were compared.
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
    /// What the journal has recorded.
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
    /// How the replay compares with the journal.
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
    let mut engine = Box::new(Engine::new(session.setup));
    let coins: Vec<&str> = session.coins.iter().map(String::as_str).collect();
    let mut port = JournalPort {
        reader,
        over,
        facts,
        decoder: Decoder::new(&coins),
        encoder: Encoder::new(None),
        nonce: RequestNonce::after(session.nonce_after),
        made: VecDeque::new(),
        heard: Mono::START,
        table: None,
        garbled: 0,
        verdict: Verdict::default(),
    };
    crank::run(engine.as_mut(), &mut port, |_, _, _| {})?;
    Ok(Replayed { session, engine, verdict: port.verdict })
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

/// Whether a record is stepped.
fn is_input(entry: &Entry<'_>) -> bool {
    match entry {
        Entry::Frame(..)
        | Entry::Wake
        | Entry::Table(..)
        | Entry::Rest(..)
        | Entry::Link(..)
        | Entry::Command(_)
        | Entry::Alive(_)
        | Entry::Slow(_) => true,
        Entry::Session(_)
        | Entry::Recording(_)
        | Entry::Market(_)
        | Entry::Unsigned(..)
        | Entry::Fault(..)
        | Entry::Fact(_) => false,
    }
}

/// The port of a recorded session: its records come as events, and what is sent is compared with what
/// was recorded.
struct JournalPort<'f> {
    reader: Reader,
    over: &'f dyn Fn(Stamp) -> bool,
    facts: &'f mut dyn FnMut(Stamp, &Fact),
    decoder: Decoder,
    encoder: Encoder,
    nonce: RequestNonce,
    made: VecDeque<(RequestHeader, Vec<u8>)>,
    /// When the last event was: time goes forward.
    heard: Mono,
    table: Option<Box<Table>>,
    garbled: u64,
    verdict: Verdict,
}

impl Port<Engine> for JournalPort<'_> {
    type Error = ReplayError;

    fn next(&mut self, _wake: Mono) -> Result<Next<'_>, ReplayError> {
        let JournalPort { reader, decoder, garbled, verdict, made, .. } = self;
        if verdict.difference.is_some() {
            return Ok(Next::End);
        }
        let record = match reader.next().map_err(ReplayError::Read)? {
            Some(record) if (self.over)(record.at) => return Ok(Next::End),
            Some(record) => record,
            None => {
                verdict.truncated_bytes = reader.truncated().map_or(0, |torn| torn.bytes);
                verdict.on_end(made);
                return Ok(Next::End);
            }
        };
        let at = record.at;
        if is_input(&record.entry) {
            if at.mono < self.heard || TIME_MAX_MS < at.wall.ms() {
                let what = format!("an event at byte {} is of no time that can be", record.offset);
                return Err(ReplayError::Session(what));
            }
            self.heard = at.mono;
        }
        Ok(match record.entry {
            Entry::Frame(stream, bytes) => stepped(at, stream, decoder, bytes, garbled),
            Entry::Rest(number, bytes) => match RestQuery::from_number(number) {
                None => Next::Handled,
                Some(body) => bodied(at, body, decoder, bytes, garbled),
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
                    verdict.differ(&record, format!("hash {hash:016x}"), made);
                    return Ok(Next::Handled);
                }
                Next::Event(at, Event::Table(CoinIx(0), self.table.insert(Box::new(built))))
            }
            Entry::Unsigned(sealed, action) => {
                verdict.compare(&record, sealed, action, made.pop_front());
                Next::Handled
            }
            Entry::Fact(fact) => {
                (self.facts)(at, &fact);
                Next::Handled
            }
            Entry::Session(_) | Entry::Fault(..) | Entry::Recording(_) | Entry::Market(_) => {
                Next::Handled
            }
        })
    }

    /// Keeps the requests of a step as the bytes that would have been signed.
    fn send(&mut self, at: Stamp, requests: &Requests) -> Result<(), ReplayError> {
        self.verdict.events += 1;
        for request in requests {
            let unsigned = self.encoder.build(request, self.nonce.next(at.wall));
            let (id, nonce, expires) = (request.id, unsigned.nonce(), unsigned.expires());
            let sealed = RequestHeader { id, nonce, expires };
            self.made.push_back((sealed, unsigned.action().to_vec()));
        }
        Ok(())
    }

    fn note(&mut self, _at: Stamp, _engine: &Engine) -> Result<(), ReplayError> {
        Ok(())
    }
}

impl Verdict {
    fn compare(
        &mut self,
        record: &Record<'_>,
        sealed: RequestHeader,
        action: &[u8],
        made: Option<(RequestHeader, Vec<u8>)>,
    ) {
        if made.as_ref().is_some_and(|(s, a)| *s == sealed && a == action) {
            self.actions += 1;
            return;
        }
        let made = made.map_or("nothing".to_owned(), |(sealed, action)| words(&sealed, &action));
        self.differ(record, words(&sealed, action), made);
    }

    fn differ(&mut self, record: &Record<'_>, recorded: String, made: String) {
        let (offset, at) = (record.offset, record.at);
        self.difference = Some(Difference { offset, at, recorded, made });
    }

    /// Requests that were made and not recorded are a difference too, unless the journal is torn.
    fn on_end(&mut self, made: &mut VecDeque<(RequestHeader, Vec<u8>)>) {
        if let (Some((sealed, action)), 0) = (made.pop_front(), self.truncated_bytes) {
            let (recorded, made) = ("nothing more".to_owned(), words(&sealed, &action));
            let (offset, at) = (0, Stamp::default());
            self.difference = Some(Difference { offset, at, recorded, made });
        }
    }
}

/// A request in words: its numbers, and its bytes in hex.
fn words(sealed: &RequestHeader, action: &[u8]) -> String {
    let hex: String = action.iter().map(|byte| format!("{byte:02x}")).collect();
    let expires = sealed.expires.map_or(0, |at| at.ms());
    format!("request {} nonce {} expires {expires} action {hex}", sealed.id.0, sealed.nonce)
}
