//! Where the money came from, in exact integers.
//!
//! Products of a size and a price distance are kept in steps of 1e-16 dollars, so nothing is
//! rounded before the end. The parts are those of PRODUCT.md, "The report", and their sum is the
//! change of equity by construction: inventory is what the others leave. That it is also what the
//! positions earned after their first five seconds is checked by `the_rest_is_what_positions_earn`.

use crate::num::fix::div_round;
use crate::num::unit::E8;
use crate::num::unit::UBPS_WHOLE;
use crate::num::{Bps, Mono, Nanos, Pos, Px, Qty, Side, Usd};

/// Times after a fill at which the mid is compared with its price.
pub const HORIZONS: [Nanos; 5] = [
    Nanos::from_secs(1),
    Nanos::from_secs(5),
    Nanos::from_secs(15),
    Nanos::from_secs(30),
    Nanos::from_secs(60),
];
/// Which of [`HORIZONS`] divides markout from inventory: 5 s.
pub const DIVIDING: usize = 1;

/// Dollars in steps of 1e-16: a size times a price distance.
type Wide = i128;

/// What we had when the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Account value when the session began.
    pub equity: Usd,
    /// Position when the session began, long positive.
    pub pos: Pos,
}

/// One fill of ours, and the market at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillRow {
    /// When we learned of it.
    pub at: Mono,
    /// The side of our order.
    pub side: Side,
    /// The price it traded at.
    pub px: Px,
    /// The size that traded, in coins.
    pub qty: Qty,
    /// Fee paid; a rebate is negative.
    pub fee: Usd,
    /// The middle of the spread at that moment.
    pub mid: Px,
    /// Whether we were the taker.
    pub crossed: bool,
}

/// A fill and what the market did after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillWithMarkouts {
    /// The fill and the market at its moment.
    pub fill: FillRow,
    later: [Option<Px>; HORIZONS.len()],
}

/// Where the change of equity came from, in dollars. `total` is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct PnlParts<T = Usd> {
    /// The change of equity since the opening.
    pub total: T,
    /// Size times the distance of our price from the mid at the fill.
    pub spread: T,
    /// Size times the move of the mid in the five seconds after, in our favour.
    pub markout: T,
    /// All that the others do not explain: what positions earned after that.
    pub inventory: T,
    /// Fees; negative when paid.
    pub fees: T,
    /// Funding; negative when paid.
    pub funding: T,
}

impl PnlParts {
    /// The parts as something else: a text, for other programs.
    pub fn map<T>(self, to: impl Fn(Usd) -> T) -> PnlParts<T> {
        let PnlParts { total, spread, markout, inventory, fees, funding } = self;
        let [total, spread, markout] = [total, spread, markout].map(&to);
        let [inventory, fees, funding] = [inventory, fees, funding].map(&to);
        PnlParts { total, spread, markout, inventory, fees, funding }
    }
}

/// What fills were worth some time later: `side x (mid(t + h) - price)`, positive is good for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Markout {
    /// Fills as old as the horizon.
    pub fills: u64,
    /// What they were worth in sum, in dollars.
    pub usd: Usd,
    /// As a share of what was traded.
    pub mean: Bps,
}

/// The book of account of one session in one coin.
///
/// Invariants: `next[h]` is the first fill that horizon `h` has not passed; fills and mids come in
/// the order of their times.
#[derive(Clone, Debug)]
pub struct Ledger {
    opening: Opening,
    first: Option<Px>,
    last: Option<Px>,
    cash: Wide,
    pos: Pos,
    fees: Usd,
    funding: Usd,
    fills: Vec<FillWithMarkouts>,
    next: [usize; HORIZONS.len()],
    volume: Wide,
    pos_max: Qty,
    peak: Usd,
    drawdown_max: Usd,
    drawdown_max_share: Bps,
}

impl Ledger {
    /// A ledger of a session that began with `opening`.
    pub fn new(opening: Opening) -> Ledger {
        Ledger {
            opening,
            first: None,
            last: None,
            cash: 0,
            pos: opening.pos,
            fees: Usd::ZERO,
            funding: Usd::ZERO,
            fills: Vec::new(),
            next: [0; HORIZONS.len()],
            volume: 0,
            pos_max: opening.pos.size(),
            peak: opening.equity,
            drawdown_max: Usd::ZERO,
            drawdown_max_share: Bps::ZERO,
        }
    }

    /// Takes the middle of the spread at `at`.
    pub fn mid(&mut self, at: Mono, mid: Px) {
        if let Some(before) = self.last {
            self.fill_markouts(at, before);
        }
        self.first = self.first.or(Some(mid));
        self.last = Some(mid);
        self.watch_drawdown();
    }

    /// Takes a fill of ours.
    pub fn fill(&mut self, fill: &FillRow) {
        self.mid(fill.at, fill.mid);
        self.cash -= value(fill.qty, fill.side, fill.px);
        self.pos += fill.qty.signed(fill.side);
        self.fees += fill.fee;
        self.volume += wide(fill.qty) * i128::from(fill.px.e8());
        self.pos_max = self.pos_max.max(self.pos.size());
        self.fills.push(FillWithMarkouts { fill: *fill, later: [None; HORIZONS.len()] });
        self.watch_drawdown();
    }

    /// Takes funding received; negative when paid.
    pub fn funding(&mut self, received: Usd) {
        self.funding += received;
        self.watch_drawdown();
    }

    /// Our position: the opening's and all fills.
    pub fn pos(&self) -> Pos {
        self.pos
    }

    /// The largest position there was, long or short.
    pub fn pos_max(&self) -> Qty {
        self.pos_max
    }

    /// The last mid that was told; none before the first.
    pub fn last(&self) -> Option<Px> {
        self.last
    }

    /// All fills, oldest first.
    pub fn fills(&self) -> &[FillWithMarkouts] {
        &self.fills
    }

    /// What was traded, in dollars.
    pub fn volume(&self) -> Usd {
        round(self.volume)
    }

    /// Account value at the last mid.
    pub fn equity(&self) -> Usd {
        let pnl = self.last.map_or(self.fees_and_funding(), |mid| self.pnl(mid));
        self.opening.equity + pnl
    }

    /// The deepest fall from a peak of equity: in dollars, and as a share of that peak.
    pub fn drawdown_max(&self) -> (Usd, Bps) {
        (self.drawdown_max, self.drawdown_max_share)
    }

    /// Where the change of equity came from, positions valued at `mark` (a mid or a mark price).
    pub fn parts(&self, mark: Px) -> PnlParts {
        let gain = |fill: &FillRow, from: Px, to: Px| {
            wide(fill.qty) * i128::from(fill.side.sign()) * i128::from((to - from).e8())
        };
        let (mut spread, mut markout) = (0, 0);
        for marked in &self.fills {
            let (fill, mid) = (&marked.fill, marked.fill.mid);
            spread += gain(fill, fill.px, mid);
            markout += gain(fill, mid, self.mid_after(marked, DIVIDING));
        }
        let (total, fees) = (self.pnl(mark), -self.fees);
        let (spread, markout) = (round(spread), round(markout));
        let inventory = total - spread - markout - fees - self.funding;
        PnlParts { total, spread, markout, inventory, fees, funding: self.funding }
    }

    /// Where the change of equity came from, positions valued at the last mid.
    pub fn parts_at_mid(&self) -> PnlParts {
        self.parts(self.last.unwrap_or_default())
    }

    /// What the fills that are old enough were worth, one entry a horizon of [`HORIZONS`].
    pub fn markouts(&self) -> [Markout; HORIZONS.len()] {
        std::array::from_fn(|horizon| self.markout(horizon))
    }

    /// The mid one horizon after a fill; the last one for a fill that is younger.
    pub fn mid_after(&self, marked: &FillWithMarkouts, horizon: usize) -> Px {
        marked.later[horizon].or(self.last).unwrap_or(marked.fill.mid)
    }

    fn markout(&self, horizon: usize) -> Markout {
        let (mut gain, mut traded) = (0, 0);
        let old = &self.fills[..self.next[horizon]];
        for FillWithMarkouts { fill, later } in old {
            let mid = later[horizon].unwrap_or(fill.mid);
            let move_e8 = i128::from(fill.side.sign()) * i128::from((mid - fill.px).e8());
            gain += wide(fill.qty) * move_e8;
            traded += wide(fill.qty) * i128::from(fill.px.e8());
        }
        let mean = if traded == 0 { 0 } else { div_round(gain * UBPS_WHOLE, traded) };
        let fills = u64::try_from(old.len()).expect("a count fits in 64 bits");
        Markout { fills, usd: round(gain), mean: Bps::from_ubps(to_i64(mean)) }
    }

    /// Gives the mid that held until `at` to every fill whose time has come before `at`.
    fn fill_markouts(&mut self, at: Mono, before: Px) {
        for (horizon, span) in HORIZONS.iter().enumerate() {
            let next = &mut self.next[horizon];
            while let Some(marked) = self.fills.get_mut(*next)
                && marked.fill.at + *span < at
            {
                marked.later[horizon] = Some(before);
                *next += 1;
            }
        }
    }

    /// The change of equity, positions valued at `mark`.
    fn pnl(&self, mark: Px) -> Usd {
        let held = i128::from(self.pos.e8()) * i128::from(mark.e8());
        let basis = self.first.unwrap_or(mark);
        let brought = i128::from(self.opening.pos.e8()) * i128::from(basis.e8());
        round(self.cash + held - brought) + self.fees_and_funding()
    }

    fn fees_and_funding(&self) -> Usd {
        self.funding - self.fees
    }

    fn watch_drawdown(&mut self) {
        let equity = self.equity();
        self.peak = self.peak.max(equity);
        let fall = self.peak - equity;
        if self.drawdown_max < fall {
            self.drawdown_max = fall;
        }
        if Usd::ZERO < self.peak {
            let share = div_round(i128::from(fall.e8()) * UBPS_WHOLE, self.peak.e8().into());
            let share = Bps::from_ubps(to_i64(share));
            self.drawdown_max_share = self.drawdown_max_share.max(share);
        }
    }
}

/// What a fill pays (bid) or brings (ask), as the change of what we own.
fn value(qty: Qty, side: Side, px: Px) -> Wide {
    wide(qty) * i128::from(side.sign()) * i128::from(px.e8())
}

fn wide(qty: Qty) -> Wide {
    i128::from(qty.e8())
}

/// To steps of 1e-8, half away from zero; exact where sizes and prices lie on a venue's grid.
fn round(wide: Wide) -> Usd {
    Usd::from_e8(to_i64(div_round(wide, i128::from(E8))))
}

fn to_i64(wide: Wide) -> i64 {
    i64::try_from(wide).expect("sizes and prices are bounded where they are decoded")
}

#[cfg(test)]
mod tests;
