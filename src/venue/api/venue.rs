//! `evenkeel venue`: the simulated exchange for other people's clients.

use super::hosted_venue::FlowSource;
use super::push::PushIntervals;
use super::rate_limiter::RateLimits;
use super::server::{BindError, Server, ServerConfig};
use super::service::ServiceConfig;
use crate::host::Clock;
use crate::num::{Qty, Usd, WallMs};
use crate::venue::prng::GOLDEN;
use crate::venue::world::{Instrument, Scenario, World};
use crate::venue::{Catalogue, ExchangeConfig, MarketConfig, MarketEvent, MarketEventKind};
use crate::wire::Source;
use std::io::{self, Write};
use std::net::SocketAddr;

/// How many times deeper than a world's own the books of the venue are: strangers try sizes of
/// 60,000 dollars within 0.3 %, which a world made for one small account does not hold.
const DEPTH: i64 = 8;
/// What `evenkeel venue` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VenueOptions {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Seed of everything random.
    pub seed: u64,
    /// The market that plays `world`; the others walk.
    pub coin: String,
    /// The scenario that plays on the coin.
    pub world: Scenario,
    /// The markets it has.
    pub catalogue: Catalogue,
    /// What an account opens with on every dex.
    pub capital: Usd,
    /// The network whose signatures are taken; both when not given.
    pub network: Option<Source>,
    /// Whether `scheduleCancel` needs a million dollars of volume, as at the real venue.
    pub schedule_gate: bool,
    /// Whether clients have the request budgets of the real venue.
    pub ip_limits: bool,
    /// Whether other machines may connect.
    pub allow_remote: bool,
}

/// Why the venue does not serve.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// It has no such market, but others.
    #[error("{:?} is not traded here; choose one of {}", .0, .1.join(", "))]
    Coin(String, Vec<String>),
    /// It cannot listen on the address.
    #[error(transparent)]
    Bind(BindError),
    /// The system failed while serving.
    #[error("serving failed: {0}")]
    System(io::Error),
}

/// Serves the simulated exchange until `stop` says so. Once it listens, writes
/// `{"listening":"127.0.0.1:PORT"}` to `ready`.
///
/// # Errors
/// The market is unknown, the port is in use, or the system fails.
pub fn venue(
    args: &VenueOptions,
    clock: Clock,
    stop: impl Fn() -> bool,
    ready: &mut impl Write,
) -> Result<(), VenueError> {
    let start = clock.wall();
    let mut exchange = ExchangeConfig::venue(args.catalogue, args.seed, start);
    if !exchange.markets.iter().any(|market| market.name == args.coin) {
        let known = exchange.markets.into_iter().map(|market| market.name).collect();
        return Err(VenueError::Coin(args.coin.clone(), known));
    }
    exchange.dexes.iter_mut().for_each(|dex| dex.deposit = args.capital);
    if !args.schedule_gate {
        exchange.rules.schedule_volume = Usd::ZERO;
    }
    let service = ServiceConfig {
        flow_source: flow_source(args, &exchange.markets, start),
        exchange,
        network: args.network,
        rate_limits: if args.ip_limits { RateLimits::VENUE } else { RateLimits::NONE },
        push_intervals: PushIntervals::VENUE,
    };
    let config = ServerConfig { service, clock, allow_remote: args.allow_remote };
    let mut server = Server::bind(args.listen, config).map_err(VenueError::Bind)?;
    writeln!(ready, "{{\"listening\":\"{}\"}}", server.local_addr())
        .and_then(|()| ready.flush())
        .map_err(VenueError::System)?;
    server.run(stop).map_err(VenueError::System)
}

/// A world for every market.
fn flow_source(args: &VenueOptions, markets: &[MarketConfig], start: WallMs) -> FlowSource {
    let mut seed = args.seed;
    let mut worlds: Vec<World> = Vec::with_capacity(markets.len());
    for market in markets {
        let scenario = if market.name == args.coin { args.world } else { Scenario::Walk };
        let ground = Instrument { spec: market.spec, px: market.mark };
        worlds.push(World::new(scenario, seed, start, ground));
        seed = seed.wrapping_add(GOLDEN);
    }
    Box::new(move |block, flows| {
        let before = flows.len();
        for world in &mut worlds {
            world.next(block, flows);
        }
        flows[before..].iter_mut().for_each(deepen);
    })
}

/// Makes other makers' books [`DEPTH`] times as deep.
fn deepen(flow: &mut MarketEvent) {
    if let MarketEventKind::Quotes { bids, asks } = &mut flow.what {
        for level in bids.iter_mut().chain(asks) {
            level.qty = Qty::from_e8(level.qty.e8() * DEPTH);
        }
    }
}
