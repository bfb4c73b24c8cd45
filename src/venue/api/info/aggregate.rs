//! Books grouped to fewer figures, and candles grouped to longer ones.

use crate::market::{BookFrame, Level};
use crate::num::{Px, Side, WallMs};
use crate::venue::Candle;

/// The book with prices rounded away from the middle to `figures` significant figures, in steps of
/// `mantissa` of the last; sizes and counts of a bucket add up.
pub fn grouped(frame: &BookFrame, figures: u32, mantissa: u32) -> BookFrame {
    let mut out = BookFrame { len: [0; 2], ..*frame };
    for side in Side::BOTH {
        let place = side.index();
        let mut len = 0;
        for level in frame.side(side) {
            let px = bucket(level.px, side, figures, mantissa);
            let levels = &mut out.levels[place];
            if len == 0 || levels[len - 1].px != px {
                levels[len] = Level { px, ..Level::default() };
                len += 1;
            }
            levels[len - 1].qty += level.qty;
            levels[len - 1].count += level.count;
        }
        out.len[place] = u8::try_from(len).expect("no more buckets than levels");
    }
    out
}

/// The bucket of a price: down for a bid, up for an ask.
fn bucket(px: Px, side: Side, figures: u32, mantissa: u32) -> Px {
    let digits = px.e8().ilog10() + 1;
    let step = 10i64.pow(digits.saturating_sub(figures)) * i64::from(mantissa);
    let down = px.e8() / step * step;
    match side {
        Side::Bid => Px::from_e8(down),
        Side::Ask if down == px.e8() => px,
        Side::Ask => Px::from_e8(down + step),
    }
}

/// Minutes put together to candles of `interval_ms`, oldest first.
pub fn joined<'a>(minutes: impl Iterator<Item = &'a Candle>, interval_ms: u64) -> Vec<Candle> {
    let mut out: Vec<Candle> = Vec::new();
    for minute in minutes {
        let at = WallMs::from_ms(minute.at.ms() / interval_ms * interval_ms);
        match out.last_mut() {
            Some(last) if last.at == at => {
                last.close = minute.close;
                last.high = last.high.max(minute.high);
                last.low = last.low.min(minute.low);
                last.volume += minute.volume;
                last.count += minute.count;
            }
            Some(_) | None => out.push(Candle { at, ..*minute }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::Qty;
    use crate::num::unit::E8;

    #[test]
    fn buckets_round_away_from_the_middle() {
        // px, figures, mantissa, bid, ask
        let rows = [
            (84_143, 5, 1, 84_143, 84_143),
            (84_143, 5, 5, 84_140, 84_145),
            (84_143, 4, 1, 84_140, 84_150),
            (84_143, 2, 1, 84_000, 85_000),
            (84_140, 4, 1, 84_140, 84_140),
        ];
        for (px, figures, mantissa, bid, ask) in rows {
            let got = Side::BOTH
                .map(|side| bucket(Px::from_e8(px * E8), side, figures, mantissa).e8() / E8);
            assert_eq!(got, [bid, ask], "{px} to {figures} figures by {mantissa}");
        }
    }

    #[test]
    fn levels_of_a_bucket_add_up() {
        let mut frame = BookFrame::EMPTY;
        for (place, px) in [84_143, 84_142, 84_138].into_iter().enumerate() {
            let qty = Qty::from_e8(1);
            frame.levels[0][place] = Level { px: Px::from_e8(px * E8), qty, count: 2 };
        }
        frame.len = [3, 0];
        let got = grouped(&frame, 4, 1);
        let levels: Vec<_> =
            got.side(Side::Bid).iter().map(|l| (l.px.e8() / E8, l.qty.e8(), l.count)).collect();
        assert_eq!(levels, [(84_140, 2, 4), (84_130, 1, 2)]);
        assert!(got.side(Side::Ask).is_empty());
    }

    #[test]
    fn minutes_join() {
        let minute = |at: u64, open: i64, close: i64| Candle {
            at: WallMs::from_ms(at * 60_000),
            open: Px::from_e8(open),
            close: Px::from_e8(close),
            high: Px::from_e8(open.max(close)),
            low: Px::from_e8(open.min(close)),
            volume: Qty::from_e8(1),
            count: 1,
        };
        let minutes = [minute(4, 10, 12), minute(5, 12, 9), minute(9, 9, 11), minute(10, 11, 11)];
        let got = joined(minutes.iter(), 300_000);
        let rows: Vec<_> = got
            .iter()
            .map(|c| {
                (c.at.ms() / 60_000, c.open.e8(), c.close.e8(), c.high.e8(), c.low.e8(), c.count)
            })
            .collect();
        assert_eq!(rows, [(0, 10, 12, 12, 10, 1), (5, 12, 11, 12, 9, 2), (10, 11, 11, 11, 11, 1)]);
    }
}
