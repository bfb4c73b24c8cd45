//! Sessions in which everything goes wrong that can, by seed: the served exchange is the truth, faults
//! lie between it and the engine, and what must hold is looked at after every event.

mod audit;
pub mod fault;
mod faulty;

pub use audit::Violation;

use crate::backtest::session::{LEVERAGE, SharedWorld};
use crate::engine::{Config, Engine};
use crate::market::KillState;
use crate::market::event::Command;
use crate::num::time::MS_NS;
use crate::num::{Nanos, Pos, Px, Stamp, WallMs};
use crate::session::crank;
use crate::session::files::{KeptState, SessionFiles};
use crate::session::header::SessionHeader;
use crate::session::replay::replay;
use crate::session::simulated::port::begin_journal;
use crate::session::simulated::{
    Delays, Network, PortSetup, SimulatedPort, SimulationError, VenueTruth,
};
use crate::session::state::latch::Latch;
use crate::session::state::nonce_mark::NonceMark;
use crate::session::state::store::MemoryDisk;
use crate::venue::api::{PushIntervals, RateLimits, ServiceConfig};
use crate::venue::{ExchangeConfig, Instrument, Rules, Scenario, World};
use crate::wire::{Signer, Source};
use audit::{Audited, TruthAudit};
use fault::{FaultKind, InjectedFault, Profile, plan};
use faulty::{FaultCounts, FaultyNetwork};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// When every run begins, in virtual time.
const START: WallMs = WallMs::from_ms(1_771_939_442_000);
/// Price of the coin at the start.
const PRICE: Px = Px::from_e8(2_620_000_000);
/// Decimals of a size.
const SZ_DECIMALS: u32 = 2;
/// How long things take without a fault.
const DELAYS: Delays = Delays { order: Nanos::from_millis(200), feed: Nanos::from_millis(60) };
/// The key of everybody who trades in virtual time.
const SECRET: [u8; 32] = [7; 32];
/// The last part of a run is without faults: the session must come back to life.
const PEACE: Nanos = Nanos::from_secs(60);
/// After the faults, the position must be the venue's after this.
const RECONCILED_AFTER: Nanos = Nanos::from_secs(20);
/// After the faults, the session must quote again after this, or be halted for a reason.
const RUNNING_AFTER: Nanos = Nanos::from_secs(45);
/// From the death of a process to its restart.
const RESTART_AFTER: Nanos = Nanos::from_secs(1);
/// Most lives of a run: a process that is killed is started again.
const LIVES_MAX: u64 = 8;
/// Positions of no more than this share of an order are dust: a twentieth.
const DUST: i64 = 20;
/// One seed in so many is run through its own journal again.
const REPLAY_EVERY: u64 = 10;

/// What came of a seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// What did not hold: invariant, milliseconds since the beginning, what was seen.
    pub violations: Vec<(String, u64, String)>,
    /// Faults injected and what they touched, by name.
    pub faults: BTreeMap<String, [u64; 2]>,
    /// Fills of the account.
    pub fills: u64,
    /// Times the process was killed, and started again.
    pub kills: u64,
    /// Milliseconds with an order at the venue, while nothing failed.
    pub quoted_ms: u64,
    /// Milliseconds in which nothing failed.
    pub calm_ms: u64,
    /// Hash of everything that came in and went out.
    pub io_sha256: String,
}

/// A run to make.
#[derive(Clone, Copy, Debug)]
pub struct TrialSpec {
    /// The seed of the market, the faults and the signatures.
    pub seed: u64,
    /// How many faults there are.
    pub profile: Profile,
    /// How long it lasts.
    pub length: Nanos,
}

/// A journal on a disk that can be full.
#[derive(Debug)]
struct MemorySink {
    bytes: Vec<u8>,
    disk: MemoryDisk,
}

impl Write for MemorySink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.disk.is_full() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl crate::journal::write::Sink for MemorySink {
    fn sync(&mut self) -> io::Result<()> {
        if self.disk.is_full() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }
}

/// Makes a run with the faults of its seed.
///
/// # Errors
/// The engine wants a table that fails its checks, or the capital is too small.
pub fn run(spec: &TrialSpec) -> Result<Trial, SimulationError> {
    run_with(spec, plan(spec.seed, spec.profile, faults_end(spec)))
}

fn faults_end(spec: &TrialSpec) -> Nanos {
    Nanos::from_ns(spec.length.ns().saturating_sub(PEACE.ns()))
}

/// The fewest of a run's faults that still violate `invariant`, one after another left out.
///
/// # Errors
/// As [`run`].
pub fn shrink(spec: &TrialSpec, invariant: &str) -> Result<Vec<InjectedFault>, SimulationError> {
    let mut faults = plan(spec.seed, spec.profile, faults_end(spec));
    let mut at = 0;
    while at < faults.len() {
        let mut fewer = faults.clone();
        fewer.remove(at);
        let trial = run_with(spec, fewer.clone())?;
        if trial.violations.iter().any(|(name, ..)| name == invariant) {
            faults = fewer;
        } else {
            at += 1;
        }
    }
    Ok(faults)
}

/// A run under way: what outlives its sessions.
struct TrialRun {
    spec: TrialSpec,
    faults: Vec<InjectedFault>,
    world: SharedWorld,
    disk: MemoryDisk,
    counts: FaultCounts,
    trial: Trial,
    hash: Sha256,
    /// When the run began, in nanoseconds since 1970.
    start_ns: u64,
}

/// How a life of the process ended.
enum LifeEnd {
    Killed(Box<Network>),
    Over,
}

fn run_with(spec: &TrialSpec, faults: Vec<InjectedFault>) -> Result<Trial, SimulationError> {
    let config = Config::default();
    let mut exchange = ExchangeConfig {
        rules: Rules { funding: false, ..Rules::default() },
        ..ExchangeConfig::bare(spec.seed, START)
    };
    exchange.dexes.iter_mut().for_each(|dex| dex.deposit = config.capital);
    exchange.add(0, "HYPE", SZ_DECIMALS, LEVERAGE, PRICE);
    let instrument = Instrument { spec: exchange.markets[0].spec, px: PRICE };
    let world = World::new(Scenario::Demo, spec.seed, START, instrument);
    let world = Arc::new(Mutex::new(world));
    let asked = Arc::clone(&world);
    let service = ServiceConfig {
        exchange,
        flow_source: Box::new(move |block, flows: &mut Vec<_>| {
            asked.lock().unwrap_or_else(PoisonError::into_inner).next(block, flows);
        }),
        network: Some(Source::Testnet),
        rate_limits: RateLimits::NONE,
        push_intervals: PushIntervals::VENUE,
    };
    let counts = FaultCounts::default();
    let start_ns = START.ms() * MS_NS;
    let faulty = FaultyNetwork::new(faults.clone(), start_ns, spec.seed, counts.clone());
    let signer = Signer::new(&SECRET, Source::Testnet).expect("a sound key");
    let mut network =
        Network::new(service, signer.address(), START, DELAYS, Some(Box::new(faulty)));
    let mut run = TrialRun {
        spec: *spec,
        faults,
        world,
        disk: MemoryDisk::default(),
        counts: counts.clone(),
        trial: Trial::default(),
        hash: Sha256::new(),
        start_ns,
    };
    for life in 0..LIVES_MAX {
        match run.live(network, config, life)? {
            LifeEnd::Over => break,
            LifeEnd::Killed(left) => {
                run.trial.kills += 1;
                counts.touch(FaultKind::Crash);
                network = *left;
                let restart_ns = network.now_ns() + RESTART_AFTER.ns();
                while network.advance(restart_ns).is_some() {}
            }
        }
    }
    let mut trial = run.trial;
    let by_name = |(kind, touched): (FaultKind, [u64; 2])| (kind.name().to_owned(), touched);
    trial.faults = counts.all().into_iter().map(by_name).collect();
    trial.io_sha256 = run.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(trial)
}

impl TrialRun {
    /// One life of the process, from its start to its end.
    fn live(
        &mut self,
        mut network: Network,
        config: Config,
        life: u64,
    ) -> Result<LifeEnd, SimulationError> {
        let folder = self.disk.folder();
        self.disk.set_full(false);
        let begun_ns = network.now_ns();
        let bootstrap = network.bootstrap("HYPE")?;
        let signer = Signer::new(&SECRET, Source::Testnet).expect("a sound key");
        let tag = self.spec.seed.wrapping_mul(LIVES_MAX) + life;
        let setup = bootstrap.setup(config, tag).map_err(SimulationError::Capital)?;
        let at = Stamp { mono: Default::default(), wall: WallMs::from_ms(begun_ns / MS_NS) };
        let (nonce_mark, nonce_after) =
            NonceMark::begin(&folder, signer.address(), at).expect("the disk has room");
        let header = SessionHeader {
            build: "simulate".to_owned(),
            venue: "simulated".to_owned(),
            world: None,
            account: signer.address(),
            coins: bootstrap.coins(),
            setup,
            nonce_after,
        };
        let latch = Latch::for_session(&folder, &header);
        if latch.why().expect("memory can be read").is_some() {
            return Ok(LifeEnd::Over); // A person must look into it first.
        }
        let sink = MemorySink { bytes: Vec::new(), disk: self.disk.clone() };
        let journal = begin_journal(at, &header.to_bytes(), sink);
        let files = SessionFiles::new(Some(journal), Some(KeptState { latch, nonce_mark }));
        let port = PortSetup {
            secret: SECRET,
            last_command: Command::Stop,
            until: START.plus_ms(self.spec.length.ms()),
            killed: self.next(FaultKind::Crash, begun_ns),
            seed: tag,
            nonce_after,
            files: Some(files),
        };
        let mut port = SimulatedPort::new(network, &bootstrap, port);
        let offset = Nanos::from_ns(begun_ns - self.start_ns);
        let mut strategy = Audited::new(Box::new(Engine::new(setup)), offset);
        let mut watch = Watch { looked: offset, ..Watch::default() };
        let result = crank::run(&mut strategy, &mut port, |at, strategy, port| {
            watch.after(self, at, offset, strategy, port);
        });
        result?;
        for it in watch.truth.violations {
            if strategy.violations.iter().all(|known| known.invariant != it.invariant) {
                strategy.violations.push(it);
            }
        }
        self.end(strategy, port)
    }

    /// When the next fault of a kind begins, if one does.
    fn next(&self, kind: FaultKind, now_ns: u64) -> Option<WallMs> {
        let times = self.faults.iter().filter(|fault| fault.kind == kind);
        let mut times = times.map(|fault| self.start_ns + fault.from.ns());
        times.find(|&from_ns| now_ns < from_ns).map(|ns| WallMs::from_ms(ns / MS_NS))
    }

    /// What the end of a life leaves.
    fn end(
        &mut self,
        mut strategy: Audited,
        mut port: SimulatedPort<MemorySink>,
    ) -> Result<LifeEnd, SimulationError> {
        let now = port.stamp();
        let was_killed = port.was_killed();
        if !was_killed {
            port.find_exit();
            let (account, dex) = port.account();
            let open = port.exchange().open_orders(account, dex).len();
            if 0 < open {
                strategy.violate("I10", now.mono, format!("{open} orders rest after the end"));
            }
            let pos = position(&port);
            let lot = strategy.engine.setup().sizing.lot.e8();
            let stopped = strategy.engine.is_stopping() || strategy.engine.is_halted();
            if stopped && lot < pos.e8().abs() * DUST {
                strategy.violate("I23", now.mono, format!("{pos:?} is left after the end"));
            }
        }
        self.trial.fills += strategy.engine.account().position.count();
        let told = strategy.violations.drain(..);
        let told = told.map(|it| (it.invariant.to_owned(), it.at_ms, it.what));
        self.trial.violations.extend(told);
        let (network, files) = port.leave();
        let disk_was_full = self.disk.is_full();
        self.disk.set_full(false);
        if let Some(Ok(Some(sink))) = files.map(SessionFiles::finish) {
            self.hash.update(&sink.bytes);
            if self.spec.seed.is_multiple_of(REPLAY_EVERY) && !disk_was_full {
                self.check_replay(&sink.bytes, now);
            }
        }
        Ok(if was_killed { LifeEnd::Killed(Box::new(network)) } else { LifeEnd::Over })
    }

    /// Turns a journal through the same engine again (I15).
    fn check_replay(&mut self, journal: &[u8], now: Stamp) {
        let name = format!("evenkeel-simulate-{}-{}", std::process::id(), self.spec.seed);
        let path = std::env::temp_dir().join(name);
        let difference = std::fs::write(&path, journal).map_err(|error| error.to_string());
        let difference = difference.and_then(|()| {
            let replayed = replay(&path, &|_| false, &mut |_, _| {});
            let replayed = replayed.map_err(|error| error.to_string())?;
            replayed.verdict.difference.map_or(Ok(()), |it| Err(format!("{it:?}")))
        });
        // It may not have been written; then the difference says so.
        let _ = std::fs::remove_file(&path);
        if let Err(what) = difference {
            self.trial.violations.push(("I15".to_owned(), now.mono.ms(), what));
        }
    }
}

/// Our position as the venue has it.
fn position(venue: &impl VenueTruth) -> Pos {
    let (account, dex) = venue.account();
    let view = venue.exchange().account(account, dex);
    let held = view.and_then(|view| view.positions.first().map(|it| it.held.pos));
    held.unwrap_or(Pos::FLAT)
}

/// What is looked at from outside while a session runs.
#[derive(Default)]
struct Watch {
    /// When it was last looked at, since the run began.
    looked: Nanos,
    truth: TruthAudit,
}

impl Watch {
    fn after(
        &mut self,
        run: &mut TrialRun,
        at: Stamp,
        offset: Nanos,
        strategy: &Audited,
        port: &mut SimulatedPort<MemorySink>,
    ) {
        let now = offset + at.mono.since(Default::default());
        let fair = run.world.lock().unwrap_or_else(PoisonError::into_inner).fair();
        self.truth.check(now.ms(), strategy, port, position(port), fair);
        let failing = run.faults.iter().any(|fault| fault.holds(now));
        if !failing {
            let passed_ms = now.ms().saturating_sub(self.looked.ms());
            let (account, _) = port.account();
            let asset = strategy.engine.setup().spec.asset;
            let rests = port.exchange().resting(account, asset).iter().any(|qty| 0 < qty.e8());
            run.trial.calm_ms += passed_ms;
            run.trial.quoted_ms += if rests { passed_ms } else { 0 };
        }
        let disk_full = run.faults.iter().any(|it| it.kind == FaultKind::DiskFull && it.holds(now));
        if disk_full {
            run.counts.touch(FaultKind::DiskFull);
            run.disk.set_full(true);
        }
        self.stop(run, now, port);
        self.check_life(run, now, at, strategy, port);
        self.looked = now;
    }

    /// A person stops the session, once for each such fault.
    fn stop(&mut self, run: &TrialRun, now: Nanos, port: &mut SimulatedPort<MemorySink>) {
        let stops = run.faults.iter().filter(|it| it.kind == FaultKind::Stop);
        for fault in stops.filter(|it| self.looked < it.from && it.from <= now) {
            run.counts.touch(FaultKind::Stop);
            port.command(match fault.variant % 4 {
                0 | 1 => Command::Stop,
                2 => Command::StopNow,
                _ => Command::Flatten,
            });
        }
    }

    /// After the faults: the same position as the venue, and quotes again (I4, I7).
    fn check_life(
        &mut self,
        run: &TrialRun,
        now: Nanos,
        at: Stamp,
        strategy: &Audited,
        port: &SimulatedPort<MemorySink>,
    ) {
        let end = faults_end(&run.spec);
        let due = |after: Nanos| self.looked < end + after && end + after <= now;
        let (state, engine) = (strategy.engine.kill().state, &strategy.engine);
        let (ours, theirs) = (engine.account().position.pos(), position(port));
        let at_ms = now.ms();
        if due(RECONCILED_AFTER) && ours != theirs {
            let what = format!("we count {ours:?}, the venue {theirs:?}");
            self.truth.violations.push(Violation { invariant: "I4", at_ms, what });
        }
        if due(RUNNING_AFTER) && state == KillState::Pull && !engine.is_stopping() {
            let what = format!("{:?} long after the last fault, at {at:?}", engine.kill());
            self.truth.violations.push(Violation { invariant: "I7", at_ms, what });
        }
    }
}
