use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn level(px: i64, qty: i64) -> Level {
    Level { px: Px::from_e8(px), qty: Qty::from_e8(qty), count: 1 }
}

fn frame(venue: u64, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> BookFrame {
    let mut frame = BookFrame { venue: WallMs::from_ms(venue), ..BookFrame::EMPTY };
    for (index, rows) in [bids, asks].into_iter().enumerate() {
        frame.len[index] = u8::try_from(rows.len()).expect("short");
        for (slot, &(px, qty)) in frame.levels[index].iter_mut().zip(rows) {
            *slot = level(px, qty);
        }
    }
    frame
}

#[test]
fn what_no_exchange_could_show_is_refused() {
    let rows = [
        ("fine", frame(1, &[(10, 1), (9, 1)], &[(11, 1), (12, 1)]), Ok(())),
        ("one side", frame(1, &[(10, 1)], &[]), Ok(())),
        ("empty", frame(1, &[], &[]), Ok(())),
        ("locked", frame(1, &[(10, 1)], &[(10, 1)]), Err(BadBook::Crossed)),
        ("bids rise", frame(1, &[(9, 1), (10, 1)], &[]), Err(BadBook::Unsorted)),
        ("asks repeat", frame(1, &[], &[(11, 1), (11, 1)]), Err(BadBook::Unsorted)),
        ("no size", frame(1, &[(10, 0)], &[]), Err(BadBook::EmptyLevel)),
    ];
    for (what, frame, want) in rows {
        assert_eq!(Book::default().replace(&frame), want, "{what}");
    }
}

#[test]
fn an_old_snapshot_keeps_the_newer_touch() {
    let mut book = Book::default();
    book.replace(&frame(1, &[(10, 1), (9, 1)], &[(12, 1), (13, 1)])).expect("sound");
    let bbo = Bbo { venue: WallMs::from_ms(5), bid: Some(level(11, 7)), ask: Some(level(13, 2)) };
    book.touch(&bbo).expect("sound");
    assert_eq!(book.levels(Side::Ask), &[level(13, 2)], "the better ask is gone");
    book.replace(&frame(3, &[(10, 4), (9, 1)], &[(12, 1), (13, 1), (14, 1)])).expect("sound");
    assert_eq!(book.levels(Side::Bid), &[level(11, 7), level(10, 4), level(9, 1)]);
    assert_eq!(book.levels(Side::Ask), &[level(13, 2), level(14, 1)]);
    assert_eq!(book.replace(&frame(2, &[], &[])), Err(BadBook::Old));
}

/// The slow twin: price -> size maps, cut at the touch.
#[derive(Default)]
struct Twin {
    sides: [BTreeMap<i64, i64>; 2],
    newest: u64,
}

impl Twin {
    fn cut(&mut self, touch: [Option<(i64, i64)>; 2]) {
        for (side, best) in Side::BOTH.into_iter().zip(touch) {
            let map = &mut self.sides[side.index()];
            match best {
                None => map.clear(),
                Some((px, qty)) => {
                    map.retain(|&other, _| match side {
                        Side::Bid => other < px,
                        Side::Ask => px < other,
                    });
                    map.insert(px, qty);
                }
            }
        }
    }

    fn listed(&self, side: Side) -> Vec<Level> {
        let rows = self.sides[side.index()].iter().map(|(&px, &qty)| level(px, qty));
        let mut rows: Vec<Level> = rows.collect();
        if side == Side::Bid {
            rows.reverse();
        }
        rows.truncate(DEPTH);
        rows
    }
}

/// Price and size of each level, best first.
type Rows = Vec<(i64, i64)>;

fn rows() -> impl Strategy<Value = (Rows, Rows)> {
    let side = || proptest::collection::btree_map(1i64..30, 1i64..9, 0..6);
    (side(), side(), 0i64..4).prop_map(|(bids, asks, gap)| {
        let top = bids.keys().max().copied().unwrap_or(0);
        let bids = bids.into_iter().rev().collect();
        (bids, asks.into_iter().map(|(px, qty)| (top + gap + px, qty)).collect())
    })
}

proptest! {
    #[test]
    fn the_book_is_its_slow_twin(steps in proptest::collection::vec((rows(), any::<bool>(), 0u64..4), 1..30)) {
        let (mut book, mut twin, mut now) = (Book::default(), Twin::default(), 10u64);
        for ((bids, asks), whole, later) in steps {
            now += later;
            let touch = [bids.first().copied(), asks.first().copied()];
            if whole {
                book.replace(&frame(now, &bids, &asks)).expect("made sound");
                twin.sides = [bids.into_iter().collect(), asks.into_iter().collect()];
                twin.newest = now;
            } else {
                let bbo = Bbo {
                    venue: WallMs::from_ms(now),
                    bid: touch[0].map(|(px, qty)| level(px, qty)),
                    ask: touch[1].map(|(px, qty)| level(px, qty)),
                };
                book.touch(&bbo).expect("made sound");
                twin.cut(touch);
                twin.newest = now;
            }
            for side in Side::BOTH {
                prop_assert_eq!(book.levels(side).to_vec(), twin.listed(side));
            }
            prop_assert_eq!(book.newest().ms(), twin.newest);
        }
    }
}
