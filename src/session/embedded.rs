//! The simulated exchange in this process, on a loopback port of its own: what `run` trades on when
//! no venue is named.

use crate::host::Clock;
use crate::num::{Usd, WallMs};
use crate::session::venue_address::VenueAddress;
use crate::venue::api::{PushIntervals, RateLimits, Server, ServerConfig, ServiceConfig, Stats};
use crate::venue::world::{Instrument, Scenario, World};
use crate::venue::{Catalogue, ExchangeConfig};
use crate::wire::Source;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// A served exchange on a thread of its own.
pub struct Embedded {
    address: VenueAddress,
    stats: Arc<Stats>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl Embedded {
    /// Serves an exchange on which `world` plays on `coin`.
    ///
    /// # Errors
    /// The coin is not traded there, or the system has no port or thread.
    pub fn start(coin: &str, world: Scenario, seed: u64, clock: Clock) -> Result<Embedded, String> {
        let start = clock.wall();
        let (exchange, flow_source) = stage(coin, world, seed, start)?;
        let service = ServiceConfig {
            exchange,
            flow_source,
            network: Some(Source::Testnet),
            rate_limits: RateLimits::NONE,
            push_intervals: PushIntervals::VENUE,
        };
        let config = ServerConfig { service, clock, allow_remote: false };
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut server = Server::bind(anywhere, config).map_err(|error| error.to_string())?;
        let (address, stats) = (server.local_addr(), server.stats());
        let address = VenueAddress::try_from(address).expect("it was bound to loopback");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let serve = move || {
            server.run(|| stopped.load(Ordering::Relaxed)).map_err(|error| error.to_string())
        };
        let thread = thread::Builder::new().name("venue".to_owned()).spawn(serve);
        let thread = Some(thread.map_err(|error| error.to_string())?);
        Ok(Embedded { address, stats, stop, thread })
    }

    /// Where its REST and socket sides are.
    pub fn address(&self) -> VenueAddress {
        self.address
    }

    /// What it has counted so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Ends it.
    ///
    /// # Errors
    /// It had failed before; the sentence says how.
    pub fn finish(mut self) -> Result<(), String> {
        self.stop.store(true, Ordering::Relaxed);
        let thread = self.thread.take().expect("only `finish` takes it");
        thread.join().map_err(|_| "the embedded exchange broke".to_owned())?
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The exchange and who else trades there.
fn stage(
    coin: &str,
    world: Scenario,
    seed: u64,
    start: WallMs,
) -> Result<(ExchangeConfig, crate::venue::api::FlowSource), String> {
    let mut exchange = ExchangeConfig::venue(Catalogue::February2026, seed, start);
    let Some(market) = exchange.markets.iter().find(|market| market.name == coin) else {
        let known: Vec<&str> = exchange.markets.iter().map(|m| m.name.as_str()).collect();
        return Err(format!("{coin:?} is not traded there; choose one of {}", known.join(", ")));
    };
    let ground = Instrument { spec: market.spec, px: market.mark };
    let mut world = World::new(world, seed, start, ground);
    exchange.rules.schedule_volume = Usd::ZERO;
    Ok((exchange, Box::new(move |block, flows| world.next(block, flows))))
}
