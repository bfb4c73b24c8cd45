//! From belief and risk to the ladder we want, with every component by name.

use super::config::Setup;
use super::market_state::MarketState;
use super::orders::reconcile::{TargetLadder, TargetOrder};
use crate::market::{Book, QuoteParts, Spec, Table};
use crate::model::cascade::Effect;
use crate::model::glft;
use crate::model::shape::{self, Components, Role, ShapeInputs, SizeInputs};
use crate::num::fix::div_ceil;
use crate::num::unit::UBPS_WHOLE;
use crate::num::{Bps, Lots, Px, Q24, Qty, Side};
use crate::risk::Exposure;

/// How one side's nearest price came about: the components sum to its distance from fair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SideQuote {
    /// The steps of MODEL 4.3, and what rounding to the grid added, which is never negative.
    pub parts: QuoteParts,
    /// The distance from fair before rounding.
    pub distance: Bps,
    /// The encoded price; zero when the side is not quoted.
    pub px: Px,
}

/// Both sides around a fair price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The fair price it stands around.
    pub fair: Px,
    /// Inventory it was made for.
    pub n: Lots,
    /// Bid and ask, by [`Side::index`].
    pub sides: [SideQuote; 2],
}

impl Quote {
    /// The skew `(d_a - d_b) / 2`: how far the middle of the quote lies from fair, negative when
    /// long (MODEL 6.3).
    #[must_use]
    pub fn skew(&self) -> Bps {
        let [bid, ask] = self.sides.map(|side| side.distance.ubps());
        Bps::from_ubps((ask - bid) / 2)
    }
}

/// What may be quoted, as risk sees it.
#[derive(Clone, Copy, Debug)]
pub struct QuoteLimits {
    /// Position and open orders.
    pub exposure: Exposure,
    /// Whether only the reducing side is allowed.
    pub reduce_only: bool,
    /// How far off a resting order may be, by side.
    pub theta: [Bps; 2],
    /// What trend and cascade detectors ask of the quote.
    pub signals: QuoteSignals,
}

/// What trend and cascade detectors ask of the quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuoteSignals {
    /// The measured trend, positive upward.
    pub trend: Bps,
    /// Whether the position opposes it.
    pub opposed: bool,
    /// The probability that it goes on.
    pub continuation_p: Q24,
    /// How pressing that is, 0 to 5.
    pub urgency: Q24,
    /// What the cascade detector does to each side.
    pub effects: [Effect; 2],
}

impl QuoteSignals {
    /// The signals of a market without trend and without cascade.
    pub const NONE: QuoteSignals = QuoteSignals {
        trend: Bps::ZERO,
        opposed: false,
        continuation_p: Q24::from_bits(Q24::ONE.bits() / 2),
        urgency: Q24::ZERO,
        effects: [Effect::NONE; 2],
    };
}

/// The distances for an inventory, whatever the book: what a table and a shape make of it.
#[must_use]
pub fn distances(setup: &Setup, table: &Table, n: Lots) -> [Components; 2] {
    shape::compose(&inputs(setup, table, n, FAR, &QuoteSignals::NONE), &setup.config.shape)
}

/// What the shape of a quote follows from.
fn inputs(
    setup: &Setup,
    table: &Table,
    n: Lots,
    room: [Bps; 2],
    signals: &QuoteSignals,
) -> ShapeInputs {
    ShapeInputs {
        table: glft::look_up(table, n),
        half_spread: glft::half_spread(table),
        n,
        q_max: setup.sizing.limit_lots(),
        trend: signals.trend,
        opposed: signals.opposed,
        continuation_p: signals.continuation_p,
        urgency: signals.urgency,
        multiplier: signals.effects.map(|effect| effect.multiplier),
        fee: setup.spec.fee_maker,
        room,
    }
}

/// Room without bound: how the distances look when no touch is in the way.
const FAR: [Bps; 2] = [Bps::from_int(1_000); 2];

/// The quote and the wanted ladders; nothing while the book has no two sides.
#[must_use]
pub fn quote(
    setup: &Setup,
    market: &MarketState,
    table: &Table,
    limits: &QuoteLimits,
) -> Option<(Quote, [TargetLadder; 2])> {
    let fair = market.fair()?;
    let room = max_distances(market.book(), fair, setup.spec.tick_e8(fair))?;
    Some(compose(setup, fair, room, table, limits))
}

/// How far bid and ask may stand beyond fair before they would cross: the distance from fair to the
/// other side's touch less one step of the grid (MODEL 4.3, step 6).
#[must_use]
pub fn max_distances(book: &Book, fair: Px, tick_e8: i64) -> Option<[Bps; 2]> {
    let (bid, ask) = book.spread()?;
    Some([(Side::Bid, ask), (Side::Ask, bid)].map(|(side, other)| {
        let inside = Px::from_e8(other.px.e8() - tick_e8 * side.sign());
        Bps::from_ubps(fair.bps_to(inside).ubps() * side.sign())
    }))
}

/// The one composition: the quote around a fair price, and the wanted ladders.
#[must_use]
pub fn compose(
    setup: &Setup,
    fair: Px,
    room: [Bps; 2],
    table: &Table,
    limits: &QuoteLimits,
) -> (Quote, [TargetLadder; 2]) {
    let n = limits.exposure.pos.in_lots(setup.sizing.lot);
    let inputs = inputs(setup, table, n, room, &limits.signals);
    let components = shape::compose(&inputs, &setup.config.shape);
    let mut quote = Quote { fair, n, sides: [SideQuote::default(); 2] };
    let mut targets = [TargetLadder::default(), TargetLadder::default()];
    for side in Side::BOTH {
        let index = side.index();
        let floor = setup.config.shape.floor(side, &inputs).max(-room[index]);
        let (first, mut target) = target_ladder(setup, side, fair, &components[index], n, limits);
        target.limit = place(&setup.spec, fair, side, floor);
        quote.sides[index] = first;
        targets[index] = target;
    }
    set_rounding(&mut quote, &setup.spec);
    (quote, targets)
}

/// One side: its nearest quote with all components, and its ladder.
fn target_ladder(
    setup: &Setup,
    side: Side,
    fair: Px,
    at: &Components,
    n: Lots,
    limits: &QuoteLimits,
) -> (SideQuote, TargetLadder) {
    let deadband = if limits.reduce_only { Lots::ZERO } else { setup.config.shape.deadband };
    let role = shape::role(side, n, deadband);
    let px = place(&setup.spec, fair, side, at.distance);
    let sizes = match px {
        Px::ZERO => shape::Ladder::new(),
        px => sizes(setup, side, role, px, limits),
    };
    let mut target = TargetLadder {
        theta: limits.theta[side.index()],
        reduce_only: limits.reduce_only && role == Role::Reducing,
        ..TargetLadder::default()
    };
    for (level, &qty) in (0i64..).zip(&sizes) {
        let step = Bps::from_ubps(setup.config.spacing.ubps() * level);
        let px = place(&setup.spec, fair, side, at.distance + step);
        if px == Px::ZERO {
            break;
        }
        target.ladder.push(TargetOrder { px, qty });
        target.cap += qty;
    }
    let mut pairs = target.ladder.windows(2);
    let mut outward = || pairs.all(|pair| !pair[1].px.beats(pair[0].px, side));
    debug_assert!(outward(), "the ladder of {side:?} comes nearer: {target:?}");
    let pos = limits.exposure.pos.size();
    assert!(!target.reduce_only || target.cap <= pos, "more than the position {pos:?}: {target:?}");
    let px = if target.ladder.is_empty() { Px::ZERO } else { px };
    (SideQuote { parts: at.parts, distance: at.distance, px }, target)
}

/// The sizes of a side's orders, nearest first.
fn sizes(setup: &Setup, side: Side, role: Role, px: Px, limits: &QuoteLimits) -> shape::Ladder {
    let inputs = SizeInputs {
        role,
        position: limits.exposure.pos.size(),
        position_max: setup.sizing.position_max,
        lot: setup.sizing.lot,
        step: setup.spec.lot(),
        minimum: setup.spec.qty_worth(crate::market::spec::NOTIONAL_MIN, px),
        factor: limits.signals.effects[side.index()].size,
        room: side_room(setup, side, &limits.exposure),
        held: Qty::ZERO,
        reduce_only: limits.reduce_only,
    };
    shape::ladder(&inputs, &setup.config.size)
}

/// What the position limit leaves on a side when its own orders are replaced by the new ladder.
fn side_room(setup: &Setup, side: Side, exposure: &Exposure) -> Qty {
    let bare = Exposure { pos: exposure.pos, open: [Qty::ZERO; 2] };
    bare.room(side, setup.sizing.position_max)
}

/// The valid price at `distance` from fair, rounded away from it; zero where the grid has none so far
/// down.
pub fn place(spec: &Spec, fair: Px, side: Side, distance: Bps) -> Px {
    let wide = i128::from(fair.e8()) * i128::from(distance.ubps());
    let offset = i64::try_from(div_ceil(wide, UBPS_WHOLE)).expect("a share of a bounded price");
    let raw = fair.e8() - side.sign() * offset;
    spec.snap(Px::from_e8(raw.max(1)), side)
}

/// How far `px` lies from fair, away from it.
fn distance_from_fair(fair: Px, px: Px, side: Side) -> Bps {
    Bps::from_ubps(-fair.bps_to(px).ubps() * side.sign())
}

/// What rounding added: the encoded price less the sum of the named components. It must be less
/// than a step of the grid, away from fair; what else must hold of every quote, always, is asserted
/// with it (MODEL 6.3, RELIABILITY I3 and I11).
fn set_rounding(quote: &mut Quote, spec: &Spec) {
    for side in Side::BOTH {
        let at = quote.sides[side.index()];
        if at.px == Px::ZERO {
            continue;
        }
        let rounding = distance_from_fair(quote.fair, at.px, side) - at.parts.sum();
        quote.sides[side.index()].parts.rounding = rounding;
        assert!(at.parts.sum() == at.distance, "components do not sum up: {quote:?}");
        assert!(-STEP <= rounding, "rounding was aggressive: {quote:?}");
        let by = i128::from((rounding - STEP - STEP).ubps()) * i128::from(quote.fair.e8());
        let most = i128::from(spec.tick_e8(at.px.max(quote.fair))) * UBPS_WHOLE;
        assert!(by < most, "the price is not its parts: {quote:?}");
        assert!(spec.on_grid(at.px), "off the grid: {quote:?}");
    }
    let [bid, ask] = quote.sides.map(|side| side.px);
    assert!(bid == Px::ZERO || ask == Px::ZERO || bid < ask, "crosses itself: {quote:?}");
    let [bid, ask] = quote.sides.map(|side| side.parts.table + side.parts.envelope);
    let leans = (ask - bid).ubps().signum() * quote.n.q20();
    let a_lot = Lots::from_int(1) <= quote.n.abs();
    assert!(!a_lot || leans < 0, "no skew with a lot or more of inventory: {quote:?}");
}

/// One micro basis point: a share is rounded to the nearest.
const STEP: Bps = Bps::from_ubps(1);
