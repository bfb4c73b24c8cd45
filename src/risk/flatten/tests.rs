//! The schedule of a closing, moment by moment.

use super::*;

const CALM: FlattenInputs = FlattenInputs {
    closing: ClosingOrder::UnderWay,
    fresh: true,
    trusted: true,
    deep: false,
    flat: false,
    near: true,
    answers: ClosingAnswers { no_match: 0, post_only: 0, expired: 0, rate_limited: 0, refused: 0 },
};
const QUIET: FlattenInputs = FlattenInputs { closing: ClosingOrder::None, ..CALM };
const RESTS: FlattenInputs = FlattenInputs { closing: ClosingOrder::AtTouch, ..CALM };
const JOIN: FlattenAction = FlattenAction::Join { expires: true };

fn cross(limit: CrossLimit) -> FlattenAction {
    FlattenAction::Cross { limit, expires: true, probe: false }
}

fn fair(bps: i64) -> FlattenAction {
    cross(CrossLimit::Fair(Bps::from_int(bps)))
}

fn missed(no_match: u64) -> FlattenInputs {
    FlattenInputs { answers: ClosingAnswers { no_match, ..CALM.answers }, ..QUIET }
}

/// Steps through rows of time, what is seen, what must be done.
fn play(mut flatten: Flatten, rows: &[(&str, u64, FlattenInputs, FlattenAction)]) {
    for (what, at_ms, inputs, want) in rows {
        let (next, action) = flatten.step(*at_ms, inputs);
        assert_eq!(action, *want, "{what}, at {at_ms} ms");
        flatten = next;
    }
}

#[test]
fn the_full_schedule_escalates() {
    use FlattenAction::{CancelAll, Done, Wait};
    play(
        Flatten::default(),
        &[
            ("at once", 0, CALM, CancelAll),
            ("the cancels are on their way", 499, CALM, Wait),
            ("acknowledged", 499, QUIET, JOIN),
            ("on its way", 600, CALM, Wait),
            ("acknowledged", 900, RESTS, Wait),
            ("still at the touch", 3_899, RESTS, Wait),
            ("three seconds of it", 3_900, RESTS, fair(10)),
            ("not answered", 5_399, CALM, Wait),
            ("too old", 5_400, CALM, fair(10)),
            ("nobody there", 5_450, missed(1), fair(20)),
            ("filled in part", 5_500, missed(1), fair(20)),
            ("nobody", 5_550, missed(2), fair(40)),
            ("nobody", 5_600, missed(3), fair(80)),
            ("nobody", 5_650, missed(4), fair(80)),
            ("the rest is dust", 5_700, FlattenInputs { flat: true, ..missed(5) }, Done),
        ],
    );
}

#[test]
fn after_six_misses_the_limit_follows_the_touch_or_rests() {
    use FlattenAction::{CancelAll, Wait};
    let far = FlattenInputs { near: false, ..missed(6) };
    let rests = FlattenInputs { closing: ClosingOrder::AtTouch, ..missed(6) };
    play(
        Flatten::default(),
        &[
            ("at once", 0, FlattenInputs { deep: true, ..QUIET }, CancelAll),
            ("too deep to wait", 20, FlattenInputs { deep: true, ..QUIET }, fair(10)),
            ("nobody, six times", 30, far, JOIN),
            ("it rests", 90, FlattenInputs { near: false, ..rests }, Wait),
            ("the touch comes near", 600, rests, cross(CrossLimit::Touch)),
            ("nobody", 700, missed(7), Wait),
            ("again", 1_200, missed(7), cross(CrossLimit::Touch)),
        ],
    );
}

#[test]
fn haste_and_blindness_skip_the_touch() {
    use FlattenAction::{CancelAll, Wait};
    let blind = FlattenInputs { fresh: false, ..QUIET };
    let mark = cross(CrossLimit::Mark(REACH_MAX));
    play(
        Flatten::default(),
        &[
            ("at once", 0, CALM, CancelAll),
            ("acknowledged", 30, QUIET, JOIN),
            ("the data stop", 400, blind, mark),
            ("nobody, seven times", 900, FlattenInputs { fresh: false, ..missed(7) }, Wait),
            ("they come back", 5_900, missed(7), cross(CrossLimit::Touch)),
        ],
    );
}

#[test]
fn refusals_are_waited_for_ever_longer_and_expiries_are_left_out() {
    let mut flatten = Flatten::default();
    let deep = FlattenInputs { deep: true, ..QUIET };
    let mut answers = ClosingAnswers::default();
    let (mut at_ms, mut sent) = (0, Vec::new());
    while at_ms < 60_000 {
        let (next, action) = flatten.step(at_ms, &FlattenInputs { answers, ..deep });
        flatten = next;
        if let FlattenAction::Cross { .. } = action {
            sent.push(at_ms);
            answers.refused += 1;
        }
        at_ms += 10;
    }
    let gaps: Vec<u64> = sent.windows(2).map(|pair| (pair[1] - pair[0]) / 100).collect();
    assert_eq!(gaps[..6], [5, 7, 11, 17, 25, 38], "tenths of a second");
    assert_eq!(gaps.last(), Some(&100));
    answers.expired += 1;
    let mut expire = Vec::new();
    while expire.len() < 3 {
        let (next, action) = flatten.step(at_ms, &FlattenInputs { answers, ..deep });
        flatten = next;
        if let FlattenAction::Cross { expires, .. } = action {
            expire.push(expires);
        }
        at_ms += 10;
    }
    assert_eq!(expire, [false, false, true]);
}

#[test]
fn where_only_post_only_orders_are_taken_one_request_goes_in_five_seconds() {
    let mut flatten = Flatten::default();
    let deep = FlattenInputs { deep: true, ..QUIET };
    let (mut answers, mut closing) = (ClosingAnswers::default(), ClosingOrder::None);
    let (mut sent, mut probes) = (Vec::new(), 0);
    for at_ms in (0..140_000).step_by(100) {
        let taken = 120_000 <= at_ms;
        let inputs = FlattenInputs { answers, closing, ..deep };
        let (next, action) = flatten.step(at_ms, &inputs);
        flatten = next;
        match action {
            FlattenAction::Cross { probe, .. } => {
                sent.push(at_ms);
                probes += u32::from(probe);
                answers.post_only += u64::from(!taken);
                if taken && !probe {
                    assert!(at_ms < 140_000, "it crosses once that is taken");
                    return assert!(sent.len() < 26 && 3 < probes, "{sent:?}");
                }
            }
            FlattenAction::Join { .. } => {
                sent.push(at_ms);
                closing = ClosingOrder::AtTouch;
            }
            FlattenAction::CancelAll | FlattenAction::Wait | FlattenAction::Done => {}
        }
    }
    panic!("it never crosses: {sent:?}");
}

#[test]
fn patience_stands_still_while_the_price_is_in_doubt() {
    use FlattenAction::{CancelAll, Wait};
    let blind = FlattenInputs { fresh: false, ..QUIET };
    play(
        Flatten::patient(30_000),
        &[
            ("at once", 0, CALM, CancelAll),
            ("acknowledged", 100, QUIET, JOIN),
            ("it rests", 20_000, RESTS, Wait),
            ("in doubt", 20_001, blind, CancelAll),
            ("still", 80_000, blind, CancelAll),
            ("back", 80_001, QUIET, JOIN),
            ("at the touch", 89_999, RESTS, Wait),
            ("over", 90_001, RESTS, CancelAll),
            ("then as always", 90_100, QUIET, JOIN),
        ],
    );
    play(
        Flatten::patient(30_000),
        &[
            ("at once", 0, blind, CancelAll),
            ("in doubt", 119_999, blind, CancelAll),
            ("for two minutes", 120_000, blind, CancelAll),
            ("then as always", 120_010, blind, cross(CrossLimit::Mark(REACH_MAX))),
        ],
    );
}
