//! `evenkeel venue`: serves the simulated exchange.

use crate::cli::words::{dollars, scenario};
use crate::cli::{Exit, Failure};
use crate::host::{Clock, Signals};
use crate::num::Usd;
use crate::venue::Catalogue;
use crate::venue::api;
use crate::venue::world::Scenario;
use crate::wire::Source;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;

/// Serve the simulated exchange on loopback until SIGTERM or Ctrl+C.
///
/// Speaks Hyperliquid's own protocol (`/info`, `/exchange`, `/ws`) and checks signatures. An account
/// opens when it is first asked about. Prints its address once ready.
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
    /// The markets it has, by the month in which the real venue had them.
    #[arg(long, value_enum, default_value = "2026-02", value_name = "MONTH")]
    catalogue: CatalogueArg,
    /// What an account opens with on each dex.
    #[arg(long, value_parser = dollars, default_value = "10000", value_name = "DOLLARS")]
    capital: Usd,
    /// The network whose signatures it takes; both when not given.
    #[arg(long, value_enum)]
    network: Option<NetworkArg>,
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

/// The markets of a venue.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CatalogueArg {
    /// BTC, ETH, SOL and HYPE on the main dex, HYPE and BTC on `hyna`.
    #[value(name = "2026-02")]
    February2026,
}

/// A network that keys sign for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum NetworkArg {
    /// The venue's network of play money.
    Testnet,
    /// Real money at the real venue; here only its signatures.
    Mainnet,
}

/// Serves until asked to stop.
pub fn run(args: &VenueArgs) -> Result<(), Failure> {
    let signals = Signals::install().map_err(Failure::of(Exit::Unexpected))?;
    let told = api::VenueOptions {
        listen: args.listen,
        seed: args.seed,
        coin: args.coin.clone(),
        world: args.world,
        catalogue: match args.catalogue {
            CatalogueArg::February2026 => Catalogue::February2026,
        },
        capital: args.capital,
        network: args.network.map(|network| match network {
            NetworkArg::Testnet => Source::Testnet,
            NetworkArg::Mainnet => Source::Mainnet,
        }),
        schedule_gate: !args.no_schedule_gate,
        ip_limits: !args.no_limits,
        allow_remote: args.allow_remote,
    };
    let stop = || signals.stop();
    api::venue(&told, Clock::start(), stop, &mut std::io::stdout())
        .map_err(Failure::of(Exit::Usage))
}
