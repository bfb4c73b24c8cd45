//! The slow twin of the kill switch, in floating point and in the order of MODEL 5.1's sentences.

/// One evaluation's figures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub now_ms: u64,
    pub equity: f64,
    pub share: f64,
    pub lots: f64,
    pub age: f64,
    pub rejects: f64,
    pub deviation: f64,
    pub clock: f64,
    pub working: bool,
}

/// What it remembers.
pub(super) struct Twin {
    capital: f64,
    greatest: f64,
    pub hard_peak: f64,
    pub soft_peak: f64,
    day: Option<u64>,
    state: u8,
    reason: &'static str,
    low_since: u64,
    calm_since: Option<u64>,
    held: u64,
    only_stale: bool,
    doubts: [Option<u64>; 2],
}

const RUN: u8 = 0;
const REDUCE: u8 = 1;
const PULL: u8 = 2;
const FLATTEN: u8 = 3;
const HALTED: u8 = 4;
/// A ratio of floats that is one in decimals may lie a little below.
const ONE: f64 = 1.0 - 1e-12;

impl Twin {
    pub fn new(capital: f64) -> Twin {
        Twin {
            capital,
            greatest: capital,
            hard_peak: capital,
            soft_peak: capital,
            day: None,
            state: RUN,
            reason: "",
            low_since: 0,
            calm_since: None,
            held: 0,
            only_stale: false,
            doubts: [None; 2],
        }
    }

    pub fn step(&mut self, row: &Row) -> (u8, &'static str) {
        let (now, equity, share) = (row.now_ms, row.equity, row.share.abs());
        let has = 0.05 < row.lots.abs();
        for peak in [&mut self.greatest, &mut self.hard_peak, &mut self.soft_peak] {
            *peak = peak.max(equity);
        }
        let day = now / 86_400_000;
        if *self.day.get_or_insert(day) < day && self.state == RUN && share < 0.1 {
            self.day = Some(day);
            self.hard_peak = equity.max(0.97 * self.greatest);
        }
        if FLATTEN <= self.state {
            self.state = if has { FLATTEN } else { self.quiet(row.working) };
            return (self.state, self.reason);
        }
        let below = |peak: f64| (peak - equity) / peak;
        let hard = [
            ("dd", ONE <= below(self.hard_peak) / 0.015),
            ("loss", ONE <= (self.capital - equity) / self.capital / 0.02),
            ("pos", 1.1 <= share),
            ("stale", has && 10_000.0 <= row.age),
        ];
        if let Some((reason, _)) = hard.into_iter().find(|row| row.1) {
            (self.state, self.reason) = (FLATTEN, reason);
            if !has {
                self.state = self.quiet(row.working);
            }
            return (self.state, self.reason);
        }
        let ages = [row.age / 1_500.0, row.rejects / 5.0, row.deviation / 50.0, row.clock / 500.0];
        let mut pulls = ages.map(|age| ONE <= age);
        for (pull, since) in pulls[2..].iter_mut().zip(&mut self.doubts) {
            *since = pull.then(|| since.unwrap_or(now));
            *pull = since.is_some_and(|since| now - since < 10_000);
        }
        let risk = self.risk(equity, share);
        let pull = ["stale", "rej", "dev", "clock"].into_iter().zip(pulls).find(|row| row.1);
        if self.state == RUN && (pull.is_some() || risk.is_some()) {
            (self.low_since, self.only_stale) = (now, true);
        }
        self.only_stale &= risk.is_none() && ages[1..].iter().all(|age| *age < ONE);
        if let Some((reason, _)) = pull {
            if self.state != PULL {
                self.reason = reason;
            }
            (self.state, self.calm_since, self.held) = (PULL, None, now);
            return (self.state, self.reason);
        }
        let calm = |soft_peak: f64, risk: Option<&str>, most: f64| {
            risk.is_none() && ages.iter().all(|age| *age < most) && below(soft_peak) / 0.0075 < most
        };
        if self.state == PULL {
            if now - self.held < 2_000 {
                return (self.state, self.reason);
            }
            if self.only_stale && calm(self.soft_peak, risk, 0.7 * ONE) {
                (self.state, self.reason) = (RUN, "");
                return (self.state, self.reason);
            }
            (self.state, self.calm_since) = (REDUCE, None);
            self.reason = risk.unwrap_or(self.reason);
        } else if let Some(reason) = risk {
            if self.state == RUN {
                self.reason = reason;
            }
            (self.state, self.calm_since) = (REDUCE, None);
        }
        if self.state == REDUCE {
            self.reduce(row, &ages);
        }
        (self.state, self.reason)
    }

    /// Looks whether quoting may begin again.
    fn reduce(&mut self, row: &Row, ages: &[f64; 4]) {
        let (now, equity) = (row.now_ms, row.equity);
        let late = 300_000 <= now - self.low_since;
        if late && row.lots.abs() <= 0.5 {
            self.soft_peak = equity;
        }
        let most = if late { ONE } else { 0.7 * ONE };
        let below = (self.soft_peak - equity) / self.soft_peak / 0.0075;
        let calm = self.risk(equity, row.share.abs()).is_none()
            && ages.iter().all(|age| *age < most)
            && below < most;
        if !calm {
            self.calm_since = None;
        } else if 30_000 <= now - *self.calm_since.get_or_insert(now) {
            (self.state, self.reason, self.calm_since) = (RUN, "", None);
        }
    }

    /// What an empty position leads to.
    fn quiet(&self, working: bool) -> u8 {
        if working { self.state } else { HALTED }
    }

    fn risk(&self, equity: f64, share: f64) -> Option<&'static str> {
        let down = ONE <= (self.soft_peak - equity) / self.soft_peak / 0.0075;
        if down { Some("dd") } else { (1.0 < share).then_some("pos") }
    }
}
