use super::*;
use crate::backtest::as_was::AsWas;
use crate::backtest::baseline::BaselineStrategy;
use crate::engine::Engine;
use crate::market::{
    Action, Allowance, AssetId, Cloid, Event, Place, Request, RequestId, Requests, TableParams, Tif,
};
use crate::market::{KillState, KillStatus};
use crate::num::unit::E8;
use crate::num::{Bps, Mono, Qty, Side, Stamp};
use crate::session::crank::Strategy;

fn open(scenario: Scenario, budget: bool) -> ScenarioSession<SimulatedPort> {
    let session = session(scenario, budget);
    ScenarioSession::open(&session, Config::default()).expect("the capital is enough")
}

fn as_was(setup: &Setup) -> BaselineStrategy<AsWas> {
    BaselineStrategy::new(setup, AsWas::new(setup, AsWas::lots(setup.sizing.lot)))
}

fn session(scenario: Scenario, budget: bool) -> SessionSpec {
    SessionSpec { scenario, seed: 3, length_ms: scenario.length_ms(), budget }
}

#[test]
fn the_score_agrees_with_the_exchange_to_the_cent() {
    for scenario in [Scenario::Trend, Scenario::Hyna] {
        let session = open(scenario, false);
        let (setup, world) = (session.setup, Arc::clone(&session.world));
        let (outcome, port) = session.play_on(&mut as_was(&setup)).expect("it has no tables");
        let (address, dex) = port.account();
        let account = port.exchange().account(address, dex).expect("it was opened");
        let mark = port.exchange().context(setup.spec.asset).expect("there is one market").mark;
        let fair = world.lock().expect("nobody broke").fair();
        let ledger = dollars(account.all.account_value - setup.config.capital);
        let held =
            account.positions.first().map_or(0.0, |view| view.held.pos.e8() as f64 / E8 as f64);
        let to_mark = (mark.e8() - fair.e8()) as f64 / E8 as f64 * held;
        let off = ledger - (outcome.pnl_usd + to_mark);
        assert!(20.0 < outcome.fills, "{} fills in {}", outcome.fills, scenario.name());
        assert!(off.abs() < 0.0001, "{}: {off} dollars apart", scenario.name());
        let share = held / (setup.sizing.position_max.e8() as f64 / E8 as f64);
        assert!((share - outcome.end_q).abs() < 1e-9);
    }
}

#[test]
fn the_real_account_s_fees_are_read_from_the_venue() {
    for (scenario, centi) in [(Scenario::Hyna, [288, 864]), (Scenario::Walk, [150, 450])] {
        let spec = open(scenario, true).setup.spec;
        assert_eq!([spec.fee_maker, spec.fee_taker], centi.map(Bps::from_centi));
    }
}

#[test]
fn funding_is_in_the_engine_s_account_as_in_the_exchange_s() {
    let session = SessionSpec { length_ms: 200 * 60_000, ..session(Scenario::Walk, true) };
    let config = Config::default();
    let rules = Rules { funding: true, ..rules(&session, &config) };
    let session = ScenarioSession::with_rules(&session, config, rules).expect("enough capital");
    let setup = session.setup;
    let mut engine = Engine::new(setup);
    let (_, port) = session.play_on(&mut engine).expect("the tables pass their checks");
    let (address, dex) = port.account();
    let account = port.exchange().account(address, dex).expect("it was opened");
    let position = &engine.account().position;
    let ours = position.pnl_with(account.all.account_value - account.all.raw_usd);
    let theirs = account.all.account_value - setup.config.capital;
    let fundings = port.exchange().fundings(address);
    let paid: Usd = fundings.fold(Usd::ZERO, |sum, news| sum + news.payment.received);
    assert!(paid != Usd::ZERO && position.funding() == paid, "{:?}, {paid:?}", position.funding());
    assert!(dollars(ours - theirs).abs() < 0.0001, "{ours:?} against {theirs:?}");
}

#[test]
fn a_seed_gives_the_same_session_again() {
    let once = || {
        let session = open(Scenario::Walk, false);
        let mut quoter = as_was(&session.setup);
        session.play(&mut quoter).expect("it plays")
    };
    assert_eq!(once(), once());
}

/// Places one order when the first best prices come, and notes when it hears of it.
#[derive(Default)]
struct OneOrder {
    asked: Option<u64>,
    rested: Option<u64>,
    answered: Option<u64>,
    wakes: u64,
}

impl Strategy for OneOrder {
    fn step(&mut self, at: Stamp, event: &Event<'_>, out: &mut Requests) {
        match event {
            Event::Bbo(_, bbo) if self.asked.is_none() => {
                self.asked = Some(at.mono.ms());
                // Far enough away that it rests, whatever the price does meanwhile.
                let bid = bbo.bid.expect("the world has bids").px;
                let px = Px::from_e8(bid.e8() - E8 / 10);
                let qty = Qty::from_e8(E8);
                let (cloid, side, tif) = (Cloid(1), Side::Bid, Tif::Alo);
                let place = Place { cloid, side, px, qty, tif, reduce_only: false };
                out.push(Request {
                    id: RequestId(9),
                    asset: AssetId(0),
                    expires: None,
                    allows: Allowance::ANY,
                    action: Action::Order([place].into_iter().collect()),
                });
            }
            Event::Orders(_) => self.rested = self.rested.or(Some(at.mono.ms())),
            Event::Reply(_) => self.answered = self.answered.or(Some(at.mono.ms())),
            Event::Wake => self.wakes += 1,
            _ => {}
        }
    }

    fn wake(&self) -> Mono {
        Mono::START + Nanos::from_millis(100 * (self.wakes + 1))
    }

    fn table_wish(&self, _now: Mono) -> Option<TableParams> {
        None
    }

    fn must_sync(&self) -> bool {
        false
    }
}

impl ScoredStrategy for OneOrder {
    fn kill(&self) -> KillStatus {
        KillStatus { state: KillState::Run, reason: None }
    }

    fn response(&self) -> Option<f64> {
        Some(0.25)
    }
}

#[test]
fn orders_take_their_time_and_timers_are_kept() {
    let mut once = OneOrder::default();
    let outcome = open(Scenario::Quiet, true).play(&mut once).expect("it has no tables");
    let asked = once.asked.expect("prices came");
    let rested = once.rested.expect("the order rested");
    // 200 ms to the exchange, then the next block: 40 ms and more, seldom beyond 300.
    assert!((200..700).contains(&(rested - asked)), "{asked} {rested}");
    assert!(once.answered.is_some_and(|at| rested <= at));
    let tenths = 25 * 60 * 10;
    assert!((tenths - 5..=tenths + 60).contains(&once.wakes), "ten a second: {}", once.wakes);
    assert_eq!(outcome.requests, 1.0);
    assert_eq!((outcome.response[0], outcome.response[2]), (0.25, 0.25));
    assert!(outcome.response[3] > 1_300.0, "sampled once a second");
}

/// The port without bytes is held against the one with them: a hundred seeds, pair by pair, no figure
/// further apart than chance.
#[test]
fn structures_and_bytes_tell_the_same_story() {
    const MINUTES: u64 = 6;
    type Figure = fn(&Outcome) -> f64;
    let figures: [(&str, Figure); 3] =
        [("pnl", |it| it.pnl_usd), ("fills", |it| it.fills), ("requests", |it| it.requests)];
    let mut differences = vec![Vec::new(); figures.len()];
    for seed in 1..=100 {
        let length_ms = MINUTES * 60_000;
        let spec = SessionSpec { scenario: Scenario::Walk, seed, length_ms, budget: true };
        let bytes = ScenarioSession::open(&spec, Config::default()).expect("enough capital");
        let setup = bytes.setup;
        let bytes = bytes.play(&mut Engine::new(setup)).expect("sound tables");
        let direct = ScenarioSession::direct(&spec, Config::default()).expect("enough capital");
        let setup = direct.setup;
        let direct = direct.play(&mut Engine::new(setup)).expect("sound tables");
        for (list, (_, figure)) in differences.iter_mut().zip(figures) {
            list.push(figure(&bytes) - figure(&direct));
        }
    }
    for (list, (name, _)) in differences.iter().zip(figures) {
        let n = list.len() as f64;
        let mean = list.iter().sum::<f64>() / n;
        let variance = list.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let error = (variance / n).sqrt();
        // A connection takes 0.4 s to begin with, and asks for the dead-man switch.
        let start = if name == "requests" { 3.0 } else { 0.0 };
        assert!(mean.abs() <= start + 2.0 * error, "{name}: {mean} with an error of {error}");
    }
}
