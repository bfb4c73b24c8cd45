//! The beginning and the end of a live session.

use super::cold::{Cold, Observer};
use super::config::SessionConfig;
use super::message::{Inbound, Outbound};
use super::sender::Sender;
use crate::engine::Engine;
use crate::host::lock;
use crate::host::pin::Core;
use crate::host::ring::{pool, ring};
use crate::host::socket::{MESSAGE_MAX, Poller, ThreadWaker};
use crate::journal::hot_writer::Buffer;
use crate::journal::record::Entry;
use crate::journal::write::Writer;
use crate::market::CoinIx;
use crate::model::glft;
use crate::num::{Mono, Stamp};
use crate::session::bootstrap::VenueAccount;
use crate::session::crank;
use crate::session::exit::{ExitInput, ExitMachine, ExitReason, ExitWish, VenueEnd};
use crate::session::files::{KeptState, SessionFiles};
use crate::session::header::SessionHeader;
use crate::session::links::{LinkMachine, RestQuery, Topics};
use crate::session::live::cache_warmer::CacheWarmer;
use crate::session::live::cancel_all::CancelAll;
use crate::session::live::hot::{HotState, HotThread, IdleStrategy, Rings};
use crate::session::live::rest_worker::{Endpoint, RestRoute, RestWorker};
use crate::wire::decode::Decoder;
use crate::wire::nonce::{NonceConsumer, NonceProducer, Pool};
use crate::wire::{Encoder, RequestNonce, Signer};
use std::fs::File;
use std::thread::{self, Scope, ScopedJoinHandle};

/// Requests that may wait for the sender.
const REQUESTS: usize = 64;
/// Answers that may wait for the hot thread.
const ANSWERS: usize = 64;
/// Journal slots of 4 KiB: enough for the cold thread to stall for seconds.
const SLOTS: usize = 4096;
/// Wishes and what they bring.
const NEWS: usize = 64;
/// Threads that spin when every one of them has a core: the hot one and the sender.
const SPINNING: usize = 2;

/// What remains of a session.
pub struct SessionResult<O> {
    /// Why it came to its end.
    pub ending: ExitReason,
    /// When the hot thread ended.
    pub at: Stamp,
    /// The engine as it was.
    pub engine: Box<Engine>,
    /// Who saw the facts.
    pub observer: O,
    /// What the venue says after the end.
    pub venue: VenueEnd,
    /// Signatures made, and how many of them without a prepared nonce.
    pub signed: crate::wire::sign::SignatureCounts,
    /// Messages the decoder refused.
    pub garbled: u64,
}

/// Runs a session to its end.
///
/// # Errors
/// It cannot begin, or its end cannot be verified: the venue does not answer, the journal cannot be
/// made, the key is not one. The sentence says which.
pub fn run<O: Observer + 'static>(
    mut plan: SessionConfig,
    mut observer: O,
) -> Result<SessionResult<O>, String> {
    let engine = Box::new(Engine::new(plan.session.setup));
    let cores = plan.cores.choose(SPINNING + plan.others);
    if cores.is_none() {
        observer.on_notice("fewer cores than threads: waiting for sockets instead of spinning");
    }
    let mut pool = Box::new(Pool::new());
    if let Err(error) = lock::keep(&*pool) {
        observer
            .on_notice(&format!("the pages of the prepared nonces could not be locked: {error}"));
    }
    let mut shadows = Box::new(Pool::new());
    let halves = [pool.split(), shadows.split()];
    let kept = plan.kept.take();
    let (ended, observer) = thread::scope(|scope| {
        let threads = Threads::start(scope, &plan, cores.as_deref(), halves, (kept, observer))?;
        let Threads { port, sender, cold } = threads;
        let core = cores.as_ref().map(|cores| cores[0]);
        let hot = spawn(scope, "hot", core, move || hot_loop(engine, port))?;
        let ended = hot.join().map_err(|_| "the hot thread broke".to_owned())?;
        sender.join().map_err(|_| "the sender broke".to_owned())?;
        let observer = cold.join().map_err(|_| "the cold thread broke".to_owned())?;
        Ok::<_, String>((ended, observer))
    })?;
    Ok(finish(&plan, ended, observer))
}

/// The threads beside the hot one, and what that one works with.
struct Threads<'s, O> {
    port: HotThread<'s>,
    sender: ScopedJoinHandle<'s, ()>,
    cold: ScopedJoinHandle<'s, O>,
}

impl<'s, O: Observer + 'static> Threads<'s, O> {
    fn start<'e: 's>(
        scope: &'s Scope<'s, 'e>,
        plan: &SessionConfig,
        cores: Option<&[Core]>,
        [(filler, taker), (warm_filler, warm_taker)]: [(NonceProducer<'s>, NonceConsumer<'s>); 2],
        (kept, observer): (Option<KeptState>, O),
    ) -> Result<Threads<'s, O>, String> {
        let waiters = IdleSetup::make(cores.is_none())?;
        let (requests, to_send) = pool(REQUESTS, Outbound::default);
        let (answers_in, answers) = pool(ANSWERS, Inbound::default);
        let (slots, to_write) = pool(SLOTS, Buffer::new);
        let (asks, asked) = ring(NEWS);
        let (news_in, news) = ring(NEWS);
        let signer = Signer::new(&plan.secret, plan.source).map_err(|error| error.to_string())?;
        let sender = Sender {
            url: plan.url.clone(),
            clock: plan.clock.clone(),
            requests: to_send,
            answers: answers_in,
            link: LinkMachine::orders(plan.session.setup.tag),
            rest: RestRoute::new(plan.rest.clone()),
            idle: waiters.sender.map(|waiter| (waiter, waiters.hot_bell.clone().expect("a pair"))),
        };
        let cold = Cold {
            clock: plan.clock.clone(),
            slots: to_write,
            files: SessionFiles::new(open_journal(plan)?, kept),
            requests: asked,
            replies: news_in,
            nonces: filler,
            preparer: Some(signer.preparer()),
            warm: cores.map(|_| (warm_filler, CacheWarmer::preparer())),
            signer: signer.address(),
            rest_worker: RestWorker::new(endpoint(plan)),
            failures: Vec::new(),
            waker: waiters.hot_bell,
            observer,
        };
        let rings = Rings {
            requests,
            answers,
            cold_requests: asks,
            cold_replies: news,
            slots,
            nonces: taker,
        };
        let shadow = cores.map(|_| CacheWarmer::new(&plan.session.setup, warm_taker)).transpose();
        let shadow = shadow.map_err(|bad| bad.to_string())?;
        let port = HotThread { cache_warmer: shadow, ..port(plan, rings, waiters.pace, signer) };
        let core = cores.map(|cores| cores[1]);
        let sender = spawn(scope, "sender", core, move || sender.run())?;
        let cold = spawn(scope, "cold", None, move || cold.run())?;
        Ok(Threads { port, sender, cold })
    }
}

/// How the threads wait, where they must.
struct IdleSetup {
    pace: IdleStrategy,
    sender: Option<Poller>,
    hot_bell: Option<ThreadWaker>,
}

impl IdleSetup {
    fn make(scarce: bool) -> Result<IdleSetup, String> {
        if !scarce {
            return Ok(IdleSetup { pace: IdleStrategy::Spin, sender: None, hot_bell: None });
        }
        let hot = Poller::new().map_err(|error| error.to_string())?;
        let sender = Poller::new().map_err(|error| error.to_string())?;
        let hot_bell = Some(hot.waker());
        let pace = IdleStrategy::Wait { waiter: hot, sender: sender.waker() };
        Ok(IdleSetup { pace, sender: Some(sender), hot_bell })
    }
}

fn port<'p>(
    plan: &SessionConfig,
    rings: Rings<'p>,
    pace: IdleStrategy,
    signer: Signer,
) -> HotThread<'p> {
    let coins: Vec<&str> = plan.session.coins.iter().map(String::as_str).collect();
    let mut encoder = Encoder::new(None);
    encoder.check_against(plan.session.setup.spec);
    HotThread {
        clock: plan.clock.clone(),
        rings,
        idle: pace,
        cache_warmer: None,
        signals: plan.signals.clone(),
        deadline: plan.duration.map(|duration| plan.clock.mono() + duration),
        decoder: Decoder::new(&coins),
        encoder,
        signer,
        nonce: RequestNonce::after(plan.session.nonce_after),
        coin: CoinIx(0),
        resubscription: endpoint(plan).topics.resubscription(),
        state: HotState::new(MESSAGE_MAX, LinkMachine::market(plan.session.setup.tag)),
    }
}

fn endpoint(plan: &SessionConfig) -> Endpoint {
    let topics = Topics {
        account: plan.session.account,
        coin: plan.session.coins[0].clone(),
        dex: plan.dex.clone(),
        reference: plan.session.coins.get(1).cloned(),
    };
    Endpoint { rest: plan.rest.clone(), url: plan.url.clone(), topics }
}

/// The journal with its head written.
fn open_journal(plan: &SessionConfig) -> Result<Option<Writer<File>>, String> {
    let Some(path) = &plan.journal else { return Ok(None) };
    let named = |error: crate::journal::write::WriteError| format!("{}: {error}", path.display());
    let mut writer = Writer::create(path).map_err(named)?;
    let head = plan.session.to_bytes();
    writer.enter(plan.clock.stamp(), &Entry::Session(&head)).map_err(named)?;
    Ok(Some(writer))
}

fn spawn<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    name: &str,
    core: Option<Core>,
    work: impl FnOnce() -> T + Send + 's,
) -> Result<ScopedJoinHandle<'s, T>, String> {
    let pinned = move || {
        if let Some(core) = core {
            // Not pinned is slower, not wrong; `tune check` tells.
            let _ = core.pin_current();
        }
        work()
    };
    let thread = thread::Builder::new().name(name.to_owned());
    thread.spawn_scoped(scope, pinned).map_err(|error| error.to_string())
}

/// What the hot thread leaves behind.
struct HotResult {
    ending: ExitReason,
    at: Stamp,
    engine: Box<Engine>,
    settled_at: Mono,
    signed: crate::wire::sign::SignatureCounts,
    garbled: u64,
}

/// Turns the crank until the session is over.
fn hot_loop(mut engine: Box<Engine>, mut port: HotThread<'_>) -> HotResult {
    let turned = crank::run(engine.as_mut(), &mut port, |_, _, _| {});
    let ending = match turned {
        Ok(()) => port.state.ended.clone().expect("the port says that it is over when it is"),
        Err(fault) => ExitReason::Failed(fault),
    };
    port.close();
    let (at, signed, garbled) = (port.clock.stamp(), port.signer.counts(), port.state.garbled);
    let settled_at = port.state.settled_at;
    HotResult { ending, at, engine, settled_at, signed, garbled }
}

/// Makes sure that nothing of ours is left, and asks the venue for its truth.
fn finish<O: Observer>(
    plan: &SessionConfig,
    ended: HotResult,
    mut observer: O,
) -> SessionResult<O> {
    let coin = plan.session.coins[0].as_str();
    let cancel_all = CancelAll::new(plan);
    let question = endpoint(plan).topics.question(RestQuery::Account);
    let mut failed = |why: String| {
        observer.on_notice(&why);
        ExitInput::Failed
    };
    let mut exit = ExitMachine::new(plan.clock.mono(), ended.settled_at);
    let mut heard = ExitInput::Begun;
    let venue = loop {
        heard = match exit.step(plan.clock.mono(), heard) {
            ExitWish::List => match cancel_all.open_orders() {
                Ok(open) => ExitInput::Open(open),
                Err(why) => failed(why),
            },
            ExitWish::Cancel(oids) => match cancel_all.cancel(&oids) {
                Ok(()) => ExitInput::Cancelled,
                Err(why) => failed(why),
            },
            ExitWish::Account => {
                let state = plan.rest.info(&question).map_err(|error| error.to_string());
                let read = |state| VenueAccount::read(&state, coin);
                match state.and_then(|state| read(state).map_err(|error| error.to_string())) {
                    Ok(account) => ExitInput::Account(account),
                    Err(why) => failed(why),
                }
            }
            ExitWish::Wait(until) => {
                plan.clock.sleep(until.since(plan.clock.mono()));
                ExitInput::Waited
            }
            ExitWish::Done(venue) => break venue,
        };
    };
    let HotResult { ending, at, engine, signed, garbled, .. } = ended;
    SessionResult { ending, at, engine, observer, venue, signed, garbled }
}

/// The table a session begins with, checked before anything is connected.
///
/// # Errors
/// The settings make a table that fails its checks, a zero skew among them.
pub fn first_table(session: &SessionHeader) -> Result<Box<crate::market::Table>, String> {
    let engine = Engine::new(session.setup);
    let wish = engine.table_wish(Mono::START).ok_or("the engine wants no table")?;
    glft::table(&wish).map(Box::new).map_err(|bad| bad.to_string())
}
