//! `evenkeel simulate`: sessions with faults, by seed.

use crate::backtest::simulate::fault::{FaultKind, Profile};
use crate::backtest::simulate::{Trial, TrialSpec, run as run_trial, shrink};
use crate::cli::print::bar;
use crate::cli::{Exit, Failure};
use crate::host::Clock;
use crate::num::Nanos;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;

/// Milliseconds of an hour.
const HOUR_MS: f64 = 3.6e6;

/// Play sessions in which everything goes wrong that can, and look at what must hold.
///
/// The served exchange is the truth; connections, answers, prices, clocks, disks and the process
/// itself fail by the seed. A failure names the seed and the command that repeats it.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXIT     0 everything held   7 something did not\n\
                        EXAMPLE  evenkeel simulate --seeds 100 --first-seed 1 --json")]
pub struct SimulateArgs {
    /// How many runs to make.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    seeds: u64,
    /// The seed of the first one; the others follow.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=u64::MAX / 2))]
    first_seed: u64,
    /// How many faults there are.
    #[arg(long, value_enum, default_value = "mixed")]
    profile: ProfileArg,
    /// Simulated minutes of a run.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(3..=600))]
    minutes: u64,
    /// Only faults of this kind, until something does not hold: f01, f03, ...
    #[arg(long, value_name = "KIND", value_parser = fault_kind)]
    find: Option<FaultKind>,
    /// Only this must hold: I1, I4, ...
    #[arg(long, value_name = "NAME")]
    invariant: Option<String>,
    /// Print one JSON object on standard output.
    #[arg(long)]
    json: bool,
    /// Make the runs of this process only, a line each: what the command starts for itself.
    #[arg(long, hide = true)]
    worker: bool,
}

/// How many faults there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProfileArg {
    /// A random few kinds.
    Mixed,
    /// Every kind, as often as it can be.
    Storm,
    /// No fault at all.
    Calm,
}

/// A line of a worker.
#[derive(Debug, Serialize, Deserialize)]
enum WorkerLine {
    /// It begins with a seed.
    Begin(u64),
    /// A run is over.
    Done(u64, Trial),
}

fn fault_kind(name: &str) -> Result<FaultKind, String> {
    FaultKind::named(name).ok_or_else(|| {
        let names: Vec<&str> = FaultKind::all().map(FaultKind::name).collect();
        format!("choose one of {}", names.join(", "))
    })
}

/// Makes the runs, in processes of their own: an abort is a violation like others.
pub fn run(args: &SimulateArgs) -> Result<(), Failure> {
    if args.worker {
        return work(args);
    }
    let clock = Clock::start();
    let shards = thread::available_parallelism().map_or(1, usize::from) as u64;
    let bar = bar(args.seeds, "runs");
    let trials = Mutex::new(BTreeMap::new());
    let made = thread::scope(|scope| {
        let shard = |of: u64| {
            let (bar, trials) = (&bar, &trials);
            scope.spawn(move || {
                supervise(args, of, shards, &|seed, trial| {
                    bar.inc(1);
                    trials.lock().unwrap_or_else(PoisonError::into_inner).insert(seed, trial);
                })
            })
        };
        let workers: Vec<_> = (0..shards).map(shard).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, Result<(), Failure>>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(join).collect::<Result<Vec<()>, Failure>>()
    });
    made?;
    bar.finish_and_clear();
    let trials = trials.into_inner().unwrap_or_else(PoisonError::into_inner);
    tell(args, &trials, clock.mono().ns() as f64 / 1e9)
}

/// Whether a violation is one that is looked for.
fn counts(args: &SimulateArgs, name: &str) -> bool {
    args.invariant.as_ref().is_none_or(|only| only == name)
}

fn tell(args: &SimulateArgs, trials: &BTreeMap<u64, Trial>, wall_s: f64) -> Result<(), Failure> {
    let mut violations = Vec::new();
    let mut faults: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    let mut hash = Sha256::new();
    for (seed, trial) in trials {
        hash.update(&trial.io_sha256);
        for (name, [injected, seen]) in &trial.faults {
            let sum = faults.entry(name).or_default();
            *sum = [sum[0] + injected, sum[1] + seen];
        }
        let told = trial.violations.iter().filter(|it| counts(args, &it.0));
        violations.extend(told.map(|(name, at_ms, what)| (*seed, name, *at_ms, what)));
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let sum = |of: fn(&Trial) -> u64| trials.values().map(of).sum::<u64>();
    let named = |at: usize| {
        let rows = faults.iter().map(|(name, counts)| ((*name).to_owned(), counts[at].into()));
        Value::Object(Map::from_iter(rows))
    };
    let (quoted, calm) = (sum(|trial| trial.quoted_ms), sum(|trial| trial.calm_ms));
    let hours = (trials.len() as u64 * args.minutes * 60_000) as f64 / HOUR_MS;
    let shown = violations.iter().map(|(seed, name, at_ms, what)| {
        json!({"seed": seed, "invariant": name, "at_ms": at_ms, "what": what})
    });
    let object = json!({
        "schema": 1,
        "seeds": args.seeds,
        "first_seed": args.first_seed,
        "violations": shown.collect::<Vec<_>>(),
        "faults_injected": named(0),
        "effects_seen": named(1),
        "kills": sum(|trial| trial.kills),
        "restarts": sum(|trial| trial.kills),
        "fills": sum(|trial| trial.fills),
        "quoted_share": quoted as f64 / calm.max(1) as f64,
        "io_sha256": digest,
        "simulated_hours": hours,
        "wall_s": wall_s,
    });
    say!(
        "{} runs, {hours:.1} simulated hours in {wall_s:.1} s: {} violations, {} fills, quoted {:.1} % of the time without fault",
        trials.len(),
        violations.len(),
        sum(|trial| trial.fills),
        100.0 * quoted as f64 / calm.max(1) as f64,
    );
    if args.json {
        tell!("{object}");
    }
    let Some((seed, name, at_ms, what)) = violations.first() else { return Ok(()) };
    say!("seed {seed}: {name} at {at_ms} ms: {what}");
    say!("repeat: evenkeel simulate --first-seed {seed} --seeds 1{}", options(args));
    if *name != ABORT {
        tell_shrunk(args, *seed, name);
    }
    let words = format!("{} violations, the first in seed {seed}: {name}", violations.len());
    Err(Failure::new(Exit::Mismatch, words))
}

/// The fewest faults that show the first violation.
fn tell_shrunk(args: &SimulateArgs, seed: u64, invariant: &str) {
    match shrink(&spec(args, seed), invariant) {
        Ok(faults) => {
            say!("shrunk to {} faults:", faults.len());
            for fault in faults {
                let (from, until) = (fault.from.ms(), fault.until.ms());
                say!(
                    "  {} from {from} to {until} ms, variant {}",
                    fault.kind.name(),
                    fault.variant
                );
            }
        }
        Err(error) => say!("it could not be shrunk: {error}"),
    }
}

fn options(args: &SimulateArgs) -> String {
    let profile = match args.profile {
        ProfileArg::Mixed => "",
        ProfileArg::Storm => " --profile storm",
        ProfileArg::Calm => " --profile calm",
    };
    let find = args.find.map_or_else(String::new, |kind| format!(" --find {}", kind.name()));
    format!(" --minutes {}{profile}{find}", args.minutes)
}

fn spec(args: &SimulateArgs, seed: u64) -> TrialSpec {
    let profile = match (args.find, args.profile) {
        (Some(kind), _) => Profile::Only(kind),
        (None, ProfileArg::Mixed) => Profile::Mixed,
        (None, ProfileArg::Storm) => Profile::Storm,
        (None, ProfileArg::Calm) => Profile::Calm,
    };
    TrialSpec { seed, profile, length: Nanos::from_secs(60 * args.minutes) }
}

/// How a process that ended by itself is named among the violations.
const ABORT: &str = "abort";

/// Runs a worker for every seed of a shard; begins another one after a seed that ended it.
fn supervise(
    args: &SimulateArgs,
    shard: u64,
    shards: u64,
    done: &(impl Fn(u64, Trial) + Sync),
) -> Result<(), Failure> {
    let share = args.seeds / shards + u64::from(shard < args.seeds % shards);
    let first = args.first_seed + shard * (args.seeds / shards) + shard.min(args.seeds % shards);
    let end = first + share;
    let mut next = first;
    while next < end {
        next = one_worker(args, next, end, done)?;
    }
    Ok(())
}

/// The seed to go on with.
fn one_worker(
    args: &SimulateArgs,
    first: u64,
    end: u64,
    done: &(impl Fn(u64, Trial) + Sync),
) -> Result<u64, Failure> {
    let failed = Failure::of(Exit::Unexpected);
    let program = std::env::current_exe().map_err(&failed)?;
    let mut command = Command::new(program);
    let options = options(args);
    command.args(["simulate", "--worker", "--first-seed", &first.to_string(), "--seeds"]);
    command.arg((end - first).to_string()).args(options.split_whitespace());
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(&failed)?;
    let stdout = child.stdout.take().expect("it is piped");
    let mut next = first;
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(&failed)?;
        match serde_json::from_str(&line).map_err(Failure::of(Exit::Unexpected))? {
            WorkerLine::Begin(seed) => next = seed,
            WorkerLine::Done(seed, trial) => {
                done(seed, trial);
                next = seed + 1;
            }
        }
    }
    let output = child.wait_with_output().map_err(&failed)?;
    if !output.status.success() && next < end {
        let words = String::from_utf8_lossy(&output.stderr);
        let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
        let what = lines.take(2).collect::<Vec<_>>().join(" ");
        let violations = vec![(ABORT.to_owned(), 0, what.chars().take(300).collect())];
        done(next, Trial { violations, ..Trial::default() });
        next += 1;
    }
    Ok(next)
}

/// Makes the runs of a worker.
fn work(args: &SimulateArgs) -> Result<(), Failure> {
    for seed in args.first_seed..args.first_seed + args.seeds {
        tell!("{}", line(&WorkerLine::Begin(seed)));
        let trial = run_trial(&spec(args, seed)).map_err(Failure::of(Exit::Unexpected))?;
        tell!("{}", line(&WorkerLine::Done(seed, trial)));
    }
    Ok(())
}

fn line(line: &WorkerLine) -> String {
    serde_json::to_string(line).expect("plain fields with text keys")
}
