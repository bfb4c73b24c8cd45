//! Every setting is consumed: each key of the configuration, found by walking it, changes what is
//! sent, what the kill switch says or what table is wished for in at least one story.

use super::venue::{Differs, MID, TICK, Venue, setup};
use evenkeel::engine::{Config, Setup};
use evenkeel::market::event::Command;
use evenkeel::market::{
    CoinIx, Event, Health, Item, Link, RejectReason, Reply, ReplyBody, RequestId, Stream,
};
use evenkeel::num::{Pos, Side};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A story, the position it begins with in hundredths of a lot, and whether the session is live.
type Story = (&'static str, i64, bool, fn(&mut Venue));

const STORIES: &[Story] = &[
    ("fills and a long wait", 0, false, fills),
    ("sizes at the touch", 0, false, touches),
    ("a trend against a long position", 900, false, trend),
    ("a trend against a small one", 300, false, trend),
    ("bursts of fills", 0, false, bursts),
    ("fills one after another", 0, false, singles),
    ("sweeps of the way home", -900, false, sweeps),
    ("other people's trades", 0, false, trades),
    ("bursts of other people's trades", 0, false, flow),
    ("a loss and its recovery", 600, false, losses),
    ("a loss that is kept", 600, false, kept),
    ("new days after a gain", 50, false, new_days),
    ("a position above its limit", 2_500, false, still),
    ("one far above it", 2_700, false, still),
    ("a stop with a position", 300, true, stop),
    ("a stop that nothing fills", 300, true, stop_in_vain),
    ("a close beyond reach", 300, false, far_touch),
    ("a remainder to be closed", 7, false, remainder),
    ("silence", 0, false, silence),
    ("refusals", 0, false, refusals),
    ("a far oracle", 0, false, far_oracle),
    ("a clock that is off", 0, true, clock),
    ("no oracle", 0, true, no_oracle),
    ("a reference market", 0, false, reference),
    ("no answers", 0, false, no_answers),
    ("moves without fills", 0, false, moves),
    ("requests that leave late", 0, false, late),
    ("a quota that runs out", 0, false, quota),
];

fn still(venue: &mut Venue) {
    venue.walk(40, MID, 0);
}

fn fills(venue: &mut Venue) {
    for round in 0..24 {
        venue.hit(if round % 5 == 4 { Side::Ask } else { Side::Bid }, 1);
        venue.walk(31, MID, 0);
    }
}

fn touches(venue: &mut Venue) {
    for size in [40, 4, 4_000, 40_000, 7] {
        venue.touch(CoinIx(0), MID, 25, [size, 40]);
        venue.pass(100);
    }
}

fn trend(venue: &mut Venue) {
    venue.builds = true;
    let top = venue.walk(400, MID, -13_000);
    let wiggle = venue.walk(200, top, 2_000);
    venue.walk(900, wiggle, -9_000);
    venue.walk(300, wiggle - 8_100_000, 40_000);
}

fn bursts(venue: &mut Venue) {
    for (count, gap_ms, rest_s) in
        [(1, 250, 3), (2, 400, 40), (3, 100, 4), (2, 700, 250), (3, 100, 290), (1, 100, 700)]
    {
        for side in Side::BOTH {
            venue.hit(side, count);
            venue.pass(gap_ms);
            venue.hit(side, 1);
        }
        venue.walk(rest_s, MID, 0);
    }
    for side in Side::BOTH {
        venue.hit(side, 3);
        venue.walk(650, MID, 0);
    }
}

fn singles(venue: &mut Venue) {
    for gap_ms in [450, 850, 300, 250] {
        for side in Side::BOTH {
            for _ in 0..4 {
                venue.hit(side, 1);
                venue.pass(gap_ms);
            }
            venue.walk(75, MID, 0);
        }
    }
}

fn sweeps(venue: &mut Venue) {
    for rest_s in [4, 7, 400] {
        venue.hit(Side::Bid, 3);
        venue.walk(rest_s, MID, 0);
    }
}

fn flow(venue: &mut Venue) {
    let usual = |venue: &mut Venue, seconds: u64| {
        for second in 0..seconds {
            venue.trades(second % 2 == 0, &[10]);
            venue.walk(1, MID, if second % 2 == 0 { TICK } else { -TICK });
        }
    };
    usual(venue, 100);
    for (coins, ticks) in [(14, 0), (60, 24), (20, 60)] {
        venue.market(MID - ticks * TICK);
        venue.trades(false, &[10 * coins]);
        usual(venue, 80);
    }
}

fn stop(venue: &mut Venue) {
    venue.walk(5, MID, 0);
    venue.tell(&Event::Command(Command::Stop));
    venue.walk(80, MID, 0);
}

fn stop_in_vain(venue: &mut Venue) {
    venue.walk(5, MID, 0);
    venue.tell(&Event::Command(Command::Stop));
    venue.walk(400, MID, 0);
}

/// The other side stands further and further away, and nothing matches.
fn far_touch(venue: &mut Venue) {
    venue.walk(5, MID, 0);
    venue.answers = false;
    venue.tell(&Event::Command(Command::Flatten));
    for half in [40, 400, 900, 1_500, 3_000] {
        for _ in 0..40 {
            venue.touch(CoinIx(0), MID, half, [40, 40]);
            venue.context(MID);
            venue.pass(500);
            let last = venue.engine.gateway().requests_made();
            let refused = [Item::Rejected(RejectReason::NothingToMatch)];
            let body = ReplyBody::Items(&refused);
            venue.tell(&Event::Reply(Reply { id: RequestId(last), body }));
        }
    }
}

fn remainder(venue: &mut Venue) {
    venue.tell(&Event::Command(Command::Flatten));
    venue.walk(10, MID, 0);
}

fn trades(venue: &mut Venue) {
    venue.builds = true;
    let mut mid = MID;
    for second in 0..900u64 {
        // Steps of a cheap generator: sizes, sides and moves that do not repeat.
        let noise = second.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let size = i64::try_from(1 + noise % 37).expect("small");
        venue.trades(noise % 3 == 0, &[size]);
        if second % 400 == 399 {
            venue.trades(false, &[900, 900, 900, 800]);
            mid -= 30 * TICK;
        }
        if second % 500 == 499 {
            venue.trades(true, &[90, 95, 100]);
        }
        let step = i64::try_from(noise % 5).expect("small") - 2;
        mid = venue.walk(1, mid, step * TICK);
    }
}

fn losses(venue: &mut Venue) {
    lose(venue, 12);
}

/// A gain, parts of it lost on the days after: from which peak is it counted?
fn new_days(venue: &mut Venue) {
    let mut mid = venue.walk(1_200, MID, MID / 4_000);
    for _ in 0..2 {
        mid = venue.walk(480, mid, -MID / 4_000);
        venue.walk(400, mid, 0);
        venue.midnight();
        venue.walk(20, mid, 0);
    }
    venue.walk(800, mid, -MID / 4_000);
}

fn kept(venue: &mut Venue) {
    lose(venue, 3);
}

/// A loss that reduces; so many orders of the way home are taken.
fn lose(venue: &mut Venue, taken: usize) {
    let low = venue.walk(30, MID, -6 * TICK);
    venue.walk(20, low, 6 * TICK);
    venue.walk(20, low, 0);
    for _ in 0..taken {
        venue.hit(Side::Ask, 1);
        venue.walk(2, low, 0);
    }
    venue.walk(700, low, 0);
    venue.hit(Side::Bid, 2);
    venue.walk(60, low, 10 * TICK);
    venue.walk(300, low, -15 * TICK);
}

fn silence(venue: &mut Venue) {
    for seconds in [1, 2, 3, 5, 9, 11, 14] {
        for _ in 0..seconds * 5 {
            venue.pass(200);
        }
        venue.walk(45, MID, 0);
    }
}

fn refusals(venue: &mut Venue) {
    for count in [3, 4, 5, 6, 21] {
        venue.answers = false;
        for turn in 0..count {
            venue.walk(1, MID + (turn % 2) * 90 * TICK, 0);
            let last = venue.engine.gateway().requests_made();
            let body = ReplyBody::Rejected(RejectReason::Price);
            venue.tell(&Event::Reply(Reply { id: RequestId(last), body }));
            venue.pass(50);
        }
        venue.answers = true;
        venue.walk(45, MID, 0);
    }
}

fn far_oracle(venue: &mut Venue) {
    for ticks in [100, 140, 250, 300, 500] {
        venue.context(MID - ticks * TICK);
        venue.market(MID);
        venue.pass(500);
        venue.walk(45, MID, 0);
    }
}

fn clock(venue: &mut Venue) {
    for lag_ms in [100, 300, 450, 600, 1_200, 2_500] {
        venue.lag_ms = lag_ms;
        venue.walk(14, MID, 0);
    }
}

fn no_oracle(venue: &mut Venue) {
    venue.context(0);
    for _ in 0..30 {
        venue.pass(1_000);
        venue.market(MID);
    }
}

fn reference(venue: &mut Venue) {
    for second in 0..400 {
        venue.touch(CoinIx(1), MID + (second % 7) * 9 * TICK, 1, [9, 9]);
        venue.pass(300);
        venue.touch(CoinIx(0), MID, 40, [40, 40]);
        for _ in 0..4 {
            venue.pass(400);
            venue.touch(CoinIx(0), MID, 40, [40, 40]);
        }
    }
}

fn no_answers(venue: &mut Venue) {
    venue.answers = false;
    venue.walk(60, MID + 90 * TICK, 0);
    venue.tell(&Event::Link(Stream::Orders, Link::Down));
    venue.walk(30, MID, 0);
}

fn late(venue: &mut Venue) {
    for seconds in [4, 6, 9, 11, 14, 21, 90] {
        venue.tell(&Event::Health(Health::Slow(true)));
        venue.walk(seconds, MID, 0);
        venue.tell(&Event::Health(Health::Slow(false)));
        venue.walk(45, MID, 0);
    }
}

fn quota(venue: &mut Venue) {
    for used in [5_000, 9_200, 9_450, 9_505, 9_520, 9_700, 9_900] {
        venue.tell(&Event::Health(Health::Quota { used, cap: 10_000 }));
        venue.walk(5, MID, 0);
    }
}

fn moves(venue: &mut Venue) {
    let mut mid = MID;
    for round in 0..600 {
        mid = venue.walk(1, mid, if round % 60 < 30 { 12 * TICK } else { -12 * TICK });
        if round % 97 == 0 {
            venue.hit(Side::Bid, 1);
        }
    }
    venue.walk(200, mid, TICK);
}

/// What leaves a session of these settings through a story, or how it compares with `known`; none
/// when the settings are refused.
fn lived(config: Config, story: &Story, known: Option<&Arc<[u8]>>) -> Option<Vec<u8>> {
    let (_, hundredths, live, tell) = *story;
    let setup = setup(config, 0)?;
    let pos = Pos::from_e8(setup.sizing.lot.e8() * hundredths / 100);
    let setup = Setup { pos, reference: Some(CoinIx(1)), live, ..setup };
    let known = known.cloned();
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let mut venue = Venue::beside(setup, known);
        tell(&mut venue);
        venue.sent
    }));
    match lived {
        Ok(sent) => Some(sent),
        Err(panic) if panic.is::<Differs>() => Some(Vec::new()),
        // A value outside its bounds may break an assertion: that says nothing about its use.
        Err(_) => None,
    }
}

/// Every number of a configuration, by its path.
fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, inner)| leaves(inner, &format!("{path}/{key}"), out));
        }
        Value::Number(_) | Value::String(_) => out.push(path.to_owned()),
        other => panic!("{path} is {other}: teach this test to change it"),
    }
}

/// Words that settings may have.
const WORDS: [&str; 4] = ["flatten", "keep", "Flatten", "Keep"];

/// Other values to try for a setting, likely ones first.
fn others(value: i64) -> Vec<i64> {
    let mut others =
        vec![value * 2, value / 2, value * 5 / 4, value + 1, value - 1, value * 10, value / 10];
    others.retain(|&other| other != value && 0 <= other);
    others
}

#[test]
fn every_setting_is_consumed() {
    std::panic::set_hook(Box::new(|_| {}));
    let config = serde_json::to_value(Config::default()).expect("plain fields");
    let mut paths = Vec::new();
    leaves(&config, "", &mut paths);
    let usual: Vec<Arc<[u8]>> = STORIES
        .iter()
        .map(|story| lived(Config::default(), story, None).expect(story.0).into())
        .collect();
    let (left, right) = paths.split_at(paths.len() / 2);
    let idle = |paths: &[String]| -> Vec<String> {
        paths.iter().filter(|path| !is_used(&config, path, &usual)).cloned().collect()
    };
    let idle = std::thread::scope(|scope| {
        let left = scope.spawn(|| idle(left));
        let right = idle(right);
        [left.join().expect("no assertion there"), right].concat()
    });
    drop(std::panic::take_hook());
    assert_eq!(idle, [""; 0], "no story tells the difference that these make");
}

fn is_used(config: &Value, path: &str, usual: &[Arc<[u8]>]) -> bool {
    let value = config.pointer(path).expect("it was walked");
    let others: Vec<Value> = match value.as_i64() {
        Some(value) => others(value).into_iter().map(Value::from).collect(),
        None => WORDS.iter().map(|&word| Value::from(word)).filter(|word| word != value).collect(),
    };
    others.into_iter().any(|other| {
        let mut changed = config.clone();
        *changed.pointer_mut(path).expect("it was walked") = other;
        let Ok(changed) = serde_json::from_value::<Config>(changed) else { return false };
        let differs = |(story, usual): (&Story, &Arc<[u8]>)| {
            lived(changed, story, Some(usual)).is_some_and(|sent| sent.len() != usual.len())
        };
        STORIES.iter().zip(usual).any(differs)
    })
}
