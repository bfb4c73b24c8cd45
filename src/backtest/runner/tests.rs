use super::*;
use crate::backtest::as_was::AsWas;
use crate::backtest::baseline::BaselineStrategy;
use crate::backtest::session::ACCOUNT;
use crate::engine::Engine;
use crate::market::{
    Action, AssetId, Cloid, Event, Place, Request, RequestId, Requests, TableParams, Tif,
};
use crate::market::{KillState, KillStatus};
use crate::num::unit::E8;
use crate::num::{Mono, Qty, Side, Stamp, Usd};
use crate::session::crank::Strategy;

fn setup_of(scenario: Scenario) -> Setup {
    setup(scenario, Config::default())
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
        let (setup, session) = (setup_of(scenario), session(scenario, false));
        let simulation = open(&session, &setup, rules(&session, &setup.config));
        let mut simulation = simulation.expect("no file is read");
        let mut score = Score::new(&setup, &simulation);
        crank::run(&mut as_was(&setup), &mut simulation, |at, quoter, simulation| {
            score.look(at, quoter, simulation)
        })
        .expect("it has no tables");
        let account = simulation.exchange().account(ACCOUNT, 0).expect("it was opened");
        let mark =
            simulation.exchange().context(setup.spec.asset).expect("there is one market").mark;
        let ledger = dollars(account.all.account_value - setup.config.capital);
        let outcome = score.outcome();
        let held =
            account.positions.first().map_or(0.0, |view| view.held.pos.e8() as f64 / E8 as f64);
        let to_mark = (mark.e8() - simulation.world().expect("it has one").fair().e8()) as f64
            / E8 as f64
            * held;
        let off = ledger - (outcome.pnl_usd + to_mark);
        assert!(20.0 < outcome.fills, "{} fills in {}", outcome.fills, scenario.name());
        assert!(off.abs() < 0.0001, "{}: {off} dollars apart", scenario.name());
        let share = held / (setup.sizing.position_max.e8() as f64 / E8 as f64);
        assert!((share - outcome.end_q).abs() < 1e-9);
    }
}

#[test]
fn funding_is_in_the_engine_s_account_as_in_the_exchange_s() {
    let setup = setup_of(Scenario::Walk);
    let session = SessionSpec { length_ms: 200 * 60_000, ..session(Scenario::Walk, true) };
    let rules = Rules { funding: true, ..rules(&session, &setup.config) };
    let mut simulation = open(&session, &setup, rules).expect("no file is read");
    let mut engine = Engine::new(setup);
    crank::run(&mut engine, &mut simulation, |_, _, _| {}).expect("the tables pass their checks");
    let account = simulation.exchange().account(ACCOUNT, 0).expect("it was opened");
    let position = &engine.account().position;
    let ours = position.pnl_with(account.all.account_value - account.all.raw_usd);
    let theirs = account.all.account_value - setup.config.capital;
    let paid: Usd = simulation
        .exchange()
        .fundings(ACCOUNT)
        .fold(Usd::ZERO, |sum, news| sum + news.payment.received);
    assert!(paid != Usd::ZERO && position.funding() == paid, "{:?}, {paid:?}", position.funding());
    assert!(dollars(ours - theirs).abs() < 0.0001, "{ours:?} against {theirs:?}");
}

#[test]
fn a_seed_gives_the_same_session_again() {
    let (setup, session) = (setup_of(Scenario::Walk), session(Scenario::Walk, false));
    let once = || play(&session, &setup, &mut as_was(&setup)).expect("it plays");
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
                let px = bbo.bid.expect("the world has bids").px;
                let qty = Qty::from_e8(E8);
                let (cloid, side, tif) = (Cloid(1), Side::Bid, Tif::Alo);
                let place = Place { cloid, side, px, qty, tif, reduce_only: false };
                out.push(Request {
                    id: RequestId(9),
                    asset: AssetId(0),
                    expires: None,
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
    let outcome = play(&session(Scenario::Quiet, true), &setup_of(Scenario::Quiet), &mut once);
    let outcome = outcome.expect("it has no tables");
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
