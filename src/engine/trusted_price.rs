//! The price that may be acted on (MODEL 5.3): one message must not be able to lose money.
//!
//! A price far from the last trusted one is suspect until witnesses that are independent of the
//! message which brought it show the same, or until nobody has contradicted it for long enough.

use crate::num::{Mono, Nanos, Px, Side, WallMs};
use crate::risk::PriceTrust;
use arrayvec::ArrayVec;

/// A move of 60 bps is never suspect: 3 parts in 500.
const NEAR: Share = Share { parts: 3, whole: 500 };
/// One of more than 200 bps always is: 1 part in 50.
const FAR: Share = Share { parts: 1, whole: 50 };
/// Witnesses agree within 20 bps, or within half the spread: 1 part in 500.
const AGREES: Share = Share { parts: 1, whole: 500 };
/// The square of the deviations that a move between the two may have.
const SIGMAS_SQUARED: i128 = 144;
/// A move is measured against the time since the last trusted price, up to this.
const SPAN_MAX: Nanos = Nanos::from_secs(60);
/// A book that was away for this long begins anew.
const AWAY: Nanos = Nanos::from_secs(60);
/// The same stream is a witness of itself after this.
const REPEATED_AFTER: Nanos = Nanos::from_millis(500);
/// Orders that the new price moves away from stay for this long.
const SPARED: Nanos = Nanos::from_millis(300);
/// A price that nobody contradicted for this long is trusted.
const UNDISPUTED: Nanos = Nanos::from_secs(3);
/// After this the median of the newest frames is, whatever was said.
const DISPUTED: Nanos = Nanos::from_secs(10);
/// How long only reducing is allowed after that.
const MEDIAN_REDUCES: Nanos = Nanos::from_secs(60);
/// Frames without which time alone proves nothing.
const FRAMES_MIN: usize = 3;
/// Frames that the median is of.
const FRAMES_KEPT: usize = 5;
/// Witnesses that make a moved price trusted, and that make a first one trusted.
const WITNESSES: usize = 2;
const FIRST_WITNESSES: usize = 1;

const _: () = assert!(SPARED.ns() < REPEATED_AFTER.ns() && REPEATED_AFTER.ns() < UNDISPUTED.ns());
const _: () = assert!(UNDISPUTED.ns() < DISPUTED.ns() && FRAMES_MIN <= FRAMES_KEPT);
const _: () = assert!(FIRST_WITNESSES < WITNESSES);

/// A share of a price, as two small numbers: it needs no wide product.
#[derive(Clone, Copy)]
struct Share {
    parts: i64,
    whole: i64,
}

impl Share {
    /// Whether two prices are at most this share of `of` apart.
    fn holds(self, of: Px, other: Px) -> bool {
        (other - of).e8().saturating_abs().saturating_mul(self.whole) <= of.e8() * self.parts
    }
}

/// A stream that shows the best prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookStream {
    /// `bbo`: the best prices, at each change.
    Bbo,
    /// `l2Book`, of either pace.
    Book,
}

impl BookStream {
    pub(super) const fn index(self) -> usize {
        match self {
            BookStream::Bbo => 0,
            BookStream::Book => 1,
        }
    }
}

/// A price that others tell: a witness when it is another than before the jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldPrice {
    /// The oracle price of our market.
    Oracle,
    /// The mark price of our market.
    Mark,
    /// The price of the reference market.
    Reference,
}

/// Who can confirm a suspect price.
#[derive(Clone, Copy)]
enum Witness {
    Repeated,
    OtherStream,
    Trade,
    Oracle,
    Mark,
    Reference,
}

/// How many kinds of witnesses there are.
const KINDS: usize = 6;

impl ToldPrice {
    /// The place in an array of the three.
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            ToldPrice::Oracle => 0,
            ToldPrice::Mark => 1,
            ToldPrice::Reference => 2,
        }
    }
}

impl From<ToldPrice> for Witness {
    fn from(of: ToldPrice) -> Witness {
        match of {
            ToldPrice::Oracle => Witness::Oracle,
            ToldPrice::Mark => Witness::Mark,
            ToldPrice::Reference => Witness::Reference,
        }
    }
}

impl Witness {
    const fn index(self) -> usize {
        match self {
            Witness::Repeated => 0,
            Witness::OtherStream => 1,
            Witness::Trade => 2,
            Witness::Oracle => 3,
            Witness::Mark => 4,
            Witness::Reference => 5,
        }
    }
}

/// A frame that sets the touch, as the machine sees it.
#[derive(Clone, Copy, Debug)]
pub struct PriceFrame {
    /// When we heard it.
    pub now: Mono,
    /// The stream it came on.
    pub stream: BookStream,
    /// When it was so, by the venue's clock.
    pub venue: WallMs,
    /// The fair price it makes.
    pub fair: Px,
    /// The best prices it shows, bid first.
    pub touch: [Px; 2],
    /// The variance of fair, in micro basis points squared a second.
    pub variance: i64,
}

/// What is to be believed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceVerdict {
    /// The last trusted price stays.
    Wait,
    /// The newest fair price.
    Newest,
    /// The median of the newest ones, for want of better.
    Median(Px),
}

/// A price nobody has confirmed.
#[derive(Clone, Debug)]
struct Suspicion {
    since: Mono,
    /// The stream and the venue's time of the frame that began it.
    stream: BookStream,
    venue: WallMs,
    /// Whether nothing was trusted before it: then there is no price to return to.
    first: bool,
    newest: Px,
    half_spread: i64,
    witnesses: [Option<Px>; KINDS],
    by_stream: [Option<Px>; 2],
    frames: ArrayVec<Px, FRAMES_KEPT>,
    contradicted: bool,
}

/// The machine. It is told every frame that sets the touch, every trade while it doubts, and what
/// oracle, mark and reference say.
#[derive(Clone, Debug, Default)]
pub struct TrustedPrice {
    trusted: Option<Px>,
    /// When a frame last showed a price that could be trusted.
    at: Mono,
    told: [Option<Px>; KINDS],
    suspicion: Option<Suspicion>,
    median_until: Mono,
}

impl TrustedPrice {
    /// Nothing is trusted; `mark` is what another source said before the first frame.
    #[must_use]
    pub fn new(mark: Option<Px>) -> TrustedPrice {
        let mut told = [None; KINDS];
        told[Witness::Mark.index()] = mark;
        TrustedPrice { told, ..TrustedPrice::default() }
    }

    /// Whether a frame with these best prices cannot be suspect, whatever fair it makes of them.
    #[inline]
    #[must_use]
    pub fn is_plain(&self, now: Mono, touch: [Px; 2]) -> bool {
        let near = |trusted| touch.iter().all(|&px| NEAR.holds(trusted, px));
        self.suspicion.is_none() && !self.is_away(now) && self.trusted.is_some_and(near)
    }

    /// Takes a price that needs no judgement: [`TrustedPrice::is_plain`], or a better estimate of a
    /// book that is trusted.
    pub fn follow(&mut self, now: Mono, fair: Px) {
        assert!(self.suspicion.is_none(), "followed while in doubt: {self:?}");
        assert!(Px::ZERO < fair, "no price: {self:?}");
        assert!(self.at <= now, "a price before the last: {self:?}");
        (self.trusted, self.at) = (Some(fair), now);
    }

    /// Takes a frame that sets the touch.
    pub fn on_frame(&mut self, frame: &PriceFrame) -> PriceVerdict {
        assert!(frame.touch[0] <= frame.touch[1], "a crossed touch: {frame:?}");
        assert!(Px::ZERO < frame.fair, "no price: {frame:?}");
        let first = self.trusted.is_none() || self.is_away(frame.now);
        let returns = self.suspicion.as_ref().map_or(!first, |known| !known.first);
        if returns && self.is_near(frame) {
            self.suspicion = None;
            self.follow(frame.now, frame.fair);
            return PriceVerdict::Newest;
        }
        match &mut self.suspicion {
            Some(suspicion) => suspicion.on_frame(frame, self.trusted),
            None => {
                let mut suspicion = Suspicion::new(frame, first);
                if self.trusted.is_none() {
                    suspicion.witnesses = self.told;
                }
                self.suspicion = Some(suspicion);
            }
        }
        self.judge(frame.now)
    }

    /// Takes a snapshot that lies behind the touch: a witness, if it is from after the jump.
    pub fn on_behind(
        &mut self,
        now: Mono,
        stream: BookStream,
        venue: WallMs,
        mid: Px,
    ) -> PriceVerdict {
        let Some(suspicion) = &mut self.suspicion else { return PriceVerdict::Wait };
        if suspicion.venue < venue {
            suspicion.dispute(mid, self.trusted);
        }
        if suspicion.venue <= venue {
            suspicion.on_stream(now, stream, mid);
        }
        self.judge(now)
    }

    /// Takes a trade, a witness of a price that is doubted.
    pub fn on_trade(&mut self, now: Mono, venue: WallMs, px: Px) -> PriceVerdict {
        let Some(suspicion) = &mut self.suspicion else { return PriceVerdict::Wait };
        if suspicion.venue < venue {
            suspicion.dispute(px, self.trusted);
            suspicion.witnesses[Witness::Trade.index()] = Some(px);
        }
        self.judge(now)
    }

    /// Takes what oracle, mark or reference say: they confirm or are silent, since they lag a gap.
    pub fn on_told(&mut self, now: Mono, of: ToldPrice, px: Px) -> PriceVerdict {
        let index = Witness::from(of).index();
        let renewed = self.told[index] != Some(px);
        self.told[index] = Some(px);
        let Some(suspicion) = &mut self.suspicion else { return PriceVerdict::Wait };
        if renewed {
            suspicion.witnesses[index] = Some(px);
        }
        self.judge(now)
    }

    /// Lets the time pass.
    pub fn on_time(&mut self, now: Mono) -> PriceVerdict {
        if self.suspicion.is_none() { PriceVerdict::Wait } else { self.judge(now) }
    }

    /// The link was lost, or the venue's clock has moved: what was doubted is gone with the book.
    pub fn on_gap(&mut self) {
        self.suspicion = None;
    }

    /// The newest fair price, doubted or not.
    #[must_use]
    pub fn newest(&self) -> Option<Px> {
        self.suspicion.as_ref().map(|suspicion| suspicion.newest).or(self.trusted)
    }

    /// Whether a price is doubted now.
    #[must_use]
    pub fn doubts(&self) -> bool {
        self.suspicion.is_some()
    }

    /// What the kill switch is told. Before the first trusted price there is nothing to take away.
    #[must_use]
    pub fn trust(&self, now: Mono) -> PriceTrust {
        match (&self.suspicion, self.trusted) {
            (Some(_), Some(_)) => PriceTrust::Suspect,
            _ if now < self.median_until => PriceTrust::Median,
            _ => PriceTrust::Trusted,
        }
    }

    /// The side whose orders stay for the moment: the suspect price moves away from them.
    #[must_use]
    pub fn spared(&self, now: Mono) -> Option<Side> {
        let (suspicion, trusted) = (self.suspicion.as_ref()?, self.trusted?);
        let young = now.since(suspicion.since) < SPARED;
        let away = if trusted < suspicion.newest { Side::Bid } else { Side::Ask };
        young.then_some(away)
    }

    /// The price that closing orders are limited by: the trusted one or, when it was doubted for
    /// long, the newest that both streams of the book show.
    #[must_use]
    pub fn closing(&self, now: Mono) -> Option<Px> {
        let newest = self.suspicion.as_ref().filter(|s| UNDISPUTED <= now.since(s.since));
        let closing = newest.and_then(Suspicion::shown_by_both).or(self.trusted);
        assert!(closing.is_none_or(|px| Px::ZERO < px), "it closes at no price: {self:?}");
        closing
    }

    fn is_away(&self, now: Mono) -> bool {
        AWAY <= now.since(self.at)
    }

    /// Whether the move since the last trusted price is one that happens:
    /// `min(200, max(60, 12 sigma sqrt(dt)))` bps.
    fn is_near(&self, frame: &PriceFrame) -> bool {
        let Some(trusted) = self.trusted else { return false };
        if NEAR.holds(trusted, frame.fair) {
            return true;
        }
        if !FAR.holds(trusted, frame.fair) {
            return false;
        }
        let moved = i128::from(trusted.bps_to(frame.fair).ubps());
        let span_ms = i128::from(frame.now.since(self.at).min(SPAN_MAX).ms());
        let allowed = SIGMAS_SQUARED * i128::from(frame.variance.max(0)) * span_ms;
        moved * moved * i128::from(Nanos::from_secs(1).ms()) <= allowed
    }

    /// Ends the doubt when enough speaks for the newest price.
    fn judge(&mut self, now: Mono) -> PriceVerdict {
        let Some(suspicion) = &self.suspicion else { return PriceVerdict::Wait };
        let (age, frames) = (now.since(suspicion.since), suspicion.frames.len());
        let undisputed = UNDISPUTED <= age && !suspicion.contradicted && FRAMES_MIN <= frames;
        let (newest, median) = (suspicion.newest, suspicion.median());
        assert!(Px::ZERO < newest && Px::ZERO < median, "no price: {suspicion:?}");
        assert!(suspicion.first || self.trusted.is_some(), "doubted beside nothing: {suspicion:?}");
        if undisputed || suspicion.is_confirmed(self.trusted) {
            self.suspicion = None;
            self.follow(now, newest);
            return PriceVerdict::Newest;
        }
        if DISPUTED <= age && FRAMES_MIN <= frames {
            self.suspicion = None;
            self.follow(now, median);
            self.median_until = now + MEDIAN_REDUCES;
            return PriceVerdict::Median(median);
        }
        PriceVerdict::Wait
    }
}

impl Suspicion {
    fn new(frame: &PriceFrame, first: bool) -> Suspicion {
        let mut suspicion = Suspicion {
            since: frame.now,
            stream: frame.stream,
            venue: frame.venue,
            first,
            newest: frame.fair,
            half_spread: half_spread(frame),
            witnesses: [None; KINDS],
            by_stream: [None; 2],
            frames: ArrayVec::new(),
            contradicted: false,
        };
        suspicion.keep(frame.fair);
        suspicion.by_stream[frame.stream.index()] = Some(frame.fair);
        suspicion
    }

    fn on_frame(&mut self, frame: &PriceFrame, trusted: Option<Px>) {
        if self.venue < frame.venue {
            self.dispute(frame.fair, trusted);
        }
        (self.newest, self.half_spread) = (frame.fair, half_spread(frame));
        self.keep(frame.fair);
        self.on_stream(frame.now, frame.stream, frame.fair);
    }

    /// Notes what a stream shows.
    fn on_stream(&mut self, now: Mono, stream: BookStream, px: Px) {
        self.by_stream[stream.index()] = Some(px);
        if stream != self.stream {
            self.witnesses[Witness::OtherStream.index()] = Some(px);
        } else if REPEATED_AFTER <= now.since(self.since) {
            self.witnesses[Witness::Repeated.index()] = Some(px);
        }
    }

    /// Keeps a price for the median, the newest ones only.
    fn keep(&mut self, px: Px) {
        if self.frames.is_full() {
            self.frames.remove(0);
        }
        self.frames.push(px);
        assert!(self.frames.last() == Some(&px), "the newest is not kept: {self:?}");
    }

    /// Notes a later price that is nearer to the one trusted before than to the suspect one; where
    /// none was trusted, one that is nowhere near.
    fn dispute(&mut self, px: Px, trusted: Option<Px>) {
        self.contradicted |= match trusted.filter(|_| !self.first) {
            Some(trusted) => is_nearer(px, trusted, self.newest),
            None => !FAR.holds(self.newest, px),
        };
    }

    /// Whether enough witnesses show the newest price. What is nearer to the one trusted before
    /// shows that one, however wide the spread; and a stream is no second source of its own first
    /// price.
    fn is_confirmed(&self, trusted: Option<Px>) -> bool {
        let before = trusted.filter(|_| !self.first);
        let others = if self.first { Witness::OtherStream.index() } else { 0 };
        let shows = |px: &Px| {
            self.agrees(*px) && !before.is_some_and(|before| is_nearer(*px, before, self.newest))
        };
        let count = self.witnesses[others..].iter().flatten().filter(|px| shows(px)).count();
        (if self.first { FIRST_WITNESSES } else { WITNESSES }) <= count
    }

    fn agrees(&self, px: Px) -> bool {
        let apart = (px - self.newest).e8().saturating_abs();
        AGREES.holds(self.newest, px) || apart <= self.half_spread && FAR.holds(self.newest, px)
    }

    /// The newest price, when both streams show it.
    fn shown_by_both(&self) -> Option<Px> {
        let both = self.by_stream.iter().all(|px| px.is_some_and(|px| self.agrees(px)));
        both.then_some(self.newest)
    }

    /// The middle one of the newest frames.
    fn median(&self) -> Px {
        let mut sorted = self.frames.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied().unwrap_or(self.newest)
    }
}

/// Half the spread of a frame, in steps of 1e-8.
fn half_spread(frame: &PriceFrame) -> i64 {
    (frame.touch[1] - frame.touch[0]).e8() / 2
}

/// Whether `px` is nearer to `one` than to `other`.
fn is_nearer(px: Px, one: Px, other: Px) -> bool {
    (px - one).e8().saturating_abs() < (px - other).e8().saturating_abs()
}

/// A price that others tell and that we use: a jump of it waits for a second opinion.
#[derive(Clone, Copy, Debug, Default)]
pub struct ToldValue {
    used: Option<Px>,
    waiting: Option<(Px, Mono)>,
}

impl ToldValue {
    /// Takes a value; `witness` is the newest price of our own market.
    pub fn on_value(&mut self, now: Mono, px: Px, witness: Option<Px>) {
        let near = self.used.is_none_or(|used| NEAR.holds(used, px));
        let again = self.waiting.is_some_and(|(seen, _)| seen != px && AGREES.holds(seen, px));
        if near || again || witness.is_some_and(|witness| AGREES.holds(witness, px)) {
            (self.used, self.waiting) = (Some(px), None);
            return;
        }
        let since = self.waiting.map_or(now, |(_, since)| since);
        self.waiting = Some((px, since));
        self.on_time(now);
    }

    /// Uses a value that has waited for long enough.
    pub fn on_time(&mut self, now: Mono) {
        if let Some((px, since)) = self.waiting
            && UNDISPUTED <= now.since(since)
        {
            (self.used, self.waiting) = (Some(px), None);
        }
    }

    /// The value to be used; none before the first.
    #[must_use]
    pub fn used(&self) -> Option<Px> {
        self.used
    }

    /// Whether a jump waits: what is used is from before it.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waiting.is_some()
    }
}

#[cfg(test)]
mod tests;
