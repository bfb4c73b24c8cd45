use super::port::begin_journal;
use super::*;
use crate::engine::{Config, Engine};
use crate::market::event::Command;
use crate::num::{Px, Stamp, Usd, WallMs};
use crate::session::crank;
use crate::session::files::SessionFiles;
use crate::session::header::SessionHeader;
use crate::session::replay::replay;
use crate::venue::api::{PushIntervals, RateLimits, ServiceConfig};
use crate::venue::world::{Instrument, Scenario, World};
use crate::venue::{ExchangeConfig, Rules};
use crate::wire::{Signer, Source};

const START: WallMs = WallMs::from_ms(1_771_939_442_000);
const SECRET: [u8; 32] = [9; 32];

/// A session of the engine in a world, with everything a live one has but sockets.
fn session(scenario: Scenario, seed: u64, minutes: u64) -> (Box<Engine>, SimulatedPort) {
    let mut exchange = ExchangeConfig::bare(seed, START);
    exchange.add(0, "HYPE", 2, 10, Px::from_e8(2_620_000_000));
    exchange.rules = Rules { funding: false, ..Rules::default() };
    exchange.dexes[0].deposit = Usd::from_e8(100 * crate::num::unit::E8);
    let spec = exchange.markets[0].spec;
    let mut world =
        World::new(scenario, seed, START, Instrument { spec, px: exchange.markets[0].mark });
    let service = ServiceConfig {
        exchange,
        flow_source: Box::new(move |block, flows| world.next(block, flows)),
        network: Some(Source::Testnet),
        rate_limits: RateLimits::NONE,
        push_intervals: PushIntervals::VENUE,
    };
    let signer = Signer::new(&SECRET, Source::Testnet).expect("a sound key");
    let delays = Delays { order: Nanos::from_millis(200), feed: Nanos::ZERO };
    let mut network = Network::new(service, signer.address(), START, delays, None);
    let bootstrap = network.bootstrap("HYPE").expect("HYPE is traded there");
    let setup = bootstrap.setup(Config::default(), seed).expect("enough");
    let header = SessionHeader {
        build: "test".to_owned(),
        venue: "simulated".to_owned(),
        world: Some(scenario.name().to_owned()),
        account: signer.address(),
        coins: bootstrap.coins(),
        setup,
        nonce_after: 0,
    };
    let journal = begin_journal(Stamp::default(), &header.to_bytes(), Vec::new());
    let files = Some(SessionFiles::new(Some(journal), None));
    let until = START.plus_ms(minutes * 60_000);
    let port = PortSetup {
        secret: SECRET,
        until,
        killed: None,
        last_command: Command::Stop,
        seed,
        nonce_after: 0,
        files,
    };
    let mut port = SimulatedPort::new(network, &bootstrap, port);
    let mut engine = Box::new(Engine::new(setup));
    crank::run(engine.as_mut(), &mut port, |_, _, _| {}).expect("the tables pass their checks");
    (engine, port)
}

#[test]
fn a_simulated_session_is_a_live_one() {
    let (engine, port) = session(Scenario::Walk, 3, 10);
    let account = port.exchange().account(port.account().0, 0).expect("it was opened");
    let theirs = account.positions.first().map_or(crate::num::Pos::FLAT, |held| held.held.pos);
    assert_eq!(engine.account().position.pos(), theirs);
    assert!(5 <= engine.account().position.count(), "it trades");
    assert_eq!(theirs, crate::num::Pos::FLAT, "it came home");
    assert!(port.exchange().open_orders(port.account().0, 0).is_empty(), "nothing is left");
    assert_eq!(port.garbled(), 0);
    assert!(engine.venue_position().is_some(), "the venue told us our position");
    let counts = port.counts();
    assert_eq!(counts.signatures_refused, 0);
    assert!(1 <= counts.signatures_verified && 1 <= counts.signatures_trusted, "{counts:?}");
}

#[test]
fn it_repeats_byte_for_byte_and_its_journal_replays() {
    let [one, two] = [0, 1].map(|_| session(Scenario::Feb24, 7, 3).1.into_journal());
    let journal = one.expect("one was kept");
    assert!(two.as_ref() == Some(&journal), "the same seed, the same bytes");
    let path = std::env::temp_dir().join(format!("evenkeel-simulated-{}", std::process::id()));
    std::fs::write(&path, &journal).expect("a temporary file");
    let replayed = replay(&path, &|_| false, &mut |_, _| {}).expect("a journal");
    std::fs::remove_file(&path).expect("it was there");
    assert_eq!(replayed.verdict.difference, None);
    assert!(10 < replayed.verdict.actions, "{:?}", replayed.verdict);
}
