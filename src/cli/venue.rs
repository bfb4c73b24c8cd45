//! `evenkeel venue`: serves the simulated exchange.

use crate::cli::words::scenario;
use crate::cli::{Exit, Failure};
use crate::host::{Clock, Signals};
use crate::venue::api;
use crate::venue::world::Scenario;
use clap::Args;
use std::net::SocketAddr;

/// Serve the simulated exchange on loopback until SIGTERM or Ctrl+C.
///
/// Speaks Hyperliquid's own protocol (`/info`, `/exchange`, `/ws`) and checks signatures. An account
/// opens with $10,000 on each dex when it is first asked about. Prints its address once ready.
#[derive(Clone, Debug, Args)]
#[command(after_help = "EXAMPLE  evenkeel venue --listen 127.0.0.1:3001 --coin hyna:HYPE")]
pub struct VenueArgs {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3001", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The coin on which WORLD plays; the others walk.
    #[arg(long, default_value = "hyna:HYPE")]
    coin: String,
    /// The scenario that plays on COIN.
    #[arg(long, default_value = "walk", value_parser = scenario)]
    world: Scenario,
    /// Grant `scheduleCancel` without a million dollars of volume.
    #[arg(long)]
    no_schedule_gate: bool,
    /// Serve without the request limits of the real venue.
    #[arg(long)]
    no_limits: bool,
    /// Listen on an address that other machines can reach.
    #[arg(long)]
    allow_remote: bool,
}

/// Serves until asked to stop.
pub fn run(args: &VenueArgs) -> Result<(), Failure> {
    let signals = Signals::install().map_err(Failure::of(Exit::Unexpected))?;
    let told = api::VenueOptions {
        listen: args.listen,
        seed: args.seed,
        coin: args.coin.clone(),
        world: args.world,
        schedule_gate: !args.no_schedule_gate,
        ip_limits: !args.no_limits,
        allow_remote: args.allow_remote,
    };
    let stop = || signals.stop();
    api::venue(&told, Clock::start(), stop, &mut std::io::stdout())
        .map_err(Failure::of(Exit::Usage))
}
