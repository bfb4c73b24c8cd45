//! What we believe about the market, from its messages.
//!
//! Prices are taken as they come; the estimators step once a second, on a wake, so that they never
//! stand between a message and a quote.

use super::config::Config;
use super::config::Setup;
use super::trusted_price::{
    BookStream, PriceFrame, PriceVerdict, ToldPrice, ToldValue, TrustedPrice,
};
use crate::market::book::BadBook;
use crate::market::tape::{SWEEPS_MAX, Sweep};
use crate::market::{Bbo, Book, BookFrame, Context, Level, Trade};
use crate::model::cascade::{BurstLevel, FlowDetector};
use crate::model::drift::{Drift, Gains};
use crate::model::fair::{Fair, Reference};
use crate::model::intensity::{Intensity, Published};
use crate::model::trend::{Trend, TrendState, continuation_p};
use crate::model::vol::Vol;
use crate::num::{Mono, Nanos, Px, Q24, Qty, Side, Stamp, WallMs};
use crate::risk::PriceTrust;
use arrayvec::ArrayVec;

/// Estimators step this often.
const SECOND: Nanos = Nanos::from_secs(1);
/// A second that comes later than this is not one: the series is broken.
const BROKEN_AFTER: Nanos = Nanos::from_secs(3);
/// Fair prices remembered with the venue's time, to find the one a taker order met.
const PAST_MAX: usize = 8;

/// A trade this much later than the book has a bad time, by the venue's clock.
const AHEAD_MAX_MS: u64 = 10_000;

const _: () = assert!(SECOND.ns() < BROKEN_AFTER.ns() && 1 < PAST_MAX);

/// Book, fair price, estimators, and when we last heard.
#[derive(Clone, Debug)]
pub struct MarketState {
    config: Config,
    lot: Qty,
    book: Book,
    tape: crate::market::Tape,
    sweeps: ArrayVec<Sweep, SWEEPS_MAX>,
    fair_model: Fair,
    /// The judge of every new fair price, and the last of them that it let pass.
    price: TrustedPrice,
    fair: Option<Px>,
    /// The last there was.
    last_fair: Option<Px>,
    reference: Option<Reference>,
    /// Whether it has weight in `fair`.
    reference_used: bool,
    fair_history: FairHistory,
    vol: Vol,
    intensity: Intensity,
    published: Published,
    drift: Drift,
    trend: Trend,
    flow: FlowDetector,
    context: Option<Context>,
    /// Oracle, mark and reference, as far as they may be used.
    told: [ToldValue; 3],
    /// Whether only frames that the book took prove that it is fresh. A recording without a fast book
    /// shows a quiet market by silence: there the pongs of its link count, and all it hears.
    frames_only: bool,
    alive_at: Mono,
    stepped: Option<Mono>,
}

/// What a table is to be built from, as measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimates {
    /// Volatility in bps a square root of a second, 44 fractional bits.
    pub sigma_q44: i64,
    /// Decay of the intensity a basis point, 44 fractional bits.
    pub kappa_q44: i64,
    /// Intensity at fair a second, 44 fractional bits.
    pub a_q44: i64,
}

impl MarketState {
    /// The priors are believed and, where the session is live, the mark that was read before it;
    /// nothing else.
    #[must_use]
    pub fn new(setup: &Setup) -> MarketState {
        let (config, lot) = (&setup.config, setup.sizing.lot);
        let gains = Gains::steady(&config.drift, config.vol.prior_q44);
        MarketState {
            config: *config,
            lot,
            book: Book::default(),
            tape: crate::market::Tape::default(),
            sweeps: ArrayVec::new(),
            fair_model: Fair::new(config.fair),
            price: TrustedPrice::new(setup.live.then_some(setup.mark)),
            fair: None,
            last_fair: None,
            reference: None,
            reference_used: false,
            fair_history: FairHistory::default(),
            vol: Vol::new(config.vol),
            intensity: Intensity::new(config.intensity, Mono::START),
            published: Published::new(&config.intensity, Mono::START),
            drift: Drift::new(gains),
            trend: Trend::new(config.trend),
            flow: FlowDetector::new(config.flow),
            context: None,
            told: [ToldValue::default(); 3],
            frames_only: setup.live,
            alive_at: Mono::START,
            stepped: None,
        }
    }

    /// Takes the best prices of a block.
    pub fn on_bbo(&mut self, at: Stamp, bbo: &Bbo) {
        let taken = self.book.touch(bbo);
        if self.on_book_result(at, taken) {
            self.on_touch(at.mono, BookStream::Bbo, bbo.venue);
        }
    }

    /// Takes the best prices of the reference market, where the same asset is more liquid.
    pub fn on_reference(&mut self, at: Stamp, bbo: &Bbo) {
        self.hear(at);
        let mid = bbo.bid.zip(bbo.ask).map(|(bid, ask)| bid.px.mid(ask.px));
        let trusted = mid.filter(|&px| self.tell(at.mono, ToldPrice::Reference, px) == Some(px));
        self.reference = trusted.map(|px| Reference { px, at_ms: at.mono.ms() });
        self.refresh_fair(at.mono);
    }

    /// Drops the reference from fair once it is older than its limit.
    pub fn on_time(&mut self, now: Mono) {
        let limit_ms = self.config.fair.reference_age_ms;
        if self.reference_used && self.reference.is_none_or(|r| r.at_ms + limit_ms < now.ms()) {
            self.refresh_fair(now);
        }
        for told in &mut self.told {
            told.on_time(now);
        }
        self.use_told();
        let verdict = self.price.on_time(now);
        self.settle(now, verdict);
    }

    /// Takes a snapshot of the book.
    pub fn on_book(&mut self, at: Stamp, frame: &BookFrame) {
        let taken = self.book.replace(frame);
        if !self.on_book_result(at, taken) {
            return;
        }
        if self.book.newest() == frame.venue {
            self.on_touch(at.mono, BookStream::Book, frame.venue);
        } else if self.price.doubts()
            && let [Some(bid), Some(ask)] = Side::BOTH.map(|side| frame.side(side).first())
        {
            let mid = bid.px.mid(ask.px);
            let verdict = self.price.on_behind(at.mono, BookStream::Book, frame.venue, mid);
            self.settle(at.mono, verdict);
        }
    }

    /// Takes other people's trades; says which sides of the book suffer a burst.
    pub fn on_trades(&mut self, at: Stamp, trades: &[Trade]) -> [Option<BurstLevel>; 2] {
        self.hear(at);
        let until = self.book.newest().plus_ms(AHEAD_MAX_MS);
        self.tape.on_trades(trades, until, &mut self.sweeps);
        if self.price.doubts() {
            self.on_witnesses(at.mono, trades);
            return [None; 2];
        }
        for sweep in &self.sweeps {
            if let Some(fair) = self.fair_history.before(sweep.venue) {
                self.intensity.on_sweep(at.mono, fair, sweep, self.lot);
            }
        }
        let Some(fair) = self.fair else { return [None; 2] };
        let variance = self.vol.snapshot().bipower;
        self.flow.on_sweeps(at.mono.ms(), fair, variance, &self.sweeps)
    }

    /// Trades while a price is doubted: they speak for it or against it, and no estimator hears them.
    fn on_witnesses(&mut self, now: Mono, trades: &[Trade]) {
        for trade in trades {
            let verdict = self.price.on_trade(now, trade.venue, trade.px);
            self.settle(now, verdict);
        }
    }

    /// Takes mark and oracle.
    pub fn on_context(&mut self, at: Stamp, context: &Context) {
        self.hear(at);
        self.context = Some(*context);
        self.tell(at.mono, ToldPrice::Mark, context.mark);
        self.tell(at.mono, ToldPrice::Oracle, context.oracle);
        self.use_told();
    }

    /// Takes what others say of the price; gives what of it may be used.
    fn tell(&mut self, now: Mono, of: ToldPrice, px: Px) -> Option<Px> {
        if px <= Px::ZERO {
            return None; // A venue without such a price.
        }
        let witness = self.price.newest();
        let told = &mut self.told[of.index()];
        told.on_value(now, px, witness);
        let used = told.used();
        let verdict = self.price.on_told(now, of, px);
        self.settle(now, verdict);
        used
    }

    /// Puts what may be used of mark and oracle in the place of what was told.
    fn use_told(&mut self) {
        let used = |of: ToldPrice| self.told[of.index()].used();
        let (mark, oracle) = (used(ToldPrice::Mark), used(ToldPrice::Oracle));
        if let Some(context) = &mut self.context {
            context.mark = mark.unwrap_or(context.mark);
            context.oracle = oracle.unwrap_or(context.oracle);
        }
    }

    /// Takes proof that the market's connection lives.
    pub fn on_alive(&mut self, at: Stamp) {
        self.hear(at);
    }

    /// Takes a connection that came up: the first frame is waited for from then on.
    pub fn on_link_up(&mut self, at: Stamp) {
        self.alive_at = at.mono;
    }

    /// Something that is no frame of our book was heard.
    fn hear(&mut self, at: Stamp) {
        if !self.frames_only {
            self.alive_at = at.mono;
        }
    }

    /// Forgets the book and what was doubted of it; what was believed of the price stays.
    pub fn forget_book(&mut self) {
        self.book.clear();
        self.price.on_gap();
        self.fair = None;
    }

    /// Clears the book: after a lost connection its levels may no longer exist.
    pub fn on_link_down(&mut self) {
        self.forget_book();
        self.stepped = None;
        self.vol.gap();
    }

    /// Whether a second has passed since the estimators stepped.
    #[must_use]
    pub fn is_due(&self, now: Mono) -> bool {
        self.stepped.is_none_or(|last| SECOND <= now.since(last))
    }

    /// Steps the estimators, once a second; `share` is the position's of its limit. Gives what a table
    /// should be built from; none before the first fair price.
    pub fn on_second(&mut self, now: Mono, share: Q24) -> Option<Estimates> {
        let fair = self.fair?;
        match self.stepped {
            Some(last) if now.since(last) < BROKEN_AFTER => {
                self.vol.step(fair);
                self.drift.step(fair);
            }
            Some(_) | None => {
                self.vol.gap();
                self.vol.step(fair);
                self.drift.reseed(fair);
            }
        }
        assert!(self.stepped <= Some(now), "a second before the last: {now:?}, {:?}", self.stepped);
        self.stepped = Some(now);
        self.trend.step(now.ms(), self.drift.level_nbps(), share);
        self.flow.on_sweeps(now.ms(), fair, self.vol.snapshot().bipower, &[]);
        Some(self.measure(now))
    }

    fn measure(&mut self, now: Mono) -> Estimates {
        let sums = self.intensity.snapshot(now);
        let estimate = self.published.approach(now, &sums, &self.config.intensity);
        let (sigma_q44, _) = self.vol.snapshot().table_q44();
        Estimates { sigma_q44, kappa_q44: estimate.kappa_q44, a_q44: estimate.a_q44 }
    }

    /// The volatility a table was built for is what the drift filter works with, too.
    pub fn set_sigma(&mut self, sigma_q44: i64) {
        self.drift.set_gains(Gains::steady(&self.config.drift, sigma_q44));
    }

    /// The fair price, when the book has two sides.
    #[must_use]
    pub fn fair(&self) -> Option<Px> {
        self.fair
    }

    /// The last fair price there was, however old: what a position is valued at.
    #[must_use]
    pub fn last_fair(&self) -> Option<Px> {
        self.last_fair
    }

    /// The book as last told, without our own orders taken out.
    #[must_use]
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Mark and oracle, when the venue has said.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }

    /// The trend, and whether the position opposes it.
    #[must_use]
    pub fn trend(&self) -> TrendState {
        self.trend.at()
    }

    /// The probability that the trend goes on.
    #[must_use]
    pub fn continuation_p(&self) -> Q24 {
        continuation_p(self.trend.at().trend, self.drift.drift_in_sds())
    }

    /// When the book last proved fresh: see `frames_only` for what counts.
    #[must_use]
    pub fn alive_at(&self) -> Mono {
        self.alive_at
    }

    /// Whether the newest price is confirmed.
    #[must_use]
    pub fn trust(&self, now: Mono) -> PriceTrust {
        self.price.trust(now)
    }

    /// While a price has been suspect for a moment only: the side that it moves away from.
    #[must_use]
    pub fn spared(&self, now: Mono) -> Option<Side> {
        self.price.spared(now)
    }

    /// The price that closing orders are limited by.
    #[must_use]
    pub fn closing_px(&self, now: Mono) -> Option<Px> {
        self.fair.and(self.price.closing(now))
    }

    /// Whether the book took a message.
    fn on_book_result(&mut self, at: Stamp, taken: Result<(), BadBook>) -> bool {
        match taken {
            Ok(()) => self.alive_at = at.mono,
            Err(BadBook::Old) => {}
            // Nothing is quoted on a book that cannot be.
            Err(BadBook::Crossed | BadBook::Unsorted | BadBook::EmptyLevel) => {
                self.book.clear();
                self.fair = None;
            }
        }
        taken.is_ok()
    }

    /// Judges the fair price of a touch that a message has just set.
    fn on_touch(&mut self, now: Mono, stream: BookStream, venue: WallMs) {
        let Some((bid, ask)) = self.book.spread() else {
            self.fair = None;
            return;
        };
        let touch = [bid.px, ask.px];
        if self.price.is_plain(now, touch) {
            self.set_fair(now, &bid, &ask);
            return;
        }
        // What a suspect price would teach the model of fair is not kept.
        let mut model = self.fair_model;
        let fair = model.step(now.ms(), &bid, &ask, self.reference.as_ref()).fair;
        let variance = self.vol.snapshot().variance();
        let frame = PriceFrame { now, stream, venue, fair, touch, variance };
        let verdict = self.price.on_frame(&frame);
        self.settle(now, verdict);
    }

    /// Does what was found about a suspect price.
    fn settle(&mut self, now: Mono, verdict: PriceVerdict) {
        match (verdict, self.book.spread()) {
            (PriceVerdict::Newest, Some((bid, ask))) => self.set_fair(now, &bid, &ask),
            (PriceVerdict::Median(px), Some(_)) => {
                (self.fair, self.last_fair) = (Some(px), Some(px))
            }
            (PriceVerdict::Wait, _) | (PriceVerdict::Newest | PriceVerdict::Median(_), None) => {}
        }
    }

    /// The fair price of the book and the reference as they are, unless the book is doubted.
    fn refresh_fair(&mut self, now: Mono) {
        if self.price.doubts() || self.fair.is_none() {
            return;
        }
        if let Some((bid, ask)) = self.book.spread() {
            self.set_fair(now, &bid, &ask);
        }
    }

    fn set_fair(&mut self, now: Mono, bid: &Level, ask: &Level) {
        let state = self.fair_model.step(now.ms(), bid, ask, self.reference.as_ref());
        (self.fair, self.reference_used) = (Some(state.fair), state.referenced);
        self.last_fair = self.fair;
        self.price.follow(now, state.fair);
        self.fair_history.note(self.book.newest(), state.fair);
    }
}

/// The last fair prices by the venue's time: a block's best prices often come before its trades.
#[derive(Clone, Debug, Default)]
struct FairHistory {
    list: ArrayVec<(WallMs, Px), PAST_MAX>,
}

impl FairHistory {
    fn note(&mut self, venue: WallMs, fair: Px) {
        match self.list.last_mut() {
            Some(last) if last.0 == venue => last.1 = fair,
            Some(_) | None => {
                if self.list.is_full() {
                    self.list.remove(0);
                }
                self.list.push((venue, fair));
            }
        }
    }

    /// The newest fair price from before `venue`.
    fn before(&self, venue: WallMs) -> Option<Px> {
        self.list.iter().rev().find(|row| row.0 < venue).map(|row| row.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taker_order_is_measured_from_the_price_it_met() {
        let mut past = FairHistory::default();
        for ms in 1..20u64 {
            past.note(WallMs::from_ms(10 * ms), Px::from_e8(i64::try_from(ms).expect("small")));
        }
        past.note(WallMs::from_ms(190), Px::from_e8(77));
        assert_eq!(past.before(WallMs::from_ms(190)), Some(Px::from_e8(18)), "not its own block's");
        assert_eq!(past.before(WallMs::from_ms(191)), Some(Px::from_e8(77)));
        assert_eq!(past.before(WallMs::from_ms(5)), None, "nobody remembers that");
    }
}
