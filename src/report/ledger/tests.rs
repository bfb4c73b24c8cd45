//! The ledger against a slow twin in `f64`, and its identity to the last step.

use super::*;
use proptest::prelude::*;

const S: u64 = 1_000_000_000;

fn usd(text: &str) -> Usd {
    Usd::from_e8(crate::num::text::read_e8(text.as_bytes()).expect("a decimal"))
}

fn px(text: &str) -> Px {
    Px::from_e8(usd(text).e8())
}

fn fill_row(at_s: u64, side: Side, price: &str, size: &str, mid: &str) -> FillRow {
    let fee = usd("0.01");
    let qty = Qty::from_e8(usd(size).e8());
    FillRow {
        at: Mono::from_ns(at_s * S),
        side,
        px: px(price),
        qty,
        fee,
        mid: px(mid),
        crossed: false,
    }
}

#[test]
fn a_story_of_two_fills() {
    let mut ledger = Ledger::new(Opening { equity: usd("100"), pos: Pos::FLAT });
    let mid =
        |ledger: &mut Ledger, at: u64, text: &str| ledger.mid(Mono::from_ns(at * S), px(text));
    mid(&mut ledger, 0, "10");
    ledger.fill(&fill_row(1, Side::Bid, "9.9", "2", "10")); // Captures 0.1 a coin.
    mid(&mut ledger, 6, "10.5"); // Exactly 5 s later: this mid counts.
    mid(&mut ledger, 8, "9");
    ledger.fill(&fill_row(9, Side::Ask, "9.2", "1", "9"));
    mid(&mut ledger, 10, "8"); // The last mid: the second fill is younger than 5 s.
    ledger.funding(usd("-0.5"));
    let parts = ledger.parts_at_mid();
    // part, got, want: in dollars
    let rows = [
        ("spread", parts.spread, "0.4"),      // 2 x 0.1 + 1 x 0.2
        ("markout", parts.markout, "2"),      // 2 x 0.5 + 1 x 1.0
        ("inventory", parts.inventory, "-5"), // 2 x (8 - 10.5)
        ("fees", parts.fees, "-0.02"),
        ("funding", parts.funding, "-0.5"),
        ("total", parts.total, "-3.12"), // Paid 19.8, got 9.2, holds 8.
    ];
    for (what, got, want) in rows {
        assert_eq!(got, usd(want), "{what}");
    }
    assert_eq!(ledger.equity(), usd("96.88"));
    assert_eq!(ledger.pos_max().e8(), 2 * E8);
    // The peak is 101.19: 2 coins at 10.5, less what they cost.
    assert_eq!(ledger.drawdown_max().0, usd("4.31"));
    assert_eq!(ledger.drawdown_max().1.ubps(), 425_931_416);
    let after_5_s = ledger.markouts()[DIVIDING];
    assert_eq!((after_5_s.fills, after_5_s.usd), (1, usd("1.2")));
    assert_eq!(after_5_s.mean.ubps(), 606_060_606); // 0.6 of 9.9
}

#[test]
fn a_position_brought_along_is_inventory() {
    let mut ledger = Ledger::new(Opening { equity: usd("50"), pos: Pos::from_e8(-3 * E8) });
    assert_eq!(ledger.equity(), usd("50"));
    ledger.mid(Mono::START, px("10"));
    ledger.mid(Mono::from_ns(1), px("11"));
    let parts = ledger.parts_at_mid();
    assert_eq!((parts.total, parts.inventory), (usd("-3"), usd("-3")));
    assert_eq!(ledger.drawdown_max().1, Bps::from_int(600));
}

/// One thing that happens: seconds since the one before, and what.
#[derive(Clone, Debug)]
enum LedgerStep {
    Mid(i64),
    Fill { side: Side, off: i64, qty: i64, fee: i64 },
    Funding(i64),
}

fn steps() -> impl Strategy<Value = Vec<(u64, LedgerStep)>> {
    let mid = (-500i64..500).prop_map(LedgerStep::Mid);
    let fill = (any::<bool>(), -300i64..300, 1i64..5_000, -50i64..500).prop_map(
        |(buys, off, qty, fee)| {
            let side = if buys { Side::Bid } else { Side::Ask };
            LedgerStep::Fill { side, off, qty, fee }
        },
    );
    let funding = (-1_000i64..1_000).prop_map(LedgerStep::Funding);
    let step = prop_oneof![4 => mid, 3 => fill, 1 => funding];
    proptest::collection::vec((0u64..4, step), 1..60)
}

/// Steps of a price and of a size on the grid: 4 decimals each, so products are whole steps.
const GRID: i64 = 10_000;

/// What happened, as plain lists: mids with times, fills with times.
#[derive(Default)]
struct PlainLists {
    mids: Vec<(u64, i64)>,
    fills: Vec<FillRow>,
    funding: i64,
}

fn play(steps: &[(u64, LedgerStep)], pos: i64) -> (Ledger, PlainLists) {
    let mut ledger =
        Ledger::new(Opening { equity: Usd::from_e8(100 * E8), pos: Pos::from_e8(pos * GRID) });
    let (mut at, mut mid, mut story) = (0, 25 * E8, PlainLists::default());
    ledger.mid(Mono::START, Px::from_e8(mid));
    story.mids.push((0, mid));
    for (after, step) in steps {
        at += after * S;
        match *step {
            LedgerStep::Mid(moved) => {
                mid += moved * GRID;
                ledger.mid(Mono::from_ns(at), Px::from_e8(mid));
                story.mids.push((at, mid));
            }
            LedgerStep::Fill { side, off, qty, fee } => {
                let fill = FillRow {
                    at: Mono::from_ns(at),
                    side,
                    px: Px::from_e8(mid + off * GRID),
                    qty: Qty::from_e8(qty * GRID),
                    fee: Usd::from_e8(fee),
                    mid: Px::from_e8(mid),
                    crossed: off < 0,
                };
                ledger.fill(&fill);
                story.fills.push(fill);
            }
            LedgerStep::Funding(usd) => {
                ledger.funding(Usd::from_e8(usd));
                story.funding += usd;
            }
        }
    }
    (ledger, story)
}

impl PlainLists {
    /// The last mid at or before a time.
    fn mid_at(&self, at: u64) -> i64 {
        self.mids.iter().rev().find(|(when, _)| *when <= at).expect("the first is at 0").1
    }

    fn last(&self) -> i64 {
        self.mids.last().expect("there is one").1
    }

    /// Size times side times the move between two prices, in steps of 1e-8 dollars; the grid makes
    /// it exact.
    fn gain(fill: &FillRow, from: i64, to: i64) -> i64 {
        fill.side.sign() * (fill.qty.e8() / GRID) * ((to - from) / GRID)
    }
}

proptest! {
    #[test]
    fn the_parts_add_up_and_agree_with_the_twin(steps in steps(), pos in -5_000i64..5_000) {
        let (ledger, story) = play(&steps, pos);
        let parts = ledger.parts_at_mid();
        let sum = parts.spread + parts.markout + parts.inventory + parts.fees + parts.funding;
        prop_assert_eq!(sum, parts.total);
        prop_assert_eq!(ledger.equity().e8(), 100 * E8 + parts.total.e8());
        let twin = |f: &dyn Fn(&FillRow) -> f64| -> f64 { story.fills.iter().map(f).sum() };
        let coins = |fill: &FillRow| fill.side.sign() as f64 * fill.qty.e8() as f64 / 1e8;
        let after = |fill: &FillRow| story.mid_at(fill.at.ns() + 5 * S) as f64 / 1e8;
        let spread = twin(&|fill| coins(fill) * (fill.mid.e8() - fill.px.e8()) as f64 / 1e8);
        let markout = twin(&|fill| coins(fill) * (after(fill) - fill.mid.e8() as f64 / 1e8));
        let paid = twin(&|fill| coins(fill) * fill.px.e8() as f64 / 1e8 + fill.fee.e8() as f64 / 1e8);
        let brought = pos as f64 * GRID as f64 / 1e8;
        let held = twin(&|fill| coins(fill)) + brought;
        let last = story.last() as f64 / 1e8;
        let total = held * last - brought * 25.0 - paid + story.funding as f64 / 1e8;
        for (what, got, want) in [
            ("spread", parts.spread, spread),
            ("markout", parts.markout, markout),
            ("total", parts.total, total),
        ] {
            prop_assert!((got.e8() as f64 / 1e8 - want).abs() < 1e-7, "{what}: {got:?} {want}");
        }
    }

    #[test]
    fn the_rest_is_what_positions_earn(steps in steps(), pos in -5_000i64..5_000) {
        let (ledger, story) = play(&steps, pos);
        let last = story.last();
        let later = |fill: &FillRow| PlainLists::gain(fill, story.mid_at(fill.at.ns() + 5 * S), last);
        let earned: i64 = story.fills.iter().map(later).sum();
        let brought = pos * ((last - 25 * E8) / GRID);
        prop_assert_eq!(ledger.parts_at_mid().inventory.e8(), earned + brought);
    }

    #[test]
    fn markouts_count_fills_that_are_old_enough(steps in steps()) {
        let (ledger, story) = play(&steps, 0);
        let end = ledger.fills.last().map_or(0, |s| s.fill.at.ns()).max(story.mids.last().map_or(0, |m| m.0));
        for (horizon, span) in HORIZONS.iter().enumerate() {
            let old = |fill: &&FillRow| fill.at.ns() + span.ns() < end;
            let want: i64 = story.fills.iter().filter(old)
                .map(|fill| PlainLists::gain(fill, fill.px.e8(), story.mid_at(fill.at.ns() + span.ns()))).sum();
            prop_assert_eq!(ledger.markouts()[horizon].usd.e8(), want);
        }
    }

    #[test]
    fn the_deepest_fall_is_that_of_the_curve(steps in steps()) {
        let (mut peak, mut fall) = (100 * E8, 0);
        for n in 1..=steps.len() {
            let equity = play(&steps[..n], 0).0.equity().e8();
            peak = peak.max(equity);
            fall = fall.max(peak - equity);
        }
        prop_assert_eq!(play(&steps, 0).0.drawdown_max().0.e8(), fall);
    }
}
