//! From table distances to quote distances: asymmetry, drift, cascade, floors (MODEL 4), in its
//! binding order. Every step's amount is kept, and the amounts add up to the distance.

mod size;

pub use size::{Ladder, SizeConfig, SizeInputs, ladder};

use crate::market::QuoteParts;
use crate::num::fix::Q20_ONE;
use crate::num::{Bps, Lots, Q24, Side};

/// The highest urgency (MODEL 2.6).
const URGENCY_MAX: i64 = 5;
/// Rounding of six multiplications, the most that may be missing from the width of the pair.
const ROUNDING: Bps = Bps::from_ubps(6);

/// The constants of MODEL 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ShapeConfig {
    /// Share of the trend taken as a shift when not opposed.
    pub rho_base: Q24,
    /// The least share when opposed.
    pub rho_min: Q24,
    /// The most when opposed.
    pub rho_max: Q24,
    /// How far above one half the continuation probability counts in full.
    pub continuation_span: Q24,
    /// The urgency that counts in full.
    pub urgency_full: Q24,
    /// The largest shift of both quotes, in basis points.
    pub shift_max: Bps,
    /// How much of the half-spread the wrong side moves out by, at most.
    pub wrong_side: Q24,
    /// How much of it the reducing side moves in by, at most.
    pub reducing_side: Q24,
    /// The share of the position limit at which the asymmetry is complete.
    pub asymmetry_full: Q24,
    /// The least half-spread the asymmetry scales with.
    pub half_spread_min: Bps,
    /// Floor of the distance of an order that adds to the position.
    pub floor_add: Bps,
    /// That floor is also this far above the fee.
    pub floor_over_fee: Bps,
    /// Floor of the distance of an order that reduces the position.
    pub floor_reduce: Bps,
    /// A position up to this is no position: both sides add.
    pub deadband: Lots,
}

impl Default for ShapeConfig {
    /// MODEL 8 and 4.
    fn default() -> ShapeConfig {
        ShapeConfig {
            rho_base: Q24::ratio(4, 100),
            rho_min: Q24::ratio(20, 100),
            rho_max: Q24::ratio(50, 100),
            continuation_span: Q24::ratio(30, 100),
            urgency_full: Q24::ratio(4, 1),
            shift_max: Bps::from_int(25),
            wrong_side: Q24::ratio(3, 1),
            reducing_side: Q24::ratio(8, 10),
            asymmetry_full: Q24::ratio(75, 100),
            half_spread_min: Bps::from_centi(50),
            floor_add: Bps::from_centi(250),
            floor_over_fee: Bps::from_centi(50),
            floor_reduce: Bps::from_int(1),
            deadband: Lots::from_q20(Q20_ONE / 4),
        }
    }
}

/// What a pair of quotes follows from. Arrays are by [`Side::index`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShapeInputs {
    /// Distances from the table at this inventory, fee included.
    pub table: [Bps; 2],
    /// The table's half-spread at no inventory, fee included.
    pub half_spread: Bps,
    /// The inventory in lots, long positive.
    pub n: Lots,
    /// The position limit in lots; positive.
    pub q_max: Lots,
    /// The measured trend `T`, positive upward.
    pub trend: Bps,
    /// Whether the position opposes the trend.
    pub opposed: bool,
    /// The probability that the trend goes on.
    pub continuation_p: Q24,
    /// How pressing it is, 0 to 5.
    pub urgency: Q24,
    /// The cascade's multiplier of each side's distance, 1 or more.
    pub multiplier: [Q24; 2],
    /// The maker fee in force.
    pub fee: Bps,
    /// From fair to the opposite touch, less one tick: how far a distance may be negative.
    pub room: [Bps; 2],
}

/// Whether a fill of a side would take us away from a flat book or back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It adds to the position, or there is none.
    Adding,
    /// It brings the position down.
    Reducing,
}

/// A distance from fair and what each step of MODEL 4.3 added; the amounts add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Components {
    /// What steps 1 to 6 added; rounding to the grid is not among them.
    pub parts: QuoteParts,
    /// The distance from fair: the sum of the amounts.
    pub distance: Bps,
}

/// Bid and ask distances (MODEL 4.3, steps 1 to 6).
///
/// Off by less than 1e-5 bps; checked by `ops::selftest::model`.
#[must_use]
pub fn compose(inputs: &ShapeInputs, config: &ShapeConfig) -> [Components; 2] {
    let (shift, _) = shift(inputs, config);
    let quotes = Side::BOTH.map(|side| {
        let mut at = Components::start(inputs.table[side.index()]);
        at.parts.envelope = at.move_to(config.enveloped(side, at.distance, inputs));
        at.parts.shift = at.move_to(at.distance - Bps::from_ubps(shift.ubps() * side.sign()));
        at.parts.cascade = at.move_to(widened(at.distance, inputs.multiplier[side.index()]));
        at.parts.floor = at.raise_to(config.floor(side, inputs));
        at.parts.post_only = at.raise_to(-inputs.room[side.index()]);
        at
    });
    check_width(inputs, &quotes);
    quotes
}

/// The shift of both quotes in the direction of the trend, and the share `rho` of it (MODEL 4.1).
///
/// Positive moves both prices up: the bid's distance falls by it, the ask's grows.
#[must_use]
pub fn shift(inputs: &ShapeInputs, config: &ShapeConfig) -> (Bps, Q24) {
    let rho = if inputs.opposed { config.rho_opposed(inputs) } else { config.rho_base };
    let shift = rho.scale(inputs.trend.ubps());
    let most = config.shift_max.ubps();
    (Bps::from_ubps(shift.clamp(-most, most)), rho)
}

/// What a fill of `side` would do to an inventory of `n`, up to `deadband` of which is none.
#[must_use]
pub fn role(side: Side, n: Lots, deadband: Lots) -> Role {
    if deadband.q20() < -side.sign() * n.q20() { Role::Reducing } else { Role::Adding }
}

/// `|n| / q_max`, at most 1.
#[must_use]
pub fn share(n: Lots, q_max: Lots) -> Q24 {
    assert!(Lots::ZERO < q_max, "the position limit must be positive: {q_max:?}");
    if q_max <= n.abs() { Q24::ONE } else { Q24::ratio(n.abs().q20(), q_max.q20()) }
}

impl ShapeConfig {
    fn rho_opposed(&self, inputs: &ShapeInputs) -> Q24 {
        let half = Q24::ratio(1, 2);
        let surplus = (inputs.continuation_p - half).max(Q24::ZERO);
        let certain = at_most_one(surplus, self.continuation_span);
        let pressing = at_most_one(inputs.urgency, self.urgency_full);
        let weight = Q24::from_bits((certain + pressing).bits() / 2);
        self.rho_min + (self.rho_max - self.rho_min).times(weight)
    }

    /// The asymmetry envelope (MODEL 4.2): the wrong side at least, the reducing side at most.
    fn enveloped(&self, side: Side, distance: Bps, inputs: &ShapeInputs) -> Bps {
        if inputs.n == Lots::ZERO {
            return distance;
        }
        let gap = Q24::ONE - at_most_one(share(inputs.n, inputs.q_max), self.asymmetry_full);
        let psi = Q24::ONE - gap.times(gap);
        let scaled = |factor: Q24| {
            let half_spread = inputs.half_spread.max(self.half_spread_min);
            Bps::from_ubps((Q24::ONE + factor.times(psi)).scale(half_spread.ubps()))
        };
        // No deadband here: the smallest position leans.
        match role(side, inputs.n, Lots::ZERO) {
            Role::Adding => distance.max(scaled(self.wrong_side)),
            Role::Reducing => distance.min(scaled(-self.reducing_side)),
        }
    }

    /// The floor of a side's distance (MODEL 4.3, step 5).
    #[must_use]
    pub fn floor(&self, side: Side, inputs: &ShapeInputs) -> Bps {
        match role(side, inputs.n, self.deadband) {
            Role::Adding => self.floor_add.max(inputs.fee + self.floor_over_fee),
            Role::Reducing if inputs.opposed => {
                let calm = Q24::from_bits(Q24::ONE.bits() - inputs.urgency.bits() / URGENCY_MAX);
                Bps::from_ubps(calm.scale(self.floor_reduce.ubps()))
            }
            Role::Reducing => self.floor_reduce,
        }
    }
}

impl Components {
    fn start(table: Bps) -> Components {
        Components { parts: QuoteParts { table, ..QuoteParts::default() }, distance: table }
    }

    /// Sets the distance and says by how much it moved.
    fn move_to(&mut self, distance: Bps) -> Bps {
        let by = distance - self.distance;
        self.distance = distance;
        by
    }

    /// Raises the distance to a floor that lies above it and says by how much.
    fn raise_to(&mut self, floor: Bps) -> Bps {
        self.move_to(floor.max(self.distance))
    }
}

/// A positive distance times the cascade's multiplier; a negative one as it is.
fn widened(distance: Bps, multiplier: Q24) -> Bps {
    if Bps::ZERO < distance { Bps::from_ubps(multiplier.scale(distance.ubps())) } else { distance }
}

/// `min(1, part / whole)` for parts that are not negative.
fn at_most_one(part: Q24, whole: Q24) -> Q24 {
    if whole <= part { Q24::ONE } else { Q24::ratio(part.bits(), whole.bits()) }
}

/// No step narrows the pair below the table's pair or twice the half-spread, whichever is less;
/// both lie above twice the fee the table was built with, so a round trip never pays to trade.
fn check_width(inputs: &ShapeInputs, quotes: &[Components; 2]) {
    let width = quotes[0].distance + quotes[1].distance;
    let least = (inputs.table[0] + inputs.table[1]).min(inputs.half_spread + inputs.half_spread);
    assert!(least - ROUNDING <= width, "the pair is narrower than its table: {quotes:?}");
}

#[cfg(test)]
mod tests;
