//! Values over time, made few enough to draw.

/// A value at a time in seconds; none where there is nothing to draw. It holds until the next.
pub type Point = (f64, Option<f64>);

/// Reduces `points` to at most four in each of `columns` equal parts of `[from, to]`: the first, the
/// lowest, the highest and the last, so that no spike is lost. Their order in time is kept.
pub fn thin(points: &[Point], columns: usize, (from, to): (f64, f64)) -> Vec<Point> {
    let column =
        |at: f64| ((at - from) / (to - from).max(f64::MIN_POSITIVE) * columns as f64) as usize;
    let mut kept = Vec::new();
    for group in points.chunk_by(|a, b| column(a.0) == column(b.0)) {
        let by_value = |a: &&Point, b: &&Point| key(a).total_cmp(&key(b));
        let drawn = || group.iter().filter(|point| point.1.is_some());
        let ends = [group.first(), group.last()];
        let extremes = [drawn().min_by(by_value), drawn().max_by(by_value)];
        let mut few: Vec<Point> =
            ends.iter().chain(&extremes).flatten().map(|point| **point).collect();
        few.sort_by(|a, b| a.0.total_cmp(&b.0));
        few.dedup();
        kept.extend(few);
    }
    kept
}

fn key(point: &Point) -> f64 {
    point.1.unwrap_or(f64::NAN)
}

/// The lowest and highest value, widened by `margin` of their distance; around zero-height data a
/// band of its own, so that a flat line has a place.
pub fn range(values: impl Iterator<Item = f64>, margin: f64) -> Option<(f64, f64)> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if high < low {
        return None;
    }
    let height = if low < high { high - low } else { (high.abs() / 1e4).max(1e-9) };
    Some((low - height * margin, high + height * margin))
}

/// The values between the shares `cut` and `1 - cut` of all: what a far outlier must not squeeze.
pub fn central(mut values: Vec<f64>, cut: f64) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let off = (values.len() as f64 * cut) as usize;
    values.into_iter().skip(off).rev().skip(off).collect()
}

/// About `count` round numbers in `[low, high]`, and the decimals they need.
pub fn ticks(low: f64, high: f64, count: f64) -> (Vec<f64>, usize) {
    let rough = ((high - low) / count).max(1e-12);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].iter().map(|n| n * power).find(|step| rough <= *step);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    let decimals = (0..9).find(|&n| {
        let scaled = step * 10f64.powi(n);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    });
    let decimals = decimals.and_then(|n| usize::try_from(n).ok()).unwrap_or(8);
    ((first..=last).map(|n| n as f64 * step).collect(), decimals)
}

/// Round times in `[0, end]` seconds, about `count` of them.
pub fn time_ticks(end: f64, count: f64) -> Vec<f64> {
    const STEPS: [f64; 16] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0,
        7_200.0, 14_400.0, 43_200.0,
    ];
    let step = STEPS.into_iter().find(|step| end / step <= count).unwrap_or(86_400.0);
    (0..=(end / step + 1e-9) as u64).map(|n| n as f64 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_inside() {
        // low, high, count, want, decimals
        let rows: [(f64, f64, f64, &[f64], usize); 4] = [
            (0.0, 10.0, 5.0, &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0], 0),
            (26.01, 26.11, 4.0, &[26.025, 26.05, 26.075, 26.1], 3),
            (-1.0, 1.0, 4.0, &[-1.0, -0.5, 0.0, 0.5, 1.0], 1),
            (113.0, 187.0, 3.0, &[125.0, 150.0, 175.0], 0),
        ];
        for (low, high, count, want, decimals) in rows {
            let (got, places) = ticks(low, high, count);
            let is_close = got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-9);
            assert!(is_close && got.len() == want.len(), "{low}..{high}: {got:?}");
            assert_eq!(places, decimals, "{low}..{high}");
        }
        assert_eq!(time_ticks(120.0, 8.0), [0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 90.0, 105.0, 120.0]);
    }

    #[test]
    fn a_range_has_a_height_even_where_the_data_have_none() {
        let (low, high) = range([5.0, 5.0].into_iter(), 0.1).expect("there is data");
        assert!(low < 5.0 && 5.0 < high);
        assert_eq!(range([0.0, 10.0].into_iter(), 0.1), Some((-1.0, 11.0)));
        assert_eq!(range([].into_iter(), 0.1), None);
    }

    proptest! {
        #[test]
        fn thinning_loses_no_extreme_and_no_end(values in proptest::collection::vec(proptest::option::of(-100.0..100.0f64), 1..400)) {
            let points: Vec<Point> = values.iter().enumerate().map(|(n, v)| (n as f64, *v)).collect();
            let few = thin(&points, 20, (0.0, 400.0));
            prop_assert!(few.len() <= 4 * 21);
            prop_assert!(few.windows(2).all(|pair| pair[0].0 < pair[1].0));
            prop_assert_eq!((few.first(), few.last()), (points.first(), points.last()));
            let extremes = |points: &[Point]| range(points.iter().filter_map(|point| point.1), 0.0);
            prop_assert_eq!(extremes(&few), extremes(&points));
        }
    }
}
